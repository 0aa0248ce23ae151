"""Who may call the stand-in: Connect tokens at the site, access tokens at the gateway."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests

from sandbox.jira_site import JiraSite
from tests.sandbox.jira_rig import KEY, JiraRig, build, commit, deployment, repository, running_rig

PATH = "/rest/api/3/myself"
BULK = "/rest/devinfo/0.10/bulk"


@pytest.fixture(scope="module")
def running() -> Iterator[JiraRig]:
    with running_rig() as rig:
        yield rig


@pytest.fixture
def rig(running: JiraRig) -> Iterator[JiraRig]:
    yield running
    running.site.development.forget(KEY)
    running.site.violations.clear()


@pytest.fixture
def gateway(rig: JiraRig) -> "Gateway":
    return Gateway(rig)


class Gateway:
    """Credentials of the site, and calls with an access token for them."""

    def __init__(self, rig: JiraRig) -> None:
        self._rig = rig
        made = rig.control("POST", "oauth-credentials").json()
        self.client_id, self.secret = made["clientId"], made["clientSecret"]

    def token(self, **changes: Any) -> requests.Response:
        wanted = {
            "grant_type": "client_credentials",
            "audience": "api.atlassian.com",
            "client_id": self.client_id,
            "client_secret": self.secret,
        } | changes
        return self._rig.http.post(f"{self._rig.gateway_url}/oauth/token", json=wanted)

    def call(
        self, method: str, api: str, rest: str, json: Any = None, *, token: str | None = None, cloud: str = ""
    ) -> requests.Response:
        bearer = token if token is not None else self.token().json()["access_token"]
        address = f"{self._rig.gateway_url}/jira/{api}/0.1/cloud/{cloud or self._rig.site.cloud_id}{rest}"
        return self._rig.http.request(method, address, json=json, headers={"Authorization": f"Bearer {bearer}"})

    def control(self, path: str, json: Any = None) -> None:
        assert self._rig.http.post(f"{self._rig.gateway_url}/_control/{path}", json=json).ok


def test_a_signed_call_is_answered(rig: JiraRig) -> None:
    assert rig.call("GET", PATH).status_code == 200


NOW = time.time()  # an hour ahead of it is ahead enough, however long the suite runs before this test


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"iss": "another.app"}, "no app with this key"),
        ({"iss": None}, "no issuer"),
        ({"exp": None}, 'missing the "exp" claim'),
        ({"iat": None}, 'missing the "iat" claim'),
        ({"qsh": None}, 'missing the "qsh" claim'),
        ({"qsh": "context-qsh"}, "query hash"),
        ({"exp": 1}, "expired"),
        ({"exp": NOW + 3600}, "more than 180 seconds"),
        ({"iat": NOW + 3600, "exp": NOW + 3700}, "not valid yet"),
        ({"aud": "another site"}, "another audience"),
    ],
)
def test_a_token_with_a_wrong_claim_is_401(rig: JiraRig, claims: dict[str, Any], sentence: str) -> None:
    answer = rig.call("GET", PATH, token=rig.token("GET", PATH, **claims))
    assert answer.status_code == 401
    assert sentence in answer.json()["errorMessages"][0]


def test_a_token_for_this_client_key_as_audience_is_taken(rig: JiraRig) -> None:
    audience = [rig.site.installation().client_key]
    assert rig.call("GET", PATH, token=rig.token("GET", PATH, aud=audience)).status_code == 200


@pytest.mark.parametrize("address", ["/rest/api/3/serverInfo", f"{PATH}?expand=groups"])
def test_a_token_for_another_address_or_query_is_401(rig: JiraRig, address: str) -> None:
    assert rig.call("GET", PATH, token=rig.token("GET", address)).status_code == 401


def test_a_token_for_another_method_is_401(rig: JiraRig) -> None:
    assert rig.call("GET", PATH, token=rig.token("POST", PATH)).status_code == 401


def test_another_secret_or_algorithm_is_401(rig: JiraRig) -> None:
    assert rig.call("GET", PATH, token=rig.token("GET", PATH, secret="x" * 40)).status_code == 401
    claims = jwt.decode(rig.token("GET", PATH), options={"verify_signature": False})
    assert rig.call("GET", PATH, token=jwt.encode(claims, "", algorithm="none")).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer abc", "JWT", "JWT not.a.token"])
def test_a_call_without_a_readable_token_is_401(rig: JiraRig, header: str) -> None:
    answer = rig.http.get(rig.site_url + PATH, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401


def test_the_query_is_part_of_the_signature_as_it_was_sent(rig: JiraRig) -> None:
    assert rig.call("GET", "/rest/api/3/project/search?query=App%20X&maxResults=2").json()["total"] == 1


@pytest.mark.parametrize(
    ("changes", "method", "path", "sentence"),
    [
        ({"scopes": ["WRITE", "DELETE"]}, "GET", PATH, "READ"),
        ({"scopes": ["READ", "DELETE"]}, "POST", BULK, "WRITE"),
        ({"scopes": ["READ", "WRITE"]}, "DELETE", "/rest/devinfo/0.10/repository/r", "DELETE"),
        ({"modules": {}}, "POST", BULK, "jiraDevelopmentTool"),
        ({"modules": {}}, "POST", "/rest/builds/0.1/bulk", "jiraBuildInfoProvider"),
        ({"modules": {}}, "POST", "/rest/deployments/0.1/bulk", "jiraDeploymentInfoProvider"),
    ],
)
def test_a_missing_scope_or_module_is_403(
    rig: JiraRig, changes: dict[str, Any], method: str, path: str, sentence: str
) -> None:
    rig.app.changes = changes
    rig.install()
    try:
        answer = rig.call(method, path, {} if method == "POST" else None)
        assert answer.status_code == 403
        assert sentence in answer.text
    finally:
        rig.app.changes = {}
        rig.install()


def test_the_gateway_takes_all_three_kinds_with_an_access_token(rig: JiraRig, gateway: Gateway) -> None:
    bodies = {
        "devinfo": {"repositories": [repository(commits=[commit()])]},
        "builds": {"builds": [build()]},
        "deployments": {"deployments": [deployment()]},
    }
    assert [gateway.call("POST", api, "/bulk", body).status_code for api, body in bodies.items()] == [202, 202, 202]
    assert [len(found) for found in rig.site.panel("SHOP-1").values()] == [1, 0, 0, 1, 1]
    assert gateway.call("GET", "devinfo", "/repository/repo-1").json()["id"] == "repo-1"
    assert gateway.call("DELETE", "devinfo", "/repository/repo-1").status_code == 202
    assert rig.site.panel("SHOP-1")["commits"] == []
    assert rig.site.violations == []
    rig.site.development.forget(gateway.client_id)


def test_what_one_provider_sent_is_not_there_for_another(rig: JiraRig, gateway: Gateway) -> None:
    rig.send("devinfo", repositories=[repository()])
    assert gateway.call("GET", "devinfo", "/repository/repo-1").status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_secret": "wrong"}, 401),
        ({"client_secret": ""}, 401),
        ({"client_id": "nobody"}, 401),
        ({"grant_type": "password"}, 400),
        ({"audience": "example.com"}, 403),
    ],
)
def test_wrong_credentials_get_no_access_token(gateway: Gateway, changes: dict[str, str], status: int) -> None:
    answer = gateway.token(**changes)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_token_says_how_long_it_is_valid_and_ends_then(gateway: Gateway) -> None:
    gateway.control("token-lifetime", {"seconds": 0})
    try:
        answer = gateway.token().json()
        assert (answer["expires_in"], answer["token_type"]) == (0, "Bearer")
        assert gateway.call("GET", "devinfo", "/repository/r", token=answer["access_token"]).status_code == 401
    finally:
        gateway.control("token-lifetime", {"seconds": 900})


def test_a_revoked_token_and_another_site_are_refused(gateway: Gateway) -> None:
    token = gateway.token().json()["access_token"]
    assert gateway.call("GET", "devinfo", "/repository/r", token=token, cloud="another").status_code == 403
    gateway.control("revoke-tokens")
    assert gateway.call("GET", "devinfo", "/repository/r", token=token).status_code == 401
    assert gateway.call("GET", "devinfo", "/repository/r", token="").status_code == 401


def test_the_cloud_id_is_public_and_the_same_for_the_same_seed(rig: JiraRig) -> None:
    answer = rig.http.get(f"{rig.site_url}/_edge/tenant_info")
    assert answer.json() == {"cloudId": rig.site.cloud_id}
    assert JiraSite.seeded().cloud_id == rig.site.cloud_id
    assert JiraSite.seeded(seed=2).cloud_id != rig.site.cloud_id
