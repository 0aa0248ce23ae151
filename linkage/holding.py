"""One change at a time: two clicks, or a click and a command, must not make the same thing twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis.exceptions import LockError

from domain.errors import WrongState
from services import Services

LOCK_SECONDS = 120  # longer than the calls made under it take; a killed process blocks nobody for longer
WAIT_SECONDS = 20
CHANGING = "Somebody else is changing this right now. Try again in a moment."


@contextmanager
def hold(
    services: Services, name: str, *, wait_seconds: float | None = None, lock_seconds: float | None = None,
    words: str = CHANGING,
) -> Iterator[Callable[[], None]]:  # fmt: skip
    """Let one process at a time do a thing. Raises WrongState with `words` when somebody else is at it for longer than
    `wait_seconds`; None is what changes of links and connections take. Yields what makes it last as long again.
    """
    waited = WAIT_SECONDS if wait_seconds is None else wait_seconds
    lock = services.redis.lock(f"crosswalk:hold:{name}", timeout=lock_seconds or LOCK_SECONDS)
    if not lock.acquire(blocking_timeout=waited):
        raise WrongState(words)
    try:
        yield lambda: _quietly(lock.reacquire)
    finally:
        _quietly(lock.release)


def _quietly(change: Callable[[], object]) -> None:
    try:
        change()
    except LockError:
        return  # it ran out while we worked: there is nothing left to give back or to keep
