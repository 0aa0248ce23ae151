"""The slow lanes of a worker: duties that must never hold up an event, done one at a time beside its tasks."""

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import structlog
from redis.exceptions import RedisError

from domain.errors import RateLimited
from jobs.backfills import work_backfills
from jobs.erase import erase_site
from jobs.guard import guard_connection
from jobs.keeping import keep_renewed
from jobs.migrations import work_migration
from jobs.reconcile import reconcile_link
from jobs.retry import ordered_wait
from services import Services
from store.duties import DUTIES, LEASE_MILLISECONDS, Duties, Duty, DutyKind

log = structlog.get_logger("crosswalk.lanes")

# What each lane of a worker takes first, so that a link that is read for long holds up neither proof nor history.
# Migrations have lanes of their own: they go on for hours, one turn after the other.
MIGRATIONS: tuple[DutyKind, ...] = ("migrate",)
ORDERS: tuple[tuple[DutyKind, ...], ...] = (
    DUTIES, ("erase", "backfill", "guard", "reconcile"), MIGRATIONS, MIGRATIONS,
)  # fmt: skip
IDLE_SECONDS = 0.5
RUN_IDLE_SECONDS = 0.2  # of a migration: steps of a run begin when others end, and each of them is short
PAUSE = 1_000  # ms; where a pause has no end named, the governor knows how long it lasts
FAULT_WAIT = 60_000  # ms; a duty that fails by a fault of ours is looked at again after this
# What does a duty: it works for about half a minute at most and returns when it is due again (ms), None for never.
Work = Callable[[Services, str], int | None]
WORKS: Mapping[DutyKind, Work] = {
    "guard": guard_connection,
    "reconcile": reconcile_link,
    "erase": erase_site,
    "backfill": work_backfills,
    "migrate": work_migration,
}


def start_lanes(services: Services) -> list[threading.Thread]:
    """Run until `services.stopping` is set."""
    threads = [
        threading.Thread(target=_run, args=(services, order), name=f"lane-{number}", daemon=True)
        for number, order in enumerate(ORDERS)
    ]
    for thread in threads:
        thread.start()
    return threads


def _run(services: Services, order: Sequence[DutyKind]) -> None:
    while not services.stopping.is_set():
        try:
            if run_duty(services, order):
                continue
        except RedisError as error:
            log.warning("lane.waiting", error=type(error).__name__)
        services.stopping.wait(RUN_IDLE_SECONDS if order == MIGRATIONS else IDLE_SECONDS)


def run_duty(services: Services, order: Sequence[DutyKind] = DUTIES) -> bool:
    """Do one duty that is due, of the first kind in `order` that has one; False when there is none. Raises RedisError
    when Redis is away.
    """
    duty = services.duties.claim(services.now(), order)
    if duty is None:
        return False
    with keep_duty(services.duties, duty):
        due = _work_safely(services, duty)
    services.duties.leave(duty, due)
    return True


def _work_safely(services: Services, duty: Duty) -> int | None:
    """Do it; a fault ends here with its class and place, because its words may hold content."""
    try:
        return WORKS[duty.kind](services, duty.name)
    except RateLimited as error:
        return services.now() + (ordered_wait(error) or PAUSE)
    except Exception as error:  # the work stands in the database and is taken up again
        last = traceback.extract_tb(error.__traceback__)[-1]
        log.error("duty.failed", kind=duty.kind, error=type(error).__name__, place=f"{last.name}:{last.lineno}")
        return services.now() + FAULT_WAIT


@contextmanager
def keep_duty(duties: Duties, duty: Duty) -> Iterator[None]:
    """Renew the lease in the background while the body runs."""
    lost = partial(log.warning, "lane.lease_lost", kind=duty.kind)  # doing the same twice is harmless
    with keep_renewed(partial(duties.renew, duty), every=LEASE_MILLISECONDS / 3000, lost=lost):
        yield
