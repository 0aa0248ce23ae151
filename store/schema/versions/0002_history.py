"""History: what Jira was sent, how far history is read, what a site chose."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up plain INTEGER keys only


def upgrade() -> None:
    op.add_column("connections", sa.Column("token_expires_at", sa.BigInteger))
    op.add_column("links", sa.Column("secret_told_at", sa.BigInteger))
    op.add_column("links", sa.Column("problems", sa.JSON))
    op.create_table(
        "sent",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("installation_id", sa.String(36), nullable=False),
        sa.Column("link_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("within", sa.String(64), nullable=False),
        sa.Column("entity_id", sa.String(1024), nullable=False),
        sa.Column("repository_id", sa.String(64)),
        sa.Column("keys", sa.JSON, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("answer", sa.String(300)),
        sa.Column("unknown_keys", sa.JSON, nullable=False),
        sa.Column("lane", sa.String(12), nullable=False),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("installation_id", "kind", "within", "entity_id"),
    )
    op.create_index("ix_sent_link_id_kind", "sent", ["link_id", "kind"])
    op.create_index("ix_sent_repository_id_kind", "sent", ["repository_id", "kind"])
    op.create_table(
        "sent_keys",
        sa.Column("installation_id", sa.String(36), primary_key=True),
        sa.Column("issue_key", sa.String(512), primary_key=True),
        sa.Column("sent_id", NUMBER, sa.ForeignKey("sent.id", ondelete="CASCADE"), primary_key=True, index=True),
    )
    op.create_table(
        "marks",
        sa.Column("link_id", sa.String(36), sa.ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(24), primary_key=True),
        sa.Column("part", sa.String(64), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "known_repositories",
        sa.Column("link_id", sa.String(36), sa.ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("repository_id", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("missing_since", sa.BigInteger),
    )
    op.create_table(
        "backfills",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("installation_id", sa.String(36), nullable=False, index=True),
        sa.Column("link_id", sa.String(36), sa.ForeignKey("links.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("turn_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "backfill_parts",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("backfill_id", sa.String(36), sa.ForeignKey("backfills.id", ondelete="CASCADE"), nullable=False),
        sa.Column("repository_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("default_branch", sa.String(255)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("taken_at", sa.BigInteger),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("error_code", sa.String(40)),
        sa.Column("error", sa.String(300)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("backfill_id", "repository_id", "kind"),
    )
    op.create_table(
        "site_settings",
        sa.Column("installation_id", sa.String(36), primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("installation_id", sa.String(36), nullable=False, index=True),
        sa.Column("properties", sa.JSON, nullable=False),
        sa.Column("links", sa.JSON, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    made = ("erasures", "site_settings", "backfill_parts", "backfills", "known_repositories", "marks")
    for table in (*made, "sent_keys", "sent"):
        op.drop_table(table)
    op.drop_column("links", "problems")
    op.drop_column("links", "secret_told_at")
    op.drop_column("connections", "token_expires_at")
