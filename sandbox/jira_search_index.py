"""The search index of a site: what a search sees of issues, some time after it was written.

A property can be searched only where an installed app declares it:
developer.atlassian.com/cloud/jira/platform/modules/entity-property
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.jira_issue_record import State


@dataclass(frozen=True, slots=True)
class Extraction:
    """A value of an issue property that an app's descriptor makes searchable; `alias` is a short name for it in JQL."""

    key: str
    name: str
    type: str
    alias: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return (self.key, self.name)


def declared_by(descriptor: Mapping[str, Any]) -> Iterator[Extraction]:
    """The extractions of an app's `jiraEntityProperties` for issues."""
    for module in descriptor.get("modules", {}).get("jiraEntityProperties", ()):
        if module.get("entityType", "issue") != "issue":
            continue
        for one in module.get("keyConfigurations", ()):
            for found in one.get("extractions", ()):
                yield Extraction(one["propertyKey"], found["objectName"], found["type"], found.get("alias", ""))


class SearchIndex:
    """States by issue id as searches see them. Safe between threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lag = 0.0
        self._states: dict[str, State] = {}
        self._projects: dict[str, dict[str, None]] = {}
        self._due: deque[tuple[float, str, State | None]] = deque()
        self._declared: tuple[Extraction, ...] = ()
        self._values: dict[tuple[str, str], dict[Any, set[str]]] = {}
        self._lock = threading.RLock()

    @property
    def lag_seconds(self) -> float:
        """How long a write stays unseen."""
        return self._lag

    @lag_seconds.setter
    def lag_seconds(self, seconds: float) -> None:
        with self._lock:
            if seconds < self._lag:
                self._settle(float("inf"))
            self._lag = seconds

    def note(self, issue_id: str, state: State | None) -> None:
        """A write, or with None a removal, that searches see after the lag."""
        with self._lock:
            if self._lag <= 0 and not self._due:
                self._apply(issue_id, state)
            else:
                self._due.append((self._clock() + self._lag, issue_id, state))

    def states(self) -> Mapping[str, State]:
        """Everything that can be seen now."""
        with self._lock:
            self._settle(self._clock())
            return self._states

    def project(self, project_id: str) -> Iterable[str]:
        """The ids of a project's issues that can be seen now."""
        with self._lock:
            self._settle(self._clock())
            return list(self._projects.get(project_id, ()))

    def declare(self, extractions: Iterable[Extraction]) -> None:
        """What apps make searchable; a new set reads all properties again."""
        declared = tuple(extractions)
        with self._lock:
            if declared == self._declared:
                return
            self._declared, self._values = declared, {}
            for issue_id, state in self._states.items():
                self._enter(issue_id, state)

    def declared(self) -> tuple[Extraction, ...]:
        return self._declared

    def holders(self, place: tuple[str, str], value: Any) -> frozenset[str]:
        """The ids of issues whose property has this value."""
        with self._lock:
            self._settle(self._clock())
            return frozenset(self._values.get(place, {}).get(value, ()))

    def _settle(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, issue_id, state = self._due.popleft()
            self._apply(issue_id, state)

    def _apply(self, issue_id: str, state: State | None) -> None:
        before = self._states.get(issue_id)
        if before and state and before.properties is state.properties and before.project == state.project:
            self._states[issue_id] = state
            return
        if before is not None:
            del self._states[issue_id]
            self._projects[before.project].pop(issue_id, None)
            for place, value in self._found(before):
                self._values[place][value].discard(issue_id)
        if state is not None:
            self._states[issue_id] = state
            self._projects.setdefault(state.project, {})[issue_id] = None
            self._enter(issue_id, state)

    def _enter(self, issue_id: str, state: State) -> None:
        for place, value in self._found(state):
            self._values.setdefault(place, {}).setdefault(value, set()).add(issue_id)

    def _found(self, state: State) -> Iterator[tuple[tuple[str, str], Any]]:
        for one in self._declared:
            if one.key in state.properties:
                for value in read_values(state.properties[one.key], one.name):
                    yield one.place, value


def read_values(sent: bytes, name: str) -> list[Any]:
    """The plain values at a path with dots inside a property; a list gives all of its own."""
    found = orjson.loads(sent)
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, str | int | float)]
