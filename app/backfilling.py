"""Starting and stopping back-fills, for the API and the command line, and from which day on history is read."""

from datetime import UTC, date, datetime

import structlog

from domain.errors import BadInput, Fault, UnknownObject, WrongState
from linkage.backfill_slots import wake_backfills
from linkage.holding import hold
from services import Services
from store.backfills import ENDED, OPEN, Backfill
from store.links import Link

log = structlog.get_logger("crosswalk.backfill")

DEFAULT_MONTHS = 6
EARLIEST = date(1990, 1, 1)  # before any commit that could name an issue


def begin_backfill(services: Services, link: Link, since: date) -> str:
    """Start the back-fill of a link, or change the one that is there; returns its id. Workers begin at once."""
    with hold(services, f"backfill:{link.id}"):
        started = services.backfills.start(link.installation_id, link.id, since.isoformat(), services.now())
        services.links.set_since(link.id, since.isoformat())
    wake_backfills(services, link.installation_id)
    log.info("backfill.started", link=link.id)
    return started


def extend_backfill(services: Services, link: Link) -> None:
    """Read the history of kinds that were chosen since as well. Does nothing when no history was read so far."""
    services.backfills.look_again(link.id, services.now())
    wake_backfills(services, link.installation_id)


def pause_backfill(services: Services, link: Link) -> None:
    """Stop reading; what is being read just now is still sent. Raises UnknownObject, WrongState."""
    before = require_backfill(services, link)
    if not services.backfills.pause(link.id, services.now()):
        raise WrongState(f"Only what waits or runs can be paused; this is {before.state}.")
    wake_backfills(services, link.installation_id)


def resume_backfill(services: Services, link: Link) -> None:
    """Go on where it was paused. Raises UnknownObject, WrongState."""
    before = require_backfill(services, link)
    if not services.backfills.resume(link.id, services.now()):
        raise WrongState(f"Only what is paused can be resumed; this is {before.state}.")
    wake_backfills(services, link.installation_id)


def retry_failed(services: Services, link: Link) -> None:
    """Try again what failed or left entries out. Raises UnknownObject, WrongState."""
    before = require_backfill(services, link)
    if not services.backfills.retry_failed(link.id, services.now()):
        paused = before.state not in (*OPEN, *ENDED)
        raise WrongState("It is paused: resume it first." if paused else "No part of it has failed.")
    wake_backfills(services, link.installation_id)


def require_backfill(services: Services, link: Link) -> Backfill:
    """Raises UnknownObject when there was none."""
    found = services.backfills.find(link.id)
    if found is None:
        raise UnknownObject("No history was read for this project yet. Start it with the day to begin with.")
    return found


def require_since(services: Services, since: date, pointer: str) -> date:
    """A day that history may begin with. Raises BadInput with a fault for `pointer`."""
    if since > today(services):
        text = "This day lies ahead. History is read from a day in the past, or from today, up to now."
        raise BadInput(text, (Fault(pointer, text),))
    if since < EARLIEST:
        text = f"There is nothing to read from so long ago. Choose a day from {EARLIEST.isoformat()} on."
        raise BadInput(text, (Fault(pointer, text),))
    return since


def default_since(services: Services) -> date:
    """The day that a new link begins with unless a person chose one."""
    present = today(services)
    months = present.year * 12 + present.month - 1 - DEFAULT_MONTHS
    # no month is shorter than 28 days: a day more or less does not matter here
    return date(months // 12, months % 12 + 1, min(present.day, 28))


def today(services: Services) -> date:
    """In UTC, as everything that is stored."""
    return datetime.fromtimestamp(services.now() / 1000, UTC).date()
