"""The order of everything that happened to work items and links: what the reporting streams page through.

A few bytes an entry, so that it holds for millions. An entry's place plus one is its watermark.
"""

from array import array
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sandbox.wit_plan import Plan, moment_of

LINK_TYPES = (
    "System.LinkTypes.Hierarchy", "System.LinkTypes.Related", "System.LinkTypes.Dependency",
    "System.LinkTypes.Duplicate", "Microsoft.VSTS.Common.TestedBy", "Microsoft.VSTS.Common.Affects",
    "Microsoft.VSTS.TestCase.SharedStepReferencedBy", "Microsoft.VSTS.TestCase.SharedParameterReferencedBy",
)  # fmt: skip
ACTIVE = 0x80
REV_BITS, ID_BITS, TIME_BITS = 16, 32, 44


class RevisionEntry(NamedTuple):
    watermark: int
    id: int
    rev: int
    time: int  # milliseconds


class LinkEntry(NamedTuple):
    watermark: int
    rel: str  # without a direction; the source is the end that the forward name belongs to
    source: int
    target: int
    active: bool
    date: datetime


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


class RevisionLog:
    """Every revision of every work item, in the order the organization took them."""

    def __init__(self) -> None:
        self._entries, self._times = array("Q"), array("Q")

    def __len__(self) -> int:
        return len(self._entries)

    def append(self, number: int, rev: int, moment: datetime) -> None:
        self._entries.append(number << REV_BITS | rev)
        self._times.append(milliseconds(moment))

    def extend(self, plan: Plan) -> None:
        """The revisions of a plan in the order of time."""
        packed = []
        for number in range(plan.first, plan.first + plan.count):
            times = plan.core(number).times
            packed += [time << TIME_BITS | (number << REV_BITS | rev) for rev, time in enumerate(times, 1)]
        packed.sort()
        low = (1 << TIME_BITS) - 1
        self._entries.extend(entry & low for entry in packed)
        self._times.extend(entry >> TIME_BITS for entry in packed)

    def read(self, after: int) -> Iterator[RevisionEntry]:
        """Entries behind a watermark."""
        for at in range(after, len(self._entries)):
            entry = self._entries[at]
            yield RevisionEntry(at + 1, entry >> REV_BITS, entry & (1 << REV_BITS) - 1, self._times[at])

    def first_since(self, moment: datetime) -> int:
        """How many entries to skip to begin at a time."""
        wanted = milliseconds(moment)
        return next((at for at, time in enumerate(self._times) if time >= wanted), len(self._times))


class LinkLog:
    """Every link between work items that was made or taken away."""

    def __init__(self) -> None:
        self._ends, self._kinds, self._times = array("Q"), array("B"), array("Q")

    def __len__(self) -> int:
        return len(self._ends)

    def append(self, rel: str, source: int, target: int, moment: datetime, *, active: bool) -> None:
        """`rel` with its direction; a reverse name swaps the ends."""
        if rel.endswith("-Reverse"):
            source, target = target, source
        kind = LINK_TYPES.index(bare_type(rel))
        self._add(source, target, kind | (ACTIVE if active else 0), milliseconds(moment))

    def extend(self, plan: Plan) -> None:
        """The links of a plan, each when its younger end was made."""
        for number in range(plan.first, plan.first + plan.count):
            time = plan.created(number)
            above = plan.parent(number)
            if above is not None:
                self._add(above, number, ACTIVE, time if above < number else plan.created(above))
            for rel, source in plan.links_to(number):
                self._add(source, number, LINK_TYPES.index(bare_type(rel)) | ACTIVE, time)

    def _add(self, source: int, target: int, kind: int, time: int) -> None:
        self._ends.append(source << ID_BITS | target)
        self._kinds.append(kind)
        self._times.append(time)

    def read(self, after: int) -> Iterator[LinkEntry]:
        for at in range(after, len(self._ends)):
            ends, kind = self._ends[at], self._kinds[at]
            rel, date = LINK_TYPES[kind & ~ACTIVE], moment_of(self._times[at])
            yield LinkEntry(at + 1, rel, ends >> ID_BITS, ends & (1 << ID_BITS) - 1, bool(kind & ACTIVE), date)

    def first_since(self, moment: datetime) -> int:
        wanted = milliseconds(moment)
        return next((at for at, time in enumerate(self._times) if time >= wanted), len(self._times))


def bare_type(rel: str) -> str:
    """A link type without its direction."""
    return rel.removesuffix("-Forward").removesuffix("-Reverse")
