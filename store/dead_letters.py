"""Dead letters: events that Jira will not take, with the reason, kept for seven days and then gone by themselves."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from domain.kept_words import keep_words
from store.queue import INBOXES, Entry, as_text

FIELDS = ("inbox", "event_type", "reason", "at")
KEEP_SECONDS = 7 * 24 * 3600  # promised in docs/security.md


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up. The body stays in Redis and is never shown."""

    id: str
    link_id: str
    inbox: str
    event_type: str
    reason: str
    at: int  # ms


class DeadLetters:
    """Dead letters by installation (tenant)."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def bury(self, installation_id: str, inbox: str, entry: Entry, reason: str, now: int) -> str:
        """Move one entry from its inbox to the dead letters, in one step. Returns the dead letter's id."""
        letter_id = secrets.token_hex(12)
        fields: dict[str, str | bytes | int] = {
            "inbox": inbox,
            "event_type": entry.event_type,
            "reason": keep_words(reason),
            "at": now,
            "body": entry.body,
        }
        with self._redis.pipeline(transaction=True) as steps:
            steps.hset(_letter(letter_id), mapping=fields)  # type: ignore[arg-type]  # bytes values are fine
            steps.expire(_letter(letter_id), KEEP_SECONDS)
            steps.zadd(_index(installation_id), {letter_id: now})
            steps.zremrangebyscore(_index(installation_id), 0, now - KEEP_SECONDS * 1000)
            steps.xdel(f"crosswalk:inbox:{inbox}", entry.id)
            steps.execute()
        return letter_id

    def list_for(self, installation_id: str, count: int = 100, offset: int = 0) -> Sequence[DeadLetter]:
        """The newest dead letters first, `count` of them after the first `offset`; all of them for a `count` of 0."""
        last = offset + count - 1 if count else -1
        ids = [as_text(raw) for raw in self._redis.zrevrange(_index(installation_id), offset, last)]
        with self._redis.pipeline(transaction=False) as steps:
            for letter_id in ids:
                steps.hmget(_letter(letter_id), FIELDS)
            rows = steps.execute()
        return [
            _record(letter_id, values)
            for letter_id, values in zip(ids, rows, strict=True)
            if all(value is not None for value in values)
        ]

    def count(self, installation_id: str) -> int:
        return int(self._redis.zcard(_index(installation_id)))

    def retry(self, installation_id: str, letter_id: str, now: int) -> str | None:
        """Put a dead letter back at the end of its inbox; returns the inbox, None when there is no such letter."""
        if self._redis.zscore(_index(installation_id), letter_id) is None:
            return None
        body, inbox, event_type = self._redis.hmget(_letter(letter_id), ("body", "inbox", "event_type"))
        if body is None or inbox is None:
            return None
        with self._redis.pipeline(transaction=True) as steps:
            steps.xadd(f"crosswalk:inbox:{as_text(inbox)}", {"body": body, "at": now, "type": event_type or ""})
            steps.zadd(INBOXES, {as_text(inbox): now}, nx=True)  # one that waits keeps its time
            steps.delete(_letter(letter_id))
            steps.zrem(_index(installation_id), letter_id)
            steps.execute()
        return as_text(inbox)

    def forget_link(self, installation_id: str, link_id: str) -> None:
        """Drop the dead letters of one link."""
        for letter in self.list_for(installation_id, count=0):
            if letter.link_id == link_id:
                self._redis.delete(_letter(letter.id))
                self._redis.zrem(_index(installation_id), letter.id)

    def forget_tenant(self, installation_id: str) -> None:
        for raw in self._redis.zrange(_index(installation_id), 0, -1):
            self._redis.delete(_letter(as_text(raw)))
        self._redis.delete(_index(installation_id))


def _record(letter_id: str, values: Sequence[Any]) -> DeadLetter:
    inbox, event_type, reason, at = (as_text(value) for value in values)
    return DeadLetter(letter_id, inbox.partition("/")[0], inbox, event_type, reason, int(at))


def _letter(letter_id: str) -> str:
    return f"crosswalk:dead:{letter_id}"


def _index(installation_id: str) -> str:
    return f"crosswalk:dead-letters:{installation_id}"
