"""Pulses: per link when the last event came, what Jira answered last, why events wait; counts, never content."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

from domain.kept_words import keep_words
from store.queue import as_text


@dataclass(frozen=True, slots=True)
class Pulse:
    """Signs of life of one link; times in ms, None before the first."""

    last_event_at: int | None
    last_event_type: str | None
    last_answer_at: int | None
    last_answer: str | None  # `accepted`, or the sentence of the last refusal
    accepted: int
    failed: int
    unknown_keys: int
    found_at: int | None = None  # when reconciliation last found what no event had told
    found: int = 0  # how much it found since the link was made
    held_at: int | None = None  # when an event was last tried in vain, and has to wait
    held: str | None = None  # why, by whichever system


class Pulses:
    """The intake writes the event side (`EventQueue.put`), the worker the answer side."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def read(self, link_id: str) -> Pulse:
        fields: Any = self._redis.hgetall(_key(link_id))
        raw = {as_text(key): as_text(value) for key, value in fields.items()}
        return Pulse(
            last_event_at=int(raw["last_event_at"]) if "last_event_at" in raw else None,
            last_event_type=raw.get("last_event_type"),
            last_answer_at=int(raw["last_answer_at"]) if "last_answer_at" in raw else None,
            last_answer=raw.get("last_answer"),
            accepted=int(raw.get("accepted", 0)),
            failed=int(raw.get("failed", 0)),
            unknown_keys=int(raw.get("unknown_keys", 0)),
            found_at=int(raw["found_at"]) if "found_at" in raw else None,
            found=int(raw.get("found", 0)),
            held_at=int(raw["held_at"]) if "held_at" in raw else None,
            held=raw.get("held"),
        )

    def note_answer(self, link_id: str, words: str, now: int, *, accepted: int, failed: int, unknown: int) -> None:
        with self._redis.pipeline(transaction=True) as steps:
            steps.hset(_key(link_id), mapping={"last_answer_at": now, "last_answer": keep_words(words)})
            steps.hincrby(_key(link_id), "accepted", accepted)
            steps.hincrby(_key(link_id), "failed", failed)
            steps.hincrby(_key(link_id), "unknown_keys", unknown)
            steps.execute()

    def note_wait(self, link_id: str, words: str, now: int) -> None:
        """An event could not be delivered now and waits. Nothing takes this back: whoever reads it looks at its age."""
        self._redis.hset(_key(link_id), mapping={"held_at": now, "held": keep_words(words)})

    def note_found(self, link_id: str, count: int, now: int) -> None:
        """Reconciliation found so many things that events should have told long before."""
        with self._redis.pipeline(transaction=True) as steps:
            steps.hset(_key(link_id), "found_at", now)
            steps.hincrby(_key(link_id), "found", count)
            steps.execute()


def _key(link_id: str) -> str:
    return f"crosswalk:pulse:{link_id}"
