"""`make faults`: a migration of 3,000 work items while workers, Redis and PostgreSQL die and Jira answers badly.

Nothing may be doubled, lost, left out or different: `migration_counts.COMPARED` says what is compared, and so does the
output. Bounded: it ends within RUN_SECONDS or fails. The seed is printed; `--seed` draws the same moments and victims
again, as far as the machine is as fast.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench.migration import ENDED, EVERYTHING, Wish, prepare_trip, read_run
from bench.migration_counts import COMPARED, Verdict, find_things, judge
from bench.product import Product, free_ports
from sandbox.ado_organization import AdoOrganization
from sandbox.jira_control import throttle_rule
from sandbox.jira_migration import add_migration_project, boards_of, count_things
from tests.postgres import PostgresServer
from tests.redis_server import RedisServer

PROJECT, TARGET = "Webshop", "MOVED"
WORKERS = 4
RUN_SECONDS = 1500.0
SETTLE_SECONDS, LAG_SECONDS = 55, 5.0  # the shortest that the setting may be
REST, WORK_ITEMS = "^/rest/", "/_apis/wit/"
# 5 of 100 calls fail with a 5xx, before or after they were done; 2 of 100 writes are done and get no answer
JIRA_RULES: tuple[Mapping[str, Any], ...] = (
    {"path": REST, "method": "POST", "percent": 1, "times": None, "drop": "after"},
    {"path": REST, "method": "POST", "percent": 1, "times": None, "status": 504, "late": True},
    {"path": REST, "method": "POST", "times": 2, "skip": 40, "percent": 1, "after_ms": 32_000},
    {"path": REST, "percent": 3, "times": None, "status": 503},
    {"path": REST, "percent": 2, "times": None, "status": 500},
)
ADO_RULES: tuple[Mapping[str, Any], ...] = (
    {"path": WORK_ITEMS, "percent": 4, "times": None, "status": 503},
    {"path": WORK_ITEMS, "percent": 1, "times": None, "drop": "after"},
)
STORM_EVERY, STORM_SECONDS = 30.0, 4.0
# How many of 100 kills may have happened until a phase is over: on a slow machine, too, each phase gets its share
UNTIL = {"plan": 6, "prepare": 12, "items": 45, "links": 75, "comments": 85, "files": 92, "close": 96}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is migrated, and how often somebody dies."""

    items: int
    kills: int


WHOLE, QUICK = (3_000, 100), (300, 12)  # work items, kills
PAUSES = (0.4, 4.0)  # seconds between two kills
COMMENTS, FILES = 1, 0.1  # of each work item; and a link
SPRINTS = 5


class Campaign(threading.Thread):
    """Kills workers at random moments, Redis and PostgreSQL on the way, and lets Jira refuse calls in storms."""

    def __init__(self, product: Product, redis: RedisServer, postgres: PostgresServer, size: Size, seed: int) -> None:
        super().__init__(daemon=True)
        self.product, self.redis, self.postgres, self.size = product, redis, postgres, size
        self.chance = random.Random(seed)
        self.phase = "plan"  # of the run, as far as is known
        self.kills = self.restarts = self.storms = 0
        self.failure: Exception | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        storm = time.monotonic() + STORM_EVERY / 2
        try:
            while self.kills < self.size.kills and not self.ended.wait(self.chance.uniform(*PAUSES)):
                if self.kills * 100 < self.size.kills * UNTIL.get(self.phase, 100):
                    self.product.kill_worker(self.chance.randrange(WORKERS))
                    self.kills += 1
                    self._restart_servers()
                if time.monotonic() > storm:
                    storm = time.monotonic() + STORM_EVERY
                    self._raise_storm()
        except Exception as error:  # shown at the end of the run
            self.failure = error

    def _restart_servers(self) -> None:
        """Each of them twice."""
        fifth = self.size.kills // 5
        if self.kills in {fifth, 3 * fifth}:
            self.redis.kill()
            time.sleep(0.5)
            self.redis.restart()
            self.restarts += 1
        if self.kills in {2 * fifth, 4 * fifth}:
            self.postgres.restart()
            self.restarts += 1

    def _raise_storm(self) -> None:
        rule = throttle_rule({"retry_after": 2}, REST) | {"times": None, "percent": 70, "seconds": STORM_SECONDS}
        requests.post(f"{self.product.site.base_url}/_control/faults", json=rule, timeout=10).raise_for_status()
        self.storms += 1


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    verdict: Verdict
    run: Mapping[str, Any]
    found: Mapping[str, int]
    campaign: Campaign
    seconds: float


def main() -> None:
    """Print the outcome as JSON; exit 1 when the verdict does not hold."""
    given = read_arguments()
    items, kills = QUICK if given.quick else WHOLE
    size, seed = Size(given.items or items, given.kills or kills), given.seed
    print(f"migration_faults: {size.items} work items, {size.kills} kills, --seed {seed}", file=sys.stderr, flush=True)
    redis, postgres = RedisServer(), PostgresServer()
    try:
        outcome = run_campaign(redis, postgres, size, seed)
    finally:
        redis.stop()
        postgres.stop()
    print(json.dumps(show(outcome, size, seed), indent=2))
    sys.exit(0 if outcome.verdict.holds else 1)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="draw what another run drew")
    parser.add_argument("--quick", action="store_true", help="a small form, to see that it runs")
    parser.add_argument("--items", type=int, help="another number of work items")
    parser.add_argument("--kills", type=int, help="another number of kills")
    return parser.parse_args()


