"""An hour in which every hook is refused: Azure DevOps loses hundreds of events by its own rules, and afterwards Jira
is as if nothing had happened. Two runs of one story, one of them undisturbed, end with the same panels.
"""

import random
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.story import handle_pull_request, push_branch, push_commits, run_pipeline
from services import build_services
from settings import Settings
from tests.jobs.reconcile_rig import connect, link_project
from tests.town import Town

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
STEP = timedelta(seconds=20)
HOUR = 3600  # seconds
LOST_EVENTS = 500
SPREE = 150  # acts while the hooks are refused
ACTS = (push_commits, push_commits, push_branch, handle_pull_request, run_pipeline)
TIMES = {"sequence", "updateSequenceId", "updateSequenceNumber", "lastUpdate", "lastUpdated"}


class Clock:
    """Stands still until it is moved, so that two runs give the same ids."""

    def __init__(self):
        self.moment = START

    def milliseconds(self):
        return int(self.moment.timestamp() * 1000)

    def pass_by(self, span):
        self.moment += span


class Story:
    """A town on a clock of its own; `act` does what people do, the same for the same numbers."""

    def __init__(self, town, clock):
        self.town, self.clock = town, clock
        town.organization.clock.source = lambda: clock.moment
        self.connection_id = connect(town)
        for project in ("Webshop", "Platform Tools"):
            link_project(town, self.connection_id, project)
        self.chance = random.Random(7)
        self.number = 0

    def act(self, times):
        for _ in range(times):
            self.clock.pass_by(STEP)
            self.chance.choice(ACTS)(self.town.organization, self.chance, self.number)
            self.number += 1

    def work(self):
        self.town.work()

    def settle(self):
        """Whatever is due by now is done, and what follows from it."""
        self.clock.pass_by(timedelta(hours=1))
        self.town.work_slow()
        self.town.work()


@pytest.fixture
def stories(redis_server, migrated_file, tmp_path):
    """Makes a story in a town of its own; the one before is over then."""
    opened: list[Any] = []

    def begin(name):
        end()
        town, clock = Town(), Clock()
        shutil.copy(migrated_file, tmp_path / f"{name}.sqlite")
        values = {
            "database_url": f"sqlite:///{tmp_path / name}.sqlite", "redis_url": redis_server.url,
            "secret_backend": "local", "local_key_file": tmp_path / f"{name}.keys",
        }  # fmt: skip
        services = build_services(Settings(**(dict(town.settings()) | values)))
        services.redis.flushall()
        opened[:] = [(town, services)]
        town.open(replace(services, now=clock.milliseconds))
        town.install()
        return Story(town, clock)

    def end():
        for town, services in opened:
            town.close()
            services.redis.close()
            services.engine.dispose()
        opened.clear()

    yield begin
    end()


def lost(town):
    return sum(subscription.lost for subscription in town.organization.subscriptions.values())


def outcome(story):
    """What Jira holds, without times and without what differs between two towns by nature."""
    (state,) = story.town.site.snapshot().values()
    return without_times(state, {story.town.ado: "ado", story.connection_id: "connection"})


def without_times(value, names):
    if isinstance(value, dict):
        return {key: without_times(held, names) for key, held in value.items() if key not in TIMES}
    if isinstance(value, list | tuple):
        return [without_times(held, names) for held in value]
    if isinstance(value, str):
        for name, word in names.items():
            value = value.replace(name, word)
    return value


def test_after_an_hour_without_hooks_jira_is_as_in_an_undisturbed_run(stories):
    calm = stories("calm")
    calm.act(15 + SPREE)
    calm.work()
    calm.settle()
    calm.act(15)
    calm.work()
    calm.settle()
    wanted = outcome(calm)
    assert sum(len(kind) for kind in wanted.values()) > 200

    story = stories("outage")
    organization = story.town.organization
    story.act(15)
    story.work()
    organization.knobs.refuse_hooks = 503
    for _ in range(10):
        story.act(SPREE // 10)
        organization.advance(HOUR / 10)
    assert lost(story.town) >= LOST_EVENTS
    assert {one.status for one in organization.subscriptions.values()} != {"enabled"}
    organization.knobs.refuse_hooks = None
    story.settle()
    assert {one.status for one in organization.subscriptions.values()} == {"enabled"}
    story.act(15)
    story.work()
    story.settle()
    found = outcome(story)
    for kind in wanted:  # one by one, so that a failure says which
        assert found[kind] == wanted[kind]
    assert found == wanted
    assert story.town.site.violations == []
