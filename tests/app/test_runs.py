"""A run over the API: how far it is, what a person may tell it, and what is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.count_memory import FEW_ROWS
from app.progress import ProgressDesk
from app.run_views import Tally, view_run
from domain.run_states import MOVES
from store.run_rows import PlannedRow
from store.run_turns import PlanPage
from store.runs import Counters, RunProblem, Waiting
from tests.app.migration_fixtures import desk, shared_migrations
from tests.app.migration_rig import items

__all__ = ["desk", "shared_migrations"]

CALLS = ("pause", "resume", "cancel", "verify", "repair", "rollback")


def show(desk, run):
    answer = desk.call("GET", f"/api/runs/{run}")
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestShowing:
    def test_a_run_that_waits_for_a_worker(self, desk):
        shown = show(desk, desk.start())
        assert (shown["state"], shown["phase"], shown["counts"], shown["phases"]) == ("queued", "plan", {}, [])
        assert (shown["rate"], shown["etaSeconds"], shown["points"], shown["endedAt"]) == (None, None, 0, None)

    def test_how_far_it_is(self, desk):
        links = [PlannedRow("link", 1, "a"), PlannedRow("link", 1, "b", state="skipped", reason="not_mapped")]
        run = desk.running(*items(1, 2, 3), *links)
        desk.settle(run, {"state": "created"}, {"state": "failed", "reason": "field_refused"})

        shown = show(desk, run)

        assert shown["counts"] == {"created": 1, "failed": 1, "planned": 1}
        assert shown["phases"] == [
            {"phase": "items", "done": 2, "total": 3, "counts": {"created": 1, "failed": 1, "planned": 1}},
            {"phase": "links", "done": 1, "total": 2, "counts": {"planned": 1, "skipped": 1}},
        ]

    def test_what_it_costs_what_it_waits_for_and_what_it_found(self, desk):
        run = desk.running()
        runs = desk.services.runs
        runs.add_counters(run, Counters(jira_calls=2, jira_points=60, ado_calls=1, bytes=9))
        runs.put_waiting(run, Waiting("Jira asks for a pause.", 1_800_000_000_000))
        runs.put_problems(run, "verify", [RunProblem("status_differs", "warning", "It differs.", 2, "verify")])

        shown = show(desk, run)

        assert (shown["points"], shown["jiraCalls"], shown["adoCalls"], shown["bytes"]) == (60, 2, 1, 9)
        assert shown["waiting"] == {"why": "Jira asks for a pause.", "until": "2027-01-15T08:00:00Z"}
        assert [(one["code"], one["count"]) for one in shown["problems"]] == [("status_differs", 2)]

    def test_why_it_failed_and_that_something_is_on_its_way(self, desk):
        run = desk.running(*items(1))
        desk.services.run_turns.claim(run, "items", 0, 1, desk.now)
        desk.services.run_turns.fail(run, "unauthorized", "The token has expired.", desk.now)
        shown = show(desk, run)
        assert shown["error"] == {"code": "unauthorized", "detail": "The token has expired."}
        assert (shown["state"], shown["settling"]) == ("failed", True)

    def test_the_rate_and_the_time_left(self, desk):
        run = desk.services.runs.find(desk.running())
        counts: Any = {"items": {"created": 100, "planned": 300}, "links": {"planned": 100}}
        shown = view_run(run, Tally(counts, ended=100, seconds=60.0))
        assert (shown.rate, shown.eta_seconds) == (100.0, 360)

    def test_the_rate_is_that_of_the_last_minutes_in_this_phase(self, desk):
        run = desk.running(*items(1, 2, 3))
        desk.settle(run, {"state": "created"}, {"state": "created"})
        found = desk.services.runs.find(run)
        progress = ProgressDesk(desk.services)
        for minutes, rate in ((1, 2.0), (60, 0.0)):
            later = found.phase_at + minutes * 60_000
            progress.services = _at(desk.services, later)
            assert progress.view(found).rate == rate

    def test_very_many_rows_are_not_counted_each_time(self, desk, monkeypatch):
        run = desk.services.runs.find(desk.running())
        many = iter([{"items": {"planned": FEW_ROWS + 1}}, {"items": {"planned": FEW_ROWS}}])
        monkeypatch.setattr(desk.services.run_rows, "count_states", lambda _run: next(many))
        monkeypatch.setattr("app.count_memory.SHARE", 1e9)
        progress = ProgressDesk(desk.services)
        assert [progress.view(run).counts["planned"] for _look in range(2)] == [FEW_ROWS + 1] * 2
        desk.services.runs.enter_phase(run.id, "items", "links", desk.now)
        assert progress.view(desk.services.runs.find(run.id)).counts["planned"] == FEW_ROWS

    def test_few_are(self, desk):
        run = desk.running(*items(1))
        assert show(desk, run)["counts"] == {"planned": 1}
        desk.settle(run, {"state": "created"})
        assert show(desk, run)["counts"] == {"created": 1}


def _at(services, now):
    class Later:
        run_rows = services.run_rows

        @staticmethod
        def now():
            return now

    return Later()


class TestTelling:
    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize("state", ["queued", "running", "pausing", "paused", "done", "failed", "cancelled"])
    def test_each_call_in_each_state(self, desk, state, call):
        run = bring(desk, state)

        answer = desk.call("POST", f"/api/runs/{run}/{call}")

        after = desk.services.runs.find(run).state
        if (state, call) in MOVES:
            assert (answer.status_code, answer.json()) == (202, {"id": run, "state": MOVES[state, call]})
            assert after == MOVES[state, call]
            assert f"run:{run}#0" in desk.wanted()
        else:
            assert (answer.status_code, after) == (409, state)
            assert f"this run is {state}" in answer.json()["detail"]
            assert desk.wanted() == set()

    def test_a_run_that_is_done_is_verified_again(self, desk):
        run = bring(desk, "done")
        desk.call("POST", f"/api/runs/{run}/verify")
        shown = show(desk, run)
        assert (shown["state"], shown["phase"], shown["endedAt"]) == ("queued", "verify", None)

    @pytest.mark.parametrize("call", ["verify", "repair"])
    def test_what_was_read_back_before_does_not_count_for_the_next_time(self, desk, call):
        run, services = desk.running(PlannedRow("verify", 1, "1:items", state="unchanged")), desk.services
        assert services.run_turns.finish(run, {}, desk.now)
        assert [phase["phase"] for phase in show(desk, run)["phases"]] == ["verify"]

        assert desk.call("POST", f"/api/runs/{run}/{call}").status_code == 202
        shown = show(desk, run)
        assert (shown["phases"], shown["wasDone"]) == ([], True)

        services.runs.move(run, "begin", desk.now)
        services.runs.enter_phase(run, call, "verify", desk.now)
        pages = PlanPage([PlannedRow("verify", 1, "2:items")], {}, {"round": 2, "ended": True})
        assert services.run_turns.plan_page(services.runs.find(run), pages, desk.now)
        assert show(desk, run)["phases"] == [{"phase": "verify", "done": 0, "total": 1, "counts": {"planned": 1}}]

    def test_not_while_another_writes_into_the_same_project(self, desk):
        run = bring(desk, "done")
        desk.start()
        answer = desk.call("POST", f"/api/runs/{run}/repair")
        assert (answer.status_code, answer.json()["code"]) == (409, "target_taken")
        assert show(desk, run)["state"] == "done"

    @pytest.mark.parametrize("run", ["nothing", "00000000-0000-0000-0000-000000000000", "%27%20or%201%3D1", "..%2f.."])
    def test_a_run_that_is_not_there(self, desk, run):
        assert desk.call("GET", f"/api/runs/{run}").status_code == 404

    def test_times_are_told_in_utc(self, desk):
        assert datetime.fromisoformat(show(desk, desk.start())["startedAt"]).utcoffset() == timedelta(0)


def bring(desk, state):
    """A run in a state; workers want nothing of it yet."""
    run = desk.running()
    services, now = desk.services, desk.now
    ways = {
        "queued": lambda: services.runs.move(run, "pause", now) and services.run_turns.halt(run, now)
        and services.runs.move(run, "resume", now),
        "running": lambda: None,
        "pausing": lambda: services.runs.move(run, "pause", now),
        "paused": lambda: services.runs.move(run, "pause", now) and services.run_turns.halt(run, now),
        "done": lambda: services.run_turns.finish(run, {}, now),
        "failed": lambda: services.run_turns.fail(run, "x", "It failed.", now),
        "cancelled": lambda: services.runs.move(run, "cancel", now),
    }  # fmt: skip
    ways[state]()
    assert services.runs.find(run).state == state
    return run
