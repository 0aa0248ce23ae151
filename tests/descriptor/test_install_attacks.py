"""Every way to install or uninstall without being Atlassian: 401, and nothing is written."""

import jwt
import pytest

from tests.conftest import PUBLIC_URL
from tests.descriptor.tokens import DROP, bearer, claims_for, forge, hash_of, hour

both_events = pytest.mark.parametrize("event", ["installed", "uninstalled"])


@pytest.fixture
def assert_foiled(installed, assert_refused, river):
    """The call for an installed site would move it to a thief's address, and is refused."""

    def check(event, token, **changes):
        body = river.body(event, **({"baseUrl": "https://thief.atlassian.net"} | changes))
        return assert_refused("POST", f"/connect/{event}", json=body, headers=bearer(token))

    return check


@pytest.fixture
def forged(river, install_key):
    """The claims of a perfect token under a header and a signature of the attacker's choice."""

    def make(event, algorithm, key, key_id=install_key.id):
        claims = claims_for(river.client_key, "POST", f"/connect/{event}") | {"aud": [PUBLIC_URL]}
        return forge({"alg": algorithm, "typ": "JWT", "kid": key_id}, claims, key)

    return make


FAULTS = {
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
    "qsh that is a list": {"qsh": ["context-qsh"]},
    "context-qsh": {"qsh": "context-qsh"},
}


@both_events
@pytest.mark.parametrize("changes", FAULTS.values(), ids=FAULTS)
def test_token_with_a_fault(assert_foiled, install_key, river, event, changes):
    assert_foiled(event, install_key.token(river, f"/connect/{event}", PUBLIC_URL, **changes))


@both_events
@pytest.mark.parametrize("authorization", ["", "JWT", "JWT ", "JWT not.a.token", "JWT é", "Basic cml2ZXI6cml2ZXI="])
def test_no_token(assert_refused, river, event, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    assert_refused("POST", f"/connect/{event}", json=river.body(event), headers=headers)


@both_events
def test_token_under_another_scheme(assert_refused, install_key, river, event):
    headers = {"Authorization": f"Bearer {install_key.token(river, f'/connect/{event}', PUBLIC_URL)}"}
    assert_refused("POST", f"/connect/{event}", json=river.body(event), headers=headers)


@both_events
def test_token_in_the_query(assert_refused, install_key, river, event):
    token = install_key.token(river, f"/connect/{event}", PUBLIC_URL)
    assert_refused("POST", f"/connect/{event}", json=river.body(event), query_string={"jwt": token})


@both_events
def test_token_of_the_same_call_with_another_query(assert_refused, install_key, river, event):
    token = install_key.token(river, f"/connect/{event}", PUBLIC_URL)
    assert_refused("POST", f"/connect/{event}?a=b", json=river.body(event), headers=bearer(token))


@both_events
@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS256"])
def test_token_without_a_signature(assert_foiled, forged, event, algorithm):
    assert_foiled(event, forged(event, algorithm, None))


@both_events
@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_token_signed_with_the_public_key(assert_foiled, forged, install_key, event, algorithm):
    assert_foiled(event, forged(event, algorithm, install_key.pem))


@both_events
def test_token_signed_with_the_sites_own_secret(assert_foiled, forged, river, event):
    assert_foiled(event, forged(event, "HS256", river.secret.encode()))


@both_events
def test_token_signed_with_a_strangers_key(assert_foiled, stranger_key, river, event):
    assert_foiled(event, stranger_key.token(river, f"/connect/{event}", PUBLIC_URL))


@both_events
def test_forged_token_never_reaches_the_key_server(assert_foiled, forged, atlassian, install_key, event):
    atlassian.keys_asked.clear()
    assert_foiled(event, forged(event, "HS256", install_key.pem, key_id="not-kept-yet"))
    assert atlassian.keys_asked == []


@pytest.mark.parametrize(
    "key_id",
    ["../rest/api/3/keys", "a/../../b", "%2e%2e%2fb", "..", "a..b", "//example.com/key", "http://example.com/k",
     "key?x=1", "key#x", "key\n", "", " ", "k" * 129, DROP],
)  # fmt: skip
def test_key_id_of_another_shape_never_reaches_the_key_server(assert_foiled, atlassian, stranger_key, river, key_id):
    atlassian.keys_asked.clear()
    token = stranger_key.token(river, "/connect/installed", PUBLIC_URL, header={"kid": key_id})
    assert_foiled("installed", token)
    assert atlassian.keys_asked == []


def test_key_id_that_atlassian_does_not_know(assert_foiled, atlassian, stranger_key, river):
    assert_foiled("installed", stranger_key.token(river, "/connect/installed", PUBLIC_URL, header={"kid": "f00d"}))
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
        "https://river.atlassian.net:99999",
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
def test_forged_address(assert_foiled, install_key, river, address):
    token = install_key.token(river, "/connect/installed", PUBLIC_URL)
    assert_foiled("installed", token, baseUrl=address, sharedSecret="the thief's own secret, long enough as well")


def test_first_install_with_a_fault_stores_no_site(services, assert_refused, install_key, river):
    token = install_key.token(river, "/connect/installed", PUBLIC_URL, exp=DROP)
    assert_refused("POST", "/connect/installed", json=river.body("installed"), headers=bearer(token))
    assert services.installations.list_all() == []


def test_endless_token(assert_foiled):
    assert_foiled("installed", "x" * 9000)


def test_token_by_another_algorithm(assert_foiled, river, install_key):
    claims = claims_for(river.client_key, "POST", "/connect/installed") | {"aud": [PUBLIC_URL]}
    token = jwt.encode(claims, "k" * 64, algorithm="HS512", headers={"kid": install_key.id})
    assert_foiled("installed", token)
