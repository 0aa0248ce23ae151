"""Attacks on signing in, on the sessions of windows and on calls that change something: each refused, nothing done."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from pydantic import SecretStr

from sandbox.ado_seed import TOKENS
from sandbox.entra_state import GLOBEX
from tests.routes.sign_in_rig import (
    MARA,
    TOMASZ,
    Window,
    connection_of,
    everything,
    parameter,
    says,
    site_of,
    start_address,
    visit,
)
from tests.sign_in_town import town
from tests.town_fixtures import linked_town

__all__ = ["town"]

EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def whole_town(redis_server, migrated_file, tmp_path_factory):
    """With a second organization of the same site, in the same tenant, and another site."""
    with linked_town(redis_server, migrated_file, tmp_path_factory.mktemp("town")) as town:
        found_more(town, town.services)
        yield town


def found_more(town, services):
    services.connections.add(
        site_of(town).id, organization="beta", organization_url=f"{town.ado}/beta", instance_id="beta",
        token=SecretStr("unused"), problems=[], now=services.now(),
    )  # fmt: skip
    services.installations.save_connect("other", "https://other.atlassian.net", SecretStr("o" * 40), services.now())


@pytest.fixture
def window(town):
    return Window(town)


@pytest.fixture
def connection(town):
    return connection_of(town)


@pytest.fixture
def beta(town):
    told = {"X-VSS-ResourceTenant": town.organization.tenant}
    fault = {"path": "^/beta/", "status": 401, "times": None, "headers": told}
    requests.post(f"{town.ado}/_control/faults", json=fault, timeout=5).raise_for_status()
    return town.services.connections.find_organization(site_of(town).id, f"{town.ado}/beta")


@pytest.fixture
def unchanged(town):
    """At the end everything is as it was when this was called."""
    before = []

    def remember():
        before.append(everything(town))

    yield remember
    assert before
    assert everything(town) == before[0]


def other_site(town):
    return town.services.installations.find_client("other")


def changed(address, **changes):
    """A callback address with some parameters replaced; None leaves one out."""
    parts = urlsplit(address)
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | changes).items() if value is not None}
    return parts._replace(query=urlencode(query)).geturl()


# The callback


@pytest.mark.parametrize("mine", [True, False], ids=["on this site", "on another site"])
def test_a_state_of_another_user(town, window, connection, unchanged, mine):
    there = Window(town, town.site.admin.account_id).come_back(connection)
    other = window if mine else Window(town, site=other_site(town))
    unchanged()
    assert says(other.get(there), "other_person", "the organization")


def test_the_victim_of_such_a_state_can_still_finish(town, window, connection):
    owner = Window(town, town.site.admin.account_id)
    there = owner.come_back(connection)
    window.get(there)
    assert owner.get(there).status_code == 303


def test_a_replayed_state(town, window, connection, unchanged):
    there = window.come_back(connection)
    assert window.get(there).status_code == 303
    unchanged()
    assert says(window.get(there), "state_unknown")


def test_a_replayed_code_with_a_state_of_its_own(town, window, connection, unchanged):
    used = window.come_back(connection)
    assert window.get(used).status_code == 303
    fresh = window.begin(connection)
    unchanged()
    again = changed(used, state=parameter(fresh, "state"))
    assert says(window.get(again), "state_unknown")


def test_a_code_of_somebody_elses_sign_in(town, window, connection, unchanged):
    """The victim is led to finish with a code of the attacker: the proof key of the victim's own sign-in is wrong."""
    foreign = Window(town, town.site.admin.account_id).come_back(connection, TOMASZ)
    own = window.begin(connection)
    unchanged()
    assert says(window.get(changed(foreign, state=parameter(own, "state"))), "sign_in_again")


def test_a_mix_up_of_organizations(town, window, connection, beta, unchanged):
    """What was given for one organization does not sign in to another, though the tenant is the same."""
    given = window.come_back(connection)
    state = parameter(window.begin(beta), "state")
    unchanged()
    assert says(window.get(changed(given, state=state)), "sign_in_again", "beta")


