"""What tests of links and comments share: work items of their own, a run held before a phase, calls that fail."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from domain.run_states import Phase
from migration import hands
from migration.phases import STEPS
from migration.steps import Step
from sandbox.jira_issue_record import Record
from store.migrations import Options, Scope
from tests.migration.kills import Killed, Reaper, reaping
from tests.migration.run_rig import RunRig

LINKS = Options(comments=False, attachments=False, links=True)
COMMENTS = Options(comments=True, attachments=False, links=False)
BOTH = Options(comments=True, attachments=False, links=True)

PLAIN: dict[str, Any] = {"iterations": (), "areas": ()}  # no sprints and no components


def make_items(rig: RunRig, count: int) -> list[int]:
    titles = [{"System.Title": f"Number {number}"} for number in range(count)]
    return [int(rig.organization.create_work_item("Webshop", "Epic", title).id) for title in titles]


def only(numbers: Sequence[int]) -> Scope:
    listed = ", ".join(map(str, numbers))
    return Scope(wiql=f"SELECT [System.Id] FROM WorkItems WHERE [System.Id] IN ({listed})")


@contextmanager
def held(phase: Phase) -> Iterator[None]:
    """Runs stop before this phase while the body runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STEPS, phase, lambda road, slot: Step(due=road.now() + 1_000))
        yield


def work_until(rig: RunRig, run_id: str, phase: Phase) -> None:
    with held(phase):
        while rig.run(run_id).phase != phase:
            rig.clock.now = max(rig.turn(run_id) or 0, rig.clock.now)


def kill_between(rig: RunRig, run_id: str, first: Phase, until: Phase, reaper: Reaper) -> None:
    """Work undisturbed but from one phase to another. One thread, so that moments come in one order; what was read of
    the target is kept, which saves most of the time.
    """
    work_until(rig, run_id, first)
    with held(until), ThreadPoolExecutor(1) as alone, pytest.MonkeyPatch.context() as patch:
        patch.setattr(hands, "_threads", lambda: alone)
        while rig.run(run_id).phase != until:
            reaper.revive()
            try:
                with reaping(reaper):
                    due = rig.turn(run_id) or 0
            except Killed:
                continue
            rig.clock.now = max(due, rig.clock.now + 8_000 if due > rig.clock.now else rig.clock.now)
    rig.work(run_id)


@contextmanager
def failing(rig: RunRig, path: str, **rule: Any) -> Iterator[None]:
    """Calls to Jira that fit fail while the body runs; once, unless `times` says otherwise."""
    address = f"{rig.site.base_url}/_control/faults"
    sent = requests.post(address, json={"path": path, "method": "POST", **rule}, timeout=10)
    assert sent.status_code < 300, sent.text
    try:
        yield
    finally:
        requests.delete(address, timeout=10)


def record_of(rig: RunRig, project: Any, number: int) -> Record:
    """The issue of a work item."""
    (key,) = rig.issues(project)[number]
    found = rig.site.tracker.record(key)
    assert found is not None
    return found


def ledger_of(rig: RunRig, run_id: str, name: str) -> dict[str, Any]:
    """A row of the ledger without what is nothing; the ledger as a whole must balance."""
    run, numbers = rig.run(run_id), rig.ledger(run_id)
    assert (run.state, run.error, numbers["balanced"]) == ("done", None, True)
    row: dict[str, Any] = numbers["ledger"][name]
    return {word: count for word, count in row.items() if count}
