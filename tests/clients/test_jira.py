import jwt
import pytest
from atlassian_jwt.url_utils import hash_url
from pydantic import SecretStr

from clients.atlassian import OAuthTokens
from clients.hosts import AllowedHosts
from clients.http import HttpClient
from clients.jira import ConnectSigner, JiraClient, OAuthSigner
from domain.errors import Forbidden, Unavailable

SECRET = "a-shared-secret-of-a-reasonable-length"


@pytest.fixture
def http(wire):
    return HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({wire.host})))


@pytest.fixture
def connect(wire, http):
    return JiraClient(ConnectSigner("crosswalk", wire.url, "client-1", SecretStr(SECRET)), http)


def claims_of(asked):
    token = asked["HTTP_AUTHORIZATION"].removeprefix("JWT ")
    return jwt.decode(token, SECRET, algorithms=["HS256"], audience="client-1")


def test_a_connect_call_is_signed_for_this_request_and_three_minutes(wire, connect):
    connect.send("DELETE", "devinfo", "/bulkByProperties", {"connectionId": "a b"})
    claims = claims_of(wire.asked[0])
    assert claims["iss"] == "crosswalk"
    assert claims["exp"] - claims["iat"] == 180
    assert claims["qsh"] == hash_url("DELETE", "/rest/devinfo/0.10/bulkByProperties?connectionId=a%20b")


def test_every_project_is_listed_page_by_page(wire, connect):
    wire.will_answer(200, '{"values": [{"key": "SHOP"}, {"key": "OPS"}], "isLast": false}')
    wire.will_answer(200, '{"values": [{"key": "WEB"}], "isLast": true}')
    assert connect.list_project_keys() == {"SHOP", "OPS", "WEB"}
    assert "startAt=2" in wire.asked[1]["QUERY_STRING"]


@pytest.mark.parametrize(("answer", "admin"), [('["ADMINISTER"]', True), ("[]", False)])
def test_jira_says_who_is_an_administrator(wire, connect, answer, admin):
    wire.will_answer(200, f'{{"globalPermissions": {answer}, "projectPermissions": []}}')
    assert connect.is_admin("account-1") is admin


def test_a_renamed_site_is_said_in_words(wire, connect):
    wire.will_answer(302, Location="https://new.atlassian.net/")
    with pytest.raises(Unavailable, match="renamed"):
        connect.send("POST", "devinfo", "/bulk", body={})


def oauth_client(wire, http, clock=lambda: 0.0):
    tokens = OAuthTokens(wire.url, "id-1", lambda: SecretStr("oauth-secret"), http, clock)
    return JiraClient(OAuthSigner(wire.url, "cloud-1", tokens), http)


def test_an_oauth_call_goes_through_the_gateway_with_a_bearer(wire, http):
    wire.will_answer(200, '{"access_token": "token-1", "expires_in": 900}')
    oauth_client(wire, http).send("POST", "builds", "/bulk", body={})
    assert wire.asked[1]["PATH_INFO"] == "/jira/builds/0.1/cloud/cloud-1/bulk"
    assert wire.asked[1]["HTTP_AUTHORIZATION"] == "Bearer token-1"


def test_a_bearer_is_kept_and_renewed_before_its_end(wire, http):
    now = [0.0]
    wire.will_answer(200, '{"access_token": "token-1", "expires_in": 900}')
    client = oauth_client(wire, http, lambda: now[0])
    client.send("POST", "builds", "/bulk", body={})
    now[0] = 779.0
    client.send("POST", "builds", "/bulk", body={})
    now[0] = 781.0
    wire.will_answer(200, '{"access_token": "token-2", "expires_in": 900}')
    client.send("POST", "builds", "/bulk", body={})
    sent = [asked.get("HTTP_AUTHORIZATION") for asked in wire.asked]
    assert sent == [None, "Bearer token-1", "Bearer token-1", None, "Bearer token-2"]


def test_oauth_credentials_do_not_open_projects(wire, http):
    with pytest.raises(Forbidden, match="development information only"):
        oauth_client(wire, http).list_project_keys()
    assert wire.asked == []


@pytest.mark.parametrize(("find", "path"), [("find_project_key", "/project/SHOP"), ("find_issue_key", "/issue/SHOP")])
def test_a_former_key_is_answered_with_the_present_one(wire, connect, find, path):
    wire.will_answer(200, '{"id": "10000", "key": "STORE"}')
    assert getattr(connect, find)("SHOP") == "STORE"
    assert wire.asked[0]["PATH_INFO"] == f"/rest/api/3{path}"


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("find", ["find_project_key", "find_issue_key"])
def test_a_key_that_nothing_has_or_that_we_may_not_see_has_no_present_one(wire, connect, find, status):
    wire.will_answer(status, '{"errorMessages": ["no"]}')
    assert getattr(connect, find)("SHOP-1") is None


def test_oauth_credentials_find_no_keys(wire, http):
    assert oauth_client(wire, http).find_project_key("SHOP") is None
    assert wire.asked == []
