"""Comments of work items, the oldest first, each once. One hand writes on an issue at a time.

The order in Jira is that in which they were posted, so nothing is posted while it is not known what became of the one
before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from clients.ado_work_items import BROKEN_STATUS
from domain.comment_drafts import order_comments
from domain.errors import CallError, NotFound, Unavailable, Unreadable
from domain.run_states import Phase
from domain.work_items import WorkItemComment
from migration.comment_heal import heal_comments, list_found
from migration.comment_posting import GONE as ISSUE_GONE
from migration.comment_posting import Posting
from migration.comment_rows import CommentRow, Outcome, find_rows
from migration.issue_ends import find_ends
from migration.loads import LATEST_START, Job, LoadKind, carry_loads, plan_idle
from migration.lost_items import LostItems
from migration.plan_rows import BROKEN
from migration.road import Road
from migration.steps import Step
from store.item_map import MappedPart
from store.run_rows import RunRow
from store.run_turns import Chunk, Results, RowResult

PHASE: Phase = "comments"
ROWS = 60  # issues of one chunk
NO_ITEM = "TF401232"  # of the work item, where another 404 is of the project
MOST_TRIES = 3  # of a work item whose comments Azure DevOps fails to read
TRY_AGAIN = 2_000  # ms
UNREADABLE = "Crosswalk cannot read what Azure DevOps tells of its comments. Tell the operator; repair the run then."


def comment_issues(road: Road, slot: int) -> Step:
    """The comments of some issues."""
    return carry_loads(road, (COMMENTS,))


class CommentLoad:
    """The comments of some issues."""

    def __init__(self, road: Road, chunk: Chunk) -> None:
        self._road, self._chunk = road, chunk
        self._results: list[RowResult] = []
        self._parts: list[MappedPart] = []
        self._mine: frozenset[int] = frozenset()  # rows marked as being sent
        self._begun: set[int] = set()
        self._lost = LostItems(road, {row.source_id for row in chunk.rows})

    def open(self) -> Sequence[Job]:
        ends = find_ends(self._road, {row.source_id for row in self._chunk.rows})
        here = []
        for row in self._chunk.rows:
            missing = ends.missing(row.source_id)
            if missing is None:
                here.append(row)
            else:
                self._results.append(missing.end(row))
        rows = find_rows(self._road, here, ends)
        rows.sort(key=lambda row: -row.row.size)  # the longest first, beside which the others are done
        now = self._road.now()
        if rows:
            ids = [row.row.id for row in rows]
            self._mine = self._road.services.run_turns.mark_sent(self._chunk, ids, now)
        return [partial(self._work_row, row, now) for row in rows if row.row.id in self._mine]

    def finish(self) -> None:
        turns, now = self._road.services.run_turns, self._road.now()
        self._results += plan_idle(self._mine, {*self._begun, *(one.row_id for one in self._results)}, now)
        if self._results or self._parts:
            turns.settle(self._chunk, self._road.place, Results(self._results, parts=self._parts), now)
        turns.give_back(self._chunk, now)

    def _work_row(self, row: CommentRow, marked: int) -> None:
        """Raises what stops others too, once it is known what that means for the row."""
        hold = Hold(self._road, self._chunk, row.row.id, marked)
        try:
            comments = self._read(row.row.source_id, hold)
        except CallError as error:
            self._tell_unread(row.row, error)
            return
        if comments is None:
            return
        own = row.own(comments)
        try:
            found = self._look(row, own)
        except NotFound:
            self._results.append(RowResult(row.row.id, "failed", ISSUE_GONE.reason, ISSUE_GONE.detail))
            return
        there = {int(part.part) for part in found} | (set() if row.is_repaired else row.known.keys())
        own_there = {one.id for one in own} & there
        self._begun.add(row.row.id)
        posting = Posting(self._road, row.row.source_id, row.issue_id, hold.is_ours)
        posted = posting.post([one for one in own if one.id not in own_there])
        self._settle(Outcome(row, comments, own_there, posted, row.choose_new(found)))
        if posted.error is not None:
            raise posted.error

    def _read(self, source_id: int, hold: "Hold") -> tuple[WorkItemComment, ...] | None:
        """All of them, the oldest first, which may take many calls; None when another worker has the row by now, or the
        run has stopped.
        """
        found = []
        if self._road.watch.has_stopped():
            return None
        for comment in self._road.source.list_comments(source_id):
            if self._road.watch.has_stopped() or not hold.is_ours():
                return None
            found.append(comment)
        return order_comments(found)

    def _look(self, row: CommentRow, own: Sequence[WorkItemComment]) -> tuple[MappedPart, ...]:
        """What Jira shows; it is not asked where the map knows all that can be there."""
        if row.is_known or (not row.is_repaired and row.known.keys() >= {one.id for one in own}):
            return ()
        return list_found(self._road, row.row.source_id, row.issue_id)

    def _tell_unread(self, row: RunRow, error: CallError) -> None:
        now = self._road.now()
        if isinstance(error, NotFound) and NO_ITEM in error.detail:
            self._end_lost(row)
        elif isinstance(error, Unreadable):
            self._results.append(RowResult(row.id, "failed", "unreadable", UNREADABLE))
        elif not (isinstance(error, Unavailable) and error.status == BROKEN_STATUS):
            self._results.append(RowResult(row.id, "planned", due_at=now))
            raise error
        elif row.attempts + 1 >= MOST_TRIES:
            self._results.append(RowResult(row.id, "failed", "unreadable", BROKEN))
        else:
            self._results.append(RowResult(row.id, "planned", attempts=row.attempts + 1, due_at=now + TRY_AGAIN))

    def _end_lost(self, row: RunRow) -> None:
        """Of a work item that is not there any more. Raises what kept it from being known why."""
        try:
            self._results.append(self._lost.judge(row.source_id).end(row))
        except CallError:
            self._results.append(RowResult(row.id, "planned", due_at=self._road.now()))
            raise

    def _settle(self, outcome: Outcome) -> None:
        """With the others of the chunk; alone where counts change, which is written only with all of its rows."""
        results = outcome.results(self._road.now())
        if results.splits or any(results.scanned.values()):
            self._road.services.run_turns.settle(self._chunk, self._road.place, results, self._road.now())
            return
        self._results += results.rows
        self._parts += results.parts


@dataclass(slots=True)
class Hold:
    """A row in this worker's hands; `marked` (ms): when that was proved last."""

    road: Road
    chunk: Chunk
    row_id: int
    marked: int

    def is_ours(self) -> bool:
        """Ask the database from time to time, which keeps the row for longer."""
        now = self.road.now()
        if now - self.marked < LATEST_START:
            return True
        self.marked = now
        return self.row_id in self.road.services.run_turns.mark_sent(self.chunk, [self.row_id], now)


COMMENTS = LoadKind(PHASE, ROWS, heal_comments, CommentLoad)
