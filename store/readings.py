"""Readings of history that did not end in one turn: where each goes on. Losing one repeats work, nothing else."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A reading under way: when it began, from when on it reads (both ms), and the page it is at (None: the first)."""

    begun: int
    since: int
    cursor: str | None = None


class Readings:
    """Unfinished readings by link, kind and part (a repository id, '' for the whole project), in Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def find(self, link_id: str, kind: str, part: str) -> Unfinished | None:
        kept: Any = self._redis.hget(_key(link_id), f"{kind}/{part}")
        return Unfinished(**json.loads(kept)) if kept else None

    def keep(self, link_id: str, kind: str, part: str, reading: Unfinished) -> None:
        with self._redis.pipeline(transaction=True) as steps:
            steps.hset(_key(link_id), f"{kind}/{part}", json.dumps(asdict(reading)))
            steps.expire(_key(link_id), KEPT_SECONDS)
            steps.execute()

    def close(self, link_id: str, kind: str, part: str) -> None:
        self._redis.hdel(_key(link_id), f"{kind}/{part}")

    def forget_link(self, link_id: str) -> None:
        self._redis.delete(_key(link_id))


def _key(link_id: str) -> str:
    return f"crosswalk:readings:{link_id}"
