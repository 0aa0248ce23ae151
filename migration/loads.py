"""What issues that are there still need, such as links and comments: several kinds at once, at the rate of each.

Every endpoint of Jira has a rate of its own, so kinds that are worked on together take as long as the longest of them.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Protocol

from domain.run_states import Phase
from migration.hands import share_out
from migration.road import Road
from migration.steps import GO_ON, Step
from migration.waits import look_up, wait_for
from store.run_turns import Chunk, RowResult

Job = Callable[[], None]
LATEST_START = 8_000  # ms after rows were marked as being sent: later calls could outlive what healing waits for


class Load(Protocol):
    """A chunk of rows of one kind."""

    def open(self) -> Sequence[Job]:
        """What is to be done, each independent of the others. Raises what stops all of it."""
        ...

    def finish(self) -> None:
        """Write what is known, and give back what was not begun. Called in any case, once."""
        ...


@dataclass(frozen=True, slots=True)
class LoadKind:
    """`heal` finds out what became of rows that a dead worker left; `rows` are those of one chunk."""

    phase: Phase
    rows: int
    heal: Callable[[Road, Chunk], None]
    load: Callable[[Road, Chunk], Load]


def plan_idle(marked: Collection[int], begun: Collection[int], now: int) -> list[RowResult]:
    """Rows that were marked as being sent, and of which nothing was sent: nobody has to look what became of them."""
    return [RowResult(row_id, "planned", due_at=now) for row_id in sorted(set(marked) - set(begun))]


def carry_loads(road: Road, kinds: Sequence[LoadKind]) -> Step:
    """A chunk of each kind. The phase is that of the first: it is over when nothing of it is left."""
    with ExitStack() as stack:
        opened = [_open_load(road, kind, stack) for kind in kinds]
        if not any(jobs is not None for jobs in opened):
            return wait_for(road, kinds[0].phase)
        share_out(_do_job, list(_take_turns([jobs for jobs in opened if jobs])))
    return GO_ON


def _open_load(road: Road, kind: LoadKind, stack: ExitStack) -> Sequence[Job] | None:
    """None when no row of the kind is due."""
    turns, now = road.services.run_turns, road.now()
    looks = road.facts.looks_for_lost(kind.phase, now)
    if looks and (lost := turns.take_lost(road.run.id, kind.phase, kind.rows, now)):
        look_up(road, lost, kind.heal)
        return ()
    chunk = turns.claim_issues(road.run.id, kind.phase, kind.rows, now)
    if chunk is None:
        return None
    load = kind.load(road, chunk)
    stack.callback(load.finish)
    return load.open()


def _take_turns(lists: Sequence[Sequence[Job]]) -> Iterator[Job]:
    """One of each in turn: threads take them in this order, and none shall wait for all of another kind."""
    return (job for job in chain.from_iterable(zip_longest(*lists)) if job is not None)


def _do_job(job: Job) -> None:
    job()
