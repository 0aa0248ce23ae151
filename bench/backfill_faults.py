"""A back-fill whose workers are killed at 50 random points ends with the same Jira as an undisturbed one.

`python -m bench.backfill_faults`. Bounded: each of the two runs ends within RUN_SECONDS or fails. While kills are left,
a back-fill that is done goes further back, up to the day that the undisturbed one begins with.
"""

import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from bench.faults import first_difference, without_times
from bench.product import Product, free_ports
from bench.rig import databases
from sandbox.ado_organization import AdoOrganization
from tests.postgres import PostgresServer
from tests.redis_server import RedisServer

KILLS = 50
WORKERS = 2
REPOSITORIES = 6  # of each project
COMMITS = 150  # of each repository
DELAY_MILLISECONDS = 60
PAUSES = (0.2, 2.2)  # seconds between two kills
RUN_SECONDS = 600.0
DAYS = ("2026-11-10", "2026-10-15", "2026-09-15", "2026-01-01")  # each further back than the one before


@dataclass(slots=True)
class Outcome:
    """What one run left behind."""

    jira: str
    states: Mapping[str, Any]
    kills: int = 0
    starts: int = 1
    seconds: float = 0.0
    violations: list[Any] = field(default_factory=list)


class Campaign(threading.Thread):
    """Kills workers at random moments."""

    def __init__(self, product: Product) -> None:
        super().__init__(daemon=True)
        self.product = product
        self.kills = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        chance = random.Random()
        try:
            while self.kills < KILLS:
                time.sleep(chance.uniform(*PAUSES))
                self.product.kill_worker(chance.randrange(WORKERS))
                self.kills += 1
        except Exception as error:  # shown at the end of the run
            self.failure = error


def run_once(ports: Sequence[int], redis: RedisServer, postgres: PostgresServer, *, disturbed: bool) -> Outcome:
    """One run, from install to the end of the back-fill."""
    Redis.from_url(redis.url).flushall()
    began = time.monotonic()
    organization = AdoOrganization.seeded(repositories=REPOSITORIES, commits=COMMITS)
    with tempfile.TemporaryDirectory() as folder:
        product = Product(
            ports, database_url=postgres.database(), redis_url=redis.url, folder=Path(folder), organization=organization
        )
        try:
            product.start(workers=WORKERS)
            outcome = read_history(product, began + RUN_SECONDS, disturbed=disturbed)
        except BaseException:
            sys.stderr.write((Path(folder) / "product.log").read_text()[-6000:])
            raise
        finally:
            product.close()
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


def read_history(product: Product, ends: float, *, disturbed: bool) -> Outcome:
    slow_down(product)
    days = list(DAYS) if disturbed else [DAYS[-1]]
    connection = product.link_projects(days.pop(0))
    campaign, starts = Campaign(product), 1
    if disturbed:
        campaign.start()
    while True:
        await_end(product, connection, ends)
        if campaign.failure:
            raise campaign.failure
        if not days and not campaign.is_alive():
            break
        since = days.pop(0) if days else DAYS[-1]
        starts += 1
        for address in addresses(product, connection):
            product.call("POST", address, {"since": since})
    return read_outcome(product, connection, campaign.kills, starts)


def slow_down(product: Product) -> None:
    """Answers take a moment, so that a kill meets work of every kind on its way."""
    for address in (product.ado_url, product.site.base_url):
        requests.post(f"{address}/_control/latency", json={"ms": DELAY_MILLISECONDS}, timeout=5).raise_for_status()


def addresses(product: Product, connection: str) -> list[str]:
    return [f"/api/connections/{connection}/projects/{project}/backfill" for project in product.organization.projects]


def await_end(product: Product, connection: str, ends: float) -> None:
    """Wait until the back-fill of every project has ended."""
    while True:
        states = [product.call("GET", address)["state"] for address in addresses(product, connection)]
        if set(states) <= {"done", "failed"}:
            return
        if time.monotonic() > ends:
            raise TimeoutError(f"the back-fills are {', '.join(states)}")
        time.sleep(0.5)


def read_outcome(product: Product, connection: str, kills: int, starts: int) -> Outcome:
    shown = [product.call("GET", address) for address in addresses(product, connection)]
    state = json.dumps(without_times(product.site.snapshot()), sort_keys=True, default=str)
    return Outcome(
        jira=state.replace(connection, "<connection>"),
        states={"backfills": [one["state"] for one in shown], "parts": [one["counts"] for one in shown]},
        kills=kills,
        starts=starts,
        violations=[*product.site.violations, *product.organization.violations],
    )


def main() -> None:
    """Print both runs as JSON; exit 1 when Jira differs, something was not read, or too little was killed."""
    with databases() as (redis, postgres):
        ports = free_ports(4)
        calm = run_once(ports, redis, postgres, disturbed=False)
        rough = run_once(ports, redis, postgres, disturbed=True)
    report = {
        "kills": rough.kills, "starts": rough.starts, "seconds": {"calm": calm.seconds, "rough": rough.seconds},
        "calm": calm.states, "rough": rough.states, "violations": len(calm.violations) + len(rough.violations),
        "jira_bytes": len(rough.jira),
        "jira_equal": calm.jira == rough.jira,
    }  # fmt: skip
    print(json.dumps(report, indent=2))
    if calm.jira != rough.jira:
        print(first_difference(calm.jira, rough.jira))
    bad = any(is_imperfect(one) for one in (calm, rough))
    sys.exit(1 if bad or calm.jira != rough.jira or rough.kills < KILLS else 0)


def is_imperfect(run: Outcome) -> bool:
    """A part was not read, or the stand-ins had something to object to."""
    return bool(run.violations) or any(set(counts) != {"done"} for counts in run.states["parts"])


if __name__ == "__main__":
    main()
