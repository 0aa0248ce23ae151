"""The list of migrations, a new one, and its scan: as a person sees and does it, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from tests.pages.looks import overflow, unnamed_parts, weak_texts
from tests.pages.migration_fixtures import town, whole_town
from tests.pages.migration_rig import ITEMS, MigrationTown
from tests.pages.test_admin_looks import NARROW, THEMES, choose_theme, reach

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser

LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def no_migration(town: MigrationTown) -> None:
    town.forget()


def fill_form(frame: FrameLocator, jira_project: str) -> None:
    frame.get_by_role("combobox", name="Project", exact=True).fill("Webshop")
    frame.get_by_role("option", name="Webshop").click()
    frame.get_by_role("combobox", name="Jira project").fill(jira_project)
    frame.get_by_role("option", name=f"({jira_project})").click()


def answer_changed(page: Page, path: str, **changes: Any) -> None:
    """From now on the API answers a GET with something else in it."""

    def change(route: Route) -> None:
        if route.request.method != "GET":
            return route.fallback()
        answer = route.fetch()
        return route.fulfill(response=answer, json=answer.json() | changes)

    page.route(f"**/api/{path}", change)


class TestList:
    def test_a_newcomer_is_told_how_it_goes(self, town: MigrationTown, page: Page) -> None:
        frame = town.open_page(page)
        begin = frame.get_by_role("region", name="How to begin")
        expect(begin.get_by_role("listitem")).to_have_count(4)
        begin.get_by_role("link", name="New migration").click()
        expect(frame.get_by_role("heading", level=1)).to_have_text("New migration")
        expect(frame.get_by_role("heading", level=1)).to_be_focused()

    def test_each_migration_tells_how_far_it_has_come(self, town: MigrationTown, page: Page) -> None:
        project = town.project()
        town.reach("mapped", project)
        frame = town.open_page(page)
        row = frame.get_by_role("listitem").filter(has_text=f"Webshop to {project.key}")
        expect(row).to_contain_text("Mapped")
        expect(row).to_contain_text(f"{ITEMS} work items scanned. Mapping: version ")
        row.get_by_role("link").click()
        expect(frame.get_by_role("heading", level=2).first).to_have_text("Check")

    def test_deleting_says_what_goes_and_what_stays(self, town: MigrationTown, page: Page) -> None:
        migration = town.reach("made")
        frame = town.open_page(page)
        frame.get_by_role("button", name="Delete the migration of Webshop").click()
        dialog = frame.get_by_role("dialog")
        expect(dialog).to_contain_text("This is deleted:")
        expect(dialog).to_contain_text("the issues that it made in Jira, and everything in Azure DevOps")
        dialog.get_by_role("button", name="Delete").click()
        expect(frame.get_by_role("region", name="How to begin")).to_be_visible()
        expect(frame.get_by_role("heading", level=1)).to_be_focused()
        assert town.call("GET", f"/api/migrations/{migration}").status_code == 404

    def test_a_list_that_cannot_be_read_says_so_until_it_can(self, town: MigrationTown, page: Page) -> None:
        page.clock.install()
        frame = town.open_page(page)
        page.route("**/api/migrations", lambda route: route.abort())
        page.clock.run_for(5_500)
        expect(frame.get_by_role("alert").first).to_contain_text("This list is not up to date")
        page.unroute("**/api/migrations")
        page.clock.run_for(5_500)
        expect(frame.get_by_role("alert").first).to_be_empty()

    def test_an_unknown_migration_is_told_with_a_way_back(self, town: MigrationTown, page: Page) -> None:
        frame = town.open_page(page, "00000000-0000-0000-0000-000000000000/scan")
        expect(frame.get_by_role("alert")).to_contain_text("There is no such migration. Load the list again.")
        frame.get_by_role("link", name="All migrations").click()
        expect(frame.get_by_role("region", name="How to begin")).to_be_visible()


class TestMaking:
    def test_a_migration_is_made_with_the_keyboard_alone(self, town: MigrationTown, page: Page) -> None:
        project = town.project()
        frame = town.open_page(page, "new")
        reach(page, frame.get_by_role("combobox", name="Project", exact=True))
        page.keyboard.type("Webs")
        expect(frame.get_by_role("option", name="Webshop")).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        reach(page, frame.get_by_role("combobox", name="Jira project"))
        page.keyboard.type(project.key)
        expect(frame.get_by_role("option", name=f"({project.key})")).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(frame.get_by_label("Board for sprints")).to_contain_text(f"{project.key} board")
        reach(page, frame.get_by_label("Only this area"))
        page.keyboard.type("Webshop\\Shop")
        reach(page, frame.get_by_role("checkbox", name="Attachments"))
        page.keyboard.press("Space")
        reach(page, frame.get_by_role("button", name="Make migration"))
        page.keyboard.press("Enter")
        expect(frame.get_by_role("heading", level=2, name="Scan")).to_be_focused()
        (made,) = town.ask("GET", "/api/migrations")["items"]
        assert (made["project"]["name"], made["jiraProject"]) == ("Webshop", project.key)
        assert made["board"] == town.site.tracker.agile.of_project(project.id)[0].id
        assert made["scope"] == {"areaPath": "Webshop\\Shop", "types": [], "wiql": None}
        assert made["options"] == {"comments": True, "attachments": False, "links": True, "history": False}

    def test_what_is_missing_is_told_at_its_field(self, town: MigrationTown, page: Page) -> None:
        frame = town.open_page(page, "new")
        frame.get_by_role("button", name="Make migration").click()
        expect(frame.get_by_text("Choose one of the projects that are listed.")).to_be_visible()
        expect(frame.get_by_text("Choose one of the Jira projects that are listed.")).to_be_visible()
        expect(frame.get_by_role("combobox", name="Project", exact=True)).to_be_focused()
        assert town.ask("GET", "/api/migrations")["items"] == []

    def test_what_the_api_refuses_is_told_at_its_field(self, town: MigrationTown, page: Page) -> None:
        project = town.project()
        frame = town.open_page(page, "new")
        fill_form(frame, project.key)
        frame.get_by_text("Advanced").click()
        frame.get_by_label("Only what fits this condition").fill("[System.State] = 'New")
        frame.get_by_text("Advanced").click()
        frame.get_by_role("button", name="Make migration").click()
        field = frame.get_by_label("Only what fits this condition")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(frame.get_by_role("alert").last).to_contain_text("Nothing was made.")
        assert town.ask("GET", "/api/migrations")["items"] == []

    def test_without_an_organization_it_says_what_to_do_first(self, town: MigrationTown, page: Page) -> None:
        page.route("**/api/connections", lambda route: route.fulfill(json={"items": [], "next": None}))
        frame = town.open_page(page, "new")
        expect(frame.get_by_text("No organization is connected")).to_be_visible()


class TestSteps:
    def test_a_step_that_comes_later_says_when(self, town: MigrationTown, page: Page) -> None:
        migration = town.reach("made")
        frame = town.open_page(page, f"{migration}/report")
        steps = frame.get_by_role("navigation", name="Steps of the migration")
        expect(steps.get_by_role("listitem").nth(1)).to_contain_text("after a scan")
        expect(steps.get_by_role("link", name="Check")).to_have_count(0)
        expect(frame.get_by_text("Report comes after a run was started")).to_be_visible()
        frame.get_by_role("link", name="Go to Scan").click()
        expect(frame.get_by_role("heading", level=2)).to_have_text("Scan")
        expect(steps.locator("[aria-current=step]")).to_contain_text("Scan")

    def test_back_and_forward_work_inside_the_frame(self, town: MigrationTown, page: Page) -> None:
        migration = town.reach("scanned")
        frame = town.open_page(page, f"{migration}/scan")
        expect(frame.get_by_text("What is there")).to_be_visible()
        frame.get_by_role("link", name="Go to Mapping").click()
        expect(frame.get_by_role("heading", level=2, name="Mapping")).to_be_focused()
        page.frames[1].evaluate("() => history.back()")
        expect(frame.get_by_role("heading", level=2, name="Scan")).to_be_focused()
        page.frames[1].evaluate("() => history.back()")
        expect(frame.get_by_role("heading", level=1)).to_have_text("Crosswalk migrations")
        page.frames[1].evaluate("() => history.forward()")
        expect(frame.get_by_text("What is there")).to_be_visible()


class TestScanning:
    def test_a_scan_is_started_and_tells_what_it_found(self, town: MigrationTown, page: Page) -> None:
        migration = town.reach("made")
        frame = town.open_page(page, f"{migration}/scan")
        start = frame.get_by_role("button", name="Start scan")
        start.focus()
        page.keyboard.press("Enter")
        expect(frame.get_by_role("region", name="State of the scan")).to_contain_text(f"{ITEMS} work items read")
        found = town.ask("GET", f"/api/migrations/{migration}/scan")
        types = frame.get_by_role("table", name="By type")
        for one in found["types"]:
            expect(types.get_by_role("row", name=f"{one['name']} {one['count']}", exact=True)).to_be_visible()
        fields = frame.get_by_role("table", name="How many work items have a value")
        expect(fields.get_by_role("row")).to_have_count(13)
        frame.get_by_role("button", name="Show all").click()
        expect(fields.get_by_role("row")).to_have_count(len(found["fields"]) + 1)
        expect(fields.get_by_role("row").nth(13)).to_be_focused()
        expect(frame.get_by_text("1 work item: 36.")).to_be_visible()
        expect(frame.get_by_role("list", name="Areas")).to_contain_text("Backend 5 work items")
        expect(frame.get_by_role("table", name="The biggest attachments")).to_contain_text("Work item 46")
        steps = frame.get_by_role("navigation", name="Steps of the migration")
        expect(steps.get_by_role("link", name="Mapping")).to_be_visible()

    def test_a_scan_can_be_cancelled_and_begun_again(self, town: MigrationTown, page: Page) -> None:
        migration = town.reach("made")
        with town.resting():
            town.ask("POST", f"/api/migrations/{migration}/scan")
            frame = town.open_page(page, f"{migration}/scan")
            state = frame.get_by_role("region", name="State of the scan")
            expect(state).to_contain_text("Waiting for its turn")
            expect(state.get_by_role("progressbar")).to_be_visible()
            state.get_by_role("button", name="Cancel scan").click()
            expect(state).to_contain_text("The scan was cancelled")
            again = state.get_by_role("button", name="Scan again")
            expect(again).to_be_focused()
            again.click()
            expect(state).to_contain_text("Waiting for its turn")
        expect(state).to_contain_text("work items read, ")

    @pytest.mark.parametrize(("told", "words"), [
        ({"state": "running", "done": 15, "total": 60}, ["15 of 60 work items read"]),
        ({"state": "running", "total": 60, "error": {"code": "waiting", "detail": "The token ended."}},
         ["Waiting", "The token ended.", "goes on by itself"]),
        ({"state": "running", "total": 60, "changedAt": LONG_AGO}, ["Nothing moves", "whether a worker runs"]),
        ({"state": "failed", "error": {"code": "wiql", "detail": "It is no WIQL."}},
         ["The scan failed", "It is no WIQL.", "Make a new migration with another scope"]),
        ({"state": "failed", "error": {"code": "fault", "detail": "A fault."}}, ["begins where it stopped", "Go on"]),
    ])  # fmt: skip
    def test_what_a_scan_waits_for_or_died_of_is_told_with_what_to_do(
        self, town: MigrationTown, page: Page, told: dict[str, Any], words: list[str]
    ) -> None:
        migration = town.reach("made")
        with town.resting():
            town.ask("POST", f"/api/migrations/{migration}/scan")
            answer_changed(page, f"migrations/{migration}/scan", **told)
            frame = town.open_page(page, f"{migration}/scan")
            state = frame.get_by_role("region", name="State of the scan")
            for each in words:
                expect(state).to_contain_text(each)
            if "done" in told:
                expect(state.get_by_role("progressbar")).to_have_js_property("value", told["done"])
            town.ask("POST", f"/api/migrations/{migration}/scan/cancel")


class TestLooks:
    @pytest.mark.parametrize("theme", THEMES)
    def test_every_text_can_be_read_and_every_part_has_a_name(
        self, town: MigrationTown, page: Page, theme: str
    ) -> None:
        choose_theme(page, theme)
        migration = town.reach("scanned")
        frame = town.open_page(page)
        expect(frame.get_by_role("listitem").first).to_be_visible()
        look_over(page)
        frame = town.open_page(page, "new")
        frame.get_by_role("button", name="Make migration").click()
        expect(frame.get_by_text("Choose one of the projects that are listed.")).to_be_visible()
        look_over(page)
        frame = town.open_page(page, f"{migration}/scan")
        frame.get_by_text("States of each type").first.click()
        expect(frame.get_by_role("table", name="Links by kind")).to_be_visible()
        look_over(page)

    def test_nothing_is_wider_than_320_pixels(self, town: MigrationTown, page: Page) -> None:
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a plain dict
        migration = town.reach("scanned")
        frame = town.open_page(page)
        expect(frame.get_by_role("listitem").first).to_be_visible()
        assert overflow(page.frames[1]) <= 0
        frame = town.open_page(page, "new")
        expect(frame.get_by_role("button", name="Make migration")).to_be_visible()
        assert overflow(page.frames[1]) <= 0
        frame = town.open_page(page, f"{migration}/scan")
        frame.get_by_text("States of each type").first.click()
        expect(frame.get_by_role("table", name="Links by kind")).to_be_visible()
        assert overflow(page.frames[1]) <= 0


def look_over(page: Page) -> None:
    assert weak_texts(page.frames[1]) == []
    assert unnamed_parts(page.frames[1]) == []


def test_outside_jira_the_page_says_where_to_open_it(town: MigrationTown, page: Page) -> None:
    page.goto(town.page_url("/pages/migrations"))
    expect(page.get_by_role("alert")).to_contain_text("In Jira, choose Apps, then Crosswalk migrations.")
    assert unnamed_parts(page.main_frame) == []