def run_campaign(redis: RedisServer, postgres: PostgresServer, size: Size, seed: int) -> Outcome:
    organization = AdoOrganization.seeded(repositories=1, commits=4)
    organization.seed_work_items(PROJECT, size.items, comments=COMMENTS, attachments=FILES)
    with tempfile.TemporaryDirectory() as folder:
        product = Product(
            free_ports(4), database_url=postgres.database(), redis_url=redis.url, folder=Path(folder),
            organization=organization,
        )  # fmt: skip
        product.environment["MIGRATION_SETTLE_SECONDS"] = str(SETTLE_SECONDS)
        try:
            return migrate(product, Campaign(product, redis, postgres, size, seed))
        except BaseException:
            sys.stderr.write((Path(folder) / "product.log").read_text()[-6000:])
            raise
        finally:
            product.close()


def migrate(product: Product, campaign: Campaign) -> Outcome:
    """One migration, undisturbed until its run begins."""
    project = add_migration_project(product.site, TARGET)
    board = boards_of(product.site, project)[0].id
    product.start(workers=WORKERS)
    trip = prepare_trip(product, Wish(product.connect(), PROJECT, TARGET, board, EVERYTHING, keep_few_sprints))
    product.site.tracker.index.lag_seconds = LAG_SECONDS
    began = time.monotonic()
    run_id = trip.start()  # which checks, and tells a person to try again when that fails
    put_rules(product.site.base_url, JIRA_RULES)
    put_rules(product.ado_url, ADO_RULES)
    campaign.start()
    run = await_run(product, run_id, campaign, began + RUN_SECONDS)
    seconds = round(time.monotonic() - began, 1)
    campaign.ended.set()
    campaign.join()
    report = product.call("GET", f"/api/runs/{run_id}/report")
    verdict = judge(find_things(product.site, TARGET), report, product.organization.count_work_items(PROJECT), run)
    add_complaints(verdict, product, campaign)
    return Outcome(verdict, run, count_things(product.site, TARGET), campaign, seconds)


def keep_few_sprints(mapping: dict[str, Any]) -> None:
    """They are made one after the other, and each call without an answer takes a whole lease to be looked up."""
    new = [row["source"] for row in mapping["iterations"] if row["action"] == "new"]
    left_out = frozenset(new[SPRINTS:])
    mapping["iterations"] = [
        row | {"action": "none"} if row["source"] in left_out else row for row in mapping["iterations"]
    ]


def put_rules(address: str, rules: tuple[Mapping[str, Any], ...]) -> None:
    requests.post(f"{address}/_control/faults", json=list(rules), timeout=10).raise_for_status()


def await_run(product: Product, run_id: str, campaign: Campaign, ends: float) -> Mapping[str, Any]:
    """The run at its end, or as it is when the time is over. One that is done is verified again while kills are
    left.
    """
    while True:
        run: Mapping[str, Any] = read_run(product, run_id)
        if run["phase"] != campaign.phase:
            phase = campaign.phase = run["phase"]
            print(
                f"  {RUN_SECONDS - ends + time.monotonic():5.1f} s, {campaign.kills} kills: {phase}",
                file=sys.stderr,
                flush=True,
            )
        if campaign.failure or time.monotonic() > ends:
            return run
        if run["state"] in ENDED and not run["settling"]:
            if run["state"] != "done" or not campaign.is_alive():
                return run
            product.call("POST", f"/api/runs/{run_id}/verify")
        time.sleep(0.5)


def add_complaints(verdict: Verdict, product: Product, campaign: Campaign) -> None:
    if campaign.failure:
        verdict.wrong.append(f"the campaign failed: {campaign.failure!r}")
    if campaign.kills < campaign.size.kills:
        verdict.wrong.append(f"{campaign.kills} kills of {campaign.size.kills}")
    objections = [*product.site.violations, *product.organization.violations]
    if objections:
        verdict.wrong.append(f"the stand-ins objected {len(objections)} times, first: {objections[0]}")


def show(outcome: Outcome, size: Size, seed: int) -> dict[str, Any]:
    campaign, run = outcome.campaign, outcome.run
    return {
        "bench": "migration_faults", "items": size.items, "seed": seed, "kills": campaign.kills,
        "restarts": campaign.restarts, "storms": campaign.storms, "seconds": outcome.seconds,
        "state": run["state"], "phase": run["phase"], "phases": run["phases"], "jira_calls": run["jiraCalls"],
        "ado_calls": run["adoCalls"], "found": outcome.found, "compared": COMPARED, **outcome.verdict.shown(),
    }  # fmt: skip


if __name__ == "__main__":
    main()
