"""History, health, explanation and settings on the admin page, in a real browser against the real application."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from domain.jira_limits import ENTITY_KEYS
from tests.app.actions import add_fault
from tests.pages.conftest import PageTown, open_admin
from tests.pages.looks import overflow, unnamed_parts, weak_texts

pytestmark = pytest.mark.browser
WAIT = 20_000  # milliseconds; the page looks at the health every five seconds


@pytest.fixture
def linked(open_town: PageTown) -> PageTown:
    """A town whose first project is linked, with its history imported and a commit delivered."""
    open_town.link(open_town.connect())
    open_town.work_slow()
    repository = next(r for r in open_town.organization.repositories.values() if r.project.name == "Webshop")
    open_town.organization.push(repository, [{"message": "SHOP-1 mended"}], branch="main")
    open_town.work()
    return open_town


def picture(page: Page, name: str) -> None:
    """Keep a picture for a person to look at, where `PICTURES` names a folder."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.set_viewport_size({"width": 1280, "height": 1500})
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def open_tab(admin: FrameLocator, name: str) -> None:
    admin.get_by_role("tab", name=name).click()
    expect(admin.get_by_role("tabpanel", name=name)).to_be_visible()


def explain(admin: FrameLocator, text: str) -> None:
    open_tab(admin, "Explain")
    admin.get_by_role("combobox", name=re.compile("^Commit, branch")).fill(text)
    admin.get_by_role("button", name="Explain").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_health_of_a_connection_is_shown(linked: PageTown, page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of two words
    admin = open_admin(linked, page)
    card = admin.get_by_role("region", name="acme")
    expect(card).to_contain_text("Events reach Jira.")
    expect(card).to_contain_text("95 of 100 within")
    expect(card).to_contain_text("Imported")
    expect(card).to_contain_text("13 of 13 subscriptions active")
    for summary in card.locator("summary:visible").all():
        summary.click()
    expect(card).to_contain_text("Nothing slows calls to Azure DevOps down.")
    picture(page, f"health-{theme}")
    assert weak_texts(page.frames[1]) == []
    assert unnamed_parts(page.frames[1]) == []


def test_the_history_is_imported_paused_and_resumed_from_the_page(open_town: PageTown, page: Page) -> None:
    open_town.link(open_town.connect())
    admin = open_admin(open_town, page)
    card = admin.get_by_role("region", name="acme")
    card.get_by_role("button", name="Pause: history of Webshop").click()
    expect(card).to_contain_text("Paused", timeout=WAIT)
    open_town.work_slow()
    card.get_by_role("button", name="Resume: history of Webshop").click()
    expect(card.get_by_role("button", name="Pause: history of Webshop")).to_be_visible(timeout=WAIT)
    card.locator("summary:visible", has_text="Repository by repository").click()
    expect(card).to_contain_text("Looking which repositories there are", timeout=WAIT)
    open_town.work_slow()
    table = card.get_by_role("group", name="Parts of the history").get_by_role("table")
    expect(card).to_contain_text("Imported", timeout=WAIT)
    expect(table).to_contain_text("Pull requests", timeout=WAIT)
    picture(page, "history-light")
    assert any(open_town.site.panel(key)["commits"] for key in open_town.site.issue_keys())


def test_an_import_that_left_entries_out_says_so_and_reads_them_once_more(open_town: PageTown, page: Page) -> None:
    add_fault(open_town.ado, "/pull[Rr]equests/[0-9]+/threads", 403, times=1)
    open_town.link(open_town.connect())
    open_town.work_slow()
    card = open_admin(open_town, page).get_by_role("region", name="acme")
    expect(card).to_contain_text("Imported in part", timeout=WAIT)
    expect(card).to_contain_text("1 not whole")
    card.locator("summary:visible", has_text="Repository by repository").click()
    expect(card).to_contain_text("Entries that could not be read whole, or that Jira did not take: 1.", timeout=WAIT)
    card.get_by_role("button", name="Retry failed: history of Webshop").click()
    expect(card.get_by_role("button", name="Pause: history of Webshop")).to_be_visible(timeout=WAIT)
    open_town.work_slow()
    expect(card).not_to_contain_text("not whole", timeout=WAIT)


def test_an_older_day_is_chosen_for_the_import(linked: PageTown, page: Page) -> None:
    admin = open_admin(linked, page)
    admin.get_by_role("button", name="Import history: history of Webshop").click()
    admin.get_by_label("From which day on?").fill("2024-01-31")
    admin.get_by_role("button", name="Import", exact=True).click()
    expect(admin.locator("#flags")).to_contain_text("The history of Webshop is being imported.")
    services = linked.services
    assert services is not None
    (site,) = services.installations.list_all()
    (link,) = services.links.list_for(site.id)
    kept = services.backfills.find(link.id)
    assert kept is not None
    assert kept.since == "2024-01-31"


def test_a_commit_is_explained(linked: PageTown, page: Page) -> None:
    repository = next(r for r in linked.organization.repositories.values() if r.project.name == "Webshop")
    push = linked.organization.push(repository, [{"message": "SHOP-2 and NOPE-7"}], branch="main")
    linked.work()
    admin = open_admin(linked, page)

    explain(admin, push.commits[0])

    panel = admin.get_by_role("tabpanel", name="Explain")
    expect(panel).to_contain_text("Jira accepted this commit for SHOP-2.")
    expect(panel).to_contain_text("the Jira site has no such project")
    expect(panel).to_contain_text("Sent to Jira")
    picture(page, "explain-light")
    assert weak_texts(page.frames[1]) == []
    assert unnamed_parts(page.frames[1]) == []


def test_keys_beyond_the_limit_of_jira_are_told(linked: PageTown, page: Page) -> None:
    repository = next(r for r in linked.organization.repositories.values() if r.project.name == "Webshop")
    message = " ".join(f"SHOP-{number}" for number in range(1, ENTITY_KEYS + 3))
    push = linked.organization.push(repository, [{"message": message}], branch="main")
    linked.work()
    admin = open_admin(linked, page)

    explain(admin, push.commits[0])

    expect(admin.get_by_role("tabpanel", name="Explain")).to_contain_text("2 keys beyond Jira’s limit left out.")


def test_an_issue_and_an_empty_question_are_answered(linked: PageTown, page: Page) -> None:
    admin = open_admin(linked, page)
    explain(admin, "shop-1")
    expect(admin.get_by_role("tabpanel", name="Explain")).to_contain_text("Jira accepted everything")
    admin.get_by_role("combobox", name=re.compile("^Commit, branch")).fill("")
    admin.get_by_role("button", name="Explain").click()
    expect(admin.get_by_text("Paste something first.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_environments_are_mapped_with_a_live_preview(linked: PageTown, page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of two words
    admin = open_admin(linked, page)
    open_tab(admin, "Settings")
    panel = admin.get_by_role("tabpanel", name="Settings")
    panel.get_by_label("Try a name").fill("blue-banana")
    row = panel.get_by_role("row", name=re.compile("blue-banana"))
    expect(row).to_contain_text("unmapped")
    panel.get_by_label("Production", exact=True).fill("blue-*")
    expect(row).to_contain_text("production")
    row.scroll_into_view_if_needed()
    picture(page, f"environments-{theme}")
    assert weak_texts(page.frames[1]) == []
    assert unnamed_parts(page.frames[1]) == []
    panel.get_by_role("button", name="Save settings").click()
    expect(admin.locator("#flags")).to_contain_text("The settings were saved")
    services = linked.services
    assert services is not None
    (site,) = services.installations.list_all()
    assert services.settings_book.read(site.id).settings.environments["production"] == ("blue-*",)


def test_a_wrong_setting_is_said_at_its_field_and_nothing_is_saved(linked: PageTown, page: Page) -> None:
    admin = open_admin(linked, page)
    open_tab(admin, "Settings")
    field = admin.get_by_label("Repositories that may link to some Jira projects only")
    field.fill("shop-*")
    admin.get_by_role("button", name="Save settings").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("is not understood"))
    field.fill("shop-* = NOPE")
    admin.get_by_role("button", name="Save settings").click()
    expect(field).to_have_accessible_description(re.compile("NOPE"))
    assert linked.call("GET", "/api/settings").json()["changedAt"] is None


def test_tabs_are_walked_with_the_arrow_keys(linked: PageTown, page: Page) -> None:
    admin = open_admin(linked, page)
    admin.get_by_role("tab", name="Connections").focus()
    page.keyboard.press("ArrowRight")
    expect(admin.get_by_role("tabpanel", name="Explain")).to_be_visible()
    page.keyboard.press("End")
    expect(admin.get_by_role("tabpanel", name="Settings")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(admin.get_by_role("tab", name="Connections")).to_be_focused()


def test_no_panel_is_wider_than_320_pixels(linked: PageTown, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    admin = open_admin(linked, page)
    for name in ("Connections", "Explain", "Settings"):
        open_tab(admin, name)
        assert overflow(page.frames[1]) <= 0


def test_what_jira_still_has_of_a_removed_organization_is_shown_until_it_is_gone(
    linked: PageTown, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linkage.erasing.PROOF_SECONDS", 0.0)
    linked.site.lag_ms = 60_000
    connection = linked.call("GET", "/api/connections").json()["items"][0]["id"]
    linked.call("DELETE", f"/api/connections/{connection}").raise_for_status()
    admin = open_admin(linked, page)
    expect(admin.get_by_role("heading", name="Connect your first Azure DevOps organization")).to_be_visible()
    expect(admin.get_by_role("heading", name="Data of a removed organization")).to_be_visible()
    expect(admin.get_by_text("Crosswalk asks again until it is proved")).to_be_visible()
    picture(page, "erasing")
    assert weak_texts(page.frames[1]) == []
    assert linked.services is not None
    linked.services.erasures.forget_tenant(linked.services.installations.list_all()[0].id)
    expect(admin.get_by_role("heading", name="Data of a removed organization")).to_be_hidden(timeout=WAIT)


def test_an_import_that_does_not_move_is_shown_as_such(linked: PageTown, page: Page) -> None:
    assert linked.services is not None
    with linked.services.engine.begin() as database:
        database.exec_driver_sql("UPDATE backfills SET state = 'running', changed_at = 1")
    admin = open_admin(linked, page)
    card = admin.get_by_role("region", name="acme")
    expect(card).to_contain_text("Look whether a worker runs")
    expect(card).to_contain_text("Not moving")
    picture(page, "stalled")
