"""How often the subscriptions of a link were repaired lately: so that what fails again and again is not fought."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

FORGET_SECONDS = 24 * 3600  # after a day in order the next repair is a first one


@dataclass(frozen=True, slots=True)
class Repair:
    """How many repairs there were in a row, and when the last one was (ms; 0 when there was none)."""

    count: int
    last_at: int


class Repairs:
    """Counts of repairs in Redis. Losing them only makes the next repair come sooner."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def read(self, link_id: str) -> Repair:
        fields: Any = self._redis.hgetall(_key(link_id))
        return Repair(int(fields.get(b"count", 0)), int(fields.get(b"last_at", 0)))

    def note(self, link_id: str, now: int) -> None:
        """Count one more."""
        with self._redis.pipeline(transaction=True) as steps:
            steps.hincrby(_key(link_id), "count", 1)
            steps.hset(_key(link_id), "last_at", now)
            steps.expire(_key(link_id), FORGET_SECONDS)
            steps.execute()

    def forget(self, link_id: str) -> None:
        """A person acted: the next repair is a first one."""
        self._redis.delete(_key(link_id))


def _key(link_id: str) -> str:
    return f"crosswalk:repairs:{link_id}"
