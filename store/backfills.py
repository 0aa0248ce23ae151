"""Back-fills as people see them: one per link, started, paused, resumed. What workers do with its parts stands in
`backfill_turns`.

Every change of a back-fill or of its parts locks the row of the back-fill first, so changes come one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    func,
    insert,
    select,
    update,
)

from domain.errors import UnknownObject
from store.db import metadata, read_only
from store.ledger import NUMBER
from store.links import select_link

BackfillState = Literal["queued", "running", "pausing", "paused", "done", "failed"]
PartState = Literal["queued", "running", "paused", "done", "failed"]
OPEN = ("queued", "running")
ENDED = ("done", "failed")
HALTED = ("pausing", "paused")
INCOMPLETE = "incomplete"  # code of a part that was read to its end and left entries out
REPOSITORIES = "repositories"  # the part that finds the others
SLOTS = 4  # so many workers at most are on the back-fills of one site at once

backfills = Table(
    "backfills",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), nullable=False, index=True),
    Column("link_id", String(36), ForeignKey("links.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("since", String(10), nullable=False),  # ISO date
    Column("state", String(12), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),  # when something of it last moved on
    Column("turn_at", BigInteger, nullable=False),  # when a worker last took a part: the one that waits longest is next
)

backfill_parts = Table(
    "backfill_parts",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("backfill_id", String(36), ForeignKey("backfills.id", ondelete="CASCADE"), nullable=False),
    Column("repository_id", String(64), nullable=False),  # '' for what belongs to the whole project
    Column("name", String(255), nullable=False),  # of the repository, else of the project
    Column("default_branch", String(255)),
    Column("kind", String(16), nullable=False),  # commits, branches, pullRequests, builds, deployments, repositories
    Column("state", String(12), nullable=False),
    Column("cursor", Text),
    Column("turns", Integer, nullable=False),  # how often it was worked on: the part with the fewest is next
    Column("taken_at", BigInteger),  # when a worker last took it (ms); with `turns` it tells one claim from another
    Column("done", Integer, nullable=False),  # entries looked at
    Column("total", Integer),
    Column("refused", Integer, nullable=False),  # entries that could not be read whole, or that Jira refused
    Column("error_code", String(40)),  # why it failed, or what it waits for
    Column("error", String(300)),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),  # of a running part: when another worker may have it
    Column("changed_at", BigInteger, nullable=False),
    UniqueConstraint("backfill_id", "repository_id", "kind"),
)

is_finder = backfill_parts.c.kind == REPOSITORIES
is_incomplete = and_(backfill_parts.c.state == "done", backfill_parts.c.error_code == INCOMPLETE)
AFRESH: Mapping[str, Any] = {"cursor": None, "turns": 0, "done": 0, "total": None, "refused": 0}
CALM: Mapping[str, Any] = {"attempts": 0, "error_code": None, "error": None}


@dataclass(frozen=True, slots=True)
class Backfill:
    """The back-fill of a link from the ISO date `since` on; times in ms."""

    id: str
    installation_id: str
    link_id: str
    since: str
    state: BackfillState
    started_at: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class Part:
    """How far one kind of one repository is (`repository_id` is '' for the whole project)."""

    repository_id: str
    name: str
    kind: str
    state: PartState
    done: int
    total: int | None
    refused: int
    error_code: str | None
    error: str | None
    due_at: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How a part ends, and the sentence that says why when that is not plain."""

    state: PartState
    code: str | None = None
    detail: str | None = None


