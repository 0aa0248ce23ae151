"""Chunks of a run's rows: how they are lent, and how what became of them is written. `run_turns` puts it together."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from domain.kept_words import keep_words
from domain.records import Json
from domain.run_states import OPEN_ROWS, PHASE_NUMBERS, Phase, RowState
from store.item_map import MappedItem, MappedPart
from store.outbox import ROW_COLUMNS, PlannedRow, RunRow, run_rows
from store.runs import runs

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
    """What became of a row. `reason` (a code) and `detail` (our sentence) say why it was skipped or failed.

    `planned` tries it again at `due_at` (ms), with `attempts` counted so far. What is None stays as it is.
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
    """What a worker writes at once: what became of rows, and what is known of items and parts from now on."""

    rows: Sequence[RowResult]
    items: Sequence[MappedItem] = ()
    parts: Sequence[MappedPart] = ()
    splits: Sequence[SplitRow] = ()


def is_running(connection: Connection, run_id: str) -> bool:
    """Locks the run against a change of state until the transaction ends, and against nothing else."""
    query = select(runs.c.state).where(runs.c.id == run_id).with_for_update(read=True, key_share=True)
    return connection.execute(query).scalar_one_or_none() == "running"


def due_rows(run_id: str, phase: Phase, state: RowState, now: int) -> ColumnElement[bool]:
    inside = (run_rows.c.run_id == run_id) & (run_rows.c.phase == PHASE_NUMBERS[phase])
    return inside & (run_rows.c.state == state) & (run_rows.c.due_at <= now)


def held_rows(chunk: Chunk) -> ColumnElement[bool]:
    ids = [row.id for row in chunk.rows]
    return run_rows.c.id.in_(ids) & (run_rows.c.lease == chunk.lease) & (run_rows.c.state == "sending")


def lock_leads(connection: Connection, free: ColumnElement[bool], limit: int) -> Sequence[int]:
    """The work items whose first open row is free, each locked by it: whoever has that row has all of the item's."""
    earlier = run_rows.alias("earlier")
    same = (earlier.c.run_id == run_rows.c.run_id) & (earlier.c.kind == run_rows.c.kind)
    before = same & (earlier.c.source_id == run_rows.c.source_id) & (earlier.c.id < run_rows.c.id)
    blocked = select(earlier.c.id).where(before, earlier.c.state.in_(OPEN_ROWS)).exists()
    query = select(run_rows.c.source_id).where(free, run_rows.c.level == 0, ~blocked)
    ordered = query.order_by(run_rows.c.due_at, run_rows.c.id).limit(limit)
    return connection.execute(ordered.with_for_update(skip_locked=True, of=run_rows)).scalars().all()


def planned_of(connection: Connection, run_id: str, phase: Phase, sources: Sequence[int], limit: int) -> Sequence[Any]:
    inside = (run_rows.c.run_id == run_id) & (run_rows.c.phase == PHASE_NUMBERS[phase])
    some = inside & (run_rows.c.state == "planned") & run_rows.c.source_id.in_(sources)
    query = select(run_rows.c.id, run_rows.c.source_id, run_rows.c.due_at).where(some)
    return connection.execute(query.order_by(run_rows.c.source_id, run_rows.c.id).limit(limit)).all()


def lend_rows(connection: Connection, run_id: str, ids: Sequence[int], now: int) -> Chunk | None:
    if not ids:
        return None
    lease = secrets.token_hex(8)
    values = {"state": "sending", "lease": lease, "due_at": now + LEASE_MILLISECONDS}
    change = update(run_rows).where(run_rows.c.id.in_(ids)).values(**values)
    rows = connection.execute(change.returning(*ROW_COLUMNS)).all()
    return Chunk(run_id, lease, tuple(sorted((RunRow(*row) for row in rows), key=lambda row: row.id)))


def write_result(connection: Connection, chunk: Chunk, result: RowResult, now: int) -> int:
    mine = run_rows.c.id == result.row_id
    if result.state in SUCCESSES:
        mine &= (run_rows.c.run_id == chunk.run_id) & run_rows.c.state.in_(OPEN_ROWS)
    else:
        mine &= (run_rows.c.lease == chunk.lease) & (run_rows.c.state == "sending")
    values = {name: getattr(result, name) for name in RESULT_COLUMNS if getattr(result, name) is not None}
    values |= {"lease": None} | ({"sent_at": None} if result.state == "planned" else {"ended_at": now})
    if result.detail:
        values["detail"] = keep_words(result.detail)
    return connection.execute(update(run_rows).where(mine).values(**values)).rowcount


def split_row(connection: Connection, run_id: str, split: SplitRow, now: int) -> None:
    whole = connection.execute(select(run_rows).where(run_rows.c.id == split.row_id)).one()
    values = dict(whole._mapping) | {name: getattr(split, name) for name in SplitRow.__slots__ if name != "row_id"}
    values |= {"ended_at": now, "lease": None, "detail": keep_words(split.detail) if split.detail else None}
    del values["id"]
    connection.execute(insert(run_rows).values(**values))
    rest = run_rows.c.size - split.size
    connection.execute(update(run_rows).where(run_rows.c.id == split.row_id).values(size=rest))


def has_lent(connection: Connection, run_id: str, now: int) -> bool:
    lent = (run_rows.c.run_id == run_id) & (run_rows.c.state == "sending") & (run_rows.c.due_at > now)
    return connection.execute(select(run_rows.c.id).where(lent).limit(1)).one_or_none() is not None


def has_sending(connection: Connection, run_id: str) -> bool:
    sending = (run_rows.c.run_id == run_id) & (run_rows.c.state == "sending")
    return connection.execute(select(run_rows.c.id).where(sending).limit(1)).one_or_none() is not None
