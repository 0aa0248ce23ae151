"""Links arrive once, whichever end names them and whoever dies, although Jira takes the same link twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.jira_issue_parts import IssueParts
from migration import hands
from migration.loads import LATEST_START
from sandbox.jira_quota import Rates
from tests.migration.kills import Reaper
from tests.migration.parts_rig import (
    BOTH,
    LINKS,
    PLAIN,
    failing,
    kill_between,
    ledger_of,
    make_items,
    only,
    record_of,
    work_until,
)
from tests.migration.run_rig import RunRig, running_run_rig

COUNT = 30
RELATED, BLOCKS = "System.LinkTypes.Related", "System.LinkTypes.Dependency-Forward"
PAGE = "https://wiki.example.com/page"
MADE = "POST /rest/api/3/issueLink"
MAKE = "/rest/api/3/issueLink$"
REMOTE = "/remotelink$"

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    folder = tmp_path_factory.mktemp("links")
    with running_run_rig(redis_server, migrated_file, folder, count=COUNT, links=1, comments=0) as rig:
        rig.organization.add_hyperlink(make_items(rig, 1)[0], PAGE)  # so that the mapping knows the kind
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def pair(rig) -> list[int]:
    """Two work items, one related to the other."""
    numbers = make_items(rig, 2)
    rig.organization.link_work_items(numbers[0], RELATED, numbers[1])
    return numbers


def work(rig, numbers, project=None, links=None, options=LINKS):
    """A run of some work items with their links; its id and the project."""
    home = project or rig.project()
    run_id = rig.start(
        home, options=options, mapping=PLAIN | ({} if links is None else {"links": links}), scope=only(numbers)
    )
    rig.work(run_id)
    return run_id, home


def links_of(rig, project):
    """Every link of a project by kind and by the work items at its inward and outward end."""
    numbers = {rig.site.tracker.record(keys[0]).id: number for number, keys in rig.issues(project).items()}
    found = [link for link in rig.site.tracker.links.values() if link.inward in numbers and link.outward in numbers]
    names = {one.id: one.name for one in rig.site.tracker.catalogue.link_types}
    return sorted((names[link.type], numbers[link.inward], numbers[link.outward]) for link in found)


def rows_of(rig, run_id):
    return [(row.state, row.reason) for row in rig.rows(run_id, "link")]


def test_every_link_arrives_once_for_a_point_each(rig):
    project = rig.project()
    run_id = rig.start(project, options=LINKS, mapping=PLAIN, scope=only(range(1, COUNT + 1)))
    work_until(rig, run_id, "links")
    rig.site.tracker.quota.forget()
    work_until(rig, run_id, "comments")
    quota = rig.site.tracker.quota
    count = rig.count(project)["links"]
    assert count == COUNT - 1
    assert {name: calls for name, calls in quota.calls.items() if "POST" in name} == {MADE: count}
    rig.work(run_id)
    assert len(set(links_of(rig, project))) == count
    assert ledger_of(rig, run_id, "links") == {"scanned": count, "created": count}


def test_a_direction_is_kept(rig):
    first, second = make_items(rig, 2)
    rig.organization.link_work_items(first, BLOCKS, second)
    _run, project = work(rig, [first, second])
    assert links_of(rig, project) == [("Blocks", first, second)]


def test_a_second_run_adopts_without_a_call(rig, pair):
    _run, project = work(rig, pair)
    rig.site.tracker.quota.forget()
    run_id, _ = work(rig, pair, project)
    assert links_of(rig, project) == [("Relates", *pair)]
    assert ledger_of(rig, run_id, "links") == {"scanned": 1, "adopted": 1}
    assert MADE not in rig.site.tracker.quota.calls


def test_what_no_map_knows_is_looked_for_before_it_is_made(rig, pair):
    """The app was installed anew."""
    rig.organization.add_hyperlink(pair[0], PAGE)
    _run, project = work(rig, pair)
    rig.services.item_map.forget_tenant(rig.installation.id)
    run_id, _ = work(rig, pair, project)
    assert links_of(rig, project) == [("Relates", *pair)]
    assert rig.count(project)["remoteLinks"] == 1
    assert ledger_of(rig, run_id, "links") == {"scanned": 2, "adopted": 2}


def test_an_issue_that_was_deleted_and_made_anew_gets_its_links_again(rig, pair):
    _run, project = work(rig, pair)
    rig.site.tracker.remove(record_of(rig, project, pair[1]))
    run_id, _ = work(rig, pair, project)
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert links_of(rig, project) == [("Relates", *pair)]
    assert ledger_of(rig, run_id, "links") == {"scanned": 1, "created": 1}


def test_an_issue_that_goes_before_its_addresses_are_looked_up_ends_them_and_no_other(rig, pair):
    """A run asks what is there of issues that an earlier one made."""
    _run, project = work(rig, pair)
    for number in pair:
        rig.organization.add_hyperlink(number, PAGE)
    run_id = rig.start(project, options=LINKS, mapping=PLAIN, scope=only(pair))
    work_until(rig, run_id, "links")
    rig.site.tracker.remove(record_of(rig, project, pair[1]))
    rig.work(run_id)
    addresses = sorted((row.state, row.reason) for row in rig.rows(run_id, "link") if row.part.startswith("Hyperlink"))
    assert addresses == [("created", None), ("failed", "issue_gone")]
    assert rig.run(run_id).state == "done"


@pytest.mark.parametrize("start", [0, 1])
def test_a_link_to_or_from_what_is_not_migrated_is_left_out(rig, pair, start):
    run_id, project = work(rig, [pair[start]])
    assert (links_of(rig, project), rows_of(rig, run_id)) == ([], [("skipped", "other_end_missing")])
    assert f"Work item {pair[1 - start]} at its other end" in rig.rows(run_id, "link")[0].detail


def test_a_link_to_what_failed_is_repaired_with_it(rig, pair):
    with failing(rig, "/issue/bulk$", status=400, times=20):
        run_id, project = work(rig, pair)
    assert rows_of(rig, run_id) == [("failed", "item_failed")]
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert links_of(rig, project) == [("Relates", *pair)]
    assert ledger_of(rig, run_id, "links") == {"scanned": 1, "created": 1}


def test_a_kind_that_is_not_mapped_is_left_out(rig, pair):
    run_id, project = work(rig, pair, links=())
    assert (links_of(rig, project), rows_of(rig, run_id)) == ([], [("skipped", "not_mapped")])


def test_two_links_that_become_the_same_are_one(rig, pair):
    rows = rig.mapping(rig.migration(rig.project())).links
    related = next(row for row in rows if row.source == RELATED)
    rig.organization.link_work_items(pair[1], BLOCKS, pair[0])
    blocks = type(related)(BLOCKS, related.target)
    run_id, project = work(rig, pair, links=(related, blocks))
    assert len(links_of(rig, project)) == 1
    assert sorted(rows_of(rig, run_id)) == [("created", None), ("skipped", "same_link")]


@pytest.mark.parametrize(
    ("path", "status", "ending"),
    [
        (MAKE, 400, ("failed", "jira_refused")),
        (MAKE, 404, ("failed", "issue_gone")),
        (MAKE, 413, ("skipped", "link_limit")),
        (REMOTE, 403, ("failed", "no_permission")),
        (REMOTE, 400, ("failed", "jira_refused")),
    ],
)
def test_a_refusal_ends_one_link_and_no_other(rig, pair, path, status, ending):
    rig.organization.add_hyperlink(pair[0], PAGE)
    with failing(rig, path, status=status):
        run_id, project = work(rig, pair)
    assert sorted(rows_of(rig, run_id), key=str) == sorted([("created", None), ending], key=str)
    told = next(row for row in rig.rows(run_id, "link") if row.state == ending[0])
    assert told.detail.endswith(".")
    assert ledger_of(rig, run_id, "links")["scanned"] == 2
    assert len(links_of(rig, project)) + rig.count(project)["remoteLinks"] == 1


@pytest.mark.parametrize(
    "rule",
    [
        {"drop": "after"},
        {"drop": "before"},
        {"status": 503},
        {"status": 502, "late": True},
        {"status": 429, "times": 1, "headers": {"Retry-After": "1"}},
        {"status": 429, "times": 1, "headers": {"RateLimit-Reason": "jira-per-issue-on-write", "Retry-After": "1"}},
    ],
)
def test_whatever_answer_comes_or_none_it_is_there_once(rig, pair, rule):
    rig.organization.add_hyperlink(pair[1], PAGE)
    with failing(rig, "issueLink$|remotelink$", **{"times": 2} | rule):
        run_id, project = work(rig, pair)
    assert links_of(rig, project) == [("Relates", *pair)]
    assert rig.count(project)["remoteLinks"] == 1
    assert ledger_of(rig, run_id, "links") == {"scanned": 2, "created": 2}


class TestAddresses:
    def test_a_page_is_a_link_of_the_issue(self, rig, pair):
        rig.organization.add_hyperlink(pair[0], PAGE, comment="The wiki")
        _run, project = work(rig, pair)
        (found,) = record_of(rig, project, pair[0]).remote_links
        assert (found.body["object"]["url"], found.body["object"]["title"]) == (PAGE, "The wiki")

    def test_a_second_run_leaves_it_alone(self, rig, pair):
        rig.organization.add_hyperlink(pair[0], PAGE)
        _run, project = work(rig, pair)
        (before,) = record_of(rig, project, pair[0]).remote_links
        run_id, _ = work(rig, pair, project)
        assert record_of(rig, project, pair[0]).remote_links == [before]
        assert ledger_of(rig, run_id, "links") == {"scanned": 2, "adopted": 2}

    def test_one_that_was_taken_away_since_is_left_out(self, rig, pair):
        rig.organization.add_hyperlink(pair[0], PAGE)
        run_id = rig.start(options=LINKS, mapping=PLAIN, scope=only(pair))
        work_until(rig, run_id, "links")
        item = rig.organization.work.open(pair[0])
        gone = next(one for one in item.relations_at() if one.rel == "Hyperlink")
        rig.organization.write_update(item, rig.organization.find_user(None), {}).removed = (gone,)
        rig.work(run_id)
        assert sorted(rows_of(rig, run_id)) == [("created", None), ("skipped", "deleted")]

    def test_a_work_item_that_was_deleted_since_has_none(self, rig, pair):
        rig.organization.add_hyperlink(pair[0], PAGE)
        run_id = rig.start(options=LINKS, mapping=PLAIN, scope=only(pair))
        work_until(rig, run_id, "links")
        rig.organization.delete_work_item(pair[0])
        rig.work(run_id)
        assert sorted(rows_of(rig, run_id)) == [("created", None), ("skipped", "deleted")]

    def test_one_that_cannot_be_read_is_told(self, rig, pair):
        rig.organization.add_hyperlink(pair[0], PAGE)
        run_id = rig.start(options=LINKS, mapping=PLAIN, scope=only(pair))
        work_until(rig, run_id, "links")
        rig.organization.break_work_item(pair[0])
        rig.work(run_id)
        assert sorted(rows_of(rig, run_id)) == [("created", None), ("failed", "unreadable")]


def test_one_issue_is_not_written_faster_than_jira_takes(rig, monkeypatch):
    """Forty links and comments of one work item, with the limits of Jira in force on the time of the workers: one call
    after the other, as this time leaps while somebody waits.
    """
    hub, *others = make_items(rig, 41)
    for other in others:
        rig.organization.link_work_items(hub, RELATED, other)
        rig.organization.comment_work_item(hub, "<p>One of many.</p>")
    quota = rig.site.tracker.quota
    quota.clock, quota.rates = (lambda: rig.clock.now / 1000), Rates(points=None, bursts=None)
    try:
        with ThreadPoolExecutor(1) as alone:
            monkeypatch.setattr(hands, "_threads", lambda: alone)
            run_id, project = work(rig, [hub, *others], options=BOTH)
    finally:
        quota.rates = None
    assert quota.refused["jira-per-issue-on-write"] == 0
    assert len(links_of(rig, project)) == len(record_of(rig, project, hub).comments) == 40
    assert ledger_of(rig, run_id, "links") == {"scanned": 40, "created": 40}


def test_no_call_begins_so_late_that_healing_would_not_wait_for_it(rig, pair, monkeypatch):
    """Each call takes longer than rows may wait for theirs."""
    rig.organization.link_work_items(pair[1], BLOCKS, pair[0])
    run_id = rig.start(project := rig.project(), options=LINKS, mapping=PLAIN, scope=only(pair))
    work_until(rig, run_id, "links")
    make, waited = IssueParts.add_link, []

    def make_slowly(parts, body):
        marked = max(row.sent_at for row in rig.rows(run_id, "link") if row.sent_at)
        waited.append(rig.clock.now - marked)
        rig.clock.now += LATEST_START + 1
        make(parts, body)

    monkeypatch.setattr(IssueParts, "add_link", make_slowly)
    with ThreadPoolExecutor(1) as alone:
        monkeypatch.setattr(hands, "_threads", lambda: alone)
        rig.work(run_id)
    assert waited == [0, 0]
    assert links_of(rig, project) == [("Blocks", pair[1], pair[0]), ("Relates", *pair)]
    assert ledger_of(rig, run_id, "links") == {"scanned": 2, "created": 2}


def test_a_link_that_somebody_deleted_is_found_and_repaired(rig, pair):
    run_id, project = work(rig, pair)
    (link,) = record_of(rig, project, pair[0]).links
    rig.site.tracker.unlink(link)
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    rig.work(run_id)
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert links_of(rig, project) == [("Relates", *pair)]
    assert ledger_of(rig, run_id, "links") == {"scanned": 1, "updated": 1}


def test_whenever_a_worker_dies_every_link_is_there_once(rig):
    numbers = make_items(rig, 3)
    rig.organization.link_work_items(numbers[0], RELATED, numbers[1])
    rig.organization.link_work_items(numbers[2], BLOCKS, numbers[0])
    rig.organization.add_hyperlink(numbers[1], PAGE)
    reaper, kills = Reaper(), -1
    while len(reaper.kills) > kills:
        kills = len(reaper.kills)
        project = rig.project()
        run_id = rig.start(project, options=BOTH, mapping=PLAIN, scope=only(numbers))
        kill_between(rig, run_id, "links", "files", reaper)
        assert links_of(rig, project) == [("Blocks", numbers[2], numbers[0]), ("Relates", *numbers[:2])]
        assert rig.count(project)["remoteLinks"] == 1
        assert ledger_of(rig, run_id, "links") == {"scanned": 3, "created": 3}
    moments = {name for _, name in reaper.kills}
    assert {"before add_link", "after add_link", "after put_remote_link", "after mark_sent", "before settle"} <= moments
