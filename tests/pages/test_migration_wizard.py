"""A whole migration, from an empty list to its report, with workers at work: a large one, and one by keyboard alone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from sandbox.jira_migration import count_things
from tests.pages.migration_rig import MigrationTown, running_town
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MANY, FEW = 2_000, 40  # work items
STOPS = 400  # of the keyboard; a mapping has one for each of its rows
LONG = 120_000  # milliseconds that a run of many may take on a busy machine


@pytest.fixture
def large_town(redis_server: RedisServer, migrated_file: Path, tmp_path: Path) -> Iterator[MigrationTown]:
    with running_town(redis_server, migrated_file, tmp_path, MANY, comments=0, links=0, attachments=0.01) as town:
        yield town


@pytest.fixture
def small_town(redis_server: RedisServer, migrated_file: Path, tmp_path: Path) -> Iterator[MigrationTown]:
    with running_town(redis_server, migrated_file, tmp_path, FEW, comments=1, links=1, attachments=0.1) as town:
        yield town


@pytest.fixture(autouse=True)
def patient(page: Page) -> None:
    """Workers, stand-ins and the browser share this machine with whatever else runs on it."""
    expect.set_options(timeout=LONG)


def step_is(frame: FrameLocator, name: str) -> None:
    expect(frame.get_by_role("heading", level=2, name=name, exact=True)).to_be_focused()


def only_migration(town: MigrationTown) -> Any:
    (found,) = town.ask("GET", "/api/migrations")["items"]
    return found


def test_two_thousand_work_items_are_migrated_from_the_page(large_town: MigrationTown, page: Page) -> None:
    project = large_town.project()
    frame = large_town.open_page(page)
    frame.get_by_role("link", name="New migration").click()
    frame.get_by_role("combobox", name="Project", exact=True).fill("Webshop")
    frame.get_by_role("option", name="Webshop").click()
    frame.get_by_role("combobox", name="Jira project").fill(project.key)
    frame.get_by_role("option", name=f"({project.key})").click()
    frame.get_by_role("button", name="Make migration").click()

    step_is(frame, "Scan")
    frame.get_by_role("button", name="Start scan").click()
    expect(frame.get_by_role("region", name="State of the scan")).to_contain_text("2,000 work items read")
    frame.get_by_role("link", name="Go to Mapping").click()
    step_is(frame, "Mapping")
    frame.get_by_role("button", name="Suggest a mapping").click()
    frame.get_by_role("button", name="Save mapping").click()
    expect(frame.get_by_text("Saved as version 1.", exact=True)).to_be_visible()
    frame.get_by_role("link", name="Go to Check").click()

    step_is(frame, "Check")
    expect(frame.get_by_role("heading", name="The run may start")).to_be_visible()
    frame.get_by_role("link", name="Look at a preview").click()
    step_is(frame, "Preview")
    frame.get_by_role("button", name="Show the preview").click()
    expect(frame.get_by_role("heading", name="Nothing was written")).to_be_visible()
    assert count_things(large_town.site, project.key)["issues"] == 0
    frame.get_by_role("navigation", name="Steps of the migration").get_by_role("link", name="Run").click()

    step_is(frame, "Run")
    frame.get_by_role("radio", name=re.compile("^Everything")).check()
    frame.get_by_role("button", name="Start…").click()
    frame.get_by_role("dialog").get_by_role("button", name="Start the run").click()
    card = frame.get_by_role("region", name="Full run")
    expect(card).to_contain_text("Running")
    frame.get_by_role("link", name="Open the report").click(timeout=LONG)

    step_is(frame, "Report")
    expect(frame.get_by_role("heading", name="The ledger balances")).to_be_visible()
    assert count_things(large_town.site, project.key)["issues"] == MANY
    report = large_town.ask("GET", f"/api/runs/{only_migration(large_town)['run']['id']}/report")
    assert sum(row["created"] for row in report["ledger"]["types"].values()) == MANY
    assert (report["differences"], report["problems"]) == ({}, [])
    expect(frame.get_by_role("heading", name="No difference was found")).to_be_visible()
    assert large_town.site.violations == large_town.organization.violations == []


def press(page: Page, frame: FrameLocator, role: Any, name: str) -> None:
    """Walk to a control by Tab, and use it."""
    control = frame.get_by_role(role, name=name)
    expect(control).to_be_visible()
    walk(page, control)
    page.keyboard.press("Enter")


def walk(page: Page, wanted: Locator, key: str = "Tab") -> None:
    for _step in range(STOPS):
        page.keyboard.press(key)
        if wanted.evaluate("(e) => e === document.activeElement"):
            return
    raise AssertionError(f"{key} does not reach {wanted}")


def choose(page: Page, frame: FrameLocator, name: str, words: str) -> None:
    """The first of what a combobox offers for some words."""
    walk(page, frame.get_by_role("combobox", name=name, exact=True))
    page.keyboard.type(words)
    expect(frame.get_by_role("option", name=re.compile(re.escape(words)))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def test_a_migration_is_done_with_the_keyboard_alone(small_town: MigrationTown, page: Page) -> None:
    project = small_town.project()
    frame = small_town.open_page(page)
    press(page, frame, "link", "New migration")
    choose(page, frame, "Project", "Webshop")
    choose(page, frame, "Jira project", project.key)
    press(page, frame, "button", "Make migration")
    step_is(frame, "Scan")
    press(page, frame, "button", "Start scan")
    press(page, frame, "link", "Go to Mapping")
    step_is(frame, "Mapping")
    press(page, frame, "button", "Suggest a mapping")
    expect(frame.get_by_role("region", name="Work item types")).to_be_visible()
    press(page, frame, "button", "Save mapping")
    expect(frame.get_by_text("Saved as version 1.", exact=True)).to_be_visible()
    press(page, frame, "link", "Go to Check")
    step_is(frame, "Check")
    press(page, frame, "link", "Look at a preview")
    step_is(frame, "Preview")
    press(page, frame, "button", "Show the preview")
    expect(frame.get_by_role("heading", name="Nothing was written")).to_be_visible()
    steps = frame.get_by_role("navigation", name="Steps of the migration")
    walk(page, steps.get_by_role("link", name="Run"), "Shift+Tab")
    page.keyboard.press("Enter")
    step_is(frame, "Run")
    walk(page, frame.get_by_role("radio", name=re.compile("^Sample")))
    page.keyboard.press("ArrowRight")
    expect(frame.get_by_role("radio", name=re.compile("^Everything"))).to_be_checked()
    press(page, frame, "button", "Start…")
    press(page, frame, "button", "Start the run")
    expect(frame.get_by_role("heading", name="Full run")).to_be_focused()
    expect(frame.get_by_role("link", name="Open the report")).to_be_visible(timeout=LONG)
    press(page, frame, "link", "Open the report")
    step_is(frame, "Report")
    expect(frame.get_by_role("heading", name="The ledger balances")).to_be_visible()
    assert count_things(small_town.site, project.key)["issues"] == FEW
