"""What a Jira site holds of development information, builds and deployments, per provider.

A record is replaced only by a strictly higher sequence number. Changes become visible after a lag, as in Jira.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["repository", "commit", "branch", "pull_request", "build", "deployment"]
DEVINFO: tuple[Kind, ...] = ("commit", "branch", "pull_request")
PANEL: Mapping[Kind, str] = {
    "commit": "commits",
    "branch": "branches",
    "pull_request": "pullRequests",
    "build": "builds",
    "deployment": "deployments",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One stored thing. `issues`: ids of those it is shown on. `properties` find a repository, build or deployment.

    `operation` and `prevents` are what the request said that brought it: `operationType` and `preventTransitions`.
    """

    provider: str
    kind: Kind
    id: str
    sequence: int
    body: Mapping[str, Any]
    issues: tuple[str, ...] = ()
    repository: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    operation: str = "NORMAL"
    prevents: bool = False

    @property
    def place(self) -> tuple[str, str, str, str]:
        return (self.provider, self.kind, self.repository, self.id)

    @property
    def name(self) -> str:
        """Unique within its kind."""
        return f"{self.repository}/{self.id}" if self.repository else self.id


class DevStore:
    """Records by place. Safe between threads."""

    def __init__(self) -> None:
        self.lag_ms = 0
        # an issue keeps its id when its key changes; a site says which is which
        self.id_of: Callable[[str], str] = str
        self.key_of: Callable[[str], str] = str
        self._records: dict[tuple[str, str, str, str], Record] = {}
        self._pending: list[tuple[float, Callable[[], None]]] = []
        self._lock = threading.RLock()

    def submit(self, records: Iterable[Record]) -> None:
        """Store each record that is new or has a strictly higher sequence number than the stored one."""
        batch = list(records)
        self._later(lambda: self._put(batch))

    def remove(self, fits: Callable[[Record], bool]) -> None:
        """Remove the records that fit. A repository, build or deployment stands for itself only."""
        self._later(lambda: self._drop(fits))

    def remove_repositories(self, fits: Callable[[Record], bool]) -> None:
        """Remove the repositories that fit, with everything in them."""
        self._later(lambda: self._drop_repositories(fits))

    def forget(self, provider: str) -> None:
        """Remove at once what a provider sent, also what is still pending."""
        with self._lock:
            self.settle(everything=True)
            self._drop(lambda record: record.provider == provider)

    def settle(self, *, everything: bool = False) -> None:
        """Make changes visible whose time has come."""
        with self._lock:
            now = time.monotonic()
            due = [change for at, change in self._pending if everything or at <= now]
            self._pending = [] if everything else [entry for entry in self._pending if entry[0] > now]
            for change in due:
                change()

    def find(self, fits: Callable[[Record], bool]) -> list[Record]:
        """Visible records that fit, the newest first."""
        with self._lock:
            self.settle()
            found = [record for record in self._records.values() if fits(record)]
        return sorted(found, key=lambda record: (-record.sequence, record.place))

    def panel(self, key: str) -> dict[str, list[dict[str, Any]]]:
        """What an issue shows, by kind; development information names its repository."""
        shown: dict[str, list[dict[str, Any]]] = {name: [] for name in PANEL.values()}
        issue = self.id_of(key)
        for record in self.find(lambda record: issue in record.issues):
            shown[PANEL[record.kind]].append(dict(record.body) | self._repository_of(record))
        return shown

    def snapshot(self) -> dict[str, Any]:
        """Everything, also what is still pending, in a form that two runs can be compared by."""
        with self._lock:
            self.settle(everything=True)
            records = sorted(self._records.values(), key=lambda record: record.place)
        state: dict[str, Any] = {}
        for record in records:
            state.setdefault(record.provider, {}).setdefault(record.kind, {})[record.name] = {
                "sequence": record.sequence,
                "keys": sorted(map(self.key_of, record.issues)),
                "body": record.body,
                "properties": record.properties,
            }
        return state

    def operations(self, provider: str | None = None) -> dict[str, dict[str, dict[str, Any]]]:
        """How each visible record was sent, by kind and name: `{operationType, preventTransitions}`."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for record in self.find(lambda record: provider in {None, record.provider}):
            said = {"operationType": record.operation, "preventTransitions": record.prevents}
            found.setdefault(record.kind, {})[record.name] = said
        return found

    def _repository_of(self, record: Record) -> dict[str, Any]:
        if record.kind not in DEVINFO:
            return {}
        repository = self._records.get((record.provider, "repository", "", record.repository))
        names = ("id", "name", "url")
        return {"repository": {name: repository.body[name] for name in names} if repository else None}

    def _later(self, change: Callable[[], None]) -> None:
        with self._lock:
            self._pending.append((time.monotonic() + self.lag_ms / 1000, change))
            self.settle()

    def _put(self, records: list[Record]) -> None:
        for record in records:
            stored = self._records.get(record.place)
            if stored is None or record.sequence > stored.sequence:
                self._records[record.place] = record

    def _drop(self, fits: Callable[[Record], bool]) -> None:
        for place in [place for place, record in self._records.items() if fits(record)]:
            del self._records[place]

    def _drop_repositories(self, fits: Callable[[Record], bool]) -> None:
        for record in [one for one in self._records.values() if one.kind == "repository" and fits(one)]:
            self._drop(within_repository(record.provider, record.id, None))


def within_repository(provider: str, repository: str, sequence: int | None) -> Callable[[Record], bool]:
    """Fits a repository and everything in it, up to a sequence number."""

    def fits(record: Record) -> bool:
        inside = (record.kind == "repository" and record.id == repository) or record.repository == repository
        return record.provider == provider and inside and (sequence is None or record.sequence <= sequence)

    return fits
