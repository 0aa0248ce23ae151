"""When a phase goes on that has nothing to do just now."""

from domain.run_states import Phase
from migration.road import Road
from migration.steps import OVER, Step

LONGEST_WAIT = 1_000  # ms; others may end rows, which lets more begin
SHORTEST_WAIT = 100


def wait_for(road: Road, phase: Phase) -> Step:
    """Over when no row of the phase is open; else until the next one is due or its lease ends."""
    due = road.services.run_rows.next_due(road.run.id, phase)
    if due is None:
        return OVER
    now = road.now()
    return Step(due=min(max(due, now + SHORTEST_WAIT), now + LONGEST_WAIT))
