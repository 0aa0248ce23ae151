"""Look-ups of one request, many at once, that all end by one deadline: what hangs does not hold the request."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from domain.errors import CallError, NotFound, Unavailable

AT_ONCE = 8
LATE = "could not be read in time: Azure DevOps is slow to answer. Load the page again in a moment."
ADO_SECONDS = 10.0  # how long Azure DevOps may take while a request waits; then the answer is incomplete, and says so
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Found]):
    """`found` is None when it is not there, or when it is not known. `told`: the other side said which."""

    found: Found | None
    told: bool


class Asking:
    """A pool of threads for `seconds`. A look-up that takes longer ends by its own time-out, unheard."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ask_all(self, lookups: Iterable[Callable[[], Found]]) -> list[Answer[Found]]:
        """What each look-up found by the deadline, in their order. A CallError is an answer that tells nothing, but for
        NotFound; any other error is raised.
        """
        futures = [self._pool.submit(lookup) for lookup in lookups]
        wait(futures, timeout=self._left())
        return [_answer_of(future) for future in futures]

    def ask_one(self, lookup: Callable[[], Found], system: str) -> Found:
        """What a look-up found. Raises its error, and Unavailable of `system` at the deadline."""
        future = self._pool.submit(lookup)
        wait([future], timeout=self._left())
        if not future.done():
            raise Unavailable(system, None, "it did not answer in time; try again in a moment")
        return future.result()

    def _left(self) -> float:
        return max(0.0, self._ends - time.monotonic())


def _answer_of(future: Future[Found]) -> Answer[Found]:
    if not future.done():
        return Answer(None, told=False)
    try:
        return Answer(future.result(), told=True)
    except NotFound:
        return Answer(None, told=True)
    except CallError:
        return Answer(None, told=False)
