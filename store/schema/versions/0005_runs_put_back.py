"""When a run was done, and which rows lack what failed: for repairs that are cancelled, and for what they mend."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("done_at", sa.BigInteger))
    op.execute("UPDATE runs SET done_at = ended_at WHERE state = 'done'")
    mendable = sa.text("reason IN ('parent_missing', 'sprint_missing', 'component_missing')")
    op.create_index("ix_run_rows_mendable", "run_rows", ["run_id"], sqlite_where=mendable, postgresql_where=mendable)


def downgrade() -> None:
    op.drop_index("ix_run_rows_mendable", "run_rows")
    op.drop_column("runs", "done_at")
