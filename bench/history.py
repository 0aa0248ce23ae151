"""Back-fill: what 100,000 commits over 200 repositories cost Azure DevOps in calls and a worker in memory.

A tenth of that is read first, for the memory to be compared with. Every commit that names an issue must reach Jira.
"""

import json
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.fast_lane import Hot
from bench.history_load import History, make_history
from bench.load import make_ado_answers, make_jira_answers
from bench.product import Lanes
from bench.report import Measure, read_arguments, tell
from bench.rig import Rig, running

PAGE = 1_000  # commits of one call
SIZES = (20, 200)  # repositories; 500 commits in each
DELAY = 0.02
MOST_SECONDS = 600.0
MOST_SHARE = 1.1
MOST_MEMORY = 250.0  # MiB
MOST_GROWTH = 1.1  # peak of the large one against the small one


@dataclass(frozen=True, slots=True)
class Outcome:
    """One back-fill: calls against the least that can tell it, peak memory of the largest worker, what is missing."""

    share: float
    memory: float
    missing: int
    seconds: float


def run_once(repositories: int) -> Outcome:
    """Link a project with that history, kind commits only, and wait until all of it was read."""
    context = multiprocessing.get_context("fork")
    counted, taken = context.Queue(), context.Queue()
    lanes = Lanes(logging_commits(taken), partial(make_answers, repositories, counted), DELAY)
    with running(workers=1, lanes=lanes, link=False) as rig:
        history = History(repositories, rig.project)
        began = time.monotonic()
        arrived = import_history(rig, taken)
        seconds = time.monotonic() - began
        memory = max(peak(process.pid) for process in rig.product.workers)
    calls = len(drain(counted))
    return Outcome(calls / history.least_calls(PAGE), memory, len(history.keyed() - arrived), seconds)


def make_answers(repositories: int, counted: Any, project: str) -> Hot:
    return make_history(History(repositories, project), make_ado_answers(), counted)


def logging_commits(taken: Any) -> Callable[[], Hot]:
    """Jira that tells which commits it took."""

    def log(target: str, body: bytes) -> None:
        repositories = json.loads(body).get("repositories", [])
        taken.put([commit["id"] for one in repositories for commit in one.get("commits", [])])

    return make_jira_answers(log)


def import_history(rig: Rig, taken: Any) -> set[str]:
    """Start the back-fill and wait until it is done; the commits that Jira took. Raises RuntimeError if it is not."""
    path = f"/api/connections/{rig.connection}/projects/{rig.project}"
    rig.product.call("PUT", path, {"kinds": ["commits"]})
    since = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 300 * 24 * 3600))
    rig.product.call("POST", f"{path}/backfill", {"since": since})
    arrived: set[str] = set()
    ends = time.monotonic() + MOST_SECONDS
    while (state := rig.product.call("GET", f"{path}/backfill")["state"]) != "done":
        if state == "failed" or time.monotonic() > ends:
            raise RuntimeError(f"the back-fill is {state}: what it cost is not what all of it costs")
        arrived.update(*drain(taken))
        time.sleep(0.5)
    arrived.update(*drain(taken))
    return arrived


def drain(queue: Any) -> list[Any]:
    found = []
    time.sleep(0.1)
    while not queue.empty():
        found.append(queue.get())
    return found


def peak(pid: int) -> float:
    """The most memory that a process ever had, MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    rounds = read_arguments().rounds
    found = [(run_once(SIZES[0]), run_once(SIZES[1])) for _ in range(rounds)]
    large = [pair[1] for pair in found]
    growth = tuple(big.memory / small.memory for small, big in found)
    tell("history", [
        Measure("calls to Azure DevOps against the least", "times", tuple(o.share for o in large), MOST_SHARE, "lower"),
        Measure("peak memory of the worker", "MiB", tuple(o.memory for o in large), MOST_MEMORY, "lower"),
        Measure("peak against a tenth of it", "times", growth, MOST_GROWTH, "lower"),
        Measure("commits missing in Jira", "", tuple(o.missing for o in large), 0, "lower"),
    ], {"commits": SIZES[1] * 500, "seconds": [round(o.seconds, 1) for o in large]})  # fmt: skip


if __name__ == "__main__":
    main()
