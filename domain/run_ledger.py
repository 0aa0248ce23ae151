"""The ledger of a run: everything that was read at the source, and what became of it. It balances or the run is red.

`scanned` is what the reader counted; the rest is counted from the rows. The two never come from the same place.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.records import Json
from domain.run_states import OPEN_ROWS, RowKind, RowState

ITEM = "item:"  # the name of what was scanned of a work item type is this and the type
UNKNOWN = "unknown"  # the reason of a row that has none
PARTS: Mapping[RowKind, str] = {"comments": "comments", "link": "links", "file": "attachments"}


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows are alike, and the sum of their sizes."""

    kind: RowKind
    type: str
    state: RowState
    reason: str | None
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What became of so many; `open` has not ended. `skipped` and `failed` by reason."""

    scanned: int = 0
    created: int = 0
    adopted: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    open: int = 0

    @property
    def balances(self) -> bool:
        """Whether everything that was scanned has ended in a way that is told."""
        moved = self.created + self.adopted + self.updated + self.unchanged
        return self.scanned == moved + sum(self.skipped.values()) + sum(self.failed.values()) and not self.open


@dataclass(frozen=True, slots=True)
class Ledger:
    """Work items by type; comments, links and attachments by number; attachments by bytes."""

    types: Mapping[str, LedgerRow]
    comments: LedgerRow
    links: LedgerRow
    attachments: LedgerRow
    bytes: LedgerRow

    @property
    def balances(self) -> bool:
        return all(row.balances for row in (*self.types.values(), *self._parts()))

    def _parts(self) -> tuple[LedgerRow, ...]:
        return self.comments, self.links, self.attachments, self.bytes


def make_ledger(scanned: Mapping[str, int], counts: Iterable[RowCount]) -> Ledger:
    """The ledger of what was scanned and of rows. Names: `item:<type>`, `comments`, `links`, `attachments`, `bytes`."""
    sums: dict[str, Counter[tuple[RowState, str]]] = {}
    for count in counts:
        for name, amount in _amounts(count):
            sums.setdefault(name, Counter())[count.state, count.reason or UNKNOWN] += amount
    rows = {name: _row(scanned.get(name, 0), sums.get(name, Counter())) for name in {*scanned, *sums}}
    types = {name.removeprefix(ITEM): rows[name] for name in sorted(rows) if name.startswith(ITEM)}
    empty = LedgerRow()
    return Ledger(types, *(rows.get(name, empty) for name in ("comments", "links", "attachments", "bytes")))


def write_ledger(ledger: Ledger) -> Json:
    """The ledger as JSON values."""
    parts = {name: _document(getattr(ledger, name)) for name in ("comments", "links", "attachments", "bytes")}
    return {"types": {name: _document(row) for name, row in ledger.types.items()}} | parts


def _amounts(count: RowCount) -> Iterable[tuple[str, int]]:
    """What a count of rows adds up to, by the name of what was scanned; sprints, components and pages to nothing."""
    if count.kind == "item":
        return ((ITEM + count.type, count.rows),)
    if count.kind == "file":
        return ("attachments", count.rows), ("bytes", count.size)
    if count.kind in PARTS:
        return ((PARTS[count.kind], count.size if count.kind == "comments" else count.rows),)
    return ()


def _row(scanned: int, sums: Counter[tuple[RowState, str]]) -> LedgerRow:
    def total(*states: RowState) -> int:
        return sum(amount for (state, _reason), amount in sums.items() if state in states)

    def by_reason(wanted: RowState) -> Mapping[str, int]:
        return {reason: amount for (state, reason), amount in sorted(sums.items()) if state == wanted}

    return LedgerRow(
        scanned, total("created"), total("adopted"), total("updated"), total("unchanged"),
        by_reason("skipped"), by_reason("failed"), total(*OPEN_ROWS),
    )  # fmt: skip


def _document(row: LedgerRow) -> Json:
    return {name: getattr(row, name) for name in LedgerRow.__slots__}
