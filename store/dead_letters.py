"""Dead letters: events that Jira will not take, with the reason, kept for seven days and then gone by themselves.

Of one site no more are kept than MOST_LETTERS, with bodies of MOST_BYTES; of more the oldest are dropped and counted.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from domain.kept_words import keep_words
from store.queue import INBOXES, Entry, as_text

FIELDS = ("inbox", "event_type", "reason", "at")
KEEP_SECONDS = 7 * 24 * 3600  # promised in docs/security.md
MOST_LETTERS = 10_000
MOST_BYTES = 64 * 1024 * 1024
LETTER = "crosswalk:dead:"

# What takes a letter out of the index, and its size out of the sum
DROP = """
local function drop(letter)
  redis.call('DEL', ARGV[1] .. letter)
  redis.call('ZREM', KEYS[1], letter)
  redis.call('HINCRBY', KEYS[2], 'total', -(tonumber(redis.call('HGET', KEYS[2], letter)) or 0))
  redis.call('HDEL', KEYS[2], letter)
end
"""
# KEYS index, sizes, stream  ARGV letter prefix, letter, now, seconds, most letters, most bytes, entry, then the fields
# of the letter with the body last
BURY = (
    DROP
    + """
local letter, now, seconds = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('HSET', ARGV[1] .. letter, unpack(ARGV, 8))
redis.call('EXPIRE', ARGV[1] .. letter, seconds)
redis.call('ZADD', KEYS[1], now, letter)
redis.call('HSET', KEYS[2], letter, #ARGV[#ARGV])
redis.call('HINCRBY', KEYS[2], 'total', #ARGV[#ARGV])
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - seconds * 1000)) do drop(old) end
local left = redis.call('ZCARD', KEYS[1])
while left > tonumber(ARGV[5]) or (left > 1 and tonumber(redis.call('HGET', KEYS[2], 'total')) > tonumber(ARGV[6])) do
  drop(redis.call('ZRANGE', KEYS[1], 0, 0)[1])
  redis.call('HINCRBY', KEYS[2], 'dropped', 1)
  left = left - 1
end
redis.call('EXPIRE', KEYS[1], seconds)
redis.call('EXPIRE', KEYS[2], seconds)
redis.call('XDEL', KEYS[3], ARGV[7])
"""
)
# KEYS index, sizes, inboxes  ARGV letter prefix, letter, now, stream prefix. The inbox it went back to
RETRY = (
    DROP
    + """
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return false end
local kept = redis.call('HMGET', ARGV[1] .. ARGV[2], 'body', 'inbox', 'event_type')
drop(ARGV[2])
if not kept[1] or not kept[2] then return false end
redis.call('XADD', ARGV[4] .. kept[2], '*', 'body', kept[1], 'at', ARGV[3], 'type', kept[3] or '')
redis.call('ZADD', KEYS[3], 'NX', ARGV[3], kept[2])
return kept[2]
"""
)
# KEYS index, sizes  ARGV letter prefix, letters
FORGET = DROP + "for n = 2, #ARGV do drop(ARGV[n]) end"
# KEYS index  ARGV letter prefix. Links and how many letters each has, by turns; those that have ended count no more
COUNT = """
local counts, told = {}, {}
for _, letter in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local inbox = redis.call('HGET', ARGV[1] .. letter, 'inbox')
  local link = inbox and string.match(inbox, '^[^/]*')
  if link then counts[link] = (counts[link] or 0) + 1 end
