"""Rows tell everything that was lost, by codes in one column; those come first that a repair can mend."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MENDABLE = ("parent_missing", "sprint_missing", "component_missing")
INDEX = "ix_run_rows_mendable"


def upgrade() -> None:
    op.drop_index(INDEX, "run_rows")
    with op.batch_alter_table("run_rows") as table:
        table.alter_column("reason", existing_type=sa.String(40), type_=sa.String(400))
    _create_index(" OR ".join(f"substr(reason, 1, {len(code)}) = '{code}'" for code in MENDABLE))


def downgrade() -> None:
    """Of several codes that which a repair can mend stays, else as many as fit."""
    op.drop_index(INDEX, "run_rows")
    shorten = sa.text("UPDATE run_rows SET reason = :code WHERE reason LIKE :several")
    for code in MENDABLE:
        op.execute(shorten.bindparams(code=code, several=f"{code},%"))
    op.execute("UPDATE run_rows SET reason = substr(reason, 1, 40) WHERE length(reason) > 40")
    with op.batch_alter_table("run_rows") as table:
        table.alter_column("reason", existing_type=sa.String(400), type_=sa.String(40))
    _create_index(f"reason IN {MENDABLE}")


def _create_index(mendable: str) -> None:
    op.create_index(INDEX, "run_rows", ["run_id"], sqlite_where=sa.text(mendable), postgresql_where=sa.text(mendable))
