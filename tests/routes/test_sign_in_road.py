"""Signing in to Azure DevOps as oneself, wire to wire with the stand-ins of Entra and Azure DevOps."""

import pytest
import requests

from linkage.persons import ado_as
from tests.routes.sign_in_rig import (
    MARA,
    TOMASZ,
    Window,
    connection_of,
    everything,
    go_on,
    parameter,
    site_of,
    start_address,
    visit,
)
from tests.sign_in_town import town, whole_town

__all__ = ["town", "whole_town"]


@pytest.fixture
def window(town):
    return Window(town)


@pytest.fixture
def connection(town):
    return connection_of(town)


def person_of(town, window):
    return town.services.people.find(connection_of(town).id, window.account_id)


def test_a_person_signs_in_and_is_known_in_the_organization(town, window, connection):
    answer = window.sign_in(connection, issueKey="SHOP-1", issueSummary="Round prices")
    assert answer.status_code == 303, answer.text
    there = f"{town.app_url}/pages/create-branch?issueKey=SHOP-1&issueSummary=Round+prices"
    assert answer.headers["Location"] == there
    mara = next(user for user in town.organization.users.values() if user.mail == MARA)
    person = person_of(town, window)
    assert (person.ado_id, person.method, person.state) == (mara.id, "entra", "signed_in")


def test_what_is_done_as_a_person_is_theirs(town, window, connection):
    window.sign_in(connection, TOMASZ)
    assert ado_as(town.services, connection, window.account_id).read_connection().user_name == "Tomasz Baran"


def test_entra_is_asked_for_code_alone_with_a_proof_key_and_a_choice_of_account(town, window, connection):
    address = window.begin(connection)
    assert address.startswith(f"{town.entra}/{connection.tenant_id}/oauth2/v2.0/authorize?")
    resource = "499b84ac-1321-427f-aa17-267ca6975798"
    scopes = {f"{resource}/vso.code", f"{resource}/vso.code_write", "openid", "offline_access"}
    assert set(parameter(address, "scope").split()) == scopes
    assert parameter(address, "code_challenge_method") == "S256"
    assert parameter(address, "prompt") == "select_account"
    assert parameter(address, "response_mode") == "query"
    assert parameter(address, "redirect_uri") == f"{town.app_url}/auth/ado/callback"


def test_signing_in_again_as_somebody_else_takes_the_place_of_the_sign_in_before(town, window, connection):
    window.sign_in(connection, MARA)
    before = person_of(town, window)
    window.sign_in(connection, TOMASZ)
    after = person_of(town, window)
    assert (after.id, after.ado_id == before.ado_id) == (before.id, False)
    assert ado_as(town.services, connection, window.account_id).read_connection().user_name == "Tomasz Baran"


def test_without_an_issue_the_window_may_be_closed(town, window, connection):
    assert window.sign_in(connection).headers["Location"] == f"{town.app_url}/pages/signed-in"


def test_a_panel_opens_a_window_by_a_ticket(town, connection):
    wish = {"connectionId": connection.id, "issueKey": "shop-1"}
    ticket = town.call("POST", "/api/me/ado", wish, town.site.member.account_id).json()
    assert (ticket["seconds"], ticket["url"].partition("?")[0]) == (60, f"{town.app_url}/auth/ado/start")
    begun = visit(town, ticket["url"], Sec_Fetch_Site="same-origin", Sec_Fetch_Dest="document")
    assert begun.status_code == 302
    cookie = begun.cookies["crosswalk"]
    there = town.pass_entra(begun.headers["Location"], MARA)
    assert visit(town, there, {"crosswalk": cookie}).headers["Location"] == (
        f"{town.app_url}/pages/signed-in?issueKey=SHOP-1"
    )
    person = town.services.people.find(connection.id, town.site.member.account_id)
    assert person.state == "signed_in"


def test_the_cookie_of_a_new_window_is_for_nothing_but_us(town, connection):
    ticket = town.call("POST", "/api/me/ado", {"connectionId": connection.id}).json()
    (cookie,) = visit(town, ticket["url"]).headers["Set-Cookie"].split(", ")
    assert cookie.partition("=")[0] == "crosswalk"
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} == set(cookie.split("; ")[1:])


def test_a_ticket_for_a_window_of_the_same_person_keeps_its_session(town, window, connection):
    wish = {"connectionId": connection.id}
    ticket = town.call("POST", "/api/me/ado", wish, window.account_id).json()
    assert "Set-Cookie" not in window.get(ticket["url"]).headers
    assert town.services.people.list_tenant(site_of(town).id) == []


@pytest.mark.parametrize("where", ["cross-site", "same-site", "none", "same-origin"])
def test_everybody_is_asked_first_for_whom_the_sign_in_is_to_be(town, window, connection, where):
    before = everything(town)
    address = start_address(connection, issueKey="SHOP-1", issueSummary="Round prices")
    asked = window.get(address, Sec_Fetch_Site=where)
    assert asked.status_code == 200
    for words in ("acme", town.site.member.name, town.jira.removeprefix("http://")):
        assert words in asked.text
    assert everything(town) == before
    assert town.services.redis.keys("crosswalk:sign-in:*") == []
    assert window.get(go_on(asked), Sec_Fetch_Site="same-origin").status_code == 302


def test_a_ticket_is_not_used_up_by_the_question(town, connection):
    ticket = town.call("POST", "/api/me/ado", {"connectionId": connection.id}).json()
    assert visit(town, ticket["url"], Sec_Fetch_Site="cross-site").status_code == 200
    assert visit(town, ticket["url"], Sec_Fetch_Site="same-origin").status_code == 302


def test_the_name_is_left_out_when_jira_does_not_tell_it(town, window, connection):
    requests.post(f"{town.jira}/_control/faults", json={"path": "/user", "status": 403}, timeout=5)
    assert window.account_id in window.get(start_address(connection), Sec_Fetch_Site="none").text


def test_a_token_of_jira_begins_a_sign_in_and_gets_a_session(town, connection):
    token = town.site.context_token("crosswalk-azure-devops", town.site.member.account_id)
    begun = visit(town, start_address(connection), Authorization=f"JWT {token}")
    assert (begun.status_code, "crosswalk" in begun.cookies) == (302, True)
    assert visit(town, start_address(connection), Authorization="JWT nonsense").status_code == 401


def test_an_organization_tells_its_tenant_when_a_sign_in_begins(town, window, connection):
    town.services.connections.set_tenant(connection.id, "")
    assert window.sign_in(connection).status_code == 303
    assert connection_of(town).tenant_id == town.organization.tenant


def test_an_address_that_names_no_issue_is_refused(town, window, connection):
    assert window.start(connection, issueKey="no key").status_code == 422
