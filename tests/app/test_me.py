"""/api/me: who calls, and their own sign-ins; tokens of one's own where Entra signs nobody in."""

import pytest
import requests
from pydantic import SecretStr

from linkage.persons import ado_as
from sandbox.ado_seed import TOKENS
from sandbox.entra_state import NO_TENANT
from tests.app.actions import add_fault, add_token, pointers
from tests.routes.sign_in_rig import TOMASZ, Window, connection_of, site_of
from tests.sign_in_town import town, whole_town

__all__ = ["town", "whole_town"]


@pytest.fixture
def personal_town(town):
    """With an organization of personal accounts."""
    town.organization.tenant = NO_TENANT
    town.services.connections.set_tenant(connection_of(town).id, NO_TENANT)
    return town


@pytest.fixture
def member(town):
    return town.site.member


def call(town, method, path, json=None):
    """As the member, on a page of Jira."""
    return town.call(method, path, json, town.site.member.account_id)


def put_token(town, token, connection_id=None):
    return call(town, "PUT", f"/api/me/ado/{connection_id or connection_of(town).id}/token", {"token": token})


def my_organizations(town):
    return call(town, "GET", "/api/me").json()["organizations"]


def test_who_calls_is_told_by_name_and_site(town, member):
    shown = call(town, "GET", "/api/me").json()
    assert (shown["accountId"], shown["name"], shown["site"]) == (member.account_id, member.name, town.jira)
    assert shown["organizations"] == [
        {
            "connectionId": connection_of(town).id, "organization": "acme", "organizationUrl": town.organization_url,
            "method": "entra", "state": "signed_out", "detail": None, "usedAt": None,
        }
    ]  # fmt: skip


def test_the_name_is_left_out_when_jira_does_not_tell_it(town):
    add_fault(town.jira, "/user", 403)
    assert call(town, "GET", "/api/me").json()["name"] is None


def test_an_organization_without_a_linked_project_is_not_shown(town):
    connections = town.services.connections
    unlinked = connections.add(
        site_of(town).id, organization="beta", organization_url=f"{town.ado}/beta", instance_id="beta",
        token=SecretStr("unused"), problems=[], now=1,
    )  # fmt: skip
    shown = my_organizations(town)
    connections.delete(unlinked.id)
    assert [one["organization"] for one in shown] == ["acme"]


def test_it_is_shown_to_those_who_signed_in_to_it(town, member):
    services, site = town.services, site_of(town)
    unlinked = services.connections.add(
        site.id, organization="beta", organization_url=f"{town.ado}/beta", instance_id="beta",
        token=SecretStr("unused"), problems=[], now=1,
    )  # fmt: skip
    services.people.save(
        site.id, unlinked.id, member.account_id, ado_id="b", method="entra", reference="none", now=services.now()
    )  # fmt: skip
    shown, others = my_organizations(town), Window(town, town.site.admin.account_id).call("GET", "/api/me").json()
    services.connections.delete(unlinked.id)
    states = {one["organization"]: one["state"] for one in shown}
    assert states == {"acme": "signed_out", "beta": "signed_in"}
    assert [one["organization"] for one in others["organizations"]] == ["acme"]


def test_a_sign_in_is_shown_as_it_stands(town, member):
    window = Window(town)
    window.sign_in(connection_of(town))
    (shown,) = window.call("GET", "/api/me").json()["organizations"]
    assert (shown["state"], shown["detail"]) == ("signed_in", None)
    assert shown["usedAt"] == town.services.people.find(connection_of(town).id, member.account_id).used_at


def test_one_that_ended_says_what_to_do(town, member):
    Window(town).sign_in(connection_of(town))
    town.services.people.mark_ended(town.services.people.find(connection_of(town).id, member.account_id), 1)
    (shown,) = my_organizations(town)
    assert shown["state"] == "ended"
    assert "Sign in again" in shown["detail"]


def test_nobody_sees_the_sign_in_of_another(town):
    Window(town, town.site.admin.account_id).sign_in(connection_of(town))
    assert my_organizations(town)[0]["state"] == "signed_out"


def test_forgetting_takes_ones_own_sign_in_alone(town, member):
    admin, mine = Window(town, town.site.admin.account_id), Window(town)
    for window in (admin, mine):
        window.sign_in(connection_of(town))
    answer = mine.call("DELETE", "/api/me/ado")
    assert (answer.status_code, answer.text) == (204, "")
    left = town.services.people.list_tenant(site_of(town).id)
    assert [person.account_id for person in left] == [town.site.admin.account_id]
    assert mine.call("DELETE", "/api/me/ado").status_code == 204  # there is nothing left to forget


