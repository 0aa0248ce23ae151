"""Inboxes: one durable Redis stream per link and repository, read in order by one worker at a time.

The truth is the stream entry: it leaves only when Jira accepted the event or it became a dead letter. An inbox with
entries stands in the sorted set `inboxes` with the time it is due; an RQ job is only a poke to look now. Whoever
loses a poke (a killed worker, a full queue) loses nothing, because the sweep finds every due inbox again.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from domain.errors import StoreUnavailable, UnknownObject
from store.put_line import Parcel, PutLine
from store.queue_scripts import CLAIM, CLAIM_NEXT, LEAVE, OCCUPY, RENEW, VACATE

QUEUE = "live"
TASK = "jobs.tasks.run_task"  # a name, so that the web process never loads worker code
POKE_SECONDS = 1800  # a last resort: a task looks at the clock itself, and every call out has a time limit
# Azure DevOps resends for 36 hours at most: https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot
SEEN_SECONDS = 3 * 24 * 3600
LEASE_MILLISECONDS = 10_000  # how long a silent worker keeps an inbox
# Pokes that wait at most: enough to wake every thread of some workers. Whoever is awake finds the next inbox itself
POKES = 32
AWAKE = "crosswalk:awake"  # a worker looks for due inboxes by itself: nobody needs a poke
AWAKE_MILLISECONDS = 10_000  # longer than it takes until one of its threads is free; when it dies the sweep pokes
LOOKED_AT = 512  # due inboxes that are looked at to find one that nobody has; more are never worked on at once

INBOXES = "crosswalk:inboxes"
SCANNED_AT_ONCE = 1_000
# KEYS stream. How many entries it has, and when the oldest came: its body may be large, so it stays there
OLDEST = """
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not first then return false end
for n = 1, #first[2], 2 do
  if first[2][n] == 'at' then return {redis.call('XLEN', KEYS[1]), first[2][n + 1]} end
