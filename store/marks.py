"""High-water marks: up to when what happened in a linked project is known to be in Jira."""

from sqlalchemy import BigInteger, Column, Engine, ForeignKey, String, Table

from store.db import metadata, read_only

marks = Table(
    "marks",
    metadata,
    Column("link_id", String(36), ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("part", String(64), primary_key=True),  # a repository id, '' for the whole project
    Column("at", BigInteger, nullable=False),  # ms
)


class Marks:
    """Reads and moves marks; a mark never moves back by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)
