"""The tables behind the ledger, their rows, and how rows are found and written. Decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from domain.changes import Identity, Kind
from domain.lanes import Lane
from domain.novelty import SentState
from store.db import metadata

NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up plain INTEGER keys only
FOUND_AT_ONCE = 500  # rows in one statement
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped

sent = Table(
    "sent",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("installation_id", String(36), nullable=False),
    Column("link_id", String(36), nullable=False),
    Column("kind", String(16), nullable=False),  # as `domain.changes.Kind`
    Column("within", String(64), nullable=False),  # the repository of a devinfo kind, else ''
    Column("entity_id", String(1024), nullable=False),
    Column("repository_id", String(64)),
    Column("keys", JSON, nullable=False),  # list of issue keys
    Column("sequence", BigInteger, nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of what was sent, without its times
    Column("state", String(12), nullable=False),  # as `domain.novelty.SentState`
    Column("answer", String(300)),  # Jira's sentence of a refusal
    Column("unknown_keys", JSON, nullable=False),
    Column("lane", String(12), nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    UniqueConstraint("installation_id", "kind", "within", "entity_id"),
    Index("ix_sent_link_id_kind", "link_id", "kind"),
    Index("ix_sent_repository_id_kind", "repository_id", "kind"),
)

sent_keys = Table(
    "sent_keys",
    metadata,
    Column("installation_id", String(36), primary_key=True),
    Column("issue_key", String(512), primary_key=True),
    Column("sent_id", NUMBER, ForeignKey("sent.id", ondelete="CASCADE"), primary_key=True, index=True),
)


@dataclass(frozen=True, slots=True)
class SentRow:
    """One thing that Jira was sent. `sequence` and `sent_at` in ms; `within` is '' for builds and deployments.

    `answer` is Jira's sentence when it refused. `id` counts for nothing when a row is written.
    """

    id: int
    link_id: str
    kind: Kind
    within: str
    entity_id: str
    repository_id: str | None
    keys: tuple[str, ...]
    sequence: int
    fingerprint: str
    state: SentState
    answer: str | None
    unknown_keys: tuple[str, ...]
    lane: Lane
    sent_at: int

    @property
    def identity(self) -> Identity:
        return self.kind, self.within or None, self.entity_id


_WRITTEN = tuple(field.name for field in fields(SentRow) if field.name != "id")
_CHANGED = tuple(name for name in _WRITTEN if name not in {"kind", "within", "entity_id"})
# made once: a statement that is put together at each call costs more than what it finds
_FIND = select(sent).where(
    sent.c.installation_id == bindparam("installation"),
    sent.c.kind == bindparam("kind"),
    sent.c.within == bindparam("within"),
    sent.c.entity_id.in_(bindparam("ids", expanding=True)),
)
_UPDATE = update(sent).where(sent.c.id == bindparam("row_id")).values({name: bindparam(name) for name in _CHANGED})

# On PostgreSQL every statement is a call to another machine, so one does for any number of rows: they go there as JSON.
# The text is the driver's own: what SQLAlchemy does for each statement takes as long as the statement.
# https://www.postgresql.org/docs/current/functions-json.html (json_to_recordset)
# It is planned once, maybe while the table is small, and a join would go on reading the whole of it when it has grown.
# So each row is looked up by itself, by its index: OFFSET 0 keeps it from being made a join.
# https://www.postgresql.org/docs/current/runtime-config-query.html
_TYPES = {name: sent.c[name].type.compile(_DIALECT) for name in ("id", *_WRITTEN)}
_RECORDS = f"json_to_recordset(%s::json) AS written ({', '.join(f'{name} {kind}' for name, kind in _TYPES.items())})"
_SET_LOCK = """
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
  pg_advisory_xact_lock_shared(hashtextextended(%s, 0)), pg_advisory_xact_lock(hashtextextended(place, 0))