class Backfills:
    """Starts and stops back-fills and shows them. Methods that change one answer False in a state that forbids it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def find(self, link_id: str) -> Backfill | None:
        with self._reader.connect() as connection:
            row = connection.execute(select(backfills).where(backfills.c.link_id == link_id)).one_or_none()
        return Backfill(**{name: getattr(row, name) for name in Backfill.__slots__}) if row else None

    def list_parts(self, backfill_id: str) -> Sequence[Part]:
        columns = [backfill_parts.c[name] for name in Part.__slots__]
        query = select(*columns).where(backfill_parts.c.backfill_id == backfill_id)
        with self._reader.connect() as connection:
            rows = connection.execute(query.order_by(backfill_parts.c.id)).all()
        return [Part(**row._mapping) for row in rows]

    def count_parts(self, backfill_id: str) -> Mapping[str, int]:
        """How many parts are in each state."""
        same = backfill_parts.c.backfill_id == backfill_id
        query = select(backfill_parts.c.state, func.count()).where(same).group_by(backfill_parts.c.state)
        with self._reader.connect() as connection:
            return {state: int(count) for state, count in connection.execute(query)}

    def count_incomplete(self, backfill_id: str) -> int:
        """How many parts have ended and left entries out."""
        query = select(func.count()).where(backfill_parts.c.backfill_id == backfill_id, is_incomplete)
        with self._reader.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def list_waiting_sites(self) -> Sequence[str]:
        """The installations with a back-fill that workers have to look at."""
        query = select(backfills.c.installation_id).where(backfills.c.state.in_((*OPEN, "pausing"))).distinct()
        with self._reader.connect() as connection:
            return list(connection.execute(query).scalars())

    def start(self, installation_id: str, link_id: str, since: str, now: int) -> str:
        """Start the back-fill of a link, or change the one that is there; returns its id. Raises UnknownObject when the
        link is gone.

        An earlier `since`, and one that has ended, is read from its beginning again: what Jira has is not sent twice.
        Else what is under way goes on, and what was paused too.
        """
        with self._engine.begin() as connection:
            found = lock_backfill(connection, backfills.c.link_id == link_id)
            if found is None:
                return _add(connection, installation_id, link_id, since, now)
            if since < found.since or found.state in ENDED:
                change_parts(connection, found.id, **AFRESH, **CALM, state="queued", due_at=now, changed_at=now)
                change_backfill(
                    connection, found.id, since=since, state="queued", started_at=now, changed_at=now, turn_at=0
                )
            else:
                change_backfill(connection, found.id, since=since)
                if found.state in HALTED:
                    _go_on(connection, found.id, now)
        return str(found.id)

    def pause(self, link_id: str, now: int) -> bool:
        """Let nothing new begin; what is being read and sent just now still ends (`pausing`)."""
        with self._engine.begin() as connection:
            found = lock_backfill(connection, backfills.c.link_id == link_id)
            if found is None or found.state not in OPEN:
                return False
            change_parts(connection, found.id, "queued", state="paused")
            change_backfill(connection, found.id, state="pausing", changed_at=now)
            settle_pause(connection, found.id, now)
        return True

    def resume(self, link_id: str, now: int) -> bool:
        """Go on where it was paused, with the repositories there are now."""
        with self._engine.begin() as connection:
            found = lock_backfill(connection, backfills.c.link_id == link_id)
            if found is None or found.state != "paused":
                return False
            _go_on(connection, found.id, now)
        return True

    def retry_failed(self, link_id: str, now: int) -> bool:
        """Try the failed parts again, each from where it stopped, and read those that left entries out once more."""
        with self._engine.begin() as connection:
            found = lock_backfill(connection, backfills.c.link_id == link_id)
            if found is None or found.state in HALTED:
                return False
            anew = dict(CALM) | {"state": "queued", "due_at": now, "changed_at": now}
            whole = update(backfill_parts).where(backfill_parts.c.backfill_id == found.id, is_incomplete)
            read_again = connection.execute(whole.values(**AFRESH, **anew)).rowcount
            if not change_parts(connection, found.id, "failed", **anew) and not read_again:
                return False
            _look_again(connection, found.id, now)
            state = "queued" if found.state in ENDED else found.state
            change_backfill(connection, found.id, state=state, changed_at=now)
        return True

    def look_again(self, link_id: str, now: int) -> None:
        """Look for parts that are wanted since, such as those of another kind; what is read stays read."""
        with self._engine.begin() as connection:
            found = lock_backfill(connection, backfills.c.link_id == link_id)
            if found is None or found.state in HALTED:  # there is none, or resuming it looks again
                return
            _look_again(connection, found.id, now)
            if found.state in ENDED:
                change_backfill(connection, found.id, state="queued", changed_at=now)

    def hasten(self, link_id: str, now: int) -> None:
        """Make what waits for another try due, for example after the token was replaced."""
        with self._engine.begin() as connection:
            found = lock_backfill(connection, backfills.c.link_id == link_id)
            if found is not None and found.state in OPEN:
                change_parts(connection, found.id, "queued", **CALM, due_at=now)


def slot_names(installation_id: str) -> tuple[str, ...]:
    """The names of the duties that work on the back-fills of a site."""
    return tuple(f"{installation_id}#{number}" for number in range(SLOTS))


def lock_backfill(connection: Connection, condition: Any) -> Row[Any] | None:
    """The row of a back-fill, locked until the transaction ends; None when it is gone."""
    return connection.execute(select(backfills).where(condition).with_for_update()).one_or_none()


def change_backfill(connection: Connection, backfill_id: str, **values: object) -> None:
    connection.execute(update(backfills).where(backfills.c.id == backfill_id).values(**values))


def change_parts(connection: Connection, backfill_id: str, state_before: str | None = None, **values: object) -> int:
    """Change the parts of a back-fill, those in one state or all; returns how many."""
    change = update(backfill_parts).where(backfill_parts.c.backfill_id == backfill_id)
    if state_before:
        change = change.where(backfill_parts.c.state == state_before)
    return connection.execute(change.values(**values)).rowcount


def settle_pause(connection: Connection, backfill_id: str, now: int) -> None:
    """A back-fill that is being paused is paused once no living worker has a part of it."""
    at_work = (backfill_parts.c.backfill_id == backfill_id) & (backfill_parts.c.state == "running")
    alive = select(func.count()).where(at_work, backfill_parts.c.due_at > now)
    if not connection.execute(alive).scalar_one():
        change_parts(connection, backfill_id, "running", state="paused")
        change_backfill(connection, backfill_id, state="paused")


def new_part(backfill_id: str, kind: str, now: int, **values: object) -> Mapping[str, object]:
    """The row of a part that nobody has worked on."""
    place = {"backfill_id": backfill_id, "kind": kind, "repository_id": "", "name": "", "default_branch": None}
    return place | dict(AFRESH) | dict(CALM) | {"state": "queued", "due_at": now, "changed_at": now} | values


def _add(connection: Connection, installation_id: str, link_id: str, since: str, now: int) -> str:
    if connection.execute(select_link(link_id)).one_or_none() is None:
        raise UnknownObject("This project is not linked any more.")
    row = {"id": str(uuid4()), "installation_id": installation_id, "link_id": link_id, "since": since}
    times = {"started_at": now, "changed_at": now, "turn_at": 0}
    connection.execute(insert(backfills).values(**row, **times, state="queued"))
    connection.execute(insert(backfill_parts).values(**new_part(row["id"], REPOSITORIES, now)))
    return row["id"]


def _go_on(connection: Connection, backfill_id: str, now: int) -> None:
    change_parts(connection, backfill_id, "paused", **CALM, state="queued", due_at=now, changed_at=now)
    _look_again(connection, backfill_id, now)
    change_backfill(connection, backfill_id, state="queued", changed_at=now)


def _look_again(connection: Connection, backfill_id: str, now: int) -> None:
    """Have the list of repositories read once more, whatever became of it before; not while it is being read."""
    finder = (backfill_parts.c.backfill_id == backfill_id) & is_finder
    change = update(backfill_parts).where(finder, backfill_parts.c.state != "running")
    connection.execute(change.values(**CALM, state="queued", due_at=now, changed_at=now))
