"""The rows of comments, one for each work item, and how they end so that every comment is accounted for.

What ended in another way than the rest becomes a row of its own: comments posted in an earlier turn, those that an
earlier run brought, those over Jira's limit, and each one that was refused, which can be repaired alone. A repair puts
the others back into the row they came from.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from domain.run_states import OPEN_ROWS, RowState
from domain.work_items import WorkItemComment
from migration.comment_posting import Posted
from migration.issue_ends import IssueEnds, was_ended
from migration.road import Road
from store.item_map import MappedPart
from store.run_chunks import SUCCESSES
from store.run_rows import RunRow
from store.run_turns import Results, RowResult, SplitRow

# how parts of rows beside the main one begin; of a single comment it is its id
BEFORE, THERE, OVER = "from", "there", "over"
NO_MORE = "The comments were deleted in Azure DevOps since the run was planned."


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A row and what is known of its work item. `known`: what the map has of its comments, by their ids; `mine`: ids of
    those that this run wrote into it; `others`: the other rows of the work item; `folded`: rows that are open again
    beside this one, which does their work too; `is_fresh`: nothing is on the issue but what this run put there.
    """

    row: RunRow
    issue_id: str
    is_fresh: bool
    is_repaired: bool
    known: Mapping[int, MappedPart]
    mine: frozenset[int]
    others: Sequence[RunRow]
    folded: Sequence[RunRow]

    @property
    def single(self) -> int | None:
        """The id of the only comment that the row is of."""
        return single_of(self.row)

    @property
    def size(self) -> int:
        """How many comments were planned for it."""
        return self.row.size + sum(one.size for one in self.folded)

    @property
    def moved(self) -> int:
        """How many of the comments other rows tell as moved, beside single ones."""
        if self.single is not None:
            return 0
        return sum(one.size for one in self.others if not one.part.startswith(OVER) and single_of(one) is None)

    @property
    def is_known(self) -> bool:
        """Whether the map has every comment that is on the issue: else Jira has to be asked."""
        return not self.is_repaired and (self.is_fresh or self.moved > 0)

    def count_kind(self, kind: str) -> int:
        """How many comments other rows of a kind tell of."""
        return sum(one.size for one in self.others if one.part.startswith(kind))

    def count_adopted(self, there: Collection[int]) -> int:
        """How many comments that are there an earlier run brought, without those that another row tells of."""
        if self.is_fresh or self.is_repaired:
            return 0
        return max(0, len(set(there) - self.mine) - self.count_kind(THERE))

    def name_part(self, kind: str, now: int) -> str:
        """The part of another row beside this one. There may be several of a kind."""
        return f"{kind}:{sum(one.size for one in self.others)}:{now}"

    def choose_new(self, found: Sequence[MappedPart]) -> tuple[MappedPart, ...]:
        """What Jira shows and the map does not have: what an earlier run brought stays that run's."""
        return tuple(one for one in found if self._target_of(int(one.part)) != one.target_id)

    def _target_of(self, comment: int) -> str | None:
        return self.known[comment].target_id if comment in self.known else None

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
    found: Sequence[MappedPart] = ()  # what Jira showed and no map knew

    def results(self, now: int) -> Results:
        parts = (*self.found, *self.posted.parts)
        if self.posted.is_open:
            return Results((), parts=parts)
        row, size = self.row.row, self.row.count_own(self.comments)
        shares = self._shares(size, now)
        size = max(size, sum(share.size for share in shares))
        if self.posted.again is not None:
            main = RowResult(row.id, "planned", due_at=self.posted.again, size=size)
        else:
            own, *shares = shares or [self._nothing()]
            issue = None if own.state in {"failed", "skipped"} else self.row.issue_id
            main = RowResult(row.id, own.state, own.reason, own.detail, issue_id=issue, size=size)
        held = main.state not in SUCCESSES  # as the main row, of which these were counted
        folded = [RowResult(one.id, "unchanged", size=0, needs_lease=held) for one in self.row.folded]
        splits = [share.split(row.id) for share in shares]
        scanned = {"comments": size - self.row.size}
        return Results([main, *folded], parts=parts, splits=splits, scanned=scanned)

    def _shares(self, size: int, now: int) -> list["Share"]:
        """What ended, each kind of end; the first one is the row's own when it ends."""
        refused = [Share(str(comment), 1, "failed", code, words) for comment, code, words in self.posted.refused]
        adopted, left = self.row.count_adopted(self.there), self._count_left()
        done = max(0, size - adopted - left - len(refused))
        if self.posted.again is not None:
            left, done = 0, min(done, self._count_moved(adopted))
        part = partial(self.row.name_part, now=now)
        moved = Share(part(BEFORE), done, self._moved_as, *self.posted.loss)
        over, ending = [], self.posted.ending
        if ending is not None:
            over = [Share(part(OVER), left, "failed" if ending.is_failure else "skipped", ending.reason, ending.detail)]
        there = Share(part(THERE), adopted, "adopted")
        # what is to be repaired is the row itself
        ordered = [*over, moved, there] if ending and ending.is_failure else [moved, there, *over]
        return [share for share in (*ordered, *refused) if share.size]

    @property
    def _moved_as(self) -> RowState:
        if self.row.row.issue_id is None or self.row.single is not None:
            return "created"
        return "updated" if self.posted.parts else "unchanged"

    def _count_moved(self, adopted: int) -> int:
        """Those that are on the issue by this run, and that no other row tells of."""
        return max(0, len(self.there) - adopted - self.row.moved) + len(self.posted.parts)

    def _count_left(self) -> int:
        """Those that were not posted and will not be, and that no other row tells of."""
        if self.posted.ending is None:
            return 0
        ended = {*self.there, *(int(part.part) for part in self.posted.parts)} | {one[0] for one in self.posted.refused}
        left = sum(one.id not in ended for one in self.row.own(self.comments))
        return max(0, left - self.row.count_kind(OVER))

    def _nothing(self) -> "Share":
        """Nothing is left to be counted."""
        return Share("", 0, "unchanged") if self.comments else Share("", 0, "unchanged", "deleted", NO_MORE)


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


