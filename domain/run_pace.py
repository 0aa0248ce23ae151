"""How fast a run is, and how long it will take: from what ended in the last minutes, phase by phase. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.run_states import PHASES, Phase

WINDOW_SECONDS = 180  # what the rate is measured over: long enough for a bulk create, short enough to follow a pause
LEAST_SECONDS = 5  # a phase that began just now has no rate yet
BUCKETS = 120  # of a chart at most
# What a row of a phase costs beside one of another: fifty items go in a call, a file is read and written
COSTS: Mapping[Phase, float] = {
    "prepare": 0.3, "items": 0.1, "links": 0.3, "comments": 0.5, "files": 1.0, "close": 0.3, "verify": 0.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaceBucket:
    """How many rows ended between two times (ms)."""

    start: int
    end: int
    rows: int


def rate_per_minute(ended: int, seconds: float) -> float | None:
    """Rows per minute; None while too little is known."""
    return round(ended * 60 / seconds, 1) if seconds >= LEAST_SECONDS else None


def estimate_seconds(phase: Phase, open_rows: Mapping[Phase, int], ended: int, seconds: float) -> int | None:
    """The time a run needs still, when the last `seconds` ended so many rows of its present phase.

    What is left of later phases is reckoned by what their rows cost beside those of the present one, so it corrects
    itself as they begin. None while nothing is known, as during the planning.
    """
    if phase not in COSTS or not ended or seconds < LEAST_SECONDS:
        return None
    left = sum(rows * COSTS.get(one, 0.0) for one, rows in open_rows.items() if _follows(one, phase))
    return round(left / (ended * COSTS[phase] / seconds))


def fold_minutes(minutes: Iterable[tuple[int, Phase, int]]) -> Sequence[PaceBucket]:
    """What ended in each minute (ms, phase, rows), in BUCKETS equal stretches of time at most; verifying left out."""
    moved = [(at, rows) for at, phase, rows in minutes if phase != "verify"]
    if not moved:
        return ()
    first, last = min(at for at, _rows in moved), max(at for at, _rows in moved) + 60_000
    count = min(BUCKETS, (last - first) // 60_000)
    width = -(-(last - first) // count)
    sums = [0] * count
    for at, rows in moved:
        sums[(at - first) // width] += rows
    return tuple(
        PaceBucket(first + place * width, first + (place + 1) * width, rows) for place, rows in enumerate(sums)
    )


def _follows(phase: Phase, present: Phase) -> bool:
    return PHASES.index(phase) >= PHASES.index(present)
