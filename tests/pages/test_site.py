"""The pages of the Jira stand-in: a newcomer's road from the first step to a filled issue."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from services import Services
from tests.pages.conftest import PageTown, open_admin
from tests.pages.looks import overflow, weak_texts

pytestmark = pytest.mark.browser

STEPS = [
    ("Push a commit", "commits"),
    ("Open a pull request", "pullRequests"),
    ("Run a pipeline", "builds"),
    ("Deploy to production", "deployments"),
]


def press(town: PageTown, page: Page, button: str) -> None:
    """Press a button of the workbench and let the worker do its part."""
    said = page.locator("output")
    before = said.inner_text()
    page.get_by_role("button", name=button).click()
    expect(said).not_to_have_text(before)
    town.work()


def test_the_first_page_leads_a_newcomer(open_town: PageTown, page: Page) -> None:
    page.goto(open_town.jira)
    guide = page.get_by_role("region", name="New here? Six steps")
    expect(guide).to_contain_text(open_town.organization_url)
    expect(guide).to_contain_text(open_town.secret("read"))
    expect(guide.get_by_role("link", name="SHOP-1")).to_have_attribute("href", "/browse/SHOP-1")
    expect(page.get_by_role("link", name="SHOP-20", exact=True)).to_be_visible()


def test_clicks_in_azure_devops_fill_the_issue(open_town: PageTown, page: Page) -> None:
    open_town.link(open_town.connect())
    page.goto(f"{open_town.jira}/browse/SHOP-2")
    development = page.locator("#development")
    expect(development).to_contain_text("Nothing yet")
    for button, kind in STEPS:
        press(open_town, page, button)
        expect(development.locator(f"[data-kind={kind}]")).to_be_visible()
    expect(development.locator("[data-kind=branches]")).to_contain_text("feature/SHOP-2-")
    expect(development.locator("[data-kind=pullRequests]")).to_contain_text("OPEN")
    expect(development.locator("[data-kind=deployments]")).to_contain_text("production")
    press(open_town, page, "Complete it")
    expect(development.locator("[data-kind=pullRequests]")).to_contain_text("MERGED")
    press(open_town, page, "Delete branch")
    expect(development.locator("[data-kind=branches]")).to_have_count(0)
    assert open_town.site.violations == []


def test_the_workbench_works_for_any_issue(open_town: PageTown, page: Page) -> None:
    page.goto(f"{open_town.jira}/workbench")
    page.get_by_label("Issue").select_option("SHOP-5")
    page.get_by_role("button", name="Push a commit").click()
    expect(page.locator("output")).to_contain_text("Pushed a commit to feature/SHOP-5-")
    expect(page.get_by_role("link", name="Open SHOP-5")).to_be_visible()


def test_the_workbench_shows_who_can_sign_in(open_town: PageTown, page: Page) -> None:
    page.goto(f"{open_town.jira}/workbench")
    accounts = page.get_by_role("region", name="Accounts of Microsoft Entra")
    expect(accounts.get_by_role("row", name="mara.lindqvist@acme.example in the organization")).to_be_visible()
    expect(accounts.get_by_role("row", name="noor.haddad@acme.example")).to_contain_text("not in the organization")
    assert overflow(page.main_frame) <= 0


def test_create_branch_opens_the_app_in_a_window_of_its_own(open_town: PageTown, page: Page) -> None:
    page.goto(f"{open_town.jira}/browse/SHOP-2")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Create branch").click()
    opened.value.wait_for_url(f"{open_town.app_url}/pages/create-branch?*")
    assert "issueKey=SHOP-2" in opened.value.url


def test_the_workbench_says_when_azure_devops_is_away(open_town: PageTown, page: Page) -> None:
    page.route("**/_control/azure/push", lambda route: route.fulfill(status=502, json={"error": "It is away."}))
    page.goto(f"{open_town.jira}/browse/SHOP-5")
    page.get_by_role("button", name="Push a commit").click()
    expect(page.locator("output")).to_have_text("It is away.")


def test_the_app_is_framed_as_soon_as_it_is_there(town: PageTown, services: Services, page: Page) -> None:
    page.goto(f"{town.jira}/admin/apps/crosswalk")
    expect(page.get_by_role("heading", name="Crosswalk is not installed yet")).to_be_visible()
    town.open(services)
    town.install()
    expect(page.frame_locator("iframe").locator("h1")).to_be_visible()


def test_the_panel_of_an_issue_proposes_a_branch_and_fits_its_frame(open_town: PageTown, page: Page) -> None:
    page.goto(f"{open_town.jira}/browse/SHOP-3")
    panel = page.frame_locator("iframe")
    name = f"feature/SHOP-3-{open_town.site.issues['SHOP-3'].summary.replace(' ', '-')}"
    expect(panel.get_by_label("Branch name")).to_have_value(name)
    panel.get_by_role("button", name="Copy the command").click()
    expect(panel.locator(".copied")).to_have_text(f"Copied: git switch -c {name}")
    expect(page.locator("iframe")).not_to_have_css("height", "180px")
    height = page.locator("iframe").evaluate("(e) => e.clientHeight")
    assert abs(height - page.frames[1].evaluate("() => document.documentElement.offsetHeight")) <= 2


def test_create_branch_opens_a_window_that_forgets_its_token(open_town: PageTown, page: Page) -> None:
    summary = open_town.site.issues["SHOP-3"].summary
    page.goto(f"{open_town.jira}/browse/SHOP-3")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Create branch").click()
    window = opened.value
    window.get_by_text("Make the branch yourself").click()
    expect(window.get_by_label("Branch name")).to_have_value(f"feature/SHOP-3-{summary.replace(' ', '-')}")
    expect(window).not_to_have_url(re.compile("jwt="))


def test_the_bridge_answers_the_app_alone(open_town: PageTown, page: Page) -> None:
    open_admin(open_town, page)
    page.evaluate("""() => {
        window.heard = [];
        const frame = document.createElement("iframe");
        frame.srcdoc = "<script>onmessage = (e) => parent.heard.push(e.data);"
          + "parent.postMessage({ ap: 'getToken', id: 1, args: {} }, '*')</scr" + "ipt>";
        document.body.append(frame);
    }""")
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.heard") == []


def test_an_issue_shows_what_is_on_it(open_town: PageTown, page: Page) -> None:
    tracker = open_town.site.tracker
    above, issue = tracker.record("SHOP-6"), tracker.record("SHOP-7")
    assert above is not None
    assert issue is not None
    kept = {"description": text_of("Prices are rounded."), "parent": above.id, "labels": ("checkout",)}
    tracker.write(issue, open_town.site.admin.account_id, fields={**issue.state.fields, **kept})
    tracker.add_comment(issue, open_town.site.admin.account_id, text_of("It is half a cent."), {}, None)
    page.goto(f"{open_town.jira}/browse/SHOP-7")
    expect(page.locator(".rich-text").first).to_have_text("Prices are rounded.")
    details = page.get_by_role("complementary", name="Details")
    expect(details.get_by_role("link", name="SHOP-6")).to_have_attribute("href", "/browse/SHOP-6")
    expect(details).to_contain_text("checkout")
    expect(page.locator(".comment")).to_contain_text("It is half a cent.")


def text_of(words: str) -> bytes:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words, "marks": [{"type": "strong"}]}]}
    return json.dumps({"type": "doc", "version": 1, "content": [paragraph]}).encode()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/browse/SHOP-1", "/workbench"])
def test_the_site_is_readable_and_narrow_enough(open_town: PageTown, page: Page, path: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of two words
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(open_town.jira + path)
    expect(page.locator("main h1")).to_be_visible()
    assert overflow(page.main_frame) <= 0
    assert [text for text in weak_texts(page.main_frame) if "Complete it" not in text] == []
