"""Connections: one Azure DevOps organization on one Jira site, with its sealed token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Engine,
    ForeignKey,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from store.db import metadata, read_only
from store.secrets import Vault

# gone: no organization, or another one, answers at the address. All but `ok` pause whatever the token is needed for
TokenState = Literal["ok", "refused", "erased", "gone"]

# what an organization tells that is backed by personal Microsoft accounts, which Entra does not sign in to it
NO_TENANT = "00000000-0000-0000-0000-000000000000"

connections = Table(
    "connections",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), ForeignKey("installations.id"), nullable=False, index=True),
    Column("organization", String(255), nullable=False),
    Column("organization_url", String(255), nullable=False),
    Column("instance_id", String(64), nullable=False),
    Column("token", Text),  # sealed; None once erased
    Column("token_state", String(12), nullable=False),
    Column("token_expires_at", BigInteger),  # ms, as a person said: Azure DevOps tells it to nobody but the owner
    Column("problems", JSON, nullable=False),  # [{code, severity, detail}] of the last look
    Column("created_at", BigInteger, nullable=False),
    Column("tenant_id", String(36), nullable=False, server_default=""),  # see Connection.tenant_id
    UniqueConstraint("installation_id", "organization_url"),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """An organization. `organization_url` has no trailing slash; `instance_id` is the organization's GUID."""

    id: str
    installation_id: str
    organization: str
    organization_url: str
    instance_id: str
    token_state: TokenState
    problems: tuple[dict[str, Any], ...]
    token_expires_at: int | None = None  # ms
    tenant_id: str = ""  # of Microsoft Entra, as the organization tells it; NO_TENANT, or '' when it is not known

    @property
    def is_paused(self) -> bool:
        """Whether the token opens nothing now; what was told last, see `TokenState`."""
        return self.token_state != "ok"


class Connections:
    """Reads and writes connections. Look-ups by a person's request always name the installation (tenant)."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._reader = read_only(engine)
        self._vault = vault

    def find_any(self, connection_id: str) -> Connection | None:
        """A connection of whatever site: for work that was asked for by id, never for a person's request."""
        return self._one(connections.c.id == connection_id)

    def find(self, installation_id: str, connection_id: str) -> Connection | None:
        return self._one((connections.c.id == connection_id) & (connections.c.installation_id == installation_id))

    def find_organization(self, installation_id: str, organization_url: str) -> Connection | None:
        same = connections.c.organization_url == organization_url
        return self._one(same & (connections.c.installation_id == installation_id))

    def find_instance(self, installation_id: str, instance_id: str) -> Connection | None:
        """The connection of an organization, whatever its name is now."""
        same = (connections.c.instance_id == instance_id) & (connections.c.installation_id == installation_id)
        with self._reader.connect() as connection:
            row = connection.execute(select(connections).where(same).order_by(connections.c.created_at)).first()
        return _record(row) if row else None

    def list_for(self, installation_id: str) -> Sequence[Connection]:
        with self._reader.connect() as connection:
            query = select(connections).where(connections.c.installation_id == installation_id)
            rows = connection.execute(query.order_by(connections.c.created_at)).all()
        return [_record(row) for row in rows]

    def add(
        self, installation_id: str, *, organization: str, organization_url: str, instance_id: str, token: SecretStr,
        problems: Sequence[dict[str, Any]], now: int, token_expires_at: int | None = None,
    ) -> Connection:  # fmt: skip
        row_id = str(uuid4())
        row = {
            "id": row_id,
            "installation_id": installation_id,
            "organization": organization,
            "organization_url": organization_url,
            "instance_id": instance_id,
            "token": self._vault.seal(installation_id, f"connection:{row_id}", token),
            "token_state": "ok",
            "token_expires_at": token_expires_at,
            "problems": list(problems),
            "created_at": now,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(connections).values(**row))
        return self._require(row_id)

    def replace_token(
        self, found: Connection, token: SecretStr, problems: Sequence[dict[str, Any]], expires_at: int | None = None
    ) -> None:
        """`expires_at`: ms; None when nobody said when the new token ends."""
        sealed = self._vault.seal(found.installation_id, f"connection:{found.id}", token)
        self._change(
            found.id, token=sealed, token_state="ok", token_expires_at=expires_at, problems=list(problems)  # noqa: S106  # a state
        )  # fmt: skip

    def move(self, connection_id: str, organization: str, organization_url: str) -> None:
        """The organization was renamed: its new name and address."""
        self._change(connection_id, organization=organization, organization_url=organization_url)

    def set_tenant(self, connection_id: str, tenant_id: str) -> None:
        self._change(connection_id, tenant_id=tenant_id)

    def set_problems(self, connection_id: str, problems: Sequence[dict[str, Any]]) -> None:
        self._change(connection_id, problems=list(problems))

    def set_token_state(self, connection_id: str, state: TokenState) -> None:
        self._change(connection_id, token_state=state)

    def read_token(self, found: Connection) -> SecretStr | None:
        """The token in the clear, None when it was erased."""
        with self._reader.connect() as connection:
            query = select(connections.c.token).where(connections.c.id == found.id)
            sealed = connection.execute(query).scalar_one_or_none()
        return self._vault.open(found.installation_id, f"connection:{found.id}", sealed) if sealed else None

    def erase_tokens(self, installation_id: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(connections)
                .where(connections.c.installation_id == installation_id)
                .values(token=None, token_state="erased", token_expires_at=None)  # noqa: S106  # a state
            )

    def delete(self, connection_id: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(connections).where(connections.c.id == connection_id))

    def _change(self, connection_id: str, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(connections).where(connections.c.id == connection_id).values(**values))

    def _require(self, connection_id: str) -> Connection:
        found = self._one(connections.c.id == connection_id)
        if found is None:
            raise LookupError(connection_id)
        return found

    def _one(self, condition: ColumnElement[bool]) -> Connection | None:
        with self._reader.connect() as connection:
            row = connection.execute(select(connections).where(condition)).one_or_none()
        return _record(row) if row else None


def _record(row: Row[Any]) -> Connection:
    fields = dict(row._mapping)
    fields["problems"] = tuple(fields["problems"])
    return Connection(**{name: fields[name] for name in Connection.__slots__})
