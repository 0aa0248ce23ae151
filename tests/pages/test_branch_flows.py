"""A branch from an issue, as people make one: in a real browser, with the stand-ins of Entra and Azure DevOps."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.entra_state import NO_TENANT
from tests.pages.branch_fixtures import town, whole_town
from tests.pages.branch_rig import (
    NAME,
    BranchTown,
    choose_repository,
    close_window,
    confirm_sign_in,
    create,
    pass_entra,
    shown_form,
)
from tests.routes.sign_in_rig import MARA, TOMASZ, connection_of

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser


def test_a_developer_opens_create_branch_signs_in_and_the_branch_appears_on_the_issue(
    town: BranchTown, page: Page
) -> None:
    issue = town.add_issue("Größe prüfen")
    page.goto(f"{town.jira}/browse/{issue.key}")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Create branch").click()
    window = opened.value
    expect(window.locator(".who")).to_contain_text(f"You are Ada Admin on {town.jira.removeprefix('http://')}")
    window.get_by_role("button", name="Sign in to acme").click()
    confirm_sign_in(window, "Ada Admin")
    pass_entra(window, TOMASZ)
    form = shown_form(window)
    expect(window.get_by_text("Größe prüfen")).to_be_visible()
    name = f"feature/{issue.key}-Grosse-prufen"
    expect(form.get_by_label("Branch name")).to_have_value(name)
    choose_repository(form, "shop-web")
    expect(form.get_by_text("This name is free.")).to_be_visible()
    form.get_by_label("Open a draft pull request too").check()
    create(form)
    result = window.get_by_role("region", name="New branch")
    expect(result.get_by_role("heading")).to_be_focused()
    expect(result.get_by_label("Get it into your clone")).to_have_value(f"git fetch && git switch {name}")
    address = f"{town.organization_url}/Webshop/_git/shop-web?version=GB{name.replace('/', '%2F')}"
    expect(result.get_by_role("link", name=name)).to_have_attribute("href", address)
    expect(result.get_by_role("link", name="Draft pull request")).to_have_attribute("target", "_blank")
    assert town.pushers(name) == [TOMASZ]
    assert town.site.panel(issue.key)["branches"] == []
    town.work()
    development = page.locator("#development")
    expect(development.locator("[data-kind=branches]")).to_contain_text(name)
    expect(development.locator("[data-kind=pullRequests]")).to_contain_text("OPEN")


def test_everything_works_by_keyboard_alone(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    town.open_window(page, issue)
    expect(page.get_by_role("button", name="Sign in to acme")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="That is me, sign in")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=TOMASZ).press("Enter")
    page.get_by_role("button", name="Accept").press("Enter")
    form = shown_form(page)
    for name in ("Use another account for acme", "Sign out of acme"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    repository = form.get_by_role("combobox", name="Repository")
    tab_to(page, repository)
    page.keyboard.press("Alt+ArrowDown")
    expect(form.get_by_role("listbox", name="Repository")).to_be_visible()
    page.keyboard.type("WEB")
    expect(form.get_by_role("option")).to_have_count(3)  # the project is called Webshop
    page.keyboard.press("Escape")
    expect(form.get_by_role("listbox", name="Repository")).to_be_hidden()
    repository.fill("infra")
    page.keyboard.press("Enter")  # the only one that fits; the form is not sent by that
    expect(repository).to_have_value("shop-infra")
    repository.fill("shop-w")
    page.keyboard.press("ArrowDown")
    expect(form.get_by_role("option", name="shop-web")).to_have_attribute("aria-selected", "true")
    active = form.get_by_role("option", name="shop-web").get_attribute("id")
    expect(repository).to_have_attribute("aria-activedescendant", str(active))
    page.keyboard.press("Enter")
    expect(repository).to_have_value("shop-web")
    source = form.get_by_role("combobox", name="From branch")
    tab_to(page, source)
    page.keyboard.press("ArrowDown")
    expect(form.get_by_role("listbox", name="From branch").get_by_role("option").first).to_contain_text("maindefault")
    page.keyboard.press("Enter")
    tab_to(page, form.get_by_label("Branch name"))
    page.keyboard.press("End")
    page.keyboard.type("-now")
    expect(form.get_by_text("This name is free.")).to_be_visible()
    tab_to(page, form.get_by_role("button", name="Use the proposed name"))
    tab_to(page, form.get_by_label("Open a draft pull request too"))
    page.keyboard.press("Space")
    tab_to(page, form.get_by_label("Title of the pull request"))
    expect(form.get_by_label("Title of the pull request")).to_have_value(f"{issue.key} Weigh the parcel")
    page.keyboard.press("Enter")
    name = f"feature/{issue.key}-{NAME}-now"
    expect(page.get_by_role("heading", name="The branch was made")).to_be_focused()
    assert town.pushers(name) == [TOMASZ]
    tab_to(page, page.get_by_role("link", name=name))


def tab_to(page: Page, wanted: Locator) -> None:
    page.keyboard.press("Tab")
    expect(wanted).to_be_focused()


def test_the_panel_shows_the_work_signs_in_beside_jira_and_makes_the_branch(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    town.organization.push("shop-web", [{"message": f"{issue.key} begin"}], branch=f"{issue.key}-begun", user=MARA)
    town.organization.open_pull_request("shop-web", f"{issue.key}-begun", f"{issue.key} begin", draft=True)
    town.organization.push("shop-web", [{"message": f"{issue.key} more"}], branch="main", user=MARA)
    deploying = next(one for one in town.organization.pipelines.values() if one.name == "shop-deploy")
    town.organization.run_pipeline(deploying)
    town.work()
    panel = town.open_panel(page, issue)
    expect(panel.get_by_role("region", name="Deployments")).to_contain_text("qa1")
    expect(panel.get_by_role("region", name="Builds")).to_contain_text("In progress")
    expect(panel.get_by_text("2 more things are not shown. Sign in to Azure DevOps below")).to_be_visible()
    expect(panel.get_by_text("Your sign-in opens code only")).to_be_visible()
    with page.context.expect_page() as opened:
        panel.get_by_role("button", name="Sign in to acme").click()
    window = opened.value
    pass_entra(window, TOMASZ)
    expect(window.get_by_text("You may close this window")).to_be_visible()
    close_window(window)
    expect(panel.get_by_role("region", name="Pull requests")).to_contain_text("Draft")
    link = panel.get_by_role("region", name="Branches").get_by_role("link", name=f"{issue.key}-begun")
    expect(link).to_have_attribute("target", "_blank")
    panel.get_by_role("button", name="Create branch").click()
    form = shown_form(panel)
    expect(form.get_by_role("combobox", name="Repository")).to_be_focused()
    choose_repository(form, "shop-web")
    create(form)
    expect(panel.get_by_role("heading", name="The branch was made")).to_be_focused()
    town.work()
    name = f"feature/{issue.key}-{NAME}"
    expect(panel.get_by_role("region", name="Branches")).to_contain_text(name)
    assert town.pushers(name) == [TOMASZ]


def test_without_any_work_and_any_sign_in_the_panel_explains_and_has_the_name_to_copy(
    town: BranchTown, page: Page
) -> None:
    issue = town.add_issue()
    panel = town.open_panel(page, issue)
    expect(panel.get_by_text("Nothing yet.")).to_be_visible()
    expect(panel.get_by_label("Branch name")).to_have_value(f"feature/{issue.key}-{NAME}")
    panel.get_by_role("button", name="Copy the branch name").click()
    expect(panel.get_by_text(f"Copied: feature/{issue.key}-{NAME}")).to_be_visible()
    expect(panel.get_by_role("button", name="Create branch")).to_be_hidden()


def test_where_microsoft_signs_nobody_in_people_enter_a_token_of_their_own(town: BranchTown, page: Page) -> None:
    town.organization.tenant = NO_TENANT
    town.opened.connections.set_tenant(connection_of(town).id, NO_TENANT)
    issue = town.add_issue()
    town.open_window(page, issue)
    page.get_by_role("button", name="Sign in to acme").click()
    field = page.get_by_label("Your personal access token for acme")
    expect(field).to_be_focused()
    expect(page.get_by_role("link", name="make one in Azure DevOps")).to_have_attribute(
        "href", f"{town.organization_url}/_usersSettings/tokens"
    )
    for wrong, words in (("", "Enter a token of your own."), (town.secret("code-only"), "not write it")):
        field.fill(wrong)
        field.press("Enter")
        expect(field).to_have_accessible_description(re.compile(words))
        expect(field).to_have_value("")
    field.fill(town.secret("tomasz-code"))
    field.press("Enter")
    form = shown_form(page)
    choose_repository(form, "shop-web")
    create(form)
    expect(page.get_by_role("heading", name="The branch was made")).to_be_visible()
    assert town.secret("tomasz-code") not in page.content()
    assert town.pushers(f"feature/{issue.key}-{NAME}") == [TOMASZ]


def test_signing_out_forgets_the_sign_in_and_another_account_takes_its_place(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    town.walk_to_form(page, issue)
    page.get_by_role("button", name="Use another account for acme").click()
    confirm_sign_in(page)
    pass_entra(page, MARA)
    form = shown_form(page)
    choose_repository(form, "shop-web")
    create(form)
    expect(page.get_by_role("heading", name="The branch was made")).to_be_visible()
    assert town.pushers(f"feature/{issue.key}-{NAME}") == [MARA]
    page.get_by_role("button", name="Sign out of acme").click()
    expect(page.get_by_role("button", name="Sign in to acme")).to_be_focused()
    expect(page.get_by_text("Crosswalk has forgotten your sign-in")).to_be_visible()
    expect(form).to_be_hidden()
    assert town.opened.people.find(connection_of(town).id, town.site.member.account_id) is None


def test_a_double_click_makes_one_branch(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    form = town.open_form(page, issue)
    choose_repository(form, "shop-web")
    form.get_by_role("button", name="Create branch").dblclick()
    expect(page.get_by_role("heading", name="The branch was made")).to_be_visible()
    assert town.pushers(f"feature/{issue.key}-{NAME}") == [TOMASZ]


def test_what_was_typed_is_there_again_after_another_sign_in(town: BranchTown, page: Page) -> None:
    form = town.open_form(page, town.add_issue())
    choose_repository(form, "shop-infra")
    form.get_by_label("Branch name").fill("bugfix/typed")
    form.get_by_label("Open a draft pull request too").check()
    form.get_by_label("Title of the pull request").fill("My title")
    page.get_by_role("button", name="Use another account for acme").click()
    confirm_sign_in(page)
    pass_entra(page, MARA)
    form = shown_form(page)
    expect(form.get_by_role("combobox", name="Repository")).to_have_value("shop-infra")
    expect(form.get_by_label("Branch name")).to_have_value("bugfix/typed")
    expect(form.get_by_label("Title of the pull request")).to_have_value("My title")


def test_a_branch_that_is_not_among_the_first_fifty_is_found_by_typing(town: BranchTown, page: Page) -> None:
    repository = town.organization.find_repository("shop-infra")
    tip = repository.refs["refs/heads/main"]
    repository.refs |= {f"refs/heads/work/part-{number:03}": tip for number in range(120)}
    issue = town.add_issue()
    form = town.open_form(page, issue)
    choose_repository(form, "shop-infra")
    source = form.get_by_role("combobox", name="From branch")
    source.click()
    expect(form.get_by_role("option")).to_have_count(50)
    source.fill("part-11")
    expect(form.get_by_role("option")).to_have_count(10)
    form.get_by_role("option", name="work/part-117").click()
    create(form)
    expect(page.get_by_role("heading", name="The branch was made")).to_be_visible()
    assert repository.refs[f"refs/heads/feature/{issue.key}-{NAME}"] == tip


def test_two_windows_of_one_person_do_not_disturb_each_other(town: BranchTown, page: Page) -> None:
    first, second = town.add_issue(), town.add_issue()
    form = town.open_form(page, first)
    other = page.context.new_page()
    town.open_window(other, second)
    shown_form(other)
    choose_repository(form, "shop-web")
    create(form)
    expect(page.get_by_role("heading", name="The branch was made")).to_be_visible()
    assert town.pushers(f"feature/{first.key}-{NAME}") == [TOMASZ]


def test_a_window_without_a_session_signs_in_with_atlassian(town: BranchTown, page: Page) -> None:
    issue = town.add_issue()
    page.goto(f"{town.app_url}/pages/create-branch?issueKey={issue.key}")
    page.get_by_role("link", name="Sign in with Atlassian").click()
    page.get_by_role("button", name="Mel Member").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".who")).to_contain_text("You are Mel Member on")
    expect(page.get_by_text("Weigh the parcel")).to_be_visible()