FROM unnest(%s::text[]) AS place"""
_SET_FIND = f"""
SELECT {", ".join(f"found.{field.name}" for field in fields(SentRow))}
FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted (kind, within, entity_id) CROSS JOIN LATERAL (
  SELECT * FROM sent WHERE installation_id = %s
  AND kind = wanted.kind AND within = wanted.within AND entity_id = wanted.entity_id OFFSET 0
) AS found"""  # noqa: S608  # names of columns
_SET_INSERT = f"""
INSERT INTO sent (installation_id, {", ".join(_WRITTEN)})
SELECT %s, {", ".join(_WRITTEN)} FROM {_RECORDS}"""  # noqa: S608  # names of columns
# only of rows that are still there: what somebody deleted meanwhile must not come back
_SET_UPDATE = f"""
INSERT INTO sent (id, installation_id, {", ".join(_WRITTEN)})
SELECT written.id, %s, {", ".join(f"written.{name}" for name in _WRITTEN)} FROM {_RECORDS}
CROSS JOIN LATERAL (SELECT FROM sent WHERE id = written.id OFFSET 0 FOR UPDATE) AS found
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _CHANGED)}"""  # noqa: S608
_SET_KEYS = (
    "INSERT INTO sent_keys (installation_id, issue_key, sent_id) SELECT %s, * FROM unnest(%s::text[], %s::bigint[])"
)


def _is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def lock_places(connection: Connection, installation_id: str, identities: Iterable[Identity]) -> None:
    """Let one transaction at a time, until its end, write what belongs to a repository or a pipeline; none while many
    rows of the site are changed.

    Everybody locks the site, then its places in order, so nobody waits for one who waits for him. SQLite
    has one writer anyway.
    """
    if _is_postgres(connection):
        places = {within or entity_id.partition("/")[0] for _kind, within, entity_id in identities}
        names = sorted(f"{installation_id}/{place}" for place in places)
        connection.exec_driver_sql(_SET_LOCK, (installation_id, names))


def lock_site(connection: Connection, installation_id: str) -> None:
    """Let nobody else write anything of a site until the transaction ends: many rows are to be changed."""
    if _is_postgres(connection):
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(installation_id, 0))))


def find_rows(connection: Connection, installation_id: str, identities: Iterable[Identity]) -> dict[Identity, SentRow]:
    """The rows of `identities`, removed ones too; some statements for a thousand."""
    wanted = sorted({(kind, within or "", entity_id) for kind, within, entity_id in identities})
    if _is_postgres(connection):
        return _find_set(connection, installation_id, wanted)
    found: dict[Identity, SentRow] = {}
    for (kind, within), group in groupby(wanted, key=lambda identity: identity[:2]):
        ids = [entity_id for _kind, _within, entity_id in group]
        for start in range(0, len(ids), FOUND_AT_ONCE):
            asked = {"installation": installation_id, "kind": kind, "within": within}
            rows = connection.execute(_FIND, asked | {"ids": ids[start : start + FOUND_AT_ONCE]})
            found |= {row.identity: row for row in map(row_of, rows)}
    return found


def _find_set(
    connection: Connection, installation_id: str, wanted: Sequence[tuple[str, str, str]]
) -> dict[Identity, SentRow]:
    columns = [list(column) for column in zip(*wanted, strict=True)] or [[], [], []]
    rows = connection.exec_driver_sql(_SET_FIND, (*columns, installation_id)).all()
    return {row.identity: row for row in map(row_of, rows)}


def write_rows(
    connection: Connection, installation_id: str, rows: Sequence[SentRow], known: Mapping[Identity, SentRow]
) -> None:
    """Insert each row, or put it in the place of the one that `known` has of the same thing; keys are not touched."""
    fresh = [row for row in rows if row.identity not in known]
    changed = [replace(row, id=known[row.identity].id) for row in rows if row.identity in known]
    if fresh and _is_postgres(connection):
        connection.exec_driver_sql(_SET_INSERT, (installation_id, orjson.dumps(fresh).decode()))
    elif fresh:
        connection.execute(insert(sent), [{"installation_id": installation_id} | _values(row) for row in fresh])
    if changed and _is_postgres(connection):
        connection.exec_driver_sql(_SET_UPDATE, (installation_id, orjson.dumps(changed).decode()))
    elif changed:
        connection.execute(_UPDATE, [_values(row, _CHANGED) | {"row_id": row.id} for row in changed])


def write_keys(
    connection: Connection, installation_id: str, rows: Sequence[SentRow], known: Mapping[Identity, SentRow]
) -> None:
    """Have the index of issue keys say what `rows` (with their ids) say instead of what `known` said of them."""
    changed = [row for row in rows if row.identity in known and known[row.identity].keys]
    for start in range(0, len(changed), FOUND_AT_ONCE):
        ids = [row.id for row in changed[start : start + FOUND_AT_ONCE]]
        connection.execute(delete(sent_keys).where(sent_keys.c.sent_id.in_(ids)))
    named = [(key, row.id) for row in rows for key in dict.fromkeys(row.keys)]
    if named and _is_postgres(connection):
        connection.exec_driver_sql(
            _SET_KEYS, (installation_id, [key for key, _id in named], [row_id for _key, row_id in named])
        )
    elif named:
        values = [{"installation_id": installation_id, "issue_key": key, "sent_id": row_id} for key, row_id in named]
        connection.execute(insert(sent_keys), values)


def row_of(row: Row[Any]) -> SentRow:
    values = dict(row._mapping)
    values |= {name: tuple(values[name]) for name in ("keys", "unknown_keys")}
    return SentRow(**{field.name: values[field.name] for field in fields(SentRow)})


def _values(row: SentRow, names: Sequence[str] = _WRITTEN) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return values | {"keys": list(row.keys), "unknown_keys": list(row.unknown_keys)}
