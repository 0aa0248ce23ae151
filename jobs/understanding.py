"""Understands the entries of an inbox: events to changes, with the look-ups that takes. Several at once, where order
does not matter for that; what is done with them afterwards is in order.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from domain.events import open_event
from jobs.devinfo import Road
from jobs.mapping import map_event
from jobs.tracing import Told
from store.queue import Entry

AT_ONCE = 4  # each may look up as many commits at once, and a worker does this for a dozen inboxes
# Understanding a stage remembers where it deployed to, and the next event of it reads that: one after the other.
IN_ORDER = ("ms.vss-pipelines.stage-", "ms.vss-release.")


@dataclass(frozen=True, slots=True)
class Understood:
    """How far an entry was understood, and what kept it from being understood whole."""

    told: Told
    error: Exception | None = None


def understand_entries(entries: Sequence[Entry], road: Road) -> Iterator[Understood]:
    """Each entry in its turn; at most AT_ONCE are ahead of what was taken."""
    for in_order, group in groupby(entries, key=lambda entry: entry.event_type.startswith(IN_ORDER)):
        alike = list(group)
        if in_order or len(alike) == 1:
            yield from (_understand(entry, road) for entry in alike)
        else:
            yield from _understand_at_once(alike, road)


def _understand_at_once(entries: Sequence[Entry], road: Road) -> Iterator[Understood]:
    pool = ThreadPoolExecutor(max_workers=AT_ONCE)
    try:
        for start in range(0, len(entries), AT_ONCE):
            yield from pool.map(lambda entry: _understand(entry, road), entries[start : start + AT_ONCE])
    finally:
        pool.shutdown(cancel_futures=True)  # whoever stops taking wants no more look-ups


def _understand(entry: Entry, road: Road) -> Understood:
    told = Told(entry)
    try:
        envelope, event = open_event(entry.body)
        told = Told(entry, envelope, event)
        return Understood(Told(entry, envelope, event, map_event(event, road)))
    except Exception as error:  # one event's fault is its own
        return Understood(told, error)
