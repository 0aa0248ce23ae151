"""The table of a run's rows, the records that stand in it, and how planned ones are written. Decides nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from domain.issue_parts import MENDABLE
from domain.kept_words import keep_words
from domain.run_states import ENDED_ROWS, KIND_PHASES, PHASE_NUMBERS, RowKind, RowState
from store.db import metadata
from store.ledger import NUMBER

ROWS_AT_ONCE = 2_000  # in one statement, one page, one portion that is changed

run_rows = Table(
    "run_rows",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("run_id", String(36), nullable=False),  # no foreign key: it would double the time a million rows take
    Column("phase", SmallInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("source_id", BigInteger, nullable=False),
    Column("part", String(128), nullable=False),
    Column("parent_id", BigInteger),
    Column("type", String(128), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(400)),  # codes with commas, `domain.row_losses`
    Column("detail", String(300)),
    Column("issue_id", String(32)),
    Column("issue_key", String(128)),
    Column("hash", String(64)),
    Column("attempts", SmallInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),  # of a planned row: when it may be taken; of a sending one: its lease
    Column("lease", String(16)),
    Column("sent_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("difference", String(120)),
    UniqueConstraint("run_id", "kind", "source_id", "part"),
    Index("ix_run_rows_claim", "run_id", "phase", "level", "state", "due_at", "id"),
)
has_ended = run_rows.c.ended_at.is_not(None)
is_different = run_rows.c.difference != literal_column("''")  # a literal, or the index below would not be used
Index(
    "ix_run_rows_ended", run_rows.c.run_id, run_rows.c.phase, run_rows.c.ended_at,
    sqlite_where=has_ended, postgresql_where=has_ended,
)  # fmt: skip
Index("ix_run_rows_different", run_rows.c.run_id, sqlite_where=is_different, postgresql_where=is_different)
# the codes that a repair can mend come first
is_mendable = or_(
    *(func.substr(run_rows.c.reason, literal_column("1"), literal_column(str(len(code)))) == literal_column(f"'{code}'")
      for code in MENDABLE)
)  # fmt: skip
Index("ix_run_rows_mendable", run_rows.c.run_id, sqlite_where=is_mendable, postgresql_where=is_mendable)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row to be written. `level`: of the issue type (items are made from the highest down), else 0.

    `part` tells rows of one work item and kind apart: `{kind}:{other id}` of a link, the GUID of a file, the id of the
    first comment. `size`: comments in the batch, bytes of the file. With another `state` it has ended before it began,
    such as `skipped` with its `reason` (codes) and `detail` (our sentence).
    """

    kind: RowKind
    source_id: int
    part: str = ""
    level: int = 0
    parent_id: int | None = None
    type: str = ""
    revision: int = 0
    size: int = 0
    state: RowState = "planned"
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A row as it is. `sent_at` (ms) is set before the call that writes: without it nothing was sent.

    `difference`: what verifying found different, by codes; '' when nothing, None when it was not verified. A row that a
    repair planned again keeps it, and its `reason`, until it has ended anew.
    """

    id: int
    kind: RowKind
    level: int
    source_id: int
    part: str
    parent_id: int | None
    type: str
    revision: int
    size: int
    state: RowState
    reason: str | None
    detail: str | None
    issue_id: str | None
    issue_key: str | None
    hash: str | None
    attempts: int
    due_at: int
    sent_at: int | None
    difference: str | None


PLANNED_NAMES = (*PlannedRow.__slots__, "run_id", "phase", "attempts", "due_at", "ended_at")
planned_rows = Table(  # of one session, empty after each transaction
    "planned_rows",
    MetaData(),
    *(Column(name, run_rows.c[name].type) for name in PLANNED_NAMES),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
ROW_COLUMNS = tuple(run_rows.c[field.name] for field in fields(RunRow))


def insert_rows(connection: Connection, run_id: str, rows: Iterable[PlannedRow], now: int) -> None:
    """Write planned rows in a transaction of the caller; those that are there stay as they are."""
    values = [_planned(run_id, row, now) for row in rows]
    if not values:
        return
    if connection.dialect.name == "postgresql":
        _copy_rows(connection, values)
    else:
        connection.execute(sqlite.insert(run_rows).on_conflict_do_nothing(), values)


def _copy_rows(connection: Connection, values: Sequence[dict[str, Any]]) -> None:
    """Twice as fast as statement by statement. COPY knows no conflict, so the way leads over a table of the session.

    https://www.psycopg.org/psycopg3/docs/basic/copy.html
    """
    connection.execute(CreateTable(planned_rows, if_not_exists=True))
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {planned_rows.name} ({', '.join(PLANNED_NAMES)}) FROM STDIN") as copy:
        for row in values:
            copy.write_row([row[name] for name in PLANNED_NAMES])
    moved = select(*(planned_rows.c[name] for name in PLANNED_NAMES))
    connection.execute(postgresql.insert(run_rows).from_select(PLANNED_NAMES, moved).on_conflict_do_nothing())


def _planned(run_id: str, row: PlannedRow, now: int) -> dict[str, Any]:
    ended = now if row.state in ENDED_ROWS else None
    values = {name: getattr(row, name) for name in PlannedRow.__slots__}
    values |= {"phase": PHASE_NUMBERS[KIND_PHASES[row.kind]], "detail": keep_words(row.detail) if row.detail else None}
    return values | {"run_id": run_id, "attempts": 0, "due_at": now, "ended_at": ended}
