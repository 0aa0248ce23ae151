"""People: who signed in to which organization, and the tenant in which an organization signs people in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("tenant_id", sa.String(36), nullable=False, server_default=""))
    op.create_table(
        "people",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("installation_id", sa.String(36), nullable=False, index=True),
        sa.Column("connection_id", sa.String(36), sa.ForeignKey("connections.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account_id", sa.String(128), nullable=False, index=True),
        sa.Column("ado_id", sa.String(64), nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reference", sa.String(512), nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("report_due_at", sa.BigInteger, nullable=False, server_default="0"),
        sa.UniqueConstraint("connection_id", "account_id"),
    )


def downgrade() -> None:
    op.drop_table("people")
    op.drop_column("connections", "tenant_id")
