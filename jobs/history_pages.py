"""What reading a page of history needs, whatever its kind: the window, the page, the cursor, look-ups at once.

A cursor is JSON that says where to go on. It outlives a crash of ours and news on their side: going on may read a thing
twice, never leave one out.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from clients.ado_git import GitApi
from domain.changes import Change
from domain.errors import NotFound
from domain.records import Commit, DeploymentFacts, Json, Repository
from jobs.devinfo import Road, knowing
from jobs.mapping import DeploymentEvent, map_deployed

LOOKUPS_AT_ONCE = 8
Asked = TypeVar("Asked")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Reading:
    """One page. `cursor` continues it, None at the end; `seen` entries were looked at; `total` when it is known."""

    changes: tuple[Change, ...]
    cursor: str | None
    seen: int
    total: int | None = None


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
    pool = ThreadPoolExecutor(max_workers=LOOKUPS_AT_ONCE)
    try:
        return list(pool.map(work, entries))
    finally:
        pool.shutdown(cancel_futures=True)


def map_found(found: Iterable[tuple[DeploymentEvent, Sequence[DeploymentFacts]]], road: Road) -> tuple[Change, ...]:
    """What Jira shall hold of deployments whose facts are known."""
    told = [(event, facts) for event, facts in found if facts]
    informed = knowing(road, (word for _, facts in told for one in facts for word in one.words))
    mapped = at_once(lambda one: map_deployed(*one, informed), told)
    return tuple(change for changes in mapped for change in changes)


def read_whole(repository_id: str, commits: Sequence[Commit], git: GitApi) -> dict[str, Commit]:
    """Each commit with its whole message, parents and files, by id; as it was listed when it is gone."""

    def read(listed: Commit) -> Commit:
        try:
            return git.read_commit(repository_id, listed.id)
        except NotFound:
            return listed

    return {commit.id: commit for commit in at_once(read, commits)}
