"""Attaches the files of work items to their issues, several at once; those of one issue one after the other."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import structlog

from domain.run_states import Phase
from migration.file_healing import heal_files
from migration.file_sending import FileSender
from migration.hands import share_out
from migration.road import Road
from migration.steps import GO_ON, Step
from migration.stored_files import read_ground
from migration.waits import look_up, wait_for
from store.run_rows import RunRow
from store.run_turns import Chunk, Results, RowResult
from store.runs import Counters

log = structlog.get_logger("crosswalk.migration")

PHASE: Phase = "files"
FILES_AT_ONCE = 96
# Jira takes 20 writes in 2 seconds and 100 in 30 seconds on one issue; a part is left to people
# https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
BURST = 15
BURST_WAIT = 5_000  # ms


def attach_files(road: Road, slot: int) -> Step:
    """Find out what became of files that were lost, else attach some."""
    turns, now = road.services.run_turns, road.now()
    lost = turns.take_lost(road.run.id, PHASE, FILES_AT_ONCE, now)
    if lost:
        look_up(road, lost, heal_files)
        return GO_ON
    chunk = turns.claim_issues(road.run.id, PHASE, FILES_AT_ONCE, now)
    if chunk is None:
        return wait_for(road, PHASE)
    try:
        attach_chunk(road, chunk)
    finally:
        turns.give_back(chunk, road.now())  # what was not begun
    return GO_ON


def attach_chunk(road: Road, chunk: Chunk) -> None:
    """Raises what stopped it; the rows that ended are written."""
    sender = FileSender(road, chunk, read_ground(road, chunk.rows, all_issues=False))
    try:
        share_out(sender.send_files, list(_share_rows(road, chunk)))
    finally:
        if sender.sent:
            road.services.runs.add_counters(road.run.id, Counters(bytes=sender.sent))
    log.info("migration.files", run=road.run.id, rows=len(chunk.rows), bytes=sender.sent)


def _share_rows(road: Road, chunk: Chunk) -> Iterator[Sequence[RunRow]]:
    """The files of each issue, as many as it takes at once; the others come later."""
    later: list[RowResult] = []
    for _source, group in groupby(sorted(chunk.rows, key=lambda row: row.source_id), key=lambda row: row.source_id):
        rows = list(group)
        yield rows[:BURST]
        later += [RowResult(row.id, "planned", due_at=road.now() + BURST_WAIT) for row in rows[BURST:]]
    if later:
        road.services.run_turns.settle(chunk, road.place, Results(later), road.now())
