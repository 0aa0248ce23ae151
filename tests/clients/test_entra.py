"""Entra as the product calls it: what goes out, what comes back, and that nothing of a person stays."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from clients.entra import EntraClient, EntraRefusal
from clients.hosts import entra_hosts
from clients.http import HttpClient
from domain.errors import BadInput, Retryable, Unavailable
from sandbox.entra import EntraSite, create_entra
from sandbox.entra_state import ACME, CLIENT_ID, CLIENT_SECRET
from sandbox.server import serve
from sandbox.sign_in_visit import visit_sign_in

REPLY = "http://127.0.0.1:8000/auth/ado/callback"
MARA = "mara.lindqvist@acme.example"
NOW = 1_000


@pytest.fixture(scope="module")
def standing():
    site = EntraSite.seeded(redirect_uris=[REPLY])
    server = serve(create_entra(site))
    yield site, server.url
    server.stop()


def client_of(url, tenant=ACME, secret=CLIENT_SECRET, authority=None):
    authority = authority or f"{url}/organizations"
    return EntraClient(authority, tenant, CLIENT_ID, SecretStr(secret), HttpClient("Entra", entra_hosts(authority)))


@pytest.fixture
def entra(standing):
    site, url = standing
    site.refusals.clear()
    return client_of(url)


@pytest.fixture
def clock(standing):
    """The clock of the stand-in (ms)."""
    return lambda: int(standing[0].keys.now() * 1000)


def come_back(flow, *presses):
    return {name: values[0] for name, values in parse_qs(urlsplit(visit_sign_in(flow.address, *presses)).query).items()}


def sign_in(entra, clock):
    flow = entra.begin(REPLY, "a-state")
    return entra.redeem(flow.kept, come_back(flow, MARA, "accept"), clock())


def test_a_sign_in_gives_tokens_that_end_when_entra_says(entra, clock):
    before = clock()
    tokens = sign_in(entra, clock)
    assert before + 3_900_000 - 5_000 <= tokens.expires_at <= clock() + 3_900_000
    assert tokens.access_token != tokens.refresh_token


def test_a_refresh_gives_new_tokens(entra, clock):
    old = sign_in(entra, clock)
    new = entra.refresh(old.refresh_token, clock())
    assert new.refresh_token != old.refresh_token
    assert entra.refresh(new.refresh_token, clock()).access_token


def test_no_name_is_asked_for(entra):
    query = parse_qs(urlsplit(entra.begin(REPLY, "a-state").address).query)
    assert not {"profile", "email"} & set(query["scope"][0].split())


def test_nothing_of_a_person_stays_in_the_process(entra, clock):
    tokens = sign_in(entra, clock)
    entra.refresh(tokens.refresh_token, clock())
    held = repr(list(texts_below(entra)))
    assert CLIENT_ID in held  # so the walk does find what is kept
    for word in ("Mara", MARA, tokens.access_token.get_secret_value(), tokens.refresh_token.get_secret_value()):
        assert word not in held


def texts_below(thing, seen=None):
    """Every text that can be reached from an object by its attributes and items."""
    seen = set() if seen is None else seen
    if id(thing) in seen or len(seen) > 20_000:
        return
    seen.add(id(thing))
    if isinstance(thing, SecretStr):
        thing = thing.get_secret_value()
    if isinstance(thing, str | bytes):
        yield thing
    elif isinstance(thing, dict):
        for pair in list(thing.items()):
            yield from texts_below(pair, seen)
    elif isinstance(thing, list | tuple | set | frozenset):
        for part in thing:
            yield from texts_below(part, seen)
    else:
        slots = {name: getattr(thing, name, None) for name in getattr(type(thing), "__slots__", ())}
        yield from texts_below({**slots, **getattr(thing, "__dict__", {})}, seen)


def test_the_flow_prints_as_stars(entra):
    flow = entra.begin(REPLY, "a-state")
    assert "code_verifier" in flow.kept.get_secret_value()
    assert "code_verifier" not in repr(flow)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("revoked", "sign_in_again"),
        ("refresh_idle", "sign_in_again"),
        ("strong_sign_in", "sign_in_again"),
        ("consent_missing", "admin_consent_needed"),
        ("conditional_access", "conditional_access"),
        ("account_disabled", "account_disabled"),
    ],
)
def test_a_refused_refresh_tells_why(entra, standing, clock, name, fault):
    tokens = sign_in(entra, clock)
    standing[0].refuse("refresh", name)
    with pytest.raises(EntraRefusal) as caught:
        entra.refresh(tokens.refresh_token, clock())
    assert caught.value.fault == fault
    assert caught.value.mark.startswith("AADSTS")
    assert MARA not in str(caught.value)


def test_a_wrong_secret_is_the_operators(standing, clock):
    entra = client_of(standing[1], secret="wrong")
    with pytest.raises(EntraRefusal) as caught:
        entra.refresh(SecretStr("whatever"), clock())
    assert caught.value.fault == "app_credentials"


def test_a_tenant_that_is_not_known_is_refused(standing):
    with pytest.raises(EntraRefusal):
        client_of(standing[1], tenant="12345678-0000-4000-8000-000000000000").begin(REPLY, "a-state")


def test_an_entra_that_is_away_is_tried_again_later():
    entra = client_of("http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        entra.begin(REPLY, "a-state")
    with pytest.raises(Retryable):
        entra.refresh(SecretStr("x"), NOW)


def discovery(host, **changes):
    base = f"https://{host}/{ACME}/oauth2/v2.0"
    found = {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token", "issuer": base} | changes
    return json.dumps(found)


def test_what_is_no_json_is_an_outage_and_not_logged(wire, written):
    wire.will_answer(body=discovery(wire.host))
    wire.will_answer(body="<html>Mara Lindqvist</html>", content_type="text/html")
    with pytest.raises(Unavailable):
        client_of(wire.url).refresh(SecretStr("x"), NOW)
    assert "Mara" not in written()


def test_a_pause_that_entra_asks_for_is_an_outage(wire):
    wire.will_answer(body=discovery(wire.host))
    wire.will_answer(429, '{"error": "temporarily_unavailable"}')
    with pytest.raises(Retryable):
        client_of(wire.url).refresh(SecretStr("x"), NOW)


def test_a_transient_error_is_an_outage(wire):
    wire.will_answer(body=discovery(wire.host))
    wire.will_answer(400, '{"error": "temporarily_unavailable", "error_description": "AADSTS90033: again"}')
    with pytest.raises(Unavailable):
        client_of(wire.url).refresh(SecretStr("x"), NOW)


@pytest.mark.parametrize("body", ['{"access_token": "a", "expires_in": 5}', '{"refresh_token": "r"}', "{}"])
def test_an_answer_without_tokens_is_unusable(wire, body):
    wire.will_answer(body=discovery(wire.host))
    wire.will_answer(body=body)
    with pytest.raises(EntraRefusal) as caught:
        client_of(wire.url).refresh(SecretStr("x"), NOW)
    assert caught.value.fault == "answer_unusable"


def test_the_secret_goes_to_the_host_of_the_authority_and_nowhere_else(wire):
    wire.will_answer(body=discovery(wire.host, token_endpoint="https://evil.example/token"))
    with pytest.raises(BadInput):
        client_of(wire.url).refresh(SecretStr("x"), NOW)
    assert [asked["PATH_INFO"] for asked in wire.asked] == [f"/{ACME}/v2.0/.well-known/openid-configuration"]


def test_a_person_is_sent_to_the_host_of_the_authority_and_nowhere_else(wire):
    wire.will_answer(body=discovery(wire.host, authorization_endpoint="https://evil.example/authorize"))
    with pytest.raises(BadInput):
        client_of(wire.url).begin(REPLY, "a-state")


def test_the_real_authority_stays_https():
    entra = client_of("", authority="https://login.microsoftonline.com/organizations")
    assert entra._door.authority_of(ACME) == f"https://login.microsoftonline.com/{ACME}"
    asked = "https://login.microsoftonline.com/authorize?a=1&response_mode=form_post"
    led = entra._door.browser_address(asked, {"response_mode": "query"})
    assert led == "https://login.microsoftonline.com/authorize?a=1&response_mode=query"
