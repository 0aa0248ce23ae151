"""How the rates of a scope are, for the health page, metrics and the support bundle."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.lanes import LANES, Lane
from domain.rates import policy_of
from store.rate_scripts import CALL_SLOT, MOST_STRIKES, SLOTS, STRIKE_MILLISECONDS, WAIT_SLOT

WHYS: Mapping[str, str] = {
    "asked": "it asked for a pause (Retry-After)",
    "refused": "it refused a call with 429",
    "delayed": "it delayed calls, because much was used",
    "quota": "the hourly quota of the app is used up",
    "burst": "there were too many calls in one second",
    "issue": "one issue was written too often",
}


@dataclass(frozen=True, slots=True)
class LaneWaits:
    """How often calls of a lane waited in the last hour, and how long in all (ms)."""

    lane: Lane
    count: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class RateState:
    """One group of endpoints of one scope. `why` is a sentence.

    `calls` of the last minute, `allowed` per second now, `paused_until` in ms or None; `remaining` of `limit` is what
    Azure DevOps said it has left, None when it said nothing or all of it is back.
    """

    scope: str
    group: str
    system: str
    calls: int
    allowed: float
    paused_until: int | None
    remaining: float | None
    limit: float | None
    waits: tuple[LaneWaits, ...]
    why: str


def states_of(scope: str, fields: Mapping[str, str], now: float) -> tuple[RateState, ...]:
    """Every group that was called or spoken of, from the hash that the scripts keep; `now` in ms."""
    groups = sorted({name.partition("|")[0] for name in fields if name.partition("|")[1]} - {""})
    return tuple(_Reading(scope, group, fields, now).state() for group in groups)


@dataclass(frozen=True, slots=True)
class _Reading:
    scope: str
    group: str
    fields: Mapping[str, str]
    now: float

    def state(self) -> RateState:
        policy = policy_of(self.group)
        known = self._number("reset") > self.now
        strikes = max(self._strikes(""), self._strikes(self.group))
        return RateState(
            scope=self.scope,
            group=self.group,
            system=policy.system,
            calls=self._calls(),
            allowed=policy.per_second / 2 ** min(strikes, MOST_STRIKES),
            paused_until=int(self._paused()[0]) or None,
            remaining=self._number("remaining") if known else None,
            limit=self._number("limit") if known else None,
            waits=tuple(self._waits(lane) for lane in LANES),
            why=self._why(policy.system, strikes, known=known),
        )

    def _number(self, name: str) -> float:
        return float(self.fields.get(name) or 0)

    def _strikes(self, place: str) -> int:
        over = (self.now - self._number(f"{place}|struck")) // STRIKE_MILLISECONDS
        return max(0, int(self._number(f"{place}|strikes") - over))

    def _paused(self) -> tuple[float, str]:
        """Until when (0: not paused), and the place that knows why."""
        until, place = max((self._number(f"{place}|paused"), place) for place in ("", self.group))
        return (until, place) if until > self.now else (0, place)

    def _calls(self) -> int:
        slots = [divmod(int(self._number(f"{self.group}|c:{n}")), 1_000_000) for n in range(SLOTS)]
        return sum(calls for slot, calls in slots if slot > self.now // CALL_SLOT - SLOTS)

    def _waits(self, lane: Lane) -> LaneWaits:
        texts = [self.fields.get(f"{self.group}|w:{lane}:{n}", "0 0 0").split() for n in range(SLOTS)]
        fresh = [
            (int(count), int(waited)) for slot, count, waited in texts if int(slot) > self.now // WAIT_SLOT - SLOTS
        ]
        return LaneWaits(lane, sum(count for count, _ in fresh), sum(waited for _, waited in fresh))

    def _why(self, system: str, strikes: int, *, known: bool) -> str:
        until, place = self._paused()
        reason = WHYS.get(self.fields.get(f"{place}|why", ""), "it asked for it")
        if until:
            return f"{system} is left alone until {_hour(until)}: {reason}."
        if strikes:
            place = "" if self._strikes("") >= self._strikes(self.group) else self.group
            reason = WHYS.get(self.fields.get(f"{place}|why", ""), "it asked for it")
            return f"Calls to {system} go slower for a few minutes: {reason}."
        if known:
            left, limit = self._number("remaining"), self._number("limit")
            words = f"{system} has {left:g} of {limit:g} units left for this identity"
            return f"{words}; history waits before events do. All are back at {_hour(self._number('reset'))}."
        if self._number(f"{self.group}|near") > self.now:
            return f"{system} says that a limit is near; history goes slower, events do not."
        return f"Nothing slows calls to {system} down."


def _hour(moment: float) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%H:%M:%S UTC")
