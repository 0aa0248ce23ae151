"""Some look-ups at once, in threads that stay: it mostly waits, and a thread made for each costs more than it."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import Literal, TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")

# What looks up commits is itself looked up for an event: in the same threads one could wait for the other for ever
Role = Literal["events", "commits"]
THREADS = 64


def map_at_once(
    role: Role, run: Callable[[Item], Found], items: Sequence[Item], at_once: int
) -> Generator[Found, None, None]:
    """What `run` makes of each item, in order; at most `at_once` are ahead of what was taken.

    Raises what `run` raises, at the item's place; whoever stops taking wants no more.
    """
    if not items:
        return
    threads, rest = _threads(role), iter(items[at_once:])
    ahead = deque(threads.submit(run, item) for item in items[1:at_once])
    try:
        yield run(items[0])  # here: whoever asks would only wait meanwhile
        ahead.extend(threads.submit(run, item) for item in islice(rest, 1))
        while ahead:
            yield ahead.popleft().result()
            ahead.extend(threads.submit(run, item) for item in islice(rest, 1))
    finally:
        for future in ahead:
            future.cancel()


@cache
def _threads(role: Role) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix=role)
