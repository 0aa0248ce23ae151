"""PostgreSQL databases at the newest schema, lent to one test after the other."""

from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from tests.postgres import PostgresServer

RELATIONS = "SELECT relname, relkind, relnatts FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
RESTART = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
# a test that left a transaction open keeps its database to itself; the order of tables does not matter
PREPARATIONS = "SET lock_timeout = '1s'; SET session_replication_role = replica"


class LentDatabases:
    """Makes as many as are needed at once. One that comes back is emptied: making one takes far longer."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        """`template` is the address of a migrated database without rows."""
        self._server, self._template = server, template
        self._free: list[str] = []
        with psycopg.connect(template) as connection:
            self._relations = connection.execute(RELATIONS).fetchall()
        tables = [name for name, kind, _columns in self._relations if kind == "r" and name != "alembic_version"]
        self._deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in tables]

    def lend(self) -> str:
        """The address of an empty one at the newest schema."""
        return self._free.pop() if self._free else self._server.database(self._template)

    def take_back(self, url: str) -> None:
        """Empty it for the next; one whose schema was changed is not lent again."""
        with suppress(psycopg.errors.LockNotAvailable), psycopg.connect(url, autocommit=True) as connection:
            if connection.execute(RELATIONS).fetchall() == self._relations:
                self._empty(connection)
                self._free.append(url)

    def _empty(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(PREPARATIONS)
        connection.execute(sql.SQL("; ").join(self._deletes))
        connection.execute(RESTART)
