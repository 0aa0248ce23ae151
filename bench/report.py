"""How a bench tells its numbers: rounds, their median, and whether the target holds; JSON with `--json`."""

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with its target; `rounds` are all that were measured."""

    name: str
    unit: str
    rounds: tuple[float, ...]
    target: float
    better: Literal["higher", "lower"]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def holds(self) -> bool:
        return self.median >= self.target if self.better == "higher" else self.median <= self.target


def tell(
    bench: str, measures: Sequence[Measure], details: Mapping[str, Any] | None = None, *, as_json: bool | None = None
) -> None:
    """Print and leave: exit 1 when a target does not hold. `as_json`: by the arguments unless given."""
    shown = [asdict(one) | {"median": round(one.median, 4), "ok": one.holds} for one in measures]
    report = {"bench": bench, "machine": machine(), "measures": shown, **(details or {})}
    if read_arguments().json if as_json is None else as_json:
        print(json.dumps(report))
    else:
        for one in measures:
            word, limit = "holds" if one.holds else "DOES NOT HOLD", "at least" if one.better == "higher" else "at most"
            print(f"{bench}: {one.name}: median {one.median:.4g} {one.unit} of {len(one.rounds)} "
                  f"(target {limit} {one.target:g}): {word}")  # fmt: skip
    sys.exit(0 if all(one.holds for one in measures) else 1)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each side is measured")
    return parser.parse_args()


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that more than a `share` (between 0 and 1) of them do not exceed: of 40 and 0.95 the 39th."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
