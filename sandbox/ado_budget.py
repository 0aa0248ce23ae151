"""A budget of throughput units for each person, as the service keeps it: first slower answers, then none.

https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_DELAY = 30.0  # seconds; the service delays a call for so long at most


@dataclass(slots=True)
class Account:
    """What one person has left. `early` counts calls before the time a Retry-After had named was over."""

    left: float
    seen: float
    wait_until: float = 0.0
    calls: int = 0
    refused: int = 0
    early: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What one call is told; `wait` in seconds is the true time until calls are free again, 0 when they are."""

    left: float
    refused: bool
    wait: float
    shown: bool


@dataclass(slots=True)
class Budgets:
    """`units` in `window` seconds, coming back evenly; each call costs `cost`, a heavy one a multiple of it.

    Below the share `near` the headers come, below `slow` also Retry-After, on 200 too, and each answer takes `delay`
    seconds longer. Without units a call is refused with 429. `clock` gives seconds.
    """

    units: float = 200.0
    window: float = 300.0
    cost: float = 1.0
    near: float = 0.5
    slow: float = 0.1
    delay: float = 0.0
    clock: Callable[[], float] = time.monotonic
    accounts: dict[str, Account] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, person: str, weight: float = 1.0) -> Reading:
        """Take the cost of one call from a person's account; a refused call takes nothing."""
        with self._lock:
            cost = self.cost * weight
            now = self.clock()
            account = self.accounts.setdefault(person, Account(self.units, now))
            account.left = min(self.units, account.left + (now - account.seen) * self.units / self.window)
            account.seen = now
            account.calls += 1
            account.early += now < account.wait_until
            refused = account.left < cost
            account.refused += refused
            account.left -= 0.0 if refused else cost
            wait = self._wait(account.left, cost)
            account.wait_until = max(account.wait_until, now + wait)
            return Reading(account.left, refused, wait, wait > 0 or account.left < self.near * self.units)

    def held(self, reading: Reading) -> float:
        """Seconds by which the answer is held back."""
        return 0.0 if reading.refused or not reading.wait else min(self.delay, MOST_DELAY)

    def reset_seconds(self, reading: Reading) -> int:
        """Until everything is back."""
        return math.ceil((self.units - reading.left) * self.window / self.units)

    def _wait(self, left: float, cost: float) -> float:
        """Whole seconds until the account is above the slow share and can pay a call; 0 when it is."""
        wanted = max(self.slow * self.units, cost)
        return float(math.ceil((wanted - left) * self.window / self.units)) if left < wanted else 0.0
