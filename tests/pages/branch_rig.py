"""A town for the pages about branches: the Webshop is linked, nobody is signed in, a test has an issue of its own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, FrameLocator, Locator, Page, expect
from pydantic import SecretStr

from linkage.persons import keep_person
from sandbox.jira_site import Issue
from services import Services
from tests.conftest import fresh_services
from tests.pages.conftest import PageTown
from tests.redis_server import RedisServer
from tests.routes.sign_in_rig import TOMASZ, connection_of, renew_town

SUMMARY = "Weigh the parcel"
NAME = "Weigh-the-parcel"  # what becomes of it


class BranchTown(PageTown):
    """What tests of these pages do and look at. A window belongs to the member of the site, a panel to the admin."""

    @property
    def opened(self) -> Services:
        """The services of the application, which is running."""
        assert self.services is not None
        return self.services

    def add_issue(self, summary: str = SUMMARY) -> Issue:
        return self.site.add_issue("SHOP", summary)

    def choose(self, **settings: Any) -> None:
        """The settings of the site, in place of those before."""
        self.call("PUT", "/api/settings", settings).raise_for_status()

    def open_window(self, page: Page, issue: Issue) -> None:
        """As Jira does when the member presses Create branch."""
        page.goto(self.page_url(f"/pages/create-branch?issueKey={issue.key}", self.site.member.account_id))
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Create a branch for {issue.key}")

    def open_panel(self, page: Page, issue: Issue) -> FrameLocator:
        page.goto(f"{self.jira}/browse/{issue.key}")
        panel = page.frame_locator("iframe")
        expect(panel.get_by_role("region", name="Your sign-in to Azure DevOps")).to_be_visible()
        return panel

    def sign_in(self) -> None:
        """The member of the site is Tomasz in Azure DevOps, without having walked through the pages for it."""
        account, owner = self.site.member.account_id, self.organization.find_user(TOMASZ)
        keep_person(self.opened, connection_of(self), account, owner.id, SecretStr(self.secret("tomasz-code")))

    def open_form(self, page: Page, issue: Issue) -> Locator:
        """The form of the member, who has signed in before."""
        self.sign_in()
        self.open_window(page, issue)
        return shown_form(page)

    def walk_to_form(self, page: Page, issue: Issue) -> Locator:
        """The same after a sign-in at Entra's pages."""
        self.open_window(page, issue)
        page.get_by_role("button", name="Sign in to acme").click()
        confirm_sign_in(page)
        pass_entra(page, TOMASZ)
        return shown_form(page)

    def pushers(self, name: str) -> list[str]:
        """Who pushed a branch to shop-web, once for each time, oldest first."""
        pushes = self.organization.find_repository("shop-web").pushes
        return [push.user.mail for push in pushes if f"refs/heads/{name}" in {one.name for one in push.updates}]


def confirm_sign_in(page: Page, name: str = "Mel Member") -> None:
    """Press on where a window asks for whom the sign-in is to be."""
    expect(page.get_by_role("main")).to_contain_text(f"In Jira you are {name} on")
    page.get_by_role("link", name="That is me, sign in").click()


def pass_entra(page: Page, mail: str, answer: str | None = "Accept") -> None:
    """Choose an account at Entra, and press `answer` where consent is asked: at the first sign-in of an account."""
    page.get_by_role("button", name=mail).click()
    if answer:
        page.get_by_role("button", name=answer).click()


def close_window(page: Page) -> None:
    """Press the button that closes it, which may be gone before the browser tells that it was pressed."""
    with page.expect_event("close"), suppress(Error):
        page.get_by_role("button", name="Close this window").click()


def shown_form(place: Page | FrameLocator) -> Locator:
    """The form, when all of it is filled in."""
    form = place.get_by_role("form", name="New branch")
    expect(form.get_by_role("combobox", name="Repository")).not_to_have_value("")
    expect(form.get_by_role("combobox", name="From branch")).to_have_value("main")
    return form


def choose_repository(form: Locator, name: str) -> None:
    form.get_by_role("combobox", name="Repository").click()
    form.get_by_role("option", name=name).click()


def create(form: Locator) -> None:
    form.get_by_role("button", name="Create branch").click()


@contextmanager
def running_town(redis_server: RedisServer, migrated_file: Path, folder: Path) -> Iterator[BranchTown]:
    town = BranchTown()
    with fresh_services(redis_server, migrated_file, folder, town.settings()) as services:
        town.open(services)
        town.install()
        town.link(town.connect())
        yield town
        town.close()


def put_back(town: BranchTown) -> None:
    """As after the linking."""
    renew_town(town)
    town.choose()
    town.organization.denied_git.clear()
    town.organization.ref_refusals.clear()
    for key in town.opened.redis.keys("crosswalk:recent-repository:*"):
        town.opened.redis.delete(key)