@pytest.mark.parametrize("claims", [{"tid": GLOBEX}, {"iss": f"https://login.example/{GLOBEX}/v2.0", "tid": GLOBEX}])
def test_a_token_of_another_tenant(town, window, connection, unchanged, claims):
    there = window.come_back(connection)
    town.entra_site.knobs.id_claims.update(claims)
    unchanged()
    assert says(window.get(there), "wrong_tenant")


@pytest.mark.parametrize(
    "state", [None, "", "guessed", "crosswalk:sign-in:*"], ids=["none", "empty", "guessed", "a pattern"]
)
def test_no_state_of_ours(town, window, connection, unchanged, state):
    there = window.come_back(connection)
    unchanged()
    assert says(window.get(changed(there, state=state)), "state_unknown")


def test_two_states(town, window, connection, unchanged):
    there = window.come_back(connection)
    unchanged()
    assert says(window.get(f"{there}&state=another"), "state_unknown")


def test_a_callback_without_a_session(town, window, connection, unchanged):
    there = window.come_back(connection)
    unchanged()
    assert says(visit(town, there), "no_session")
    assert says(visit(town, there, {"crosswalk": "guessed"}), "no_session")


def test_a_callback_in_another_browser(town, window, connection, unchanged):
    there = window.come_back(connection)
    elsewhere = Window(town)
    unchanged()
    assert says(elsewhere.get(there), "other_window")


@pytest.mark.parametrize("answer", [{}, {"code": ""}, {"code": "guessed"}, {"code": None, "error": "access_denied"}])
def test_an_answer_that_entra_did_not_give(town, window, connection, unchanged, answer):
    there = changed(window.come_back(connection), **({"code": None} | answer))
    unchanged()
    assert window.get(there).status_code in {403, 502}


# Where the browser goes on


@pytest.mark.parametrize("name", ["return", "returnTo", "next", "redirect", "redirect_uri", "url", "from_panel"])
def test_an_open_redirect_by_a_parameter(town, window, connection, name):
    """What an address names is not where the browser goes on, at the start and at the callback."""
    begun = window.begin(connection, **{name: EVIL, "issueKey": "SHOP-1"})
    assert begun.startswith(f"{town.entra}/")
    assert parameter(begun, "redirect_uri") == f"{town.app_url}/auth/ado/callback"
    there = town.pass_entra(begun, MARA)
    answer = window.get(f"{there}&{urlencode({name: EVIL})}")
    assert answer.headers["Location"] == f"{town.app_url}/pages/create-branch?issueKey=SHOP-1&issueSummary="


@pytest.mark.parametrize("key", ["//evil.example", "https://evil.example", "SHOP-1/../../x", "SHOP-1%0d%0aX: y"])
def test_an_open_redirect_by_the_issue(town, window, connection, unchanged, key):
    unchanged()
    assert window.start(connection, issueKey=key).status_code == 422
    assert town.services.redis.keys("crosswalk:sign-in:*") == []


@pytest.mark.parametrize("summary", ["//evil.example", "x&next=https://evil.example", "a\r\nLocation: //evil.example"])
def test_an_open_redirect_by_the_summary(town, window, connection, summary):
    there = window.sign_in(connection, issueKey="SHOP-1", issueSummary=summary).headers["Location"]
    assert there.startswith(f"{town.app_url}/pages/create-branch?issueKey=SHOP-1&issueSummary=")
    assert dict(parse_qsl(urlsplit(there).query)) == {"issueKey": "SHOP-1", "issueSummary": summary}


def test_a_start_from_another_site_does_nothing(town, window, connection, unchanged):
    unchanged()
    for where in ("cross-site", "same-site", "none"):
        for query in ({}, {"confirmed": window.session.digest}):
            assert window.get(start_address(connection, **query), Sec_Fetch_Site=where).status_code == 200
    assert town.services.redis.keys("crosswalk:sign-in:*") == []


