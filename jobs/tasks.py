"""The tasks by name. The queue holds a name and arguments; only a worker turns them into code."""

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
    """Run a task by its name. Raises LookupError for a name this version does not know."""
    if name not in TASKS:
        raise LookupError(f"no task is called {name}")
    TASKS[name](_worker[0], *arguments)
