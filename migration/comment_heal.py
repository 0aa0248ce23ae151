"""What became of comments that were being posted when somebody died or no answer came: told by their marks in Jira.

A list of comments is never behind the times. A call that is still under way is waited out
(MIGRATION_SETTLE_SECONDS) before anything is posted after it.
"""

from collections.abc import Sequence
from functools import partial

from domain.comment_drafts import COMMENT_PROPERTY
from domain.errors import NotFound
from migration.comment_posting import GONE, mapped_comment
from migration.comment_rows import BEFORE, THERE, CommentRow, find_rows, single_of
from migration.hands import share_out
from migration.issue_ends import find_ends
from migration.road import Road
from migration.waits import is_settled
from store.item_map import MappedPart
from store.run_turns import Chunk, Results, RowResult, SplitRow


def list_found(road: Road, source_id: int, issue_id: str) -> tuple[MappedPart, ...]:
    """The comments on an issue that were made of comments of a work item. Raises the CallError of an answer."""
    marks = road.parts.list_marks(issue_id, COMMENT_PROPERTY)
    told = [(mark.id, mark.value) for mark in marks if mark.value and isinstance(mark.value.get("id"), int)]
    return tuple(
        mapped_comment(source_id, value["id"], target, value.get("version") or 1) for target, value in told
    )  # fmt: skip


def heal_comments(road: Road, chunk: Chunk) -> None:
    """Count what arrived; a row that lacks some goes on from there once nothing can arrive any more."""
    ends = find_ends(road, {row.source_id for row in chunk.rows})
    rows = find_rows(road, [row for row in chunk.rows if row.source_id in ends.issues], ends)
    share_out(partial(_heal_row, road, chunk), rows)


def _heal_row(road: Road, chunk: Chunk, row: CommentRow) -> None:
    try:
        found = list_found(road, row.row.source_id, row.issue_id)
    except NotFound:
        results = Results([RowResult(row.row.id, "failed", GONE.reason, GONE.detail)])
    else:
        results = _judge(road, row, found)
    road.services.run_turns.settle(chunk, road.place, results, road.now())


def _judge(road: Road, row: CommentRow, found: Sequence[MappedPart]) -> Results:
    """The row itself finds out that nothing is left, for it reads what was written meanwhile; unless the run was
    cancelled, after which nobody takes it up.
    """
    count, new = _count_arrived(row, found), row.choose_new(found)
    size, now = max(row.row.size, count), road.now()
    more = {"comments": size - row.row.size}
    if count and count >= row.row.size and (row.single is not None or road.run.state == "cancelled"):
        state = RowResult(row.row.id, "updated" if row.row.issue_id else "created", issue_id=row.issue_id, size=size)
        return Results([state], parts=new, scanned=more)
    if not is_settled(road, row.row.sent_at or now):
        return Results((), parts=new)
    splits = [SplitRow(row.row.id, row.name_part(BEFORE, now), count, "created")] if count else []
    return Results([RowResult(row.row.id, "planned", due_at=now, size=size)], parts=new, splits=splits, scanned=more)


def _count_arrived(row: CommentRow, found: Sequence[MappedPart]) -> int:
    """How many comments of a row this run has put on the issue, and no other row tells of; 0 in a run that ended in
    between. What earlier runs brought may be more than Azure DevOps has by now.
    """
    ids = {int(part.part) for part in found} - {single for one in row.others if (single := single_of(one))}
    if row.single is not None:
        return int(row.single in ids)
    if row.is_repaired:
        return 0
    earlier = set() if row.is_fresh else ids & row.known.keys() - row.mine
    return max(0, len(ids) - max(len(earlier), row.count_kind(THERE)) - row.count_kind(BEFORE))
