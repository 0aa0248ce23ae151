"""Steady state: events per second end to end, with Jira and Azure DevOps a tenth of a second away.

Events of 50 repositories are posted at a fixed rate. The rate holds when none is refused, the inboxes stay short
until the end, everything has reached Jira soon after, and neither the worker nor Redis grows.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from bench.load import Story, make_ado_answers, make_jira_answers, send_events
from bench.product import Lanes, Product
from bench.report import Measure, read_arguments, tell
from bench.rig import Rig, running

RATE = 330.0
LEAST_RATE = 300.0
SECONDS = 20.0
WARM_SECONDS = 8.0
REPOSITORIES = 50
DELAY = 0.1
WORKERS = 2
LAST_SECONDS = 30.0


@dataclass(slots=True)
class Round:
    """What one round showed: events per second from the first post to the last delivery, and what grew."""

    rate: float
    refused: int
    longest: int  # events that waited at once
    worker_growth: float  # MiB
    redis_growth: float


def run_round(rig: Rig, story: Story) -> Round:
    """Post for SECONDS, wait until nothing waits, compare memory with that before."""
    memory, used = worker_memory(rig.product), redis_memory(rig.redis)
    began = time.monotonic()
    sent, refused = send_events(story.mix(), rig.hooks, rate=RATE, seconds=SECONDS)
    longest, ends = rig.waiting(), time.monotonic() + LAST_SECONDS
    while rig.waiting() and time.monotonic() < ends:
        time.sleep(0.05)
    seconds = time.monotonic() - began
    return Round(
        (sent - rig.waiting()) / seconds, len(refused), longest,
        worker_memory(rig.product) - memory, redis_memory(rig.redis) - used,
    )  # fmt: skip


def worker_memory(product: Product) -> float:
    """The largest worker, MiB."""
    return max(resident(process.pid) for process in product.workers)


def resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def redis_memory(redis: Redis) -> float:
    info: Any = redis.info("memory")
    return float(info["used_memory"]) / 1024 / 1024


def measure(rounds: int) -> Sequence[Round]:
    with running(workers=WORKERS, lanes=Lanes(make_jira_answers(), make_ado_answers, DELAY)) as rig:
        story = rig.story(REPOSITORIES)
        send_events(story.mix(), rig.hooks, rate=RATE / 2, seconds=WARM_SECONDS)
        time.sleep(2)
        return [run_round(rig, story) for _ in range(rounds)]


def main() -> None:
    found = measure(read_arguments().rounds)
    rates = Measure("events per second end to end", "1/s", tuple(one.rate for one in found), LEAST_RATE, "higher")
    waits = Measure(
        "events waiting when the last was posted", "", tuple(one.longest for one in found), RATE * 2, "lower"
    )
    grown = Measure("growth of the largest worker", "MiB", tuple(one.worker_growth for one in found), 10, "lower")
    redis = Measure("growth of Redis", "MiB", tuple(one.redis_growth for one in found), 12, "lower")
    refused = Measure("events refused", "", tuple(one.refused for one in found), 0, "lower")
    tell("steady", [rates, waits, grown, redis, refused], {"posted_per_second": RATE, "workers": WORKERS})


if __name__ == "__main__":
    main()
