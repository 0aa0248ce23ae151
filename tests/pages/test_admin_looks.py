"""The admin page for eyes, keyboards and screen readers: contrast in both themes, 320 pixels, names, focus."""

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.pages.conftest import PageTown, open_admin
from tests.pages.looks import contrast, overflow, unnamed_parts, weak_texts

pytestmark = pytest.mark.browser

THEMES = ("light", "dark")
NARROW = {"width": 320, "height": 800}


@pytest.fixture
def busy_town(open_town: PageTown) -> PageTown:
    """A connection with a warning, a linked project and a dead letter."""
    scopes = frozenset({"vso.code", "vso.project", "vso.build"})
    open_town.organization.add_token("acme-partial", open_town.organization.find_user(None), scopes)
    body = {"organizationUrl": open_town.organization_url, "token": "acme-partial"}
    open_town.link(open_town.call("POST", "/api/connections", body).json()["id"])
    open_town.bury_letter()
    return open_town


def choose_theme(page: Page, theme: str) -> None:
    page.goto("about:blank")
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of two words


def dialog_openers(admin: FrameLocator) -> list[Locator]:
    names = ("Connect organization", "Replace the token of acme", "Remove acme", "Change what Webshop sends")
    buttons = [admin.get_by_role("button", name=name) for name in names]
    return [*buttons, admin.get_by_role("switch", name="Link Platform Tools to Jira")]


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read(busy_town: PageTown, page: Page, theme: str) -> None:
    choose_theme(page, theme)
    admin = open_admin(busy_town, page)
    expect(admin.locator("html")).to_have_attribute("data-color-mode", theme)
    expect(admin.get_by_role("region", name="acme")).to_contain_text("subscriptions active")
    for summary in admin.locator("summary:visible").all():
        summary.click()
    assert weak_texts(page.frames[1]) == []
    for opener in dialog_openers(admin):
        opener.click()
        expect(admin.get_by_role("dialog")).to_be_visible()
        assert weak_texts(page.frames[1]) == []
        page.keyboard.press("Escape")


@pytest.mark.parametrize("theme", THEMES)
def test_the_start_and_its_faults_can_be_read(open_town: PageTown, page: Page, theme: str) -> None:
    choose_theme(page, theme)
    admin = open_admin(open_town, page)
    assert weak_texts(page.frames[1]) == []
    admin.get_by_role("button", name="Connect organization").click()
    admin.get_by_role("button", name="Connect", exact=True).click()
    expect(admin.get_by_text("Enter a personal access token.")).to_be_visible()
    assert weak_texts(page.frames[1]) == []


@pytest.mark.parametrize("theme", THEMES)
def test_borders_of_fields_and_switches_stand_out(busy_town: PageTown, page: Page, theme: str) -> None:
    choose_theme(page, theme)
    admin = open_admin(busy_town, page)
    for switch in admin.get_by_role("switch").all():
        colours = switch.evaluate(
            "(e) => [getComputedStyle(e).backgroundColor, getComputedStyle(e.closest('.card')).backgroundColor]"
        )
        assert contrast(*colours) >= 3
    admin.get_by_role("button", name="Connect organization").click()
    border, fill = admin.get_by_label("Organization address").evaluate(
        "(e) => { e.blur(); const s = getComputedStyle(e); return [s.borderTopColor, s.backgroundColor]; }"
    )
    assert contrast(border, fill) >= 3


def test_nothing_is_wider_than_320_pixels(busy_town: PageTown, page: Page) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a plain dict
    admin = open_admin(busy_town, page)
    expect(admin.get_by_role("region", name="acme")).to_contain_text("subscriptions active")
    for summary in admin.locator("summary:visible").all():
        summary.click()
    assert overflow(page.frames[1]) <= 0
    for opener in dialog_openers(admin):
        opener.click()
        dialog = admin.get_by_role("dialog")
        assert dialog.evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0
        box = dialog.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"]
        page.keyboard.press("Escape")


def test_the_start_fits_320_pixels(open_town: PageTown, page: Page) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a plain dict
    open_admin(open_town, page)
    assert overflow(page.frames[1]) <= 0
    assert overflow(page.main_frame) <= 0


def test_every_part_has_a_name(busy_town: PageTown, page: Page) -> None:
    admin = open_admin(busy_town, page)
    expect(admin.get_by_role("region", name="acme")).to_contain_text("subscriptions active")
    assert unnamed_parts(page.frames[1]) == []
    for opener in dialog_openers(admin):
        opener.click()
        expect(admin.get_by_role("dialog")).to_be_visible()
        assert unnamed_parts(page.frames[1]) == []
        page.keyboard.press("Escape")


def test_everything_can_be_done_with_the_keyboard(open_town: PageTown, page: Page) -> None:
    admin = open_admin(open_town, page)
    reach(page, admin.get_by_role("button", name="Connect organization"))
    page.keyboard.press("Enter")
    expect(admin.get_by_label("Organization address")).to_be_focused()
    page.keyboard.type(open_town.organization_url)
    page.keyboard.press("Tab")
    page.keyboard.type(open_town.secret("read"))
    page.keyboard.press("Enter")
    switch = admin.get_by_role("switch", name="Link Webshop to Jira")
    expect(switch).to_be_visible()
    expect(admin.get_by_role("button", name="Connect organization")).to_be_focused()
    reach(page, switch)
    page.keyboard.press("Space")
    expect(admin.get_by_label("Commits")).to_be_focused()
    page.keyboard.press("Enter")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(switch).to_be_focused()


def test_escape_leaves_a_dialog_and_gives_the_focus_back(busy_town: PageTown, page: Page) -> None:
    admin = open_admin(busy_town, page)
    for opener in dialog_openers(admin):
        opener.focus()
        page.keyboard.press("Enter")
        expect(admin.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(admin.get_by_role("dialog")).to_have_count(0)
        expect(opener).to_be_focused()


# The control that has the focus without showing it, '' when there is none; in one step, as pages change meanwhile
UNSEEN_FOCUS = """() => {
  const held = document.activeElement;
  if (!document.hasFocus() || held === document.body) return "";
  return getComputedStyle(held).outlineStyle === "none" ? held.outerHTML : "";
}"""


def reach(page: Page, wanted: Locator, steps: int = 30) -> None:
    """Press Tab until the control has the focus; on the way every stop must be seen."""
    for _step in range(steps):
        page.keyboard.press("Tab")
        hidden = page.frames[1].evaluate(UNSEEN_FOCUS)
        assert not hidden, hidden
        if wanted.evaluate("(e) => e === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {wanted}")


def test_the_theme_of_jira_reaches_an_open_page(open_town: PageTown, page: Page) -> None:
    admin = open_admin(open_town, page)
    expect(admin.locator("html")).to_have_attribute("data-color-mode", "light")
    expect(admin.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    page.get_by_role("button", name="Dark theme").click()
    expect(admin.locator("html")).to_have_attribute("data-color-mode", "dark")
    expect(admin.locator("body")).to_have_css("background-color", "rgb(29, 33, 37)")


def test_without_a_theme_of_jira_the_browser_decides(open_town: PageTown, page: Page) -> None:
    choose_theme(page, "dark")
    page.goto(open_town.page_url("/pages/admin"))
    expect(page.locator("body")).to_have_css("background-color", "rgb(29, 33, 37)")
