"""Mappings of migrations: documents, of which every version that differs from the one before is kept.

A run names the version it uses, so a later change touches no run that is under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from domain.errors import UnknownObject
from domain.records import Json
from store.db import metadata, read_only
from store.migrations import migrations
from store.runs import runs

VERSIONS_KEPT = 100  # and those that runs name

mapping_versions = Table(
    "mapping_versions",
    metadata,
    Column("migration_id", String(36), ForeignKey("migrations.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """One version of a mapping without its document; `at` in ms."""

    version: int
    at: int


class Mappings:
    """Reads and writes the mappings of migrations."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def read(self, migration_id: str, version: int | None = None) -> Json | None:
        """The document of a version, the newest unless one is named; None when there is none."""
        wanted = mapping_versions.c.migration_id == migration_id
        if version is not None:
            wanted &= mapping_versions.c.version == version
        query = select(mapping_versions.c.document).where(wanted).order_by(mapping_versions.c.version.desc()).limit(1)
        with self._reader.connect() as connection:
            document: Json | None = connection.execute(query).scalar_one_or_none()
        return document

    def list_versions(self, migration_id: str) -> Sequence[MappingVersion]:
        """The versions that are kept, the newest first."""
        query = select(mapping_versions.c.version, mapping_versions.c.at)
        mine = mapping_versions.c.migration_id == migration_id
        with self._reader.connect() as connection:
            rows = connection.execute(query.where(mine).order_by(mapping_versions.c.version.desc())).all()
        return [MappingVersion(*row) for row in rows]

    def put(self, migration_id: str, document: Json, now: int) -> int:
        """Make `document` the mapping; returns its version, which is the one before when nothing changed.

        Raises UnknownObject when the migration is gone.
        """
        with self._engine.begin() as connection:
            before = _lock_version(connection, migration_id)
            if before and _read_document(connection, migration_id, before) == document:
                return before
            row = {"migration_id": migration_id, "version": before + 1, "document": document, "at": now}
            connection.execute(insert(mapping_versions).values(**row))
            change = update(migrations).where(migrations.c.id == migration_id)
            connection.execute(change.values(mapping_version=before + 1, changed_at=now))
            _drop_old(connection, migration_id, before + 1 - VERSIONS_KEPT)
        return before + 1


def _lock_version(connection: Connection, migration_id: str) -> int:
    query = select(migrations.c.mapping_version).where(migrations.c.id == migration_id).with_for_update()
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise UnknownObject("This migration is gone. Load the list again.")
    return int(found)


def _read_document(connection: Connection, migration_id: str, version: int) -> Json:
    same = (mapping_versions.c.migration_id == migration_id) & (mapping_versions.c.version == version)
    document: Json = connection.execute(select(mapping_versions.c.document).where(same)).scalar_one()
    return document


def _drop_old(connection: Connection, migration_id: str, last: int) -> None:
    used = select(runs.c.mapping_version).where(runs.c.migration_id == migration_id)
    old = (mapping_versions.c.migration_id == migration_id) & (mapping_versions.c.version <= last)
    connection.execute(delete(mapping_versions).where(old, mapping_versions.c.version.not_in(used)))
