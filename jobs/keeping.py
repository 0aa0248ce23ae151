"""Keeps the right to some work while it is done: renews it in the background, and tells when it was lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError


@contextmanager
def keep_renewed(renew: Callable[[], bool], *, every: float, lost: Callable[[], None]) -> Iterator[None]:
    """Call `renew` every so many seconds while the body runs, until it answers False: then `lost`, once."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(every):
            try:
                kept = renew()
            except (RedisError, SQLAlchemyError):
                continue  # it is away for a moment; the next round tells
            if not kept:
                lost()
                return

    keeper = threading.Thread(target=run, name="keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
