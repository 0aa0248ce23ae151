"""How far a scan is, as it is written down with its counts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.item_index import Place
from domain.records import Json


@dataclass(frozen=True, slots=True)
class ScanMemory:
    """What counting must know of the pages before, beside the report: hashes of the tags seen, and work items that do
    not stand below a higher level, which every circle of parents has one of.
    """

    tags: frozenset[str] = frozenset()
    nested: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanCursor:
    """Where the next page begins."""

    place: Place = field(default_factory=Place)
    memory: ScanMemory = field(default_factory=ScanMemory)


def write_cursor(cursor: ScanCursor) -> dict[str, Any]:
    """As JSON values; never empty."""
    place, memory = cursor.place, cursor.memory
    return {"type": place.type, "after": place.after, "tags": sorted(memory.tags), "nested": list(memory.nested)}


def read_cursor(document: Json | None) -> ScanCursor:
    """What `write_cursor` wrote; the beginning for None."""
    if document is None:
        return ScanCursor()
    tags: Sequence[str] = document["tags"]
    nested: Sequence[int] = document["nested"]
    return ScanCursor(Place(document["type"], document["after"]), ScanMemory(frozenset(tags), tuple(nested)))
