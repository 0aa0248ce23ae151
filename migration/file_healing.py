"""What became of files that were being sent when somebody died or no answer came: their issues show it at once."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from migration.file_verdicts import end_early
from migration.road import Road
from migration.stored_files import FilesGround, read_ground, read_stored
from migration.waits import is_settled
from store.run_rows import RunRow
from store.run_turns import Chunk, Results, RowResult

log = structlog.get_logger("crosswalk.migration")


def heal_files(road: Road, chunk: Chunk) -> None:
    """Rows that a dead worker left."""
    heal_rows(road, chunk, read_ground(road, chunk.rows, all_issues=True), chunk.rows)


def heal_rows(road: Road, chunk: Chunk, ground: FilesGround, rows: Sequence[RunRow]) -> None:
    """Write what became of files; those of which nobody can know yet stay as they are until their lease ends.

    A file is sent again only when the call is older than any request lives. Raises the CallError of an answer.
    """
    issues = frozenset(found for row in rows if (found := ground.issue_of(row)) is not None)
    seen = replace(ground, stored=read_stored(road, issues), looked=issues)
    results, parts = [], []
    for row in rows:
        there = seen.find_there(row)
        if there is not None:
            result, part = seen.arrive(row, "created", there)
            results.append(result)
            parts.append(part)
        elif row.sent_at is None or is_settled(road, row.sent_at):
            again = RowResult(row.id, "planned", due_at=road.now())
            results.append(end_early(row, seen, road.target) or again)
    road.services.run_turns.settle(chunk, road.place, Results(results, parts=parts), road.now())
    log.info("migration.files_healed", run=road.run.id, lost=len(rows), found=len(parts))
