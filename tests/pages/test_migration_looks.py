"""How the pages of a migration look, from who reads to the report: contrast, names, and on a narrow screen."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import requests
from playwright.sync_api import FrameLocator, Page, ViewportSize, expect

from tests.app.actions import add_fault
from tests.pages.looks import overflow, unnamed_parts, weak_texts
from tests.pages.migration_fixtures import town, whole_town
from tests.pages.migration_rig import MigrationTown, await_that
from tests.pages.test_migration_check import break_mapping
from tests.pages.test_migration_reader import end_sign_in, sign_in
from tests.pages.test_migration_run import QUICK, run_card
from tests.routes.sign_in_rig import renew_town

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
NARROW: ViewportSize = {"width": 320, "height": 800}


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


@pytest.fixture(scope="module")
def lent(whole_town: MigrationTown) -> str:
    """A migration that reads as the admin, scanned and mapped."""
    whole_town.working.set()
    renew_town(whole_town)
    sign_in(whole_town)
    return whole_town.reach("mapped", readAs="me")


def other_admin(town: MigrationTown) -> str:
    """The account of the second person of the site."""
    return list(town.site.people)[1]


@pytest.fixture(scope="module")
def borrowed(whole_town: MigrationTown) -> str:
    """A migration that reads as another administrator."""
    other = other_admin(whole_town)
    whole_town.site.people[other] = replace(whole_town.site.people[other], admin=True)
    sign_in(whole_town, other)
    body = {"connectionId": whole_town.connection, "project": "Webshop", "jiraProject": whole_town.project().key}
    made = whole_town.call("POST", "/api/migrations", body | {"readAs": "me"}, other)
    return str(made.json()["id"])


@pytest.fixture(params=[*THEMES, "narrow"])
def look(request: pytest.FixtureRequest, page: Page) -> str:
    """A theme, or the narrowest window."""
    show_as(page, str(request.param))
    return str(request.param)


def show_as(page: Page, look: str) -> None:
    page.emulate_media(color_scheme="dark" if look == "dark" else "light", reduced_motion="reduce")
    if look == "narrow":
        page.set_viewport_size(NARROW)


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


def test_the_choice_of_who_reads(town: MigrationTown, page: Page, look: str) -> None:
    renew_town(town)
    frame = town.open_page(page, "new")
    frame.get_by_role("radio", name="My own sign-in").check()
    expect(frame.get_by_role("button", name="Sign in to acme")).to_be_visible()
    picture(page, f"migration-new-{look}", 1300)
    looks_right(page)
    frame.get_by_role("button", name="Sign in to acme").click()
    expect(frame.get_by_role("button", name="I have signed in")).to_be_visible()
    picture(page, f"migration-new-waits-{look}", 1300)
    looks_right(page)


WHO = {
    "me": ("lent", True, "Reads Azure DevOps as you."),
    "ended": ("lent", False, "Your sign-in to Azure DevOps has ended."),
    "other": ("borrowed", True, "Reads Azure DevOps as another administrator."),
    "other-gone": ("borrowed", False, "They have to sign in to Azure DevOps again."),
}


@pytest.mark.parametrize("who", WHO)
def test_who_reads_is_told_above_the_steps(
    town: MigrationTown, request: pytest.FixtureRequest, page: Page, look: str, who: str
) -> None:
    migration, counts, words = WHO[who]
    place = request.getfixturevalue(migration)
    lender = other_admin(town) if migration == "borrowed" else town.site.admin.account_id
    renew_town(town)
    sign_in(town, lender)
    if not counts:
        end_sign_in(town, lender)
    frame = town.open_page(page, f"{place}/scan")
    expect(frame.get_by_text(words)).to_be_visible()
    picture(page, f"migration-reader-{who}-{look}", 800)
    looks_right(page)


def test_a_run_that_waits_for_who_reads(town: MigrationTown, lent: str, page: Page) -> None:
    renew_town(town)
    sign_in(town)
    add_fault(town.jira, "/rest/api/3/issue/bulk$", 429, headers={"Retry-After": "1"})
    run = town.run(lent)
    await_that(lambda: town.ask("GET", f"/api/runs/{run}"), lambda one: one["phase"] == "items" and one["waiting"])
    end_sign_in(town)
    requests.delete(f"{town.jira}/_control/faults", timeout=5).raise_for_status()
    await_that(lambda: town.ask("GET", f"/api/runs/{run}")["waiting"], lambda one: one and "sign in" in one["why"])
    for look in (*THEMES, "narrow"):
        show_as(page, look)
        frame = town.open_page(page, f"{lent}/run")
        expect(run_card(frame)).to_contain_text("has to sign in to Azure DevOps again")
        expect(frame.get_by_role("button", name="Sign in to acme")).to_be_visible()
        picture(page, f"migration-waits-{look}", 1250)
        looks_right(page)
    town.ask("POST", f"/api/runs/{run}/cancel")
    town.await_run(lent)


def test_the_list_tells_who_reads(town: MigrationTown, lent: str, borrowed: str, page: Page, look: str) -> None:
    renew_town(town)
    sign_in(town)
    frame = town.open_page(page)
    expect(frame.get_by_text("Reads Azure DevOps as you.")).to_be_visible()
    expect(frame.get_by_text("They have to sign in to Azure DevOps again.")).to_be_visible()
    picture(page, f"migration-list-{look}", 900)
    looks_right(page)
