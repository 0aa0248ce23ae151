"""Erasures: what Jira was told to forget and has not yet proved to have forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Engine,
    Integer,
    Row,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from store.db import metadata, read_only

ErasureState = Literal["told", "failed"]

erasures = Table(
    "erasures",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), nullable=False, index=True),
    Column("properties", JSON, nullable=False),  # those by which Jira finds what was sent
    Column("links", JSON, nullable=False),  # list of link ids whose rows in the ledger are to be proved gone
    Column("state", String(12), nullable=False),  # told, failed
    Column("tries", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """One thing Jira was told to forget: what has all of `properties`, and what the ledger has of `links`."""

    id: str
    installation_id: str
    properties: Mapping[str, str]
    links: tuple[str, ...]
    state: ErasureState
    tries: int
    created_at: int  # ms


class Erasures:
    """Reads and writes erasures."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def add(self, installation_id: str, properties: Mapping[str, str], links: Sequence[str], now: int) -> str:
        """Note what is to be told and proved; returns its id."""
        row_id = str(uuid4())
        row = {
            "id": row_id,
            "installation_id": installation_id,
            "properties": dict(properties),
            "links": list(links),
            "state": "told",
            "tries": 0,
            "created_at": now,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(erasures).values(**row))
        return row_id

    def find(self, erasure_id: str) -> Erasure | None:
        found = self._many(erasures.c.id == erasure_id)
        return found[0] if found else None

    def list_for(self, installation_id: str) -> Sequence[Erasure]:
        """What is not proved yet, the oldest first."""
        return self._many(erasures.c.installation_id == installation_id)

    def list_sites(self) -> Sequence[str]:
        """The installations with something to prove."""
        query = select(erasures.c.installation_id).where(erasures.c.state == "told").distinct()
        with self._reader.connect() as connection:
            return list(connection.execute(query).scalars())

    def note_try(self, erasure_id: str) -> None:
        """Count one more try that proved nothing."""
        self._change(erasure_id, tries=erasures.c.tries + 1)

    def give_up(self, erasure_id: str) -> None:
        self._change(erasure_id, state="failed")

    def delete(self, erasure_id: str) -> None:
        """It is proved."""
        self._delete(erasures.c.id == erasure_id)

    def forget_tenant(self, installation_id: str) -> None:
        """The site is gone, and with it all that it held."""
        self._delete(erasures.c.installation_id == installation_id)

    def _change(self, erasure_id: str, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(erasures).where(erasures.c.id == erasure_id).values(**values))

    def _delete(self, condition: ColumnElement[bool]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(erasures).where(condition))

    def _many(self, condition: ColumnElement[bool]) -> Sequence[Erasure]:
        with self._reader.connect() as connection:
            rows = connection.execute(select(erasures).where(condition).order_by(erasures.c.created_at)).all()
        return [_record(row) for row in rows]


def _record(row: Row[Any]) -> Erasure:
    fields = dict(row._mapping)
    fields["links"] = tuple(fields["links"])
    return Erasure(**fields)