end
"""
FIRST_READ = 32  # entries that are read before it is known how large they are
MOST_BYTES = 16 * 1024 * 1024  # of bodies that are read together, about


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in its inbox: stream id, body as it came, when it came (ms), its type."""

    id: str
    body: bytes
    at: int
    event_type: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one inbox until it ends or is renewed. `due`: since when somebody should have (ms)."""

    inbox: str
    token: str
    due: int = 0


class EventQueue:
    """The inboxes. Raises StoreUnavailable when Redis cannot be reached."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._line = PutLine(redis, INBOXES, SEEN_SECONDS)
        self._claim = redis.register_script(CLAIM)
        self._claim_next = redis.register_script(CLAIM_NEXT)
        self._leave = redis.register_script(LEAVE)
        self._renew = redis.register_script(RENEW)
        self._occupy = redis.register_script(OCCUPY)
        self._vacate = redis.register_script(VACATE)
        self._oldest = redis.register_script(OLDEST)
        self._jobs = Queue(QUEUE, connection=redis, serializer=JSONSerializer)

    def put(self, link_id: str, part: str, *, identity: str, event_type: str, body: bytes, now: int) -> bool:
        """Store one event durably; False when the same `identity` was stored before. Pokes a worker.

        `part` is the part of the link's events that must stay in order (the repository). Raises UnknownObject when the
        link was closed a moment ago.
        """
        inbox = f"{link_id}/{part}"
        seen = f"crosswalk:seen:{link_id}:{identity}"
        parcel = Parcel(seen, _stream(inbox), _pulse(link_id), _closed(link_id), body, now, inbox, event_type)
        try:
            outcome = self._line.put(parcel)
        except RedisError as error:
            raise StoreUnavailable(f"Redis cannot be reached: {type(error).__name__}") from None
        if outcome == -1:
            raise UnknownObject("this project is not linked any more")
        if outcome == 2:
            self.poke_quietly(inbox)
        return bool(outcome)

    def poke(self, task: str, *arguments: str) -> None:
        """Ask a worker to run a task soon. A poke may be lost or run twice."""
        self._jobs.enqueue_call(
            TASK, args=(task, *arguments), timeout=POKE_SECONDS, result_ttl=0, failure_ttl=POKE_SECONDS
        )

    def poke_quietly(self, inbox: str) -> None:
        """Ask for a drain, unless a worker is awake or so many ask that nobody is idle. When that fails the sweep does
        it, so what was stored stays a success.
        """
        try:
            if not self._redis.exists(AWAKE) and len(self._jobs) < POKES:
                self.poke("drain", inbox)
        except RedisError:
            return

    def stay_awake(self) -> None:
        """Say that this worker looks for due inboxes, for AWAKE_MILLISECONDS."""
        self._redis.set(AWAKE, "1", px=AWAKE_MILLISECONDS)

    def fall_asleep(self) -> None:
        """Say that it does not any more: the next event has to wake a worker. Who is awake says so again."""
        self._redis.delete(AWAKE)

    def claim(self, inbox: str, now: int) -> Lease | None:
        """Take an inbox for LEASE_MILLISECONDS; None when it is not due, empty, or another worker has it."""
        token = secrets.token_hex(8)
        keys = [INBOXES, _lease(inbox), _leases(inbox)]
        due = self._claim(keys=keys, args=[inbox, token, now, LEASE_MILLISECONDS])
        return None if due is None else Lease(inbox, token, int(float(due)))

    def claim_next(self, now: int) -> Lease | None:
        """Take the inbox that is due for the longest time and that nobody has; None when there is none."""
        token = secrets.token_hex(8)
        found: Any = self._claim_next(
            keys=[INBOXES], args=[token, now, LEASE_MILLISECONDS, LOOKED_AT, _lease(""), _leases("")]
        )
        return None if found is None else Lease(as_text(found[0]), token, int(float(found[1])))

    def renew(self, lease: Lease) -> bool:
        """Keep an inbox; False when it was lost to another worker."""
        return bool(self._renew(keys=[_lease(lease.inbox)], args=[lease.token, LEASE_MILLISECONDS]))

    def occupy(self, link_id: str, part: str) -> Lease | None:
        """Have whoever closes the link wait (`is_busy`) for work that is no inbox; None when it is done already."""
        lease = Lease(f"{link_id}/{part}", secrets.token_hex(8))
        keys = [_lease(lease.inbox), _leases(lease.inbox)]
        taken = self._occupy(keys=keys, args=[lease.inbox, lease.token, LEASE_MILLISECONDS])
        return lease if taken else None

    def vacate(self, lease: Lease) -> None:
        """End what `occupy` began."""
        self._vacate(keys=[_lease(lease.inbox), _leases(lease.inbox)], args=[lease.inbox, lease.token])

    def read(self, inbox: str, count: int) -> Sequence[Entry]:
        """The oldest entries, in the order they came; fewer than `count` when they are very large."""
        found = self._read(inbox, min(count, FIRST_READ))
        size = sum(len(entry.body) for entry in found)
        if len(found) < FIRST_READ or len(found) == count or size >= MOST_BYTES:
            return found
        fitting = (MOST_BYTES - size) * len(found) // max(size, 1)
        more = min(count - len(found), fitting)
        return [*found, *self._read(inbox, more, after=f"({found[-1].id}")] if more else found

    def _read(self, inbox: str, count: int, after: str = "-") -> list[Entry]:
        rows: Any = self._redis.xrange(_stream(inbox), min=after, count=count)
        return [
            Entry(as_text(row_id), fields[b"body"], int(fields[b"at"]), as_text(fields[b"type"]))
            for row_id, fields in rows
        ]

    def settle(self, inbox: str, ids: Sequence[str]) -> None:
        """Remove entries that are done."""
        if ids:
            with self._redis.pipeline(transaction=False) as steps:
                steps.xdel(_stream(inbox), *ids)
                steps.hdel(_attempts(inbox), *ids)
                steps.execute()

    def count_attempt(self, inbox: str, entry_id: str) -> int:
        """How often this entry failed, this time included."""
        return int(self._redis.hincrby(_attempts(inbox), entry_id, 1))

    def leave(self, lease: Lease, due: int) -> bool:
        """Give an inbox back; what is left in it is due at `due` (ms). True when it was empty and is gone."""
        inbox = lease.inbox
        keys = [INBOXES, _stream(inbox), _lease(inbox), _attempts(inbox), _leases(inbox)]
        return bool(self._leave(keys=keys, args=[inbox, lease.token, due]) == 0)

    def sweep(self, now: int) -> int:
        """Poke once for a due inbox that nobody works on, unless a poke waits already; returns how often.

        Makes lost pokes and a watch that died harmless: whoever gets the poke watches for all other inboxes too.
        """
        if len(self._jobs):
            return 0
        due: Any = self._redis.zrangebyscore(INBOXES, 0, now, start=0, num=LOOKED_AT)
        with self._redis.pipeline(transaction=False) as steps:
            for raw in due:
                steps.exists(_lease(as_text(raw)))
            taken: list[Any] = steps.execute()
        idle = next((as_text(raw) for raw, lease in zip(due, taken, strict=True) if not lease), None)
        if idle is None:
            return 0
        self.poke("drain", idle)
        return 1

    def wake(self, link_id: str, now: int) -> None:
        """Make every waiting inbox of a link due, for example after its token was replaced."""
        for raw, _score in self._redis.zscan_iter(INBOXES, match=f"{link_id}/*"):
            self._redis.zadd(INBOXES, {raw: now}, xx=True)

    def forget_link(self, link_id: str) -> None:
        """Drop every event of a link; for unlink and uninstall."""
        for raw, _score in list(self._redis.zscan_iter(INBOXES, match=f"{link_id}/*")):
            inbox = as_text(raw)
            self._redis.zrem(INBOXES, inbox)
            self._redis.delete(_stream(inbox), _attempts(inbox))
        self._redis.delete(_pulse(link_id))

    def close_link(self, link_id: str, seconds: int) -> None:
        """Take no more events of a link and send none, whatever a process still remembers of it."""
        self._redis.set(_closed(link_id), "1", ex=seconds)

    def open_link(self, link_id: str) -> None:
        self._redis.delete(_closed(link_id))

    def is_closed(self, link_id: str) -> bool:
        return bool(self._redis.exists(_closed(link_id)))

    def is_busy(self, link_id: str) -> bool:
        """Whether a worker has an inbox of this link now."""
        taken: Any = self._redis.smembers(_leases(f"{link_id}/"))
        return any(self._redis.exists(_lease(as_text(inbox))) for inbox in taken)

    def depth(self, link_id: str) -> tuple[int, int | None]:
        """How many events of a link wait, and when the oldest came (ms)."""
        return self.depths([link_id])[link_id]

    def depths(self, link_ids: Collection[str]) -> Mapping[str, tuple[int, int | None]]:
        """The same of several links, in one pass over all inboxes with work."""
        raw = self._redis.zscan_iter(INBOXES, count=SCANNED_AT_ONCE)
        inboxes = [inbox for name, _due in raw if (inbox := as_text(name)).partition("/")[0] in link_ids]
        with self._redis.pipeline(transaction=False) as steps:
            for inbox in inboxes:
                self._oldest(keys=[_stream(inbox)], client=steps)
            answers = steps.execute()
        found: dict[str, list[tuple[int, int]]] = {}
        for inbox, answer in zip(inboxes, answers, strict=True):
            if answer:
                found.setdefault(inbox.partition("/")[0], []).append((int(answer[0]), int(answer[1])))
        return {
            link_id: (sum(count for count, _at in own), min((at for _count, at in own), default=None))
            for link_id in link_ids
            for own in [found.get(link_id, [])]
        }

    def has_waiting(self, link_id: str) -> bool:
        """Whether an event of a link waits."""
        return any(True for _inbox in self._redis.zscan_iter(INBOXES, match=f"{link_id}/*", count=SCANNED_AT_ONCE))


def as_text(raw: object) -> str:
    """What Redis answers for a name, as text; the connection is shared with RQ and so answers bytes."""
    return raw.decode() if isinstance(raw, bytes) else str(raw)


def _stream(inbox: str) -> str:
    return f"crosswalk:inbox:{inbox}"


def _lease(inbox: str) -> str:
    return f"crosswalk:lease:{inbox}"


def _attempts(inbox: str) -> str:
    return f"crosswalk:attempts:{inbox}"


def _leases(inbox: str) -> str:
    return f"crosswalk:leases:{inbox.partition('/')[0]}"


def _closed(link_id: str) -> str:
    return f"crosswalk:closed:{link_id}"


def _pulse(link_id: str) -> str:
    return f"crosswalk:pulse:{link_id}"
