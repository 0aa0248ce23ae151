"""Finds the inboxes that are due and gives them to the threads of this process, the one that waits longest first.

A poke begins a watch; while there is work one watch a process goes on, because a poke for each inbox costs more than
the work it asks for. When nothing came for a second it ends, and the next event pokes again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Protocol

from jobs.devinfo import Road
from jobs.inboxes import drain_inbox
from jobs.roads import open_road
from services import Services
from store.links import Link

LOOK_SECONDS = 0.025
SAY_SECONDS = 0.5  # how often a worker says that it watches; in between a poke too many does no harm


class Hands(Protocol):
    """Who does the work of a process. `watch` is held by whoever finds it; `patience`: seconds without work until the
    watch ends.
    """

    watch: Lock
    patience: float

    def wait(self) -> None:
        """Until one is free."""
        ...

    def gather_seconds(self) -> float:
        """How long events shall gather in an inbox before it is given out."""
        ...

    def submit(self, task: str, run: Callable[[], None]) -> None:
        """Have it done; `task` names it in the log."""
        ...

    def open_road(self, services: Services, link: Link) -> Road:
        """As `jobs.roads.open_road`."""
        ...


@dataclass(slots=True)
class OwnHand:
    """Without threads: what is due now is done at once, by whoever watches."""

    watch: Lock = field(default_factory=Lock)
    patience: float = 0.0

    def wait(self) -> None:
        """It is free whenever it asks."""

    def gather_seconds(self) -> float:
        return 0.0

    def submit(self, _task: str, run: Callable[[], None]) -> None:
        run()

    def open_road(self, services: Services, link: Link) -> Road:
        return open_road(services, link)


def watch_inboxes(services: Services, _inbox: str, *, hands: Hands | None = None) -> None:
    """Give out due inboxes until none was due for a while or the worker must stop. Does nothing when somebody in this
    process does it already. The inbox of the poke is found like every other.
    """
    hands = hands or OwnHand()
    if not hands.watch.acquire(blocking=False):
        return
    try:
        _watch(services, hands)
    finally:
        hands.watch.release()
        services.queue.fall_asleep()


def _watch(services: Services, hands: Hands) -> None:
    ends, told = time.monotonic() + hands.patience, -SAY_SECONDS
    while not services.stopping.is_set():
        hands.wait()
        if time.monotonic() >= told + SAY_SECONDS:
            services.queue.stay_awake()
            told = time.monotonic()
        if _give_next(services, hands):
            ends = time.monotonic() + hands.patience
        elif time.monotonic() >= ends:
            return
        else:
            services.stopping.wait(LOOK_SECONDS)


def _give_next(services: Services, hands: Hands) -> bool:
    lease = services.queue.claim_next(services.now() - round(hands.gather_seconds() * 1000))
    if lease:
        hands.submit("drain", partial(drain_inbox, services, lease, hands.open_road))
    return lease is not None
