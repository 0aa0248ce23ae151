import pytest
import requests

from sandbox.ado_seed import TOKENS
from tests.app.actions import add_fault, add_token, connect, list_calls, pointers, stored


@pytest.mark.parametrize("address", ["https://dev.azure.com.evil.example/acme", "http://127.0.0.1:1/acme", "a b"])
def test_an_address_off_the_list_is_refused_and_never_called(site, address):
    answer = connect(site, address=address)

    assert (answer.status_code, pointers(answer)) == (422, ["/organizationUrl"])
    assert stored(site) == []
    assert list_calls(site.ado, "GET", "connectionData") == []


def test_an_unknown_organization_is_a_wrong_address(site):
    answer = connect(site, address=f"{site.ado}/nowhere")

    assert (answer.status_code, pointers(answer)) == (422, ["/organizationUrl"])


@pytest.mark.parametrize("token", ["wrong", TOKENS["expired"], "with space", "größe", "\n"])
def test_a_bad_token_is_refused_and_not_kept(site, token):
    answer = connect(site, token=token)

    assert (answer.status_code, pointers(answer)) == (422, ["/token"])
    assert stored(site) == []


@pytest.mark.parametrize("page", [203, 302])
def test_a_sign_in_page_is_a_bad_token(site, page):
    requests.post(f"{site.ado}/_control/acme/knobs", json={"sign_in_page": page}, timeout=5)

    answer = connect(site, token="wrong")

    assert (answer.status_code, pointers(answer)) == (422, ["/token"])
    assert "does not accept this token" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        ({"vso.code"}, "Project and Team (Read)"),
        ({"vso.project"}, "Code (Read), Build (Read) and Release (Read)"),
    ],
)
def test_a_powerless_token_is_refused_with_the_right_it_lacks(site, scopes, words):
    answer = connect(site, token=add_token(site, scopes))

    assert (answer.status_code, pointers(answer)) == (422, ["/token"])
    assert words in answer.json()["detail"]
    assert stored(site) == []


@pytest.mark.parametrize(
    ("scopes", "problems"),
    [
        ({"vso.project", "vso.code", "vso.build", "vso.release"}, []),
        ({"vso.project", "vso.code", "vso.build"}, [("no_releases", "warning")]),
        ({"vso.project", "vso.code"}, [("no_builds", "warning"), ("no_releases", "warning")]),
        ({"vso.project", "vso.build", "vso.release"}, [("no_code", "warning")]),
        ({"vso.project", "vso.code_write", "vso.build", "vso.release"}, [("token_can_write", "warning")]),
        (
            {"vso.project", "vso.release"},
            [("no_code", "warning"), ("no_builds", "warning"), ("no_hooks", "error")],
        ),
    ],
)
def test_a_token_tells_which_feature_misses_which_right(site, scopes, problems):
    shown = connect(site, token=add_token(site, scopes)).json()["problems"]

    assert [(problem["code"], problem["severity"]) for problem in shown] == problems
    assert all("scope" in problem["detail"] for problem in shown)


def test_an_organization_without_projects_is_connected_with_an_error_beside(site):
    site.organization.projects.clear()

    problems = connect(site).json()["problems"]

    assert [(problem["code"], problem["severity"]) for problem in problems] == [("no_projects", "error")]


def test_a_token_that_reaches_the_profile_opens_all_organizations(site):
    add_fault(site.ado, "^/_apis/profile/profiles/me$", 200, body={"id": "1"})

    (problem,) = connect(site).json()["problems"]

    assert (problem["code"], problem["severity"]) == ("all_organizations", "warning")
    assert "1 December 2026" in problem["detail"]


def test_whether_a_token_may_write_is_found_out_without_writing(site):
    before = {one.name: dict(one.refs) for one in site.organization.repositories.values()}

    (problem,) = connect(site, token=TOKENS["write"]).json()["problems"]

    assert problem["code"] == "token_can_write"
    assert {one.name: dict(one.refs) for one in site.organization.repositories.values()} == before
    assert site.organization.violations == []


@pytest.mark.parametrize(("status", "codes"), [(403, []), (400, ["token_can_write"]), (200, ["token_can_write"])])
def test_only_a_missing_scope_says_that_a_token_cannot_write(site, status, codes):
    add_fault(site.ado, "/refs$", status, method="POST", body={"value": [], "count": 0, "message": "no"})

    assert [problem["code"] for problem in connect(site).json()["problems"]] == codes


def test_an_empty_project_does_not_hide_what_a_token_may_do(site):
    add_fault(site.ado, "/git/repositories$", 200, body={"value": [], "count": 0})

    assert connect(site, token=TOKENS["write"]).json()["problems"] == []


def test_azure_devops_being_away_is_not_the_token_s_fault(site):
    requests.post(
        f"{site.ado}/_control/faults", json={"path": "connectionData", "status": 503, "times": None}, timeout=5
    )

    answer = connect(site)

    assert answer.status_code == 502
    assert stored(site) == []


def test_something_else_at_the_address_is_told(site):
    add_fault(site.ado, "connectionData", 200, body={"hello": "world"})

    answer = connect(site)

    assert (answer.status_code, pointers(answer)) == (422, ["/organizationUrl"])


def test_a_forbidden_network_is_told(site):
    add_fault(site.ado, "connectionData", 403)

    answer = connect(site)

    assert (answer.status_code, pointers(answer)) == (422, ["/token"])
    assert "refuses this token" in answer.json()["detail"]


def test_a_server_without_classic_releases_is_no_missing_right(site):
    add_fault(site.ado, "release/releases", 404)

    assert connect(site).json()["problems"] == []
