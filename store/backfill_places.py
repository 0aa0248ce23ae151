"""The parts a back-fill shall have, held against those it has; the back-fill's row is locked meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from domain.kept_words import keep_words
from store.backfills import Ending, backfill_parts, is_finder, new_part


@dataclass(frozen=True, slots=True)
class Place:
    """A part there shall be; `repository_id` is '' for the whole project, and the project's name is its name then.

    With an `ending` there is nothing to read: a part that waits ends so.
    """

    repository_id: str
    name: str
    kind: str
    default_branch: str | None = None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """What becomes of the parts of repositories that are not among `there`."""

    there: frozenset[str]
    ending: Ending


def arrange_parts(
    connection: Connection, backfill_id: str, places: tuple[Place, ...], now: int, gone: Gone | None
) -> None:
    """Bring the parts of a back-fill in line with `places`; without `gone` those that are not named stay as they are.

    Else parts that are not wanted any more go, and those of a repository that is there no more have ended.
    """
    mine = backfill_parts.c.backfill_id == backfill_id
    rows = connection.execute(select(backfill_parts).where(mine, ~is_finder)).all()
    known = {(row.repository_id, row.kind): row for row in rows}
    fresh = [_row_of(backfill_id, place, now) for place in places if (place.repository_id, place.kind) not in known]
    if fresh:
        connection.execute(insert(backfill_parts), fresh)
    for place in places:
        row = known.pop((place.repository_id, place.kind), None)
        values = _news_of(row, place, now) if row is not None else {}
        if row is not None and values:
            connection.execute(update(backfill_parts).where(backfill_parts.c.id == row.id).values(**values))
    if gone:
        _drop_parts(connection, known.values(), gone, now)


def cut(detail: str | None) -> str | None:
    """A sentence as far as it is kept."""
    return keep_words(detail) if detail else None


def _row_of(backfill_id: str, place: Place, now: int) -> Mapping[str, object]:
    return new_part(
        backfill_id, place.kind, now,
        repository_id=place.repository_id, name=place.name, default_branch=place.default_branch,
        **_ended(place.ending),
    )  # fmt: skip


def _news_of(row: Row[Any], place: Place, now: int) -> dict[str, object]:
    values: dict[str, object] = {}
    if (row.name, row.default_branch) != (place.name, place.default_branch):
        values = {"name": place.name, "default_branch": place.default_branch}
    if place.ending and row.state == "queued":
        values |= {**_ended(place.ending), "changed_at": now}
    return values


def _ended(ending: Ending | None) -> dict[str, object]:
    return {"state": ending.state, "error_code": ending.code, "error": cut(ending.detail)} if ending else {}


def _drop_parts(connection: Connection, missing: Iterable[Row[Any]], gone: Gone, now: int) -> None:
    for row in missing:
        here = backfill_parts.c.id == row.id
        if row.repository_id in gone.there or not row.repository_id:
            connection.execute(delete(backfill_parts).where(here, backfill_parts.c.state != "running"))
        elif row.state in ("queued", "failed"):
            connection.execute(update(backfill_parts).where(here).values(**_ended(gone.ending), changed_at=now))
