"""What becomes of a connection when its token or its organization's address stops working, and when it works again."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import structlog

from clients.ado import ConnectionData
from domain.errors import NotFound, Unauthorized
from linkage.backfill_slots import wake_backfills
from linkage.migration_duties import wake_migration
from linkage.reconciling import want_reconcile
from linkage.token_check import Problem
from services import Services
from store.connections import Connection, TokenState

log = structlog.get_logger("crosswalk.connections")

DAY = 24 * 3600 * 1000  # ms
WARN_DAYS, URGENT_DAYS = 14, 3
CHECKED_SECONDS = 24 * 3600  # rights of a token are looked at once a day


def state_problem(connection: Connection) -> Problem | None:
    """What pauses a connection, in words; None when nothing does. It follows from the state, so it is never stale."""
    name = connection.organization
    match connection.token_state:
        case "refused":
            words = (
                f"Azure DevOps does not accept the token of {name} any more: it expired or was revoked. Nothing is "
                "lost: events wait here, and what is missing will be read. Make a new token and enter it here."
            )
            return Problem("token_refused", "error", words)
        case "erased":
            words = f"The token of {name} was erased when Crosswalk was uninstalled. Enter one to go on."
            return Problem("token_erased", "error", words)
        case "gone":
            words = (
                f"No organization, or another one, answers at {connection.organization_url}. Was it renamed? Enter its "
                "new address with a token. Nothing is lost: events wait here, and what is missing will be read."
            )
            return Problem("organization_gone", "error", words)
    return None


def expiry_problem(name: str, ends: int | None, now: int) -> Problem | None:
    """A warning 14 days before the token of an organization ends (ms), an error 3 days before; None when it is not
    known.
    """
    if ends is None or ends - now > WARN_DAYS * DAY:
        return None
    day = date_of(ends).isoformat()
    if ends <= now:
        words = (
            f"The token of {name} was said to end on {day} and still works. Enter it again with the day it ends now, "
            "so that you are warned in time."
        )
        return Problem("token_expires", "warning", words)
    words = f"The token of {name} ends on {day}. Make a new one before, and enter it here: then no event has to wait."
    return Problem("token_expires", "error" if ends - now <= URGENT_DAYS * DAY else "warning", words)


def present_problems(connection: Connection) -> Sequence[Problem]:
    """Everything that is wrong with a connection: what pauses it, then what the last look found."""
    paused = state_problem(connection)
    return [*([paused] if paused else []), *(Problem(**kept) for kept in connection.problems)]


def confirm_owner(services: Services, connection: Connection) -> ConnectionData | None:
    """Who the token is, asked for now; None when that pauses the connection. Notes what changed, either way.

    Raises Retryable when Azure DevOps cannot say, Forbidden when it does not want to.
    """
    try:
        found: ConnectionData | None = services.ado(connection, "reconcile").read_connection()
    except Unauthorized:
        _pause(services, connection, "refused")
        return None
    except NotFound:
        found = None
    if found is None or found.instance_id != connection.instance_id:  # others may take the name after a rename
        _pause(services, connection, "gone")
        return None
    if connection.is_paused:
        services.connections.set_token_state(connection.id, "ok")
        resume_connection(services, connection)
    return found


def _pause(services: Services, connection: Connection, state: TokenState) -> None:
    if connection.token_state != state:
        log.warning("connection.paused", connection=connection.id, state=state)
        services.connections.set_token_state(connection.id, state)


def resume_connection(services: Services, connection: Connection) -> None:
    """Go on with everything that waited for the token: events, the gap, the import of history, migrations."""
    now = services.now()
    services.duties.want("guard", connection.id, now)
    for link in services.links.list_connection(connection.id):
        services.queue.wake(link.id, now)
        services.backfills.hasten(link.id, now)
        want_reconcile(services, link.id)
    wake_backfills(services, connection.installation_id)
    for migration_id in services.migrations.list_connection(connection.id):
        wake_migration(services, migration_id)
    log.info("connection.resumed", connection=connection.id)


def rights_are_due(services: Services, connection_id: str) -> bool:
    """Whether the rights of a token are to be looked at again; says yes once a day."""
    return bool(services.redis.set(_checked(connection_id), "1", nx=True, ex=CHECKED_SECONDS))


def note_rights(services: Services, connection_id: str) -> None:
    """They were looked at just now."""
    services.redis.set(_checked(connection_id), "1", ex=CHECKED_SECONDS)


def forget_rights(services: Services, connection_id: str) -> None:
    """Have them looked at next time."""
    services.redis.delete(_checked(connection_id))


def end_of(day: date) -> int:
    """When a token that ends on a day may end at the earliest (ms): Azure DevOps names days in UTC."""
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)


def date_of(moment: int) -> date:
    return datetime.fromtimestamp(moment / 1000, UTC).date()


def _checked(connection_id: str) -> str:
    return f"crosswalk:token-checked:{connection_id}"
