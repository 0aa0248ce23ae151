"""Start: installations, connections, links, subscriptions and the keys that seal their secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installations",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("client_key", sa.String(255), nullable=False, unique=True),
        sa.Column("base_url", sa.String(255), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("shared_secret", sa.Text),
        sa.Column("oauth_client_id", sa.String(255)),
        sa.Column("oauth_secret_reference", sa.String(512)),
        sa.Column("cloud_id", sa.String(64)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("uninstalled_at", sa.BigInteger),
    )
    op.create_table(
        "connections",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("installation_id", sa.String(36), sa.ForeignKey("installations.id"), nullable=False, index=True),
        sa.Column("organization", sa.String(255), nullable=False),
        sa.Column("organization_url", sa.String(255), nullable=False),
        sa.Column("instance_id", sa.String(64), nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("token_state", sa.String(12), nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("installation_id", "organization_url"),
    )
    op.create_table(
        "links",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("installation_id", sa.String(36), sa.ForeignKey("installations.id"), nullable=False, index=True),
        sa.Column("connection_id", sa.String(36), sa.ForeignKey("connections.id"), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("hook", sa.String(64), nullable=False, unique=True),
        sa.Column("hook_secret", sa.Text, nullable=False),
        sa.Column("hook_digest", sa.String(64), nullable=False),
        sa.Column("previous_digest", sa.String(64)),
        sa.Column("jira_projects", sa.JSON),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.Column("backfill_since", sa.String(10)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("connection_id", "project_id"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("link_id", sa.String(36), sa.ForeignKey("links.id", ondelete="CASCADE"), nullable=False),
        sa.Column("event_type", sa.String(80), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.UniqueConstraint("link_id", "event_type"),
    )
    op.create_table(
        "data_keys",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(36), nullable=False, index=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("master_key", sa.String(255), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(36), nullable=False, index=True),
        sa.Column("sealed", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("tokens", "data_keys", "subscriptions", "links", "connections", "installations"):
        op.drop_table(table)
