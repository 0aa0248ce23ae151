"""Time in the Azure DevOps stand-in: event times that never repeat, simulated time, and how times are written."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

STEP = timedelta(milliseconds=1)
NEVER = "0001-01-01T00:00:00"


def utc_now() -> datetime:
    return datetime.now(UTC)


class EventClock:
    """Every reading is at least one millisecond after the one before, so that no two events share a time."""

    def __init__(self, source: Callable[[], datetime] = utc_now) -> None:
        self.source = source
        self._last = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            self._last = max(self.source(), self._last + STEP) if self._last.year > 1 else self.source()
            return self._last

    @contextmanager
    def travel(self, source: Callable[[], datetime]) -> Iterator[None]:
        """Read another clock, also one of an earlier time; afterwards all is as it was."""
        before = self.source, self._last
        self.source, self._last = source, datetime.min.replace(tzinfo=UTC)
        try:
            yield
        finally:
            self.source, self._last = before


def ticking(start: datetime, step: timedelta) -> Callable[[], datetime]:
    """A clock that goes on by `step` at every reading; the first one is a step after `start`."""
    moment = start

    def tick() -> datetime:
        nonlocal moment
        moment += step
        return moment

    return tick


class SimulatedTime:
    """Seconds that pass `scale` times as fast as real ones. Changing the scale never jumps."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._from_real = time.monotonic()
        self._from_simulated = 0.0
        self._lock = threading.Lock()

    @property
    def scale(self) -> float:
        return self._scale

    def set_scale(self, scale: float) -> None:
        """Raises ValueError for a scale that is not above zero."""
        if scale <= 0:
            raise ValueError("time_scale must be above zero")
        with self._lock:
            now = time.monotonic()
            self._from_simulated += (now - self._from_real) * self._scale
            self._from_real, self._scale = now, scale

    def jump(self, seconds: float) -> None:
        """Let so many simulated seconds pass at once."""
        with self._lock:
            self._from_simulated += seconds

    def now(self) -> float:
        with self._lock:
            return self._from_simulated + (time.monotonic() - self._from_real) * self._scale

    def real_seconds_until(self, moment: float) -> float:
        return max(0.0, (moment - self.now()) / self._scale)


def stamp(moment: datetime) -> str:
    """`2026-11-20T08:30:15.1234567Z`: seven digits, trailing zeros dropped, as Azure DevOps writes most times."""
    digits = f"{moment.microsecond:06d}0".rstrip("0")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{digits}Z" if digits else "Z")


def second_stamp(moment: datetime) -> str:
    """`2026-11-20T08:30:15Z`: Git keeps whole seconds."""
    return f"{moment.isoformat()[:19]}Z"


def offset_stamp(moment: datetime) -> str:
    """`2026-11-20T08:30:15.123456+00:00`, as repository events write `lastUpdateTime`."""
    return moment.isoformat()


def parse_time(text: str) -> datetime:
    """A time from a query or a control call; UTC when it names no zone. Raises ValueError."""
    found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
