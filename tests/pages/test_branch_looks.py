"""The pages about branches for eyes and screen readers: contrast in both themes, 320 pixels, names."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from sandbox.entra_state import NO_TENANT
from tests.pages.branch_fixtures import town, whole_town
from tests.pages.branch_rig import BranchTown, choose_repository, create, shown_form
from tests.pages.conftest import open_admin
from tests.pages.looks import overflow, unnamed_parts, weak_texts
from tests.routes.sign_in_rig import MARA, connection_of

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser

# A panel is as see-through as Jira wants it; here what is behind it is put into it, and has come through
SHINE_THROUGH = """async () => {
  document.body.style.background = "var(--surface)";
  getComputedStyle(document.body).backgroundColor;
  await Promise.all(document.body.getAnimations().map((one) => one.finished));
}"""
NARROW = {"width": 320, "height": 800}
LONG = "Weigh the parcel that is much too long for a narrow window and goes on and on without any end to be seen"


def window_states(town: BranchTown, page: Page) -> Iterator[str]:
    """The page of a window in everything it may show, one after the other."""
    issue = town.add_issue(LONG)
    page.goto(f"{town.app_url}/pages/create-branch?issueKey={issue.key}")
    yield "stranger"
    town.open_window(page, issue)
    expect(page.get_by_role("button", name="Sign in to acme")).to_be_visible()
    page.get_by_text("Make the branch yourself").click()
    yield "sign-in"
    page.get_by_role("button", name="Sign in to acme").click()
    expect(page.get_by_role("link", name="That is me, sign in")).to_be_visible()
    yield "question"
    page.goto(f"{town.app_url}/auth/ado/callback?state=unknown&code=x")
    yield "refused sign-in"
    form = town.open_form(page, issue)
    choose_repository(form, "shop-web")
    form.get_by_label("Branch name").fill("main")
    expect(form.get_by_text("There is a branch main already.")).to_be_visible()
    form.get_by_label("Open a draft pull request too").check()
    form.get_by_role("combobox", name="Repository").press("ArrowDown")
    yield "form"
    form.get_by_role("button", name="Use the proposed name").click()
    expect(form.get_by_text("This name is free.")).to_be_visible()
    town.choose(branches={"enabled": False})
    create(form)
    expect(form.get_by_role("alert")).to_contain_text("switched off")
    yield "refusal"
    town.choose()
    create(form)
    expect(page.get_by_role("heading", name="The branch was made")).to_be_visible()
    yield "result"
    page.goto(f"{town.app_url}/pages/signed-in?issueKey={issue.key}")
    yield "end of a sign-in"


def panel_states(town: BranchTown, page: Page) -> Iterator[str]:
    """The same of the panel."""
    issue = town.add_issue(LONG)
    branch = f"{issue.key}-begun-with-a-name-that-is-rather-long-for-a-panel"
    town.organization.push("shop-web", [{"message": f"{issue.key} begin"}], branch=branch, user=MARA)
    town.organization.open_pull_request("shop-web", branch, f"{issue.key} {LONG}", draft=True)
    town.organization.push("shop-web", [{"message": f"{issue.key} more"}], branch="main", user=MARA)
    deploying = next(one for one in town.organization.pipelines.values() if one.name == "shop-deploy")
    town.organization.run_pipeline(deploying)
    town.work()
    panel = town.open_panel(page, issue)
    expect(panel.get_by_role("region", name="Builds")).to_be_visible()
    yield "without a sign-in"
    town.organization.tenant = NO_TENANT
    town.opened.connections.set_tenant(connection_of(town).id, NO_TENANT)
    page.reload()
    panel.get_by_role("button", name="Sign in to acme").click()
    panel.get_by_label("Your personal access token for acme").press("Enter")
    expect(panel.get_by_text("Enter a token of your own.")).to_be_visible()
    yield "token"
    panel.get_by_label("Your personal access token for acme").fill(town.secret("mara-code"))
    panel.get_by_role("button", name="Sign in with the token").click()
    panel.get_by_role("button", name="Create branch").click()
    form = shown_form(panel)
    form.get_by_role("combobox", name="Repository").press("ArrowDown")
    yield "form"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_of_the_window_can_be_read_and_every_part_has_a_name(
    town: BranchTown, page: Page, theme: str
) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of two words
    for state in window_states(town, page):
        assert (state, weak_texts(page.main_frame)) == (state, [])
        assert (state, unnamed_parts(page.main_frame)) == (state, [])


def test_every_text_of_the_panel_can_be_read_in_the_dark_and_every_part_has_a_name(
    town: BranchTown, page: Page
) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    for state in panel_states(town, page):
        page.frames[1].evaluate(SHINE_THROUGH)
        assert (state, weak_texts(page.frames[1])) == (state, [])
        assert (state, unnamed_parts(page.frames[1])) == (state, [])


def test_nothing_is_wider_than_320_pixels(town: BranchTown, page: Page) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # width and height
    for state in window_states(town, page):
        assert (state, overflow(page.main_frame)) == (state, 0)
    for state in panel_states(town, page):
        assert (state, overflow(page.frames[1])) == (state, 0)


def test_the_list_of_the_panel_fits_its_frame(town: BranchTown, page: Page) -> None:
    panel = town.open_panel(page, town.add_issue())
    expect(panel.get_by_text("Nothing yet.")).to_be_visible()
    page.wait_for_function(
        "() => { const e = document.querySelector('iframe'); return e.clientHeight > 180; }", timeout=5000
    )
    height = page.locator("iframe").evaluate("(e) => e.clientHeight")
    assert abs(height - page.frames[1].evaluate("() => document.documentElement.offsetHeight")) <= 2


def test_the_settings_about_branches_are_chosen_with_a_preview(town: BranchTown, page: Page) -> None:
    admin = open_admin(town, page)
    admin.get_by_role("tab", name="Settings").click()
    card = admin.locator("section.card", has_text="Making branches from issues")
    card.get_by_label("Name of a new branch").fill("work/{key}-{summary}")
    templates = card.get_by_label("Other names by issue type")
    templates.fill("Bug = {type}/{key}")
    expect(card.locator(".previews")).to_contain_text("bug/SHOP-7")
    expect(card.locator(".previews")).to_contain_text("work/SHOP-7-Round-prices")
    card.get_by_label("Not for issues of these Jira projects").fill("OPS\nNONE")
    card.get_by_label("Never branches named like this").fill("wip/*")
    save = admin.get_by_role("button", name="Save settings")
    save.click()
    projects = card.get_by_label("Not for issues of these Jira projects")
    expect(projects).to_have_accessible_description("the site has no project NONE")
    projects.fill("OPS")
    templates.fill("Bug")
    save.click()
    expect(templates).to_have_accessible_description(
        "“Bug” is not understood. Write it as Bug = bugfix/{key}-{summary}."
    )
    templates.fill("Bug = bugfix/{summary}")
    save.click()
    expect(templates).to_be_focused()
    templates.fill("Bug = bugfix/{key}")
    card.get_by_label("Offer a draft pull request too").uncheck()
    assert weak_texts(page.frames[1]) == []
    save.click()
    expect(admin.locator("#flags")).to_contain_text("The settings were saved")
    kept = town.call("GET", "/api/settings").json()
    assert kept["branchTemplate"] == "work/{key}-{summary}"
    assert kept["branches"] == {
        "enabled": True,
        "offProjects": ["OPS"],
        "nameRule": {"only": [], "never": ["wip/*"]},
        "templates": [{"issueType": "Bug", "template": "bugfix/{key}"}],
        "draftPullRequest": False,
    }
    form = town.open_form(page, town.add_issue())
    expect(form.get_by_label("Open a draft pull request too")).to_be_hidden()
    expect(form.get_by_label("Branch name")).to_have_value(re.compile("^work/SHOP-"))
