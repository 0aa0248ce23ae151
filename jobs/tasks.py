"""The tasks by name. The queue holds a name and arguments; only a worker turns them into code."""

import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import BoundedSemaphore

import structlog

from jobs.inboxes import drain_inboxes
from jobs.planning import plan_duties
from jobs.pruning import prune_ledger
from jobs.uninstall import purge_installations
from services import Services

log = structlog.get_logger("crosswalk.tasks")

TASKS: Mapping[str, Callable[..., object]] = {
    "drain": drain_inboxes,
    "plan_duties": plan_duties,
    "prune_ledger": prune_ledger,
    "purge_installations": purge_installations,
}
# An inbox mostly waits for Azure DevOps and Jira, so a process drains several at once. Few enough that events of a
# busy hour gather in their inboxes and go to Jira together.
THREADS = 12


class TaskPool:
    """Runs tasks in threads. Who brings one too many waits, so that no poke is taken before there is a hand for it."""

    def __init__(self, threads: int = THREADS) -> None:
        self._places = BoundedSemaphore(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="task")

    def submit(self, run: Callable[[], None]) -> None:
        self._places.acquire()
        self._pool.submit(run).add_done_callback(lambda _done: self._places.release())

    def close(self) -> None:
        """Wait for the tasks at hand."""
        self._pool.shutdown()


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the tasks of this process work with; without a pool a task is done when `run_task` returns."""

    services: Services
    pool: TaskPool | None = None


_worker: list[Workshop] = []  # of this worker process; RQ calls a function by name and passes only JSON


def use_services(services: Services, pool: TaskPool | None = None) -> None:
    """Give this process its services, once, before the first task."""
    _worker[:] = [Workshop(services, pool)]


def run_task(name: str, *arguments: str) -> None:
    """Run a task by its name, in the pool when there is one. That RQ then calls it done means nothing: the work is
    done when it is gone from its stream.
    """
    workshop = _worker[0]
    if workshop.pool:
        workshop.pool.submit(partial(_run_safely, workshop.services, name, arguments))
    else:
        _run_safely(workshop.services, name, arguments)


def _run_safely(services: Services, name: str, arguments: tuple[str, ...]) -> None:
    """A name this version does not know is left to a newer worker's next round.

    A fault ends here with its class and place: RQ would write its words, which may hold content, to log and Redis.
    """
    try:
        TASKS[name](services, *arguments)
    except Exception as error:  # the task is safe to lose: its work is still in the queue or the database
        last = traceback.extract_tb(error.__traceback__)[-1]
        log.error("task.failed", task=name, error=type(error).__name__, place=f"{last.name}:{last.lineno}")
