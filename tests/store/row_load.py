"""Very many rows of a run, as the engine writes and finds them: a process of its own, for `bench.migration_rows`.

`python -m tests.store.row_load plan|kill|resume DATABASE_URL ROWS`: each prints what it took as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from alembic import command
from sqlalchemy import select, update

from store.db import alembic_config, open_database
from store.outbox import run_rows
from store.run_rows import PlannedRow
from store.run_turns import LEASE_MILLISECONDS, PlanPage
from tests.store.run_rig import NOW, RunRig

PAGE = 1_000  # work items, as the plan of a run reads them
EACH = 16  # rows of five work items: a row for each, its comments and a link, and one file
LEVELS = (1, 0, 0, -1, -1)
CLAIMED = 200
LATER = NOW + 10 * LEASE_MILLISECONDS


def page_rows(first: int, count: int) -> Iterator[PlannedRow]:
    for number in range(first, first + count):
        parent = number - number % 5 if number % 5 else None
        yield PlannedRow("item", number, "", LEVELS[number % 5], parent, "User Story", 7)
        yield PlannedRow("comments", number, type="User Story", revision=7, size=2)
        yield PlannedRow("link", number, f"System.LinkTypes.Related:{number + 1}")
        if number % 5 == 0:
            yield PlannedRow("file", number, f"{number:08x}-0000-4000-8000-000000000000", type="User Story", size=9_000)


def plan_rows(url: str, rows: int) -> dict[str, Any]:
    """Page by page with the calls that the plan of a run makes for each."""
    engine = open_database(url)
    command.upgrade(alembic_config(engine), "head")
    rig = RunRig(engine)
    run_id = rig.running()
    began = time.monotonic()
    for first in range(0, rows * 5 // EACH, PAGE):
        run = rig.runs.find(run_id)
        assert run is not None
        rig.rows.find_many(run_id, "link", range(first, first + PAGE))
        page = PlanPage(list(page_rows(first, PAGE)), {"item:User Story": PAGE}, {"after": first + PAGE - 1})
        assert rig.turns.plan_page(run, page, NOW)
    rig.rows.analyze()
    seconds = time.monotonic() - began
    return {"seconds": seconds, "rows": sum(map(sum_states, rig.rows.count_states(run_id).values()))}


def sum_states(states: Any) -> int:
    return sum(states.values())


def kill_run(url: str, _rows: int) -> dict[str, Any]:
    """Leave the run as somebody who died in the middle of its work items: some are done, some on their way."""
    engine = open_database(url)
    rig = RunRig(engine)
    run_id = rig.runs.list_open()[0]
    rig.runs.enter_phase(run_id, "plan", "prepare", NOW)
    rig.runs.enter_phase(run_id, "prepare", "items", NOW)
    done = {"state": "created", "issue_id": "10001", "issue_key": "SHOP-1", "ended_at": NOW, "lease": None}
    with engine.begin() as connection:  # no store writes so many at once
        upper = select(run_rows.c.id).where(run_rows.c.kind == "item", run_rows.c.level >= 0, run_rows.c.id % 2 == 0)
        connection.execute(update(run_rows).where(run_rows.c.id.in_(upper)).values(**done))
    level = rig.rows.find_level(run_id, "items")
    assert level is not None
    chunk = rig.turns.claim(run_id, "items", level, CLAIMED, NOW)
    assert chunk is not None
    rig.turns.mark_sent(chunk, [row.id for row in chunk.rows], NOW)
    return {"lost": len(chunk.rows)}


def resume_run(url: str, _rows: int) -> dict[str, Any]:
    """What a worker asks that knows nothing, until it has its first chunk; and what a page that looks on is told."""
    rig, took = RunRig(open_database(url)), dict[str, float]()
    run_id = timed(took, "find_run", rig.runs.list_open)[0]
    timed(took, "read_run", lambda: rig.runs.find(run_id))
    lost = timed(took, "take_lost", lambda: rig.turns.take_lost(run_id, "items", CLAIMED, LATER))
    level = timed(took, "find_level", lambda: rig.rows.find_level(run_id, "items"))
    chunk = timed(took, "claim", lambda: rig.turns.claim(run_id, "items", level, CLAIMED, LATER))
    issues = timed(took, "claim_issues", lambda: rig.turns.claim_issues(run_id, "comments", CLAIMED, LATER))
    timed(took, "parents", lambda: rig.rows.find_many(run_id, "item", [row.parent_id or 0 for row in chunk.rows]))
    timed(took, "next_due", lambda: rig.rows.next_due(run_id, "items"))
    timed(took, "known_keys", lambda: rig.rows.list_keys_before(run_id, LATER))
    timed(took, "count_states", lambda: rig.rows.count_states(run_id))
    timed(took, "count_ended", lambda: rig.rows.count_ended(run_id, "items", NOW - 1))
    timed(took, "ledger", lambda: rig.rows.count_reasons(run_id))
    found = {"lost": len(lost.rows), "chunk": len(chunk.rows), "issues": len(issues.rows)}
    return {"seconds": sum(took.values()), "took": took, **found}


def timed(took: dict[str, float], name: str, call: Callable[[], Any]) -> Any:
    began = time.monotonic()
    found = call()
    took[name] = round(time.monotonic() - began, 4)
    return found


def main(step: str, url: str, rows: str) -> None:
    steps = {"plan": plan_rows, "kill": kill_run, "resume": resume_run}
    sys.stdout.write(json.dumps(steps[step](url, int(rows))))


if __name__ == "__main__":
    main(*sys.argv[1:])
