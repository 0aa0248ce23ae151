"""What became of comments that were being posted when somebody died or no answer came: told by their marks in Jira.

A list of comments is never behind the times. A call that is still under way is waited out
(MIGRATION_SETTLE_SECONDS) before anything is posted after it.
"""

from functools import partial

from domain.comment_drafts import COMMENT_PROPERTY
from domain.errors import NotFound
from migration.comment_posting import GONE, mapped_comment
from migration.comment_rows import BEFORE, CommentRow, find_rows
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


def _judge(road: Road, row: CommentRow, found: tuple[MappedPart, ...]) -> Results:
    count = _count_arrived(row, found)
    if count and count >= row.row.size:
        more = {"comments": count - row.row.size}
        state = RowResult(row.row.id, "updated" if row.row.issue_id else "created", issue_id=row.issue_id, size=count)
        return Results([state], parts=found, scanned=more)
    if not is_settled(road, row.row.sent_at or road.now()):
        return Results((), parts=found)
    part = f"{BEFORE}{row.moved}:{road.now()}"
    splits = [SplitRow(row.row.id, part, count, "created")] if count > 0 else []
    return Results([RowResult(row.row.id, "planned", due_at=road.now())], parts=found, splits=splits)


def _count_arrived(row: CommentRow, found: tuple[MappedPart, ...]) -> int:
    """How many comments of a row are on the issue, 0 where Jira alone cannot tell: on an issue that this run did not
    make, or that went on after its end, may be some that Azure DevOps does not have any more.
    """
    ids = {part.part for part in found} - {one.part for one in row.others}
    if row.single is not None:
        return int(row.row.part in ids)
    return len(ids) - row.moved if row.is_fresh else 0
