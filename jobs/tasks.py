"""The tasks by name. The queue holds a name and arguments; only a worker turns them into code."""

import traceback
from collections.abc import Callable, Mapping

import structlog

from jobs.inboxes import drain_inbox
from jobs.uninstall import purge_installations
from services import Services

log = structlog.get_logger("crosswalk.tasks")

TASKS: Mapping[str, Callable[..., object]] = {
    "drain": drain_inbox,
    "purge_installations": purge_installations,
}
_worker: list[Services] = []  # the services of this worker process; RQ calls a function by name and passes only JSON


def use_services(services: Services) -> None:
    """Give this process its services, once, before the first task."""
    _worker[:] = [services]


def run_task(name: str, *arguments: str) -> None:
    """Run a task by its name; a name this version does not know is left to a newer worker's next round.

    A fault ends here with its class and place: RQ would write its words, which may hold content, to log and Redis.
    """
    try:
        TASKS[name](_worker[0], *arguments)
    except Exception as error:  # the task is safe to lose: its work is still in the queue or the database
        last = traceback.extract_tb(error.__traceback__)[-1]
        log.error("task.failed", task=name, error=type(error).__name__, place=f"{last.name}:{last.lineno}")
