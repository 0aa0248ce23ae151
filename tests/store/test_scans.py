"""Scans: one per migration, written page by page by whoever read the newest cursor."""

import pytest

from domain.scan_reports import ScanReport, TypeCount
from store.scans import ScanPage, ScanProgress, Scans
from tests.store.run_rig import NOW, RunRig

FIRST = ScanPage({"after": 200}, ScanReport(items=200, types=(TypeCount("Bug", 200),)), 200, 300)
LAST = ScanPage(None, ScanReport(items=300, types=(TypeCount("Bug", 300),)), 300, 300)


@pytest.fixture
def scans(engine):
    return Scans(engine)


@pytest.fixture
def migration(engine):
    return RunRig(engine).migration.id


@pytest.fixture
def started(scans, migration):
    return scans.start(migration, NOW)


def test_a_scan_begins_with_nothing(scans, migration, started):
    found = scans.find(started)
    assert (found.state, found.report, found.cursor, found.done, found.total) == ("queued", None, None, 0, None)
    assert scans.find_newest(migration) == found
    assert scans.find_progress(migration) == ScanProgress(started, "queued", 0, None)
    assert scans.find_progress("another") is None
    assert scans.list_open() == [started]


def test_pages_add_up_until_the_last(scans, started):
    assert scans.put_page(scans.find(started), FIRST, NOW + 1)
    found = scans.find(started)
    assert (found.state, found.cursor, found.report, found.ended_at) == ("running", FIRST.cursor, FIRST.report, None)

    assert scans.put_page(found, LAST, NOW + 2)
    found = scans.find(started)
    assert (found.state, found.cursor, found.report, found.done) == ("done", None, LAST.report, 300)
    assert (found.changed_at, found.ended_at, scans.list_open()) == (NOW + 2, NOW + 2, [])


def test_a_page_counts_once(scans, started):
    read = scans.find(started)
    assert [scans.put_page(read, FIRST, NOW) for _worker in range(2)] == [True, False]
    assert scans.find(started).turn == 1


class TestStartingAgain:
    def test_under_way_it_goes_on(self, scans, migration, started):
        scans.put_page(scans.find(started), FIRST, NOW)
        assert scans.start(migration, NOW + 1) == started
        assert scans.find(started).cursor == FIRST.cursor

    def test_failed_it_goes_on_where_it_stopped(self, scans, migration, started):
        scans.put_page(scans.find(started), FIRST, NOW)
        assert scans.fail(scans.find(started), "unauthorized", "The token of jane@example.com has expired.", NOW)
        failed = scans.find(started)
        assert (failed.state, failed.error_code) == ("failed", "unauthorized")
        assert failed.error == "The token of *** has expired."

        assert scans.start(migration, NOW + 1) == started
        found = scans.find(started)
        assert (found.state, found.cursor, found.error, found.ended_at) == ("queued", FIRST.cursor, None, None)

    @pytest.mark.parametrize("ending", ["done", "cancelled"])
    def test_ended_it_begins_anew(self, scans, migration, started, ending):
        read = scans.find(started)
        scans.put_page(read, LAST, NOW) if ending == "done" else scans.cancel(migration, NOW)

        again = scans.start(migration, NOW + 1)

        assert again != started
        assert (scans.find(again).report, scans.find(started)) == (None, None)
        assert not scans.put_page(read, FIRST, NOW)


def test_a_cancelled_scan_keeps_what_it_found_and_takes_no_more(scans, migration, started):
    scans.put_page(scans.find(started), FIRST, NOW)
    read = scans.find(started)
    assert scans.cancel(migration, NOW + 1)
    assert not scans.put_page(read, LAST, NOW + 2)
    assert (scans.find(started).state, scans.find(started).report) == ("cancelled", FIRST.report)
    assert not scans.cancel(migration, NOW + 3)


def test_what_it_waits_for_is_said_until_it_goes_on(scans, started):
    assert scans.put_off(scans.find(started), "rate_limited", "Azure DevOps asks for a pause.")
    assert scans.find(started).error == "Azure DevOps asks for a pause."
    scans.put_page(scans.find(started), FIRST, NOW)
    assert scans.find(started).error is None
