"""The rate governor: how fast each tenant's calls may go, shared by all processes through Redis."""

from collections.abc import Mapping
from dataclasses import dataclass

from redis import Redis

from domain.lanes import Lane


@dataclass(frozen=True, slots=True)
class LaneGate:
    """Leave to call for one scope (an installation or a connection) in one lane."""

    redis: Redis
    scope: str
    lane: Lane

    def enter(self, group: str) -> None:
        return

    def note(self, group: str, status: int, headers: Mapping[str, str]) -> None:
        return


class Governor:
    """Makes gates and tells how the rates are."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def gate(self, scope: str, lane: Lane) -> LaneGate:
        return LaneGate(self._redis, scope, lane)
