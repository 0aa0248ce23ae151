"""What became of what, for good: work item to issue, comment to comment, file to attachment. Ids, numbers and hashes.

It outlives runs and migrations: a later run of the same project adopts what is there instead of making it twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from store.db import metadata, read_only

PartKind = Literal["comment", "file", "link", "sprint"]
AT_ONCE = 500  # ids in one statement

item_map = Table(
    "item_map",
    metadata,
    Column("installation_id", String(36), nullable=False),
    Column("connection_id", String(36), nullable=False),
    Column("jira_project_id", String(32), nullable=False),
    Column("source_id", BigInteger, nullable=False),
    Column("issue_id", String(32), nullable=False),
    Column("issue_key", String(128), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("hash", String(64), nullable=False),  # of what was mapped
    Column("run_id", String(36), nullable=False),  # the run that wrote it last
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("installation_id", "connection_id", "jira_project_id", "source_id"),
    Index("ix_item_map_run_id", "run_id"),
)

part_map = Table(
    "part_map",
    metadata,
    Column("installation_id", String(36), nullable=False),
    Column("connection_id", String(36), nullable=False),
    Column("jira_project_id", String(32), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("source_id", BigInteger, nullable=False),
    Column("part", String(128), nullable=False),  # id of a comment, GUID of a file, link type and other end, digest
    Column("target_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),  # of a comment
    Column("bytes", BigInteger, nullable=False),  # of a file
    Column("hash", String(64), nullable=False),  # of a file: SHA-256 of its bytes
    Column("run_id", String(36), nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("installation_id", "connection_id", "jira_project_id", "kind", "source_id", "part"),
    Index("ix_part_map_run_id", "run_id"),
)


@dataclass(frozen=True, slots=True)
class MapPlace:
    """Where a map counts: a site, an organization, and the id of a Jira project."""

    installation_id: str
    connection_id: str
    jira_project_id: str


@dataclass(frozen=True, slots=True)
class MappedItem:
    """A work item of that revision is this issue; `hash` covers what was mapped ('' when it was only adopted)."""

    source_id: int
    issue_id: str
    issue_key: str
    revision: int
    hash: str


@dataclass(frozen=True, slots=True)
class MappedPart:
    """A comment, a file or a link of a work item, and the id of what it is in Jira; of a link between work items, which
    Jira tells no id of, the issue at its other end.
    """

    kind: PartKind
    source_id: int
    part: str
    target_id: str
    version: int = 0
    bytes: int = 0
    hash: str = ""


class ItemMap:
    """Reads which issue a work item is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def find_many(self, place: MapPlace, source_ids: Collection[int]) -> Mapping[int, MappedItem]:
        """The issues of those work items that have one."""
        columns = [item_map.c[field.name] for field in fields(MappedItem)]
        query = select(*columns).where(_inside(item_map, place))
        with self._reader.connect() as connection:
            rows = _find_some(connection, query, item_map.c.source_id, source_ids)
        return {row.source_id: MappedItem(*row) for row in rows}

    def forget_tenant(self, installation_id: str) -> None:
        """Delete what is known of a site that is gone, of its comments, files and links too."""
        with self._engine.begin() as connection:
            for table in (part_map, item_map):
                connection.execute(delete(table).where(table.c.installation_id == installation_id))


class PartMap:
    """Reads what the comments, files and links of work items are in Jira."""

    def __init__(self, engine: Engine) -> None:
        self._reader = read_only(engine)

    def find_many(
        self, place: MapPlace, kind: PartKind, source_ids: Collection[int], run_id: str | None = None
    ) -> Mapping[tuple[int, str], MappedPart]:
        """Those of some work items, by work item and part; only what one run wrote, where that is given."""
        columns = [part_map.c[field.name] for field in fields(MappedPart)]
        query = select(*columns).where(_inside(part_map, place), part_map.c.kind == kind)
        if run_id is not None:
            query = query.where(part_map.c.run_id == run_id)
        with self._reader.connect() as connection:
            rows = _find_some(connection, query, part_map.c.source_id, source_ids)
        return {(row.source_id, row.part): MappedPart(*row) for row in rows}


def put_items(connection: Connection, place: MapPlace, items: Iterable[MappedItem], run_id: str, now: int) -> None:
    """Write them down within a transaction of the caller; one that is known is replaced. What was on an issue that
    another one takes the place of is forgotten: it is gone with that issue, or stays on it.
    """
    issues = {item.source_id: item for item in items}
    _forget_parts(connection, place, {source: item.issue_id for source, item in issues.items()})
    _upsert(connection, item_map, [_row(place, item, run_id, now) for item in issues.values()])


def put_parts(connection: Connection, place: MapPlace, parts: Iterable[MappedPart], run_id: str, now: int) -> None:
    """Write down, within a transaction of the caller, what Jira said that it has; one that is known is replaced."""
    _upsert(connection, part_map, [_row(place, part, run_id, now) for part in parts])


def _forget_parts(connection: Connection, place: MapPlace, issues: Mapping[int, str]) -> None:
    """Delete the parts of work items that have another issue from now on; locks what is known of them."""
    query = select(item_map.c.source_id, item_map.c.issue_id).where(_inside(item_map, place))
    locking = query.order_by(item_map.c.source_id).with_for_update()
    known = _find_some(connection, locking, item_map.c.source_id, issues)
    moved = [row.source_id for row in known if row.issue_id != issues[row.source_id]]
    for start in range(0, len(moved), AT_ONCE):
        some = part_map.c.source_id.in_(moved[start : start + AT_ONCE])
        connection.execute(delete(part_map).where(_inside(part_map, place), some))


def _row(place: MapPlace, record: MappedItem | MappedPart, run_id: str, now: int) -> dict[str, Any]:
    where = {name: getattr(place, name) for name in MapPlace.__slots__}
    what = {name: getattr(record, name) for name in record.__slots__}
    return where | what | {"run_id": run_id, "at": now}


def _upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    # in one order, so that two transactions that write the same rows do not wait for each other
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in keys))
    statement = insert(table)
    newest = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=newest), ordered)


def _inside(table: Table, place: MapPlace) -> ColumnElement[bool]:
    same = (table.c.installation_id == place.installation_id) & (table.c.connection_id == place.connection_id)
    return same & (table.c.jira_project_id == place.jira_project_id)


def _find_some(connection: Connection, query: Any, column: Any, ids: Collection[int]) -> list[Any]:
    wanted = sorted(set(ids))
    rows: list[Any] = []
    for start in range(0, len(wanted), AT_ONCE):
        rows += connection.execute(query.where(column.in_(wanted[start : start + AT_ONCE]))).all()
    return rows
