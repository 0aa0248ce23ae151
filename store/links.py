"""Links: one Azure DevOps project whose events go to one Jira site, with its hook and its subscriptions."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
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
    Select,
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

links = Table(
    "links",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), ForeignKey("installations.id"), nullable=False, index=True),
    Column("connection_id", String(36), ForeignKey("connections.id"), nullable=False),
    Column("project_id", String(64), nullable=False),
    Column("hook", String(64), nullable=False, unique=True),
    Column("hook_secret", Text, nullable=False),  # sealed: needed when a subscription is made
    Column("hook_digest", String(64), nullable=False),  # what an incoming secret is compared with
    Column("previous_digest", String(64)),  # the old secret while a rotation runs
    Column("secret_told_at", BigInteger),  # ms; when every subscription had the new one, null while some have not
    Column("jira_projects", JSON),  # list of keys, null = all
    Column("kinds", JSON, nullable=False),
    Column("backfill_since", String(10)),  # ISO date from which history is read
    Column("problems", JSON),  # [{code, severity, detail}] of its subscriptions, as last looked at
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("connection_id", "project_id"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(64), primary_key=True),  # Azure DevOps' id
    Column("link_id", String(36), ForeignKey("links.id", ondelete="CASCADE"), nullable=False),
    Column("event_type", String(80), nullable=False),
    Column("status", String(40), nullable=False),
    UniqueConstraint("link_id", "event_type"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A linked project. `hook` is the unguessable last part of its webhook address."""

    id: str
    installation_id: str
    connection_id: str
    project_id: str
    hook: str
    hook_digest: str
    previous_digest: str | None
    jira_projects: tuple[str, ...] | None
    kinds: tuple[str, ...]
    backfill_since: str | None = None  # ISO date from which history is read
    secret_told_at: int | None = None  # ms
    problems: tuple[dict[str, Any], ...] = ()  # what is wrong with its subscriptions

    @property
    def is_rotating(self) -> bool:
        """Whether some subscriptions may still have the old secret."""
        return self.previous_digest is not None and self.secret_told_at is None


@dataclass(frozen=True, slots=True)
class Subscription:
    id: str
    link_id: str
    event_type: str
    status: str


