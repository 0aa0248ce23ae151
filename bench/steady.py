"""Steady state: events per second end to end, with Jira and Azure DevOps a tenth of a second away.

Events of 50 repositories are posted at a fixed rate. At first they gather, because busy workers take several of a
repository together; what counts is the time after that. The rate holds when none is refused, those that wait do not
become more, none waits long, and neither the worker nor Redis grows.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from redis import Redis

from bench.bursts import wait_idle
from bench.load import Story, make_ado_answers, make_jira_answers, send_events
from bench.product import Lanes, Product
from bench.report import Measure, read_arguments, tell
from bench.rig import Rig, running

RATE = 305.0
LEAST_RATE = 300.0
SECONDS = 45.0
SETTLED = 25.0  # seconds from the first post on; what comes after counts
WARM_SECONDS = 8.0
REPOSITORIES = 50
DELAY = 0.1
WORKERS = 2
LOOK_SECONDS = 0.5


@dataclass(slots=True)
class Round:
    """What one round showed once it was settled. `growth`: events that wait in its second half, against its first."""

    rate: float  # events per second that arrived in Jira
    refused: int
    age: float  # seconds from the post of an event to its arrival, by how many wait
    growth: float
    worker_growth: float  # MiB
    redis_growth: float


def run_round(rig: Rig, story: Story) -> Round:
    """Post for SECONDS and look how many wait, wait until none does, compare memory with that before."""
    memory, used = worker_memory(rig.product), redis_memory(rig.redis)
    with ThreadPoolExecutor(1) as threads:
        posting = threads.submit(send_events, story.mix(), rig.hooks, rate=RATE, seconds=SECONDS)
        waiting = watch_waiting(rig)
        sent, refused = posting.result()
    wait_idle(rig)
    middle = len(waiting) // 2
    first, second = fmean(waiting[:middle]), fmean(waiting[middle:])
    rate = (sent - len(refused)) / SECONDS - (waiting[-1] - waiting[0]) / (SECONDS - SETTLED)
    return Round(
        rate, len(refused), fmean(waiting) / rate, second / first,
        worker_memory(rig.product) - memory, redis_memory(rig.redis) - used,
    )  # fmt: skip


def watch_waiting(rig: Rig) -> Sequence[int]:
    """How many events waited at each look, from SETTLED to SECONDS."""
    time.sleep(SETTLED)
    found = []
    for _look in range(round((SECONDS - SETTLED) / LOOK_SECONDS)):
        found.append(rig.waiting())
        time.sleep(LOOK_SECONDS)
    return found


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
    measures = [
        Measure("events per second end to end", "1/s", tuple(one.rate for one in found), LEAST_RATE, "higher"),
        Measure("from the post of an event to Jira", "s", tuple(one.age for one in found), 10.0, "lower"),
        Measure("events that wait, later against earlier", "times", tuple(one.growth for one in found), 1.15, "lower"),
        Measure("growth of the largest worker", "MiB", tuple(one.worker_growth for one in found), 10, "lower"),
        Measure("growth of Redis", "MiB", tuple(one.redis_growth for one in found), 12, "lower"),
        Measure("events refused", "", tuple(one.refused for one in found), 0, "lower"),
    ]
    tell("steady", measures, {"posted_per_second": RATE, "workers": WORKERS})


if __name__ == "__main__":
    main()
