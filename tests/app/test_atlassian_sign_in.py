"""Sign-in of a window with an Atlassian account: the person and the site are proven, and nothing of it is kept."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from tests.app.account_rig import (
    CLIENT_ID,
    CLIENT_SECRET,
    CODE,
    FERN,
    LAKE,
    RIVER,
    TOKEN,
    AccountStand,
    Browser,
)

PAGE = "http://127.0.0.1:8000/pages/create-branch?issueKey=SHOP-7"
CALLBACK = "http://127.0.0.1:8000/auth/atlassian/callback"


@pytest.fixture
def atlassian():
    stand = AccountStand()
    yield stand
    stand.stop()


@pytest.fixture
def settings_changes(atlassian):
    return atlassian.settings()


@pytest.fixture
def install(services):
    return lambda name: services.installations.save_connect(
        name, f"https://{name}.atlassian.net", SecretStr("s" * 40), services.now()
    )


@pytest.fixture
def river(install):
    return install("river")


@pytest.fixture
def browser(app):
    return Browser(app.test_client())


@pytest.fixture
def session_of(services):
    """The session of a browser, as the server knows it."""

    def find(browser):
        cookie = browser.session_cookie()
        return services.browser_sessions.find(SecretStr(cookie), services.now()) if cookie else None

    return find


@pytest.fixture
def offered(atlassian, river, install, browser):
    """A person of two sites who is asked which; the values of the form."""
    lake = install("lake")
    atlassian.sites = [RIVER, LAKE]
    page = browser.come_back(browser.begin())
    return re.findall(r'name="offer" value="([^"]+)"', page.text)[0], river, lake


@pytest.fixture
def failing(atlassian, browser, river):
    """Come back while Atlassian answers to a path with something else."""

    def come_back(path, answer):
        atlassian.answers[path] = answer
        return browser.come_back(browser.begin())

    return come_back


@pytest.fixture
def is_refused(services, browser):
    """Whether an answer is a page that says no with these words, and nobody is signed in by it."""

    def look(answer, words):
        told = answer.status_code >= 400 and "You are not signed in" in answer.text and words in answer.text
        return told and not services.redis.keys("crosswalk:session*") and browser.session_cookie() is None

    return look


def test_the_browser_goes_to_atlassian_with_a_state_and_no_secret(atlassian, browser):
    answer = browser.client.get("/auth/atlassian/start?issueKey=shop-7&issueSummary=Secret+plans")
    assert answer.status_code == 303
    assert answer.location.startswith(f"{atlassian.url}/authorize?")
    query = parse_qs(urlsplit(answer.location).query)
    assert (query["client_id"], query["redirect_uri"]) == ([CLIENT_ID], [CALLBACK])
    assert len(query["state"][0]) == 43
    assert CLIENT_SECRET not in answer.location
    assert "Secret" not in answer.location


def test_the_person_comes_back_to_the_page_of_the_issue_with_a_session(browser, river, session_of, atlassian):
    answer = browser.come_back(browser.begin())
    assert (answer.status_code, answer.location) == (303, PAGE)
    session = session_of(browser)
    assert (session.installation_id, session.account_id) == (river.id, FERN)
    assert atlassian.exchanged[0]["code"] == CODE
    assert atlassian.exchanged[0]["redirect_uri"] == CALLBACK


def test_a_sign_in_again_is_a_new_session(browser, river, services):
    browser.come_back(browser.begin())
    first = browser.session_cookie()
    browser.come_back(browser.begin())
    assert browser.session_cookie() != first
    assert services.browser_sessions.find(SecretStr(first), services.now()) is None


def test_two_tabs_of_one_browser_may_sign_in_at_once(browser, river):
    states = [browser.begin("SHOP-7"), browser.begin("SHOP-8")]
    assert [browser.come_back(state).location[-6:] for state in states] == ["SHOP-7", "SHOP-8"]


def test_oauth_credentials_of_a_site_sign_nobody_in(services, browser, atlassian, is_refused):
    services.installations.save_oauth("https://lake.atlassian.net", "cloud-lake", "id", "reference", services.now())
    atlassian.sites = [LAKE]
    assert is_refused(browser.come_back(browser.begin()), "installed on none")


def test_a_person_of_two_sites_is_asked_which_and_gets_a_session_there(browser, offered, session_of):
    offer, _river, lake = offered
    assert session_of(browser) is None
    answer = browser.choose(offer, lake.id)
    assert (answer.status_code, answer.location) == (303, PAGE)
    session = session_of(browser)
    assert (session.installation_id, session.account_id) == (lake.id, FERN)


def test_the_choice_is_a_page_that_names_the_sites_and_can_be_framed_by_nobody(atlassian, browser, river, install):
    install("lake")
    atlassian.sites = [RIVER, LAKE]
    page = browser.come_back(browser.begin())
    assert page.status_code == 200
    assert re.findall(r'name="site" value="[^"]+">([^<]+)<', page.text) == [
        "river.atlassian.net",
        "lake.atlassian.net",
    ]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_nothing_of_the_person_is_kept_but_the_id(browser, river, services, written):
    browser.come_back(browser.begin())
    keys = services.redis.keys("*")
    kept = [services.redis.hgetall(key) for key in keys if services.redis.type(key) == b"hash"]
    texts = f"{keys} {kept} {written()}"
    assert "account_sign_in.opened" in texts
    for secret in (TOKEN, CODE, CLIENT_SECRET, "Fern Holm", "fern@example.com"):
        assert secret not in texts
    assert FERN not in written()


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/oauth/token", (401, '{"error": "access_denied"}'), "ATLASSIAN_CLIENT_SECRET"),
        ("/oauth/token", (403, '{"error": "invalid_grant"}'), "took too long, or was used already"),
        ("/oauth/token", (400, '{"error": "invalid_grant"}'), "took too long, or was used already"),
        ("/oauth/token", (200, "{}"), "could not be understood"),
        ("/oauth/token", (500, "{}"), "cannot be reached now"),
        ("/oauth/token", (429, "{}"), "cannot be reached now"),
        ("/me", (403, "{}"), "read:me"),
        ("/me", (401, "{}"), "read:me"),
        ("/me", (200, '{"account_id": "no one"}'), "could not be understood"),
        ("/me", (500, "{}"), "cannot be reached now"),
        ("/oauth/token/accessible-resources", (403, "{}"), "read:jira-user"),
        ("/oauth/token/accessible-resources", (200, "{}"), "could not be understood"),
        ("/oauth/token/accessible-resources", (200, "[]"), "installed on none"),
        ("/oauth/token/accessible-resources", (200, "<html>"), "cannot be reached now"),
    ],
)
def test_every_failure_at_atlassian_has_its_sentence_and_a_way_on(failing, is_refused, path, answer, words):
    refused = failing(path, answer)
    assert is_refused(refused, words)
    assert 'href="/auth/atlassian/start?issueKey=SHOP-7"' in refused.text


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("access_denied", "You did not let Crosswalk see"),
        ("invalid_scope", "lacks a permission"),
        ("unauthorized_client", "ATLASSIAN_CLIENT_ID"),
        ("temporarily_unavailable", "cannot be reached now"),
        ("<script>", "without a result"),
        ("", "without a result"),
    ],
)
def test_every_refusal_that_atlassian_sends_back_has_its_sentence(atlassian, browser, is_refused, word, words):
    refused = browser.client.get(
        "/auth/atlassian/callback",
        query_string={"state": browser.begin(), "error": word, "error_description": "Words."},
    )
    assert is_refused(refused, words)
    assert "Words." not in refused.text
    assert atlassian.asked == []


def test_a_site_that_leaves_before_the_choice_is_refused(browser, offered, services, is_refused):
    offer, _river, lake = offered
    services.installations.mark_uninstalled(lake.id, services.now())
    assert is_refused(browser.choose(offer, lake.id), "not one of those")


@pytest.mark.parametrize("query", ["", "?issueKey=", "?issueKey=nonsense", "?issueKey=SHOP-7%0d%0aX:y"])
def test_an_address_without_an_issue_begins_nothing(browser, services, is_refused, query):
    assert is_refused(browser.client.get(f"/auth/atlassian/start{query}"), "names no issue")
    assert services.redis.keys("*") == []


class TestNotRegistered:
    @pytest.fixture
    def settings_changes(self):
        return {}

    @pytest.mark.parametrize("path", ["start?issueKey=SHOP-7", "callback?state=x&code=y"])
    def test_without_a_registered_app_a_sentence_says_where_to_go(self, browser, services, is_refused, path):
        refused = browser.client.get(f"/auth/atlassian/{path}")
        assert (refused.status_code, is_refused(refused, "Open the page from the issue in Jira")) == (409, True)
        assert services.redis.keys("*") == []


class TestByHttps:
    @pytest.fixture
    def settings_changes(self, atlassian):
        return atlassian.settings() | {"public_url": "https://crosswalk.example.com"}

    def test_the_cookie_belongs_to_this_host_alone(self, browser):
        answer = browser.client.get("/auth/atlassian/start?issueKey=SHOP-7")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-crosswalk-account=")
        assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"))
        assert "Domain" not in cookie


def test_redis_away_is_a_page_too(browser, services):
    pool = services.redis.connection_pool
    pool.disconnect()
    pool.reset()
    port, pool.connection_kwargs["port"] = pool.connection_kwargs["port"], 9  # where nobody listens
    refused = browser.client.get("/auth/atlassian/start?issueKey=SHOP-7")
    pool.connection_kwargs["port"] = port
    assert (refused.status_code, refused.mimetype) == (503, "text/html")
    assert "Try again in a moment." in refused.text
