"""What stands before every call out: leave to go now, or a time to come again."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Gate(Protocol):
    """Made for one tenant, one system and one lane; shared knowledge is behind it (`store.governor`)."""

    def enter(self, group: str) -> None:
        """Wait a moment for leave to call `group` (a kind of endpoint).

        Raises RateLimited with the seconds to wait and no status when that would be long.
        """
        ...

    def note(self, group: str, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer, whatever its status."""
        ...


class OpenGate:
    """Lets everything pass: for calls with a token that is not kept yet, and for tests."""

    def enter(self, group: str) -> None:
        return

    def note(self, group: str, status: int, headers: Mapping[str, str]) -> None:
        return


OPEN = OpenGate()


class Tally:
    """How many calls were answered, and what they cost. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = self._points = 0

    def add(self, *, calls: int = 0, points: int = 0) -> None:
        with self._lock:
            self._calls += calls
            self._points += points

    def take(self) -> tuple[int, int]:
        """Calls and points since it was taken last."""
        with self._lock:
            taken = self._calls, self._points
            self._calls = self._points = 0
        return taken


@dataclass(frozen=True, slots=True)
class CountedGate:
    """A gate whose calls are counted, a point for each."""

    gate: Gate
    tally: Tally

    def enter(self, group: str) -> None:
        self.gate.enter(group)

    def note(self, group: str, status: int, headers: Mapping[str, str]) -> None:
        self.tally.add(calls=1, points=1)
        self.gate.note(group, status, headers)
