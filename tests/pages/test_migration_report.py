"""The report of a run: what it tells, as files and to print, and how a run is verified again and repaired."""

import csv
import io
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.pages.migration_fixtures import town, whole_town
from tests.pages.migration_rig import MigrationTown
from tests.pages.test_migration_run import QUICK

__all__ = ["town", "whole_town"]

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


@pytest.fixture
def unbalanced(town: MigrationTown, done: str) -> Iterator[str]:
    """The same, with a bug more that was read than is accounted for."""
    run = town.show(done)["run"]["id"]
    found = town.opened.runs.find(run)
    assert found is not None
    kept, numbers = found.ledger, cast("Any", deepcopy(found.ledger))
    assert kept is not None
    numbers["balanced"] = False
    numbers["ledger"]["types"]["Bug"]["scanned"] += 1
    town.opened.runs.put_ledger(run, numbers)
    yield done
    town.opened.runs.put_ledger(run, kept)


def test_a_report_that_does_not_balance_is_red(town: MigrationTown, unbalanced: str, page: Page) -> None:
    frame = town.open_page(page, f"{unbalanced}/report")
    alert = frame.get_by_role("alert").filter(has_text="The ledger does NOT balance")
    expect(alert).to_be_visible()
    expect(line_of(frame, "Bug")).to_contain_text("Does not add up")
    expect(frame.get_by_text("Does not add up")).to_have_count(1)


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
    expect(frame.get_by_role("heading", name="Report of Webshop")).to_be_focused()
    frame.get_by_role("button", name="Repair…").click()
    dialog = frame.get_by_role("dialog", name="Repair this run?")
    expect(dialog).to_contain_text(f"written into {project.key} again")
    dialog.get_by_role("button", name="Repair").click()
    expect(frame.get_by_role("heading", name="No difference was found")).to_be_visible(timeout=60_000)
    assert issue.summary == before
