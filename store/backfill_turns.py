"""What workers do with back-fills: take a part for one page, and write down how far it came.

A part is claimed by compare-and-set and lent for LEASE_MILLISECONDS. Whoever lost it meanwhile writes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    ScalarSelect,
    and_,
    case,
    func,
    or_,
    select,
    update,
)

from store.backfill_places import Gone, Place, arrange_parts, cut
from store.backfills import (
    CALM,
    ENDED,
    HALTED,
    OPEN,
    REPOSITORIES,
    Ending,
    PartState,
    backfill_parts,
    backfills,
    change_backfill,
    change_parts,
    is_finder,
    lock_backfill,
    settle_pause,
)
from store.db import read_only

LEASE_MILLISECONDS = 30_000  # the part of a dead worker is free again after it; a living one renews it
LOOK_MILLISECONDS = 60_000  # how often the list of repositories is read while a back-fill runs
KIND_ORDER = (REPOSITORIES, "pullRequests", "branches", "commits", "builds", "deployments")
DONE = Ending("done")
UNENDED = ("queued", "running", "paused")

at_work = backfill_parts.c.state.in_(("queued", "running"))
rank = case(*((backfill_parts.c.kind == kind, number) for number, kind in enumerate(KIND_ORDER)), else_=len(KIND_ORDER))


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to read one page of a part; `project` is the name of the project, `taken_at` in ms."""

    part_id: int
    backfill_id: str
    link_id: str
    since: str  # ISO date
    kind: str
    repository_id: str
    name: str
    default_branch: str | None
    project: str
    cursor: str | None
    done: int
    refused: int
    attempts: int
    turns: int
    taken_at: int


@dataclass(frozen=True, slots=True)
class Page:
    """What a turn achieved: entries `seen`; what was `refused`, unread or by Jira; no `cursor` when it is the last.

    `ending`: how the part ends when this was the last.
    """

    cursor: str | None
    seen: int
    refused: int = 0
    total: int | None = None
    ending: Ending = DONE


