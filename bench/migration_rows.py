"""Plan and resume of 1,000,000 rows on PostgreSQL, each in a process of its own (`tests.store.row_load`)."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from bench.report import Measure, tell
from tests.postgres import PostgresServer

ROWS, QUICK_ROWS = 1_000_000, 50_000
MOST_SECONDS = 120.0
STEP_SECONDS = 600.0


def main() -> None:
    given = read_arguments()
    rows, began = QUICK_ROWS if given.quick else ROWS, time.monotonic()
    found = [measure(rows) for _ in range(given.rounds)]
    details = {"rows": rows, "wall_seconds": round(time.monotonic() - began, 1), "rounds": found}
    tell("migration_rows", judge(found, rows), details, as_json=given.json)


def judge(found: Sequence[dict[str, Any]], rows: int) -> Sequence[Measure]:
    written = tuple(one["plan"]["rows"] / rows for one in found)
    return [
        Measure("plan", "s", tuple(one["plan"]["seconds"] for one in found), MOST_SECONDS, "lower"),
        Measure(
            "resume, with the start of the process",
            "s",
            tuple(one["resume"]["wall"] for one in found),
            MOST_SECONDS,
            "lower",
        ),
        Measure("rows written", "times", written, 1, "higher"),
    ]


def measure(rows: int) -> dict[str, Any]:
    """A database of its own: rows are planned, a worker dies among them, another one takes over.

    Raises RuntimeError when that one finds another number of lost rows than there are, or nothing to do.
    """
    postgres = PostgresServer()
    try:
        url = postgres.database()
        found = {step: run_step(step, url, rows) for step in ("plan", "kill", "resume")}
        if found["resume"]["lost"] != found["kill"]["lost"] or not found["resume"]["chunk"]:
            raise RuntimeError(f"nobody could go on with that: {found}")
        return found
    finally:
        postgres.stop()


def run_step(step: str, url: str, rows: int) -> dict[str, Any]:
    """What a step says of itself, and its seconds from start to end of its process. Raises CalledProcessError."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.row_load", step, url, str(rows)],
        capture_output=True, text=True, check=False, timeout=STEP_SECONDS,
    )  # fmt: skip
    if done.returncode:
        sys.stderr.write(done.stderr[-3000:])
        done.check_returncode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"wall": round(time.monotonic() - began, 2)}


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a small form, to see that it runs")
    parser.add_argument("--rounds", type=int, default=1, help="how often it is measured")
    return parser.parse_args()


if __name__ == "__main__":
    main()
