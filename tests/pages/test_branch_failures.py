"""What a person meets when no branch can be made: words at the right place, a next step, nothing typed is lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from domain.sign_in_faults import FAULTS
from sandbox.entra_state import NOT_IN_ORGANIZATION
from tests.app.actions import add_fault
from tests.pages.branch_fixtures import town, whole_town
from tests.pages.branch_rig import NAME, BranchTown, choose_repository, confirm_sign_in, create, pass_entra, shown_form
from tests.routes.sign_in_rig import MARA, TOMASZ

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser


def want_admin(town: BranchTown) -> None:
    town.entra_site.knobs.require_admin_consent = True


def mistake_tenant(town: BranchTown) -> None:
    town.entra_site.refuse("code", "other_tenant")


PREPARE = {"admin_consent_needed": want_admin, "wrong_tenant": mistake_tenant}


@pytest.mark.parametrize(
    ("fault", "mail", "answer"),
    [
        ("consent_refused", MARA, "Cancel"),
        ("admin_consent_needed", MARA, "Return to the application"),
        ("wrong_tenant", MARA, "Accept"),
        ("not_in_organization", NOT_IN_ORGANIZATION[1], "Accept"),
    ],
)
def test_a_sign_in_that_fails_is_told_and_can_be_begun_again(
    town: BranchTown, page: Page, fault: str, mail: str, answer: str
) -> None:
    PREPARE.get(fault, lambda _town: None)(town)
    town.open_window(page, town.add_issue())
    page.get_by_role("button", name="Sign in to acme").click()
    confirm_sign_in(page)
    pass_entra(page, mail, answer)
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading", name="You are not signed in")).to_be_visible()
    row = FAULTS[fault]  # type: ignore[index]  # the parameter is one of its keys
    expect(alert).to_contain_text(row.detail.format(organization="acme"))
    expect(alert).to_contain_text(row.next_step.format(organization="acme"))
    town.entra_site.knobs.require_admin_consent = False
    alert.get_by_role("link", name="Begin again").click()
    confirm_sign_in(page)
    pass_entra(page, TOMASZ)
    shown_form(page)


def test_an_account_that_entra_does_not_let_in_stays_there(town: BranchTown, page: Page) -> None:
    town.open_window(page, town.add_issue())
    page.get_by_role("button", name="Sign in to acme").click()
    confirm_sign_in(page)
    pass_entra(page, "gil@globex.example", None)
    expect(page.get_by_text("having trouble signing you in")).to_be_visible()
    for _step in ("Entra", "the question", "the page"):
        page.go_back()
    expect(page.get_by_role("button", name="Sign in to acme")).to_be_visible()


def test_a_sign_in_that_ends_meanwhile_is_offered_again_and_the_form_stays(town: BranchTown, page: Page) -> None:
    town.entra_site.knobs.token_seconds = 60  # renewed at every call
    form = town.walk_to_form(page, town.add_issue())
    choose_repository(form, "shop-web")
    form.get_by_label("Branch name").fill("bugfix/mine")
    expect(form.get_by_text("This name is free.")).to_be_visible()
    town.entra_site.end_sign_ins(TOMASZ)
    create(form)
    expect(form.get_by_role("alert").filter(has_text="Sign in again")).to_be_visible()
    expect(form.get_by_label("Branch name")).to_have_value("bugfix/mine")
    page.get_by_role("button", name="Sign in to acme again").click()
    confirm_sign_in(page)
    pass_entra(page, TOMASZ, None)
    form = shown_form(page)
    expect(form.get_by_label("Branch name")).to_have_value("bugfix/mine")
    expect(form.get_by_role("combobox", name="Repository")).to_have_value("shop-web")


def test_where_branches_are_switched_off_the_page_says_so_and_has_the_name(town: BranchTown, page: Page) -> None:
    town.choose(branches={"offProjects": ["SHOP"]})
    issue = town.add_issue()
    town.open_window(page, issue)
    expect(page.get_by_text("has switched off making branches for SHOP")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in to acme")).to_be_hidden()
    page.get_by_text("Make the branch yourself").click()
    expect(page.get_by_label("Branch name")).to_have_value(f"feature/{issue.key}-{NAME}")


def test_a_form_that_was_open_when_branches_were_switched_off_tells_it(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    form = town.open_form(page, issue)
    town.choose(branches={"enabled": False})
    create(form)
    expect(form.get_by_role("alert")).to_contain_text("has switched off making branches")
    assert town.pushers(f"feature/{issue.key}-{NAME}") == []


def test_names_are_checked_while_they_are_typed(town: BranchTown, page: Page) -> None:
    town.choose(branches={"nameRule": {"never": ["wip/*"]}})
    issue = town.add_issue()
    form = town.open_form(page, issue)
    choose_repository(form, "shop-web")
    name = form.get_by_label("Branch name")
    for wrong, words in (
        ("a b", "no spaces"),
        (f"wip/{issue.key}", "allows no branches like “wip/*”"),
        ("Main", "only upper and lower case differ"),
        ("main/x", "cannot be a folder"),
    ):
        name.fill(wrong)
        expect(name).to_have_attribute("aria-invalid", "true")
        expect(name).to_have_accessible_description(re.compile(re.escape(words)))
    name.fill("main")
    expect(name).to_have_accessible_description(re.compile("There is a branch main already."))
    link = form.get_by_role("link", name="Open it in Azure DevOps")
    expect(link).to_have_attribute("href", f"{town.organization_url}/Webshop/_git/shop-web?version=GBmain")
    before = dict(town.organization.find_repository("shop-web").refs)
    create(form)
    expect(name).to_be_focused()
    assert town.organization.find_repository("shop-web").refs == before
    name.fill("bugfix/no-key")
    expect(form.get_by_text(f"{issue.key} is not in the name, so Jira will not show the branch")).to_be_visible()
    form.get_by_role("button", name="Use the proposed name").click()
    expect(name).to_have_value(f"feature/{issue.key}-{NAME}")
    expect(name).not_to_have_attribute("aria-invalid", "true")


def test_a_branch_that_appeared_since_the_check_is_told_at_the_name_with_its_address(
    town: BranchTown, page: Page
) -> None:
    issue = town.add_issue()
    form = town.open_form(page, issue)
    choose_repository(form, "shop-web")
    expect(form.get_by_text("This name is free.")).to_be_visible()
    name = f"feature/{issue.key}-{NAME}"
    town.organization.push("shop-web", branch=name, base="main", user=MARA)
    create(form)
    field = form.get_by_label("Branch name")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile(f"There is a branch {name} already."))
    expect(form.get_by_role("link", name="Open it in Azure DevOps")).to_be_visible()
    expect(form.get_by_text("This name is free.")).to_be_hidden()


def test_a_repository_without_a_commit_says_what_to_do(town: BranchTown, page: Page) -> None:
    town.organization.create_repository("shop-bare", "Webshop")
    form = town.open_form(page, town.add_issue())
    repository = form.get_by_role("combobox", name="Repository")
    repository.click()
    form.get_by_role("option", name="shop-bare").click()
    expect(repository).to_have_accessible_description(re.compile("Push a first commit to it"))
    create(form)
    expect(repository).to_be_focused()
    town.organization.delete_repository("shop-bare")


@pytest.mark.parametrize(
    ("right", "place", "words"),
    [
        ("GenericContribute", "Repository", "You may not write to this repository"),
        ("CreateBranch", "Branch name", "You may not make a branch of this name"),
    ],
)
def test_a_right_that_is_lacking_is_told_where_something_can_be_changed(
    town: BranchTown, page: Page, right: str, place: str, words: str
) -> None:
    form = town.open_form(page, town.add_issue())
    choose_repository(form, "shop-web")
    town.organization.deny_git("shop-web", right, user=TOMASZ)
    create(form)
    field = form.get_by_role("combobox" if place == "Repository" else "textbox", name=place)
    expect(field).to_have_accessible_description(re.compile(words))
    expect(field).to_be_focused()


def test_an_outage_is_told_and_the_next_try_makes_the_branch_once(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    name = f"feature/{issue.key}-{NAME}"
    form = town.open_form(page, issue)
    choose_repository(form, "shop-web")
    form.get_by_label("Open a draft pull request too").check()
    add_fault(town.ado, "/refs$", None, times=1, drop="after", method="POST")
    create(form)
    expect(form.get_by_role("alert")).to_contain_text("Azure DevOps")
    expect(form.get_by_label("Branch name")).to_have_value(name)
    create(form)
    expect(page.get_by_role("heading", name="The branch was made")).to_be_visible()
    expect(page.get_by_role("link", name="Draft pull request")).to_be_visible()
    assert town.pushers(name) == [TOMASZ]


def test_repositories_that_cannot_be_read_are_read_at_the_next_try(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    town.open_form(page, issue)
    add_fault(town.ado, "/git/repositories$", 503, times=2)  # one quick retry
    page.reload()
    expect(page.get_by_text("Some repositories are missing")).to_be_visible()
    page.route("**/api/repositories?*", lambda route: route.abort())
    page.reload()
    form = page.get_by_role("form", name="New branch")
    expect(form.get_by_role("alert")).to_contain_text("Crosswalk cannot be reached")
    page.unroute("**/api/repositories?*")
    form.get_by_role("button", name="Try again").click()
    shown_form(page)


def test_a_window_that_is_over_can_be_loaded_anew_with_what_was_typed(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    form = town.open_form(page, issue)
    form.get_by_label("Branch name").fill("bugfix/mine")
    for key in town.opened.redis.keys("crosswalk:session:*"):
        town.opened.redis.delete(key)
    create(form)
    expect(form.get_by_role("alert")).to_contain_text("does not know any more whose it is")
    form.get_by_role("button", name="Reload the page").click()
    page.get_by_role("link", name="Sign in with Atlassian").click()
    page.get_by_role("button", name="Mel Member").click()
    page.get_by_role("button", name="Accept").or_(page.locator(".who")).first.click()
    expect(shown_form(page).get_by_label("Branch name")).to_have_value("bugfix/mine")


def test_a_page_that_cannot_be_filled_says_so_and_tries_again(town: BranchTown, page: Page) -> None:
    page.route("**/api/me", lambda route: route.abort())
    town.open_window(page, town.add_issue())
    expect(page.get_by_role("alert")).to_contain_text("Crosswalk cannot be reached")
    page.unroute("**/api/me")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Sign in to acme")).to_be_visible()


def test_an_issue_that_the_person_may_not_see_is_told(town: BranchTown, page: Page) -> None:
    town.open_window(page, town.site.issues["SHOP-1"])
    page.goto(f"{town.app_url}/pages/create-branch?issueKey=SHOP-9999")
    expect(page.get_by_role("alert")).to_contain_text("There is no issue SHOP-9999, or you may not see it in Jira.")
    expect(page.locator(".who")).to_contain_text("You are Mel Member on")


def test_a_window_that_the_browser_blocks_is_offered_as_a_link(town: BranchTown, page: Page) -> None:
    page.add_init_script("window.open = () => null;")
    panel = town.open_panel(page, town.add_issue())
    panel.get_by_role("button", name="Sign in to acme").click()
    with page.context.expect_page() as opened:
        panel.get_by_role("link", name="Sign in to acme").click()
    pass_entra(opened.value, TOMASZ)
    expect(opened.value.get_by_text("You may close this window")).to_be_visible()
    expect(panel.get_by_role("button", name="Create branch")).to_be_visible()


def test_what_the_panel_cannot_read_is_told_beside_what_it_can(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    town.organization.push("shop-web", [{"message": f"{issue.key} more"}], branch="main", user=MARA)
    testing = next(one for one in town.organization.pipelines.values() if one.name == "shop-tests")
    town.organization.run_pipeline(testing)
    town.work()
    add_fault(town.jira, "/rest/builds/", 503, times=2)
    panel = town.open_panel(page, issue)
    expect(panel.get_by_text("Something could not be read")).to_be_visible()
    page.route("**/api/issue-work?*", lambda route: route.abort())
    page.reload()
    expect(panel.get_by_text("What belongs to this issue cannot be shown")).to_be_visible()
    page.unroute("**/api/issue-work?*")
    panel.get_by_role("button", name="Try again").click()
    expect(panel.get_by_role("region", name="Builds")).to_contain_text("Successful")