class BackfillTurns:
    """Claims and their outcomes. Methods that write an outcome answer False when the claim was lost."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def claim(self, installation_id: str, now: int) -> Claim | None:
        """Take the next part of a site: of the back-fill that waits longest, the part with the fewest turns."""
        free = and_(at_work, backfill_parts.c.due_at <= now)
        waiting = select(backfill_parts.c.id).where(backfill_parts.c.backfill_id == backfills.c.id, free).exists()
        mine = (backfills.c.installation_id == installation_id) & backfills.c.state.in_(OPEN)
        query = select(backfills).where(mine, waiting).order_by(backfills.c.turn_at, backfills.c.id).limit(1)
        with self._engine.begin() as connection:
            found = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
            taken = _take_part(connection, found, free, now) if found else None
            if found is None or taken is None:
                return None
            change_backfill(connection, found.id, state="running", turn_at=now)
            project = connection.execute(
                select(backfill_parts.c.name).where(backfill_parts.c.backfill_id == found.id, is_finder)
            ).scalar_one()
        return _as_claim(found, taken, project)

    def renew(self, claim: Claim, now: int) -> bool:
        """Keep a part whose page takes long."""
        change = update(backfill_parts).where(_held(claim)).values(due_at=now + LEASE_MILLISECONDS)
        with self._engine.begin() as connection:
            return connection.execute(change).rowcount == 1

    def next_due(self, installation_id: str) -> int | None:
        """When the next part of a site can be taken (ms); None when nothing is left to do."""
        mine = (backfills.c.installation_id == installation_id) & backfills.c.state.in_((*OPEN, "pausing"))
        query = select(func.min(backfill_parts.c.due_at)).select_from(backfill_parts.join(backfills))
        with self._reader.connect() as connection:
            due: int | None = connection.execute(query.where(mine, at_work)).scalar_one()
        return due

    def end_pauses(self, installation_id: str, now: int) -> None:
        """Back-fills that are being paused and whose workers died are paused now."""
        mine = (backfills.c.installation_id == installation_id) & (backfills.c.state == "pausing")
        with self._reader.connect() as connection:
            found = connection.execute(select(backfills.c.id).where(mine)).scalars().all()
        for backfill_id in found:
            with self._engine.begin() as connection:
                locked = lock_backfill(connection, backfills.c.id == backfill_id)
                if locked is not None and locked.state == "pausing":
                    settle_pause(connection, backfill_id, now)

    def record(self, claim: Claim, page: Page, now: int) -> bool:
        """A page is read and sent: the part goes on from `page.cursor`, or has ended."""
        counted = {"done": claim.done + page.seen, "refused": backfill_parts.c.refused + page.refused}
        total = page.total if page.cursor is not None else claim.done + page.seen
        ending = page.ending if page.cursor is None else None
        said = {"error_code": ending.code, "error": cut(ending.detail)} if ending else {}
        values = dict(CALM) | said | counted | {"total": total, "cursor": page.cursor, "due_at": now, "changed_at": now}
        return self._write(claim, ending.state if ending else None, values, now)

    def end(self, claim: Claim, ending: Ending, now: int) -> bool:
        """The part ends here; its cursor stays, so that it can be tried again from there."""
        values = {"error_code": ending.code, "error": cut(ending.detail), "attempts": 0, "changed_at": now}
        return self._write(claim, ending.state, values, now)

    def wait(self, claim: Claim, code: str, detail: str, *, due: int, attempts: int, now: int, every: bool) -> bool:
        """Try again at `due` (ms); with `every` no other part of this back-fill is tried before that either."""
        values = {"error_code": code, "error": cut(detail), "attempts": attempts, "due_at": due}
        others = {"due_at": case((backfill_parts.c.due_at > due, backfill_parts.c.due_at), else_=due)}
        return self._write(claim, None, values, now, others if every else {})

    def list_names(self, backfill_id: str) -> Mapping[str, str]:
        """What the repositories of a back-fill were called when they were last looked for, by id."""
        query = select(backfill_parts.c.repository_id, backfill_parts.c.name).distinct()
        known = (backfill_parts.c.backfill_id == backfill_id) & (backfill_parts.c.repository_id != "")
        with self._reader.connect() as connection:
            return {row.repository_id: row.name for row in connection.execute(query.where(known))}

    def arrange(
        self, claim: Claim, places: Iterable[Place], project: str, now: int, *,
        gone: Gone | None, ending: Ending | None = None, last: Ending = DONE,
    ) -> bool:  # fmt: skip
        """The repositories were looked for: bring the parts in line (see `arrange_parts`), keep the project's name.

        The claimed part comes again until all others have ended, and ends as `last`, unless its own `ending` is given.
        """
        with self._engine.begin() as connection:
            found = lock_backfill(connection, backfills.c.id == claim.backfill_id)
            if found is None or not _is_held(connection, claim):
                return False
            arrange_parts(connection, found.id, tuple(places), now, gone)
            over = ending or (None if _count_left(connection, found.id) else last)
            said = {"error_code": over.code, "error": cut(over.detail)} if over else {}
            values = dict(CALM) | said | {"name": project, "due_at": now + LOOK_MILLISECONDS}
            _put(connection, found, claim, over.state if over else None, values)
            _settle(connection, found, now)
        return True

    def _write(
        self, claim: Claim, ended: PartState | None, values: Mapping[str, Any], now: int,
        others: Mapping[str, Any] | None = None,
    ) -> bool:  # fmt: skip
        with self._engine.begin() as connection:
            found = lock_backfill(connection, backfills.c.id == claim.backfill_id)
            if found is None or not _put(connection, found, claim, ended, values):
                return False
            if others:
                change_parts(connection, found.id, "queued", **others)
            if "changed_at" in values:
                change_backfill(connection, found.id, changed_at=now)
            _settle(connection, found, now)
        return True


def _take_part(connection: Connection, found: Row[Any], free: ColumnElement[bool], now: int) -> Row[Any] | None:
    candidates = select(backfill_parts.c.id).where(backfill_parts.c.backfill_id == found.id, free)
    ordered = candidates.order_by(case((is_finder, 0), else_=1), backfill_parts.c.turns, rank, backfill_parts.c.id)
    first: ScalarSelect[Any] = ordered.limit(1).scalar_subquery()
    turns = backfill_parts.c.turns + 1
    values = {"state": "running", "turns": turns, "taken_at": now, "due_at": now + LEASE_MILLISECONDS}
    change = update(backfill_parts).where(backfill_parts.c.id == first, free).values(**values)
    return connection.execute(change.returning(backfill_parts)).one_or_none()


def _as_claim(found: Row[Any], part: Row[Any], project: str) -> Claim:
    return Claim(
        part_id=part.id, backfill_id=found.id, link_id=found.link_id, since=found.since, kind=part.kind,
        repository_id=part.repository_id, name=part.name, default_branch=part.default_branch, project=project,
        cursor=part.cursor, done=part.done, refused=part.refused, attempts=part.attempts, turns=part.turns,
        taken_at=part.taken_at,
    )  # fmt: skip


def _held(claim: Claim) -> ColumnElement[bool]:
    """The row of a claim as long as nobody else took it, or started it afresh, since."""
    return and_(
        backfill_parts.c.id == claim.part_id,
        backfill_parts.c.state == "running",
        backfill_parts.c.turns == claim.turns,
        backfill_parts.c.taken_at == claim.taken_at,
    )


def _is_held(connection: Connection, claim: Claim) -> bool:
    return connection.execute(select(backfill_parts.c.id).where(_held(claim))).one_or_none() is not None


def _put(
    connection: Connection, found: Row[Any], claim: Claim, ended: PartState | None, values: Mapping[str, Any]
) -> bool:
    state = ended or ("paused" if found.state in HALTED else "queued")
    change = update(backfill_parts).where(_held(claim)).values(**values, state=state)
    return connection.execute(change).rowcount == 1


def _count_left(connection: Connection, backfill_id: str) -> int:
    """How many parts beside the one that finds them have not ended."""
    left = (backfill_parts.c.backfill_id == backfill_id) & backfill_parts.c.state.in_(UNENDED) & ~is_finder
    return int(connection.execute(select(func.count()).where(left)).scalar_one())


def _settle(connection: Connection, found: Row[Any], now: int) -> None:
    """What the outcome of a part means for its back-fill."""
    if found.state == "pausing":
        settle_pause(connection, found.id, now)
    if found.state not in OPEN or _count_left(connection, found.id):
        return
    mine = backfill_parts.c.backfill_id == found.id
    finder = connection.execute(select(backfill_parts).where(mine, is_finder)).one()
    if finder.state not in ENDED:  # a last look, whether a repository came or changed its name meanwhile
        calm = or_(backfill_parts.c.error_code.is_(None), backfill_parts.c.due_at <= now)
        last = update(backfill_parts).where(backfill_parts.c.id == finder.id, backfill_parts.c.state == "queued", calm)
        connection.execute(last.values(due_at=now))
        return
    others = connection.execute(select(func.count()).where(mine, ~is_finder)).scalar_one()
    state = "failed" if finder.state == "failed" and not others else "done"
    change_backfill(connection, found.id, state=state, changed_at=now)
