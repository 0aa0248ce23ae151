"""The mapping of a migration: suggested, looked over, changed and saved, as a person does it in a real browser."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from sandbox.jira_migration import add_person
from tests.pages.looks import overflow, unnamed_parts, weak_texts
from tests.pages.migration_fixtures import town, whole_town
from tests.pages.migration_rig import MigrationTown
from tests.pages.test_admin_looks import NARROW, THEMES, choose_theme, reach

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def suggestion(whole_town: MigrationTown) -> Any:
    """What is suggested for the project; the Jira projects of the tests share types, statuses and fields."""
    return whole_town.ask("POST", f"/api/migrations/{whole_town.reach('scanned')}/suggest", {})


@pytest.fixture
def mapped(town: MigrationTown, suggestion: Any) -> str:
    """The id of a migration whose suggestion was saved."""
    migration = town.reach("scanned")
    town.ask("PUT", f"/api/migrations/{migration}/mapping", suggestion)
    return migration


def open_mapping(town: MigrationTown, page: Page, migration: str) -> FrameLocator:
    frame = town.open_page(page, f"{migration}/mapping")
    expect(frame.get_by_role("region", name="Work item types")).to_be_visible()
    return frame


def row(frame: FrameLocator, section: str, name: str) -> Locator:
    """A row of a table, looked for where the table can be searched."""
    table = frame.get_by_role("region", name=section)
    search = table.get_by_role("searchbox")
    if search.is_visible():
        search.fill(name)
    return table.get_by_role("listitem").filter(has=frame.get_by_text(name, exact=True)).first


def save(frame: FrameLocator) -> None:
    frame.get_by_role("button", name="Save mapping").click()
    expect(frame.get_by_text(re.compile(r"^Saved as version \d+\.$"))).to_be_visible()


def find(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    return next(one for one in rows if wanted.items() <= one.items())


class TestSuggesting:
    def test_a_suggestion_shows_names_and_reasons_and_applies_when_it_is_saved(
        self, town: MigrationTown, page: Page
    ) -> None:
        migration = town.reach("scanned")
        frame = town.open_page(page, f"{migration}/mapping")
        frame.get_by_role("button", name="Suggest a mapping").click()
        story = row(frame, "Work item types", "User Story")
        expect(story.get_by_label("User Story becomes")).to_have_value(re.compile(r"\d+"))
        expect(story).to_contain_text("Sure")
        expect(story).to_contain_text("Jira calls it Story.")
        expect(frame.get_by_role("region", name="People")).to_contain_text("Mara Lindqvist")
        expect(row(frame, "Links", "Predecessor and successor")).to_contain_text("15 links")
        expect(frame.get_by_text("There are changes that are not saved.")).to_be_visible()
        assert town.call("GET", f"/api/migrations/{migration}/mapping").status_code == 404
        save(frame)
        kept = town.mapping(migration)
        suggested = town.ask("POST", f"/api/migrations/{migration}/suggest", {})
        assert kept == {name: value for name, value in suggested.items() if name != "plans"}
        frame.get_by_role("link", name="Go to Check").click()
        expect(frame.get_by_role("heading", level=2, name="Check")).to_be_focused()

    def test_the_plans_of_the_hierarchy_tell_what_each_loses(
        self, town: MigrationTown, page: Page, mapped: str
    ) -> None:
        frame = open_mapping(town, page, mapped)
        row(frame, "Priorities", "Priority 4").get_by_role("combobox").select_option(label="Lowest")
        frame.get_by_role("button", name="Compare the plans").click()
        plans = frame.get_by_role("radiogroup", name="Hierarchy")
        expect(plans).to_contain_text("Suggested here.")
        expect(plans).to_contain_text("Feature below Epic: 4")
        expect(plans.get_by_role("radio", name="A level above epics")).to_be_disabled()
        expect(plans.get_by_role("radio", name="Features become epics")).to_be_focused()
        use = frame.get_by_role("button", name="Use this plan")
        expect(use).to_have_attribute("aria-disabled", "true")
        plans.get_by_role("radio", name="Epics become epics").click()
        expect(frame.get_by_text("“Epics become epics” is selected, and not in use yet.")).to_be_visible()
        use.click()
        expect(frame.get_by_text("types and states were suggested again")).to_be_visible()
        feature = row(frame, "Work item types", "Feature").get_by_role("combobox")
        expect(feature.locator("option:checked")).to_have_text("Story (standard)")
        save(frame)
        kept = town.mapping(mapped)
        assert kept["plan"] == "epic_as_epic"
        assert find(kept["priorities"], source="4")["target"] == "5"

    def test_by_keyboard_another_plan_is_looked_at_without_a_change_and_taken_after_a_question(
        self, town: MigrationTown, page: Page, mapped: str
    ) -> None:
        frame = open_mapping(town, page, mapped)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/suggest") else None)
        task = row(frame, "Work item types", "Task")
        task.get_by_label("Task becomes").select_option(label="Left out")
        frame.get_by_role("radio", name="Features become epics").focus()
        page.keyboard.press("ArrowDown")
        expect(frame.get_by_role("radio", name="Epics become epics")).to_be_checked()
        expect(task).to_contain_text("Your choice")
        assert asked == []
        page.keyboard.press("Tab")
        use = frame.get_by_role("button", name="Use this plan")
        expect(use).to_be_focused()
        page.keyboard.press("Enter")
        dialog = frame.get_by_role("dialog", name="Use “Epics become epics”?")
        expect(dialog).to_contain_text("1 row of types and states is your choice.")
        page.keyboard.press("Escape")
        expect(use).to_be_focused()
        expect(task).to_contain_text("Your choice")
        assert asked == []
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Use this plan").press("Enter")
        expect(frame.get_by_text("types and states were suggested again")).to_be_visible()
        expect(frame.get_by_role("radio", name="Epics become epics")).to_be_focused()
        expect(task).not_to_contain_text("Your choice")
        assert len(asked) == 1

    def test_suggesting_again_asks_before_it_replaces(self, town: MigrationTown, page: Page, mapped: str) -> None:
        frame = open_mapping(town, page, mapped)
        priority = row(frame, "Priorities", "Priority 1").get_by_role("combobox")
        priority.select_option(label="Low")
        frame.get_by_role("button", name="Suggest again").click()
        frame.get_by_role("dialog").get_by_role("button", name="Suggest again").click()
        expect(row(frame, "Priorities", "Priority 1").get_by_role("combobox").locator("option:checked")).to_have_text(
            "Highest"
        )


class TestChanging:
    def test_a_type_that_is_left_out_takes_its_states_along(self, town: MigrationTown, page: Page, mapped: str) -> None:
        frame = open_mapping(town, page, mapped)
        states = frame.get_by_role("region", name="States")
        expect(row(frame, "States", "Task: New")).to_be_visible()
        task = row(frame, "Work item types", "Task")
        expect(task.get_by_label("Task without a parent becomes")).to_be_visible()
        task.get_by_label("Task becomes").focus()
        task.get_by_label("Task becomes").select_option(label="Left out")
        expect(task).to_contain_text("Your choice")
        expect(task.get_by_label("Task becomes")).to_be_focused()
        expect(task.get_by_label("Task without a parent becomes")).to_have_count(0)
        states.get_by_role("searchbox").fill("Task: ")
        expect(states).to_contain_text("No row fits.")
        save(frame)
        kept = find(town.mapping(mapped)["types"], source="Task")
        assert (kept["target"], kept["withoutParent"], kept["confidence"]) == (None, None, 1)

    def test_a_fault_is_told_at_its_row_and_nothing_is_saved(
        self, town: MigrationTown, page: Page, mapped: str
    ) -> None:
        frame = open_mapping(town, page, mapped)
        path = next(one["source"] for one in town.mapping(mapped)["iterations"] if one["action"] == "new")
        sprint = row(frame, "Iterations to sprints", path)
        sprint.get_by_label("End of the sprint").fill("2001-01-01")
        frame.get_by_role("region", name="Iterations to sprints").get_by_role("searchbox").fill("nothing like it")
        frame.get_by_role("button", name="Save mapping").click()
        expect(frame.get_by_text("The sprint ends before it starts.")).to_be_visible()
        field = frame.get_by_label(f"End of the sprint for {path}")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(frame.get_by_text("Nothing was saved. Mend what is marked: 1 value.")).to_be_visible()
        assert town.show(mapped)["mappingVersion"] == 1
        field.fill("2030-01-01")
        expect(frame.get_by_text("The sprint ends before it starts.")).to_have_count(0)
        save(frame)
        assert find(town.mapping(mapped)["iterations"], source=path)["finish"] == "2030-01-01"

    def test_a_person_is_found_by_name_with_the_keyboard(self, town: MigrationTown, page: Page, mapped: str) -> None:
        account = add_person(town.site, "Mara L. of Jira", "other@example.com").account_id
        frame = open_mapping(town, page, mapped)
        field = row(frame, "People", "Mara Lindqvist").get_by_role("combobox")
        field.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("mara l")
        expect(frame.get_by_role("listbox").get_by_role("option")).to_have_text(["Nobody", "Mara L. of Jira"])
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(field).to_have_value("Mara L. of Jira")
        save(frame)
        assert account in {one["target"] for one in town.mapping(mapped)["people"]}
        frame = open_mapping(town, page, mapped)
        expect(row(frame, "People", "Mara Lindqvist").get_by_role("combobox")).to_have_value("Mara L. of Jira")

    def test_values_of_a_list_are_mapped_one_by_one(self, town: MigrationTown, page: Page, mapped: str) -> None:
        frame = open_mapping(town, page, mapped)
        severity = row(frame, "Fields", "Severity")
        severity.get_by_label("1 - Critical of Severity becomes").select_option(label="Not taken along")
        save(frame)
        kept = find(town.mapping(mapped)["fields"], source="Microsoft.VSTS.Common.Severity")
        assert sorted(kept["values"]) == ["2 - High", "3 - Medium", "4 - Low"]
        severity = row(frame, "Fields", "Severity")
        severity.get_by_label("How Severity is converted").select_option(label="Not taken along")
        expect(severity.get_by_role("combobox")).to_have_count(1)
        save(frame)
        kept = find(town.mapping(mapped)["fields"], source="Microsoft.VSTS.Common.Severity")
        assert (kept["target"], kept["rule"], kept["values"]) == (None, "drop", {})

    def test_only_what_to_look_at_can_be_shown(self, town: MigrationTown, page: Page, mapped: str) -> None:
        frame = open_mapping(town, page, mapped)
        fields = frame.get_by_role("region", name="Fields")
        doubtful = [one for one in town.mapping(mapped)["fields"] if one["confidence"] < 0.6]
        fields.get_by_label("Only what to look at").check()
        expect(fields.get_by_role("listitem")).to_have_count(len(doubtful))
        fields.get_by_label("Only what to look at").uncheck()
        fields.get_by_role("button", name="Show more").click()
        expect(fields.get_by_role("listitem")).to_have_count(len(town.mapping(mapped)["fields"]))

    def test_tags_and_labels_are_saved(self, town: MigrationTown, page: Page, mapped: str) -> None:
        frame = open_mapping(town, page, mapped)
        frame.get_by_label("Tags become labels").uncheck()
        frame.get_by_label("Labels that every issue gets").fill("migrated\nfrom-azure")
        save(frame)
        kept = town.mapping(mapped)
        assert (kept["tagsToLabels"], kept["extraLabels"]) == (False, ["migrated", "from-azure"])


class TestLeaving:
    def test_nobody_loses_changes_without_being_asked(self, town: MigrationTown, page: Page, mapped: str) -> None:
        frame = open_mapping(town, page, mapped)
        row(frame, "Priorities", "Priority 1").get_by_role("combobox").select_option(label="Low")
        steps = frame.get_by_role("navigation", name="Steps of the migration")
        steps.get_by_role("link", name="Scan").click()
        dialog = frame.get_by_role("dialog")
        expect(dialog).to_contain_text("Leave without saving?")
        dialog.get_by_role("button", name="Cancel").click()
        expect(frame.get_by_role("heading", level=2)).to_have_text("Mapping")
        page.frames[1].evaluate("() => history.back()")
        expect(dialog).to_contain_text("Leave without saving?")
        dialog.get_by_role("button", name="Cancel").click()
        chosen = row(frame, "Priorities", "Priority 1").get_by_role("combobox").locator("option:checked")
        expect(chosen).to_have_text("Low")
        steps.get_by_role("link", name="Scan").click()
        dialog.get_by_role("button", name="Leave").click()
        expect(frame.get_by_role("heading", level=2)).to_have_text("Scan")
        assert find(town.mapping(mapped)["priorities"], source="1")["target"] == "1"


class TestVersions:
    def test_versions_tell_what_they_changed_and_can_be_put_back(
        self, town: MigrationTown, page: Page, mapped: str
    ) -> None:
        frame = open_mapping(town, page, mapped)
        row(frame, "Priorities", "Priority 1").get_by_role("combobox").select_option(label="Low")
        save(frame)
        frame.get_by_text("Versions", exact=True).click()
        frame.get_by_role("button", name="What it changed (version 2)").click()
        expect(frame.get_by_text("Priorities, 1: target 1 → 4")).to_be_visible()
        frame.get_by_role("button", name="Put into the editor (version 1)").click()
        chosen = row(frame, "Priorities", "Priority 1").get_by_role("combobox").locator("option:checked")
        expect(chosen).to_have_text("Highest")
        save(frame)
        assert town.show(mapped)["mappingVersion"] == 3
        assert find(town.mapping(mapped)["priorities"], source="1")["target"] == "1"

    def test_the_mapping_is_saved_as_a_file_and_put_again(
        self, town: MigrationTown, page: Page, mapped: str, tmp_path: Path
    ) -> None:
        frame = open_mapping(town, page, mapped)
        with page.expect_download() as download:
            frame.get_by_role("button", name="Save as a file").click()
        file = tmp_path / "mapping.yaml"
        download.value.save_as(file)
        text = file.read_text()
        assert "plan: feature_as_epic" in text
        file.write_text(text.replace("tagsToLabels: true", "tagsToLabels: perhaps"))
        frame.get_by_role("button", name="Put a file").click()
        dialog = frame.get_by_role("dialog")
        dialog.get_by_label("File (YAML or JSON)").set_input_files(file)
        dialog.get_by_role("button", name="Put the file").click()
        expect(dialog.get_by_role("alert").last).to_contain_text("/tagsToLabels")
        file.write_text(text.replace("tagsToLabels: true", "tagsToLabels: false"))
        dialog.get_by_label("File (YAML or JSON)").set_input_files(file)
        dialog.get_by_role("button", name="Put the file").click()
        expect(frame.get_by_label("Tags become labels")).not_to_be_checked()
        expect(frame.get_by_text("Saved as version 2.", exact=True)).to_be_visible()
        assert town.mapping(mapped)["tagsToLabels"] is False


def test_a_mapping_is_made_with_the_keyboard_alone(town: MigrationTown, page: Page) -> None:
    migration = town.reach("scanned")
    frame = town.open_page(page, f"{migration}/mapping")
    reach(page, frame.get_by_role("button", name="Suggest a mapping"))
    page.keyboard.press("Enter")
    expect(frame.get_by_role("button", name="Save mapping")).to_be_visible()
    reach(page, frame.get_by_label("Issue becomes", exact=True), steps=40)
    page.keyboard.press("Home")
    expect(frame.get_by_label("Issue becomes", exact=True).locator("option:checked")).to_have_text("Left out")
    expect(frame.get_by_label("Issue becomes", exact=True)).to_be_focused()
    frame.get_by_role("region", name="People").get_by_role("combobox").last.focus()  # the rows between are alike
    reach(page, frame.get_by_role("button", name="Save mapping"))
    page.keyboard.press("Enter")
    expect(frame.get_by_text("Saved as version 1.", exact=True)).to_be_visible()
    assert find(town.mapping(migration)["types"], source="Issue")["target"] is None


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read_and_every_part_has_a_name(
    town: MigrationTown, page: Page, mapped: str, theme: str
) -> None:
    choose_theme(page, theme)
    frame = open_mapping(town, page, mapped)
    frame.get_by_role("button", name="Compare the plans").click()
    expect(frame.get_by_text("Suggested here.")).to_be_visible()
    frame.get_by_text("Versions", exact=True).click()
    expect(frame.get_by_role("button", name="Put into the editor")).to_be_visible()
    assert weak_texts(page.frames[1]) == []
    assert unnamed_parts(page.frames[1]) == []


def test_nothing_is_wider_than_320_pixels(town: MigrationTown, page: Page, mapped: str) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a plain dict
    frame = open_mapping(town, page, mapped)
    frame.get_by_role("button", name="Compare the plans").click()
    expect(frame.get_by_text("Suggested here.")).to_be_visible()
    while frame.get_by_role("button", name="Show more").count():
        frame.get_by_role("button", name="Show more").first.click()
    assert overflow(page.frames[1]) <= 0
