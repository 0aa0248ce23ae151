"""Keeps what took long to count: many pages may look at one run, and it may have a million rows."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.run_states import Phase, RunState
from store.runs import Run

FEW_ROWS = 20_000  # counted anew each time; of more the count is remembered for ten times as long as it took
SHARE = 10
REMEMBERED = 100  # runs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A count that holds until `until` (s), as long as the run is in this state and phase."""

    state: RunState
    phase: Phase
    value: T
    until: float


class CountMemory(Generic[T]):
    """Of one process. `rows_of` tells how many rows a count is of."""

    def __init__(self, count: Callable[[Run], T], rows_of: Callable[[Run, T], int]) -> None:
        self._count, self._rows_of = count, rows_of
        self._kept: dict[str, Kept[T]] = {}

    def read(self, run: Run) -> T:
        """Counted now, or of very many rows some seconds ago."""
        kept = self._kept.get(run.id)
        if kept and (kept.state, kept.phase) == (run.state, run.phase) and time.monotonic() < kept.until:
            return kept.value
        began = time.monotonic()
        value = self._count(run)
        if self._rows_of(run, value) > FEW_ROWS:
            self._keep(run, value, time.monotonic() - began)
        return value

    def _keep(self, run: Run, value: T, took: float) -> None:
        if len(self._kept) >= REMEMBERED:
            self._kept.clear()
        self._kept[run.id] = Kept(run.state, run.phase, value, time.monotonic() + SHARE * took)
