"""Many calls at once: a phase mostly waits for answers. One set of threads for all runs of a process."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from domain.errors import AppError, Forbidden, RateLimited, Unauthorized

Item = TypeVar("Item")
Found = TypeVar("Found")
Other = TypeVar("Other")
THREADS = 48


def share_out(work: Callable[[Item], None], items: Sequence[Item]) -> None:
    """Do it for each, at once; every one is done or has failed when this ends. Never within itself.

    Raises the error that matters most: a fault of ours, a refused credential, the longest pause, any other.
    """
    if len(items) == 1:
        work(items[0])
        return
    waiting = [_threads().submit(work, item) for item in items]
    errors = list(_errors_of(waiting))
    if errors:
        raise min(errors, key=_order)


def read_at_once(read: Callable[[Item], Found], items: Sequence[Item]) -> list[Found]:
    """What `read` makes of each, in order. Raises as `share_out`."""
    found: dict[int, Found] = {}

    def keep(place: int) -> None:
        found[place] = read(items[place])

    share_out(keep, range(len(items)))
    return [found[place] for place in range(len(items))]


def do_both(one: Callable[[], Found], other: Callable[[], Other]) -> tuple[Found, Other]:
    """What both return, done at once: `other` in a thread of its own. Both have ended when this ends; raises what one
    of them raised.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="beside") as thread:
        asked = thread.submit(other)
        return one(), asked.result()


def _errors_of(waiting: Sequence[Future[None]]) -> Iterator[BaseException]:
    return (error for future in waiting if (error := future.exception()) is not None)


def _order(error: BaseException) -> tuple[int, float]:
    if not isinstance(error, AppError):
        return 0, 0
    if isinstance(error, Unauthorized | Forbidden):
        return 1, 0
    return (2, -(error.retry_after or 0)) if isinstance(error, RateLimited) else (3, 0)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="migration")
