"""The ledger: one row per entity that Jira was sent: ids, issue keys, a fingerprint, Jira's answer. Never content."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from store.db import metadata, read_only

NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up plain INTEGER keys only

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
    Column("state", String(12), nullable=False),  # accepted, failed, unknown (no key exists), stale (to be sent anew)
    Column("answer", String(300)),  # Jira's sentence of a refusal
    Column("unknown_keys", JSON, nullable=False),
    Column("lane", String(12), nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    UniqueConstraint("installation_id", "kind", "within", "entity_id"),
    Index("ix_sent_link_id_kind_repository_id", "link_id", "kind", "repository_id"),
)

sent_keys = Table(
    "sent_keys",
    metadata,
    Column("installation_id", String(36), primary_key=True),
    Column("issue_key", String(512), primary_key=True),
    Column("sent_id", NUMBER, ForeignKey("sent.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Ledger:
    """Reads and writes what Jira was sent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)
