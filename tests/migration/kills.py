"""A worker that dies between two instructions: before or after anything it writes, here or in Jira."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from clients import jira_flows
from clients.jira_bulk import BulkIssues
from clients.jira_issue_parts import IssueParts
from clients.jira_sprints import SprintsApi
from store.run_rows import RunRows
from store.run_turns import RunTurns
from store.runs import Runs

WRITES: tuple[tuple[Any, str], ...] = (
    (RunTurns, "plan_page"), (RunTurns, "claim"), (RunTurns, "claim_issues"), (RunTurns, "take_lost"),
    (RunTurns, "mark_sent"), (RunTurns, "settle"), (RunTurns, "give_back"), (BulkIssues, "create_many"),
    (IssueParts, "add_comment"), (IssueParts, "add_link"), (IssueParts, "put_remote_link"), (IssueParts, "attach_file"),
    (IssueParts, "edit_issue"), (IssueParts, "put_property"), (SprintsApi, "create_sprint"),
    (Runs, "move"), (Runs, "enter_phase"), (Runs, "add_counters"), (Runs, "put_waiting"),
    (RunRows, "note_verified"), (Runs, "put_problems"),
    (SprintsApi, "create_component"), (SprintsApi, "move_sprint"), (jira_flows, "do_step"),
)  # fmt: skip


class Killed(BaseException):
    """The process is gone: nothing may catch this but the test, and no `finally` may write after it."""


class Reaper:
    """Kills at every moment before or after a write that it has not killed at yet. A moment is told by what was passed
    before it: the same write is another moment after another one. `comes` says whether it kills now.
    """

    def __init__(self, comes: Callable[[], bool] = lambda: True) -> None:
        self.kills: list[tuple[str, str]] = []
        self._comes = comes
        self._last = "start"
        self._is_dead = False

    def revive(self) -> None:
        """Another process begins."""
        self._last, self._is_dead = "start", False

    def pass_by(self, name: str) -> None:
        moment, self._last = (self._last, name), name
        if moment not in self.kills and not self._is_dead and self._comes():
            self.kills.append(moment)
            self._is_dead = True
        if self._is_dead:  # other threads of the process, and what cleans up after it
            raise Killed(name)


@contextmanager
def reaping(reaper: Reaper) -> Iterator[Reaper]:
    """While the body runs every write passes the reaper twice."""

    def haunt(owner: Any, name: str) -> Any:
        write = getattr(owner, name)

        def haunted(*given: Any, **named: Any) -> Any:
            reaper.pass_by(f"before {name}")
            found = write(*given, **named)
            reaper.pass_by(f"after {name}")
            return found

        return haunted

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in WRITES:
            patch.setattr(owner, name, haunt(owner, name))
        yield reaper
