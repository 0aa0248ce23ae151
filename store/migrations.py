"""Migrations: from which project of Azure DevOps into which Jira project, and what is taken along.

Their mappings are in `mappings`, their scans in `scans`, their runs in `runs`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Row,
    Select,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from domain.errors import UnknownObject, WrongState
from store.db import metadata, read_only
from store.run_records import runs, still_open
from store.scans import scans

READER_IN_USE = (
    "A run of this migration is reading Azure DevOps just now. Pause it, or cancel it, wait until it stands still, and "
    "choose then with whose rights it reads."
)

migrations = Table(
    "migrations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), nullable=False, index=True),
    Column("connection_id", String(36), nullable=False, index=True),
    Column("project_id", String(36), nullable=False),  # of Azure DevOps
    Column("project_name", String(255), nullable=False),
    Column("jira_project", String(64), nullable=False),  # key
    Column("jira_project_id", String(32), nullable=False),
    Column("board_id", BigInteger),
    Column("scope", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("mapping_version", Integer, nullable=False),  # 0: there is no mapping yet
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("read_as", String(12), nullable=False, server_default="connection"),
    Column("reader", String(128), index=True),  # an Atlassian account, as whose owner it reads
    Column("reader_ado_id", String(64)),  # that owner's id in the organization when it was chosen
    Column("reader_at", BigInteger, nullable=False, server_default="0"),  # ms; when that was last confirmed to be so
    Column("report_due_at", BigInteger, nullable=False, server_default="0"),  # ms; see store/person_reports.py
)


ReadAs = Literal["connection", "person"]
NOBODY = {"reader": None, "reader_ado_id": None}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which work items are taken: below an area, of some types (all when empty), of a WIQL query's condition."""

    area_path: str | None = None
    types: tuple[str, ...] = ()
    wiql: str | None = None

    def takes_type(self, name: str) -> bool:
        """Whether work items of a type are taken. Azure DevOps tells names of types apart without regard to case."""
        return not self.types or name.casefold() in {one.casefold() for one in self.types}


@dataclass(frozen=True, slots=True)
class Options:
    """What is taken along with the work items."""

    comments: bool = True
    attachments: bool = True
    links: bool = True
    history: bool = False


