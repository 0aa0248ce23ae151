"""The back-fill of a linked project over the API: who starts it, from which day on, and what is shown of it."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest

from app.backfilling import default_since, today
from store.backfill_places import Gone, Place
from store.backfill_turns import Page
from store.backfills import Ending
from tests.app.actions import in_parallel, kept_link, pointers

ONE = "7f1f7f1f-0000-4000-8000-000000000001"


@pytest.fixture
def address(projects, webshop):
    return f"{projects}/{webshop}/backfill"


@pytest.fixture
def show(site, address):
    return lambda: site.call("GET", address)


@pytest.fixture
def start(site, address):
    return lambda since="2026-01-31": site.call("POST", address, {"since": since})


@pytest.fixture
def act(site, address):
    return lambda action: site.call("POST", f"{address}/{action}")


@pytest.fixture
def kept(site, connection, linked, webshop):
    """The link as the database has it."""
    return kept_link(site, connection, webshop)


@pytest.fixture
def parts(site, kept):
    """Two parts of one repository that a worker found."""
    turns = site.services.backfill_turns
    claim = turns.claim(kept.installation_id, site.services.now())
    places = [Place(ONE, "shelf", kind) for kind in ("branches", "commits")]
    turns.arrange(claim, places, "Webshop", site.services.now(), gone=Gone(frozenset({ONE}), Ending("done")))
    return lambda: turns.claim(kept.installation_id, site.services.now())


def wanted(site, kept):
    """The slots of the site that workers shall look at."""
    return {name for name in site.services.duties.list_due("backfill") if name.startswith(kept.installation_id)}


def test_a_new_link_reads_half_a_year(site, linked, show, kept):
    shown = show().json()
    assert linked["backfillSince"] == shown["since"] == default_since(site.services).isoformat()
    assert 180 <= (today(site.services) - date.fromisoformat(shown["since"])).days <= 187
    assert (shown["state"], shown["stalled"], shown["repositories"]) == ("queued", False, [])
    assert len(wanted(site, kept)) == 4


@pytest.mark.parametrize(
    ("present", "since"),
    [("2026-11-23", "2026-05-23"), ("2026-03-31", "2025-09-28"), ("2026-08-30", "2026-02-28"),
     ("2027-06-01", "2026-12-01")],
)  # fmt: skip
def test_half_a_year_before(services, present, since):
    moment = int(datetime.fromisoformat(f"{present}T23:59:00+00:00").timestamp() * 1000)
    assert default_since(dataclasses.replace(services, now=lambda: moment)).isoformat() == since


def test_a_link_without_history(link, show):
    assert link({"backfill": False}).json()["backfillSince"] is None
    assert show().status_code == 404
    assert show().headers["Content-Type"] == "application/problem+json"


def test_linking_names_the_day(link, show):
    assert link({"backfillSince": "2025-03-01"}).json()["backfillSince"] == "2025-03-01"
    assert show().json()["since"] == "2025-03-01"


def test_changing_a_link_leaves_its_history_alone(link, linked, show):
    before = show().json()
    link({"kinds": ["commits"]})
    assert show().json() == before


def test_kinds_that_are_added_are_read_too(site, link, show):
    link({"kinds": ["commits"]})
    site.work_slow()
    link({"kinds": ["commits", "branches"]})
    assert show().json()["state"] == "queued"
    site.work_slow()
    shown = show().json()
    assert shown["state"] == "done"
    assert {part["kind"] for part in shown["repositories"]} == {"branches", "commits"}


def test_another_day_for_a_link_changes_its_history(link, linked, show):
    before = show().json()
    assert link({"backfillSince": "2025-03-01"}).json()["backfillSince"] == "2025-03-01"
    assert (show().json()["id"], show().json()["since"]) == (before["id"], "2025-03-01")


def test_the_same_body_again_reads_nothing_again(site, link, show, webshop):
    link({"backfillSince": "2026-11-22"})
    site.work_slow()
    assert show().json()["state"] == "done"
    link({"backfillSince": "2026-11-22"})
    assert show().json()["state"] == "done"


def test_no_history_and_a_day_contradict_each_other(link):
    answer = link({"backfill": False, "backfillSince": "2026-01-01"})
    assert (answer.status_code, pointers(answer)) == (422, ["/backfillSince"])


def test_it_is_started_and_started_again(start, linked, show):
    answer = start()
    assert answer.status_code == 202
    assert answer.json() == {"id": show().json()["id"]} == start().json()
    assert show().json()["since"] == "2026-01-31"


def test_it_is_started_for_a_link_without_history(link, start, show):
    link({"backfill": False})
    assert start("2026-02-01").status_code == 202
    assert (show().json()["state"], show().json()["since"]) == ("queued", "2026-02-01")


def test_starting_twice_at_once_is_one(link, start, show):
    link({"backfill": False})
    answers = in_parallel(4, start)
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["id"] for answer in answers} == {show().json()["id"]}


def test_today_is_allowed(site, start, linked):
    assert start(today(site.services).isoformat()).status_code == 202


@pytest.mark.parametrize("since", ["tomorrow", "", None, "1989-12-31", "0001-01-01", "9999-12-31"])
def test_a_day_that_makes_no_sense_is_refused(start, linked, since):
    answer = start(since)
    assert (answer.status_code, pointers(answer)) == (422, ["/since"])


def test_a_day_ahead_is_refused_in_words(site, start, link):
    ahead = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    answer = link({"backfillSince": ahead})
    assert (answer.status_code, pointers(answer)) == (422, ["/backfillSince"])
    assert "lies ahead" in answer.json()["detail"]
    link()
    assert "lies ahead" in start(ahead).json()["detail"]


def test_how_far_each_part_is(site, parts, show):
    turns, now = site.services.backfill_turns, site.services.now()
    turns.record(parts(), Page("next", 40, refused=1, total=90), now)
    turns.end(parts(), Ending("failed", "permission", "No right."), now)
    shown = show().json()
    branches, commits = shown["repositories"]
    assert branches == {
        "repositoryId": ONE, "name": "shelf", "kind": "branches", "state": "queued", "done": 40, "total": 90,
        "refused": 1, "error": None,
    }  # fmt: skip
    assert (commits["state"], commits["total"]) == ("failed", None)
    assert commits["error"] == {"code": "permission", "detail": "No right."}
    assert (shown["state"], shown["counts"]) == ("running", {"queued": 1, "failed": 1})
    assert (shown["done"], shown["total"], shown["waitsFor"]) == (40, None, None)


def test_the_whole_is_known_when_every_part_knows_its_own(site, parts, show):
    now = site.services.now()
    for seen in (7, 5):
        site.services.backfill_turns.record(parts(), Page(None, seen), now)
    assert (show().json()["done"], show().json()["total"]) == (12, 12)


def test_what_all_of_it_waits_for_is_said(site, parts, show):
    now = site.services.now()
    site.services.backfill_turns.wait(
        parts(), "token", "Enter a new one.", due=now + 60_000, attempts=1, now=now, every=True
    )
    waits = show().json()["waitsFor"]
    assert (waits["code"], waits["detail"]) == ("token", "Enter a new one.")
    assert datetime.fromisoformat(waits["until"]).timestamp() == pytest.approx((now + 60_000) / 1000, abs=1)


def test_what_does_not_move_for_ten_minutes_is_stalled(site, kept, show):
    change = "UPDATE backfills SET state = 'running', changed_at = {} WHERE link_id = '{}'"
    for minutes, stalled in ((9, False), (11, True)):
        with site.services.engine.begin() as connection:
            then = site.services.now() - minutes * 60_000
            connection.exec_driver_sql(change.format(then, kept.id))
        assert show().json()["stalled"] is stalled
    with site.services.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE backfills SET state = 'paused' WHERE link_id = '{kept.id}'")
    assert show().json()["stalled"] is False


class TestActing:
    def test_pause_and_resume(self, site, act, linked, kept):
        assert act("pause").json()["state"] == "paused"
        assert act("resume").json()["state"] == "queued"
        assert len(wanted(site, kept)) == 4

    def test_what_is_being_read_makes_it_wait(self, act, parts):
        parts()
        assert act("pause").json()["state"] == "pausing"
        assert act("resume").status_code == 409
        assert "pausing" in act("resume").json()["detail"]

    @pytest.mark.parametrize(("before", "action"), [(None, "resume"), ("pause", "pause"), (None, "retry-failed")])
    def test_the_wrong_state_is_409(self, act, linked, before, action):
        if before:
            act(before)
        answer = act(action)
        assert answer.status_code == 409
        assert answer.json()["detail"]

    def test_retrying_a_paused_one_says_what_to_do(self, act, linked):
        act("pause")
        assert "resume" in act("retry-failed").json()["detail"]

    def test_failed_parts_are_tried_again(self, site, act, parts, kept):
        site.services.backfill_turns.end(parts(), Ending("failed", "permission", "No right."), site.services.now())
        shown = act("retry-failed").json()
        assert {(part["state"], part["error"] and part["error"]["code"]) for part in shown["repositories"]} == {
            ("queued", None)
        }

    @pytest.mark.parametrize("action", ["pause", "resume", "retry-failed"])
    def test_without_history_there_is_nothing_to_act_on(self, link, act, action):
        link({"backfill": False})
        assert act(action).status_code == 404


class TestStrangers:
    CALLS = (("GET", "", None), ("POST", "", {"since": "2026-01-01"}), ("POST", "/pause", None))

    @pytest.mark.usefixtures("linked")
    @pytest.mark.parametrize(("method", "path", "body"), CALLS)
    def test_only_admins(self, site, address, method, path, body):
        member = site.site.member.account_id
        assert site.call(method, address + path, body, account=member).status_code == 403

    @pytest.mark.parametrize(("method", "path", "body"), CALLS)
    def test_a_project_that_is_not_linked_is_unknown(self, site, address, method, path, body):
        assert site.call(method, address + path, body).status_code == 404


def test_unlinking_forgets_it(site, projects, webshop, show, link):
    link()
    first = show().json()["id"]
    site.call("DELETE", f"{projects}/{webshop}")
    assert show().status_code == 404
    link()
    assert show().json()["id"] != first
