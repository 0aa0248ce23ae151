"""Leave that a busy process took for some calls at once, so that it does not ask Redis before each."""

import time
from collections.abc import Callable
from threading import Lock

CREDIT_SECONDS = 0.5  # what is not used by then is given up; a pause that another process met is heard of as soon

Place = tuple[str, str, str]  # scope, group, lane


class Credits:
    """Counts what is left of each leave. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._left: dict[Place, tuple[int, float]] = {}

    def spend(self, place: Place) -> bool:
        """Use one call; False when there is none."""
        with self._lock:
            left, until = self._left.get(place, (0, 0.0))
            if left <= 0 or self._clock() >= until:
                return False
            self._left[place] = (left - 1, until)
            return True

    def is_busy(self, place: Place) -> bool:
        """Whether leave was taken here within the last CREDIT_SECONDS."""
        with self._lock:
            return place in self._left and self._clock() < self._left[place][1]

    def put(self, place: Place, calls: int) -> None:
        """Leave for `calls` more was given now, beside what is left of an earlier one."""
        with self._lock:
            now = self._clock()
            left, until = self._left.get(place, (0, 0.0))
            self._left[place] = (calls + (left if now < until else 0), now + CREDIT_SECONDS)

    def drop(self, scope: str) -> None:
        """The other side had something to say: ask again before each call."""
        with self._lock:
            self._left = {place: left for place, left in self._left.items() if place[0] != scope}
