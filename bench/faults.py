"""`make faults`: 2,000 events while workers, Redis and PostgreSQL are killed; nothing lost, and Jira as if undisturbed.

Bounded: each of the two runs ends within RUN_SECONDS or fails.
"""

import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis

from bench.product import Product, free_ports
from bench.rig import databases
from bench.story import story_clock, tell_story
from sandbox.ado_subscriptions import Subscription
from tests.postgres import PostgresServer
from tests.redis_server import RedisServer

EVENTS = 2_000
KILLS = 50
WORKERS = 2
PACE_SECONDS = 0.08  # between two actions; an action sends several events
RUN_SECONDS = 600.0
TIMES = {"sequence", "updateSequenceId", "updateSequenceNumber", "lastUpdate", "lastUpdated"}


@dataclass(slots=True)
class Outcome:
    """What one run left behind."""

    jira: str
    events: int
    refused: int
    dead: int
    kills: int = 0
    redis_restarts: int = 0
    database_restarts: int = 0
    seconds: float = 0.0
    violations: list[Any] = field(default_factory=list)


class Campaign(threading.Thread):
    """Kills workers at random moments; Redis once and PostgreSQL once on the way."""

    def __init__(self, product: Product, redis: RedisServer, postgres: PostgresServer) -> None:
        super().__init__(daemon=True)
        self.product, self.redis, self.postgres = product, redis, postgres
        self.kills = self.redis_restarts = self.database_restarts = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        chance = random.Random()
        try:
            while self.kills < KILLS:
                time.sleep(chance.uniform(0.2, 2.2))
                self.product.kill_worker(chance.randrange(WORKERS))
                self.kills += 1
                if self.kills == KILLS // 3:
                    self.redis.kill()
                    time.sleep(0.5)
                    self.redis.restart()
                    self.redis_restarts += 1
                if self.kills == 2 * KILLS // 3:
                    self.postgres.restart()
                    self.database_restarts += 1
        except Exception as error:  # shown at the end of the run
            self.failure = error


def run_once(ports: Sequence[int], redis: RedisServer, postgres: PostgresServer, *, disturbed: bool) -> Outcome:
    """One run of the story, from install to the last event."""
    Redis.from_url(redis.url).flushall()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        product = Product(ports, database_url=postgres.database(), redis_url=redis.url, folder=Path(folder))
        campaign = Campaign(product, redis, postgres)
        try:
            product.start(workers=WORKERS)
            product.organization.clock.source = story_clock()
            connection = product.link_projects()
            if disturbed:
                campaign.start()
            for _sent in tell_story(product.organization, events=EVENTS):
                time.sleep(PACE_SECONDS)
            if disturbed:
                campaign.join(RUN_SECONDS)
            if campaign.failure:
                raise campaign.failure
            await_empty(product, redis, began + RUN_SECONDS)
            outcome = read_outcome(product, connection)
        except BaseException:
            sys.stderr.write((Path(folder) / "product.log").read_text()[-6000:])
            raise
        finally:
            product.close()
    outcome.kills, outcome.seconds = campaign.kills, round(time.monotonic() - began, 1)
    outcome.redis_restarts, outcome.database_restarts = campaign.redis_restarts, campaign.database_restarts
    return outcome


def await_empty(product: Product, redis: RedisServer, ends: float) -> None:
    """Wait until Azure DevOps has nothing to send and no inbox holds an event."""
    client = Redis.from_url(redis.url)
    while not product.organization.wait_idle(1) or client.zcard("crosswalk:inboxes"):
        if time.monotonic() > ends:
            raise TimeoutError(f"{client.zcard('crosswalk:inboxes')} inboxes still hold events")
        time.sleep(0.5)
    client.close()


def read_outcome(product: Product, connection: str) -> Outcome:
    def refused(subscription: Subscription) -> int:
        return sum(1 for notification in subscription.history if notification.result != "succeeded")

    subscriptions = product.organization.subscriptions.values()
    state = json.dumps(without_times(product.site.snapshot()), sort_keys=True, default=str)
    return Outcome(
        jira=state.replace(connection, "<connection>"),
        events=sum(len(subscription.history) for subscription in subscriptions),
        refused=sum(refused(subscription) for subscription in subscriptions),
        dead=len(product.call("GET", "/api/dead-letters")["items"]),
        violations=[*product.site.violations, *product.organization.violations],
    )


def without_times(found: Any) -> Any:
    """What Jira holds, without what tells when it was sent: of events that show the same, one or another is sent."""
    if isinstance(found, dict):
        return {name: without_times(value) for name, value in found.items() if name not in TIMES}
    return [without_times(value) for value in found] if isinstance(found, list) else found


def first_difference(left: str, right: str) -> str:
    place = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return f"at {place}: ...{left[max(0, place - 300) : place + 200]}... against ...{right[place : place + 200]}..."


def main() -> None:
    """Print both runs as JSON; exit 1 when an event was lost, Jira differs, or too little was killed."""
    with databases() as (redis, postgres):
        ports = free_ports(4)
        calm = run_once(ports, redis, postgres, disturbed=False)
        rough = run_once(ports, redis, postgres, disturbed=True)
    report = {
        "events": rough.events, "kills": rough.kills, "redis_restarts": rough.redis_restarts,
        "database_restarts": rough.database_restarts, "seconds": {"calm": calm.seconds, "rough": rough.seconds},
        "refused": calm.refused + rough.refused, "dead_letters": calm.dead + rough.dead,
        "violations": len(calm.violations) + len(rough.violations),
        "jira_bytes": len(rough.jira), "jira_equal": calm.jira == rough.jira,
    }  # fmt: skip
    print(json.dumps(report, indent=2))
    if calm.jira != rough.jira:
        print(first_difference(calm.jira, rough.jira))
    bad = any(one.refused or one.dead or one.violations or one.events < EVENTS for one in (calm, rough))
    undisturbed = rough.kills < KILLS or not rough.redis_restarts or not rough.database_restarts
    sys.exit(1 if bad or undisturbed or calm.jira != rough.jira else 0)


if __name__ == "__main__":
    main()
