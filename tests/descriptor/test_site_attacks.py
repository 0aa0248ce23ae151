"""Every way to pass for a site or a person of it: 401 on lifecycle calls, pages and API, and nothing is written."""

import base64
from dataclasses import dataclass

import jwt
import pytest

from tests.conftest import PUBLIC_URL
from tests.descriptor.tokens import DROP, Site, bearer, claims_for, forge, hash_of, hour

pytestmark = pytest.mark.usefixtures("installed")

PAGE = "/pages/admin"
API = "/api/connections"
PERSON = "712020:fern"


@dataclass(frozen=True)
class Way:
    """An address that a site's token opens, and where it looks for the token."""

    method: str
    path: str
    in_query: bool = False

    def carry(self, token):
        return {"query_string": {"jwt": token}} if self.in_query else {"headers": bearer(token)}


ENABLED, DISABLED = Way("POST", "/connect/enabled"), Way("POST", "/connect/disabled")
WAYS = {"enabled": ENABLED, "disabled": DISABLED, "page": Way("GET", PAGE, in_query=True), "api": Way("GET", API)}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@pytest.fixture
def assert_foiled(assert_refused, atlassian):
    """The call is refused, although Jira would call the person an administrator."""
    atlassian.admins = {PERSON}
    return lambda way, token: assert_refused(way.method, way.path, **way.carry(token))


FAULTS = {
    "another tenant": {"iss": "meadow-0002"},
    "unknown tenant": {"iss": "nobody-0003"},
    "tenant with a NUL": {"iss": "river-0001\0"},
    "tenant beyond Unicode": {"iss": "river-0001\ud800"},
    "missing iss": {"iss": DROP},
    "wrong aud": {"aud": ["another-app"]},
    "expired": {"iat": hour(-2), "exp": hour(-1)},
    "missing exp": {"exp": DROP},
    "exp that is no number": {"exp": "soon"},
    "missing iat": {"iat": DROP},
    "not yet valid": {"nbf": hour(1)},
    "issued in the future": {"iat": hour(1)},
    "missing qsh": {"qsh": DROP},
    "empty qsh": {"qsh": ""},
    "qsh that is a list": {"qsh": ["context-qsh"]},
    "qsh of another path": {"qsh": hash_of("POST", "/connect/elsewhere")},
    "person who is no text": {"sub": 7},
}


@every_way
@pytest.mark.parametrize("changes", FAULTS.values(), ids=FAULTS)
def test_token_with_a_fault(assert_foiled, river, way, changes):
    assert_foiled(way, river.token(way.method, way.path, **changes))


@every_way
def test_qsh_of_another_method(assert_foiled, river, way):
    assert_foiled(way, river.token("PUT", way.path))


@every_way
def test_no_token(assert_refused, way):
    answer = assert_refused(way.method, way.path)
    assert "Jira" in answer.text


@every_way
@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "HS512"])
def test_token_without_a_signature(assert_foiled, river, way, algorithm):
    claims = claims_for(river.client_key, way.method, way.path) | {"sub": PERSON}
    assert_foiled(way, forge({"alg": algorithm, "typ": "JWT"}, claims, None))


@every_way
def test_token_signed_with_another_tenants_secret(assert_foiled, river, meadow, way):
    impostor = Site(river.client_key, meadow.secret, river.base_url)
    assert_foiled(way, impostor.token(way.method, way.path))


@every_way
def test_token_signed_with_the_secret_by_another_algorithm(assert_foiled, send_install, river, way):
    secret = "a shared secret that is long enough for HS512, that is for sixty-four bytes"
    send_install(river, sharedSecret=secret)
    claims = claims_for(river.client_key, way.method, way.path) | {"sub": PERSON}
    assert_foiled(way, jwt.encode(claims, secret, algorithm="HS512"))


@every_way
def test_token_signed_by_atlassian_where_the_site_must_sign(assert_foiled, install_key, river, way):
    qsh = hash_of(way.method, way.path)
    assert_foiled(way, install_key.token(river, way.path, PUBLIC_URL, qsh=qsh, sub=PERSON))


@every_way
def test_token_we_made_ourselves_for_jira(assert_foiled, river, way):
    assert_foiled(way, river.token(way.method, way.path, iss="crosswalk-azure-devops", aud=[river.client_key]))


@every_way
def test_token_replayed_after_uninstall(assert_foiled, send_install, river, way):
    token = river.token(way.method, way.path)
    send_install(river, "uninstalled")
    assert_foiled(way, token)


HEADER = base64.urlsafe_b64encode(b'{"alg": "HS256"}').decode()
DEEP = base64.urlsafe_b64encode(b"[" * 3000).decode()
NO_TOKENS = {
    "short": "a.b.c",
    "empty objects": "e30.e30.e30",
    "dots": "......",
    "too long": "x" * 9000,
    "not ASCII": "é",
    "nested too deep": f"{DEEP}.{DEEP}.x",
    "tenant in a list": forge({"alg": "HS256"}, {"iss": ["river-0001"]}, b"k" * 32),
    "claims in a list": f"{HEADER}.W10.x",
}


@every_way
@pytest.mark.parametrize("text", NO_TOKENS.values(), ids=NO_TOKENS)
def test_text_that_is_no_token(assert_foiled, way, text):
    assert_foiled(way, text)


@pytest.mark.parametrize("way", [ENABLED, DISABLED])
def test_context_token_on_a_lifecycle_call(assert_foiled, river, way):
    assert_foiled(way, river.token(way.method, way.path, qsh="context-qsh"))


@pytest.mark.parametrize("way", [ENABLED, DISABLED])
def test_lifecycle_token_in_the_query(assert_foiled, river, way):
    assert_foiled(Way(way.method, way.path, in_query=True), river.token(way.method, way.path))


@pytest.mark.parametrize("in_query", [True, False])
@pytest.mark.parametrize("path", [PAGE, "/pages/issue", "/pages/create-branch"])
def test_context_token_on_a_page(assert_foiled, river, path, in_query):
    assert_foiled(Way("GET", path, in_query), river.token("GET", path, qsh="context-qsh"))


def test_page_token_of_another_issue(assert_refused, river):
    token = river.token("GET", "/pages/issue", "issueKey=FERN-1")
    assert_refused("GET", "/pages/issue", query_string={"issueKey": "FERN-2", "jwt": token})


def test_two_tokens_on_one_page(assert_refused, river):
    token = river.token("GET", PAGE)
    assert_refused("GET", f"{PAGE}?jwt={token}&jwt={token}")


def test_page_token_used_on_the_api(assert_foiled, river):
    assert_foiled(Way("GET", API), river.token("GET", PAGE))


def test_context_token_in_the_query_of_the_api(assert_foiled, river):
    assert_foiled(Way("GET", API, in_query=True), river.token("GET", API, qsh="context-qsh"))


@every_way
@pytest.mark.parametrize("changes", FAULTS.values(), ids=FAULTS)
def test_context_token_with_a_fault(assert_foiled, river, way, changes):
    assert_foiled(way, river.token(way.method, way.path, **({"qsh": "context-qsh"} | changes)))


@pytest.mark.parametrize("account", [DROP, "", None])
def test_anonymous_visitor(assert_foiled, river, account):
    assert_foiled(WAYS["page"], river.token("GET", PAGE, sub=account))
    assert_foiled(WAYS["api"], river.token("GET", API, qsh="context-qsh", sub=account))
