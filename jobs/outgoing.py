"""What sends for a link without being an event of one of its inboxes: unlinking waits for it, and then it may not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from domain.changes import Change
from jobs.delivery import Delivery
from jobs.devinfo import Road, send_changes
from jobs.inboxes import keep_lease
from services import Services
from store.links import Link


@contextmanager
def open_link(services: Services, link: Link, part: str) -> Iterator[bool]:
    """True while the link stays open: whoever closes it waits for the body. False: nothing may be sent.

    That it is closed is looked up after it was said that we are here; unlinking does it the other way round.
    """
    lease = services.queue.occupy(link.id, part)
    if lease is None:
        yield False  # another worker is at this very part
        return
    try:
        with keep_lease(services.queue, lease):
            yield not services.queue.is_closed(link.id) and services.links.find(link.id) is not None
    finally:
        services.queue.vacate(lease)


def send_history(
    services: Services, link: Link, changes: Sequence[Change], road: Road, *, part: str
) -> Delivery | None:  # fmt: skip
    """Send what was read as `part` of a link; None when the link is closed. Raises as `send_changes` does."""
    with open_link(services, link, part) as still_open:
        if not still_open:
            return None
        delivery = send_changes(changes, road)
    if delivery.sent_keys:
        known, unknown = frozenset(delivery.sent_keys), frozenset(delivery.unknown)
        services.project_keys.teach(link.installation_id, known, unknown, services.now())
    return delivery
