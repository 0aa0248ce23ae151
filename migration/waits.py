"""When a phase goes on that has nothing to do just now, and what an answer that did not come means."""

from collections.abc import Callable

from domain.errors import Ambiguous, CallError, Unavailable, Unreadable
from domain.run_states import Phase
from migration.road import Road
from migration.steps import OVER, Step
from store.run_turns import Chunk

LONGEST_WAIT = 1_000  # ms; others may end rows, which lets more begin
SHORTEST_WAIT = 100
LOOK_AGAIN = 10_000  # ms


def wait_for(road: Road, phase: Phase) -> Step:
    """Over when no row of the phase is open; else until the next one is due or its lease ends."""
    due = road.services.run_rows.next_due(road.run.id, phase)
    if due is None:
        return OVER
    now = road.now()
    return Step(due=min(max(due, now + SHORTEST_WAIT), now + LONGEST_WAIT))


def look_up(road: Road, lost: Chunk, heal: Callable[[Road, Chunk], None]) -> None:
    """Find out what became of rows that a dead worker left. Those of which nobody can know yet are looked up again when
    one can, those that nobody could ask about after LOOK_AGAIN. Raises what stopped `heal`.
    """
    settled = 0
    try:
        heal(road, lost)
        settled = max(row.sent_at or 0 for row in lost.rows) + _settle_time(road)
    finally:
        road.services.run_turns.put_off(lost, max(settled, road.now() + LOOK_AGAIN))


def may_have_worked(error: CallError) -> bool:
    """Whether a call that writes may have been done. A refusal and a call that was never sent were not."""
    if isinstance(error, Unavailable):
        return error.status is not None
    return isinstance(error, Ambiguous | Unreadable)


def is_settled(road: Road, sent_at: int) -> bool:
    """Whether a call that began then (ms) is older than any request lives and the search lags."""
    return road.now() - sent_at >= _settle_time(road)


def _settle_time(road: Road) -> int:
    return road.services.settings.migration_settle_seconds * 1000
