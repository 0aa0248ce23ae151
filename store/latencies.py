"""How long events took from their arrival to Jira: counts per link by time taken, in slots of five minutes."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis import Redis

SLOT_MILLISECONDS = 300_000
HOUR_SLOTS = 12
KEPT_SECONDS = 2 * 3600
DOUBLING = 8  # buckets until the time has doubled: each reaches a twelfth further than the one before
LAST_BUCKET = 200  # nine hours; what takes longer counts as this


@dataclass(frozen=True, slots=True)
class Latency:
    """Of `count` events half took about `p50` ms at most, 95 of 100 about `p95`. None without events."""

    count: int
    p50: int | None
    p95: int | None


class Latencies:
    """Written by the workers, read for health. Losing it loses nothing else."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def note(self, link_id: str, taken: Iterable[int], now: int) -> None:
        """Count events that ended `now` (ms) and took so many ms each."""
        buckets = Counter(bucket_of(milliseconds) for milliseconds in taken)
        if not buckets:
            return
        key = _key(link_id, now // SLOT_MILLISECONDS)
        with self._redis.pipeline(transaction=False) as steps:
            for bucket, count in buckets.items():
                steps.hincrby(key, str(bucket), count)
            steps.expire(key, KEPT_SECONDS)
            steps.execute()

    def read(self, link_id: str, now: int) -> Latency:
        """Of the last hour, to five minutes."""
        last = now // SLOT_MILLISECONDS
        with self._redis.pipeline(transaction=False) as steps:
            for slot in range(last - HOUR_SLOTS, last + 1):
                steps.hgetall(_key(link_id, slot))
            slots: list[Any] = steps.execute()
        counts: Counter[int] = Counter()
        for fields in slots:
            counts.update({int(bucket): int(count) for bucket, count in fields.items()})
        return Latency(counts.total(), _reached_by(counts, 0.5), _reached_by(counts, 0.95))

    def forget(self, link_id: str, now: int) -> None:
        last = now // SLOT_MILLISECONDS
        oldest = last - KEPT_SECONDS * 1000 // SLOT_MILLISECONDS
        self._redis.delete(*(_key(link_id, slot) for slot in range(oldest, last + 1)))


def bucket_of(milliseconds: int) -> int:
    """The bucket of a time: it reaches up to 2 to the power of (bucket / DOUBLING) ms."""
    return min(LAST_BUCKET, math.ceil(math.log2(max(1, milliseconds)) * DOUBLING))


def _reached_by(counts: Counter[int], share: float) -> int | None:
    """The time that so great a share of all events did not exceed."""
    wanted, seen = math.ceil(counts.total() * share), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= wanted:
            return int(2 ** (bucket / DOUBLING))
    return None


def _key(link_id: str, slot: int) -> str:
    return f"crosswalk:latency:{link_id}:{slot}"
