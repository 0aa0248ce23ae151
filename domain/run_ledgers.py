"""The ledger of a migration run: what was read at the source against what became of it, for each type and kind. Pure.

A run whose ledger does not balance lost something or counted it twice, and is shown in red.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from domain.run_states import OPEN_ROWS, RowKind, RowState

ITEM = "item:"  # names of `scanned`: `item:<work item type>` and the following
COMMENTS, LINKS, ATTACHMENTS, BYTES = "comments", "links", "attachments", "bytes"
SUCCESSES: tuple[RowState, ...] = ("created", "adopted", "updated", "unchanged")


class Counted(Protocol):
    """How many rows of a run are alike, and the sum of their sizes (comments of a batch, bytes of a file)."""

    @property
    def kind(self) -> RowKind: ...
    @property
    def type(self) -> str: ...
    @property
    def state(self) -> RowState: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def rows(self) -> int: ...
    @property
    def size(self) -> int: ...


@dataclass(slots=True)
class LedgerRow:
    """One line. `noted`: of those that arrived, how many with a loss that a word names."""

    scanned: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    noted: dict[str, int] = field(default_factory=dict)
    open: int = 0

    def add(self, state: RowState, reason: str | None, amount: int) -> None:
        if state in OPEN_ROWS:
            self.open += amount
        elif state in SUCCESSES:
            self.ended[state] = self.ended.get(state, 0) + amount
            if reason and amount:
                self.noted[reason] = self.noted.get(reason, 0) + amount
        elif amount:
            reasons = self.skipped if state == "skipped" else self.failed
            reasons[reason or "unknown"] = reasons.get(reason or "unknown", 0) + amount

    @property
    def is_balanced(self) -> bool:
        accounted = sum(self.ended.values()) + sum(self.skipped.values()) + sum(self.failed.values())
        return not self.open and self.scanned == accounted

    def write(self) -> dict[str, Any]:
        """As the report tells it."""
        told: dict[str, Any] = {"scanned": self.scanned, **{state: self.ended.get(state, 0) for state in SUCCESSES}}
        told |= {"skipped": dict(sorted(self.skipped.items())), "failed": dict(sorted(self.failed.items()))}
        told |= {"noted": dict(sorted(self.noted.items()))} if self.noted else {}
        return told | ({"open": self.open} if self.open else {})


def make_ledger(scanned: Mapping[str, int], counts: Iterable[Counted]) -> dict[str, Any]:
    """`{types: {<work item type>: row}, comments, links, attachments, bytes, balanced}`."""
    types = {name.removeprefix(ITEM): LedgerRow(count) for name, count in scanned.items() if name.startswith(ITEM)}
    others = {name: LedgerRow(scanned.get(name, 0)) for name in (COMMENTS, LINKS, ATTACHMENTS, BYTES)}
    for one in counts:
        for row, amount in _places_of(one, types, others):
            row.add(one.state, one.reason, amount)
    balanced = all(row.is_balanced for row in (*types.values(), *others.values()))
    written = {name: row.write() for name, row in others.items()}
    return {"types": {name: types[name].write() for name in sorted(types)}, **written, "balanced": balanced}


def _places_of(
    one: Counted, types: dict[str, LedgerRow], others: Mapping[str, LedgerRow]
) -> Iterable[tuple[LedgerRow, int]]:
    """Where rows of a kind are counted, and how much; sprints and components were not read as work items."""
    match one.kind:
        case "item":
            return [(types.setdefault(one.type, LedgerRow()), one.rows)]
        case "comments":
            return [(others[COMMENTS], one.size)]
        case "link":
            return [(others[LINKS], one.rows)]
        case "file":
            return [(others[ATTACHMENTS], one.rows), (others[BYTES], one.size)]
    return []
