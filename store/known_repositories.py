"""Repositories a link knows: under which name and address everything of them was last sent to Jira."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Engine, ForeignKey, String, Table, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from store.db import metadata, read_only
from store.links import select_link

known_repositories = Table(
    "known_repositories",
    metadata,
    Column("link_id", String(36), ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("repository_id", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),  # of name and address
    Column("missing_since", BigInteger),  # ms; when it was first not to be seen, null while it is there
)
REMOVED = "removed"  # the fingerprint of one that was deleted or moved away: what was built of it is not told any more
NAMES = ("link_id", "repository_id", "fingerprint", "missing_since")


@dataclass(frozen=True, slots=True)
class KnownRepository:
    fingerprint: str
    missing_since: int | None = None


class KnownRepositories:
    """Reads and writes what is known of the repositories of a link."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def read(self, link_id: str) -> Mapping[str, KnownRepository]:
        """By repository id."""
        table = known_repositories
        with self._reader.connect() as connection:
            rows = connection.execute(select(table).where(table.c.link_id == link_id)).all()
        return {row.repository_id: KnownRepository(row.fingerprint, row.missing_since) for row in rows}

    def save(self, link_id: str, repository_id: str, known: KnownRepository) -> None:
        """Keep a repository as it is now; a link that is gone keeps nothing."""
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        values = (literal(repository_id), literal(known.fingerprint), literal(known.missing_since, BigInteger))
        statement = insert(known_repositories).from_select(NAMES, select_link(link_id, *values))
        newest = {name: statement.excluded[name] for name in NAMES[2:]}
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=NAMES[:2], set_=newest))

    def forget(self, link_id: str, repository_id: str) -> None:
        table = known_repositories
        row = (table.c.link_id == link_id) & (table.c.repository_id == repository_id)
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(row))
