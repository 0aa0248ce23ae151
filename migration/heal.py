"""What became of work items that were being sent when somebody died or no answer came: looked up, never guessed.

First the map of work items; then the issues of the project whose numbers come after those that were known when the call
began, which Jira reads without delay; then the search, which lags behind. Only when the call is older than any request
lives and the index lags (MIGRATION_SETTLE_SECONDS), and neither knows an issue, the work item is planned again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from clients.jira_bulk import MOST_FETCHED, MOST_SOUGHT, number_of
from domain.issue_comparisons import STATUS
from domain.records import Json
from domain.run_states import RowState
from domain.source_marks import MARKS, SourceMark, read_mark
from migration.road import Road
from migration.waits import is_settled
from store.item_map import MappedItem
from store.run_rows import RunRow
from store.run_turns import Chunk, Results, RowResult

log = structlog.get_logger("crosswalk.migration")

UNKNOWN_IN_A_ROW = MOST_FETCHED  # keys; then there are no higher ones
CUT_SHORT = "cancelled"
UNFINISHED = "Its issue is there. The run was cancelled before it was brought to its status: do that by hand."
SKEW = 10_000  # ms by which the clocks of two workers may differ


@dataclass(frozen=True, slots=True)
class Lost:
    """A row and when its call began (ms)."""

    row: RunRow
    sent_at: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """An issue that is there."""

    id: str
    key: str
    mark: SourceMark


def heal_chunk(road: Road, chunk: Chunk) -> None:
    """Rows that a dead worker left."""
    heal_items(road, chunk, [Lost(row, row.sent_at or road.now()) for row in chunk.rows])


def heal_items(road: Road, chunk: Chunk, lost: Sequence[Lost]) -> None:
    """Write what became of rows; those of which nobody can know yet stay as they are until their lease ends."""
    found = find_issues(road, lost)
    rows, items = [], []
    for one in lost:
        arrived = found.get(one.row.source_id)
        if arrived is not None:
            rows.append(_row_of(road, one.row, arrived))
            items.append(
                MappedItem(one.row.source_id, arrived.id, arrived.key, arrived.mark.revision, arrived.mark.hash)
            )
        elif is_settled(road, one.sent_at):
            rows.append(RowResult(one.row.id, "planned", due_at=road.now()))
    road.services.run_turns.settle(chunk, road.place, Results(rows, items), road.now())
    log.info("migration.healed", run=road.run.id, lost=len(lost), found=len(items), again=len(rows) - len(items))


def _row_of(road: Road, row: RunRow, arrived: Arrived) -> RowResult:
    """An issue of this run that is not in its status yet is taken up again, to be brought there (`adoption`); whoever
    takes up one of an earlier run looks at it anew.
    """
    mark, is_own = arrived.mark, arrived.mark.run == road.run.id
    if not mark.is_settled and road.run.state != "cancelled":
        again = RowResult(row.id, "planned", due_at=road.now())
        return replace(again, issue_id=arrived.id, issue_key=arrived.key) if is_own else again
    state: RowState = "created" if is_own else "adopted"
    reason, detail = (None, None) if mark.is_settled else (CUT_SHORT, UNFINISHED)
    return RowResult(
        row.id, state, reason, detail, issue_id=arrived.id, issue_key=arrived.key, hash=mark.hash,
        revision=mark.revision,
    )  # fmt: skip


def find_issues(road: Road, lost: Sequence[Lost]) -> dict[int, Arrived]:
    """The issues of work items, by work item, as far as one can know. One that was made of a work item in another
    project of Azure DevOps, and that moved here since, is known by the map alone.
    """
    known = road.services.item_map.find_many(road.place, [one.row.source_id for one in lost])
    found = _by_source(road, _fetch(road, [one.issue_id for one in known.values()]))
    missing = {one.row.source_id for one in lost} - found.keys()
    project = road.migration.project_id
    for issues in _read_keys(road, first_number(road, lost)) if missing else ():
        found |= {source: one for source, one in _by_source(road, issues, project).items() if source in missing}
        if missing <= found.keys():
            break
    missing -= found.keys()
    return found | search_issues(road, sorted(missing))


def first_number(road: Road, lost: Sequence[Lost]) -> int:
    """No issue that these calls made has this number or a lower one: it was known when the first of them began."""
    began = min(one.sent_at for one in lost) - SKEW
    keys = road.services.run_rows.list_keys_before(road.run.id, began)
    own = (number_of(key) for key in keys if key.rpartition("-")[0] == road.target.key)
    return max([road.run.key_floor, *own])


def _read_keys(road: Road, last: int) -> Iterator[tuple[Json, ...]]:
    """Issues whose numbers come after `last`, in the order of their numbers, until there are no more."""
    while True:
        numbers = range(last + 1, last + 1 + UNKNOWN_IN_A_ROW)
        issues = _fetch(road, [f"{road.target.key}-{number}" for number in numbers])
        if not issues:
            return
        yield issues
        last = numbers[-1]


def search_issues(road: Road, missing: Sequence[int]) -> dict[int, Arrived]:
    """The issues of work items of this project that the search knows."""
    found: dict[int, Arrived] = {}
    for start in range(0, len(missing), MOST_SOUGHT):
        some = missing[start : start + MOST_SOUGHT]
        issues = road.bulk.find_sources(road.target.key, some, (STATUS,))
        found |= _by_source(road, issues, road.migration.project_id)
    return found


def _fetch(road: Road, names: Sequence[str]) -> tuple[Json, ...]:
    portions = [names[start : start + MOST_FETCHED] for start in range(0, len(names), MOST_FETCHED)]
    return tuple(issue for some in portions for issue in road.bulk.fetch_many(some, (STATUS,), MARKS))


def _by_source(road: Road, issues: Sequence[Json], project: str = "") -> dict[int, Arrived]:
    """By work item, of this organization, and of a project of it where one is given; of two issues the older one, which
    was there first.
    """
    marked = [(issue, mark) for issue in issues if (mark := read_mark(issue)) is not None]
    own = [(issue, mark) for issue, mark in marked if mark.is_of(road.connection.organization, road.run.id, project)]
    ordered = sorted(own, key=lambda one: int(one[0]["id"]), reverse=True)
    return {mark.id: Arrived(str(issue["id"]), str(issue["key"]), mark) for issue, mark in ordered}
