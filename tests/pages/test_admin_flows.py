"""What an administrator does on the admin page, in a real browser against the real application."""

import re

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from app import dead_letters
from services import Services
from tests.pages.conftest import PageTown, open_admin

pytestmark = pytest.mark.browser


def fill_connection(admin: FrameLocator, address: str, token: str) -> None:
    admin.get_by_role("button", name="Connect organization").click()
    admin.get_by_label("Organization address").fill(address)
    admin.get_by_label("Personal access token").fill(token)
    admin.get_by_role("button", name="Connect", exact=True).click()


def test_a_newcomer_connects_an_organization_and_links_a_project(open_town: PageTown, admin: FrameLocator) -> None:
    expect(admin.get_by_role("heading", name="Connect your first Azure DevOps organization")).to_be_visible()
    fill_connection(admin, open_town.organization_url, open_town.secret("read"))
    card = admin.get_by_role("region", name="acme")
    expect(card).to_contain_text("Link a project below")
    card.get_by_role("switch", name="Link Webshop to Jira").click()
    admin.get_by_role("button", name="Link project").click()
    expect(card).to_contain_text("13 of 13 subscriptions active")
    expect(card).to_contain_text("Sends everything to all Jira projects")
    expect(card.get_by_role("switch", name="Link Webshop to Jira")).to_have_attribute("aria-checked", "true")
    expect(card).to_contain_text("Waiting for the first event")
    expect(admin.locator("#flags")).to_contain_text("Webshop is linked")
    assert len(open_town.organization.subscriptions) == 13


def test_a_token_is_nowhere_in_the_page_after_it_was_used(open_town: PageTown, page: Page, admin: FrameLocator) -> None:
    token = open_town.secret("read")
    fill_connection(admin, open_town.organization_url, token)
    expect(admin.get_by_role("region", name="acme")).to_be_visible()
    frame = page.frames[1]
    kept = frame.evaluate(
        """() => [
            document.documentElement.outerHTML, location.href, JSON.stringify({ ...localStorage, ...sessionStorage }),
            ...[...document.querySelectorAll("input")].map((input) => input.value),
        ].join(" ")"""
    )
    assert token not in kept


def test_a_wrong_token_is_said_at_its_field_and_must_be_entered_anew(open_town: PageTown, admin: FrameLocator) -> None:
    fill_connection(admin, open_town.organization_url, "wrong-token")
    field = admin.get_by_label("Personal access token")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("does not accept this token"))
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(admin.get_by_label("Organization address")).to_have_value(open_town.organization_url)
    field.fill(open_town.secret("read"))
    admin.get_by_role("button", name="Connect", exact=True).click()
    expect(admin.get_by_role("region", name="acme")).to_be_visible()


def test_a_token_need_not_be_entered_again_when_only_the_address_was_wrong(
    open_town: PageTown, admin: FrameLocator
) -> None:
    fill_connection(admin, "https://example.com/acme", open_town.secret("read"))
    address = admin.get_by_label("Organization address")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(address).to_be_focused()
    address.fill(open_town.organization_url)
    admin.get_by_role("button", name="Connect", exact=True).click()
    expect(admin.get_by_role("region", name="acme")).to_be_visible()


def test_missing_values_are_said_before_anything_is_sent(open_town: PageTown, admin: FrameLocator) -> None:
    fill_connection(admin, "", "")
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text("Enter the address of the organization.")
    expect(dialog).to_contain_text("Enter a personal access token.")
    assert open_town.call("GET", "/api/connections").json()["items"] == []


def test_a_refused_token_turns_the_light_red_until_it_is_replaced(
    open_town: PageTown, services: Services, page: Page
) -> None:
    connection_id = open_town.connect()
    open_town.link(connection_id)
    open_town.organization.tokens.pop(open_town.secret("full"))
    services.connections.set_token_state(connection_id, "refused")
    admin = open_admin(open_town, page)
    card = admin.get_by_role("region", name="acme")
    expect(card).to_contain_text("Not working")
    expect(card).to_contain_text("does not accept the token of acme any more")
    card.get_by_role("button", name="Replace the token of acme").click()
    admin.get_by_label("Personal access token").fill(open_town.secret("read"))
    admin.get_by_role("button", name="Replace token", exact=True).last.click()
    expect(card.locator(".card-title .lozenge")).to_have_text("Working")
    expect(card.get_by_role("button", name="Replace the token of acme")).to_be_focused()


