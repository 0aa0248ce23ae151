"""One change at a time: two clicks, or a click and a command, must not make the same thing twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis.exceptions import LockError

from domain.errors import WrongState
from services import Services

LOCK_SECONDS = 120  # longer than the calls made under it take; a killed process blocks nobody for longer
WAIT_SECONDS = 20


@contextmanager
def hold(services: Services, name: str) -> Iterator[None]:
    """Let one process at a time change a thing. Raises WrongState when somebody else is at it for long."""
    lock = services.redis.lock(f"crosswalk:hold:{name}", timeout=LOCK_SECONDS)
    if not lock.acquire(blocking_timeout=WAIT_SECONDS):
        raise WrongState("Somebody else is changing this right now. Try again in a moment.")
    try:
        yield
    finally:
        _release(lock.release)


def _release(release: Callable[[], object]) -> None:
    try:
        release()
    except LockError:
        return  # it ran out while we worked: there is nothing left to give back
