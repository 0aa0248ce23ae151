"""Starting a back-fill, for the API and the command line: from which day on history is read."""

from datetime import UTC, date, datetime

import structlog

from domain.errors import BadInput, Fault
from linkage.backfill_slots import wake_backfills
from linkage.holding import hold
from services import Services
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
