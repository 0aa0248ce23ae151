"""People: who on a Jira site signed in to which Azure DevOps organization. Ids and times; the secret is elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Engine,
    ForeignKey,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from store.db import metadata, read_only

SignInMethod = Literal["entra", "token"]
# ended: Azure DevOps or Entra does not accept the secret any more; the person has to sign in again
PersonState = Literal["signed_in", "ended"]

people = Table(
    "people",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), nullable=False, index=True),
    Column("connection_id", String(36), ForeignKey("connections.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", String(128), nullable=False, index=True),  # Atlassian's
    Column("ado_id", String(64), nullable=False),  # the person's id in the organization
    Column("method", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reference", String(512), nullable=False),  # of the token keeper
    Column("used_at", BigInteger, nullable=False),  # ms, to the hour
    Column("updated_at", BigInteger, nullable=False),  # ms; when this was last confirmed to be so
    Column("report_due_at", BigInteger, nullable=False, server_default="0"),  # ms; see store/person_reports.py
    UniqueConstraint("connection_id", "account_id"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One person in one organization. `account_id` is Atlassian's, `reference` finds the secret."""

    id: str
    installation_id: str
    connection_id: str
    account_id: str
    ado_id: str
    method: SignInMethod
    state: PersonState
    reference: str
    used_at: int  # ms
    updated_at: int  # ms


class People:
    """Reads and writes people. Methods that write take `now` in milliseconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def find(self, connection_id: str, account_id: str) -> Person | None:
        """The sign-in of a person to an organization."""
        found = self._list((people.c.connection_id == connection_id) & (people.c.account_id == account_id))
        return found[0] if found else None

    def list_account(self, account_id: str, installation_id: str | None = None) -> Sequence[Person]:
        """Every sign-in of an Atlassian account, on one site or on all."""
        mine = people.c.account_id == account_id
        return self._list(mine & (people.c.installation_id == installation_id) if installation_id else mine)

    def list_connection(self, connection_id: str) -> Sequence[Person]:
        return self._list(people.c.connection_id == connection_id)

    def list_tenant(self, installation_id: str) -> Sequence[Person]:
        return self._list(people.c.installation_id == installation_id)

    def save(
        self, installation_id: str, connection_id: str, account_id: str, *, ado_id: str, method: SignInMethod,
        reference: str, now: int,
    ) -> Person:  # fmt: skip
        """Insert or update by connection and account: the person is signed in. One caller at a time, see `linkage`.

        Raises IntegrityError when the connection is gone.
        """
        found = self.find(connection_id, account_id)
        values = {
            "ado_id": ado_id, "method": method, "state": "signed_in", "reference": reference, "used_at": now,
            "updated_at": now,
        }  # fmt: skip
        row_id = found.id if found else str(uuid4())
        with self._engine.begin() as connection:
            if found:
                connection.execute(update(people).where(people.c.id == row_id).values(**values))
            else:
                row = {
                    **values, "id": row_id, "installation_id": installation_id, "connection_id": connection_id,
                    "account_id": account_id,
                }  # fmt: skip
                connection.execute(insert(people).values(**row))
        return self._list(people.c.id == row_id)[0]

    def mark_ended(self, person: Person, now: int) -> None:
        """The secret of `person` is not accepted any more. Nothing happens when they signed in again meanwhile."""
        same = (people.c.id == person.id) & (people.c.updated_at == person.updated_at)
        self._change(same, state="ended", updated_at=now)

    def note_use(self, person_id: str, now: int) -> None:
        self._change(people.c.id == person_id, used_at=now)

    def note_refresh(self, account_id: str, now: int) -> None:
        """What is held of an account was confirmed just now."""
        self._change(people.c.account_id == account_id, updated_at=now)

    def delete(self, person_id: str) -> None:
        self._remove(people.c.id == person_id)

    def forget_tenant(self, installation_id: str) -> None:
        self._remove(people.c.installation_id == installation_id)

    def _change(self, condition: ColumnElement[bool], **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(people).where(condition).values(**values))

    def _remove(self, condition: ColumnElement[bool]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(people).where(condition))

    def _list(self, condition: ColumnElement[bool]) -> Sequence[Person]:
        with self._reader.connect() as connection:
            rows = connection.execute(select(people).where(condition).order_by(people.c.updated_at)).all()
        return [_record(row) for row in rows]


def _record(row: Row[Any]) -> Person:
    fields = row._mapping
    return Person(**{name: fields[name] for name in Person.__slots__})
