"""The report of a run: what it tells, as files and to print, and how a run is verified again and repaired."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.pages.migration_fixtures import town, whole_town
from tests.pages.migration_rig import MigrationTown
from tests.pages.test_migration_run import QUICK

__all__ = ["town", "whole_town"]

PARTS = ("comments", "links", "attachments", "bytes")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def done(whole_town: MigrationTown) -> str:
    """A migration whose run has ended; no test of this file changes it."""
    whole_town.working.set()
    return whole_town.reach("done", options=QUICK)


def report_of(town: MigrationTown, migration: str) -> Any:
    run = town.show(migration)["run"]["id"]
    return town.ask("GET", f"/api/runs/{run}/report")


def line_of(frame: FrameLocator, name: str) -> Locator:
    return frame.get_by_role("group", name="The ledger").get_by_role("row", name=name).first


def save(page: Page, frame: FrameLocator, name: str) -> str:
    with page.expect_download() as download:
        frame.get_by_role("button", name=name).click()
    return Path(download.value.path()).read_text()


def test_a_balanced_report_tells_the_numbers_of_the_ledger(town: MigrationTown, done: str, page: Page) -> None:
    report = report_of(town, done)
    frame = town.open_page(page, f"{done}/report")
    expect(frame.get_by_role("heading", name="The ledger balances")).to_be_visible()
    for name, row in report["ledger"]["types"].items():
        amounts = [row[key] for key in ("scanned", "created", "adopted", "updated", "unchanged")]
        expect(line_of(frame, name).get_by_role("cell")).to_contain_text([str(amount) for amount in amounts])
    expect(frame.get_by_role("img", name="Links:")).to_be_visible()
    expect(frame.get_by_role("img", name="Things that ended over time")).to_be_visible()
    hierarchy = frame.get_by_role("group", name="What the types became")
    expect(hierarchy.get_by_role("row", name="User Story")).to_contain_text("Story")
    frame.get_by_text("The same as a table").click()
    table = frame.get_by_role("group", name="Numbers of the chart")
    expect(table.get_by_role("row")).to_have_count(len(report["pace"]) + 1)


def test_a_report_is_saved_as_json_and_csv(town: MigrationTown, done: str, page: Page) -> None:
    frame = town.open_page(page, f"{done}/report")
    assert json.loads(save(page, frame, "Save as JSON"))["ledger"] == report_of(town, done)["ledger"]
    rows = list(csv.DictReader(io.StringIO(save(page, frame, "Save as CSV"))))
    assert rows
    assert all(row["work item"] and (row["reason"] or row["differs"]) for row in rows)


def test_a_report_is_opened_to_print(town: MigrationTown, done: str, page: Page) -> None:
    frame = town.open_page(page, f"{done}/report")
    with page.context.expect_page() as opened:
        frame.get_by_role("button", name="Open to print").click()
    printed = opened.value
    expect(printed.get_by_role("heading", level=1)).to_have_text(f"Webshop to {town.show(done)['jiraProject']}")
    colour = "getComputedStyle(document.querySelector('.verdict')).backgroundColor"
    assert printed.evaluate(colour) not in ("rgba(0, 0, 0, 0)", "transparent")


def test_a_file_that_cannot_be_read_says_why(town: MigrationTown, done: str, page: Page) -> None:
    frame = town.open_page(page, f"{done}/report")
    expect(frame.get_by_role("heading", name="Time and cost")).to_be_visible()
    refusal = {"detail": "The database cannot be reached."}
    page.route("**/report", lambda route: route.fulfill(status=503, json=refusal))
    frame.get_by_role("button", name="Save as CSV").click()
    expect(frame.locator("#flags")).to_contain_text("The database cannot be reached.")


@contextmanager
def other_numbers(town: MigrationTown, migration: str) -> Iterator[Any]:
    """The numbers of its run, to be changed before they are kept; afterwards they are as they were."""
    run = town.show(migration)["run"]["id"]
    found = town.opened.runs.find(run)
    assert found is not None
    assert found.ledger is not None
    numbers: Any = deepcopy(found.ledger)
    yield numbers, lambda: town.opened.runs.put_ledger(run, numbers)
    town.opened.runs.put_ledger(run, found.ledger)


@pytest.fixture
def unbalanced(town: MigrationTown, done: str) -> Iterator[str]:
    """The same, with a bug more that was read than is accounted for."""
    with other_numbers(town, done) as (numbers, keep):
        numbers["balanced"] = False
        numbers["ledger"]["types"]["Bug"]["scanned"] += 1
        keep()
        yield done


@pytest.fixture
def flawed(town: MigrationTown, done: str) -> Iterator[str]:
    """The same, with two components that were not made, so that an issue has none. The ledger knows of neither."""
    with other_numbers(town, done) as (numbers, keep):
        for row in (*numbers["ledger"]["types"].values(), *(numbers["ledger"][one] for one in PARTS)):
            row["failed"] = {}
        numbers |= {"flaws": {"component_failed": 2, "component_missing": 1}, "broken": 3, "differences": {}}
        keep()
        yield done


def test_a_report_that_does_not_balance_is_red(town: MigrationTown, unbalanced: str, page: Page) -> None:
    frame = town.open_page(page, f"{unbalanced}/report")
    alert = frame.get_by_role("alert").filter(has_text="The ledger does NOT balance")
    expect(alert).to_be_visible()
    expect(line_of(frame, "Bug")).to_contain_text("Does not add up")
    expect(frame.get_by_text("Does not add up")).to_have_count(1)


def test_what_the_ledger_does_not_tell_is_told_and_can_be_repaired(
    town: MigrationTown, flawed: str, page: Page
) -> None:
    frame = town.open_page(page, f"{flawed}/report")
    expect(frame.get_by_role("heading", name="Not everything is in its place")).to_be_visible()
    expect(frame.get_by_text("2 components were not made.")).to_be_visible()
    expect(frame.get_by_text("1 issue has no component, as its component was not made.")).to_be_visible()
    expect(frame.get_by_text("Nothing failed.")).to_have_count(0)
    expect(frame.get_by_text("Full run, done, not perfect")).to_be_visible()
    frame.get_by_role("button", name="Repair…").click()
    expect(frame.get_by_role("dialog", name="Repair this run?")).to_contain_text(
        "3 things that failed or are not right"
    )


def test_what_could_not_be_read_is_told_and_is_nothing_to_repair(town: MigrationTown, flawed: str, page: Page) -> None:
    with other_numbers(town, flawed) as (numbers, keep):
        numbers |= {"flaws": {"unreadable": 2}, "broken": 2}
        keep()
        frame = town.open_page(page, f"{flawed}/report")
        expect(frame.get_by_text("2 work items were left out with all that is on them")).to_be_visible()
        expect(frame.get_by_text("Full run, done, not perfect")).to_be_visible()
        expect(frame.get_by_role("button", name="Verify again")).to_be_visible()
        expect(frame.get_by_role("button", name="Repair…")).to_have_count(0)
        expect(frame.get_by_text(re.compile("^The mapping leaves out [0-9]+ fields?: "))).to_have_count(1)


def test_what_somebody_changed_is_found_by_verifying_and_repaired(town: MigrationTown, page: Page) -> None:
    project = town.project()
    migration = town.reach("done", project, options=QUICK)
    frame = town.open_page(page, f"{migration}/report")
    expect(frame.get_by_role("heading", name="No difference was found")).to_be_visible()
    issue = town.site.tracker.record(f"{project.key}-1")
    assert issue is not None
    before = issue.summary
    town.site.tracker.write(issue, "somebody", fields={**issue.state.fields, "summary": "changed by hand"})

    frame.get_by_role("button", name="Verify again").click()
    expect(frame.get_by_role("heading", name="1 thing differs from what was sent")).to_be_visible(timeout=60_000)
    expect(frame.get_by_text("Summary of 1 issue")).to_be_visible()
    expect(frame.get_by_text("Different summary")).to_have_count(0)  # it is told once
    expect(frame.get_by_role("heading", name="Report of Webshop")).to_be_focused()
    frame.get_by_role("button", name="Repair…").click()
    dialog = frame.get_by_role("dialog", name="Repair this run?")
    expect(dialog).to_contain_text(f"written into {project.key} again")
    dialog.get_by_role("button", name="Repair").click()
    expect(frame.get_by_role("heading", name="No difference was found")).to_be_visible(timeout=60_000)
    assert issue.summary == before


def test_cancelling_a_verifying_is_asked_as_what_it_is(town: MigrationTown, done: str, page: Page) -> None:
    run = town.show(done)["run"]["id"]
    with town.resting():
        town.ask("POST", f"/api/runs/{run}/verify")
        frame = town.open_page(page, f"{done}/run")
        frame.get_by_role("button", name="Cancel verifying").click()
        dialog = frame.get_by_role("dialog", name="Cancel verifying?")
        expect(dialog).to_contain_text("The run is done then, as it was before")
        dialog.get_by_role("button", name="Cancel verifying").click()
        expect(dialog).to_be_hidden()
    assert town.await_run(done) == "done"
