"""What workers do with a run: plan its rows in pages, take a chunk, say that it is being sent, write what came of it.

A chunk is lent for LEASE_MILLISECONDS. Rows of a dead worker stay `sending`: whether Jira has them must be found out
(`take_lost`), never guessed. A success is written whoever holds the row; anything else only by whoever still has it.
"""

from collections.abc import Collection
from itertools import groupby, takewhile

from sqlalchemy import Connection, Engine, select, update

from domain.kept_words import keep_words
from domain.records import Json
from domain.run_states import Phase
from store.db import run_transaction
from store.item_map import MapPlace, put_items, put_parts
from store.outbox import insert_rows, run_rows
from store.row_levels import has_lent, has_sending, list_levels
from store.run_chunks import (
    LEASE_MILLISECONDS,
    Chunk,
    PlanPage,
    Results,
    RowResult,
    SplitRow,
    add_scanned,
    due_rows,
    held_rows,
    is_running,
    lend_rows,
    lock_leads,
    planned_of,
    split_row,
    write_results,
)
from store.runs import Run, lock_run, move_run, runs

__all__ = ["LEASE_MILLISECONDS", "Chunk", "PlanPage", "Results", "RowResult", "RunTurns", "SplitRow"]


WORTH_SHARING = 100  # rows; of fewer each worker would cost more than it brings


