"""Traces: per link what became of its last events: their type, the ids and issue keys they told of, the outcome.

Ids, keys and words of ours only; never a text of an event.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import orjson
from redis import Redis

from domain.kept_words import keep_words

KEPT = 2_000  # events of a link, about
KEPT_SECONDS = 7 * 24 * 3600
# Of one event. A push of one commit takes about 0.3 KB of Redis, one of 500 commits 25 KB
IDS_LISTED = 500
KEYS_LISTED = 50  # and refused keys
# sent: to Jira. unchanged: Jira has it, or newer. no keys, ignored (nothing of it concerns Jira), not chosen (a setting
# leaves it out): nothing to send. dead: given up, see `words`. waits: tried in vain, to be tried again, see `words`.
TraceOutcome = Literal["sent", "unchanged", "no keys", "ignored", "not chosen", "dead", "waits"]


@dataclass(frozen=True, slots=True)
class Trace:
    """One event. `ids`: what it told of, as `commit:<sha>`, `pull_request:12`, `branch:<branch id>`, `build:7`.

    `refused`: what looked like a key, and why it does not count, as `UTF-8: no such project`. `words`: for people, with
    some outcomes. `notification`: Azure DevOps' subscription and number of the delivery. `over_cap`: how many keys were
    too many for Jira.
    """

    at: int  # ms
    event_type: str
    outcome: TraceOutcome
    ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    words: str = ""
    notification: str = ""
    over_cap: int = 0


NAMES = frozenset(field.name for field in fields(Trace))
LISTS = ("ids", "keys", "refused")


class Traces:
    """Written by the workers, read to explain. Losing it loses nothing else."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def write(self, link_id: str, traces: Sequence[Trace]) -> None:
        """Keep what became of some events of a link, in their order; of a long list its beginning."""
        if not traces:
            return
        with self._redis.pipeline(transaction=False) as steps:
            for trace in traces:
                steps.xadd(_key(link_id), {"trace": orjson.dumps(_cut(trace))}, maxlen=KEPT, approximate=True)
            steps.expire(_key(link_id), KEPT_SECONDS)
            steps.execute()

    def find(self, link_id: str, wanted: Collection[str], limit: int = 50) -> Sequence[Trace]:
        """The events that told of any of `wanted` (ids as in `Trace`), the newest first."""
        # most are told apart without decoding them
        likely = (raw for raw in self._read(link_id, None) if any(one.encode() in raw for one in wanted))
        found = (trace for trace in map(_trace_of, likely) if not set(wanted).isdisjoint(trace.ids))
        return [trace for _number, trace in zip(range(limit), found, strict=False)]

    def list_ids(self, link_id: str, beginning: str) -> frozenset[str]:
        """The ids (as in `Trace`) that events told of and that begin so."""
        likely = (_trace_of(raw) for raw in self._read(link_id, None) if beginning.encode() in raw)
        return frozenset(one for trace in likely for one in trace.ids if one.startswith(beginning))

    def last(self, link_id: str, count: int = 50) -> Sequence[Trace]:
        """The last events of a link, the newest first."""
        return [_trace_of(raw) for raw in self._read(link_id, count)]

    def forget(self, link_id: str) -> None:
        self._redis.delete(_key(link_id))

    def _read(self, link_id: str, count: int | None) -> list[bytes]:
        rows: Any = self._redis.xrevrange(_key(link_id), count=count)
        return [row[b"trace"] for _id, row in rows]


def _cut(trace: Trace) -> Trace:
    return replace(
        trace,
        ids=trace.ids[:IDS_LISTED],
        keys=trace.keys[:KEYS_LISTED],
        refused=trace.refused[:KEYS_LISTED],
        words=keep_words(trace.words),
    )


def _trace_of(raw: bytes) -> Trace:
    kept = {name: value for name, value in orjson.loads(raw).items() if name in NAMES}
    return Trace(**(kept | {name: tuple(kept[name]) for name in LISTS}))


def _key(link_id: str) -> str:
    return f"crosswalk:trace:{link_id}"
