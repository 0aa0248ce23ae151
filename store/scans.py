"""Scans: how far the reading of a project is, and the statistics it found. One per migration; the newest counts.

No text of a work item and no name of a person is here: counts, structure, ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Engine,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    insert,
    select,
    update,
)

from domain.kept_words import keep_words
from domain.records import Json
from domain.run_states import RunState
from domain.scan_documents import read_scan, write_scan
from domain.scan_reports import ScanReport
from store.db import metadata, read_only

OPEN = ("queued", "running")

scans = Table(
    "scans",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("migration_id", String(36), ForeignKey("migrations.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("state", String(12), nullable=False),
    Column("turn", Integer, nullable=False),  # how many pages were written: whoever read an older one writes nothing
    Column("cursor", JSON(none_as_null=True)),
    Column("report", JSON(none_as_null=True)),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("error_code", String(40)),
    Column("error", String(300)),
    Column("started_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan. `report` is what was found so far, complete when the state is `done`; `cursor` is the reader's own.

    `done`, `total`: work items (None while it is not known); `error` says why it failed, or what it waits for.
    Times in ms.
    """

    id: str
    migration_id: str
    state: RunState  # queued, running, done, failed, cancelled
    turn: int
    cursor: Json | None
    report: ScanReport | None
    done: int
    total: int | None
    error_code: str | None
    error: str | None
    started_at: int
    changed_at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is, without what it found."""

    id: str
    state: RunState
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class ScanPage:
    """What a turn achieved: where the next one begins (None: this was the last), everything found so far."""

    cursor: Json | None
    report: ScanReport
    done: int
    total: int | None


class Scans:
    """Reads and writes scans. Methods that write take `now` in milliseconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def find(self, scan_id: str) -> Scan | None:
        return self._one(scans.c.id == scan_id)

    def find_newest(self, migration_id: str) -> Scan | None:
        """The scan of a migration; None when there was none."""
        return self._one(scans.c.migration_id == migration_id)

    def find_progress(self, migration_id: str) -> ScanProgress | None:
        """As `find_newest`, without the report, which is large."""
        query = select(scans.c.id, scans.c.state, scans.c.done, scans.c.total)
        with self._reader.connect() as connection:
            row = connection.execute(query.where(scans.c.migration_id == migration_id)).one_or_none()
        return ScanProgress(*row) if row else None

    def list_open(self) -> Sequence[str]:
        """The ids of all scans that workers have to look at."""
        with self._reader.connect() as connection:
            return list(connection.execute(select(scans.c.id).where(scans.c.state.in_(OPEN))).scalars())

    def start(self, migration_id: str, now: int) -> str:
        """Have a migration scanned; returns the scan's id.

        One that is under way goes on as it is, one that failed goes on where it stopped, any other begins anew.
        Raises IntegrityError when the migration is gone.
        """
        with self._engine.begin() as connection:
            mine = scans.c.migration_id == migration_id
            found = connection.execute(select(scans).where(mine).with_for_update()).one_or_none()
            if found is None or found.state in ("done", "cancelled"):
                connection.execute(scans.delete().where(mine))
                scan_id = str(uuid4())
                row = {"migration_id": migration_id, "state": "queued", "turn": 0, "done": 0}
                connection.execute(insert(scans).values(**row, id=scan_id, started_at=now, changed_at=now))
                return scan_id
            if found.state == "failed":
                calm = {"error_code": None, "error": None, "ended_at": None}
                connection.execute(update(scans).where(mine).values(state="queued", changed_at=now, **calm))
            return str(found.id)

    def cancel(self, migration_id: str, now: int) -> bool:
        """Stop it; what it found so far stays readable. False when nothing is under way."""
        mine = (scans.c.migration_id == migration_id) & scans.c.state.in_((*OPEN, "failed"))
        return self._change(mine, state="cancelled", changed_at=now, ended_at=now)

    # --- for workers; each answers False when the scan was cancelled or another worker wrote this page ---

    def put_page(self, scan: Scan, page: ScanPage, now: int) -> bool:
        """Write down what a turn found; without a cursor the scan is done."""
        over = page.cursor is None
        values = {"cursor": page.cursor, "report": write_scan(page.report), "done": page.done, "total": page.total}
        ending = {"state": "done" if over else "running", "ended_at": now if over else None}
        calm = {"error_code": None, "error": None}
        return self._change(_held(scan), turn=scan.turn + 1, changed_at=now, **values, **ending, **calm)

    def put_off(self, scan: Scan, code: str, detail: str) -> bool:
        """Say what it waits for; it stays open."""
        return self._change(_held(scan), error_code=code, error=keep_words(detail))

    def fail(self, scan: Scan, code: str, detail: str, now: int) -> bool:
        """It cannot go on; starting it again goes on from here."""
        said = {"error_code": code, "error": keep_words(detail)}
        return self._change(_held(scan), state="failed", changed_at=now, ended_at=now, **said)

    def _change(self, condition: ColumnElement[bool], **values: object) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(update(scans).where(condition).values(**values)).rowcount == 1

    def _one(self, condition: ColumnElement[bool]) -> Scan | None:
        with self._reader.connect() as connection:
            row = connection.execute(select(scans).where(condition)).one_or_none()
        return _record(row) if row else None


def _held(scan: Scan) -> ColumnElement[bool]:
    return (scans.c.id == scan.id) & (scans.c.turn == scan.turn) & scans.c.state.in_(OPEN)


def _record(row: Row[Any]) -> Scan:
    values = dict(row._mapping)
    found = values["report"]
    return Scan(**values | {"report": read_scan(found) if found is not None else None})
