"""One turn in a phase whose rows are worked on in one hand, in order."""

from collections.abc import Callable

from domain.run_states import Phase
from migration.road import Road
from migration.steps import GO_ON, Step
from migration.waits import wait_for
from store.run_turns import Chunk


def take_turn(road: Road, phase: Phase, limit: int, work: Callable[[Road, Chunk], None]) -> Step:
    """Up to `limit` rows: those that somebody lost, else the next. Raises what stopped `work`; what it did not come to
    is given back.
    """
    turns, now = road.services.run_turns, road.now()
    chunk = turns.take_lost(road.run.id, phase, limit, now)
    chunk = chunk or turns.claim_issues(road.run.id, phase, limit, now)
    if chunk is None:
        return wait_for(road, phase)
    try:
        work(road, chunk)
    finally:
        turns.give_back(chunk, road.now())
    return GO_ON
