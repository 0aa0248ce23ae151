"""What stands before every call out: leave to go now, or a time to come again."""

from collections.abc import Mapping
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
