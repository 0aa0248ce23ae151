"""Installations: one row per Jira site, whatever door it came through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import BigInteger, Column, Engine, Row, String, Table, Text, delete, insert, select, update

from store.db import metadata, read_only
from store.secrets import Vault

DoorKind = Literal["connect", "forge", "oauth", "standalone"]
InstallState = Literal["installed", "uninstalled"]

installations = Table(
    "installations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("client_key", String(255), nullable=False, unique=True),
    Column("base_url", String(255), nullable=False),
    Column("state", String(12), nullable=False),
    Column("shared_secret", Text),  # sealed; connect
    Column("oauth_client_id", String(255)),  # oauth
    Column("oauth_secret_reference", String(512)),  # reference of the token keeper, oauth
    Column("cloud_id", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("uninstalled_at", BigInteger),
)


@dataclass(frozen=True, slots=True)
class Installation:
    """A Jira site that trusts us. `client_key` is the site's lasting id (for `oauth` the cloud id)."""

    id: str
    kind: DoorKind
    client_key: str
    base_url: str
    state: InstallState
    oauth_client_id: str | None
    oauth_secret_reference: str | None
    cloud_id: str | None
    uninstalled_at: int | None


class Installations:
    """Reads and writes installations. Methods that write take `now` in milliseconds."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._reader = read_only(engine)
        self._vault = vault

    def find(self, installation_id: str) -> Installation | None:
        return self._one(installations.c.id == installation_id)

    def find_client(self, client_key: str) -> Installation | None:
        """The installation of a `clientKey`, also when it is uninstalled."""
        return self._one(installations.c.client_key == client_key)

    def list_site(self, base_url: str) -> Sequence[Installation]:
        """The installed ones at an address: the app and OAuth credentials may both be there."""
        here = (installations.c.base_url == base_url.rstrip("/")) & (installations.c.state == "installed")
        with self._reader.connect() as connection:
            rows = connection.execute(select(installations).where(here).order_by(installations.c.created_at)).all()
        return [_record(row) for row in rows]

    def list_apps(self, cloud_ids: Sequence[str], addresses: Sequence[str]) -> Sequence[Installation]:
        """The installed apps among some sites, the oldest first: known by cloud id, by address only without one.

        OAuth credentials are no app: they know no people.
        """
        known = installations.c.cloud_id
        same = known.in_(cloud_ids) | (known.is_(None) & installations.c.base_url.in_(addresses))
        apps = installations.c.kind.in_(("connect", "forge")) & (installations.c.state == "installed")
        with self._reader.connect() as connection:
            query = select(installations).where(apps & same).order_by(installations.c.created_at)
            return [_record(row) for row in connection.execute(query).all()]

    def list_all(self) -> Sequence[Installation]:
        with self._reader.connect() as connection:
            rows = connection.execute(select(installations).order_by(installations.c.created_at)).all()
        return [_record(row) for row in rows]

    def save_connect(self, client_key: str, base_url: str, secret: SecretStr, now: int) -> Installation:
        """Insert or update by client key: a re-install replaces secret and address and revives the row."""
        found = self.find_client(client_key)
        row_id = found.id if found else str(uuid4())
        values = {
            "kind": "connect",
            "base_url": base_url.rstrip("/"),
            "state": "installed",
            "shared_secret": self._vault.seal(row_id, "shared_secret", secret),
            "uninstalled_at": None,
        }
        self._save(row_id, client_key, values, now, exists=found is not None)
        return self._require(row_id)

    def save_oauth(self, base_url: str, cloud_id: str, client_id: str, reference: str, now: int) -> Installation:
        """Insert or update a site that trusts us by its own OAuth credentials; `reference` finds the secret."""
        found = self.find_client(cloud_id)
        row_id = found.id if found else str(uuid4())
        values = {
            "kind": "oauth",
            "base_url": base_url.rstrip("/"),
            "state": "installed",
            "oauth_client_id": client_id,
            "oauth_secret_reference": reference,
            "cloud_id": cloud_id,
            "uninstalled_at": None,
        }
        self._save(row_id, cloud_id, values, now, exists=found is not None)
        return self._require(row_id)

    def shared_secret(self, installation_id: str) -> SecretStr | None:
        """The secret of a Connect site, None when it has none. Kept after uninstall: that call is not the last."""
        with self._reader.connect() as connection:
            query = select(installations.c.shared_secret).where(installations.c.id == installation_id)
            sealed = connection.execute(query).scalar_one_or_none()
        return self._vault.open(installation_id, "shared_secret", sealed) if sealed else None

    def mark_uninstalled(self, installation_id: str, now: int) -> None:
        """Close the site. A second call keeps the first date, from which the days until deletion count."""
        with self._engine.begin() as connection:
            connection.execute(
                update(installations)
                .where(installations.c.id == installation_id, installations.c.state == "installed")
                .values(state="uninstalled", uninstalled_at=now)
            )

    def delete(self, installation_id: str) -> None:
        """Forget the site and its data keys; its connections and links must be gone already."""
        with self._engine.begin() as connection:
            connection.execute(delete(installations).where(installations.c.id == installation_id))
        self._vault.forget_tenant(installation_id)

    def _save(self, row_id: str, client_key: str, values: Mapping[str, object], now: int, *, exists: bool) -> None:
        with self._engine.begin() as connection:
            if exists:
                connection.execute(update(installations).where(installations.c.id == row_id).values(**values))
            else:
                row = {**values, "id": row_id, "client_key": client_key, "created_at": now}
                connection.execute(insert(installations).values(**row))

    def _one(self, condition: object) -> Installation | None:
        with self._reader.connect() as connection:
            row = connection.execute(select(installations).where(condition)).one_or_none()  # type: ignore[arg-type]  # a column expression
        return _record(row) if row else None

    def _require(self, row_id: str) -> Installation:
        found = self.find(row_id)
        if found is None:
            raise LookupError(row_id)
        return found


def _record(row: Row[tuple[object, ...]]) -> Installation:
    fields = row._mapping
    return Installation(**{name: fields[name] for name in Installation.__slots__})
