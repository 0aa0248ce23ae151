"""How fast one issue may be written: 20 times in 2 s and 100 times in 30 s; a part of it is left to people.

https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_SHORTLY, SHORT_SECONDS = 16, 2.0
MOST_AT_ONCE, LONG_SECONDS = 90, 30.0


@dataclass(slots=True)
class IssuePace:
    """The writes of one hand on one issue, up to MOST_AT_ONCE; then it has to rest."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _count: int = 0
    _began: float | None = None
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_SHORTLY))

    def enter(self) -> bool:
        """Wait until one more write is allowed, SHORT_SECONDS at most; False: not before a rest."""
        if self._count >= MOST_AT_ONCE:
            return False
        now = self.clock()
        if len(self._times) == MOST_SHORTLY and now - self._times[0] < SHORT_SECONDS:
            self.sleep(SHORT_SECONDS - (now - self._times[0]))
            now = self.clock()
        self._began = now if self._began is None else self._began
        self._times.append(now)
        self._count += 1
        return True

    def rest(self) -> float:
        """Seconds from now until the issue may be written as often again."""
        return 0.0 if self._began is None else max(0.0, self._began + LONG_SECONDS - self.clock())
