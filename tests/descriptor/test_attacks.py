"""Every way to get in without being Atlassian, a site or a person of it: 401, and nothing is written."""

import base64
import time

import jwt
import pytest

from tests.conftest import PUBLIC_URL
from tests.descriptor.tokens import DROP, Site, claims_for, forge, hash_of

INSTALL_EVENTS = ("installed", "uninstalled")
SITE_EVENTS = ("enabled", "disabled")
PAGE = "/pages/admin"
API = "/api/connections"


def bearer(token):
    return {"Authorization": f"JWT {token}"}


def hour(ahead):
    return int(time.time()) + ahead * 3600


@pytest.fixture
def assert_refused(client, snapshot):
    """The call is answered 401 as a problem a person can read, and neither database nor Redis changed."""

    def check(method, path, **call):
        before = snapshot()
        answer = client.open(path, method=method, **call)
        assert answer.status_code == 401
        assert snapshot() == before
        return answer

    return check


@pytest.fixture
def claims(river):
    """The claims of a perfect install token, by event."""
    return lambda event: claims_for(river.client_key, "POST", f"/connect/{event}") | {"aud": [PUBLIC_URL]}


INSTALL_FAULTS = {
    "wrong aud": {"aud": ["https://another-app.example.com"]},
    "aud of a longer host": {"aud": [PUBLIC_URL + ".example.com"]},
    "missing aud": {"aud": DROP},
    "wrong iss": {"iss": "meadow-0002"},
    "missing iss": {"iss": DROP},
    "expired": {"iat": hour(-2), "exp": hour(-1)},
    "missing exp": {"exp": DROP},
    "not yet valid": {"nbf": hour(1)},
    "issued in the future": {"iat": hour(1)},
    "qsh of another path": {"qsh": hash_of("POST", "/connect/enabled")},
    "qsh of another method": {"qsh": hash_of("GET", "/connect/installed")},
    "missing qsh": {"qsh": DROP},
    "qsh of another kind": {"qsh": ["context-qsh"]},
    "context-qsh": {"qsh": "context-qsh"},
}


@pytest.mark.parametrize("event", INSTALL_EVENTS)
@pytest.mark.parametrize("changes", INSTALL_FAULTS.values(), ids=INSTALL_FAULTS)
def test_install_token_with_a_fault(installed, assert_refused, install_key, river, event, changes):
    path = f"/connect/{event}"
    token = install_key.token(river, path, PUBLIC_URL, **changes)
    assert_refused("POST", path, json=river.body(event, baseUrl="https://thief.atlassian.net"), headers=bearer(token))


