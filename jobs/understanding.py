"""Understands the entries of an inbox: events to changes, with the look-ups that takes. Several at once, where order
does not matter for that; what is done with them afterwards is in order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from domain.events import open_event
from jobs.at_once import map_at_once
from jobs.devinfo import Road
from jobs.mapping import map_event
from jobs.tracing import Told
from store.queue import Entry

AT_ONCE = 12  # each looks up some commits at once, and a worker does this for a dozen inboxes; jobs/at_once has an end
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
            yield from map_at_once("events", partial(_understand, road=road), alike, AT_ONCE)


def _understand(entry: Entry, road: Road) -> Understood:
    told = Told(entry)
    try:
        envelope, event = open_event(entry.body)
        told = Told(entry, envelope, event)
        return Understood(Told(entry, envelope, event, map_event(event, road)))
    except Exception as error:  # one event's fault is its own
        return Understood(told, error)
