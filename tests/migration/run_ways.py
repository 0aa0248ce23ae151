"""What tests of the ways of a run do and look at: something happens in the middle of it, a worker dies, it waits."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from clients.jira_bulk import BulkIssues
from sandbox.jira_site import Project
from store.runs import Run
from tests.migration.kills import Killed, Reaper, reaping
from tests.migration.run_rig import RunRig


def assert_complete(rig: RunRig, run_id: str, project: Project) -> None:
    """Done, balanced, and one issue for each work item."""
    count = len(rig.rows(run_id, "item"))
    run = rig.run(run_id)
    assert (run.state, run.error, run.waiting) == ("done", None, None)
    assert rig.ledger(run_id)["balanced"]
    issues = rig.issues(project)
    assert [keys for keys in issues.values() if len(keys) > 1] == []
    assert len(issues) == count == rig.count(project)["issues"]


def states(rig: RunRig, run_id: str) -> Counter[str]:
    """How many work items are in which state, and why when they did not arrive."""
    rows = rig.rows(run_id, "item")
    return Counter(row.state if row.state == "created" else f"{row.state}: {row.reason}" for row in rows)


def once_made(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], object]) -> None:
    """Something happens right after the first issues were made, while their worker still writes down what it knows."""
    create, calls = BulkIssues.create_many, list[int]()

    def make(self: BulkIssues, bodies: Any) -> Any:
        found = create(self, bodies)
        calls.append(len(bodies))
        if len(calls) == 1:
            happen()
        return found

    monkeypatch.setattr(BulkIssues, "create_many", make)


def settle(rig: RunRig, run_id: str) -> Run:
    """A few turns, as long as the run needs none by then."""
    for _turn in range(20):
        due = rig.turn(run_id)
        if due is None:
            return rig.run(run_id)
        rig.clock.now = max(rig.clock.now, due)
    raise AssertionError(f"it does not stop: {rig.run(run_id)}")


def await_waiting(rig: RunRig, run_id: str) -> None:
    """Turns until the run says what it waits for."""
    for _turn in range(20):
        if rig.run(run_id).waiting is not None:
            return
        rig.turn(run_id)
    raise AssertionError("it does not wait")


def kill_at(moment: str) -> Reaper:
    """Kills at the first time that this is passed, and at no other."""

    class Once(Reaper):
        def pass_by(self, name: str) -> None:
            if self.kills or name != moment:
                self._last = name
                if self._is_dead:
                    raise Killed(name)
                return
            super().pass_by(name)

    return Once()


def die(rig: RunRig, run_id: str, reaper: Reaper) -> None:
    """Work until the reaper comes; who works after that remembers nothing."""
    with reaping(reaper), pytest.raises(Killed):
        rig.work(run_id)
    rig.restart()
