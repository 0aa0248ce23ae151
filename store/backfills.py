"""Back-fills: one per link, in parts of one kind and one repository, each with its own cursor and state."""

from sqlalchemy import BigInteger, Column, Engine, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from store.db import metadata, read_only
from store.ledger import NUMBER

backfills = Table(
    "backfills",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), nullable=False, index=True),
    Column("link_id", String(36), ForeignKey("links.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("since", String(10), nullable=False),  # ISO date
    Column("state", String(12), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

backfill_parts = Table(
    "backfill_parts",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("backfill_id", String(36), ForeignKey("backfills.id", ondelete="CASCADE"), nullable=False),
    Column("repository_id", String(64), nullable=False),  # '' for what belongs to the whole project
    Column("name", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # commits, branches, pullRequests, builds, deployments
    Column("state", String(12), nullable=False),
    Column("cursor", Text),
    Column("turns", Integer, nullable=False),  # how often it was worked on: the part with the fewest is next
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("error_code", String(40)),
    Column("error", String(300)),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    UniqueConstraint("backfill_id", "repository_id", "kind"),
)


class Backfills:
    """Reads and writes back-fills and their parts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)
