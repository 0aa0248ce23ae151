"""Migrations: their mappings, scans and runs, the outbox of a run, and what became of what."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up plain INTEGER keys only
# A row of the outbox changes its state two or three times: its index is to be tidied long before a fifth has changed
VACUUM = "ALTER TABLE run_rows SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)"


def upgrade() -> None:
    _create_documents()
    _create_runs()
    _create_maps()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(VACUUM)


def _create_documents() -> None:
    op.create_table(
        "migrations",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("installation_id", sa.String(36), nullable=False, index=True),
        sa.Column("connection_id", sa.String(36), nullable=False, index=True),
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("project_name", sa.String(255), nullable=False),
        sa.Column("jira_project", sa.String(64), nullable=False),
        sa.Column("jira_project_id", sa.String(32), nullable=False),
        sa.Column("board_id", sa.BigInteger),
        sa.Column("scope", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("mapping_version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    migration = sa.ForeignKey("migrations.id", ondelete="CASCADE")
    op.create_table(
        "mapping_versions",
        sa.Column("migration_id", sa.String(36), migration, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    migration = sa.ForeignKey("migrations.id", ondelete="CASCADE")
    op.create_table(
        "scans",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("migration_id", sa.String(36), migration, nullable=False, unique=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("cursor", sa.JSON),
        sa.Column("report", sa.JSON),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("error_code", sa.String(40)),
        sa.Column("error", sa.String(300)),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
    )


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("installation_id", sa.String(36), nullable=False, index=True),
        sa.Column("migration_id", sa.String(36), nullable=False, index=True),
        sa.Column("connection_id", sa.String(36), nullable=False),
        sa.Column("target", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("phase", sa.String(12), nullable=False),
        sa.Column("mapping_version", sa.Integer, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("cursor", sa.JSON),
        sa.Column("key_floor", sa.Integer, nullable=False),
        sa.Column("scanned", sa.JSON, nullable=False),
        sa.Column("jira_calls", sa.BigInteger, nullable=False),
        sa.Column("jira_points", sa.BigInteger, nullable=False),
        sa.Column("ado_calls", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("waiting", sa.JSON),
        sa.Column("ledger", sa.JSON),
        sa.Column("error_code", sa.String(40)),
        sa.Column("error", sa.String(300)),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("phase_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
    )
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_runs_open_target", "runs", ["installation_id", "target"], unique=True,
        sqlite_where=still_open, postgresql_where=still_open,
    )  # fmt: skip
    _create_rows()


def _create_rows() -> None:
    op.create_table(
        "run_rows",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("phase", sa.SmallInteger, nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("part", sa.String(128), nullable=False),
        sa.Column("parent_id", sa.BigInteger),
        sa.Column("type", sa.String(128), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(40)),
        sa.Column("detail", sa.String(300)),
        sa.Column("issue_id", sa.String(32)),
        sa.Column("issue_key", sa.String(128)),
        sa.Column("hash", sa.String(64)),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("lease", sa.String(16)),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("difference", sa.String(120)),
        sa.UniqueConstraint("run_id", "kind", "source_id", "part"),
    )
    op.create_index("ix_run_rows_claim", "run_rows", ["run_id", "phase", "level", "state", "due_at", "id"])
    has_ended = sa.text("ended_at IS NOT NULL")
    op.create_index(
        "ix_run_rows_ended", "run_rows", ["run_id", "phase", "ended_at"],
        sqlite_where=has_ended, postgresql_where=has_ended,
    )  # fmt: skip
    different = sa.text("difference <> ''")
    op.create_index("ix_run_rows_different", "run_rows", ["run_id"], sqlite_where=different, postgresql_where=different)


def _create_maps() -> None:
    place = ("installation_id", "connection_id", "jira_project_id")
    op.create_table(
        "item_map",
        sa.Column("installation_id", sa.String(36), nullable=False),
        sa.Column("connection_id", sa.String(36), nullable=False),
        sa.Column("jira_project_id", sa.String(32), nullable=False),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("issue_id", sa.String(32), nullable=False),
        sa.Column("issue_key", sa.String(128), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*place, "source_id"),
    )
    op.create_index("ix_item_map_run_id", "item_map", ["run_id"])
    op.create_table(
        "part_map",
        sa.Column("installation_id", sa.String(36), nullable=False),
        sa.Column("connection_id", sa.String(36), nullable=False),
        sa.Column("jira_project_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("source_id", sa.BigInteger, nullable=False),
        sa.Column("part", sa.String(128), nullable=False),
        sa.Column("target_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*place, "kind", "source_id", "part"),
    )
    op.create_index("ix_part_map_run_id", "part_map", ["run_id"])


def downgrade() -> None:
    for table in ("part_map", "item_map", "run_rows", "runs", "scans", "mapping_versions", "migrations"):
        op.drop_table(table)
