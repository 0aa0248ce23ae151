import json
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from clients.atlassian_people import AccountSignIn, OpenSite, report_accounts
from clients.hosts import AllowedHosts
from clients.http import HttpClient
from clients.jira import ConnectSigner, JiraClient
from domain.errors import BadInput, Forbidden, RateLimited, Rejected, Unauthorized, Unavailable, Unreadable
from domain.personal_data import HeldAccount

SECRET = SecretStr("the-secret-of-the-app")
BACK = "https://crosswalk.example.com/auth/atlassian/callback"
TOKEN = SecretStr("an-access-token")
ACCOUNT = "5be24ad8b1653240376955d2"


@pytest.fixture
def sign_in(wire):
    http = HttpClient("Atlassian", AllowedHosts(frozenset(), (), frozenset({wire.host})))
    return AccountSignIn(wire.url, wire.url, client_id="app-1", secret=SECRET, http=http)


@pytest.fixture
def site(wire):
    http = HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({wire.host})))
    secret = SecretStr("a-shared-secret-of-a-reasonable-length")
    return JiraClient(ConnectSigner("crosswalk", wire.url, "client-1", secret), http)


def test_the_browser_is_sent_with_all_that_atlassian_documents(sign_in, wire):
    address = urlsplit(sign_in.authorize_address("a-state", BACK))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{wire.url}/authorize"
    assert parse_qs(address.query) == {
        "audience": ["api.atlassian.com"], "client_id": ["app-1"], "scope": ["read:me read:jira-user"],
        "redirect_uri": [BACK], "state": ["a-state"], "response_type": ["code"], "prompt": ["consent"],
    }  # fmt: skip


def test_a_code_becomes_a_token_that_prints_as_stars(sign_in, wire):
    wire.will_answer(200, '{"access_token": "an-access-token", "expires_in": 3600, "scope": "read:me"}')
    token = sign_in.exchange_code("a-code", BACK)
    assert token.get_secret_value() == "an-access-token"
    assert "an-access-token" not in repr(token)
    assert wire.asked[0]["PATH_INFO"] == "/oauth/token"
    assert json.loads(wire.asked[0]["body"]) == {
        "grant_type": "authorization_code", "client_id": "app-1", "client_secret": "the-secret-of-the-app",
        "code": "a-code", "redirect_uri": BACK,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, '{"error": "access_denied", "error_description": "Unauthorized"}', Unauthorized),
        (403, '{"error": "invalid_grant", "error_description": "Invalid authorization code"}', Forbidden),
        (400, '{"error": "invalid_request"}', Rejected),
        (200, "<html>maintenance</html>", Unavailable),
        (200, '{"expires_in": 3600}', Unreadable),
        (302, "", Unreadable),
        (503, "", Unavailable),
    ],
)
def test_what_is_wrong_with_a_code_is_told_by_class(sign_in, wire, status, body, kind):
    wire.will_answer(status, body)
    with pytest.raises(kind) as refused:
        sign_in.exchange_code("a-code", BACK)
    assert "the-secret-of-the-app" not in str(refused.value)


def test_the_account_is_the_one_of_the_token(sign_in, wire):
    wire.will_answer(200, json.dumps({"account_type": "atlassian", "account_id": ACCOUNT, "name": "Mia Krystof"}))
    assert sign_in.read_account(TOKEN) == ACCOUNT
    assert wire.asked[0]["PATH_INFO"] == "/me"
    assert wire.asked[0]["HTTP_AUTHORIZATION"] == "Bearer an-access-token"


@pytest.mark.parametrize("account", ["", "a b", "x" * 129, "../me", None])
def test_something_that_is_no_account_id_signs_nobody_in(sign_in, wire, account):
    wire.will_answer(200, json.dumps({"account_id": account}))
    with pytest.raises(Unreadable):
        sign_in.read_account(TOKEN)


def test_only_jira_sites_count_of_those_a_person_may_use(sign_in, wire):
    shown = [
        {"id": "cloud-1", "name": "one", "url": "https://one.atlassian.net/", "scopes": ["read:jira-user"]},
        {"id": "cloud-2", "name": "two", "url": "https://two.atlassian.net", "scopes": ["read:confluence-content.all"]},
        {"id": "cloud-3", "name": "three", "url": "https://three.atlassian.net"},
    ]
    wire.will_answer(200, json.dumps(shown))
    assert sign_in.list_sites(TOKEN) == (OpenSite("cloud-1", "https://one.atlassian.net"),)
    assert wire.asked[0]["PATH_INFO"] == "/oauth/token/accessible-resources"


def test_an_empty_list_of_sites_is_none(sign_in, wire):
    wire.will_answer(200, "[]")
    assert sign_in.list_sites(TOKEN) == ()


@pytest.mark.parametrize("shown", ['["x"]', '[{"scopes": ["read:jira-user"]}]', '"sites"'])
def test_an_unreadable_list_of_sites_is_told(sign_in, wire, shown):
    wire.will_answer(200, shown)
    with pytest.raises(Unreadable):
        sign_in.list_sites(TOKEN)


def test_only_the_hosts_of_the_settings_are_called(wire):
    elsewhere = HttpClient("Atlassian", AllowedHosts(frozenset({"api.atlassian.com"}), (), frozenset()))
    sign_in = AccountSignIn(wire.url, wire.url, client_id="app-1", secret=SECRET, http=elsewhere)
    with pytest.raises(BadInput, match="not on the list"):
        sign_in.exchange_code("a-code", BACK)
    assert wire.asked == []


def test_a_report_goes_to_the_site_signed_as_every_call_there(site, wire):
    wire.will_answer(200, json.dumps({"accounts": [{"accountId": ACCOUNT, "status": "closed"}]}), Cycle_Period="P1D")
    answer = report_accounts(site, [HeldAccount(ACCOUNT, 0)])
    assert (answer.closed, answer.updated, answer.cycle) == ((ACCOUNT,), (), 24 * 3_600_000)
    assert wire.asked[0]["PATH_INFO"] == "/rest/atlassian-connect/latest/report-accounts"
    assert wire.asked[0]["HTTP_AUTHORIZATION"].startswith("JWT ")


def test_a_report_with_nothing_to_do_is_answered_without_a_body(site, wire):
    wire.will_answer(204, "")
    assert report_accounts(site, [HeldAccount(ACCOUNT, 0)]).closed == ()


def test_a_pause_is_told_with_its_length(site, wire):
    wire.will_answer(429, "", Retry_After="7200")
    with pytest.raises(RateLimited) as asked:
        report_accounts(site, [HeldAccount(ACCOUNT, 0)])
    assert asked.value.retry_after == 7200
