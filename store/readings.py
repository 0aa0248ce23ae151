"""Readings of history that did not end in one turn: where each goes on. Losing one repeats work, nothing else.

And those that fail again and again, for whoever asks: the job, the part, since when and why.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis

from domain.kept_words import keep_words
from store.queue import as_text

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A reading under way: when it began, from when on it reads (both ms), and the page it is at (None: the first)."""

    begun: int
    since: int
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class FailedReading:
    """A job that could not be done for a part (a repository id, '' for the whole project), and why the last time.

    `since` and `last`: when it failed for the first time since it was done, and for the last time (ms).
    """

    job: str
    part: str
    since: int
    last: int
    words: str


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

    def note_failure(self, link_id: str, job: str, part: str, words: str, now: int) -> None:
        """A job failed once more. What does not fail again within a day is forgotten with all others."""
        kept: Any = self._redis.hget(_failures(link_id), f"{job}/{part}")
        told = {"since": json.loads(kept)["since"] if kept else now, "last": now, "words": keep_words(words)}
        with self._redis.pipeline(transaction=True) as steps:
            steps.hset(_failures(link_id), f"{job}/{part}", json.dumps(told))
            steps.expire(_failures(link_id), KEPT_SECONDS)
            steps.execute()

    def clear_failure(self, link_id: str, job: str, part: str) -> None:
        self._redis.hdel(_failures(link_id), f"{job}/{part}")

    def list_failures(self, link_id: str) -> Sequence[FailedReading]:
        """What failed and was not done since, that which fails for the longest time first."""
        raw: Any = self._redis.hgetall(_failures(link_id))
        names = {as_text(name).partition("/")[::2]: json.loads(kept) for name, kept in raw.items()}
        found = (FailedReading(job, part, **kept) for (job, part), kept in names.items())
        return sorted(found, key=lambda one: (one.since, one.job, one.part))

    def forget_link(self, link_id: str) -> None:
        self._redis.delete(_key(link_id), _failures(link_id))


def _key(link_id: str) -> str:
    return f"crosswalk:readings:{link_id}"


def _failures(link_id: str) -> str:
    return f"crosswalk:failed-readings:{link_id}"