def test_a_linked_project_can_send_less_and_to_fewer_jira_projects(
    open_town: PageTown, services: Services, page: Page
) -> None:
    connection_id = open_town.connect()
    open_town.link(connection_id)
    admin = open_admin(open_town, page)
    admin.get_by_role("button", name="Change what Webshop sends").click()
    for kind in ("Branches", "Pull requests", "Builds", "Deployments"):
        admin.get_by_label(kind).uncheck()
    admin.get_by_label("Only to these Jira projects").fill("shop, ops")
    admin.get_by_role("button", name="Save").click()
    card = admin.get_by_role("region", name="acme")
    expect(card).to_contain_text("Sends commits to SHOP and OPS")
    expect(card).to_contain_text("3 of 3 subscriptions active")
    link = services.links.list_connection(connection_id)[0]
    assert (link.kinds, link.jira_projects) == (("commits",), ("SHOP", "OPS"))


def test_what_the_server_refuses_in_a_list_is_said_at_the_list(open_town: PageTown, page: Page) -> None:
    open_town.link(open_town.connect())
    admin = open_admin(open_town, page)
    admin.get_by_role("button", name="Change what Webshop sends").click()
    admin.get_by_label("Only to these Jira projects").fill("SHOP, NOPE")
    admin.get_by_role("button", name="Save").click()
    field = admin.get_by_label("Only to these Jira projects")
    expect(field).to_have_accessible_description(re.compile("no project NOPE"))


def test_unlinking_asks_first_and_removes_the_subscriptions(open_town: PageTown, page: Page) -> None:
    open_town.link(open_town.connect())
    admin = open_admin(open_town, page)
    switch = admin.get_by_role("switch", name="Link Webshop to Jira")
    switch.click()
    admin.get_by_role("button", name="Cancel").click()
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    expect(admin.get_by_role("dialog")).to_contain_text("subscriptions in Azure DevOps are removed")
    admin.get_by_role("button", name="Unlink").click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_focused()
    assert open_town.organization.subscriptions == {}


def test_a_missing_right_is_told_with_who_can_grant_it(open_town: PageTown, admin: FrameLocator) -> None:
    fill_connection(admin, open_town.organization_url, open_town.secret("no-hooks"))
    admin.get_by_role("switch", name="Link Webshop to Jira").click()
    admin.get_by_role("button", name="Link project").click()
    expect(admin.get_by_role("dialog").get_by_role("alert").first).to_contain_text("administrator of that project")
    assert open_town.organization.subscriptions == {}


def test_a_dead_letter_shows_its_reason_and_goes_on_its_way_again(
    open_town: PageTown, services: Services, page: Page
) -> None:
    open_town.link(open_town.connect())
    open_town.bury_letter()
    admin = open_admin(open_town, page)
    letters = admin.get_by_role("region", name="Events that could not be delivered")
    expect(letters).to_contain_text("Jira took nothing of it.")
    expect(admin.get_by_role("region", name="acme")).to_contain_text("1 event could not be delivered")
    letters.get_by_role("button", name="Try again: Code pushed").click()
    expect(letters).to_be_hidden()
    expect(admin.locator("h1")).to_be_focused()
    link = services.links.list_for(services.installations.list_all()[0].id)[0]
    assert services.queue.depth(link.id)[0] == 1


