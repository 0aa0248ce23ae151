"""A person signs in with the Atlassian account, over real sockets, and Atlassian is told whose account is held."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pydantic import SecretStr

from jobs.tasks import run_task

PAGE = "/pages/create-branch?issueKey=SHOP-1"


@pytest.fixture
def browser():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def mel(open_town):
    return open_town.site.member.account_id


@pytest.fixture
def visit(open_town, browser):
    """Open an address of Crosswalk without following where it leads."""
    return lambda address: browser.get(address, timeout=10, allow_redirects=False)


@pytest.fixture
def sign_in(open_town, visit):
    """Sign in as a person, `accept` or `cancel` at Atlassian; returns the answer to the browser that comes back."""

    def go(account, answer="accept"):
        started = visit(f"{open_town.app_url}/auth/atlassian/start?issueKey=SHOP-1")
        return visit(open_town.pass_atlassian(started.headers["Location"], account, answer))

    return go


@pytest.fixture
def session_of(services, browser):
    def find():
        cookie = browser.cookies.get("crosswalk")
        return services.browser_sessions.find(SecretStr(cookie), services.now()) if cookie else None

    return find


def test_a_person_of_the_site_is_signed_in_and_lands_on_the_page(open_town, services, sign_in, session_of, mel):
    answer = sign_in(mel)
    assert (answer.status_code, answer.headers["Location"]) == (303, open_town.app_url + PAGE)
    [site] = services.installations.list_all()
    session = session_of()
    assert (session.installation_id, session.account_id) == (site.id, mel)


def test_who_cancels_is_told_so_and_is_not_signed_in(sign_in, session_of, mel):
    answer = sign_in(mel, "cancel")
    assert (answer.status_code, session_of()) == (403, None)
    assert "You did not let Crosswalk see" in answer.text


def test_a_person_of_a_site_that_left_is_not_signed_in(open_town, sign_in, session_of, mel):
    [site] = open_town.services.installations.list_all()
    open_town.services.installations.mark_uninstalled(site.id, 1)
    answer = sign_in(mel)
    assert (answer.status_code, session_of()) == (403, None)
    assert "installed on none" in answer.text


def test_a_code_that_was_used_elsewhere_signs_nobody_in(open_town, visit, session_of, mel):
    started = visit(f"{open_town.app_url}/auth/atlassian/start?issueKey=SHOP-1")
    back = open_town.pass_atlassian(started.headers["Location"], mel, "accept")
    [code] = parse_qs(urlsplit(back).query)["code"]
    open_town.services.account_sign_in().exchange_code(code, f"{open_town.app_url}/auth/atlassian/callback")
    answer = visit(back)
    assert (answer.status_code, session_of()) == (403, None)
    assert "took too long, or was used already" in answer.text


def test_a_closed_account_is_forgotten_by_a_worker(open_town, services, sign_in, session_of, mel):
    sign_in(mel)
    installation = session_of().installation_id
    organization = services.connections.add(
        installation, organization="fernhill", organization_url=open_town.organization_url, instance_id="0f1e",
        token=SecretStr("t"), problems=[], now=1,
    )  # fmt: skip
    reference = services.tokens.put(installation, "person", SecretStr("a person's own token"))
    services.people.save(
        installation, organization.id, mel, ado_id="ado", method="token", reference=reference, now=services.now()
    )
    run_task("report_people")
    assert open_town.site.accounts.reported == [mel]
    assert session_of() is not None
    open_town.site.accounts.close(mel)
    services.person_reports.put_off([mel], 0)  # as after a week
    run_task("report_people")
    assert (services.people.list_account(mel), session_of()) == ([], None)
    run_task("report_people")
    assert open_town.site.accounts.reported == [mel, mel]
