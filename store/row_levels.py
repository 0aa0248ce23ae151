"""Where the rows of a run stand, found by steps through the index: each costs the same, however many rows there are.

A grouped or sorted query over all rows of a phase would look at each of them.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, func, select

from domain.run_states import PHASE_NUMBERS, Phase, RowState
from store.outbox import run_rows


def phase_rows(run_id: str, phase: Phase) -> ColumnElement[bool]:
    """The rows of a phase."""
    return (run_rows.c.run_id == run_id) & (run_rows.c.phase == PHASE_NUMBERS[phase])


def list_levels(connection: Connection, run_id: str, phase: Phase) -> Iterator[int]:
    """The levels of a phase, the highest first."""
    inside = phase_rows(run_id, phase)
    level = connection.execute(select(func.max(run_rows.c.level)).where(inside)).scalar_one()
    while level is not None:
        yield level
        lower = select(func.max(run_rows.c.level)).where(inside, run_rows.c.level < level)
        level = connection.execute(lower).scalar_one()


def first_due(connection: Connection, run_id: str, phase: Phase, level: int, state: RowState) -> int | None:
    """The earliest time of the rows of a level that are in a state (ms); None when none is."""
    inside = phase_rows(run_id, phase) & (run_rows.c.level == level) & (run_rows.c.state == state)
    query = select(run_rows.c.due_at).where(inside).order_by(run_rows.c.due_at).limit(1)
    due: int | None = connection.execute(query).scalar_one_or_none()
    return due


def has_sending(connection: Connection, run_id: str) -> bool:
    """Whether any row is being sent, by a living worker or a dead one."""
    return any(
        first_due(connection, run_id, phase, level, "sending") is not None
        for phase in PHASE_NUMBERS
        for level in list_levels(connection, run_id, phase)
    )


def has_lent(connection: Connection, run_id: str, now: int) -> bool:
    """Whether any row is in the hands of a living worker."""
    return any(
        connection.execute(
            select(run_rows.c.id).where(
                phase_rows(run_id, phase),
                run_rows.c.level == level,
                run_rows.c.state == "sending",
                run_rows.c.due_at > now,
            ).limit(1)
        ).one_or_none()
        for phase in PHASE_NUMBERS
        for level in list_levels(connection, run_id, phase)
    )  # fmt: skip
