"""Burst limits: so many calls a second of one tenant to one endpoint, more for history that is filled in.

developer.atlassian.com/cloud/jira/platform/rate-limiting
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BACKFILL_FACTOR = 5.0  # "a much higher rate-limiting threshold"; no number is published


@dataclass(slots=True)
class Bucket:
    left: float
    seen: float
    wait_until: float = 0.0


@dataclass(slots=True)
class BurstLimits:
    """`per_second` calls come back each second and as many may come at once. `clock` gives seconds.

    `retry_after` false leaves Retry-After out, as gateways do. `refused` counts calls answered with 429, `early` those
    made before the time a 429 had named.
    """

    per_second: float = 100.0
    backfill_per_second: float | None = None  # five times as many
    retry_after: bool = True
    clock: Callable[[], float] = time.monotonic
    refused: int = 0
    early: int = 0
    _buckets: dict[tuple[str, bool], Bucket] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rate_of(self, backfill: bool) -> float:
        if not backfill:
            return self.per_second
        return self.per_second * BACKFILL_FACTOR if self.backfill_per_second is None else self.backfill_per_second

    def take(self, endpoint: str, *, backfill: bool) -> dict[str, str] | None:
        """Count one call; the headers of the refusal when it is one too many."""
        rate = self.rate_of(backfill)
        with self._lock:
            now = self.clock()
            bucket = self._buckets.setdefault((endpoint, backfill), Bucket(max(rate, 1.0), now))
            bucket.left = min(max(rate, 1.0), bucket.left + (now - bucket.seen) * rate)
            bucket.seen = now
            self.early += now < bucket.wait_until
            if bucket.left >= 1.0:
                bucket.left -= 1.0
                return None
            self.refused += 1
            wait = max(1, math.ceil((1.0 - bucket.left) / rate))
            bucket.wait_until = now + (wait if self.retry_after else 0.0)
            return self._headers(rate, wait)

    def _headers(self, rate: float, wait: int) -> dict[str, str]:
        reset = datetime.now(UTC) + timedelta(seconds=wait)
        headers = {
            "X-RateLimit-Limit": f"{rate:g}",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "X-RateLimit-NearLimit": "true",
            "RateLimit-Reason": "jira-burst-based",
        }
        return headers | ({"Retry-After": str(wait)} if self.retry_after else {})
