"""Steady state: events per second end to end, with Jira and Azure DevOps a tenth of a second away.

Events of 50 repositories are posted at a fixed rate. The rate holds when none is refused, the inboxes stay short
until the end, everything has reached Jira soon after, and neither the worker nor Redis grows.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from bench.load import Story, make_ado_answers, make_jira_answers, send_events
from bench.product import Lanes, Product, free_ports
from bench.report import Measure, read_arguments, tell
from tests.postgres import PostgresServer
from tests.redis_server import RedisServer

RATE = 300.0
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


def run_round(product: Product, redis: Redis, story: Story, hooks: Any) -> Round:
    """Post for SECONDS, wait until nothing waits, compare memory with that before."""
    memory, used = worker_memory(product), redis_memory(redis)
    depths: list[int] = []
    began = time.monotonic()
    sent, refused = send_events(story.mix(), hooks, rate=RATE, seconds=SECONDS)
    depths.append(waiting(redis))
    ends = time.monotonic() + LAST_SECONDS
    while waiting(redis) and time.monotonic() < ends:
        time.sleep(0.05)
    seconds = time.monotonic() - began
    left = waiting(redis)
    return Round(
        (sent - left) / seconds, len(refused), max(depths),
        worker_memory(product) - memory, redis_memory(redis) - used,
    )  # fmt: skip


def waiting(redis: Redis) -> int:
    inboxes: Any = redis.zrange("crosswalk:inboxes", 0, -1)
    return sum(redis.xlen(f"crosswalk:inbox:{inbox.decode()}") for inbox in inboxes)


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
    redis_server, postgres = RedisServer(), PostgresServer()
    postgres.start()
    lanes = Lanes(make_jira_answers(), make_ado_answers, DELAY)
    try:
        with tempfile.TemporaryDirectory() as folder:
            product = Product(
                free_ports(4), database_url=postgres.database(), redis_url=redis_server.url, folder=Path(folder),
                lanes=lanes,
            )  # fmt: skip
            try:
                return run_rounds(product, Redis.from_url(redis_server.url), rounds)
            finally:
                product.close()
    finally:
        redis_server.stop()
        postgres.stop()


def run_rounds(product: Product, redis: Redis, rounds: int) -> Sequence[Round]:
    product.start(workers=WORKERS)
    product.link_projects()
    project = next(iter(product.organization.projects))
    hooks = dict(product.hooks(project))
    story = Story(repositories=REPOSITORIES, project_id=project)
    send_events(story.mix(), hooks, rate=RATE / 2, seconds=WARM_SECONDS)
    time.sleep(2)
    return [run_round(product, redis, story, hooks) for _ in range(rounds)]


def main() -> None:
    found = measure(read_arguments().rounds)
    rates = Measure("events per second end to end", "1/s", tuple(one.rate for one in found), RATE * 0.97, "higher")
    waits = Measure(
        "events waiting when the last was posted", "", tuple(one.longest for one in found), RATE * 2, "lower"
    )
    grown = Measure("growth of the largest worker", "MiB", tuple(one.worker_growth for one in found), 10, "lower")
    redis = Measure("growth of Redis", "MiB", tuple(one.redis_growth for one in found), 12, "lower")
    refused = Measure("events refused", "", tuple(one.refused for one in found), 0, "lower")
    tell("steady", [rates, waits, grown, redis, refused], {"posted_per_second": RATE, "workers": WORKERS})


if __name__ == "__main__":
    main()
