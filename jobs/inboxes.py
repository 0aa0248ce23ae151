"""Drains one inbox: read in order, deliver, then and only then remove. Safe to kill at any instruction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import structlog

from jobs.batches import Batch, Turn, deliver_batch
from jobs.keeping import keep_renewed
from jobs.retry import Again
from jobs.roads import Opener
from services import Services
from store.queue import LEASE_MILLISECONDS, EventQueue, Lease

log = structlog.get_logger("crosswalk.inbox")

BATCH = 200
TURN_SECONDS = 30.0  # after this an inbox goes to the end of the line, so that a busy one starves nobody


def drain_inbox(services: Services, lease: Lease, open_road: Opener) -> None:
    """Give one inbox its turn: deliver what it holds now. What comes meanwhile gathers for its next turn."""
    with keep_lease(services.queue, lease):
        again = _work_turn(services, lease, open_road, Turn(services.stopping, time.monotonic() + TURN_SECONDS))
    services.queue.leave(lease, again.at if again else services.now())


@contextmanager
def keep_lease(queue: EventQueue, lease: Lease) -> Iterator[None]:
    """Renew a lease in the background while the body runs."""
    lost = partial(log.warning, "inbox.lease_lost")  # another worker goes on; doing the same twice is harmless
    with keep_renewed(partial(queue.renew, lease), every=LEASE_MILLISECONDS / 3000, lost=lost):
        yield


def _work_turn(services: Services, lease: Lease, open_road: Opener, turn: Turn) -> Again | None:
    while not turn.is_over():
        entries = services.queue.read(lease.inbox, BATCH)
        if not entries:
            return None
        link = services.links.find(lease.inbox.partition("/")[0])
        if link is None:
            # the project was unlinked: nobody wants its events any more
            services.queue.settle(lease.inbox, [entry.id for entry in entries])
            continue
        again = deliver_batch(Batch(services, link, lease.inbox), entries, open_road, turn)
        if again or len(entries) < BATCH:
            return again
    return None
