"""Where the threads of a process wait for leave to call, one behind the other, by group and lane."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from store.rate_credits import Place


@dataclass(frozen=True, slots=True)
class Turn:
    """How long a thread stood in line, 0 when nobody was before it, and whether it came to the front in time."""

    seconds: float
    is_first: bool


class Lines:
    """One line for each place. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._fronts: dict[Place, Lock] = {}

    @contextmanager
    def join(self, place: Place, patience: float) -> Iterator[Turn]:
        """Be the first while the body runs; who was not after `patience` seconds is told so, and is not."""
        with self._lock:
            front = self._fronts.setdefault(place, Lock())
        began = time.monotonic()
        is_first = front.acquire(blocking=False)
        seconds = 0.0
        if not is_first:
            is_first = front.acquire(timeout=patience)
            seconds = time.monotonic() - began
        try:
            yield Turn(seconds, is_first)
        finally:
            if is_first:
                front.release()
