"""What calls cost and how many are let through: points an hour, bursts a second, writes on one issue.

Counting is always on; nothing is refused before `rates` is set.
developer.atlassian.com/cloud/jira/platform/rate-limiting
"""

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.jira_limits import BurstLimits

HOUR = 3600
POINTS = 65_000  # an hour, for all tenants of an app (tier 1)
NEAR = 0.2  # of the quota left
ONE_ISSUE = "GET /rest/api/3/issue/<issue>"
PER_ISSUE = ((20, 2.0), (100, 30.0))  # writes, seconds
BURSTS: Mapping[str, float] = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
ISSUE_READS = 150.0
REMEMBERED = 10_000  # issues whose writes are remembered, before old ones are looked for


@dataclass(slots=True)
class Rates:
    """The limits in force. `tenant_points` stands for tier 2; None leaves a limit out."""

    points: int | None = POINTS
    tenant_points: int | None = None
    bursts: Mapping[str, float] | None = field(default_factory=lambda: dict(BURSTS))
    per_issue: tuple[tuple[int, float], ...] = PER_ISSUE
    retry_after: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """`reason` is Jira's word in RateLimit-Reason, `wait` whole seconds."""

    reason: str
    wait: int
    limit: int


class Quota:
    """Counters, and the limits when `rates` is set. `clock` gives seconds since 1970. Safe between threads."""

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.time
        self.calls: Counter[str] = Counter()  # by method and rule
        self.statuses: Counter[int] = Counter()
        self.refused: Counter[str] = Counter()  # by reason
        self.points = 0
        self.early = 0  # calls made before the time a 429 had named
        self._rates: Rates | None = None
        self._hour = 0
        self._spent = 0
        self._bursts: dict[str, BurstLimits] = {}
        self._writes: dict[str, deque[float]] = {}
        self._wait_until: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def rates(self) -> Rates | None:
        return self._rates

    @rates.setter
    def rates(self, rates: Rates | None) -> None:
        with self._lock:
            self._rates, self._spent = rates, 0
            self._bursts.clear()
            self._writes.clear()
            self._wait_until.clear()

    def admit(self, method: str, endpoint: str, issue_ids: Iterable[str]) -> Refusal | None:
        """Let one call through, or say why not. `issue_ids`: the issues it writes on."""
        with self._lock:
            rates = self._rates
            if rates is None:
                return None
            written, now = tuple(dict.fromkeys(issue_ids)), self.clock()
            self.early += any(now < self._wait_until.get(one, 0.0) for one in ("points", endpoint, *written))
            found = (
                self._over_points(rates)
                or self._over_burst(rates, method, endpoint)
                or self._over_issue(rates, written, now)
            )
            if found is None:
                for one in written:
                    self._writes.setdefault(one, deque(maxlen=200)).append(now)
            else:
                self.refused[found.reason] += 1
            return found

    def spend(self, endpoint: str, points: int) -> None:
        """Count an answered call with what it cost."""
        with self._lock:
            self.calls[endpoint] += 1
            self.points += points
            self._turn_hour()
            self._spent += points

    def note_status(self, status: int) -> None:
        """Count an answer, also a refusal."""
        with self._lock:
            self.statuses[status] += 1

    def headers(self, refusal: Refusal | None = None) -> dict[str, str]:
        """The rate headers of an answer; empty without rates."""
        rates = self._rates
        if rates is None or (rates.points is None and refusal is None):
            return {}
        limit = refusal.limit if refusal else rates.points or 0
        left = 0 if refusal else max(0, limit - self._spent)
        found = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(left)}
        found["X-RateLimit-NearLimit"] = "true" if left < limit * NEAR else "false"
        if refusal is None:
            found["RateLimit-Policy"] = f'"global-app-quota";q={limit};w={HOUR}'
            found["RateLimit"] = f'"global-app-quota";r={left};t={self._left_of_hour()}'
            return found
        reset = datetime.fromtimestamp(self.clock() + refusal.wait, UTC)
        found |= {"X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%M:%SZ}", "RateLimit-Reason": refusal.reason}
        return found | ({"Retry-After": str(refusal.wait)} if rates.retry_after else {})

    def shown(self) -> dict[str, object]:
        """The counters as JSON."""
        with self._lock:
            calls, statuses = dict(self.calls), {str(status): count for status, count in self.statuses.items()}
            return {
                "calls": calls,
                "total": sum(calls.values()),
                "statuses": statuses,
                "points": self.points,
                "refused": dict(self.refused),
                "early": self.early,
            }

    def forget(self) -> None:
        """Set the counters to nothing; what is left of the quota stays."""
        with self._lock:
            for counter in (self.calls, self.statuses, self.refused):
                counter.clear()
            self.points = self.early = 0

    def _turn_hour(self) -> None:
        hour = int(self.clock() // HOUR)
        if hour != self._hour:
            self._hour, self._spent = hour, 0

    def _left_of_hour(self) -> int:
        return max(1, int(HOUR - self.clock() % HOUR))

    def _over_points(self, rates: Rates) -> Refusal | None:
        self._turn_hour()
        for limit, kind in ((rates.points, "global"), (rates.tenant_points, "tenant")):
            if limit is not None and self._spent >= limit:
                return self._refuse(f"jira-quota-{kind}-based", "points", self._left_of_hour(), limit)
        return None

    def _over_burst(self, rates: Rates, method: str, endpoint: str) -> Refusal | None:
        if rates.bursts is None:
            return None
        rate = ISSUE_READS if endpoint == ONE_ISSUE else rates.bursts[method]
        bucket = self._bursts.setdefault(endpoint, BurstLimits(rate, clock=self.clock))
        if bucket.take(endpoint, backfill=False) is None:
            return None
        return self._refuse("jira-burst-based", endpoint, 1, int(rate))

    def _over_issue(self, rates: Rates, issue_ids: tuple[str, ...], now: float) -> Refusal | None:
        if len(self._writes) > REMEMBERED:
            self._writes = {one: at for one, at in self._writes.items() if at[-1] > now - rates.per_issue[-1][1]}
        for issue_id in issue_ids:
            for most, seconds in rates.per_issue:
                recent = [at for at in self._writes.get(issue_id, ()) if at > now - seconds]
                if len(recent) >= most:
                    wait = max(1, math.ceil(recent[-most] + seconds - now))
                    return self._refuse("jira-per-issue-on-write", issue_id, wait, most)
        return None

    def _refuse(self, reason: str, where: str, wait: int, limit: int) -> Refusal:
        self._wait_until[where] = self.clock() + wait
        return Refusal(reason, wait, limit)
