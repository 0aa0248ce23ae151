"""Duties: work that nobody waits for, by lane, tenant-fair and safe to lose; each is due at a time.

What is to be done stands in the database; a duty only says who shall be looked at, and when. A lease lets one worker
have it; when that worker dies, the duty is due again as soon as the lease ends.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from redis import Redis

from store.queue import as_text

DutyKind = Literal["guard", "reconcile", "erase", "backfill", "migrate"]
DUTIES: tuple[DutyKind, ...] = ("guard", "reconcile", "erase", "backfill")  # the order unless another one is asked
LEASE_MILLISECONDS = 10_000
LOOKED_AT = 100  # due duties of one kind that are looked at for one without a lease

# KEYS duties  ARGV name, due, lease key, again key. While somebody works on it the wish is kept for when he is done
WANT = """
if redis.call('EXISTS', ARGV[3]) == 1 then
  local known = redis.call('HGET', ARGV[4], ARGV[1])
  if not known or tonumber(ARGV[2]) < tonumber(known) then redis.call('HSET', ARGV[4], ARGV[1], ARGV[2]) end
  return 0
end
return redis.call('ZADD', KEYS[1], 'LT', ARGV[2], ARGV[1])
"""
# KEYS duties  ARGV now, lease prefix, token, milliseconds, how many
CLAIM = """
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[5])) do
  if redis.call('SET', ARGV[2] .. name, ARGV[3], 'NX', 'PX', ARGV[4]) then return name end
end
return false
"""
RENEW = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])"
# KEYS duties, lease, again  ARGV name, token, due ('' for never again). 0: the lease was lost, so nothing is touched
LEAVE = """
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
local due = tonumber(ARGV[3])
local again = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or nil)
redis.call('HDEL', KEYS[3], ARGV[1])
if again and (not due or again < due) then due = again end
if due then redis.call('ZADD', KEYS[1], due, ARGV[1]) else redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('DEL', KEYS[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Duty:
    """The right to do `kind` for `name` (an id) until it is left or its lease ends."""

    kind: DutyKind
    name: str
    token: str


class Duties:
    """Due work by kind. Raises RedisError when Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._want = redis.register_script(WANT)
        self._claim = redis.register_script(CLAIM)
        self._renew = redis.register_script(RENEW)
        self._leave = redis.register_script(LEAVE)

    def want(self, kind: DutyKind, name: str, due: int) -> None:
        """Have it done at `due` (ms), or earlier when it already is to be. Also while it is being done."""
        self._want(keys=[_duties(kind)], args=[name, due, _lease(kind, name), _again(kind)])

    def claim(self, now: int, kinds: Sequence[DutyKind] = DUTIES) -> Duty | None:
        """Take the duty that is due for the longest time, of the first kind that has one; None when there is none."""
        token = secrets.token_hex(8)
        for kind in kinds:
            name = self._claim(keys=[_duties(kind)], args=[now, _lease(kind, ""), token, LEASE_MILLISECONDS, LOOKED_AT])
            if name:
                return Duty(kind, as_text(name), token)
        return None

    def renew(self, duty: Duty) -> bool:
        """Keep it; False when it was lost to another worker."""
        return bool(self._renew(keys=[_lease(duty.kind, duty.name)], args=[duty.token, LEASE_MILLISECONDS]))

    def leave(self, duty: Duty, due: int | None) -> None:
        """Give it back, to be done again at `due` (ms); None: never, unless somebody wanted it meanwhile."""
        keys = [_duties(duty.kind), _lease(duty.kind, duty.name), _again(duty.kind)]
        self._leave(keys=keys, args=[duty.name, duty.token, "" if due is None else due])

    def list_due(self, kind: DutyKind) -> dict[str, int]:
        """Every duty of a kind and when it is due (ms)."""
        rows: Any = self._redis.zrange(_duties(kind), 0, -1, withscores=True)
        return {as_text(name): int(due) for name, due in rows}


def _duties(kind: DutyKind) -> str:
    return f"crosswalk:duties:{kind}"


def _lease(kind: DutyKind, name: str) -> str:
    return f"crosswalk:duty:{kind}:{name}"


def _again(kind: DutyKind) -> str:
    return f"crosswalk:duties-again:{kind}"
