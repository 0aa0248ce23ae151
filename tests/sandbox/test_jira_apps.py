"""Installing an app at the stand-in, the tokens it gets, and the platform calls it may make."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from atlassian_jwt.url_utils import hash_url

from sandbox.jira_site import JiraSite
from tests.sandbox.jira_rig import KEY, JiraRig, build, running_rig


@pytest.fixture
def rig() -> Iterator[JiraRig]:
    with running_rig() as running:
        yield running


def claims_of(token: str, secret: str) -> dict[str, Any]:
    return dict(jwt.decode(token, secret, algorithms=["HS256"]))


def test_installed_is_signed_with_a_key_anyone_can_fetch(rig: JiraRig) -> None:
    body, token = rig.app.events[0], rig.app.tokens[0]
    pem = rig.http.get(f"{rig.gateway_url}/{jwt.get_unverified_header(token)['kid']}").text
    claims = jwt.decode(token, pem, algorithms=["RS256"], audience=rig.app.base_url)
    assert claims["iss"] == body["clientKey"] == rig.site.installation().client_key
    assert claims["qsh"] == hash_url("POST", "/installed")
    assert (body["key"], body["eventType"], body["productType"]) == (KEY, "installed", "jira")
    assert body["baseUrl"] == rig.site_url
    assert body["sharedSecret"] == rig.site.installation().shared_secret


def test_enabled_is_signed_with_the_shared_secret_and_does_not_repeat_it(rig: JiraRig) -> None:
    claims = claims_of(rig.app.tokens[1], rig.site.installation().shared_secret)
    assert claims["qsh"] == hash_url("POST", "/enabled")
    assert rig.app.events[1]["eventType"] == "enabled"
    assert "sharedSecret" not in rig.app.events[1]


def test_an_unknown_install_key_is_404_and_rotated_keys_stay(rig: JiraRig) -> None:
    first = jwt.get_unverified_header(rig.app.tokens[0])["kid"]
    second = rig.http.post(f"{rig.gateway_url}/_control/rotate-install-key").json()["kid"]
    rig.install()
    assert jwt.get_unverified_header(rig.app.tokens[2])["kid"] == second != first
    assert rig.http.get(f"{rig.gateway_url}/{first}").status_code == 200
    assert rig.http.get(f"{rig.gateway_url}/unknown").status_code == 404


def test_installing_again_keeps_the_client_key_and_changes_the_secret(rig: JiraRig) -> None:
    old = rig.site.installation()
    rig.install()
    new = rig.site.installation()
    assert new.client_key == old.client_key
    assert new.shared_secret != old.shared_secret
    assert (
        rig.call(
            "GET", "/rest/api/3/myself", token=rig.token("GET", "/rest/api/3/myself", old.shared_secret)
        ).status_code
        == 401
    )


def test_uninstalling_tells_the_app_erases_its_data_and_ends_its_access(rig: JiraRig) -> None:
    rig.send("builds", builds=[build()])
    assert rig.control("POST", "uninstall", {"key": KEY}).json() == {"disabled": 204, "uninstalled": 204}
    assert [event["eventType"] for event in rig.app.events[2:]] == ["disabled", "uninstalled"]
    assert jwt.get_unverified_header(rig.app.tokens[2])["alg"] == "HS256"
    assert jwt.get_unverified_header(rig.app.tokens[3])["alg"] == "RS256"
    assert rig.site.snapshot() == {}
    assert rig.call("GET", "/rest/api/3/myself").status_code == 401
    assert rig.control("POST", "uninstall", {"key": KEY}).status_code == 404


def test_an_install_the_app_refuses_leaves_the_site_as_it_was(rig: JiraRig) -> None:
    before = rig.site.installation()
    rig.app.status = 401
    assert rig.install().status_code == 502
    assert rig.site.installation() is before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"key": "my app"}, "key must be"),
        ({"name": "n" * 81}, "name is longer"),
        ({"baseUrl": "http://app.example.com"}, "https address"),
        ({"baseUrl": "https://elsewhere.example.com"}, "served below baseUrl"),
        ({"authentication": {"type": "none"}}, "must be jwt"),
        ({"apiMigrations": {}}, "signed-install"),
        ({"lifecycle": {}}, "lifecycle.installed is required"),
        ({"lifecycle": {"installed": "https://app.example.com/installed"}}, "must be relative"),
        ({"scopes": ["EVERYTHING"]}, "unknown scopes"),
        ({"modules": {"jiraDevelopmentTool": []}}, "must be an object"),
        ({"modules": {"jiraBuildInfoProvider": {"key": "a b", "name": {}}}}, "lacks homeUrl"),
        ({"modules": {"jiraBuildInfoProvider": {"key": "a b", "name": {}, "homeUrl": ""}}}, "letters, digits and -"),
    ],
)
def test_a_wrong_descriptor_is_refused(rig: JiraRig, changes: dict[str, Any], sentence: str) -> None:
    rig.app.changes = changes
    answer = rig.install()
    assert answer.status_code == 502
    assert sentence in answer.json()["error"]
    assert len(rig.app.events) == 2


def test_a_descriptor_that_cannot_be_read_is_refused(rig: JiraRig) -> None:
    answer = rig.control("POST", "install", {"descriptorUrl": f"{rig.app.base_url}/none.json"})
    assert answer.status_code == 502


@pytest.mark.parametrize(
    ("page", "hashed"),
    [
        ("/pages/admin", "/pages/admin"),
        ("/pages/issue?issueKey=SHOP-1", "/pages/issue?issueKey=SHOP-1"),
        ("/pages/create?issueSummary=A%20b&jwt=%7Bjwt%7D", "/pages/create?issueSummary=A%20b"),
    ],
)
def test_a_page_is_loaded_with_a_token_for_that_page_and_person(rig: JiraRig, page: str, hashed: str) -> None:
    site, app = rig.site, rig.site.installation()
    parts = urlsplit(site.page_url(None, page, site.member.account_id))
    claims = claims_of(parse_qs(parts.query)["jwt"][0], app.shared_secret)
    assert f"{parts.scheme}://{parts.netloc}" == app.base_url
    assert (claims["iss"], claims["sub"]) == (app.client_key, site.member.account_id)
    assert claims["qsh"] == hash_url("GET", hashed) == hash_url("GET", f"{parts.path}?{parts.query}")
    assert claims["exp"] - claims["iat"] == 180


def test_page_and_context_tokens_are_given_out_by_control(rig: JiraRig) -> None:
    url = rig.control("GET", "page-url?path=/pages/admin").json()["url"]
    token = rig.control("GET", f"context-token?account={rig.site.member.account_id}").json()["token"]
    claims = claims_of(token, rig.site.installation().shared_secret)
    assert url.startswith(f"{rig.app.base_url}/pages/admin?jwt=")
    assert (claims["qsh"], claims["sub"]) == ("context-qsh", rig.site.member.account_id)
    assert claims["exp"] - claims["iat"] == 900
    assert rig.control("GET", "context-token?account=nobody").status_code == 404


def test_projects_come_in_pages(rig: JiraRig) -> None:
    first = rig.call("GET", "/rest/api/3/project/search?maxResults=2").json()
    second = rig.call("GET", first["nextPage"].removeprefix(rig.site_url)).json()
    assert [project["key"] for project in first["values"] + second["values"]] == ["APP_X", "OPS", "SHOP"]
    assert (first["isLast"], second["isLast"]) == (False, True)
    assert rig.call("GET", "/rest/api/3/project/search?keys=OPS&keys=NONE").json()["total"] == 1
    assert rig.site.violations == []


def test_an_issue_is_read_by_key_or_id_with_the_fields_asked_for(rig: JiraRig) -> None:
    issue = rig.site.issues["APP_X-1"]
    whole = rig.call("GET", "/rest/api/3/issue/APP_X-1").json()
    part = rig.call("GET", f"/rest/api/3/issue/{issue.id}?fields=summary").json()
    assert whole["fields"]["project"]["key"] == "APP_X"
    assert part["fields"] == {"summary": issue.summary}
    assert rig.call("GET", "/rest/api/3/issue/APP_X-99").status_code == 404
    assert rig.site.violations == []


def test_permissions_are_asked_for_any_person(rig: JiraRig) -> None:
    def held(account: str, *names: str) -> Any:
        body = {"accountId": account, "globalPermissions": list(names)}
        return rig.call("POST", "/rest/api/3/permissions/check", body).json().get("globalPermissions", "refused")

    assert held(rig.site.admin.account_id, "ADMINISTER") == ["ADMINISTER"]
    assert held(rig.site.member.account_id, "ADMINISTER", "BULK_CHANGE") == ["BULK_CHANGE"]
    assert held("nobody", "ADMINISTER") == "refused"
    assert held(rig.site.admin.account_id, "FLY") == "refused"
    assert rig.site.violations == []


def test_project_permissions_name_what_was_granted(rig: JiraRig) -> None:
    wanted = [{"permissions": ["CREATE_ISSUES", "ADMINISTER_PROJECTS"], "projects": [10000]}]
    body = {"accountId": rig.site.member.account_id, "projectPermissions": wanted}
    answer = rig.call("POST", "/rest/api/3/permissions/check", body).json()
    assert answer["projectPermissions"] == [{"permission": "CREATE_ISSUES", "projects": [10000], "issues": []}]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_old_search_is_gone(rig: JiraRig, method: str) -> None:
    assert rig.call(method, "/rest/api/3/search").status_code == 410


def test_the_site_tells_who_the_app_is_and_what_it_is_itself(rig: JiraRig) -> None:
    assert rig.call("GET", "/rest/api/3/myself").json()["accountType"] == "app"
    assert rig.call("GET", "/rest/api/3/serverInfo").json()["baseUrl"] == rig.site_url
    assert rig.site.violations == []


def test_a_call_the_site_does_not_have_is_recorded(rig: JiraRig) -> None:
    assert rig.call("GET", "/rest/api/2/issue/SHOP-1").status_code == 404
    assert rig.control("GET", "violations").json()[0]["path"] == "/rest/api/2/issue/SHOP-1"
    rig.control("DELETE", "violations")
    assert rig.site.violations == []


def test_issues_are_added_and_listed_by_control(rig: JiraRig) -> None:
    made = rig.control("POST", "issues", {"project": "OPS", "summary": "Count the crates"}).json()
    assert made["key"] == "OPS-4"
    assert {"key": "OPS-4", "summary": "Count the crates"} in rig.control("GET", "issues").json()
    assert rig.control("POST", "issues", {"project": "NONE", "summary": "x"}).status_code == 404


def test_the_panel_and_the_snapshot_are_read_by_control(rig: JiraRig) -> None:
    rig.send("builds", builds=[build()])
    assert rig.control("GET", "panel/SHOP-1").json()["builds"] == [build()]
    assert rig.control("GET", "panel/SHOP-99").status_code == 404
    assert rig.control("GET", "snapshot").json()[KEY]["build"]["p1/12"]["keys"] == ["SHOP-1"]
    assert [app["key"] for app in rig.control("GET", "apps").json()] == [KEY]


def test_the_same_seed_makes_the_same_issues_at_any_size() -> None:
    small, again, large = JiraSite.seeded(), JiraSite.seeded(), JiraSite.seeded(issues_per_project=2000)
    assert small.issues == again.issues
    assert small.people == again.people
    assert len(large.issue_keys()) == 6000
