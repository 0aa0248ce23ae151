"""What is sent and what is not, and what the ledger keeps of it."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from domain.changes import Entity, Removal
from domain.fingerprints import fingerprint_of
from store.ledger import Ledger, Outcome, SentRow, sent, sent_keys
from tests.store.ledger_rig import COMMIT, LINK, LIVE, NOW, SITE, all_rows, entity, send, states


@pytest.fixture
def ledger(engine):
    return Ledger(engine)


@pytest.fixture
def count(engine):
    def count(table):
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    return count


def test_what_was_accepted_is_kept_with_its_keys_and_its_repository(ledger):
    change = entity(keys=("OPS-1", "OPS-2"))
    assert send(ledger, change) == [COMMIT]
    (kept,) = ledger.find_many(SITE, [("commit", "r-1", COMMIT)]).values()
    assert kept == SentRow(
        kept.id, LINK, "commit", "r-1", COMMIT, "r-1", ("OPS-1", "OPS-2"), 5, fingerprint_of(change), "accepted", None,
        (), "live", NOW,
    )  # fmt: skip
    assert [one.entity_id for one in ledger.list_issue(SITE, "OPS-2")] == [COMMIT]
    assert ledger.list_repositories(LINK).keys() == {"r-1"}


@pytest.mark.parametrize("lane", ["live", "reconcile", "backfill", "migration"])
def test_what_jira_has_is_not_sent_again_in_any_lane(ledger, lane):
    send(ledger, entity(sequence=5))
    assert send(ledger, entity(sequence=9), sender=replace(LIVE, lane=lane)) == []
    assert all_rows(ledger)["commit", "r-1", COMMIT].sequence == 9


def test_what_lies_between_an_old_text_and_its_confirmation_is_not_sent(ledger):
    send(ledger, entity("pull_request", "7", 5, title="old"))
    send(ledger, entity("pull_request", "7", 9, title="old"))
    assert send(ledger, entity("pull_request", "7", 7, title="between")) == []
    assert send(ledger, entity("pull_request", "7", 11, title="new")) == ["7"]


def test_fewer_keys_are_news(ledger):
    send(ledger, entity("pull_request", "7", 5, keys=("OPS-1", "OPS-2")))
    assert send(ledger, entity("pull_request", "7", 6, keys=("OPS-1",))) == ["7"]
    assert [one.entity_id for one in ledger.list_issue(SITE, "OPS-1")] == ["7"]
    assert ledger.list_issue(SITE, "OPS-2") == []


def test_another_name_of_the_repository_is_news_of_all_that_is_in_it(ledger):
    send(ledger, entity(sequence=5))
    renamed = entity(sequence=6)
    assert send(ledger, replace(renamed, repository={**renamed.repository, "name": "rack"})) == [COMMIT]


def test_a_refusal_is_kept_in_jiras_words_cut_short_and_tried_again(ledger):
    plan = ledger.begin(LIVE, [entity()])
    ledger.finish(LIVE, [Outcome(plan.changes[0], "x" * 400)])
    kept = all_rows(ledger)["commit", "r-1", COMMIT]
    assert (kept.state, kept.answer, kept.keys) == ("failed", "x" * 300, ("OPS-1",))
    assert ledger.list_repositories(LINK) == {}
    assert send(ledger, entity()) == [COMMIT]
    assert all_rows(ledger)["commit", "r-1", COMMIT].answer is None


@pytest.mark.parametrize(
    ("unknown", "state"), [(("OPS-1", "OPS-2"), "unknown"), (("OPS-2",), "accepted"), ((), "accepted")]
)
def test_keys_that_jira_does_not_know_are_kept(ledger, unknown, state):
    send(ledger, entity(keys=("OPS-1", "OPS-2")), unknown=unknown)
    kept = all_rows(ledger)["commit", "r-1", COMMIT]
    assert (kept.state, kept.unknown_keys) == (state, unknown)


def test_a_removal_of_what_jira_never_had_costs_no_call(ledger):
    assert send(ledger, Removal("branch", "b", 5, "r-1")) == []
    assert ledger.find_many(SITE, [("branch", "r-1", "b")]) == {}


def test_what_was_read_before_it_went_does_not_come_back(ledger):
    reading = replace(LIVE, lane="reconcile")
    send(ledger, entity("branch", "b", 3))
    assert send(ledger, Removal("branch", "b", 5, "r-1"), Removal("branch", "never", 5, "r-1")) == ["b"]
    late = [entity("branch", "b", 4), entity("branch", "never", 4)]
    assert send(ledger, *late, sender=reading) == []
    assert all_rows(ledger) == {}
    assert send(ledger, *(replace(one, sequence=6) for one in late)) == ["b", "never"]


def test_a_removal_that_jira_refused_is_tried_again(ledger):
    send(ledger, entity("branch", "b", 3))
    gone = Removal("branch", "b", 5, "r-1")
    send(ledger, gone, refused=("b",))
    assert states(ledger) == {"b": "failed"}
    assert send(ledger, gone) == ["b"]
    assert states(ledger) == {}


def test_a_removed_repository_takes_along_all_that_is_in_it(ledger):
    send(ledger, entity(), entity("build", "p/1"), entity("commit", "other", repository_id="r-2"))
    assert send(ledger, Removal("repository", "r-1", 7, "r-1")) == ["r-1"]
    assert states(ledger) == {"other": "accepted"}
    assert ledger.list_repositories(LINK).keys() == {"r-2"}
    assert [one.entity_id for one in ledger.list_issue(SITE, "OPS-1")] == ["other"]
    assert send(ledger, entity(sequence=6), entity("build", "p/1", 7)) == []
    assert send(ledger, entity(sequence=8)) == [COMMIT]


def test_a_removed_repository_leaves_what_is_newer(ledger):
    send(ledger, entity(), entity("branch", "kept", 9))
    assert send(ledger, Removal("repository", "r-1", 7, "r-1")) == ["r-1"]
    assert states(ledger) == {"kept": "accepted"}
    assert ledger.list_repositories(LINK).keys() == {"r-1"}


def test_a_repository_that_nothing_was_sent_of_is_removed_without_a_call(ledger):
    assert send(ledger, Removal("repository", "r-1", 7, "r-1")) == []
    assert send(ledger, entity(sequence=6)) == []


def test_a_repository_is_news_under_another_name_only(ledger):
    send(ledger, entity())
    same = {"id": "r-1", "name": "shelf", "url": "https://dev.example/shelf"}
    renamed = same | {"name": "rack"}
    assert send(ledger, Entity("repository", "r-1", 6, (), same, "r-1", same)) == []
    assert send(ledger, Entity("repository", "r-1", 7, (), renamed, "r-1", renamed)) == ["r-1"]


@pytest.mark.parametrize("lane", ["live", "backfill"])
def test_what_a_killed_worker_began_is_sent_again(ledger, lane):
    sender = replace(LIVE, lane=lane)
    ledger.begin(sender, [entity()])
    assert states(ledger) == {COMMIT: "sending"}
    assert send(ledger, entity(), sender=sender) == [COMMIT]
    assert states(ledger) == {COMMIT: "accepted"}


def test_a_removal_that_a_killed_worker_began_is_made_again_and_hides_nothing(ledger):
    send(ledger, entity("branch", "b", 3))
    ledger.begin(LIVE, [Removal("branch", "b", 5, "r-1")])
    assert send(ledger, entity("branch", "b", 6)) == ["b"]  # not unchanged: Jira may have it no more
    assert send(ledger, Removal("branch", "b", 5, "r-1")) == []
    assert states(ledger) == {"b": "accepted"}


def test_two_texts_with_one_number_leave_it_open_which_of_them_jira_has(ledger):
    ledger.begin(LIVE, [entity("pull_request", "7", 5, comments=1)])
    send(ledger, entity("pull_request", "7", 5, comments=2))
    assert states(ledger) == {"7": "stale"}
    assert send(ledger, entity("pull_request", "7", 6, comments=2)) == ["7"]
    assert states(ledger) == {"7": "accepted"}


def test_an_answer_to_an_older_text_settles_nothing(ledger):
    old, new = entity("pull_request", "7", 5, title="old"), entity("pull_request", "7", 6, title="new")
    ledger.begin(LIVE, [old])
    ledger.begin(LIVE, [new])
    ledger.finish(LIVE, [Outcome(old)])
    assert states(ledger) == {"7": "sending"}
    ledger.finish(LIVE, [Outcome(new)])
    assert states(ledger) == {"7": "accepted"}


def test_nothing_to_send_writes_nothing(ledger, count):
    assert ledger.begin(LIVE, []).changes == ()
    ledger.finish(LIVE, [])
    assert count(sent) == 0


def test_thousands_of_things_are_kept_at_once(ledger, count):
    many = [entity("commit", f"{number:040x}") for number in range(1_200)]
    assert len(send(ledger, *many)) == 1_200
    assert send(ledger, *many) == []
    assert (count(sent), count(sent_keys)) == (1_201, 1_200)
