"""Which work items have an issue by now, and which of these issues this run made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.run_states import RowState
from migration.road import Road
from store.run_rows import RunRow
from store.run_turns import RowResult

ISSUE_GONE = "issue_gone"
ITEM_FAILED, ITEM_SKIPPED = "item_failed", "item_skipped"
OTHER_FAILED, OTHER_MISSING = "other_end_failed", "other_end_missing"
FAILED_WORDS = "The work item it is on has no issue because it failed. Mend that, then repair the run."
SKIPPED_WORDS = "The work item it is on is left out."
OTHER_FAILED_WORDS = (
    "Work item {other} at its other end has no issue because it failed. Mend that, then repair the run."
)
OTHER_MISSING_WORDS = (
    "Work item {other} at its other end is not part of this migration, so there is nothing to link to."
)


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is nothing to write on: how the row ends, the word and the sentence."""

    state: RowState
    reason: str
    detail: str

    def end(self, row: RunRow) -> RowResult:
        return RowResult(row.id, self.state, self.reason, self.detail)


@dataclass(frozen=True, slots=True)
class IssueEnds:
    """`issues`: ids by work item. `fresh`: work items whose issues are this run's own and never ended in between, so
    nothing is on them but what this run put there. `failed`: work items that this run could not move; `left_out`: those
    that it did not mean to.
    """

    issues: Mapping[int, str]
    fresh: frozenset[int]
    failed: frozenset[int]
    left_out: frozenset[int]

    def missing(self, source: int) -> Missing | None:
        """Why there is no issue of the work item that a row belongs to; None when there is one.

        A link belongs to the end at which it starts, which may be outside of the scope.
        """
        if source in self.issues:
            return None
        if source in self.failed:
            return Missing("failed", ITEM_FAILED, FAILED_WORDS)
        if source in self.left_out:
            return Missing("skipped", ITEM_SKIPPED, SKIPPED_WORDS)
        return self.missing_other(source)

    def missing_other(self, other: int) -> Missing | None:
        """The same of the work item at the other end of a link."""
        if other in self.issues:
            return None
        if other in self.failed:
            return Missing("failed", OTHER_FAILED, OTHER_FAILED_WORDS.format(other=other))
        return Missing("skipped", OTHER_MISSING, OTHER_MISSING_WORDS.format(other=other))


def find_ends(road: Road, ids: Collection[int]) -> IssueEnds:
    """Two queries, however many work items. An issue that this run found gone is none: a repair makes another one, and
    then what is on it.
    """
    mapped = road.services.item_map.find_many(road.place, ids)
    rows = road.services.run_rows.find_many(road.run.id, "item", ids)
    made = () if was_ended(road) else (row.source_id for row in rows if row.state == "created")
    failed = {row.source_id: row.reason for row in rows if row.state == "failed"}
    return IssueEnds(
        {source: one.issue_id for source, one in mapped.items() if failed.get(source) != ISSUE_GONE},
        frozenset(made), frozenset(failed), frozenset(row.source_id for row in rows if row.state == "skipped"),
    )  # fmt: skip


def was_ended(road: Road) -> bool:
    """Whether the run had ended and goes on: rows are repeated then whose work may be done."""
    return road.run.ledger is not None