@pytest.mark.parametrize("where", [{}, {"Sec_Fetch_Site": "same-origin"}], ids=["an old browser", "a page of ours"])
def test_a_window_that_changed_hands_since_its_page_was_shown(town, window, connection, unchanged, where):
    """A colleague's link to Create branch made the browser the colleague's: the tab of before does not tell that."""
    colleague = Window(town, town.site.admin.account_id)
    unchanged()
    for query in ({}, {"confirmed": window.session.digest}, {"confirmed": ""}, {"confirmed": "gu\xe4ssed"}):
        asked = colleague.get(start_address(connection, **query), **where)
        assert (asked.status_code, town.site.admin.name in asked.text) == (200, True)
    assert town.services.redis.keys("crosswalk:sign-in:*") == []


# Frames, sessions, tickets


@pytest.mark.parametrize("kind", ["iframe", "frame", "embed", "object", "image", "script", "empty"])
def test_a_framed_page(town, window, connection, unchanged, kind):
    there = window.come_back(connection)
    unchanged()
    for address in (start_address(connection), there):
        answer = window.get(address, Sec_Fetch_Dest=kind)
        assert answer.status_code == 403
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["/pages/create-branch?issueKey=SHOP-1", "/pages/signed-in"])
def test_a_framed_window(window, unchanged, page):
    unchanged()
    shown, framed = window.get(page), window.get(page, Sec_Fetch_Dest="iframe")
    assert (shown.status_code, framed.status_code) == (200, 403)
    for answer in (shown, framed):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_no_answer_on_the_way_can_be_framed_or_kept(town, window, connection):
    begun = window.start(connection)
    done = window.get(town.pass_entra(begun.headers["Location"], MARA))
    asked = window.get(start_address(connection), Sec_Fetch_Site="cross-site")
    for answer in (begun, done, asked):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_a_fixed_session(town, connection):
    """A cookie that an attacker planted names no session, before and after the person is known."""
    ticket = town.call("POST", "/api/me/ado", {"connectionId": connection.id}).json()
    begun = visit(town, ticket["url"], {"crosswalk": "planted"})
    assert begun.cookies["crosswalk"] != "planted"
    assert says(visit(town, start_address(connection), {"crosswalk": "planted"}), "no_session")


def test_a_session_of_the_attacker_does_not_become_the_victims(town, connection, unchanged):
    """The attacker's own cookie, planted in the victim's browser, is refused with the victim's ticket."""
    planted = Window(town, town.site.admin.account_id)
    wish = {"connectionId": connection.id}
    ticket = town.call("POST", "/api/me/ado", wish, town.site.member.account_id).json()
    unchanged()
    assert says(planted.get(ticket["url"]), "other_person", "the organization")


def test_a_session_of_an_uninstalled_site(town, connection):
    other = other_site(town)
    gone = Window(town, site=other)
    town.services.installations.mark_uninstalled(other.id, 1)
    before = everything(town)
    answers = [gone.call("GET", "/api/me"), gone.call("DELETE", "/api/me/ado"), gone.start(connection)]
    after = everything(town)
    town.services.installations.save_connect(other.client_key, other.base_url, SecretStr("o" * 40), 1)
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert after == before


def test_a_ticket_used_twice(town, connection, unchanged):
    ticket = town.call("POST", "/api/me/ado", {"connectionId": connection.id}).json()
    assert visit(town, ticket["url"]).status_code == 302
    unchanged()
    assert says(visit(town, ticket["url"]), "ticket_unknown")


def test_a_ticket_used_by_another(town, window, connection, unchanged):
    wish = {"connectionId": connection.id}
    ticket = town.call("POST", "/api/me/ado", wish, town.site.admin.account_id).json()
    unchanged()
    assert says(window.get(ticket["url"]), "other_person", "the organization")
    assert visit(town, ticket["url"]).status_code == 302  # it is still there for its owner


