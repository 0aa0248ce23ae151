"""Events on their way into Redis. Those that come while a call is out go together with the next one.

So a burst costs a few calls and writes to disk instead of one each; an event alone waits for nothing. Each caller
gets its own answer, and only after Redis has given it.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisLost
from redis.exceptions import NoScriptError, ResponseError

FAILED = -2
MOST_EVENTS = 64
MOST_BYTES = 4 * 1024 * 1024  # of bodies in one call; one larger body goes alone

# KEYS inboxes, then for each event seen, stream, pulse, closed
# ARGV seen seconds, then for each event body, now, inbox, event type. For each event:
# -2: it failed, the others did not; -1: the link is closed; 0: seen before; 1: stored; 2: stored and the inbox was
# empty, so somebody must be told. That it was seen is noted last: what failed before is taken when it comes again
PUT = """
local shut, told, pulses = {}, {}, {}
local function put(seen, stream, pulse, closed, body, now, inbox, kind)
  if shut[closed] == nil then shut[closed] = redis.call('EXISTS', closed) end
  if shut[closed] == 1 then return -1 end
  if redis.call('EXISTS', seen) == 1 then return 0 end
  redis.call('XADD', stream, '*', 'body', body, 'at', now, 'type', kind)
  local first = told[inbox] and 0 or redis.call('ZADD', KEYS[1], 'NX', now, inbox)
  told[inbox], pulses[pulse] = true, {now, kind}
  redis.call('SET', seen, '1', 'EX', ARGV[1])
  return 1 + first
end
local outcomes = {}
for n = 2, #KEYS, 4 do
  local fine, outcome = pcall(put, KEYS[n], KEYS[n + 1], KEYS[n + 2], KEYS[n + 3],
    ARGV[n], ARGV[n + 1], ARGV[n + 2], ARGV[n + 3])
  outcomes[#outcomes + 1] = fine and outcome or -2
end
for pulse, last in pairs(pulses) do
  redis.call('HSET', pulse, 'last_event_at', last[1], 'last_event_type', last[2])
end
return outcomes
"""
DIGEST = hashlib.sha1(PUT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event and where it goes: names of Redis keys, the body, when it came (ms), its inbox and type."""

    seen: str
    stream: str
    pulse: str
    closed: str
    body: bytes
    now: int
    inbox: str
    event_type: str


@dataclass(slots=True)
class _Ticket:
    """A caller who waits. `turn` opens when the outcome is there, or when it is this caller's turn to send."""

    parcel: Parcel
    turn: threading.Lock = field(default_factory=threading.Lock)
    outcome: int | None = None
    error: BaseException | None = None


class PutLine:
    """The way of events into Redis. Safe to share between threads; raises RedisError."""

    def __init__(self, redis: Redis, inboxes: str, seen_seconds: int) -> None:
        self._redis = redis
        self._inboxes = inboxes
        self._seen_seconds = seen_seconds
        self._lock = threading.Lock()
        self._waiting: deque[_Ticket] = deque()
        self._out = False  # whether somebody sends now

    def put(self, parcel: Parcel) -> int:
        """Store it durably; the outcome is as the script tells. An error may mean that it is stored nevertheless."""
        ticket = _Ticket(parcel)
        ticket.turn.acquire()
        with self._lock:
            self._waiting.append(ticket)
            leads, self._out = not self._out, True
        if not leads:
            ticket.turn.acquire()
        if ticket.outcome is None and ticket.error is None:
            self._lead()
        if ticket.error:
            raise ticket.error
        if ticket.outcome is None or ticket.outcome == FAILED:
            raise ResponseError("the event could not be stored")
        return ticket.outcome

    def _lead(self) -> None:
        """Send those who wait, the caller first, and pass the lead on."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(_fitting(self._waiting))]
        try:
            outcomes = self._send([ticket.parcel for ticket in batch])
            for ticket, outcome in zip(batch, outcomes, strict=True):
                ticket.outcome = int(outcome)
        except BaseException as error:
            for ticket in batch:
                ticket.error = error if isinstance(error, Exception) else RedisLost("the sender was stopped")
            if not isinstance(error, Exception):
                raise
        finally:
            for ticket in batch[1:]:
                ticket.turn.release()
            self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            self._out = bool(self._waiting)
            if self._waiting:
                self._waiting[0].turn.release()

    def _send(self, parcels: Sequence[Parcel]) -> Sequence[Any]:
        keys, values = [self._inboxes], [self._seen_seconds]
        for one in parcels:
            keys += [one.seen, one.stream, one.pulse, one.closed]
            values += [one.body, one.now, one.inbox, one.event_type]  # type: ignore[list-item]  # what Redis takes
        try:
            return self._evaluate(len(keys), keys, values)
        except NoScriptError:  # Redis was started anew
            self._redis.script_load(PUT)
            return self._evaluate(len(keys), keys, values)

    def _evaluate(self, count: int, keys: Iterable[str], values: Iterable[Any]) -> Sequence[Any]:
        """Run the script in one write; the client would make three of each body."""
        pool = self._redis.connection_pool
        connection: Any = pool.get_connection()  # the client leaves its methods untyped

        def call() -> Any:
            packed = connection.pack_command("EVALSHA", DIGEST, count, *keys, *values)
            connection.send_packed_command([b"".join(packed)])
            return connection.read_response()

        try:
            answer: Sequence[Any] = connection.retry.call_with_retry(call, lambda _error: connection.disconnect())
        finally:
            pool.release(connection)
        return answer


def _fitting(waiting: deque[_Ticket]) -> int:
    """How many of the oldest go in one call; at least one."""
    size = 0
    for count, ticket in enumerate(waiting):
        size += len(ticket.parcel.body)
        if count and (count == MOST_EVENTS or size > MOST_BYTES):
            return count
    return len(waiting)