def single_of(row: RunRow) -> int | None:
    """The id of the only comment that a row is of; None: it is of several."""
    return int(row.part) if row.part.isdecimal() else None


def find_rows(road: Road, rows: Sequence[RunRow], ends: IssueEnds) -> list[CommentRow]:
    """What is known of rows whose work items have an issue; the first row of each work item: one hand writes on an
    issue at a time.
    """
    ordered = sorted(rows, key=lambda row: (row.source_id, row.id))
    first = [next(group) for _source, group in groupby(ordered, key=lambda row: row.source_id)]
    sources = [row.source_id for row in first]
    siblings: dict[int, list[RunRow]] = {}
    for row in road.services.run_rows.find_many(road.run.id, "comments", sources):
        siblings.setdefault(row.source_id, []).append(row)
    known, mine = _find_known(road, sources), _find_mine(road, set(sources) - ends.fresh)
    return [
        CommentRow(
            row, ends.issues[row.source_id], row.source_id in ends.fresh, was_ended(road),
            known.get(row.source_id, {}), mine.get(row.source_id, frozenset()), *_fold(row, siblings[row.source_id]),
        )
        for row in first
    ]  # fmt: skip


def _fold(row: RunRow, siblings: Sequence[RunRow]) -> tuple[list[RunRow], list[RunRow]]:
    """The other rows of a work item, and those of them whose work a row does too."""
    others = [one for one in siblings if one.id != row.id]
    if single_of(row) is not None:
        return others, []
    folded = [one for one in others if single_of(one) is None and one.state in OPEN_ROWS]
    return [one for one in others if one not in folded], folded


def _find_known(road: Road, sources: Sequence[int]) -> Mapping[int, Mapping[int, MappedPart]]:
    """Comments by work item: those on its issue by now, for what was on one that is gone is forgotten with it."""
    known: dict[int, dict[int, MappedPart]] = {}
    for (source, part), mapped in road.services.part_map.find_many(road.place, "comment", sources).items():
        known.setdefault(source, {})[int(part)] = mapped
    return known


def _find_mine(road: Road, sources: Collection[int]) -> Mapping[int, frozenset[int]]:
    """Ids of comments by work item that this run wrote into the map. It is asked of issues of earlier runs alone."""
    if not sources:
        return {}
    own = sorted(road.services.part_map.find_many(road.place, "comment", sources, road.run.id))
    return {
        source: frozenset(int(part) for _source, part in group)
        for source, group in groupby(own, key=lambda pair: pair[0])
    }
