"""The ledger: how what was sent is found again, marked and forgotten."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from domain.changes import Removal
from store.ledger import GONE_MILLISECONDS, ROWS_AT_ONCE, Ledger, StalePlace, sent
from tests.store.ledger_rig import COMMIT, LINK, LIVE, NOW, SITE, all_rows, entity, put_rows, row, send, states


@pytest.fixture
def ledger(engine):
    return Ledger(engine)


@pytest.fixture
def record(engine):
    return lambda rows, site=SITE: put_rows(engine, site, rows)


@pytest.fixture
def count(engine):
    def count(table):
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    return count


@pytest.fixture
def list_names(engine):
    def list_names():
        with engine.connect() as connection:
            return set(connection.execute(select(sent.c.entity_id)).scalars())

    return list_names


# --- rows as they are ---


def test_sites_do_not_see_each_other(ledger, record):
    record([row()])
    record([row(link="other-link")], "other")
    assert [one.link_id for one in ledger.list_issue(SITE, "OPS-1")] == [LINK]
    assert [one.link_id for one in ledger.find_entity("other", COMMIT)] == ["other-link"]
    ledger.forget_tenant("other")
    assert len(ledger.find_many(SITE, [("commit", "r-1", COMMIT)])) == 1


# --- finding ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (COMMIT, {COMMIT}),
        (COMMIT[:7], {COMMIT}),
        (COMMIT[:7].upper(), {COMMIT}),
        (COMMIT[:6], set()),
        ("7", {"7", "p-2/7", "p-2/e/7"}),
        ("~6d61696e", {"~6d61696e"}),
        ("c0ffe%0", set()),
        ("", set()),
        ("17", set()),
    ],
)
def test_a_thing_is_found_by_what_people_know_of_it(ledger, record, text, found):
    record([
        row(), row("commit", "decaf000" * 5), row("pull_request", "7"), row("branch", "~6d61696e"),
        row("build", "p-2/7"), row("build", "p-7/8"), row("deployment", "p-2/e/7"), row("deployment", "p-2/7/8"),
        row("repository", "r-1", keys=()),
    ])  # fmt: skip
    assert {one.entity_id for one in ledger.find_entity(SITE, text)} == found


def test_what_was_sent_for_an_issue_comes_newest_first_and_is_limited(ledger, record):
    record([row(name=f"{number}", at=NOW + number) for number in range(5)])
    assert [one.entity_id for one in ledger.list_issue(SITE, "OPS-1", limit=2)] == ["4", "3"]


def test_a_repository_is_listed_by_kind(ledger, record):
    record([row(), row("branch", "b"), row("build", "p/1"), row("repository", "r-1", keys=())])
    assert {one.kind for one in ledger.list_repository(LINK, "r-1")} == {"commit", "branch", "build"}
    assert [one.entity_id for one in ledger.list_repository(LINK, "r-1", "branch")] == ["b"]
    assert ledger.list_repository(LINK, "r-2") == []


def test_a_repository_has_commits_once_one_was_sent(ledger, record):
    record([row("branch", "b")])
    assert not ledger.has_repository_commits(LINK, "r-1")
    record([row()])
    assert ledger.has_repository_commits(LINK, "r-1")
    assert not ledger.has_repository_commits("other", "r-1")


def test_a_repository_is_active_when_something_was_sent_of_it_lately(ledger, record):
    record([row("repository", "r-1", 5, keys=()), row("repository", "r-2", 9, repository="r-2", keys=())])
    assert ledger.list_active(LINK, 6) == {"r-2"}


def test_states_are_counted(ledger, record):
    record([row(), row(name="a", state="failed"), row(name="b", state="gone"), row("branch", "c")])
    assert ledger.count_states(LINK) == {"accepted": 2, "failed": 1}


# --- what changes for many ---


def test_a_site_that_came_back_is_sent_everything_anew(ledger):
    send(ledger, entity(), entity("branch", "gone"))
    send(ledger, Removal("branch", "gone", 6, "r-1"))
    assert ledger.mark_stale(SITE) == 2  # the commit and its repository
    assert set(ledger.list_stale(LINK)) == {StalePlace("commit", "r-1", 5), StalePlace("repository", "r-1", 5)}
    assert send(ledger, entity(sequence=6), sender=replace(LIVE, lane="reconcile")) == [COMMIT]
    assert ledger.list_stale(LINK) == []


def test_one_repository_is_sent_anew(ledger, record):
    record([row(), row("commit", "other", repository="r-2")])
    assert ledger.mark_stale(SITE, "r-1") == 1
    assert ledger.list_stale(LINK) == [StalePlace("commit", "r-1", 5)]


def test_where_something_is_stale_is_told_whole_however_much_it_is(ledger, record):
    record([row(name=f"{number}", sequence=9000 - number, state="stale") for number in range(1200)])
    record([row("build", "p/1", 3, state="stale", repository=None), row("build", "p/2", 2)])
    assert set(ledger.list_stale(LINK)) == {StalePlace("commit", "r-1", 7801), StalePlace("build", None, 3)}


def test_what_cannot_be_sent_anew_is_settled(ledger, record):
    record([row(name="lost"), row("branch", "lost too")])
    ledger.mark_stale(SITE)
    record([
        row(name="in doubt", state="stale", at=NOW - 2), row(name="in doubt since", state="stale"), row(name="taken"),
        row(name="elsewhere", state="stale", repository="r-2", at=NOW - 2),
    ])  # fmt: skip
    ledger.settle_stale(SITE, LINK, "commit", "r-1", NOW - 1)
    assert states(ledger) == {
        "in doubt": "accepted", "in doubt since": "stale", "taken": "accepted", "elsewhere": "stale",
        "lost too": "stale",
    }  # fmt: skip
    assert send(ledger, entity(name="in doubt", sequence=6)) == ["in doubt"]  # nobody knows which text Jira has


def test_rows_of_one_repository_are_paged_by_their_ids(ledger, record):
    record([row(name="d"), row(name="b", state="stale"), row(name="c"), row(name="a", state="gone")])
    record([row("branch", "c"), row(name="e", repository="r-2"), row(name="f", link="other")])
    where = (SITE, LINK, "r-1", "commit")
    assert [one.entity_id for one in ledger.page_inside(*where, limit=2)] == ["b", "c"]
    assert [one.entity_id for one in ledger.page_inside(*where, after="c", limit=2)] == ["d"]
    assert [one.entity_id for one in ledger.page_inside(*where, stale=True)] == ["b"]


def test_a_repository_with_builds_only_holds_no_development(ledger, record):
    record([row("build", "p/1"), row("repository", "r-1", keys=()), row("branch", "b", state="gone")])
    assert not ledger.holds_development(LINK, "r-1")
    record([row("branch", "c")])
    assert ledger.holds_development(LINK, "r-1")


def test_a_repository_moves_to_another_link(ledger, record):
    record([row(), row("repository", "r-1", keys=()), row("commit", "other", repository="r-2")])
    ledger.move_repository(SITE, "r-1", "new-link")
    assert ledger.list_repositories("new-link").keys() == {"r-1"}
    assert [one.entity_id for one in ledger.list_repository(LINK, "r-2")] == ["other"]
    assert ledger.list_repository(LINK, "r-1") == []


def test_builds_and_deployments_of_a_repository_that_moves_stay_with_their_pipelines(ledger, record):
    record([row(), row("branch", "b"), row("pull_request", "7"), row("build", "p/1"), row("deployment", "p/e/1")])
    ledger.move_repository(SITE, "r-1", "new-link")
    assert {one.kind for one in ledger.list_repository("new-link", "r-1")} == {"commit", "branch", "pull_request"}
    assert {one.kind for one in ledger.list_repository(LINK, "r-1")} == {"build", "deployment"}


def test_what_another_link_sends_is_its_own(ledger):
    send(ledger, entity())
    send(ledger, entity(sequence=6, keys=("OPS-2",)), sender=replace(LIVE, link_id="new-link"))
    assert all_rows(ledger) == {}
    assert ledger.list_repositories("new-link").keys() == {"r-1"}


@pytest.mark.parametrize(
    ("forget", "left"),
    [
        (lambda ledger: ledger.forget_stale(SITE, [LINK]), {"p/1", "y", "z"}),
        (lambda ledger: ledger.forget_tenant(SITE), {"z"}),
    ],
)
def test_forgetting_takes_the_index_of_keys_along(ledger, record, list_names, forget, left):
    record([
        row("build", "p/1"), row("branch", "b", state="stale"), row("commit", "y", link="other", state="stale"),
        *(row(name=f"{number}", state="stale") for number in range(ROWS_AT_ONCE)),
    ])  # fmt: skip
    record([row(name="z", state="stale")], "other")
    forget(ledger)
    assert list_names() == left
    assert {one.entity_id for site in (SITE, "other") for one in ledger.list_issue(site, "OPS-1")} == left


def test_what_went_is_remembered_for_eight_days_and_a_repository_for_good(ledger, count):
    send(ledger, entity("branch", "b", 3))
    send(ledger, Removal("branch", "b", 5, "r-1"), Removal("repository", "r-2", 5, "r-2"))
    assert ledger.forget_gone(NOW + GONE_MILLISECONDS) == 0
    assert ledger.forget_gone(NOW + GONE_MILLISECONDS + 1) == 1
    assert count(sent) == 2  # r-1, and that r-2 went
