"""Live events beside a back-fill: how much later one event alone reaches Jira while history is read.

Both sides are measured in each round, in turn, on the same running product. Jira and Azure DevOps are a tenth of a
second away.
"""

import multiprocessing
import time
from functools import partial
from typing import Any

from bench.bursts import empty, logging_jira
from bench.history import make_answers
from bench.load import Line
from bench.product import Lanes
from bench.report import Measure, percentile, read_arguments, tell
from bench.rig import Rig, running

ALONE = 40
PACE_SECONDS = 0.3
REPOSITORIES = 400
DELAY = 0.1
MOST = 1.5


def measure_alone(rig: Rig, seen: Any, first: int) -> float:
    """p95 of the seconds from the post of an event to the call of Jira that brings its commit."""
    story = rig.story(ALONE, first=first)
    line, found = Line(rig.hooks), []
    for repository in range(ALONE):
        body = story.keyed_push(repository)
        wanted = body["resource"]["commits"][0]["commitId"]
        empty(seen)
        began = time.monotonic()
        line.post(body)
        found.append(await_commit(seen, wanted) - began + DELAY)
        time.sleep(PACE_SECONDS)
    return percentile(found, 0.95)


def await_commit(seen: Any, wanted: str) -> float:
    """When Jira was told of a commit (monotonic seconds)."""
    while True:
        at, commits = seen.get(timeout=30)
        if wanted in commits:
            return float(at)


def run_round(rig: Rig, seen: Any, number: int) -> float:
    """p95 with a back-fill against p95 without."""
    path = f"/api/connections/{rig.connection}/projects/{rig.project}"
    rig.product.call("POST", f"{path}/backfill/pause")
    time.sleep(1)
    without = measure_alone(rig, seen, 100_000 * (2 * number + 1))
    rig.product.call("POST", f"{path}/backfill/resume")
    beside = measure_alone(rig, seen, 100_000 * (2 * number + 2))
    state = rig.product.call("GET", f"{path}/backfill")["state"]
    if state not in {"queued", "running"}:
        raise RuntimeError(f"the back-fill was {state} before the events were through: give it more history")
    return beside / without


def main() -> None:
    rounds = read_arguments().rounds
    seen: Any = multiprocessing.get_context("fork").Queue()
    counted: Any = multiprocessing.get_context("fork").Queue()
    lanes = Lanes(logging_jira(seen), partial(make_answers, REPOSITORIES, counted), DELAY)
    with running(workers=2, lanes=lanes, link=False) as rig:
        path = f"/api/connections/{rig.connection}/projects/{rig.project}"
        rig.product.call("PUT", path, {})
        rig.product.call("POST", f"{path}/backfill", {"since": "2025-01-01"})
        linked = rig.with_hooks()
        found = tuple(run_round(linked, seen, number) for number in range(rounds))
    tell("live_share", [Measure("live p95 beside a back-fill against without", "times", found, MOST, "lower")])


if __name__ == "__main__":
    main()
