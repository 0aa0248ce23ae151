"""What reading a page of history needs, whatever its kind: the window, the page, the cursor, look-ups at once.

One entry that cannot be read or told is left out and counted; the others are told. A cursor is JSON that says where to
go on. It outlives a crash of ours and news on their side: going on may read a thing twice, never leave one out.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog

from clients.ado import SYSTEM
from domain.changes import Change
from domain.errors import AppError, BadEvent, CallError, NotFound, Permanent, Unauthorized
from domain.facts import DeploymentFacts
from domain.records import Commit, Json, Repository
from jobs.at_once import map_at_once
from jobs.devinfo import Road, knowing
from jobs.mapping import DeploymentEvent, map_deployed
from jobs.retry import PASSING

log = structlog.get_logger("crosswalk.history")

LOOKUPS_AT_ONCE = 8
Asked = TypeVar("Asked")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Reading:
    """One page. `cursor` continues it, None at the end; `seen` entries were looked at, `refused` could not be read or
    told; `total` when it is known.
    """

    changes: tuple[Change, ...]
    cursor: str | None
    seen: int
    total: int | None = None
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Portion:
    """A page of one sort of deployments, like `Reading`. `left`: the parts of the cursor after it, None at the end."""

    changes: tuple[Change, ...]
    seen: int
    left: Json | None
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """What to read: of one repository, or of the whole project when it is None; what happened at or after `since`.

    `observed` (ms) becomes the sequence number of what is read.
    """

    repository: Repository | None
    since: datetime
    observed: int

    @property
    def happened(self) -> datetime:
        """`observed` as a time: history is told as an event of the moment it was looked at."""
        return datetime.fromtimestamp(self.observed // 1000, UTC).replace(microsecond=self.observed % 1000 * 1000)

    def require_repository(self) -> Repository:
        """Raises ValueError for a window of a whole project, where only one repository can be read."""
        if self.repository is None:
            raise ValueError("this kind of history is read one repository at a time")
        return self.repository


Reader = Callable[[Road, Window, str | None], Reading]


def write_cursor(**parts: object) -> str:
    """Compact JSON; parts that are None are left out."""
    return json.dumps({name: part for name, part in parts.items() if part is not None}, separators=(",", ":"))


def read_cursor(cursor: str | None) -> Json:
    """The parts of a cursor, none at the beginning."""
    parts: Any = json.loads(cursor) if cursor else {}
    return dict(parts)


def at_once(work: Callable[[Asked], Found], entries: Iterable[Asked]) -> list[Found]:
    """What `work` makes of each entry, in their order, several at a time. The first failure ends all."""
    return list(map_at_once("commits", work, tuple(entries), LOOKUPS_AT_ONCE))


def sift(
    road: Road, kind: str, work: Callable[[Asked], Found], entries: Iterable[tuple[object, Asked]]
) -> tuple[list[Found], int]:  # fmt: skip
    """What `work` makes of each entry, in their order, and how many it cannot be done for. Entries come with their ids.

    Raises what is no entry's own fault: Retryable, Unauthorized, our own stores, Jira.
    """

    def attempt(entry: tuple[object, Asked]) -> tuple[Found] | None:
        try:
            return (work(entry[1]),)
        except Exception as error:
            if not is_of_entry(error):
                raise
            log.warning("history.refused", link=road.link_id, kind=kind, entry=entry[0], error=type(error).__name__)
            return None

    done = at_once(attempt, entries)
    return [found[0] for found in done if found is not None], done.count(None)


def is_of_entry(error: Exception) -> bool:
    """Whether the next entry may go better: Azure DevOps refuses this one for good, or we cannot make it out."""
    if isinstance(error, CallError):
        return error.system == SYSTEM and isinstance(error, Permanent) and not isinstance(error, Unauthorized)
    if isinstance(error, AppError):
        return isinstance(error, BadEvent)
    return not isinstance(error, PASSING)


def flatten(mapped: Iterable[Iterable[Change]]) -> tuple[Change, ...]:
    """The changes of all entries in one row."""
    return tuple(change for changes in mapped for change in changes)


def map_found(
    found: Iterable[tuple[DeploymentEvent, Sequence[DeploymentFacts]]], road: Road
) -> tuple[tuple[Change, ...], int]:  # fmt: skip
    """What Jira shall hold of deployments whose facts are known, and how many cannot be told."""
    told = [(event, facts) for event, facts in found if facts]
    informed = knowing(road, (word for _, facts in told for one in facts for word in one.words))
    numbered = [(facts[0].sequence_number, (event, facts)) for event, facts in told]
    mapped, refused = sift(road, "deployment", lambda one: map_deployed(*one, informed), numbered)
    return flatten(mapped), refused


def read_whole(repository_id: str, commits: Sequence[Commit], road: Road) -> tuple[Mapping[str, Commit], int]:
    """Each commit with its whole message, parents and files, by id, and how many cannot be read. One that is gone is as
    it was listed.
    """

    def read(listed: Commit) -> Commit:
        try:
            return road.git.read_commit(repository_id, listed.id)
        except NotFound:
            return listed

    found, refused = sift(road, "commit", read, ((commit.id, commit) for commit in commits))
    return {commit.id: commit for commit in found}, refused
