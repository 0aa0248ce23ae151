"""Erasures: what Jira was told to forget and has not yet proved to have forgotten."""

from sqlalchemy import JSON, BigInteger, Column, Engine, Integer, String, Table

from store.db import metadata, read_only

erasures = Table(
    "erasures",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), nullable=False, index=True),
    Column("properties", JSON, nullable=False),  # those by which Jira finds what was sent
    Column("state", String(12), nullable=False),  # told, failed
    Column("tries", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


class Erasures:
    """Reads and writes erasures."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)
