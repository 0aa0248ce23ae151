"""The outbox of a run: one row per item, batch of comments, link and file. Ids, states, hashes and counts only.

What workers do with rows stands in `run_turns`. A run may have a million of them, so nothing is ever loaded whole:
everything goes in pages.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    case,
    delete,
    func,
    select,
    text,
    update,
)

from domain.kept_words import keep_words
from domain.run_ledger import RowCount
from domain.run_states import OPEN_ROWS, PHASE_NUMBERS, PHASES, Phase, RowKind, RowState
from store.db import read_only, run_transaction
from store.outbox import ROW_COLUMNS, ROWS_AT_ONCE, PlannedRow, RunRow, has_ended, is_different, is_mendable, run_rows
from store.row_levels import first_due, list_levels, phase_rows

__all__ = ["PlannedRow", "RowCount", "RunRow", "RunRows"]

FORGOTTEN_AT_ONCE = 50_000
AFRESH: Mapping[str, Any] = {"state": "planned", "ended_at": None, "sent_at": None, "lease": None, "attempts": 0}


class RunRows:
    """Finds and counts rows, and changes many at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    # --- what is there ---

    def count_states(self, run_id: str) -> Mapping[Phase, Mapping[RowState, int]]:
        """How many rows are in each state, by phase; of verifying the pages of the newest time."""
        found: dict[Phase, dict[RowState, int]] = {}
        for row in self._grouped(run_id, (run_rows.c.phase, run_rows.c.state)):
            found.setdefault(PHASES[row.phase], {})[row.state] = row.rows
        return found | {"verify": self._count_pages(run_id)} if "verify" in found else found

    def count_reasons(self, run_id: str) -> Sequence[RowCount]:
        """How many rows there are by kind, type, state and reason: what a ledger is made of."""
        keys = (run_rows.c.kind, run_rows.c.type, run_rows.c.state, run_rows.c.reason)
        size = func.coalesce(func.sum(run_rows.c.size), 0).label("size")
        return [RowCount(**dict(row._mapping) | {"size": int(row.size)}) for row in self._grouped(run_id, keys, size)]

    def count_differences(self, run_id: str) -> Mapping[str, int]:
        """How many rows of a run differ from what was sent, by the codes that verifying gave them."""
        query = select(run_rows.c.difference, func.count()).where(run_rows.c.run_id == run_id, is_different)
        with self._reader.connect() as connection:
            rows = connection.execute(query.group_by(run_rows.c.difference)).all()
        return {codes: int(count) for codes, count in rows}

    def find_level(self, run_id: str, phase: Phase) -> int | None:
        """The highest level of a phase with rows that have not ended; None when there is none: the phase is over."""
        with self._reader.connect() as connection:
            for level in list_levels(connection, run_id, phase):
                if any(first_due(connection, run_id, phase, level, state) is not None for state in OPEN_ROWS):
                    return level
        return None

    def next_due(self, run_id: str, phase: Phase) -> int | None:
        """When the next row of a phase can be taken, or the next lease ends (ms); None when none is open."""
        with self._reader.connect() as connection:
            times = [first_due(connection, run_id, phase, level, state)
                     for level in list_levels(connection, run_id, phase) for state in OPEN_ROWS]  # fmt: skip
        return min((time for time in times if time is not None), default=None)

    def find_many(self, run_id: str, kind: RowKind, source_ids: Collection[int]) -> Sequence[RunRow]:
        """The rows of one kind of some work items, by work item and id."""
        inside = (run_rows.c.run_id == run_id) & (run_rows.c.kind == kind)
        wanted = sorted(set(source_ids))
        found: list[RunRow] = []
        with self._reader.connect() as connection:
            for start in range(0, len(wanted), ROWS_AT_ONCE):
                some = inside & run_rows.c.source_id.in_(wanted[start : start + ROWS_AT_ONCE])
                found += _read(connection, some, run_rows.c.source_id, run_rows.c.id)
        return found

    def page(
        self, run_id: str, *, phase: Phase | None = None, states: Sequence[RowState] = (), after: int = 0,
        limit: int = ROWS_AT_ONCE, imperfect: bool = False, different: bool = False,
    ) -> Sequence[RunRow]:  # fmt: skip
        """Up to `limit` rows whose ids come after `after`, in the order of their ids: of one phase, in some states, or
        the `imperfect` ones: failed, skipped, arrived with a loss or found different; or only those found different.
        """
        wanted = (run_rows.c.run_id == run_id) & (run_rows.c.id > after)
        if phase:
            wanted &= run_rows.c.phase == PHASE_NUMBERS[phase]
        if states:
            wanted &= run_rows.c.state.in_(states)
        if imperfect:
            wanted &= run_rows.c.state.in_(("failed", "skipped")) | run_rows.c.reason.is_not(None) | is_different
        if different:
            wanted &= is_different
        with self._reader.connect() as connection:
            return _read(connection, wanted, run_rows.c.id, limit=limit)

    def count_ended(self, run_id: str, phase: Phase, since: int) -> int:
        """How many rows of a phase ended at `since` (ms) or later."""
        recent = phase_rows(run_id, phase) & (run_rows.c.ended_at >= since)
        with self._reader.connect() as connection:
            return int(connection.execute(select(func.count()).where(recent)).scalar_one())

    def count_minutes(self, run_id: str) -> Sequence[tuple[int, Phase, int]]:
        """How many rows ended in each minute: the minute (ms), the phase, the rows."""
        minute = (run_rows.c.ended_at // 60_000).label("minute")
        query = select(minute, run_rows.c.phase, func.count()).where(run_rows.c.run_id == run_id, has_ended)
        names = {number: phase for phase, number in PHASE_NUMBERS.items()}
        with self._reader.connect() as connection:
            rows = connection.execute(query.group_by(minute, run_rows.c.phase).order_by(minute)).all()
        return [(int(at) * 60_000, names[phase], int(count)) for at, phase, count in rows]

    def list_keys_before(self, run_id: str, moment: int, limit: int = 200) -> Sequence[str]:
        """Keys of issues that were known at `moment` (ms): those whose rows had ended, the latest of them."""
        known = phase_rows(run_id, "items") & has_ended & (run_rows.c.ended_at <= moment)
        query = select(run_rows.c.issue_key).where(known, run_rows.c.issue_key.is_not(None))
        with self._reader.connect() as connection:
            return list(connection.execute(query.order_by(run_rows.c.ended_at.desc()).limit(limit)).scalars())

    # --- what changes many ---

    def skip_open(
        self, run_id: str, reason: str, detail: str, now: int, *, arrived: str, limit: int = ROWS_AT_ONCE
    ) -> int:
        """End up to `limit` planned rows as `skipped`, such as those of a cancelled run; returns how many: 0 when none
        is left. One whose issue this run has made counts as `created`, with `arrived` for a sentence.
        """
        is_made = run_rows.c.issue_key.is_not(None)
        values = {
            "state": case((is_made, "created"), else_="skipped"), "reason": reason, "ended_at": now,
            "detail": case((is_made, keep_words(arrived)), else_=keep_words(detail)),
        }  # fmt: skip
        return self._change_some(run_id, "planned", limit, values)

    def replan(self, run_id: str, now: int, limit: int = ROWS_AT_ONCE) -> int:
        """Plan up to `limit` failed rows again, or some found different, or some that lack what failed; returns how
        many: 0 when none is left.

        What is known of an issue stays in the row: it is there, and only to be made right. Why the row was planned
        again stays too, until it ends anew.
        """
        values = dict(AFRESH) | {"due_at": now}
        # not by `has_ended`, which has an index of its own that finds every row
        flawed = (run_rows.c.run_id == run_id) & run_rows.c.state.not_in(OPEN_ROWS)
        return (
            self._change_some(run_id, "failed", limit, values)
            or self._change_portion(flawed & is_different, limit, values)
            or self._change_portion(flawed & is_mendable, limit, values)
        )

    def put_back(self, run_id: str, now: int, limit: int = ROWS_AT_ONCE) -> int:
        """End up to `limit` rows that a repair planned again, and did not come to, as they had ended before; returns
        how many: 0 when none is left. Which success it was is not known any more: what is in Jira is `unchanged`.
        """
        stays = is_different | is_mendable | (run_rows.c.kind == "verify")
        return self._change_some(
            run_id, "planned", limit, {"state": case((stays, "unchanged"), else_="failed"), "ended_at": now}
        )

    def note_verified(self, run_id: str, differences: Mapping[int, str]) -> None:
        """Write what verifying found: row id to codes, '' for a row in which nothing differs."""
        by_codes: dict[str, list[int]] = {}
        for row_id, codes in differences.items():
            by_codes.setdefault(codes[:120], []).append(row_id)
        with self._engine.begin() as connection:
            for codes, ids in sorted(by_codes.items()):
                same = (run_rows.c.run_id == run_id) & run_rows.c.id.in_(ids)
                connection.execute(update(run_rows).where(same).values(difference=codes))

    def analyze(self) -> None:
        """Have the database look at the table again, after many rows were planned: plans depend on it."""
        with self._engine.begin() as connection:
            connection.execute(text("ANALYZE run_rows"))

    def forget(self, run_id: str) -> None:
        """Delete every row of a run, in portions that others wait for only briefly."""
        some = select(run_rows.c.id).where(run_rows.c.run_id == run_id).limit(FORGOTTEN_AT_ONCE)
        portion = delete(run_rows).where(run_rows.c.id.in_(some))
        sum(iter(partial(self._execute, portion), 0))

    def _change_some(self, run_id: str, state: RowState, limit: int, values: Mapping[str, Any]) -> int:
        for phase in PHASES:
            with self._reader.connect() as connection:
                levels = list(list_levels(connection, run_id, phase))
            for level in levels:
                inside = phase_rows(run_id, phase) & (run_rows.c.level == level) & (run_rows.c.state == state)
                if changed := self._change_portion(inside, limit, values):
                    return changed
        return 0

    def _change_portion(self, condition: ColumnElement[bool], limit: int, values: Mapping[str, Any]) -> int:
        query = select(run_rows.c.id).where(condition).order_by(run_rows.c.due_at, run_rows.c.id).limit(limit)

        def work(connection: Connection) -> int:
            ids = connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
            return connection.execute(update(run_rows).where(run_rows.c.id.in_(ids)).values(**values)).rowcount

        return run_transaction(self._engine, work)

    def _execute(self, statement: Any) -> int:
        return run_transaction(self._engine, lambda connection: connection.execute(statement).rowcount)

    def _count_pages(self, run_id: str) -> dict[RowState, int]:
        """By state. The `part` of a page begins with the number of its verifying, which grows from time to time."""
        query = select(run_rows.c.part, run_rows.c.state, func.count()).where(phase_rows(run_id, "verify"))
        rounds: dict[int, Counter[RowState]] = {}
        with self._reader.connect() as connection:
            for part, state, count in connection.execute(query.group_by(run_rows.c.part, run_rows.c.state)):
                rounds.setdefault(int(part.partition(":")[0]), Counter())[state] += count
        return dict(rounds[max(rounds)]) if rounds else {}

    def _grouped(self, run_id: str, keys: Sequence[Any], *sums: Any) -> Sequence[Any]:
        query = select(*keys, *sums, func.count().label("rows")).where(run_rows.c.run_id == run_id)
        with self._reader.connect() as connection:
            return connection.execute(query.group_by(*keys)).all()


def _read(
    connection: Connection, condition: ColumnElement[bool], *order: Any, limit: int | None = None
) -> list[RunRow]:
    rows = connection.execute(select(*ROW_COLUMNS).where(condition).order_by(*order).limit(limit)).all()
    return [RunRow(*row) for row in rows]
