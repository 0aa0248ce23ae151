"""The tasks by name. The queue holds a name and arguments; only a worker turns them into code."""

import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import BoundedSemaphore, Lock

import structlog

from jobs.devinfo import Road
from jobs.personal_data import report_people
from jobs.planning import plan_duties
from jobs.pruning import prune_ledger
from jobs.roads import KeptRoads
from jobs.uninstall import purge_installations
from jobs.watch import watch_inboxes
from services import Services
from store.links import Link

log = structlog.get_logger("crosswalk.tasks")

TASKS: Mapping[str, Callable[..., object]] = {
    "drain": watch_inboxes,
    "plan_duties": plan_duties,
    "prune_ledger": prune_ledger,
    "purge_installations": purge_installations,
    "report_people": report_people,
}
HANDED = frozenset({"drain"})  # tasks that give their work to the threads themselves
# An inbox mostly waits for Azure DevOps and Jira, so a process drains several at once. Few enough that events of a
# busy hour gather in their inboxes and go to Jira together.
THREADS = 12
GATHER_SECONDS = 0.1  # a burst arrives within this time and then costs one call instead of two
# From so many tasks at once on events gather for longer: what an inbox costs beside its events is spent less often
BUSY = 4
BUSY_GATHER_SECONDS = 2.0
PATIENCE_SECONDS = 1.0


class TaskPool:
    """Runs tasks in threads. Who brings one too many waits, so that no poke is taken before there is a hand for it."""

    patience = PATIENCE_SECONDS

    def __init__(self, threads: int = THREADS) -> None:
        self.watch = Lock()
        self._roads = KeptRoads()
        self._places = BoundedSemaphore(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="task")
        self._busy = 0
        self._counting = Lock()

    def wait(self) -> None:
        """Until a thread is free."""
        with self._places:
            return

    def gather_seconds(self) -> float:
        """How long events shall gather in an inbox before it is drained."""
        return BUSY_GATHER_SECONDS if self._busy >= BUSY else GATHER_SECONDS

    def submit(self, task: str, run: Callable[[], None]) -> None:
        """Run it in a thread; `task` names it in the log when it ends by an error."""
        self._places.acquire()
        self._count(1)
        self._pool.submit(run_safely, task, run).add_done_callback(self._end_task)

    def open_road(self, services: Services, link: Link) -> Road:
        """The road of a link, opened a second ago at most."""
        return self._roads.open(services, link)

    def close(self) -> None:
        """Wait for the tasks at hand; nobody finds new ones meanwhile."""
        with self.watch:
            self._pool.shutdown()

    def _end_task(self, _done: object) -> None:
        self._count(-1)
        self._places.release()

    def _count(self, more: int) -> None:
        with self._counting:
            self._busy += more


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

    A name this version does not know is left to a newer worker's next round.
    """
    workshop = _worker[0]
    submit = workshop.pool.submit if workshop.pool else run_safely
    submit(name, partial(_run, workshop, name, arguments))


def run_safely(task: str, run: Callable[[], object]) -> None:
    """Run it; a fault ends here with its class and place: RQ would write its words, which may hold content, to log and
    Redis. The task is safe to lose: its work is still in the queue or the database.
    """
    try:
        run()
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        log.error("task.failed", task=task, error=type(error).__name__, place=f"{last.name}:{last.lineno}")


def _run(workshop: Workshop, name: str, arguments: tuple[str, ...]) -> None:
    options = {"hands": workshop.pool} if name in HANDED else {}
    TASKS[name](workshop.services, *arguments, **options)