def test_an_expired_ticket(town, connection, unchanged):
    ticket = town.call("POST", "/api/me/ado", {"connectionId": connection.id}).json()
    (key,) = town.services.redis.keys("crosswalk:ticket:*")
    assert 0 < town.services.redis.ttl(key) <= 60
    town.services.redis.delete(key)
    unchanged()
    assert says(visit(town, ticket["url"]), "ticket_unknown")


def test_a_connection_of_another_site(town, connection, unchanged):
    stranger = Window(town, site=other_site(town))
    unchanged()
    assert stranger.start(connection).status_code == 404
    assert stranger.call("POST", "/api/me/ado", {"connectionId": connection.id}).status_code == 404
    assert stranger.call("PUT", f"/api/me/ado/{connection.id}/token", {"token": TOKENS["mara-code"]}).status_code == 404
    assert stranger.call("DELETE", f"/api/me/ado?connectionId={connection.id}").status_code == 404


# Calls that change something

FORGED: dict[str, dict[str, Any]] = {
    "no token": {"X_CSRF_Token": None},
    "an empty token": {"X_CSRF_Token": ""},
    "a wrong token": {"X_CSRF_Token": "guessed"},
    "a token that is no ASCII": {"X_CSRF_Token": "gu\xe4ssed"},
    "a foreign origin": {"Origin": EVIL},
    "no origin of a page": {"Origin": "null"},
    "an origin that begins like ours": {"Origin": "http://127.0.0.1.evil.example"},
}
CALLS: dict[str, tuple[str, str, dict[str, str] | None]] = {
    "begin": ("POST", "/api/me/ado", {"connectionId": "{connection}"}),
    "keep a token": ("PUT", "/api/me/ado/{connection}/token", {"token": TOKENS["mara-code"]}),
    "forget": ("DELETE", "/api/me/ado", None),
    "make a branch": (
        "POST", "/api/branches", {"issueKey": "SHOP-1", "repositoryId": "{repository}", "name": "x", "source": "main"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_forged_calls(town, window, connection, unchanged, call):
    window.sign_in(connection)
    method, path, body = call
    known = {"{connection}": connection.id, "{repository}": next(iter(town.organization.repositories))}
    filled = {name: known.get(value, value) for name, value in body.items()} if body else None
    unchanged()
    for forged in FORGED.values():
        answer = window.call(method, path.replace("{connection}", connection.id), filled, **forged)
        assert answer.status_code == 403, (forged, answer.text)
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_csrf_token_of_another_session(town, window, connection, unchanged):
    window.sign_in(connection)
    other = Window(town, town.site.admin.account_id)
    unchanged()
    assert window.call("DELETE", "/api/me/ado", X_CSRF_Token=other.csrf).status_code == 403


def test_a_session_does_not_rescue_a_bad_token(town, window, connection, unchanged):
    window.sign_in(connection)
    unchanged()
    assert window.call("DELETE", "/api/me/ado", Authorization="JWT nonsense").status_code == 401
    assert window.call("DELETE", "/api/me/ado", Authorization="Bearer nonsense").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/connections"),
        ("DELETE", "/api/connections/{connection}"),
        ("PUT", "/api/connections/{connection}/token"),
        ("GET", "/api/settings"),
        ("GET", "/api/health"),
    ],
)
def test_an_admins_call_with_the_session_of_an_admin(town, connection, unchanged, method, path):
    admin = Window(town, town.site.admin.account_id)
    unchanged()
    assert admin.call(method, path.replace("{connection}", connection.id)).status_code == 401


@pytest.mark.parametrize("page", ["/pages/admin", "/pages/issue?issueKey=SHOP-1"])
def test_a_framed_page_does_not_take_a_session(town, window, page):
    assert window.get(page).status_code == 401
