"""Chunks of a run's rows: how they are lent, and how what became of them is written. `run_turns` puts it together."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, bindparam, func, insert, or_, select, update

from domain.kept_words import keep_words
from domain.records import Json
from domain.run_states import OPEN_ROWS, Phase, RowKind, RowState
from store.item_map import MappedItem, MappedPart
from store.outbox import ROW_COLUMNS, PlannedRow, RunRow, run_rows
from store.row_levels import phase_rows
from store.runs import runs

Lead = tuple[RowKind, int]  # the kind of a row and its work item

LEASE_MILLISECONDS = 30_000
SUCCESSES: tuple[RowState, ...] = ("created", "adopted", "unchanged", "updated")
RESULT_COLUMNS = (
    "state",
    "reason",
    "detail",
    "issue_id",
    "issue_key",
    "hash",
    "revision",
    "attempts",
    "due_at",
    "size",
)


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A page of what was read at the source: its rows, how much of what that is (`Run.scanned`), where the next begins
    (None after the last).
    """

    rows: Sequence[PlannedRow]
    scanned: Mapping[str, int]
    cursor: Json | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows lent to one worker."""

    run_id: str
    lease: str
    rows: tuple[RunRow, ...]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row. `reason` (codes) and `detail` (our sentences) say why it was skipped or failed,
    or what was lost of it (`domain.row_losses`).

    `planned` tries it again at `due_at` (ms), with `attempts` counted so far. What is None stays as it is. A success is
    written whoever holds the row, unless it `needs_lease`.
    """

    row_id: int
    state: RowState
    reason: str | None = None
    detail: str | None = None
    issue_id: str | None = None
    issue_key: str | None = None
    hash: str | None = None
    revision: int | None = None
    attempts: int | None = None
    due_at: int | None = None
    size: int | None = None
    needs_lease: bool = False


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A part of a row that ended in another way than the rest, such as one comment of a batch: a row of its own.

    `size` is taken from the row it was in; its `part` differs from that one's.
    """

    row_id: int
    part: str
    size: int
    state: RowState
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """What a worker writes at once: what became of rows, and what is known of items and parts from now on.

    `splits`, and `scanned` (what was read beside what was planned, see `Run.scanned`), count only when this call writes
    what became of all of its rows: so whoever does the same twice counts once.
    """

    rows: Sequence[RowResult]
    items: Sequence[MappedItem] = ()
    parts: Sequence[MappedPart] = ()
    splits: Sequence[SplitRow] = ()
    scanned: Mapping[str, int] = field(default_factory=dict)


def is_running(connection: Connection, run_id: str) -> bool:
    """Locks the run against a change of state until the transaction ends, and against nothing else."""
    query = select(runs.c.state).where(runs.c.id == run_id).with_for_update(read=True, key_share=True)
    return connection.execute(query).scalar_one_or_none() == "running"


def due_rows(run_id: str, phase: Phase, level: int, state: RowState, now: int) -> ColumnElement[bool]:
    """The rows of a level of a phase that are in a state and due.

    Of one level: SQLite 3.40 finds some that are not due after `level IN (…)` (its ticket b50528af44).
    """
    inside = phase_rows(run_id, phase) & (run_rows.c.level == level)
    return inside & (run_rows.c.state == state) & (run_rows.c.due_at <= now)


def held_rows(chunk: Chunk) -> ColumnElement[bool]:
    ids = [row.id for row in chunk.rows]
    return run_rows.c.id.in_(ids) & (run_rows.c.lease == chunk.lease) & (run_rows.c.state == "sending")


def lock_leads(connection: Connection, free: ColumnElement[bool], limit: int) -> Sequence[Lead]:
    """The work items whose first open row of a kind is free, each locked by it: whoever has that row has all of that
    kind.
    """
    other = run_rows.alias("other")
    same = (other.c.run_id == run_rows.c.run_id) & (other.c.kind == run_rows.c.kind)
    is_open = (other.c.source_id == run_rows.c.source_id) & other.c.state.in_(OPEN_ROWS)
    # a scalar, not an anti join: PostgreSQL would read all rows for it
    first = select(func.min(other.c.id)).where(same, is_open).correlate(run_rows).scalar_subquery()
    query = select(run_rows.c.kind, run_rows.c.source_id).where(free, run_rows.c.id == first)
    ordered = query.order_by(run_rows.c.due_at, run_rows.c.id).limit(limit)
    rows = connection.execute(ordered.with_for_update(skip_locked=True, of=run_rows)).all()
    return [(row.kind, row.source_id) for row in rows]


def planned_of(connection: Connection, run_id: str, leads: Sequence[Lead], limit: int) -> Sequence[Any]:
    """Up to `limit` planned rows of what leads, by kind and work item and in the order in which they were planned."""
    wanted: dict[RowKind, list[int]] = {}
    for kind, source in leads:
        wanted.setdefault(kind, []).append(source)
    led = [(run_rows.c.kind == kind) & run_rows.c.source_id.in_(sources) for kind, sources in wanted.items()]
    inside = (run_rows.c.run_id == run_id) & (run_rows.c.state == "planned")
    query = select(run_rows.c.id, run_rows.c.kind, run_rows.c.source_id, run_rows.c.due_at).where(inside, or_(*led))
    return connection.execute(query.order_by(run_rows.c.kind, run_rows.c.source_id, run_rows.c.id).limit(limit)).all()


def lend_rows(connection: Connection, run_id: str, ids: Sequence[int], now: int) -> Chunk | None:
    if not ids:
        return None
    lease = secrets.token_hex(8)
    values = {"state": "sending", "lease": lease, "due_at": now + LEASE_MILLISECONDS}
    change = update(run_rows).where(run_rows.c.id.in_(ids)).values(**values)
    rows = connection.execute(change.returning(*ROW_COLUMNS)).all()
    return Chunk(run_id, lease, tuple(sorted((RunRow(*row) for row in rows), key=lambda row: row.id)))


def write_results(connection: Connection, chunk: Chunk, results: Sequence[RowResult], now: int) -> int:
    """Write what became of rows, those alike in one statement; returns how many changed."""
    alike: dict[tuple[bool, tuple[str, ...]], list[dict[str, Any]]] = {}
    for result in sorted(results, key=lambda result: result.row_id):
        values = _result_values(result, now)
        key = result.state in SUCCESSES and not result.needs_lease, tuple(sorted(values))
        alike.setdefault(key, []).append(
            {f"new_{name}": value for name, value in values.items()} | {"row": result.row_id}
        )
    return sum(
        connection.execute(_result_update(chunk, names, success=success), rows).rowcount
        for (success, names), rows in alike.items()
    )


def _result_values(result: RowResult, now: int) -> dict[str, Any]:
    values = {name: getattr(result, name) for name in RESULT_COLUMNS if getattr(result, name) is not None}
    detail = keep_words(result.detail) if result.detail else None
    if result.state == "planned":
        return values | {"lease": None, "sent_at": None} | ({"detail": detail} if detail else {})
    # what it had been planned again for counts no more
    return values | {"lease": None, "ended_at": now, "reason": result.reason, "detail": detail, "difference": None}


def _result_update(chunk: Chunk, names: Sequence[str], *, success: bool) -> Update:
    """A success is written as long as the row has not ended; anything else only by whoever has the row."""
    mine = (run_rows.c.id == bindparam("row")) & (run_rows.c.run_id == chunk.run_id)
    if success:
        mine &= run_rows.c.ended_at.is_(None)
    else:
        mine &= (run_rows.c.lease == chunk.lease) & (run_rows.c.state == "sending")
    return update(run_rows).where(mine).values({name: bindparam(f"new_{name}") for name in names})


def split_row(connection: Connection, run_id: str, split: SplitRow, now: int) -> None:
    whole = connection.execute(select(run_rows).where(run_rows.c.id == split.row_id)).one()
    values = dict(whole._mapping) | {name: getattr(split, name) for name in SplitRow.__slots__ if name != "row_id"}
    values |= {"ended_at": now, "lease": None, "detail": keep_words(split.detail) if split.detail else None}
    del values["id"]
    connection.execute(insert(run_rows).values(**values))
    rest = run_rows.c.size - split.size
    connection.execute(update(run_rows).where(run_rows.c.id == split.row_id).values(size=rest))


def add_scanned(connection: Connection, run_id: str, more: Mapping[str, int]) -> None:
    """Count what was read; negative when less was there than planned."""
    if not any(more.values()):
        return
    query = select(runs.c.scanned).where(runs.c.id == run_id).with_for_update()
    before = connection.execute(query).scalar_one()
    after = {name: before.get(name, 0) + more.get(name, 0) for name in {**before, **more}}
    connection.execute(update(runs).where(runs.c.id == run_id).values(scanned=after))
