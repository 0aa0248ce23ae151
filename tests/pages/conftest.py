"""A town whose Jira has pages, and a real Chromium that walks through it."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

from deploy.browser import find_chromium
from sandbox.ado_seed import TOKENS
from sandbox.jira import create_jira
from sandbox.server import serve
from sandbox.site import site_blueprint
from services import Services
from store.queue import Entry
from tests.town import Town

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
PATIENCE = 20_000  # milliseconds that a page may take on a busy machine


class PageTown(Town):
    """The Jira stand-in has its pages here, and the application loads its bridge from it."""

    def __init__(self) -> None:
        super().__init__()
        pages = site_blueprint(self.site, self.ado, entra=self.entra_site)
        self.servers.append(serve(create_jira(self.site, [pages])))
        self.jira = self.site.base_url = self.servers[-1].url

    def settings(self) -> Mapping[str, Any]:
        return dict(super().settings()) | {"connect_js_url": f"{self.jira}/_connect/all.js"}

    def page_url(self, path: str, account: str | None = None) -> str:
        """An address as Jira signs it for a person, the admin by default."""
        return self.site.page_url(None, path, account or self.site.admin.account_id)

    def connect(self) -> str:
        """An organization connected with a token that may do everything; the connection's id."""
        body = {"organizationUrl": self.organization_url, "token": self.secret("full")}
        return str(self.call("POST", "/api/connections", body).json()["id"])

    def link(self, connection_id: str, name: str = "Webshop") -> None:
        project = self.organization.find_project(name)
        self.call("PUT", f"/api/connections/{connection_id}/projects/{project.id}", {}).raise_for_status()

    def bury_letter(self) -> None:
        """A dead letter of the first linked project."""
        services = self.services
        assert services is not None
        site = services.installations.list_all()[0]
        inbox = f"{services.links.list_for(site.id)[0].id}/web"
        entry = Entry(id="1-0", body=b"{}", at=services.now(), event_type="git.push")
        services.dead_letters.bury(site.id, inbox, entry, reason="Jira took nothing of it.", now=services.now())

    def secret(self, kind: str) -> str:
        return TOKENS[kind]


@pytest.fixture
def town() -> Iterator[PageTown]:
    town = PageTown()
    yield town
    town.close()


@pytest.fixture
def settings_changes(town: PageTown) -> Mapping[str, Any]:
    return town.settings()


@pytest.fixture
def open_town(town: PageTown, services: Services) -> PageTown:
    """The town with the application open and installed."""
    town.open(services)
    town.install()
    return town


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none the page tests do not run; on CI that is a failure."""
    path = find_chromium()
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("No Chromium was found: the page tests cannot run.")
    if path is None:
        pytest.skip("No Chromium was found: the page tests did not run. Install the system's chromium package.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window in the light theme. A script error on any page in it fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def admin(open_town: PageTown, page: Page) -> FrameLocator:
    """The admin page in its frame, opened by the site's administrator."""
    return open_admin(open_town, page)


def open_admin(town: PageTown, page: Page) -> FrameLocator:
    page.goto(f"{town.jira}/admin/apps/crosswalk")
    frame = page.frame_locator("iframe")
    expect(frame.locator("h1")).to_be_visible()
    expect(frame.locator("#loading")).to_be_hidden()
    return frame
