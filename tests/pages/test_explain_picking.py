"""Picking an issue on the Explain tab, by keyboard and by pointer, in a real browser against the real application."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.app.actions import add_fault, list_calls
from tests.pages.conftest import PageTown, open_admin
from tests.pages.looks import overflow, unnamed_parts, weak_texts

pytestmark = pytest.mark.browser
SUMMARY = "Zucchini in the basket: Größe prüfen, with a title that is long enough to need a second line on a phone"


@pytest.fixture
def issues(open_town: PageTown) -> list[str]:
    """The keys of three issues with one word in common, the newest first."""
    return [open_town.site.add_issue("SHOP", f"{SUMMARY} {number}", "Story").key for number in (1, 2, 3)][::-1]


def question(admin: FrameLocator) -> Locator:
    """The box of the Explain tab."""
    admin.get_by_role("tab", name="Explain").click()
    return admin.get_by_role("combobox", name=re.compile("^Commit, branch"))


def picture(page: Page, name: str) -> None:
    """Keep a picture for a person to look at, where `PICTURES` names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def answer(admin: FrameLocator) -> Locator:
    return admin.get_by_role("tabpanel", name="Explain").locator(".explained")


def test_an_issue_is_picked_by_words_of_its_summary_with_the_keyboard(
    open_town: PageTown, page: Page, issues: list[str]
) -> None:
    admin = open_admin(open_town, page)
    box = question(admin)
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("zucchini größ")
    options = admin.get_by_role("option")
    expect(options).to_have_count(3)
    expect(admin.get_by_role("listbox")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(admin.get_by_role("status").filter(has_text="3 issues.")).to_have_count(1)
    expect(options.first).to_contain_text(issues[0])
    expect(options.first).to_contain_text(SUMMARY)
    box.press("ArrowDown")
    box.press("ArrowDown")
    second = options.nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == second.get_attribute("id")
    box.press("Enter")
    expect(box).to_have_value(issues[1])
    expect(box).to_be_focused()
    expect(admin.get_by_role("listbox")).to_be_hidden()
    expect(answer(admin)).to_be_empty()  # a choice by itself asks nothing
    box.press("Enter")
    expect(answer(admin)).to_contain_text(f"Issue {issues[1]}")


def test_an_issue_is_picked_by_its_key_with_the_pointer(open_town: PageTown, page: Page, issues: list[str]) -> None:
    admin = open_admin(open_town, page)
    box = question(admin)
    box.press_sequentially(issues[0].lower())
    admin.get_by_role("option", name=issues[0]).first.click()
    expect(box).to_have_value(issues[0])
    admin.get_by_role("button", name="Explain").click()
    expect(answer(admin)).to_contain_text(f"Issue {issues[0]}")


def test_what_is_pasted_is_asked_at_once_and_no_issue_is_looked_for(open_town: PageTown, page: Page) -> None:
    admin = open_admin(open_town, page)
    box = question(admin)
    box.fill("build 5120")
    box.press("Enter")
    expect(answer(admin)).to_contain_text("Build 5120")
    box.fill("Zucchini for everybody")
    box.press("Enter")
    expect(answer(admin)).to_contain_text("This text")
    assert not list_calls(open_town.jira, "POST", "/search/jql")


def test_words_of_no_issue_are_said_to_be_none_and_escape_closes_a_list(
    open_town: PageTown, page: Page, issues: list[str]
) -> None:
    admin = open_admin(open_town, page)
    box = question(admin)
    box.press_sequentially("xylophone")
    expect(admin.get_by_text("No issue fits this.")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "false")
    box.fill("zucchini")
    expect(admin.get_by_role("option")).to_have_count(3)
    box.press("Escape")
    expect(admin.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("zucchini")
    box.press("ArrowDown")
    expect(admin.get_by_role("option").first).to_have_attribute("aria-selected", "true")


def test_a_jira_that_fails_is_told_and_a_typed_key_is_explained(
    open_town: PageTown, page: Page, issues: list[str]
) -> None:
    admin = open_admin(open_town, page)
    box = question(admin)
    box.press_sequentially("zucchini")
    expect(admin.get_by_role("option")).to_have_count(3)
    add_fault(open_town.jira, "/search/jql|/issue/bulkfetch", 503)
    box.press_sequentially(" basket")
    expect(admin.get_by_text("Issues cannot be listed now.")).to_be_visible()
    expect(admin.get_by_text("You can still type the whole key of an issue.")).to_be_visible()
    expect(admin.get_by_role("option")).to_have_count(0)
    box.fill(issues[0])
    box.press("Enter")
    expect(answer(admin)).to_contain_text(f"Issue {issues[0]}")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)])
def test_the_list_of_issues_can_be_read(
    open_town: PageTown, page: Page, issues: list[str], theme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of two words
    admin = open_admin(open_town, page)
    box = question(admin)
    box.press_sequentially("zucchini")
    expect(admin.get_by_role("option")).to_have_count(3)
    box.press("ArrowDown")
    expect(admin.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    picture(page, f"explain-pick-{theme}-{width}")
    assert weak_texts(page.frames[1]) == []
    assert unnamed_parts(page.frames[1]) == []
    assert overflow(page.frames[1]) <= 0
