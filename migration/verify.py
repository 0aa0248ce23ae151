"""Reads everything back that a run has made, and notes in each row what differs. Not a sample: every one of them.

The work is shared by rows of the kind `verify`, each a page of rows of the run; who dies leaves one that is done again.
"""

from collections.abc import Sequence

import structlog

from domain.issue_parts import SPRINT_SCHEMA
from domain.records import Json
from domain.run_differences import split_codes, tell_findings
from domain.run_states import Phase
from migration.made_parts import ARRIVED
from migration.road import Road
from migration.steps import GO_ON, Step
from migration.verify_expected import expect_items, expect_links
from migration.verify_reading import Reading
from migration.waits import wait_for
from store.outbox import ROWS_AT_ONCE
from store.run_rows import PlannedRow, RunRow
from store.run_turns import Chunk, PlanPage, Results, RowResult
from store.runs import RunProblem

log = structlog.get_logger("crosswalk.migration")

PHASE: Phase = "verify"
PAGE = 500  # rows of one page, read back in so many calls at once as there are hundreds
STAGES: tuple[Phase, ...] = ("items", "links")
PLAN_WAIT = 300  # ms, until other slots look for pages again
EXAMPLES = 10
MOST_LOOKED_AT = 20_000  # rows that differ, for examples


def verify_run(road: Road, slot: int) -> Step:
    """Read one page back. One slot plans the pages, which is quick, before it reads any."""
    turns, now = road.services.run_turns, road.now()
    cursor = road.run.cursor or {"round": road.run.turn, "stage": STAGES[0], "after": 0}
    if not slot and not cursor.get("ended"):
        _plan_pages(road, cursor)
        return GO_ON
    turns.take_lost(road.run.id, PHASE, 1, now)  # nothing of it is ever sent: it is planned again
    chunk = turns.claim(road.run.id, PHASE, 0, 1, now)
    if chunk is None:
        return _wait(road) if cursor.get("ended") else Step(due=now + PLAN_WAIT)
    try:
        verify_chunk(road, chunk)
    finally:
        turns.give_back(chunk, road.now())
    return GO_ON


def verify_chunk(road: Road, chunk: Chunk) -> None:
    """Raises what stopped it; pages that were read are written."""
    for page in chunk.rows:
        stage = _stage_of(page)
        rows = road.services.run_rows.page(
            road.run.id, phase=stage, states=ARRIVED, after=page.source_id - 1, limit=page.size
        )
        expect = expect_items if stage == STAGES[0] else expect_links
        found = Reading(road).read(expect(road, rows))
        road.services.run_rows.note_verified(road.run.id, found)
        done = RowResult(page.id, "unchanged")
        road.services.run_turns.settle(chunk, road.place, Results([done]), road.now())
        log.info("migration.verified", run=road.run.id, rows=len(found), different=sum(map(bool, found.values())))


def _stage_of(page: RunRow) -> Phase:
    return next(stage for stage in STAGES if page.part.endswith(stage))


def _plan_pages(road: Road, cursor: Json) -> None:
    """Pages of one kind of rows, a statement's worth. A second verifying is another round, with pages of its own."""
    stage = cursor["stage"]
    rows = road.services.run_rows.page(
        road.run.id, phase=stage, states=ARRIVED, after=cursor["after"], limit=ROWS_AT_ONCE
    )
    portions = [rows[start : start + PAGE] for start in range(0, len(rows), PAGE)]
    pages = [PlannedRow("verify", some[0].id, part=f"{cursor['round']}:{stage}", size=len(some)) for some in portions]
    plan = PlanPage(pages, {}, {**cursor, **_next_place(stage, rows)})
    road.services.run_turns.plan_page(road.run, plan, road.now())


def _next_place(stage: Phase, rows: Sequence[RunRow]) -> Json:
    if len(rows) == ROWS_AT_ONCE:
        return {"after": rows[-1].id}
    if stage == STAGES[-1]:
        return {"ended": True}
    return {"stage": STAGES[STAGES.index(stage) + 1], "after": 0}


def _wait(road: Road) -> Step:
    """Whoever sees that all is read says what was found; it is the same whoever does."""
    step = wait_for(road, PHASE)
    if step.is_over:
        road.services.runs.put_problems(road.run.id, PHASE, list_problems(road))
    return step


def list_problems(road: Road) -> list[RunProblem]:
    """What differs, each kind with its number and some work items as examples."""
    counts = road.services.run_rows.count_differences(road.run.id)
    fields = [field for type_ in road.target.types for field in type_.fields]
    names = {field.id: field.name for field in fields}
    sprints = {field.id for field in fields if field.schema == SPRINT_SCHEMA}
    examples = _list_examples(road) if counts else {}
    return [
        RunProblem(one.code, "warning", one.detail, one.count, PHASE, examples=tuple(examples.get(one.code, ())))
        for one in tell_findings(counts, names, sprints)
    ]


def _list_examples(road: Road) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    after = seen = 0
    while seen < MOST_LOOKED_AT:
        rows = road.services.run_rows.page(road.run.id, after=after, different=True)
        for row in rows:
            for code in split_codes(row.difference or ""):
                known = found.setdefault(code, [])
                if len(known) < EXAMPLES and row.source_id not in known:
                    known.append(row.source_id)
        if len(rows) < ROWS_AT_ONCE:
            break
        after, seen = rows[-1].id, seen + len(rows)
    return found
