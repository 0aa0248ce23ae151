"""The rate governor: leave to call, shared by all processes through Redis, and what answers teach it.

A scope is whose limit it is: an installation (Jira) or a connection (Azure DevOps). No scope knows of another, so no
tenant can use up what belongs to another. `domain/rates.py` has the numbers, `store/rate_scripts.py` the steps.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from domain.errors import RateLimited
from domain.lanes import Lane
from domain.rate_answers import NEAR_SECONDS, Advice, read_advice
from domain.rates import EASE, FLOORS, LEAST, NEAR, PATIENCE, RETURNS, policy_of
from store.queue import as_text
from store.rate_credits import Credits
from store.rate_lines import Lines
from store.rate_scripts import ENTER, NOTE
from store.rate_states import RateState, states_of

log = structlog.get_logger("crosswalk.rates")


@dataclass(frozen=True, slots=True)
class LaneGate:
    """Leave to call for one scope in one lane. Raises RedisError when Redis is away: without it nobody knows the rate,
    and the work is tried again when it is back.
    """

    scope: str
    lane: Lane
    _enter: Script
    _note: Script
    _clock: Callable[[], int] | None
    _sleep: Callable[[float], None]
    _credits: Credits
    _lines: Lines

    def enter(self, group: str) -> None:
        """Wait for leave as long as the lane's patience. Raises RateLimited with the seconds that it would take."""
        place = (self.scope, group, self.lane)
        if self._credits.spend(place):
            return
        some = policy_of(group).at_once if self._credits.is_busy(place) else 1
        if some > 1 and not self._ask(group, some, first=False):
            self._credits.put(place, some - 1)
            return
        wait = self._ask(group, 1, first=True)
        if wait:
            self._stand_in_line(group, wait)
        self._credits.put(place, 0)

    def _stand_in_line(self, group: str, wait: int) -> None:
        """Wait for the turn of this call. Of the threads that wait only the first asks: else each would, for every call
        that goes.
        """
        with self._lines.join((self.scope, group, self.lane), PATIENCE[self.lane] / 1000) as line:
            if line.seconds:  # others were before, so much has changed
                wait = self._ask(group, 1, first=False) if line.is_first else wait
            waited = round(1000 * line.seconds)
            while wait:
                if waited + wait > PATIENCE[self.lane]:
                    system, seconds = policy_of(group).system, wait / 1000
                    raise RateLimited(system, None, f"calls to it go on in {math.ceil(seconds)} s", retry_after=seconds)
                self._sleep(wait / 1000)
                waited += wait
                wait = self._ask(group, 1, first=False)

    def note(self, group: str, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer; Redis is asked only when there is something to learn.

        The answer is there already and must not be lost, so Redis being away is told to the log alone.
        """
        now = self._clock() / 1000 if self._clock else time.time()
        advice = read_advice(group, status, headers, now)
        if advice is None:
            return
        self._credits.drop(self.scope)
        if advice.strike:
            log.warning("rate.refused", group=group, reason=advice.reason, status=status, pause=advice.pause)
        try:
            self._note(keys=[_state(self.scope)], args=[self._now(), group, *_arguments(advice)])
        except RedisError as error:
            log.warning("rate.not_noted", error=type(error).__name__)

    def _ask(self, group: str, calls: int, *, first: bool) -> int:
        policy = policy_of(group)
        lane = self.lane
        numbers = [
            policy.interval, policy.burst_seconds * 1000, policy.shares[lane], FLOORS[lane], EASE, LEAST, NEAR[lane],
            RETURNS[lane], int(first), calls,
        ]  # fmt: skip
        return int(self._enter(keys=[_state(self.scope)], args=[self._now(), group, lane, *numbers]))

    def _now(self) -> int | str:
        return self._clock() if self._clock else ""


class Governor:
    """Makes gates and tells how the rates are. `clock` (ms) is Redis's own unless given."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], int] | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._sleep = sleep
        self._enter = redis.register_script(ENTER)
        self._note = redis.register_script(NOTE)
        self._credits = Credits()
        self._lines = Lines()

    def gate(self, scope: str, lane: Lane) -> LaneGate:
        """The gate of an installation or a connection (its id)."""
        return LaneGate(scope, lane, self._enter, self._note, self._clock, self._sleep, self._credits, self._lines)

    def read(self, scope: str) -> tuple[RateState, ...]:
        """Every group of a scope that was called in the last two hours, by name. Raises RedisError."""
        fields: Any = self._redis.hgetall(_state(scope))
        now = self._clock() if self._clock else time.time() * 1000
        return states_of(scope, {as_text(name): as_text(value) for name, value in fields.items()}, now)

    def forget(self, scope: str) -> None:
        """Drop what is known of a scope; it ends by itself two hours after the last call."""
        self._redis.delete(_state(scope))


def _arguments(advice: Advice) -> list[str | float]:
    """The rest of what NOTE takes; seconds become milliseconds."""
    pause = "" if advice.pause is None else advice.pause * 1000
    near = NEAR_SECONDS * 1000 if advice.reason == "near" else 0
    left = advice.allowance
    told = [left.remaining, left.limit, left.reset * 1000] if left else ["", "", ""]
    return [int(advice.whole), advice.reason, pause, int(advice.strike), near, *told]


def _state(scope: str) -> str:
    return f"crosswalk:rate:{scope}"