@dataclass(frozen=True, slots=True)
class NewMigration:
    """What a person asks for. `project_id` is the GUID of the project in Azure DevOps; `reader` the Atlassian account
    as whose owner it reads there, None for the token of the connection; `reader_ado_id` that owner's id there.
    """

    connection_id: str
    project_id: str
    project_name: str
    jira_project: str
    jira_project_id: str
    board_id: int | None = None
    scope: Scope = Scope()
    options: Options = Options()
    reader: str | None = None
    reader_ado_id: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration; `mapping_version` 0 when it has no mapping yet, times in ms. One that reads as a person and has no
    `reader` has lost them: somebody has to choose again. `reader_ado_id` is who that account was in the organization.
    """

    id: str
    installation_id: str
    connection_id: str
    project_id: str
    project_name: str
    jira_project: str
    jira_project_id: str
    board_id: int | None
    scope: Scope
    options: Options
    mapping_version: int
    created_at: int
    changed_at: int
    read_as: ReadAs
    reader: str | None
    reader_ado_id: str | None


class Migrations:
    """Reads and writes migrations. One is deleted by `Runs.delete_migration`, which knows what hangs on it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def add(self, installation_id: str, wanted: NewMigration, now: int) -> Migration:
        """A new migration of a site."""
        row = {name: getattr(wanted, name) for name in NewMigration.__slots__}
        row |= {"scope": _write(wanted.scope), "options": _write(wanted.options)}
        row |= {"id": str(uuid4()), "installation_id": installation_id, "mapping_version": 0}
        row |= _reading(wanted.reader, wanted.reader_ado_id, now)
        with self._engine.begin() as connection:
            connection.execute(insert(migrations).values(**row, created_at=now, changed_at=now))
            return _record(connection.execute(select(migrations).where(migrations.c.id == row["id"])).one())

    def find(self, migration_id: str) -> Migration | None:
        """A migration of whatever site, for workers; who answers a person asks `find_own`."""
        found = self._many(migrations.c.id == migration_id)
        return found[0] if found else None

    def find_own(self, installation_id: str, migration_id: str) -> Migration | None:
        """A migration of a site; None for another one's."""
        found = self._many((migrations.c.id == migration_id) & (migrations.c.installation_id == installation_id))
        return found[0] if found else None

    def list_for(self, installation_id: str) -> Sequence[Migration]:
        """The migrations of a site, the newest first."""
        return self._many(migrations.c.installation_id == installation_id)

    def list_connection(self, connection_id: str) -> Sequence[str]:
        """The ids of the migrations of a connection."""
        return [one.id for one in self._many(migrations.c.connection_id == connection_id)]

    def list_lent(self, connection_id: str, account_id: str) -> Sequence[str]:
        """The ids of the migrations of a connection that read as this person."""
        return [one.id for one in self._many(_lent_by(connection_id, account_id))]

    def set_reader(
        self, migration_id: str, account_id: str | None, now: int, *, ado_id: str | None = None,
        despite_run: bool = False,
    ) -> None:  # fmt: skip
        """Let a migration read as a person from now on, who is `ado_id` there; None: with the token of the connection.
        Its scan goes: it tells what somebody else sees.

        Raises UnknownObject when it is gone, WrongState while a run of it works, unless `despite_run`.
        """
        with self._engine.begin() as connection:
            # first, as whoever starts a scan has it before the migration
            connection.execute(delete(scans).where(scans.c.migration_id == migration_id))
            lock_migration(connection, migration_id)  # whoever starts a run waits
            if not despite_run and connection.execute(_working_run(migration_id)).first():
                raise WrongState(READER_IN_USE, code="run_open")
            values = _reading(account_id, ado_id, now) | {"changed_at": now}
            connection.execute(update(migrations).where(migrations.c.id == migration_id).values(**values))

    def note_reader(self, account_id: str, now: int) -> None:
        """What is held of an account was confirmed just now."""
        self._change(migrations.c.reader == account_id, reader_at=now)

    def forget_reader(self, account_id: str) -> None:
        """Hold nothing of an account any more, on any site; its migrations then ask for somebody else."""
        self._change(migrations.c.reader == account_id, **NOBODY)

    def forget_readers(self, installation_id: str) -> None:
        """The same for everybody of a site."""
        self._change(migrations.c.installation_id == installation_id, **NOBODY)

    def forget_lenders(self, connection_id: str) -> None:
        """The same for everybody of a connection."""
        self._change(migrations.c.connection_id == connection_id, **NOBODY)

    def take_back(self, connection_id: str, account_id: str, *, but_for: str = "") -> None:
        """No migration of a connection reads as this person any more, but for those that read as this id there."""
        other = migrations.c.reader_ado_id.is_distinct_from(but_for)
        self._change(_lent_by(connection_id, account_id) & other, **NOBODY)

    def forget_tenant(self, installation_id: str) -> None:
        """Delete every migration of a site that is gone, scans and mappings with it."""
        with self._engine.begin() as connection:
            connection.execute(delete(migrations).where(migrations.c.installation_id == installation_id))

    def _change(self, condition: ColumnElement[bool], **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(migrations).where(condition).values(**values))

    def _many(self, condition: ColumnElement[bool]) -> Sequence[Migration]:
        query = select(migrations).where(condition).order_by(migrations.c.created_at.desc(), migrations.c.id)
        with self._reader.connect() as connection:
            return [_record(row) for row in connection.execute(query)]


def lock_migration(connection: Connection, migration_id: str) -> None:
    """Lock the row of a migration until the transaction ends. Raises UnknownObject when it is gone."""
    query = select(migrations.c.id).where(migrations.c.id == migration_id).with_for_update()
    if connection.execute(query).one_or_none() is None:
        raise UnknownObject("This migration is gone. Load the list again.")


def _working_run(migration_id: str) -> Select[tuple[str]]:
    works = runs.c.state.in_(("queued", "running", "pausing"))
    return select(runs.c.id).where(runs.c.migration_id == migration_id, still_open, works)


def _lent_by(connection_id: str, account_id: str) -> ColumnElement[bool]:
    return (migrations.c.connection_id == connection_id) & (migrations.c.reader == account_id)


def _write(record: Scope | Options) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__slots__}


def _reading(account_id: str | None, ado_id: str | None, now: int) -> dict[str, Any]:
    """The columns that say as whom a migration reads."""
    read_as: ReadAs = "person" if account_id else "connection"
    return {
        "read_as": read_as, "reader": account_id, "reader_ado_id": ado_id, "reader_at": now, "report_due_at": 0
    }  # fmt: skip


def _record(row: Row[Any]) -> Migration:
    values = {name: row._mapping[name] for name in Migration.__slots__}
    scope = values["scope"] | {"types": tuple(values["scope"]["types"])}
    return Migration(**values | {"scope": Scope(**scope), "options": Options(**values["options"])})