end
for link, count in pairs(counts) do
  told[#told + 1] = link
  told[#told + 1] = count
end
return told
"""


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
        self._bury = redis.register_script(BURY)
        self._retry = redis.register_script(RETRY)
        self._forget = redis.register_script(FORGET)
        self._count = redis.register_script(COUNT)

    def bury(self, installation_id: str, inbox: str, entry: Entry, reason: str, now: int) -> str:
        """Move one entry from its inbox to the dead letters, in one step. Returns the dead letter's id."""
        letter_id = secrets.token_hex(12)
        told: list[str | int] = ["inbox", inbox, "event_type", entry.event_type]
        told += ["reason", keep_words(reason), "at", now]
        self._bury(
            keys=[*_keys(installation_id), f"crosswalk:inbox:{inbox}"],
            args=[
                LETTER, letter_id, now, KEEP_SECONDS, MOST_LETTERS, MOST_BYTES, entry.id, *told, "body", entry.body,
            ],
        )  # fmt: skip
        return letter_id

    def find(self, installation_id: str, letter_id: str) -> DeadLetter | None:
        """A letter of this installation, None when there is none."""
        if self._redis.zscore(_index(installation_id), letter_id) is None:
            return None
        return next(iter(self._read([letter_id])), None)

    def list_for(self, installation_id: str, count: int = 100, offset: int = 0) -> Sequence[DeadLetter]:
        """The newest dead letters first, `count` of them after the first `offset`; all of them for a `count` of 0."""
        last = offset + count - 1 if count else -1
        return self._read(map(as_text, self._redis.zrevrange(_index(installation_id), offset, last)))

    def list_oldest(self, installation_id: str, before: int, *, count: int, offset: int = 0) -> Sequence[DeadLetter]:
        """The oldest of those that were given up before `before` (ms), `count` of them after the first `offset`."""
        while True:
            raw: Any = self._redis.zrangebyscore(_index(installation_id), "-inf", f"({before}", offset, count)
            ids = [as_text(one) for one in raw]
            found = self._read(ids)
            ended = set(ids) - {letter.id for letter in found}
            if not ended:
                return found
            self._forget(keys=_keys(installation_id), args=[LETTER, *ended])

    def count(self, installation_id: str, before: int | None = None) -> int:
        """How many there are, or how many were given up before `before` (ms)."""
        return int(self._redis.zcount(_index(installation_id), "-inf", "+inf" if before is None else f"({before}"))

    def count_links(self, installation_id: str) -> Mapping[str, int]:
        """How many each link has that has any, by link."""
        raw: Any = self._count(keys=[_index(installation_id)], args=[LETTER])
        return {as_text(link): int(count) for link, count in zip(raw[::2], raw[1::2], strict=True)}

    def count_dropped(self, installation_id: str) -> int:
        """How many were dropped because there were too many, while others came within seven days of each other."""
        return int(self._redis.hget(_sizes(installation_id), "dropped") or 0)

    def retry(self, installation_id: str, letter_id: str, now: int) -> str | None:
        """Put a dead letter back at the end of its inbox, once; returns the inbox, None when there is no such letter.

        An inbox that waits keeps its time.
        """
        keys = [*_keys(installation_id), INBOXES]
        inbox = self._retry(keys=keys, args=[LETTER, letter_id, now, "crosswalk:inbox:"])
        return as_text(inbox) if inbox else None

    def forget_link(self, installation_id: str, link_id: str) -> None:
        """Drop the dead letters of one link."""
        ids = [letter.id for letter in self.list_for(installation_id, count=0) if letter.link_id == link_id]
        self._forget(keys=_keys(installation_id), args=[LETTER, *ids])

    def forget_tenant(self, installation_id: str) -> None:
        ids = map(as_text, self._redis.zrange(_index(installation_id), 0, -1))
        self._redis.delete(*_keys(installation_id), *(f"{LETTER}{letter_id}" for letter_id in ids))

    def _read(self, letter_ids: Iterable[str]) -> Sequence[DeadLetter]:
        """Those of some letters that have not ended, in their order."""
        ids = list(letter_ids)
        with self._redis.pipeline(transaction=False) as steps:
            for letter_id in ids:
                steps.hmget(f"{LETTER}{letter_id}", FIELDS)
            rows = steps.execute()
        return [
            _record(letter_id, values)
            for letter_id, values in zip(ids, rows, strict=True)
            if all(value is not None for value in values)
        ]


def _record(letter_id: str, values: Sequence[Any]) -> DeadLetter:
    inbox, event_type, reason, at = (as_text(value) for value in values)
    return DeadLetter(letter_id, inbox.partition("/")[0], inbox, event_type, reason, int(at))


def _keys(installation_id: str) -> list[str]:
    return [_index(installation_id), _sizes(installation_id)]


def _index(installation_id: str) -> str:
    return f"crosswalk:dead-letters:{installation_id}"


def _sizes(installation_id: str) -> str:
    return f"crosswalk:dead-sizes:{installation_id}"
