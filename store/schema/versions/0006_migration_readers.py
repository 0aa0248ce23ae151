"""As whom a migration reads Azure DevOps: as the connection, or as a person who signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("migrations", sa.Column("read_as", sa.String(12), nullable=False, server_default="connection"))
    op.add_column("migrations", sa.Column("reader", sa.String(128)))
    op.add_column("migrations", sa.Column("reader_ado_id", sa.String(64)))
    op.add_column("migrations", sa.Column("reader_at", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("migrations", sa.Column("report_due_at", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_migrations_reader", "migrations", ["reader"])


def downgrade() -> None:
    op.drop_index("ix_migrations_reader", "migrations")
    for column in ("report_due_at", "reader_at", "reader_ado_id", "reader", "read_as"):
        op.drop_column("migrations", column)
