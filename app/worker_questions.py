"""Asks a worker while a person waits, for the API and the command line: the web process itself reads no work items."""

import threading
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Concatenate, ParamSpec, TypeVar, cast

from domain.errors import StoreUnavailable
from domain.records import Json
from linkage.migration_sources import require_lender_admin
from services import Services
from store.migrations import Migration
from store.questions import QuestionKind

P = ParamSpec("P")
R = TypeVar("R")

WAIT_SECONDS = 50.0  # proxies give up after a minute
WAITING_AT_ONCE = 8  # each holds a thread of the web process, which has others to answer
NOBODY = "No worker has taken this up within {seconds:.0f} seconds. Start a worker, or more of them, and try again."
SLOW = "The worker is {words}, which takes longer than a minute. Ask again: the answer goes on from there."
CROWDED = "Too many people wait for a worker just now. Try again in some seconds."


class QuestionDesk:
    """Asks for the requests of one process, WAITING_AT_ONCE at most."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._places = threading.BoundedSemaphore(WAITING_AT_ONCE)

    def ask(self, migration: Migration, kind: QuestionKind, arguments: Json) -> Json:
        """As `ask_worker`. Raises StoreUnavailable also when too many others wait."""
        if not self._places.acquire(blocking=False):
            raise StoreUnavailable(CROWDED, code="crowded")
        try:
            return ask_worker(self.services, migration, kind, arguments)
        finally:
            self._places.release()

    def bind(self, view: "Callable[Concatenate[QuestionDesk, P], R]") -> Callable[P, R]:
        """A view with this desk as its first argument, named and documented as before."""
        return cast("Callable[P, R]", update_wrapper(partial(view, self), view))


def ask_worker(
    services: Services, migration: Migration, kind: QuestionKind, arguments: Json, seconds: float = WAIT_SECONDS
) -> Json:
    """What a worker answers about a migration; `arguments` are ids and numbers.

    Raises WrongState when its reader may not lend any more, what the worker met (AppError), and StoreUnavailable when
    no answer came: asking the same again goes on.
    """
    require_lender_admin(services, migration)
    about = {"migration": migration.id, **arguments}
    asked = services.questions.ask(migration.installation_id, kind, about, services.now())
    answer = services.questions.wait(asked, seconds)
    if answer is not None:
        return answer
    words = services.questions.leave(asked)
    if words:
        raise StoreUnavailable(SLOW.format(words=words), code="worker_slow")
    raise StoreUnavailable(NOBODY.format(seconds=seconds), code="no_worker")
