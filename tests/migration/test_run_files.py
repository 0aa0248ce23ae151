"""Files arrive on their issues whole and once, whatever dies, breaks or is refused on the way."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from clients.ado_work_items import WorkItemsApi
from domain.file_names import attach_name
from migration import file_sending
from migration.files import BURST
from sandbox.jira_quota import Rates
from sandbox.jira_tracker import IssueLimits
from sandbox.wit_files import file_pieces
from store.item_map import MapPlace
from store.migrations import Options, Scope
from store.run_turns import LEASE_MILLISECONDS, RunTurns
from tests.migration.kills import Reaper
from tests.migration.parts_rig import work_until
from tests.migration.run_rig import RunRig, running_run_rig

FILES = Options(comments=False, attachments=True, links=False)
SEEDED = Scope(wiql="SELECT [System.Id] FROM WorkItems WHERE NOT [System.Title] = 'It has files'")


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    folder = tmp_path_factory.mktemp("files")
    with running_run_rig(redis_server, migrated_file, folder, count=20, attachments=0.5) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def item(rig) -> int:
    """A work item to attach files to."""
    return make_item(rig)


def make_item(rig) -> int:
    return int(rig.organization.create_work_item("Webshop", "Epic", {"System.Title": "It has files"}).id)


def only(number):
    return Scope(wiql=f"SELECT [System.Id] FROM WorkItems WHERE [System.Id] = {number}")


def attach(rig, number, name, size=100, content=None):
    """The GUID of a new file of a work item."""
    return rig.organization.attach_file(number, name, size=size, content=content).target


def work(rig, number):
    """A run of one work item with its files; the run and the project."""
    project = rig.project()
    return rig.work(start(rig, project, only(number))), project


def start(rig, project, scope):
    """A run that makes no sprints and components."""
    return rig.start(project, options=FILES, scope=scope, mapping={"iterations": (), "areas": ()})


def files_on(rig, project, number):
    """The files on the issue of a work item: name, size and SHA-256."""
    (key,) = rig.issues(project)[number]
    return sorted((one.name, one.size, one.sha256) for one in rig.site.tracker.record(key).files)


def at_source(rig, guid, name=None):
    file = rig.organization.work.find_file(guid)
    content = b"".join(file_pieces(file))
    return (name or file.name, len(content), hashlib.sha256(content).hexdigest())


def row_of(rig, run, guid):
    return next(row for row in rig.rows(run.id, "file") if row.part == guid)


def told(rig, run, guid):
    row = row_of(rig, run, guid)
    return row.state, row.reason


def assert_balanced(rig, run):
    assert (run.state, run.error) == ("done", None)
    assert rig.ledger(run.id)["balanced"]


def test_every_file_arrives_as_it_was(rig):
    project = rig.project()
    run = rig.work(start(rig, project, SEEDED))
    assert_balanced(rig, run)
    rows = rig.rows(run.id, "file")
    assert rows
    assert {row.state for row in rows} == {"created"}
    for number in {row.source_id for row in rows}:
        expected = sorted(at_source(rig, row.part) for row in rows if row.source_id == number)
        assert files_on(rig, project, number) == expected
    assert rig.count(project)["files"] == len(rows)
    sent = rig.ledger(run.id)["ledger"]["bytes"]["created"]
    assert sent == run.counters.bytes == rig.count(project)["bytes"] > 0
    kept = rig.services.part_map.find_many(place_of(rig, run), "file", {row.source_id for row in rows})
    assert {(one.part, one.bytes, one.hash) for one in kept.values()} == {
        (row.part, *at_source(rig, row.part)[1:]) for row in rows
    }


def place_of(rig, run):
    return MapPlace(run.installation_id, run.connection_id, run.target)


def test_names_that_are_hard_to_write(rig, item):
    names = ["Größe „neu“ 見積.pdf", "no ending", 'a "quoted" name.txt', "b/c\\d.txt", "x" * 300 + ".docx"]
    guids = [attach(rig, item, name) for name in names]
    run, project = work(rig, item)
    assert_balanced(rig, run)
    expected = [at_source(rig, guid, attach_name(name)) for guid, name in zip(guids, names, strict=True)]
    assert files_on(rig, project, item) == sorted(expected)


def test_two_files_of_one_name_and_size_both_arrive(rig, item):
    guids = [attach(rig, item, "same.txt", content=text) for text in ("one", "two")]
    run, project = work(rig, item)
    assert_balanced(rig, run)
    assert files_on(rig, project, item) == sorted(at_source(rig, guid) for guid in guids)


def test_whenever_a_worker_dies_no_file_is_doubled_and_none_lost(rig, item):
    """Two of the files look the same from outside."""
    guids = [attach(rig, item, "same.txt", content=text) for text in ("one", "two")]
    runs = [""]
    reaper, kills = Reaper(lambda: rig.run(runs[-1]).phase == "files"), -1
    while len(reaper.kills) > kills:
        kills = len(reaper.kills)
        project = rig.project()
        runs.append(start(rig, project, only(item)))
        run = rig.work_with(runs[-1], reaper, forgets=False)
        assert_balanced(rig, run)
        assert files_on(rig, project, item) == sorted(at_source(rig, guid) for guid in guids)
    assert ("after attach_file", "before settle") in reaper.kills
    assert "before attach_file" in {name for _, name in reaper.kills}


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "after"},
        {"drop": "before"},
        {"status": 503, "late": True},
        {"status": 500},
    ],
)
def test_a_call_without_an_answer_is_looked_up(rig, item, fault):
    guids = [attach(rig, item, "same.txt", content=text) for text in ("one", "two")]
    rig.jira_faults.add({"method": "POST", "path": "/attachments$", **fault})
    run, project = work(rig, item)
    assert_balanced(rig, run)
    assert files_on(rig, project, item) == sorted(at_source(rig, guid) for guid in guids)


def test_what_an_earlier_run_attached_is_left_as_it_is(rig, item):
    guid = attach(rig, item, "once.txt")
    _, project = work(rig, item)
    again = rig.work(start(rig, project, only(item)))
    assert_balanced(rig, again)
    assert told(rig, again, guid) == ("unchanged", None)
    assert files_on(rig, project, item) == [at_source(rig, guid)]


def test_a_file_that_somebody_deleted_in_jira_comes_back_with_the_next_run(rig, item):
    guid = attach(rig, item, "once.txt")
    _, project = work(rig, item)
    (key,) = rig.issues(project)[item]
    rig.site.tracker.record(key).files.clear()
    again = rig.work(start(rig, project, only(item)))
    assert told(rig, again, guid) == ("created", None)
    assert files_on(rig, project, item) == [at_source(rig, guid)]


def test_files_of_an_issue_that_no_map_knows_are_found_by_name_and_size(rig, item):
    guids = [attach(rig, item, "same.txt", content=text) for text in ("one", "two")]
    _, project = work(rig, item)
    rig.services.item_map.forget_tenant(rig.installation.id)
    again = rig.work(start(rig, project, only(item)))
    assert_balanced(rig, again)
    assert [told(rig, again, guid) for guid in guids] == [("unchanged", None)] * 2
    assert len(files_on(rig, project, item)) == 2


def test_more_files_than_an_issue_takes_at_once(rig, item):
    """The stand-in refuses whoever writes faster than the limits of one issue."""
    for number in range(BURST + 4):
        attach(rig, item, f"{number}.txt")
    quota = rig.site.tracker.quota
    quota.clock, quota.rates = lambda: rig.clock.now / 1000, Rates(points=None, bursts=None)
    try:
        run, project = work(rig, item)
    finally:
        quota.clock, quota.rates = time.time, None
    assert_balanced(rig, run)
    assert len(files_on(rig, project, item)) == BURST + 4
    assert quota.refused == {}


def test_a_worker_that_lost_a_long_file_breaks_it_off(rig, item, monkeypatch):
    """It was so slow that another worker looks after the file; Jira takes no half of it."""
    guid = attach(rig, item, "long.bin", size=300_000)
    monkeypatch.setattr(file_sending, "MARK_SECONDS", -1.0)
    turns = rig.services.run_turns
    lost: list[Any] = []
    mark_sent = RunTurns.mark_sent

    def mark_late(own, chunk, ids, now):
        if rig.run(chunk.run_id).phase == "files" and not lost and len(marked) == 2:
            rig.clock.now += LEASE_MILLISECONDS + 1
            lost.append(turns.take_lost(chunk.run_id, "files", 9, rig.clock.now))
        marked.append(chunk.run_id)
        return mark_sent(own, chunk, ids, now)

    marked: list[str] = []
    project = rig.project()
    run_id = start(rig, project, only(item))
    work_until(rig, run_id, "files")
    monkeypatch.setattr(RunTurns, "mark_sent", mark_late)
    run = rig.work(run_id)
    assert [len(chunk.rows) for chunk in lost] == [1]
    assert_balanced(rig, run)
    assert files_on(rig, project, item) == [at_source(rig, guid)]


# --- what does not arrive says why ---


def test_a_file_that_is_gone_at_the_source(rig, item):
    guid = attach(rig, item, "gone.txt")
    del rig.organization.work.files[guid]
    run, project = work(rig, item)
    assert_balanced(rig, run)
    assert told(rig, run, guid) == ("failed", "gone")
    assert files_on(rig, project, item) == []


def test_a_file_that_never_comes_whole(rig, item, monkeypatch):
    """Azure DevOps announces more than it sends. What Jira got by then is no file."""
    guid = attach(rig, item, "short.txt", content="some words")
    open_file = WorkItemsApi.open_file

    @contextmanager
    def open_short(api, file_id):
        with open_file(api, file_id) as download:
            yield replace(download, chunks=iter([b"some"]))

    monkeypatch.setattr(WorkItemsApi, "open_file", open_short)
    run, project = work(rig, item)
    assert_balanced(rig, run)
    assert told(rig, run, guid) == ("failed", "unreadable")
    assert files_on(rig, project, item) == []


def test_a_file_whose_size_is_another_than_the_work_item_tells(rig, item):
    guid = attach(rig, item, "grown.txt", content="some")
    files = rig.organization.work.files
    files[guid] = replace(files[guid], size=9, content=b"some more")
    run, project = work(rig, item)
    assert_balanced(rig, run)
    assert files_on(rig, project, item) == [at_source(rig, guid)]
    assert rig.ledger(run.id)["ledger"]["bytes"]["created"] == 9


def test_an_empty_file_that_jira_refuses(rig, item):
    guid = attach(rig, item, "empty.log", content="")
    rig.jira_faults.add({"method": "POST", "path": "/attachments$", "status": 400})
    run, _ = work(rig, item)
    assert_balanced(rig, run)
    assert told(rig, run, guid) == ("failed", "empty_file")


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "no_permission"), (404, "issue_gone"), (400, "refused"), (409, "refused")],
)
def test_what_jira_refuses_says_why(rig, item, status, code):
    guid, other = attach(rig, item, "a.txt"), attach(rig, item, "b.txt")
    rig.jira_faults.add({"method": "POST", "path": "/attachments$", "status": status})
    run, project = work(rig, item)
    assert_balanced(rig, run)
    assert told(rig, run, guid) == ("failed", code)
    assert row_of(rig, run, guid).detail
    assert files_on(rig, project, item) == [at_source(rig, other)]


def test_files_over_what_an_issue_takes_are_left_out(rig, item, monkeypatch):
    monkeypatch.setattr(rig.site.tracker, "limits", IssueLimits(attachments=1))
    guids = [attach(rig, item, name) for name in ("a.txt", "b.txt")]
    run, project = work(rig, item)
    assert_balanced(rig, run)
    assert sorted(told(rig, run, guid) for guid in guids) == [("created", None), ("skipped", "file_limit")]
    assert len(files_on(rig, project, item)) == 1


@pytest.mark.parametrize(
    ("status", "result"),
    [(404, ("failed", "gone")), (403, ("failed", "no_access")), (500, ("created", None)), (503, ("created", None))],
)
def test_what_azure_devops_refuses_says_why_or_is_asked_again(rig, item, status, result):
    guid = attach(rig, item, "a.txt")
    times = 2 if status >= 500 else 1  # a quick retry of the client is one of them
    rig.ado_faults.add({"method": "GET", "path": "/attachments/", "status": status, "times": times})
    run, _ = work(rig, item)
    assert_balanced(rig, run)
    assert told(rig, run, guid) == result


def test_files_over_the_limit_of_the_site_are_not_sent(rig, item):
    guid, small = attach(rig, item, "big.bin", size=5_000), attach(rig, item, "small.bin", size=10)
    tracker = rig.site.tracker
    limit, tracker.upload_limit = tracker.upload_limit, 4_000
    try:
        run, project = work(rig, item)
    finally:
        tracker.upload_limit = limit
    assert_balanced(rig, run)
    assert told(rig, run, guid) == ("failed", "file_too_large")
    assert "4,000 bytes" in (row_of(rig, run, guid).detail or "")
    assert files_on(rig, project, item) == [at_source(rig, small)]
    rig.services.runs.move(run.id, "repair", rig.clock.now)  # the limit has been raised since
    assert_balanced(rig, rig.work(run.id))
    assert files_on(rig, project, item) == sorted(at_source(rig, one) for one in (guid, small))
