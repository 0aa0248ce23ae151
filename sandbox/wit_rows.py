"""Work items as queries see them, without making them up whole where a few numbers are enough."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.ado_model import User
from sandbox.wit_match import Row
from sandbox.wit_model import Fields, WorkItem
from sandbox.wit_plan import Core, Plan, moment_of
from sandbox.wit_store import WorkTracking
from sandbox.wit_values import read_values

QUICK: dict[str, Callable[[Plan, Core, int], Any]] = {
    "System.TeamProject": lambda plan, core, number: plan.ground.project,
    "System.WorkItemType": lambda plan, core, number: core.kind.name,
    "System.State": lambda plan, core, number: plan.states(core)[2],
    "System.AreaPath": lambda plan, core, number: plan.area(core),
    "System.IterationPath": lambda plan, core, number: plan.iteration(core),
    "System.AssignedTo": lambda plan, core, number: plan.assignee(core),
    "System.Tags": lambda plan, core, number: plan.tags(core) or None,
    "System.CreatedDate": lambda plan, core, number: moment_of(core.times[0]),
    "System.ChangedDate": lambda plan, core, number: moment_of(core.times[-1]),
    "System.Rev": lambda plan, core, number: len(core.times),
}


class PlannedRow:
    """A planned work item; the values that most queries ask for come from its core."""

    __slots__ = ("_core", "_plan", "_tracking", "id")

    def __init__(self, tracking: WorkTracking, plan: Plan, number: int) -> None:
        self.id, self._tracking, self._plan = number, tracking, plan
        self._core: Core | None = None

    def value(self, ref: str) -> Any:
        if ref == "System.Id":
            return self.id
        if ref not in QUICK:
            return read_values(self._tracking, self._tracking.find(self.id)).get(ref)
        if self._core is None:
            self._core = self._plan.core(self.id)
        return QUICK[ref](self._plan, self._core, self.id)


class ItemRow:
    """A work item in a revision."""

    __slots__ = ("_item", "_rev", "_tracking", "_values", "id")

    def __init__(self, tracking: WorkTracking, item: WorkItem, rev: int) -> None:
        self.id, self._tracking, self._item, self._rev = item.id, tracking, item, rev
        self._values: Fields | None = None

    def value(self, ref: str) -> Any:
        if self._values is None:
            self._values = read_values(self._tracking, self._item, self._rev)
        return self._values.get(ref)


@dataclass(frozen=True, slots=True)
class View:
    """What is read: ids from `low` to `high`, of one person; `as_of` a time in the past, all of it. What has changed
    after `settled` is seen as it was then, as by an index that lags."""

    user: User
    low: int = 1
    high: int | None = None
    as_of: datetime | None = None
    settled: datetime | None = None


def read_rows(tracking: WorkTracking, view: View) -> Iterator[tuple[int, Row]]:
    """Every work item that is seen, by id."""
    guarded = bool(tracking.denials)
    for number in tracking.ids(view.low, view.high):
        plan = None if view.as_of or number in tracking.kept else tracking.plan_of(number)
        if plan is not None and not guarded:
            yield number, PlannedRow(tracking, plan, number)
            continue
        item = tracking.find(number)
        gone = item.deleted is not None and (view.as_of is None or item.deleted[0] <= view.as_of)
        if gone or tracking.is_hidden(view.user, item):
            continue
        moment = view.as_of or view.settled
        if rev := item.rev_at(moment) if moment else item.rev:
            yield number, ItemRow(tracking, item, rev)
