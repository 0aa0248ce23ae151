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
    services: Services, name: str, *, wait_seconds: float = WAIT_SECONDS, lock_seconds: float = LOCK_SECONDS,
    words: str = CHANGING,
) -> Iterator[None]:  # fmt: skip
    """Let one process at a time do a thing. Raises WrongState with `words` when somebody else is at it for longer than
    `wait_seconds`.
    """
    lock = services.redis.lock(f"crosswalk:hold:{name}", timeout=lock_seconds)
    if not lock.acquire(blocking_timeout=wait_seconds):
        raise WrongState(words)
    try:
        yield
    finally:
        _release(lock.release)


def _release(release: Callable[[], object]) -> None:
    try:
        release()
    except LockError:
        return  # it ran out while we worked: there is nothing left to give back
