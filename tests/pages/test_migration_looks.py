"""How the check, the preview, the run and the report of a migration look: contrast, names, and on a narrow screen."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.pages.looks import overflow, unnamed_parts, weak_texts
from tests.pages.migration_fixtures import town, whole_town
from tests.pages.migration_rig import MigrationTown, await_that
from tests.pages.test_migration_check import break_mapping
from tests.pages.test_migration_run import QUICK, run_card

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
NARROW = {"width": 320, "height": 800}


def picture(page: Page, name: str, height: int = 1500) -> None:
    """Keep a picture for a person to look at, where `PICTURES` names a folder."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.set_viewport_size({"width": page.viewport_size["width"] if page.viewport_size else 1280, "height": height})
        page.evaluate("document.activeElement?.blur()")
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def looks_right(page: Page) -> None:
    assert weak_texts(page.frames[1]) == []
    assert unnamed_parts(page.frames[1]) == []
    assert overflow(page.frames[1]) <= 0


@pytest.fixture(scope="module")
def broken(whole_town: MigrationTown) -> str:
    """A migration whose check finds errors, warnings and notes."""
    whole_town.working.set()
    migration = whole_town.reach("mapped")
    break_mapping(whole_town, migration)
    return migration


@pytest.fixture(scope="module")
def running(whole_town: MigrationTown) -> Iterator[str]:
    """A migration whose run has been paused in the middle of its work."""
    whole_town.working.set()
    migration = whole_town.reach("mapped", options=QUICK)
    run = whole_town.run(migration)
    await_that(lambda: whole_town.ask("GET", f"/api/runs/{run}"), lambda found: found["counts"].get("created", 0) > 0)
    whole_town.ask("POST", f"/api/runs/{run}/pause")
    await_that(lambda: whole_town.ask("GET", f"/api/runs/{run}"), lambda found: found["state"] == "paused")
    yield migration
    whole_town.ask("POST", f"/api/runs/{run}/cancel")


@pytest.fixture(scope="module")
def done(whole_town: MigrationTown) -> str:
    whole_town.working.set()
    return whole_town.reach("done", options=QUICK)


@pytest.fixture(params=[*THEMES, "narrow"])
def look(request: pytest.FixtureRequest, page: Page) -> str:
    """A theme, or the narrowest window."""
    look = str(request.param)
    if look == "narrow":
        page.set_viewport_size({"width": 320, "height": 800})
    else:
        page.emulate_media(color_scheme=look, reduced_motion="reduce")  # type: ignore[arg-type]  # one of two words
    return look


def open_all(frame: FrameLocator) -> None:
    for summary in frame.locator(".step-place summary").all():
        if summary.is_visible():
            summary.click()


def test_a_check_with_errors(town: MigrationTown, broken: str, page: Page, look: str) -> None:
    frame = town.open_page(page, f"{broken}/check")
    expect(frame.get_by_role("heading", name="keeps the run from starting")).to_be_visible()
    picture(page, f"migration-check-{look}", 1100)
    open_all(frame)
    looks_right(page)


def test_a_preview_with_losses(town: MigrationTown, broken: str, page: Page, look: str) -> None:
    frame = town.open_page(page, f"{broken}/preview")
    frame.get_by_label("Or only these numbers").fill("5, 9999999")
    frame.get_by_role("button", name="Show the preview").click()
    expect(frame.get_by_role("heading", name="Nothing was written")).to_be_visible()
    picture(page, f"migration-preview-{look}", 1300)
    open_all(frame)
    looks_right(page)


@contextmanager
def in_state(town: MigrationTown, migration: str, state: str) -> Iterator[None]:
    """The run is in this state meanwhile, and no worker looks at it."""
    run = town.show(migration)["run"]["id"]
    change = "UPDATE runs SET state = ? WHERE id = ?"
    with town.resting():
        with town.opened.engine.begin() as database:
            database.exec_driver_sql(change, (state, run))
        yield
        with town.opened.engine.begin() as database:
            database.exec_driver_sql(change, ("paused", run))


def test_a_run_that_goes_on(town: MigrationTown, running: str, page: Page, look: str) -> None:
    with in_state(town, running, "running"):
        frame = town.open_page(page, f"{running}/run")
        expect(run_card(frame)).to_contain_text("Running")
        picture(page, f"migration-run-{look}", 1250)
        looks_right(page)


def test_the_question_before_a_run(town: MigrationTown, broken: str, page: Page, look: str) -> None:
    frame = town.open_page(page, f"{broken}/run")
    frame.get_by_role("button", name="Start…").click()
    expect(frame.get_by_role("dialog")).to_be_visible()
    picture(page, f"migration-start-{look}", 900)
    looks_right(page)


def test_a_report(town: MigrationTown, done: str, page: Page, look: str) -> None:
    frame = town.open_page(page, f"{done}/report")
    expect(frame.get_by_role("group", name="What the types became").get_by_text("Story", exact=True)).to_be_visible()
    picture(page, f"migration-report-{look}", 2100)
    open_all(frame)
    looks_right(page)
