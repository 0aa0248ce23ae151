"""New secrets for the hooks of a site. The old one is accepted until every subscription of its link has the new one,
and a little longer for deliveries that were on their way; the guard ends it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from clients.ado_hooks import HooksApi
from domain.errors import CallError, SecretError
from linkage.holding import hold
from linkage.hook_set import HookSet
from services import Services
from store.connections import Connection
from store.installations import Installation
from store.links import Link

log = structlog.get_logger("crosswalk.links")

GRACE = 600_000  # ms; how long the old secret counts for deliveries that were on their way when the new one was told
MOMENT = 1_000


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of one link: `failed` are the event types whose subscription still sends the old secret."""

    organization: str
    project_id: str
    failed: tuple[str, ...]


def rotate_secrets(services: Services, installation: Installation) -> Iterator[Rotation]:
    """Give every link of a site a new secret, one by one. Safe to repeat: what was begun is brought to its end.

    Raises WrongState when somebody changes a link at the same time.
    """
    for connection in services.connections.list_for(installation.id):
        for link in services.links.list_connection(connection.id):
            with hold(services, f"link:{connection.id}:{link.project_id}"):
                failed = _rotate_link(services, connection, link)
            log.info("link.secret_rotated", link=link.id, failed=len(failed))
            yield Rotation(connection.organization, link.project_id, failed)


def _rotate_link(services: Services, connection: Connection, link: Link) -> tuple[str, ...]:
    present = services.links.find(link.id)
    if present is None:
        return ()
    if not is_half_done(services, present):
        services.links.begin_rotation(present)
    try:
        failed = HookSet(services, HooksApi(services.ado(connection)), present).tell_secret()
    except (CallError, SecretError):  # the token was erased or does not open
        failed = tuple(row.event_type for row in services.links.list_subscriptions(link.id))
    if not failed:
        services.links.note_told(link.id, services.now())
        services.duties.want("guard", connection.id, services.now() + GRACE + MOMENT)
    return failed


def is_half_done(services: Services, link: Link) -> bool:
    """Whether an earlier rotation goes on: a third secret would lock out what has or was sent with the first."""
    if link.previous_digest is None or has_passed(services, link):
        return False
    try:
        services.links.read_secret(link)
    except SecretError:
        return False
    return True


def has_passed(services: Services, link: Link) -> bool:
    """Whether nothing that was sent with the old secret can be on its way any more."""
    return link.secret_told_at is not None and services.now() - link.secret_told_at >= GRACE