def test_removing_a_connection_says_what_goes_and_leads_back_to_the_start(open_town: PageTown, page: Page) -> None:
    open_town.link(open_town.connect())
    admin = open_admin(open_town, page)
    admin.get_by_role("button", name="Remove acme").click()
    expect(admin.get_by_role("dialog", name="Remove acme?")).to_contain_text(
        "the token and the list of linked projects"
    )
    expect(admin.get_by_role("button", name="Cancel")).to_be_focused()
    admin.get_by_role("button", name="Remove", exact=True).click()
    expect(admin.get_by_role("heading", name="Connect your first Azure DevOps organization")).to_be_visible()
    expect(admin.locator("h1")).to_be_focused()
    assert open_town.organization.subscriptions == {}


def test_an_outage_is_said_in_words_with_a_way_to_try_again(open_town: PageTown, page: Page) -> None:
    def refuse(route: Route) -> None:
        body = '{"status": 503, "detail": "The database cannot be reached. Try again in a moment."}'
        route.fulfill(status=503, content_type="application/problem+json", body=body)

    page.route("**/api/connections", refuse)
    admin = open_admin(open_town, page)
    expect(admin.get_by_role("alert").first).to_contain_text("The database cannot be reached.")
    page.unroute("**/api/connections")
    admin.get_by_role("button", name="Try again").click()
    expect(admin.get_by_role("heading", name="Connect your first Azure DevOps organization")).to_be_visible()
    expect(admin.locator("#failure")).to_be_empty()


def test_a_slow_load_is_announced(open_town: PageTown, page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/connections", hold)
    page.goto(f"{open_town.jira}/admin/apps/crosswalk")
    admin = page.frame_locator("iframe")
    expect(admin.locator("#loading")).to_be_visible()
    expect(admin.locator("#status")).to_have_text("Reading your connections…")
    held[0].continue_()
    expect(admin.locator("#loading")).to_be_hidden()
    expect(admin.locator("#status")).to_have_text("")


def test_the_health_comes_by_itself_and_a_gap_is_said(open_town: PageTown, services: Services, page: Page) -> None:
    page.clock.install()
    connection_id = open_town.connect()
    open_town.link(connection_id)
    admin = open_admin(open_town, page)
    light = admin.get_by_role("region", name="acme").locator(".card-title .lozenge")
    expect(light).to_have_text("Working")
    services.connections.set_token_state(connection_id, "refused")
    page.clock.run_for(5_500)
    expect(light).to_have_text("Not working")
    page.route("**/api/health", lambda route: route.abort())
    page.clock.run_for(5_500)
    expect(admin.locator("#failure")).to_contain_text("This page is not up to date")
    page.unroute("**/api/health")
    page.clock.run_for(5_500)
    expect(admin.locator("#failure")).to_be_empty()


def test_outside_jira_the_page_says_where_to_open_it(open_town: PageTown, page: Page) -> None:
    page.goto(open_town.page_url("/pages/admin"))
    expect(page.get_by_role("alert").last).to_contain_text("Open this page inside Jira")
    expect(page.get_by_role("link", name="Go to Jira")).to_have_attribute("href", open_town.jira)


def test_more_dead_letters_than_one_answer_holds_are_all_shown(open_town: PageTown, page: Page) -> None:
    open_town.link(open_town.connect())
    for _letter in range(101):
        open_town.bury_letter()
    admin = open_admin(open_town, page)
    letters = admin.get_by_role("region", name="Events that could not be delivered")
    again = letters.get_by_role("button", name="Try again: Code pushed")
    expect(again).to_have_count(100)
    letters.get_by_role("button", name="Show more").click()
    expect(again).to_have_count(101)
    expect(again.last).to_be_focused()
    expect(letters.get_by_role("button", name="Show more")).to_be_hidden()


def test_all_dead_letters_are_tried_again_in_portions(
    open_town: PageTown, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "RETRIED_AT_ONCE", 2)
    open_town.link(open_town.connect())
    for _letter in range(5):
        open_town.bury_letter()
    admin = open_admin(open_town, page)
    admin.get_by_role("button", name="Try all again").click()
    expect(admin.get_by_text("5 events on the way again.")).to_be_visible()
    expect(admin.get_by_role("region", name="Events that could not be delivered")).to_be_hidden()
