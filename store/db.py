"""The database: one engine, the same statements on SQLite (WAL) and PostgreSQL.

Times are whole milliseconds since 1970.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import orjson
import psycopg
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from domain.errors import StoreUnavailable

SCHEMA = Path(__file__).parent / "schema"
BUSY_MILLISECONDS = 30_000
READS_ONLY = "reads_only"
USED = "used"  # when a connection was given back (monotonic seconds)
REST_SECONDS = 0.05  # no server is down and up again in less
# deadlock_detected, serialization_failure: https://www.postgresql.org/docs/current/errcodes-appendix.html
TO_REPEAT = frozenset({"40P01", "40001"})
MOST_TRIES = 5
Written = TypeVar("Written")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class SchemaError(Exception):
    """The database is not at the schema this code needs; the text says which command brings it there."""


def open_database(url: str) -> Engine:
    """An engine for `url`; plain `postgresql://` means psycopg 3. Nothing is connected yet."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database and address.database != ":memory:":
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            address, hide_parameters=True, json_serializer=_write_json
        )  # an error must not show what a row holds
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(
        address, pool_size=10, max_overflow=20, pool_use_lifo=True, hide_parameters=True, json_serializer=_write_json
    )
    event.listen(engine, "checkout", partial(_check_rested, engine.dialect))
    event.listen(engine, "checkin", _note_use)
    return engine


def _check_rested(dialect: Dialect, raw: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask whether a connection still stands that nobody used for a moment. `pool_pre_ping` asks each time, which is one
    more call for each transaction. SQLAlchemy opens others in place of those that broke.

    https://docs.sqlalchemy.org/en/21/core/pooling.html#disconnect-handling-pessimistic
    """
    if time.monotonic() - record.info.get(USED, 0.0) < REST_SECONDS:
        return
    try:
        dialect.do_ping(raw)
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _note_use(_raw: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[USED] = time.monotonic()


def _write_json(value: object) -> str:
    return orjson.dumps(value).decode()


def _prepare_sqlite(raw: object, _record: object) -> None:
    raw.isolation_level = None  # type: ignore[attr-defined]  # sqlite3 must not begin by itself, see _begin_immediate
    cursor = raw.cursor()  # type: ignore[attr-defined]  # the DBAPI connection has no type of its own
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MILLISECONDS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # A read that later writes would fail at once with "database is locked": take the write lock at the start.
    if not connection.get_execution_options().get(READS_ONLY):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def read_only(engine: Engine) -> Engine:
    """The same engine for reading: on SQLite its connections never take the write lock."""
    return engine.execution_options(**{READS_ONLY: True})


def run_transaction(engine: Engine, work: Callable[[Connection], Written]) -> Written:
    """What `work` returns, done in one transaction; for what changes many rows.

    Of transactions that wait for each other PostgreSQL ends one: it is done again, MOST_TRIES times in all. So `work`
    may run several times; it changes nothing but the database. Raises SQLAlchemyError.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            with engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in TO_REPEAT:
                raise
    with engine.begin() as connection:
        return work(connection)


def alembic_config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCHEMA))
    config.attributes["engine"] = engine
    return config


def schema_of(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_schema(engine: Engine) -> None:
    """Raise SchemaError unless the database is at the newest schema, StoreUnavailable when it cannot be reached."""
    wanted = ScriptDirectory.from_config(alembic_config(engine)).get_current_head()
    try:
        found = schema_of(engine)
    except OperationalError as error:
        raise StoreUnavailable(f"the database cannot be reached: {type(error.orig).__name__}") from None
    if found != wanted:
        raise SchemaError(
            f"The database has schema {found or 'none'} and this version needs {wanted}. "
            "Run: flask --app wsgi crosswalk upgrade-database"
        )
