"""How far our clock is ahead of other systems' clocks, as the `Date` of their answers tells."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from threading import Lock

SAMPLES = 16  # the newest of a host that count
SAMPLE_MILLISECONDS = 1_000  # one in so long a time; the header tells whole seconds anyway
KEPT_MILLISECONDS = 600_000  # then our clock may have been put right
MOST_HOSTS = 1_000


class ClockWatch:
    """Of each host the least difference seen lately. A header is up to a second and its way old when it comes, so each
    difference is at least the true one; the least is the nearest. Safe to share between threads.
    """

    def __init__(self, now: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now = now
        self._lock = Lock()
        self._seen: OrderedDict[str, deque[tuple[int, int]]] = OrderedDict()  # when, and by how much

    def note(self, host: str, date: str | None) -> None:
        """Learn from the `Date` of an answer (RFC 9110) that came just now. What cannot be read is left out."""
        now = self._now()
        seen = self._seen.get(host)
        if not date or (seen and 0 <= now - seen[-1][0] < SAMPLE_MILLISECONDS):
            return
        try:
            told = int(parsedate_to_datetime(date).timestamp() * 1000)
        except ValueError:
            return
        with self._lock:
            self._seen.setdefault(host, deque(maxlen=SAMPLES)).append((now, now - told))
            self._seen.move_to_end(host)
            if len(self._seen) > MOST_HOSTS:
                self._seen.popitem(last=False)

    def ahead(self, host: str) -> int | None:
        """By how many ms our clock is ahead, negative when it is behind; None when nothing was told lately."""
        now = self._now()
        with self._lock:
            lately = [ahead for at, ahead in self._seen.get(host, ()) if abs(now - at) < KEPT_MILLISECONDS]
        return min(lately, default=None)