class Links:
    """Reads and writes links and their subscriptions."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._reader = read_only(engine)
        self._vault = vault

    def find(self, link_id: str) -> Link | None:
        return self._one(links.c.id == link_id)

    def find_hook(self, hook: str) -> Link | None:
        return self._one(links.c.hook == hook)

    def find_project(self, connection_id: str, project_id: str) -> Link | None:
        return self._one((links.c.connection_id == connection_id) & (links.c.project_id == project_id))

    def list_for(self, installation_id: str) -> Sequence[Link]:
        return self._many(links.c.installation_id == installation_id)

    def list_connection(self, connection_id: str) -> Sequence[Link]:
        return self._many(links.c.connection_id == connection_id)

    def add(self, installation_id: str, connection_id: str, project_id: str, kinds: Sequence[str], now: int) -> Link:
        """A new link with a fresh hook address and secret; it sends to all Jira projects until told otherwise."""
        row_id = str(uuid4())
        secret = SecretStr(secrets.token_urlsafe(32))
        row = {
            "id": row_id,
            "installation_id": installation_id,
            "connection_id": connection_id,
            "project_id": project_id,
            "hook": secrets.token_hex(16),
            "hook_secret": self._vault.seal(installation_id, f"link:{row_id}", secret),
            "hook_digest": secret_digest(secret.get_secret_value()),
            "kinds": list(kinds),
            "created_at": now,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(links).values(**row))
        return self._require(row_id)

    def set_choice(
        self, link_id: str, jira_projects: Sequence[str] | None, kinds: Sequence[str],
        backfill_since: str | None = None,
    ) -> Link:  # fmt: skip
        """Keep what a person chose. `backfill_since` (ISO date) stays as it is when it is None."""
        chosen = list(jira_projects) if jira_projects is not None else None
        since = {} if backfill_since is None else {"backfill_since": backfill_since}
        self._change(link_id, jira_projects=chosen, kinds=list(kinds), **since)
        return self._require(link_id)

    def set_since(self, link_id: str, since: str) -> None:
        """Keep the ISO date from which history is read."""
        self._change(link_id, backfill_since=since)

    def read_secret(self, link: Link) -> SecretStr:
        """The password Azure DevOps sends with every event of this link."""
        with self._reader.connect() as connection:
            sealed = connection.execute(select(links.c.hook_secret).where(links.c.id == link.id)).scalar_one()
        return self._vault.open(link.installation_id, f"link:{link.id}", sealed)

    def begin_rotation(self, link: Link) -> SecretStr:
        """Make a new secret; the old one stays accepted until `end_rotation`."""
        secret = SecretStr(secrets.token_urlsafe(32))
        sealed = self._vault.seal(link.installation_id, f"link:{link.id}", secret)
        digest = secret_digest(secret.get_secret_value())
        self._change(
            link.id, hook_secret=sealed, hook_digest=digest, previous_digest=link.hook_digest, secret_told_at=None
        )
        return secret

    def note_told(self, link_id: str, now: int) -> None:
        """Every subscription has the new secret; the old one is accepted for what is on its way."""
        self._change(link_id, secret_told_at=now)

    def end_rotation(self, link_id: str) -> None:
        self._change(link_id, previous_digest=None, secret_told_at=None)

    def set_problems(self, link_id: str, problems: Sequence[dict[str, Any]]) -> None:
        self._change(link_id, problems=list(problems))

    def delete(self, link_id: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(subscriptions).where(subscriptions.c.link_id == link_id))
            connection.execute(delete(links).where(links.c.id == link_id))

    def list_subscriptions(self, link_id: str) -> Sequence[Subscription]:
        with self._reader.connect() as connection:
            query = select(subscriptions).where(subscriptions.c.link_id == link_id)
            rows = connection.execute(query.order_by(subscriptions.c.event_type)).all()
        return [Subscription(**row._mapping) for row in rows]

    def save_subscription(self, subscription: Subscription) -> None:
        """Keep what Azure DevOps answered; a link has one subscription per event type."""
        same = (subscriptions.c.link_id == subscription.link_id) & (
            subscriptions.c.event_type == subscription.event_type
        )
        with self._engine.begin() as connection:
            connection.execute(delete(subscriptions).where(same))
            values = {name: getattr(subscription, name) for name in Subscription.__slots__}
            connection.execute(insert(subscriptions).values(**values))

    def drop_subscription(self, subscription_id: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(subscriptions).where(subscriptions.c.id == subscription_id))

    def _change(self, link_id: str, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(links).where(links.c.id == link_id).values(**values))

    def _one(self, condition: ColumnElement[bool]) -> Link | None:
        with self._reader.connect() as connection:
            row = connection.execute(select(links).where(condition)).one_or_none()
        return _record(row) if row else None

    def _many(self, condition: ColumnElement[bool]) -> Sequence[Link]:
        with self._reader.connect() as connection:
            rows = connection.execute(select(links).where(condition).order_by(links.c.created_at)).all()
        return [_record(row) for row in rows]

    def _require(self, link_id: str) -> Link:
        found = self.find(link_id)
        if found is None:
            raise LookupError(link_id)
        return found


def select_link(link_id: str, *values: ColumnElement[Any]) -> Select[Any]:
    """The id of a link that stays until the transaction ends, and `values` beside it; no row when it is gone.

    For rows that go with their link: whoever deletes it at this moment waits, or it is gone already.
    """
    return select(links.c.id, *values).where(links.c.id == link_id).with_for_update(read=True, key_share=True)


def secret_digest(secret: str) -> str:
    """SHA-256 of a hook secret. The secret has 256 random bits, so a fast hash is safe to compare with."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(row: Row[Any]) -> Link:
    fields = dict(row._mapping)
    fields["jira_projects"] = tuple(fields["jira_projects"]) if fields["jira_projects"] is not None else None
    fields["kinds"] = tuple(fields["kinds"])
    fields["problems"] = tuple(fields["problems"] or ())
    return Link(**{name: fields[name] for name in Link.__slots__})
