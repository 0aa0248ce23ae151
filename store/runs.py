"""Runs of migrations: their states, how far each is, what it counted. The rows of a run are in `run_rows`.

A run has ended when `ended_at` is set. Until then no other run writes into its Jira project: the database refuses it.
Every change of state locks the row, so changes come one after the other.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, get_args
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from domain.errors import UnknownObject, WrongState
from domain.kept_words import keep_words
from domain.records import Json
from domain.run_states import PersonsCall, Phase, RunState, WorkersCall, next_state
from store.db import read_only
from store.item_map import item_map
from store.migrations import lock_migration, migrations
from store.outbox import run_rows
from store.row_levels import has_sending
from store.run_records import (
    COUNTERS,
    GLANCE_COLUMNS,
    Counters,
    NewRun,
    Run,
    RunGlance,
    RunProblem,
    Waiting,
    run_record,
    runs,
    still_open,
    write_problem,
)

__all__ = [
    "RUN_OPEN",
    "Counters",
    "NewRun",
    "Run",
    "RunGlance",
    "RunProblem",
    "Runs",
    "Waiting",
    "lock_run",
    "move_run",
    "runs",
]

TARGET_TAKEN = (
    "Another run writes into this Jira project, or has not settled yet what it sent. Wait until it has ended, "
    "or cancel it."
)
CANCEL_LATER = (
    "This run has failed and writes nothing, and another run writes into its Jira project now. Cancel this one when "
    "the other has ended, or leave it as it is."
)
RUN_OPEN = "A run of this migration has not ended. Cancel it, wait until it has stopped, and delete the migration then."

NEWEST_FIRST = (runs.c.started_at.desc(), runs.c.id)
PERSONS_CALLS = frozenset(get_args(PersonsCall))
HAS_MADE = select(item_map.c.run_id).where(item_map.c.run_id == runs.c.id).exists()
HAS_ROWS = select(run_rows.c.id).where(run_rows.c.run_id == runs.c.id).exists()


class Runs:
    """Reads and writes runs. Methods that write take `now` in milliseconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def find(self, run_id: str) -> Run | None:
        """A run of whatever site, for workers; who answers a person asks `find_own`."""
        found = self._many(runs.c.id == run_id)
        return found[0] if found else None

    def find_own(self, installation_id: str, run_id: str) -> Run | None:
        """A run of a site; None for another one's."""
        found = self._many((runs.c.id == run_id) & (runs.c.installation_id == installation_id))
        return found[0] if found else None

    def list_for(self, migration_id: str, limit: int | None = None) -> Sequence[RunGlance]:
        """The runs of a migration, the newest first, without their numbers."""
        query = select(*GLANCE_COLUMNS).where(runs.c.migration_id == migration_id).order_by(*NEWEST_FIRST).limit(limit)
        with self._reader.connect() as connection:
            return [RunGlance(*row) for row in connection.execute(query)]

    def find_newest(self, migration_id: str) -> RunGlance | None:
        """The newest run of a migration, without its numbers; None when there was none."""
        return next(iter(self.list_for(migration_id, 1)), None)

    def list_open(self, migration_id: str | None = None) -> Sequence[str]:
        """The ids of all runs that workers have to look at; of one migration, or of all."""
        query = select(runs.c.id).where(still_open, runs.c.state != "paused")
        if migration_id:
            query = query.where(runs.c.migration_id == migration_id)
        with self._reader.connect() as connection:
            return list(connection.execute(query).scalars())

    def start(self, wanted: NewRun, now: int) -> str:
        """A new run, `queued`; returns its id. Raises UnknownObject when the migration is gone, WrongState when another
        run writes into the same Jira project.
        """
        row: dict[str, Any] = asdict(wanted) | {"id": str(uuid4()), "state": "queued", "phase": "plan"}
        row |= dict.fromkeys((*COUNTERS, "turn", "key_floor"), 0) | {"scanned": {}, "problems": []}
        row |= {"started_at": now, "phase_at": now, "changed_at": now}
        try:
            with self._engine.begin() as connection:
                lock_migration(connection, wanted.migration_id)
                connection.execute(insert(runs).values(**row))
        except IntegrityError:
            raise WrongState(TARGET_TAKEN, code="target_taken") from None
        return str(row["id"])

    def move(self, run_id: str, call: PersonsCall | WorkersCall, now: int, **values: object) -> RunState:
        """Make a call; returns the state it leads to. Raises WrongState, also when it would open the run again while
        another one writes into its Jira project, and UnknownObject when it is gone, or for a person its migration is.

        `verify` and `repair` begin with the phase of that name; `resume` goes on where it stopped.
        """
        try:
            with self._engine.begin() as connection:
                if call in PERSONS_CALLS:  # in this order: whoever deletes the migration waits, or finds it open
                    lock_migration(connection, _migration_of(connection, run_id))
                return move_run(connection, run_id, call, now, **values)
        except IntegrityError:
            raise WrongState(CANCEL_LATER if call == "cancel" else TARGET_TAKEN, code="target_taken") from None

    def enter_phase(self, run_id: str, before: Phase, phase: Phase, now: int) -> bool:
        """Go from one phase to the next; False when another worker did or the run is not running."""
        same = (runs.c.id == run_id) & (runs.c.phase == before) & (runs.c.state == "running")
        values = {"phase": phase, "phase_at": now, "changed_at": now, "cursor": None}
        with self._engine.begin() as connection:
            return connection.execute(update(runs).where(same).values(**values)).rowcount == 1

    def raise_floor(self, run_id: str, number: int) -> None:
        """Note the highest issue number that was known in the project just now, unless something is on its way: what a
        dead worker sent may have made an issue below it.
        """
        higher = (runs.c.id == run_id) & (runs.c.key_floor < number)
        with self._engine.begin() as connection:
            if not has_sending(connection, run_id):
                connection.execute(update(runs).where(higher).values(key_floor=number))

    def add_counters(self, run_id: str, more: Counters) -> None:
        """Add what a turn cost."""
        added = {name: runs.c[name] + getattr(more, name) for name in COUNTERS if getattr(more, name)}
        if added:
            self._change(runs.c.id == run_id, **added)

    def put_waiting(self, run_id: str, waiting: Waiting | None) -> None:
        """Say what it waits for; None when it goes on."""
        told = asdict(waiting) | {"why": keep_words(waiting.why)} if waiting else None
        changed = runs.c.waiting.is_not(None) if waiting is None else runs.c.id == run_id
        self._change((runs.c.id == run_id) & changed, waiting=told)

    def put_problems(self, run_id: str, phase: Phase, problems: Sequence[RunProblem]) -> None:
        """Replace what a phase found out."""
        with self._engine.begin() as connection:
            found = lock_run(connection, run_id)
            kept = [problem for problem in found.problems if problem["phase"] != phase]
            fresh = [write_problem(problem) for problem in problems]
            connection.execute(update(runs).where(runs.c.id == run_id).values(problems=kept + fresh))

    def put_ledger(self, run_id: str, ledger: Json) -> None:
        """Keep the numbers of a run for good; its rows may go afterwards."""
        self._change(runs.c.id == run_id, ledger=ledger)

    def delete_migration(self, migration_id: str) -> None:
        """Delete a migration with its scan and its mappings; nobody reopens its runs from then on. Raises WrongState
        while one of them has not ended. What else is left of them goes afterwards (`list_left`).
        """
        with self._engine.begin() as connection:
            lock_migration(connection, migration_id)
            mine = runs.c.migration_id == migration_id
            if connection.execute(select(runs.c.id).where(mine, still_open).limit(1)).one_or_none():
                raise WrongState(RUN_OPEN, code="run_open")
            connection.execute(delete(runs).where(mine, ~HAS_MADE, ~HAS_ROWS))
            connection.execute(delete(migrations).where(migrations.c.id == migration_id))

    def list_left(self) -> Sequence[str]:
        """The ids of runs whose migration was deleted, and that still have rows or made nothing."""
        known = select(migrations.c.id).where(migrations.c.id == runs.c.migration_id).exists()
        with self._reader.connect() as connection:
            query = select(runs.c.id).where(~known, HAS_ROWS | ~HAS_MADE)
            return list(connection.execute(query).scalars())

    def forget_left(self, run_id: str) -> None:
        """Delete the record of a run whose migration and rows are gone, unless it made issues: these are there, and the
        item map keeps them, so that nobody makes them twice.
        """
        with self._engine.begin() as connection:
            connection.execute(delete(runs).where(runs.c.id == run_id, ~HAS_MADE))

    def forget_tenant(self, installation_id: str) -> None:
        """Delete every run of a site that is gone; its rows are deleted before (`RunRows.forget`)."""
        with self._engine.begin() as connection:
            connection.execute(delete(runs).where(runs.c.installation_id == installation_id))

    def list_ids(self, installation_id: str) -> Sequence[str]:
        """The ids of all runs of a site."""
        with self._reader.connect() as connection:
            return list(
                connection.execute(select(runs.c.id).where(runs.c.installation_id == installation_id)).scalars()
            )

    def _change(self, condition: ColumnElement[bool], **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(runs).where(condition).values(**values))

    def _many(self, condition: ColumnElement[bool]) -> Sequence[Run]:
        with self._reader.connect() as connection:
            rows = connection.execute(select(runs).where(condition).order_by(*NEWEST_FIRST))
            return [run_record(row) for row in rows]


def move_run(
    connection: Connection, run_id: str, call: PersonsCall | WorkersCall, now: int, **values: object
) -> RunState:
    """`Runs.move` within a transaction of the caller. Raises UnknownObject, WrongState, IntegrityError."""
    found = lock_run(connection, run_id)
    state = next_state(found.state, call)
    changed: dict[str, object] = {"state": state, "changed_at": now}
    if call in ("resume", "verify", "repair", "cancel"):
        changed |= {"ended_at": None, "error_code": None, "error": None, "waiting": None}
    if call in ("verify", "repair"):
        changed |= {"phase": call, "phase_at": now, "cursor": None}
    connection.execute(update(runs).where(runs.c.id == run_id).values(**changed | values))
    return state


def lock_run(connection: Connection, run_id: str) -> Row[Any]:
    """The row of a run, locked until the transaction ends. Raises UnknownObject when it is gone."""
    found = connection.execute(select(runs).where(runs.c.id == run_id).with_for_update()).one_or_none()
    if found is None:
        raise UnknownObject("This run is gone.")
    return found


def _migration_of(connection: Connection, run_id: str) -> str:
    found = connection.execute(select(runs.c.migration_id).where(runs.c.id == run_id)).scalar_one_or_none()
    return str(found or "")