def test_forgetting_one_organization(town):
    window = Window(town)
    window.sign_in(connection_of(town))
    assert window.call("DELETE", "/api/me/ado?connectionId=another").status_code == 404
    assert my_organizations(town)[0]["state"] == "signed_in"
    assert window.call("DELETE", f"/api/me/ado?connectionId={connection_of(town).id}").status_code == 204
    assert my_organizations(town)[0]["state"] == "signed_out"


@pytest.mark.parametrize("body", [{}, {"connectionId": ""}, {"connectionId": "x", "issueKey": "no key"}, {"x": 1}])
def test_a_wish_to_sign_in_is_checked(town, body):
    answer = call(town, "POST", "/api/me/ado", body)
    assert answer.status_code == 422
    assert pointers(answer)


def test_a_wish_for_an_organization_of_personal_accounts_is_told_what_to_do_instead(personal_town):
    answer = call(personal_town, "POST", "/api/me/ado", {"connectionId": connection_of(personal_town).id})
    assert (answer.status_code, answer.json()["code"]) == (409, "personal_organization")
    assert "personal access token" in answer.json()["detail"]


def test_a_token_of_ones_own_is_kept(personal_town, member):
    answer = put_token(personal_town, f" {TOKENS['tomasz-code']}\n")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["method"], answer.json()["state"]) == ("token", "signed_in")
    assert TOKENS["tomasz-code"] not in answer.text
    person = personal_town.services.people.find(connection_of(personal_town).id, member.account_id)
    tomasz = next(user for user in personal_town.organization.users.values() if user.mail == TOMASZ)
    assert (person.method, person.ado_id) == ("token", tomasz.id)
    client = ado_as(personal_town.services, connection_of(personal_town), member.account_id)
    assert client.read_connection().user_name == "Tomasz Baran"


def test_a_new_token_takes_the_place_of_the_one_before(personal_town, member):
    for name in ("tomasz-code", "mara-code"):
        assert put_token(personal_town, TOKENS[name]).status_code == 200
    client = ado_as(personal_town.services, connection_of(personal_town), member.account_id)
    assert client.read_connection().user_name == "Mara Lindqvist"
    assert len(personal_town.services.people.list_tenant(site_of(personal_town).id)) == 1


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("wrong", "does not accept"),
        (TOKENS["expired"], "does not accept"),
        (TOKENS["code-only"], "read code and not write"),
        ("a b", "without spaces"),
    ],
)
def test_a_token_that_will_not_do_is_refused_with_the_reason(personal_town, token, words):
    answer = put_token(personal_town, token)
    assert (answer.status_code, pointers(answer)) == (422, ["/token"])
    assert words in answer.json()["detail"]
    assert personal_town.services.people.list_tenant(site_of(personal_town).id) == []


def test_a_token_that_may_not_read_code_is_refused(personal_town):
    answer = put_token(personal_town, add_token(personal_town, ["vso.build"]))
    assert (answer.status_code, pointers(answer)) == (422, ["/token"])
    assert "may not read code" in answer.json()["detail"]


@pytest.mark.parametrize("rule", [{"status": 404}, {"status": 200, "body": {"instanceId": "another"}}])
def test_a_token_for_an_address_where_another_organization_is(personal_town, rule):
    add_fault(personal_town.ado, "/_apis/connectionData$", **rule)
    answer = put_token(personal_town, TOKENS["mara-code"])
    assert answer.status_code == 409
    assert "organization answers" in answer.json()["detail"]


def test_where_entra_signs_people_in_no_token_is_taken(town):
    answer = put_token(town, TOKENS["mara-code"])
    assert answer.status_code == 409
    assert "Microsoft account" in answer.json()["detail"]
    assert town.services.people.list_tenant(site_of(town).id) == []


def test_a_person_without_any_repository_is_taken_at_their_word(personal_town):
    add_fault(personal_town.ado, "/_apis/git/repositories$", 200, body={"count": 0, "value": []})
    assert put_token(personal_town, TOKENS["code-only"]).status_code == 200


def test_checking_a_token_writes_nothing(personal_town):
    before = {one.name: dict(one.refs) for one in personal_town.organization.repositories.values()}
    put_token(personal_town, TOKENS["mara-code"])
    assert {one.name: dict(one.refs) for one in personal_town.organization.repositories.values()} == before
    calls = requests.get(f"{personal_town.ado}/_control/calls", timeout=5).json()
    assert [one["path"].rpartition("/")[2] for one in calls if one["method"] == "POST"][-1] == "refs"