class RunTurns:
    """Chunks and their outcomes. Safe for many workers at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan_page(self, run: Run, page: PlanPage, now: int) -> bool:
        """Write a page and move the cursor, in one step; False when another worker did or the run does not run.

        Rows that are there stay as they are. So a page may be read twice, and is counted once.
        """

        def work(connection: Connection) -> bool:
            found = lock_run(connection, run.id)
            if found.turn != run.turn or found.state != "running" or found.phase != run.phase:
                return False
            insert_rows(connection, run.id, page.rows, now)
            scanned = {
                name: found.scanned.get(name, 0) + page.scanned.get(name, 0)
                for name in {**found.scanned, **page.scanned}
            }
            values = {"scanned": scanned, "cursor": page.cursor, "turn": run.turn + 1, "changed_at": now}
            connection.execute(update(runs).where(runs.c.id == run.id).values(**values))
            return True

        return run_transaction(self._engine, work)

    def claim(self, run_id: str, phase: Phase, level: int, limit: int, now: int) -> Chunk | None:
        """Take up to `limit` rows of a level, of its last ones half, so that others help with them; None when none is
        due or the run does not run.
        """

        def work(connection: Connection) -> Chunk | None:
            if not is_running(connection, run_id):
                return None
            free = due_rows(run_id, phase, level, "planned", now)
            query = select(run_rows.c.id).where(free).order_by(run_rows.c.due_at, run_rows.c.id).limit(limit)
            ids = connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
            if len(ids) > WORTH_SHARING and not connection.execute(query.offset(len(ids)).limit(1)).all():
                ids = ids[: max(WORTH_SHARING, (len(ids) + 1) // 2)]
            return lend_rows(connection, run_id, ids, now)

        return run_transaction(self._engine, work)

    def claim_issues(self, run_id: str, phase: Phase, limit: int, now: int) -> Chunk | None:
        """As `claim`, of a phase that writes into issues that are there: all rows of one kind of a work item are in one
        worker's hands until they have ended, in the order in which they were planned.
        """

        def work(connection: Connection) -> Chunk | None:
            if not is_running(connection, run_id):
                return None
            leads = lock_leads(connection, due_rows(run_id, phase, 0, "planned", now), limit)
            rows = planned_of(connection, run_id, leads, limit) if leads else ()
            ids = [row.id for _lead, group in groupby(rows, key=lambda row: (row.kind, row.source_id))
                   for row in takewhile(lambda row: row.due_at <= now, group)]  # fmt: skip
            return lend_rows(connection, run_id, ids, now)

        return run_transaction(self._engine, work)

    def take_lost(self, run_id: str, phase: Phase, limit: int, now: int) -> Chunk | None:
        """Rows whose lease has ended while they were being sent, lent to whoever finds out what became of them.

        Those that were taken and not sent are planned again at once. Works whatever the state of the run.
        """

        def work(connection: Connection) -> Chunk | None:
            ids: list[int] = []
            for level in tuple(list_levels(connection, run_id, phase)):
                lost = due_rows(run_id, phase, level, "sending", now)
                unsent = update(run_rows).where(lost, run_rows.c.sent_at.is_(None))
                connection.execute(unsent.values(state="planned", lease=None, due_at=now))
                query = select(run_rows.c.id).where(lost).order_by(run_rows.c.id).limit(limit - len(ids))
                ids += connection.execute(query.with_for_update(skip_locked=True)).scalars()
            return lend_rows(connection, run_id, ids, now)

        return run_transaction(self._engine, work)

    def mark_sent(self, chunk: Chunk, row_ids: Collection[int], now: int) -> frozenset[int]:
        """Note, right before the call that writes, that these rows are being sent; returns those that may be: a row
        that was lost to another worker must not.
        """

        def work(connection: Connection) -> frozenset[int]:
            mine = held_rows(chunk) & run_rows.c.id.in_(row_ids)
            change = update(run_rows).where(mine).values(sent_at=now, due_at=now + LEASE_MILLISECONDS)
            return frozenset(connection.execute(change.returning(run_rows.c.id)).scalars())

        return run_transaction(self._engine, work)

    def renew(self, chunk: Chunk, now: int) -> int:
        """Keep what takes long; how many rows are still this worker's."""
        change = update(run_rows).where(held_rows(chunk)).values(due_at=now + LEASE_MILLISECONDS)
        with self._engine.begin() as connection:
            return connection.execute(change).rowcount

    def put_off(self, chunk: Chunk, due_at: int) -> None:
        """What is still this worker's may be looked up by anybody at `due_at` (ms), before its lease ends."""
        change = update(run_rows).where(held_rows(chunk)).values(due_at=due_at)
        with self._engine.begin() as connection:
            connection.execute(change)

    def give_back(self, chunk: Chunk, due_at: int) -> None:
        """Plan again what was not sent, to be taken at `due_at` (ms), such as when the run is being paused."""
        unsent = held_rows(chunk) & run_rows.c.sent_at.is_(None)
        with self._engine.begin() as connection:
            connection.execute(update(run_rows).where(unsent).values(state="planned", lease=None, due_at=due_at))

    def settle(self, chunk: Chunk, place: MapPlace, results: Results, now: int) -> int:
        """Write what became of rows, with the map of items and parts, in one step; returns how many rows it changed.

        A row that ended stays as it ended; what else a worker may write without holding a row is a success.
        """

        def work(connection: Connection) -> int:
            changed = write_results(connection, chunk, results.rows, now)
            if changed == len(results.rows):
                for split in results.splits:
                    split_row(connection, chunk.run_id, split, now)
                add_scanned(connection, chunk.run_id, results.scanned)
            put_items(connection, place, results.items, chunk.run_id, now)
            put_parts(connection, place, results.parts, chunk.run_id, now)
            connection.execute(update(runs).where(runs.c.id == chunk.run_id).values(changed_at=now))
            return changed

        return run_transaction(self._engine, work)

    # --- the ends of a run ---

    def halt(self, run_id: str, now: int) -> bool:
        """A run that is being paused is paused once no living worker has rows of it; whether it is now."""

        def work(connection: Connection) -> bool:
            found = lock_run(connection, run_id)
            if found.state != "pausing" or has_lent(connection, run_id, now):
                return False
            move_run(connection, run_id, "halt", now)
            return True

        return run_transaction(self._engine, work)

    def is_sending(self, run_id: str) -> bool:
        """Whether a row of a run is on its way, as far as anybody knows."""
        with self._engine.connect() as connection:
            return has_sending(connection, run_id)

    def finish(self, run_id: str, ledger: Json, now: int) -> bool:
        """Everything is done; False when it does not run any more. Writes its numbers for good."""

        def work(connection: Connection) -> bool:
            if lock_run(connection, run_id).state != "running":
                return False
            move_run(connection, run_id, "finish", now, ledger=ledger, ended_at=now, done_at=now, waiting=None)
            return True

        return run_transaction(self._engine, work)

    def fail(self, run_id: str, code: str, detail: str, now: int) -> bool:
        """It cannot go on; False when it is in no state to fail. It is closed once nothing is on its way (`close`)."""

        def work(connection: Connection) -> bool:
            if lock_run(connection, run_id).state not in ("queued", "running", "pausing"):
                return False
            said = {"error_code": code, "error": keep_words(detail), "waiting": None}
            move_run(connection, run_id, "fail", now, **said)
            return True

        return run_transaction(self._engine, work)

    def close(self, run_id: str, ledger: Json, now: int) -> bool:
        """End a run that failed or was cancelled, once no row of it is being sent; whether it has ended now.

        One that was done before, and then repaired or verified again until somebody cancelled that, is done.
        """

        def work(connection: Connection) -> bool:
            found = lock_run(connection, run_id)
            if found.state not in ("failed", "cancelled") or has_sending(connection, run_id):
                return False
            values = {"ended_at": found.ended_at or now, "ledger": ledger, "changed_at": now, "waiting": None}
            if found.state == "cancelled" and found.done_at is not None:
                move_run(connection, run_id, "put_back", now, phase="report", **values)
            else:
                connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
            return True

        return run_transaction(self._engine, work)
