"""The rows of comments, one for each work item, and how they end so that every comment is accounted for.

What ended in another way than the rest becomes a row of its own: comments posted in an earlier turn, those that an
earlier run brought, those over Jira's limit, and each one that was refused, which can be repaired alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from domain.run_states import RowState
from domain.work_items import WorkItemComment
from migration.comment_posting import Posted
from migration.issue_ends import IssueEnds, was_ended
from migration.road import Road
from store.item_map import MappedPart
from store.run_rows import RunRow
from store.run_turns import Results, RowResult, SplitRow

BEFORE, THERE, OVER = "from:", "there", "over"  # parts of rows beside the main one; of a single comment: its id
NO_MORE = "The comments were deleted in Azure DevOps since the run was planned."


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A row and what is known of its work item. `known`: ids of comments that the map has; `others`: the other rows of
    the work item; `is_fresh`: nothing is on the issue but what this run put there.
    """

    row: RunRow
    issue_id: str
    is_fresh: bool
    is_repaired: bool
    known: frozenset[int]
    others: Sequence[RunRow]

    @property
    def single(self) -> int | None:
        """The id of the only comment that the row is of."""
        return int(self.row.part) if self.row.part.isdecimal() else None

    @property
    def moved(self) -> int:
        """How many of the comments other rows tell as moved, beside single ones."""
        if self.single is not None:
            return 0
        return sum(one.size for one in self.others if one.part != OVER and not one.part.isdecimal())

    @property
    def is_known(self) -> bool:
        """Whether the map has every comment that is on the issue: else Jira has to be asked."""
        return not self.is_repaired and (self.is_fresh or self.moved > 0)

    def own(self, comments: Sequence[WorkItemComment]) -> list[WorkItemComment]:
        """Those that this row is of."""
        if self.single is not None:
            return [one for one in comments if one.id == self.single]
        singles = {one.part for one in self.others}
        return [one for one in comments if str(one.id) not in singles]

    def count_own(self, comments: Sequence[WorkItemComment]) -> int:
        """How many are to be accounted for by this row and not by the others."""
        if self.single is not None:
            return len(self.own(comments))
        return max(0, len(comments) - sum(one.size for one in self.others))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be written of a row after a go at it. `there`: ids of its comments that were on the issue before."""

    row: CommentRow
    comments: Sequence[WorkItemComment]
    there: Collection[int]
    posted: Posted
    found: Sequence[MappedPart] = ()  # what Jira showed

    def results(self, now: int) -> Results:
        parts = (*self.found, *self.posted.parts)
        if self.posted.is_open:
            return Results((), parts=parts)
        row, size = self.row.row, self.row.count_own(self.comments)
        shares = self._shares(size, f"{BEFORE}{self.row.moved}:{now}")
        size = max(size, sum(share.size for share in shares))
        if self.posted.again is not None:
            main = RowResult(row.id, "planned", due_at=self.posted.again, size=size)
        else:
            own, *shares = shares or [self._nothing()]
            issue = None if own.state in {"failed", "skipped"} else self.row.issue_id
            main = RowResult(row.id, own.state, own.reason, own.detail, issue_id=issue, size=size)
        splits = [share.split(row.id) for share in shares]
        return Results([main], parts=parts, splits=splits, scanned={"comments": size - row.size})

    def _shares(self, size: int, part: str) -> list["Share"]:
        """What ended, each kind of end; the first one is the row's own when it ends."""
        refused = [Share(str(comment), 1, "failed", code, words) for comment, code, words in self.posted.refused]
        adopted, left = len(self.there) if self._is_first else 0, self._count_left()
        done = max(0, size - adopted - left - len(refused))
        if self.posted.again is not None:
            left, done = 0, min(done, self._count_moved())
        moved = Share(part, done, self._moved_as, *(self.posted.loss or (None, None)))
        over, ending = [], self.posted.ending
        if ending is not None:
            over = [Share(OVER, left, "failed" if ending.is_failure else "skipped", ending.reason, ending.detail)]
        there = Share(THERE, adopted, "adopted")
        # what is to be repaired is the row itself
        ordered = [*over, moved, there] if ending and ending.is_failure else [moved, there, *over]
        return [share for share in (*ordered, *refused) if share.size]

    @property
    def _is_first(self) -> bool:
        """Whether what is on the issue was brought by an earlier run."""
        return not (self.row.is_known or self.row.is_repaired)

    @property
    def _moved_as(self) -> RowState:
        if self.row.row.issue_id is None or self.row.single is not None:
            return "created"
        return "updated" if self.posted.parts else "unchanged"

    def _count_moved(self) -> int:
        """Those that are on the issue by this run, and that no other row tells of."""
        before = 0 if self._is_first else max(0, len(self.there) - self.row.moved)
        return before + len(self.posted.parts)

    def _count_left(self) -> int:
        """Those that were not posted and will not be, and that no other row tells of."""
        if self.posted.ending is None:
            return 0
        ended = {*self.there, *(int(part.part) for part in self.posted.parts)} | {one[0] for one in self.posted.refused}
        known = sum(one.size for one in self.row.others if one.part == OVER)
        return max(0, sum(one.id not in ended for one in self.row.own(self.comments)) - known)

    def _nothing(self) -> "Share":
        """Nothing is left to be counted."""
        return Share("", 0, "unchanged") if self.comments else Share("", 0, "unchanged", "gone", NO_MORE)


@dataclass(frozen=True, slots=True)
class Share:
    """So many comments that ended alike."""

    part: str
    size: int
    state: RowState
    reason: str | None = None
    detail: str | None = None

    def split(self, row_id: int) -> SplitRow:
        return SplitRow(row_id, self.part, self.size, self.state, self.reason, self.detail)


def find_rows(road: Road, rows: Sequence[RunRow], ends: IssueEnds) -> list[CommentRow]:
    """What is known of rows whose work items have an issue; the first row of each work item."""
    first = [next(group) for _source, group in groupby(rows, key=lambda row: row.source_id)]
    sources = [row.source_id for row in first]
    siblings: dict[int, list[RunRow]] = {}
    for row in road.services.run_rows.find_many(road.run.id, "comments", sources):
        siblings.setdefault(row.source_id, []).append(row)
    known = _find_known(road, sources)
    return [
        CommentRow(
            row, ends.issues[row.source_id], row.source_id in ends.fresh, was_ended(road),
            known.get(row.source_id, frozenset()), [one for one in siblings[row.source_id] if one.id != row.id],
        )
        for row in first
    ]  # fmt: skip


def _find_known(road: Road, sources: Sequence[int]) -> Mapping[int, frozenset[int]]:
    """Comments by work item: those on its issue by now, for what was on one that is gone is forgotten with it."""
    ordered = sorted(road.services.part_map.find_many(road.place, "comment", sources))
    return {
        source: frozenset(int(part) for _source, part in group)
        for source, group in groupby(ordered, key=lambda pair: pair[0])
    }