@pytest.mark.parametrize("event", INSTALL_EVENTS)
@pytest.mark.parametrize("authorization", ["", "JWT", "JWT ", "JWT not.a.token", "JWT é", "Basic cml2ZXI6cml2ZXI="])
def test_install_without_a_token(installed, assert_refused, river, event, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    assert_refused("POST", f"/connect/{event}", json=river.body(event), headers=headers)


@pytest.mark.parametrize("event", INSTALL_EVENTS)
def test_install_token_under_another_scheme(installed, assert_refused, install_key, river, event):
    token = install_key.token(river, f"/connect/{event}", PUBLIC_URL)
    headers = {"Authorization": f"Bearer {token}"}
    assert_refused("POST", f"/connect/{event}", json=river.body(event), headers=headers)


@pytest.mark.parametrize("event", INSTALL_EVENTS)
def test_install_token_in_the_query(installed, assert_refused, install_key, river, event):
    token = install_key.token(river, f"/connect/{event}", PUBLIC_URL)
    assert_refused("POST", f"/connect/{event}", json=river.body(event), query_string={"jwt": token})


@pytest.mark.parametrize("event", INSTALL_EVENTS)
def test_install_token_with_a_changed_query(installed, assert_refused, install_key, river, event):
    token = install_key.token(river, f"/connect/{event}", PUBLIC_URL)
    assert_refused("POST", f"/connect/{event}?a=b", json=river.body(event), headers=bearer(token))


@pytest.mark.parametrize("event", INSTALL_EVENTS)
@pytest.mark.parametrize("name", ["none", "None", "HS256", "RS256"])
def test_install_token_without_a_signature(installed, assert_refused, install_key, river, claims, event, name):
    token = forge({"alg": name, "typ": "JWT", "kid": install_key.id}, claims(event), None)
    assert_refused("POST", f"/connect/{event}", json=river.body(event), headers=bearer(token))


@pytest.mark.parametrize("event", INSTALL_EVENTS)
@pytest.mark.parametrize("name", ["HS256", "RS256"])
def test_install_token_signed_with_the_public_key(
    installed, assert_refused, install_key, river, claims, event, name
):
    token = forge({"alg": name, "typ": "JWT", "kid": install_key.id}, claims(event), install_key.pem)
    assert_refused("POST", f"/connect/{event}", json=river.body(event), headers=bearer(token))


@pytest.mark.parametrize("event", INSTALL_EVENTS)
def test_install_token_signed_with_the_sites_own_secret(installed, assert_refused, install_key, river, claims, event):
    token = jwt.encode(claims(event), river.secret, algorithm="HS256", headers={"kid": install_key.id})
    assert_refused("POST", f"/connect/{event}", json=river.body(event), headers=bearer(token))


@pytest.mark.parametrize("event", INSTALL_EVENTS)
def test_install_token_signed_with_a_strangers_key(installed, assert_refused, stranger_key, river, event):
    token = stranger_key.token(river, f"/connect/{event}", PUBLIC_URL)
    assert_refused("POST", f"/connect/{event}", json=river.body(event), headers=bearer(token))


@pytest.mark.parametrize(
    "key_id",
    ["../rest/api/3/keys", "a/../../b", "%2e%2e%2fb", "..", "a..b", "//example.com/key", "http://example.com/k",
     "key?x=1", "key#x", "key\n", "", " ", "k" * 129, DROP],
)  # fmt: skip
def test_key_id_of_another_shape_never_reaches_the_key_server(
    installed, assert_refused, atlassian, stranger_key, river, key_id
):
    atlassian.keys_asked.clear()
    token = stranger_key.token(river, "/connect/installed", PUBLIC_URL, header={"kid": key_id})
    assert_refused("POST", "/connect/installed", json=river.body("installed"), headers=bearer(token))
    assert atlassian.keys_asked == []


def test_key_id_that_atlassian_does_not_know(installed, assert_refused, atlassian, stranger_key, river):
    token = stranger_key.token(river, "/connect/installed", PUBLIC_URL, header={"kid": "f00d"})
    assert_refused("POST", "/connect/installed", json=river.body("installed"), headers=bearer(token))
    assert atlassian.keys_asked[-1] == "/f00d"


@pytest.mark.parametrize(
    "address",
    [
        "https://thief.example.com",
        "https://river.atlassian.net.thief.example.com",
        "https://atlassian.net",
        "https://thief.example.com/.atlassian.net",
        "https://thief.example.com\\.atlassian.net",
        "https://thief.example.com#.atlassian.net",
        "https://thief.example.com?.atlassian.net",
        "https://user:word@river.atlassian.net",
        "https://river.atlassian.net:8443",
        "https://river.atlassian.net:port",
        "https://river.atlassian.net/a/path",
        "https://[river.atlassian.net",
        "http://river.atlassian.net",
        "http://127.0.0.1:1",
        "file:///etc/passwd",
        "//river.atlassian.net",
        "",
    ],
)
def test_install_with_a_forged_address(installed, assert_refused, install_key, river, address):
    token = install_key.token(river, "/connect/installed", PUBLIC_URL)
    body = river.body("installed", baseUrl=address, sharedSecret="the thief's own secret, long enough as well")
    assert_refused("POST", "/connect/installed", json=body, headers=bearer(token))


def test_first_install_with_a_fault_stores_no_site(services, assert_refused, install_key, river):
    token = install_key.token(river, "/connect/installed", PUBLIC_URL, exp=DROP)
    assert_refused("POST", "/connect/installed", json=river.body("installed"), headers=bearer(token))
    assert services.installations.list_all() == []


SITE_FAULTS = {
    "another tenant": {"iss": "meadow-0002"},
    "unknown tenant": {"iss": "nobody-0003"},
    "tenant with a NUL": {"iss": "river-0001\0"},
    "tenant of another kind": {"iss": DROP},
    "wrong aud": {"aud": ["another-app"]},
    "expired": {"iat": hour(-2), "exp": hour(-1)},
    "missing exp": {"exp": DROP},
    "exp that is no number": {"exp": "soon"},
    "missing iat": {"iat": DROP},
    "not yet valid": {"nbf": hour(1)},
    "issued in the future": {"iat": hour(1)},
    "missing qsh": {"qsh": DROP},
    "empty qsh": {"qsh": ""},
    "qsh of another path": {"qsh": hash_of("POST", "/connect/elsewhere")},
}


@pytest.mark.parametrize(("method", "path"), [("POST", "/connect/enabled"), ("POST", "/connect/disabled")])
@pytest.mark.parametrize("changes", SITE_FAULTS.values(), ids=SITE_FAULTS)
def test_lifecycle_token_with_a_fault(installed, assert_refused, river, method, path, changes):
    assert_refused(method, path, headers=bearer(river.token(method, path, **changes)))


@pytest.mark.parametrize("changes", SITE_FAULTS.values(), ids=SITE_FAULTS)
def test_page_token_with_a_fault(installed, assert_refused, river, changes):
    assert_refused("GET", PAGE, query_string={"jwt": river.token("GET", PAGE, **changes)})


@pytest.mark.parametrize("changes", SITE_FAULTS.values(), ids=SITE_FAULTS)
def test_api_token_with_a_fault(installed, assert_refused, atlassian, river, changes):
    atlassian.admins = {"712020:fern"}
    token = river.token("GET", API, **({"qsh": "context-qsh"} | changes))
    assert_refused("GET", API, headers=bearer(token))


WAYS_IN = {
    "enabled": ("POST", "/connect/enabled", "header"),
    "disabled": ("POST", "/connect/disabled", "header"),
    "page": ("GET", PAGE, "query"),
    "api": ("GET", API, "header"),
}
every_way_in = pytest.mark.parametrize(("method", "path", "place"), WAYS_IN.values(), ids=WAYS_IN)


def carry(token, place):
    return {"query_string": {"jwt": token}} if place == "query" else {"headers": bearer(token)}


@every_way_in
def test_no_token(installed, assert_refused, method, path, place):
    answer = assert_refused(method, path)
    assert "Jira" in answer.text


@every_way_in
@pytest.mark.parametrize("name", ["none", "HS256", "RS256", "HS512"])
def test_token_without_a_signature(installed, assert_refused, river, method, path, place, name):
    token = forge({"alg": name, "typ": "JWT"}, claims_for(river.client_key, method, path), None)
    assert_refused(method, path, **carry(token, place))


@every_way_in
def test_token_signed_with_another_tenants_secret(installed, assert_refused, river, meadow, method, path, place):
    forged = Site(river.client_key, meadow.secret, river.base_url)
    assert_refused(method, path, **carry(forged.token(method, path), place))


@every_way_in
def test_token_signed_with_the_secret_by_another_algorithm(installed, assert_refused, river, method, path, place):
    claims = claims_for(river.client_key, method, path)
    token = jwt.encode(claims, river.secret + "and so on until it is long enough", algorithm="HS512")
    assert_refused(method, path, **carry(token, place))


@every_way_in
def test_token_signed_by_atlassian_where_the_site_must_sign(
    installed, assert_refused, install_key, river, method, path, place
):
    token = install_key.token(river, path, PUBLIC_URL, qsh=hash_of(method, path))
    assert_refused(method, path, **carry(token, place))


@every_way_in
def test_token_we_made_ourselves_for_jira(installed, assert_refused, river, method, path, place):
    token = river.token(method, path, iss="crosswalk-azure-devops", aud=[river.client_key])
    assert_refused(method, path, **carry(token, place))


@every_way_in
def test_token_replayed_after_uninstall(installed, assert_refused, send_install, river, method, path, place):
    token = river.token(method, path)
    send_install(river, "uninstalled")
    assert_refused(method, path, **carry(token, place))


@every_way_in
@pytest.mark.parametrize(
    "text",
    ["a.b.c", "e30.e30.e30", ".." * 3, "x" * 9000, "é", forge({"alg": "HS256"}, {"iss": ["river-0001"]}, b"k" * 32)],
    ids=["short", "empty objects", "dots", "too long", "not ASCII", "tenant in a list"],
)
def test_token_that_is_none(installed, assert_refused, method, path, place, text):
    assert_refused(method, path, **carry(text, place))


@every_way_in
def test_token_nested_too_deep(installed, assert_refused, method, path, place):
    deep = base64.urlsafe_b64encode(b"[" * 3000).decode()
    assert_refused(method, path, **carry(f"{deep}.{deep}.x", place))


@pytest.mark.parametrize("event", SITE_EVENTS)
def test_context_token_on_a_lifecycle_call(installed, assert_refused, river, event):
    path = f"/connect/{event}"
    assert_refused("POST", path, headers=bearer(river.token("POST", path, qsh="context-qsh")))


@pytest.mark.parametrize("event", SITE_EVENTS)
def test_lifecycle_token_in_the_query(installed, assert_refused, river, event):
    path = f"/connect/{event}"
    assert_refused("POST", path, query_string={"jwt": river.token("POST", path)})


@pytest.mark.parametrize("path", [PAGE, "/pages/issue"])
def test_context_token_on_a_page(installed, assert_refused, river, path):
    token = river.token("GET", path, qsh="context-qsh")
    assert_refused("GET", path, query_string={"jwt": token})
    assert_refused("GET", path, headers=bearer(token))


def test_page_token_of_another_issue(installed, assert_refused, river):
    token = river.token("GET", "/pages/issue", "issueKey=FERN-1")
    assert_refused("GET", "/pages/issue", query_string={"issueKey": "FERN-2", "jwt": token})


def test_two_tokens_on_one_page(installed, assert_refused, river):
    token = river.token("GET", PAGE)
    assert_refused("GET", f"{PAGE}?jwt={token}&jwt={token}")


def test_page_token_used_on_the_api(installed, assert_refused, river):
    assert_refused("GET", API, headers=bearer(river.token("GET", PAGE)))


def test_context_token_in_the_query_of_the_api(installed, assert_refused, river):
    assert_refused("GET", API, query_string={"jwt": river.token("GET", API, qsh="context-qsh")})


@pytest.mark.parametrize("account", [DROP, "", None])
def test_anonymous_visitor(installed, assert_refused, river, account):
    assert_refused("GET", PAGE, query_string={"jwt": river.token("GET", PAGE, sub=account)})
    assert_refused("GET", API, headers=bearer(river.token("GET", API, qsh="context-qsh", sub=account)))
