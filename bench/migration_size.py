"""100,000 work items: what a worker needs in memory and how long an item takes, against a tenth of it.

All of them are scanned, planned, made and verified by the same workers. Items alone, into lean stand-ins: links,
comments and files are bound by Jira's rates, not by how many items there are.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.history import peak
from bench.migration import NOTHING, Stuck, Trip, Wish, prepare_trip
from bench.migration_ado import SAMPLES, make_lean_ado
from bench.migration_jira import make_lean_jira, open_project
from bench.migration_speed import PROJECT, count_calls, follow_run, leave_places, open_source, require_all
from bench.product import Lanes
from bench.report import Measure, tell
from bench.rig import running
from sandbox.jira_migration import add_migration_project

SIZES, QUICK_SIZES = (10_000, 100_000), (2_000, 6_000)
WORKERS = 2
DELAY = 0.02
RUN_SECONDS = 2_400.0
MOST_MEMORY = 300.0  # MiB
MOST_GROWTH = 1.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run. `memory`: the most that the larger worker ever had, with the scan, MiB; `each`: milliseconds of an item,
    from the start of the run to its end, without the scan.
    """

    items: int
    memory: float
    each: float
    seconds: float
    phases: dict[str, float]


def main() -> None:
    given = read_arguments()
    sizes, began = (QUICK_SIZES if given.quick else SIZES), time.monotonic()
    rounds = [[measure(size) for size in sizes] for _ in range(given.rounds)]
    details = {
        "wall_seconds": round(time.monotonic() - began, 1), "workers": WORKERS, "delay_seconds": DELAY,
        "rounds": [[asdict(one) for one in found] for found in rounds],
    }  # fmt: skip
    tell("migration_size", judge(rounds), details, as_json=given.json)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a small form, to see that it runs")
    parser.add_argument("--rounds", type=int, default=1, help="how often it is measured")
    return parser.parse_args()


def judge(rounds: Sequence[Sequence[Outcome]]) -> Sequence[Measure]:
    memory = tuple(large.memory for _small, large in rounds)
    growth = tuple(large.memory / small.memory for small, large in rounds)
    slower = tuple(large.each / small.each for small, large in rounds)
    return [
        Measure("peak memory of a worker", "MiB", memory, MOST_MEMORY, "lower"),
        Measure("peak against a tenth of it", "times", growth, MOST_GROWTH, "lower"),
        Measure("time of an item against a tenth of it", "times", slower, MOST_GROWTH, "lower"),
    ]


def measure(items: int) -> Outcome:
    """A scan and a run of its own. Raises Stuck when something is missing or doubled."""
    with running(workers=WORKERS, lanes=Lanes(make_lean_jira, make_lean_ado, DELAY), link=False) as rig:
        plan = rig.product.organization.seed_work_items(PROJECT, SAMPLES + 20)
        project = add_migration_project(rig.product.site, "MOVED")
        wish = Wish(rig.connection, PROJECT, project.key, options=NOTHING, change=leave_places)
        open_source(rig, plan.first, items)
        trip = prepare_trip(rig.product, wish)
        require_scanned(trip, items)
        open_project(rig.product.site.base_url, rig.product.site, project)
        run_id = trip.start()
        phases = follow_run(rig, run_id, RUN_SECONDS)
        memory = max(peak(process.pid) for process in rig.product.workers)
        require_all(rig, run_id, count_calls(rig)["jira"], {"issues": items})
    found = Outcome(items, memory, phases["done"] / items * 1000, phases["done"], dict(phases))
    sys.stderr.write(f"  {items}: {found.seconds:.0f} s, {found.each:.2f} ms an item, {memory:.0f} MiB\n")
    return found


def require_scanned(trip: Trip, items: int) -> None:
    """Raises Stuck unless the scan read all of them: what it needs is a part of a worker's memory."""
    scanned = trip.product.call("GET", f"/api/migrations/{trip.id}/scan")["items"]
    if scanned != items:
        raise Stuck(f"{scanned} work items of {items} were scanned")


if __name__ == "__main__":
    main()
