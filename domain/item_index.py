"""Which work items a migration is about, by type: four bytes each, so that a million of them take four megabytes.

With it the type of a parent and whether the other end of a link comes along are known before that item was read. Pure.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where work items were read: all of the types before `type`, and of it those up to the id `after`."""

    type: str = ""
    after: int = 0


class ItemIndex:
    """Ids by type. Those of a type are added in their order."""

    def __init__(self) -> None:
        self._ids: dict[str, array[int]] = {}

    def __len__(self) -> int:
        return sum(len(ids) for ids in self._ids.values())

    def add(self, type_name: str, ids: Sequence[int]) -> None:
        """More ids of a type, each above those before it."""
        self._ids.setdefault(type_name, array("I")).extend(ids)

    def last(self, type_name: str) -> int:
        """The highest id of a type, 0 when there is none."""
        ids = self._ids.get(type_name)
        return ids[-1] if ids else 0

    def type_of(self, item_id: int) -> str | None:
        """The type of a work item; None for one that is not among them."""
        for name, ids in self._ids.items():
            at = bisect_left(ids, item_id)
            if at < len(ids) and ids[at] == item_id:
                return name
        return None

    def page(self, place: Place, size: int) -> tuple[tuple[int, ...], Place]:
        """The next ids after a place, `size` at most, and the place after them; none at the end."""
        found: list[int] = []
        for name in sorted(self._ids):
            if name < place.type or len(found) == size:
                continue
            ids = self._ids[name]
            start = bisect_right(ids, place.after) if name == place.type else 0
            more = ids[start : start + size - len(found)]
            if more:
                found.extend(more)
                place = Place(name, more[-1])
        return tuple(found), place
