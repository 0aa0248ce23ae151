"""Several workers share a run, on either database: each thing is made once, also when one of them dies."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from clients.jira_bulk import BulkIssues
from jobs.migration_runs import work_run
from migration import move
from migration.facts import KeptFacts
from store.governor import Governor
from store.issue_paces import IssuePaces
from store.migrations import Options
from tests.migration.kills import Killed
from tests.migration.run_rig import RunRig, running_run_rig

COUNT = 40
CHUNK = 4  # work items that a worker takes at once, so that there are enough for all
WORKERS = 4
PATIENCE = 100.0  # seconds
PACE = 10  # how much faster the time of the workers goes: nobody waits half a minute for a lease
SETTLE_SECONDS = 60  # far more than a call takes, at that pace too
EVERYTHING = Options(comments=True, attachments=True, links=True)


class QuickClock:
    def __init__(self, start: int) -> None:
        self._start, self._began = start, time.monotonic()

    def __call__(self) -> int:
        return self._start + int((time.monotonic() - self._began) * 1000 * PACE)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def rig(request, redis_server, migrated_file, migrated_url, tmp_path_factory) -> Iterator[RunRig]:
    settings = {"migration_settle_seconds": SETTLE_SECONDS}
    if request.param == "postgresql":
        settings["database_url"] = request.getfixturevalue("postgres").database(migrated_url("postgresql"))
    folder = tmp_path_factory.mktemp(f"run-{request.param}")
    with running_run_rig(redis_server, migrated_file, folder, count=COUNT, settings=settings) as rig:
        rig.mapping(rig.migration(rig.project()))  # scanned while the clock is the rig's own
        clock = QuickClock(rig.clock.now)
        timed: dict[str, Any] = {"clock": clock, "sleep": lambda seconds: time.sleep(seconds / PACE)}
        governor, paces = Governor(rig.services.redis, **timed), IssuePaces(rig.services.redis, **timed)
        rig.services = replace(rig.services, now=clock, governor=governor, issue_paces=paces)
        yield rig
        assert rig.site.violations == []


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(move, "ITEM_PAGE", CHUNK)


def work_together(rig, run_id):
    """Each worker in a thread with a memory of its own, until the run has ended; the slots of those that died."""
    died = []

    def work(slot):
        facts, ends = KeptFacts(), time.monotonic() + PATIENCE
        while rig.run(run_id).is_open and time.monotonic() < ends:
            try:
                due = work_run(rig.services, f"{run_id}#{slot}", facts)
            except Killed:
                died.append(slot)
                facts = KeptFacts()  # the duty of its slot is taken over by a process that remembers nothing
                continue
            wait = 50 if due is None else due - rig.services.now()
            time.sleep(min(max(wait, 0), 1_000) / 1000 / PACE)

    threads = [threading.Thread(target=work, args=(slot,), name=f"worker-{slot}") for slot in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return died


def assert_whole(rig, run_id, project):
    """Every issue, comment, link and file once, and the ledger says so."""
    run, ledger = rig.run(run_id), rig.ledger(run_id)
    assert (run.state, run.error, ledger["balanced"]) == ("done", None, True)
    assert [keys for keys in rig.issues(project).values() if len(keys) > 1] == []
    there, told = rig.count(project), ledger["ledger"]
    assert there["issues"] == COUNT == sum(row["created"] for row in told["types"].values())
    assert there["comments"] == told["comments"]["created"] == told["comments"]["scanned"]
    assert there["files"] == told["attachments"]["created"] == told["attachments"]["scanned"]
    assert there["links"] + there["remoteLinks"] == told["links"]["created"] > 0
    assert Counter(row.difference for row in rig.rows(run_id, "item")).keys() == {""}


def test_workers_share_a_run(rig):
    project = rig.project()
    run_id = rig.start(project, options=EVERYTHING)
    assert work_together(rig, run_id) == []
    assert_whole(rig, run_id, project)


def test_others_go_on_where_one_died(rig, monkeypatch):
    """It dies with issues that Jira has and nobody knows of."""
    create, calls = BulkIssues.create_many, []

    def make(self, bodies):
        found = create(self, bodies)
        calls.append(len(bodies))
        if len(calls) == 2:
            raise Killed
        return found

    monkeypatch.setattr(BulkIssues, "create_many", make)
    project = rig.project()
    run_id = rig.start(project, options=EVERYTHING)
    assert len(work_together(rig, run_id)) == 1
    assert_whole(rig, run_id, project)
