"""As whom a migration reads: chosen when it is made, shown above its steps, mended where it waits."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.pages.branch_rig import close_window, pass_entra
from tests.pages.migration_fixtures import whole_town
from tests.pages.migration_rig import MigrationTown
from tests.pages.test_admin_looks import reach
from tests.routes.sign_in_rig import MARA, TOMASZ, Window, connection_of, renew_town

__all__ = ["whole_town"]

pytestmark = pytest.mark.browser
SECRET = "Secret plans"  # a project that only Tomasz sees
AS_ME = "Reads Azure DevOps as you."
BY_TOKEN = "Reads Azure DevOps with the token of the organization."
ENDED = "Your sign-in to Azure DevOps has ended."


@pytest.fixture
def town(whole_town: MigrationTown) -> Iterator[MigrationTown]:
    whole_town.working.set()
    renew_town(whole_town)
    whole_town.forget()
    organization = whole_town.organization
    if SECRET not in {project.name for project in organization.projects.values()}:
        organization.add_project(SECRET)
        organization.seed_work_items(SECRET, 4)
        organization.hide_project(SECRET, user=MARA)
    yield whole_town


@pytest.fixture
def lent(town: MigrationTown) -> str:
    """A migration that reads as the admin, who is signed in; its id."""
    sign_in(town)
    body = {"connectionId": town.connection, "project": SECRET, "jiraProject": town.project().key, "readAs": "me"}
    return str(town.ask("POST", "/api/migrations", body)["id"])


def sign_in(town: MigrationTown, account_id: str | None = None) -> None:
    """Somebody lends their sign-in, the admin unless told otherwise."""
    window = Window(town, account_id or town.site.admin.account_id)
    assert window.sign_in(connection_of(town), TOMASZ, purpose="migrations").status_code == 303


def end_sign_in(town: MigrationTown, account_id: str | None = None) -> None:
    """Their sign-in counts no more, and a call has found that out."""
    person = town.opened.people.find(town.connection, account_id or town.site.admin.account_id)
    assert person is not None
    town.opened.people.mark_ended(person, town.opened.now())


def sign_in_there(page: Page, frame: FrameLocator, consent: str | None = "Accept") -> None:
    """Press the button, and go through the window that it opens; `consent` is what is pressed where it is asked."""
    with page.context.expect_page() as opened:
        frame.get_by_role("button", name="Sign in to acme").click()
    window = opened.value
    pass_entra(window, TOMASZ, consent)
    close_window(window)


def confirm_by_key(page: Page, frame: FrameLocator, name: str) -> None:
    """Press a button above the steps, and the same in the question that it asks."""
    reach(page, frame.get_by_role("button", name=name))
    page.keyboard.press("Enter")
    reach(page, frame.get_by_role("dialog").get_by_role("button", name=name))
    page.keyboard.press("Enter")


def test_it_is_made_to_read_as_oneself_after_a_sign_in(town: MigrationTown, page: Page) -> None:
    project = town.project()
    frame = town.open_page(page, "new")
    reach(page, frame.get_by_role("radio", name="The token of the organization"))
    page.keyboard.press("ArrowDown")
    expect(frame.get_by_role("radio", name="My own sign-in")).to_be_checked()
    expect(frame.get_by_text("Other administrators of this Jira site can then scan")).to_be_visible()
    expect(frame.get_by_role("alert").first).to_contain_text("Sign in to Azure DevOps (acme) for migrations first")

    sign_in_there(page, frame)

    expect(frame.get_by_role("button", name="Sign in to acme")).to_have_count(0)
    frame.get_by_role("combobox", name="Project", exact=True).fill(SECRET)
    frame.get_by_role("option", name=SECRET).click()
    frame.get_by_role("combobox", name="Jira project").fill(project.key)
    frame.get_by_role("option", name=f"({project.key})").click()
    frame.get_by_role("button", name="Make migration").click()
    expect(frame.get_by_text(AS_ME)).to_be_visible()
    (made,) = town.ask("GET", "/api/migrations")["items"]
    assert (made["project"]["name"], made["readAs"], made["readerState"]) == (SECRET, "me", "signed_in")


def test_the_token_sees_its_own_projects_alone(town: MigrationTown, page: Page) -> None:
    frame = town.open_page(page, "new")
    frame.get_by_role("combobox", name="Project", exact=True).click()
    expect(frame.get_by_role("option", name="Webshop")).to_be_visible()
    expect(frame.get_by_role("option", name=SECRET)).to_have_count(0)


def test_a_scan_that_waits_goes_on_after_a_sign_in_on_the_page(town: MigrationTown, page: Page, lent: str) -> None:
    end_sign_in(town)
    frame = town.open_page(page, f"{lent}/scan")
    expect(frame.get_by_text(ENDED)).to_be_visible()
    frame.get_by_role("button", name="Start scan").click()
    expect(frame.get_by_text("The person as whom this migration reads acme has to sign in")).to_be_visible()
    sign_in_there(page, frame, consent=None)
    expect(frame.get_by_text(ENDED)).to_have_count(0)
    expect(frame.get_by_text("4 work items read, just now", exact=True)).to_be_visible()


def test_a_sign_in_that_ends_while_the_page_is_open_is_shown(town: MigrationTown, page: Page, lent: str) -> None:
    frame = town.open_page(page, f"{lent}/scan")
    expect(frame.get_by_text(AS_ME)).to_be_visible()
    town.entra_site.end_sign_ins(TOMASZ)
    town.entra_site.keys.rotate(forget=True)
    frame.get_by_role("button", name="Start scan").click()
    expect(frame.get_by_text(ENDED)).to_be_visible()
    expect(frame.get_by_role("button", name="Sign in to acme")).to_be_visible()


def test_a_question_that_finds_the_sign_in_ended_brings_the_button_above_the_steps(
    town: MigrationTown, page: Page, lent: str
) -> None:
    town.scan(lent)
    frame = town.open_page(page, f"{lent}/mapping")
    suggest = frame.get_by_role("button", name="Suggest a mapping")
    expect(suggest).to_be_visible()
    end_sign_in(town)
    suggest.click()
    expect(frame.get_by_text(ENDED)).to_be_visible()
    sign_in_there(page, frame, consent=None)
    expect(frame.get_by_text(ENDED)).to_have_count(0)
    expect(frame.get_by_role("button", name="Sign in again")).to_be_focused()
    suggest.click()
    expect(frame.get_by_role("region", name="Work item types")).to_be_visible()


def test_who_reads_is_changed_above_the_steps_by_keyboard(town: MigrationTown, page: Page) -> None:
    migration = town.reach("made")
    frame = town.open_page(page, f"{migration}/scan")
    expect(frame.get_by_text(BY_TOKEN)).to_be_visible()
    confirm_by_key(page, frame, "Read as myself")
    expect(frame.get_by_role("alert").first).to_contain_text("for migrations first")
    with page.context.expect_page() as opened:
        frame.get_by_role("button", name="Sign in to acme").click()
    frame.get_by_role("button", name="I have signed in").click()
    expect(frame.get_by_text("Crosswalk does not see your sign-in yet.")).to_be_visible()
    pass_entra(opened.value, TOMASZ, "Accept")
    expect(frame.get_by_text(AS_ME)).to_be_visible()
    confirm_by_key(page, frame, "Read with the token")
    expect(frame.get_by_text(BY_TOKEN)).to_be_visible()
    expect(frame.get_by_role("button", name="Read as myself")).to_be_focused()
    assert town.show(migration)["readAs"] == "connection"


def test_one_who_is_signed_in_may_sign_in_again(town: MigrationTown, page: Page, lent: str) -> None:
    """As when Microsoft was never asked whether work items may be read, which a scan or run finds out."""
    frame = town.open_page(page, f"{lent}/scan")
    reach(page, frame.get_by_role("button", name="Sign in again"))
    page.keyboard.press("Enter")
    expect(frame.get_by_role("button", name="Sign in to acme")).to_be_focused()
    sign_in_there(page, frame, consent=None)
    expect(frame.get_by_role("button", name="Sign in to acme")).to_have_count(0)
    expect(frame.get_by_text(AS_ME)).to_be_visible()


@pytest.mark.parametrize(("step", "words"), [("scan", "Not scanned yet"), ("mapping", "Mapping comes after a scan")])
def test_what_was_seen_with_other_rights_is_shown_no_more(
    town: MigrationTown, page: Page, step: str, words: str
) -> None:
    sign_in(town)
    migration = town.reach("scanned")
    frame = town.open_page(page, f"{migration}/{step}")
    frame.get_by_role("button", name="Read as myself").click()
    dialog = frame.get_by_role("dialog", name="Read Azure DevOps as yourself?")
    expect(dialog).to_contain_text("Other administrators of this Jira site can then")
    expect(dialog).to_contain_text("Scan anew after it.")
    dialog.get_by_role("button", name="Read as myself").click()
    expect(frame.get_by_text(words)).to_be_visible()
    expect(frame.get_by_text(AS_ME)).to_be_visible()
    expect(frame.get_by_role("button", name="Sign in again")).to_be_focused()


def test_somebody_who_is_erased_is_told_on_the_list_and_above_the_steps(
    town: MigrationTown, page: Page, lent: str
) -> None:
    town.opened.migrations.forget_reader(town.site.admin.account_id)
    frame = town.open_page(page)
    expect(frame.get_by_role("listitem").filter(has_text=SECRET)).to_contain_text("wait until you choose anew")
    frame.get_by_role("link", name=f"{SECRET} to").click()
    expect(frame.get_by_text("Reads Azure DevOps as nobody now.")).to_be_visible()
    frame.get_by_role("button", name="Read as myself").click()
    frame.get_by_role("dialog").get_by_role("button", name="Read as myself").click()
    expect(frame.get_by_text(AS_ME)).to_be_visible()
