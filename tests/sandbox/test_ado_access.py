"""Tokens, scopes, versions, rights, the sign-in page and the rate limit of the Azure DevOps stand-in."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.ado_seed import TOKENS
from tests.sandbox.ado_rig import AdoRig, running_ado


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig


@pytest.mark.parametrize("token", [None, "expired", "no such token"])
def test_a_token_that_is_missing_wrong_or_expired_is_401(ado: AdoRig, token: str | None) -> None:
    answer = ado.call("GET", "_apis/projects", token=token)
    assert answer.status_code == 401
    assert answer.json()["typeKey"] == "UnauthorizedRequestException"


@pytest.mark.parametrize(("knob", "status"), [(True, 203), (302, 302)])
def test_a_wrong_token_gets_the_sign_in_page_when_the_control_says_so(
    ado: AdoRig, knob: object, status: int
) -> None:  # fmt: skip
    ado.control("knobs", sign_in_page=knob)
    answer = ado.call("GET", "_apis/projects", token="expired")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


def test_connection_data_tells_who_the_token_is(ado: AdoRig) -> None:
    shown = ado.get("_apis/connectionData", version="7.1-preview")
    assert shown["authenticatedUser"]["providerDisplayName"] == "Mara Lindqvist"
    assert shown["instanceId"] == ado.organization.id


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("_apis/git/repositories", True),
        ("_apis/hooks/subscriptions", True),
        ("_apis/projects", False),
        ("Webshop/_apis/build/builds", False),
        ("Webshop/_apis/release/releases", False),
        ("Webshop/_apis/test/runs", False),
    ],
)
def test_the_code_scope_opens_code_and_hooks_only(ado: AdoRig, path: str, allowed: bool) -> None:
    answer = ado.call("GET", path, token="code-only")
    assert answer.status_code == (200 if allowed else 401)
    assert allowed or answer.json()["message"].startswith("TF400813")


def test_the_build_scope_is_enough_for_environments_of_the_preview(ado: AdoRig) -> None:
    ado.control("tokens", secret="builds", scopes=["vso.build"])
    path = "Webshop/_apis/pipelines/environments"
    assert [found["name"] for found in ado.get(path, token="builds", version="7.2-preview.1")["value"]] == [
        "qa1",
        "production",
    ]
    assert ado.call("GET", path, token="builds", version="7.1").status_code == 400


def test_a_revoked_token_stops_working(ado: AdoRig) -> None:
    ado.control("tokens", secret="short lived", scopes=["app_token"])
    ado.get("_apis/projects", token="short lived")
    ado.control("revoke_token", secret="short lived")
    assert ado.call("GET", "_apis/projects", token="short lived").status_code == 401


@pytest.mark.parametrize(
    ("version", "type_key"),
    [
        (None, "VssVersionNotSpecifiedException"),
        ("9.9", "VssVersionOutOfRangeException"),
        ("new", "VssVersionOutOfRangeException"),
        ("7.2", "VssInvalidPreviewVersionException"),
    ],
)
def test_a_version_is_required_and_must_be_known(ado: AdoRig, version: str | None, type_key: str) -> None:
    answer = ado.call("GET", "_apis/projects", version=version)
    assert (answer.status_code, answer.json()["typeKey"]) == (400, type_key)


def test_the_version_may_stand_in_the_accept_header(ado: AdoRig) -> None:
    found = ado.get("_apis/projects", version=None, headers={"Accept": "application/json;api-version=7.1"})
    assert found["count"] == 2


def test_who_may_not_edit_subscriptions_is_told_which_right_is_missing(ado: AdoRig) -> None:
    body = ado.subscription("git.push")
    answer = ado.call("POST", "_apis/hooks/subscriptions", token="no-hooks", json=body)
    assert answer.status_code == 403
    assert answer.json()["message"] == (
        f"Access Denied: Tomasz Baran needs the following permission(s) on the resource PublisherSecurity/"
        f"{ado.project.id} to perform this action: Edit Subscription"
    )
    assert ado.state()["subscriptions"] == []


def test_who_may_not_view_subscriptions_sees_none_of_that_project(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.control("permissions", user="Mara Lindqvist", project="Webshop", permission="ViewSubscriptions")
    query = {"publisherInputFilters": [{"conditions": [
        {"inputId": "projectId", "operator": "equals", "inputValue": ado.project.id}]}]}  # fmt: skip
    assert ado.get("_apis/hooks/subscriptions")["value"] == []
    assert ado.call("GET", f"_apis/hooks/subscriptions/{made}").status_code == 403
    assert ado.call("POST", "_apis/hooks/subscriptionsquery", json=query).status_code == 403


def test_rate_headers_come_on_200_and_with_429(ado: AdoRig) -> None:
    assert "X-RateLimit-Remaining" not in ado.call("GET", "_apis/projects").headers
    ado.control("knobs", rate={"remaining": 7, "delay": 1.5, "retry_after": 3, "refusals": 1})
    refused, slowed = ado.call("GET", "_apis/projects"), ado.call("GET", "_apis/projects")
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["message"][:9]) == (
        429,
        "3",
        "TF400733:",
    )
    assert (slowed.status_code, slowed.headers["Retry-After"], slowed.headers["X-RateLimit-Delay"]) == (
        200,
        "3",
        "1.500",
    )
    assert slowed.headers["X-RateLimit-Remaining"] == "7"


def test_a_fault_rule_answers_instead(ado: AdoRig) -> None:
    requests.post(f"{ado.url}/_control/faults", json={"path": "_apis/projects", "status": 503}, timeout=10)
    assert [ado.call("GET", "_apis/projects").status_code for _ in range(2)] == [503, 200]


def test_only_a_global_token_reaches_the_profile_of_its_owner(ado: AdoRig) -> None:
    address, query = f"{ado.url}/_apis/profile/profiles/me", {"api-version": "7.1"}
    answers = {
        name: requests.get(address, params=query, auth=("", TOKENS[name]), timeout=10)
        for name in ("full", "global", "expired")
    }
    accounts = requests.get(f"{ado.url}/_apis/accounts", params=query, auth=("", TOKENS["global"]), timeout=10).json()
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "full": 401,
        "global": 200,
        "expired": 401,
    }
    assert answers["global"].json()["displayName"] == "Mara Lindqvist"
    assert [account["accountName"] for account in accounts["value"]] == ["acme"]


def test_a_filter_the_stand_in_does_not_know_is_not_left_out_in_silence(ado: AdoRig) -> None:
    answer = ado.call("GET", "Webshop/_apis/build/builds", query={"properties": "1"})
    assert (answer.status_code, "properties" in answer.json()["message"]) == (501, True)


def test_an_unknown_organization_is_404(ado: AdoRig) -> None:
    assert requests.get(f"{ado.url}/globex/_apis/projects", timeout=10).status_code == 404


@pytest.mark.specs
def test_a_call_against_the_documents_is_refused_and_recorded(ado: AdoRig, specs: object) -> None:
    answer = ado.call("GET", "Webshop/_apis/build/builds", query={"$top": "many"})
    found = requests.get(f"{ado.url}/_control/violations", timeout=10).json()
    assert answer.status_code == 400
    assert [(one["side"], one["reasons"]) for one in found] == [
        ("request", ["query parameter $top: 'many' is not an integer"])
    ]
    requests.delete(f"{ado.url}/_control/violations", timeout=10)
    assert requests.get(f"{ado.url}/_control/violations", timeout=10).json() == []


def test_a_project_that_is_hidden_from_a_person_does_not_exist_for_them(ado: AdoRig) -> None:
    home = ado.organization.hide_project("Webshop", user="Tomasz Baran")
    for path in (f"_apis/projects/{home.id}", "Webshop/_apis/git/repositories"):
        assert ado.call("GET", path, token="no-hooks").status_code == 404
        assert ado.call("GET", path, token="full").status_code == 200
    assert home.id not in [one["id"] for one in ado.call("GET", "_apis/projects", token="no-hooks").json()["value"]]
    ado.organization.hide_project("Webshop", user="Tomasz Baran", hidden=False)
    assert ado.call("GET", f"_apis/projects/{home.id}", token="no-hooks").status_code == 200
