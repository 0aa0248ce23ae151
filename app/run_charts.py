"""The charts of a report, as shapes for a template: bars without a line of script or of style."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.run_report_views import BucketView, LedgerRowView, LedgerView
from domain.run_ledger import LedgerRow

WIDTH, HEIGHT = 600, 120
OUTCOMES = ("created", "adopted", "updated", "unchanged", "skipped", "failed", "open")


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `kind` names its color."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of the table: its numbers, and its bars side by side over WIDTH."""

    name: str
    row: LedgerRowView
    skipped: int
    failed: int
    bars: tuple[Bar, ...]
    balances: bool


def draw_ledger(ledger: LedgerView) -> Sequence[LedgerLine]:
    """Every line of the ledger, types first; a line without anything is left out, but for the types."""
    parts = {
        "Comments": ledger.comments,
        "Links": ledger.links,
        "Attachments": ledger.attachments,
        "Bytes": ledger.bytes,
    }
    shown = {name: row for name, row in parts.items() if row.scanned or any(_amount(row, kind) for kind in OUTCOMES)}
    return [_draw_line(name, row) for name, row in (ledger.types | shown).items()]


def draw_pace(pace: Sequence[BucketView]) -> Sequence[Bar]:
    """A column for each stretch of time, the fullest over the whole HEIGHT."""
    most = max((bucket.rows for bucket in pace), default=0)
    if not most:
        return ()
    width = WIDTH / len(pace)
    return [
        Bar(
            "pace", round(place * width, 2), round(HEIGHT - HEIGHT * bucket.rows / most, 2),
            round(max(width - 1, 0.5), 2), round(HEIGHT * bucket.rows / most, 2),
            f"{bucket.start:%Y-%m-%d %H:%M}: {bucket.rows}",
        )
        for place, bucket in enumerate(pace)
    ]  # fmt: skip


def _draw_line(name: str, row: LedgerRowView) -> LedgerLine:
    amounts = {kind: _amount(row, kind) for kind in OUTCOMES}
    total = max(row.scanned, sum(amounts.values()), 1)
    bars, x = [], 0.0
    for kind, amount in amounts.items():
        if amount:
            width = WIDTH * amount / total
            bars.append(Bar(kind, round(x, 2), 0, round(width, 2), 12, f"{kind}: {amount}"))
            x += width
    balances = LedgerRow(**row.model_dump(by_alias=False)).balances
    return LedgerLine(name, row, amounts["skipped"], amounts["failed"], tuple(bars), balances)


def _amount(row: LedgerRowView, kind: str) -> int:
    value: int | dict[str, int] = getattr(row, kind)
    return sum(value.values()) if isinstance(value, dict) else value
