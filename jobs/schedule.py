"""What must happen again and again, whichever worker is alive: the sweep of lost pokes, the purge of left sites.

Every worker runs this beside its tasks; a key in Redis with an end lets one of them act at a time.
"""

import threading
from collections.abc import Mapping

import structlog
from redis.exceptions import RedisError

from services import Services

log = structlog.get_logger("crosswalk.schedule")

SWEEP_SECONDS = 1.0
PERIODIC: Mapping[str, int] = {  # task: seconds between two runs
    "plan_duties": 300, "purge_installations": 6 * 3600, "prune_ledger": 6 * 3600,
    "report_people": 3600,
}  # fmt: skip


def start_schedule(services: Services) -> threading.Thread:
    """Run until `services.stopping` is set."""
    thread = threading.Thread(target=_run, args=(services,), name="schedule", daemon=True)
    thread.start()
    return thread


def _run(services: Services) -> None:
    while not services.stopping.wait(SWEEP_SECONDS):
        try:
            run_once(services)
        except RedisError as error:
            log.warning("schedule.waiting", error=type(error).__name__)


def run_once(services: Services) -> None:
    """One round: poke due inboxes and due periodic tasks. Raises RedisError when Redis is away."""
    services.queue.sweep(services.now())
    for task, seconds in PERIODIC.items():
        if services.redis.set(f"crosswalk:turn:{task}", "1", nx=True, ex=seconds):
            services.queue.poke(task)
