"""Attacks on the sign-in with an Atlassian account: each is refused, and nothing was done."""

import re

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from store.installations import installations
from tests.app.account_rig import CODE, LAKE, RIVER, AccountStand, Browser

ISSUE_PAGE = "http://127.0.0.1:8000/pages/create-branch?issueKey=SHOP-7"


@pytest.fixture(scope="module")
def stand():
    stand = AccountStand()
    yield stand
    stand.stop()


@pytest.fixture
def atlassian(stand):
    stand.begin_anew()
    return stand


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
def victim(app, river):
    return Browser(app.test_client())


@pytest.fixture
def attacker(app):
    return Browser(app.test_client())


@pytest.fixture
def offer(atlassian, install, victim):
    """The victim may choose between two sites of theirs."""
    install("lake")
    atlassian.sites = [RIVER, LAKE]
    page = victim.come_back(victim.begin())
    atlassian.asked.clear()
    return re.findall(r'name="offer" value="([^"]+)"', page.text)[0]


@pytest.fixture
def nothing_was_done(services, victim, attacker, atlassian):
    """Whether an answer is a refusal, Atlassian was not asked, and nobody has a session."""

    def look(answer):
        quiet = not atlassian.asked and not services.redis.keys("crosswalk:session*")
        cookies = [victim.session_cookie(), attacker.session_cookie()]
        return 400 <= answer.status_code < 500 and quiet and "Location" not in answer.headers and not any(cookies)

    return look


def test_the_attackers_answer_in_the_victims_browser(victim, attacker, nothing_was_done):
    """Signing the victim in as the attacker, so that what the victim does is seen there."""
    victim.begin()
    assert nothing_was_done(victim.come_back(attacker.begin()))


def test_the_attackers_answer_in_a_browser_that_began_nothing(victim, attacker, nothing_was_done):
    assert nothing_was_done(victim.come_back(attacker.begin()))


def test_the_victims_answer_in_the_attackers_browser(victim, attacker, nothing_was_done):
    attacker.begin()
    assert nothing_was_done(attacker.come_back(victim.begin()))


def test_an_answer_is_used_once(victim, services, atlassian):
    state = victim.begin()
    assert victim.come_back(state).location == ISSUE_PAGE
    atlassian.asked.clear()
    services.redis.delete(*services.redis.keys("crosswalk:session*"))
    again = victim.come_back(state)
    assert (again.status_code, atlassian.asked) == (403, [])
    assert not services.redis.keys("crosswalk:session*")


def test_an_answer_that_failed_is_used_up(victim, nothing_was_done):
    state = victim.begin()
    assert victim.come_back(state, code="").status_code == 403
    assert nothing_was_done(victim.come_back(state))


def test_an_answer_that_came_too_late(victim, services, nothing_was_done):
    state = victim.begin()
    services.redis.delete(*services.redis.keys("crosswalk:account-sign-in:*"))  # as after ten minutes
    assert nothing_was_done(victim.come_back(state))


@pytest.mark.parametrize("state", ["", "x", "A" * 43, "A" * 44, "../../etc", "é" * 43, "a\x00b"])
def test_a_state_that_nobody_made(victim, nothing_was_done, state):
    victim.begin()
    assert nothing_was_done(victim.come_back(state))


@pytest.mark.parametrize("code", ["", "x" * 4097])
def test_an_answer_without_a_code_that_can_be_one(victim, nothing_was_done, code):
    assert nothing_was_done(victim.come_back(victim.begin(), code=code))


@pytest.mark.parametrize(
    "query",
    [
        {"redirect_uri": "https://evil.example"},
        {"next": "//evil.example"},
        {"returnTo": "https://evil.example", "issueKey": "EVIL-1"},
        {"issueSummary": "https://evil.example"},
    ],
)
def test_nothing_in_the_address_says_where_to_go_on(victim, query):
    assert victim.come_back(victim.begin(), **query).location == ISSUE_PAGE


@pytest.mark.parametrize(
    "issue", ["//evil.example", "https://evil.example", "SHOP-7@evil.example", "SHOP-7%0d%0aLocation:x", "SHOP-7/../x"]
)
def test_no_other_place_can_be_begun_for(victim, services, issue):
    refused = victim.client.get(f"/auth/atlassian/start?issueKey={issue}")
    assert (refused.status_code, services.redis.keys("*")) == (422, [])


def test_a_site_that_did_not_install_crosswalk(victim, atlassian, services):
    atlassian.sites = [LAKE]
    refused = victim.come_back(victim.begin())
    assert (refused.status_code, services.redis.keys("crosswalk:session*")) == (403, [])


def test_a_site_that_left(victim, river, services):
    services.installations.mark_uninstalled(river.id, services.now())
    assert victim.come_back(victim.begin()).status_code == 403
    assert victim.session_cookie() is None


@pytest.mark.parametrize(
    "resource",
    [
        {"url": "https://river.atlassian.net.evil.example"},
        {"url": "https://evil.example/river.atlassian.net"},
        {"url": "http://river.atlassian.net"},
        {"url": "https://river.atlassian.net", "scopes": ["read:confluence-user"]},
        {"url": "https://RIVER.atlassian.net.", "id": "river"},
    ],
)
def test_a_site_that_only_looks_like_an_installed_one(victim, atlassian, resource):
    atlassian.sites = [RIVER | resource]
    assert victim.come_back(victim.begin()).status_code == 403
    assert victim.session_cookie() is None


def test_another_site_at_the_address_of_one_whose_cloud_id_is_known(victim, atlassian, services):
    """A renamed site leaves its address to whoever takes it next."""
    with services.engine.begin() as connection:
        connection.execute(update(installations).values(cloud_id="cloud-of-the-first"))
    assert victim.come_back(victim.begin()).status_code == 403
    atlassian.sites = [RIVER | {"id": "cloud-of-the-first", "url": "https://renamed.atlassian.net"}]
    assert victim.come_back(victim.begin()).location == ISSUE_PAGE


def test_a_site_that_was_not_offered(victim, install, offer, nothing_was_done):
    assert nothing_was_done(victim.choose(offer, install("pond").id))


def test_an_offer_in_another_browser(victim, attacker, river, offer, nothing_was_done):
    attacker.begin()
    assert nothing_was_done(attacker.choose(offer, river.id))
    assert nothing_was_done(victim.choose(offer, river.id))


def test_an_offer_is_used_once(victim, river, offer, services):
    assert victim.choose(offer, river.id).location == ISSUE_PAGE
    services.redis.delete(*services.redis.keys("crosswalk:session*"))
    assert victim.choose(offer, river.id).status_code == 403
    assert not services.redis.keys("crosswalk:session*")


@pytest.mark.parametrize("site", ["", "nonsense", "' or 1=1 --"])
def test_a_choice_of_nothing(victim, offer, nothing_was_done, site):
    assert nothing_was_done(victim.choose(offer, site))


def test_an_answer_is_no_offer_and_an_offer_no_answer(victim, river, offer, nothing_was_done):
    assert nothing_was_done(victim.come_back(offer))
    assert nothing_was_done(victim.choose(victim.begin(), river.id))


@pytest.mark.parametrize("kind", ["iframe", "frame", "embed", "object", "image", "script", "empty"])
def test_no_frame_picture_or_script_signs_anybody_in(victim, nothing_was_done, kind):
    state, headers = victim.begin(), {"Sec-Fetch-Dest": kind}
    query = {"state": state, "code": CODE}
    assert nothing_was_done(victim.client.get("/auth/atlassian/callback", query_string=query, headers=headers))
    assert nothing_was_done(victim.client.get("/auth/atlassian/start?issueKey=SHOP-7", headers=headers))
    assert victim.come_back(state).location == ISSUE_PAGE


@pytest.mark.parametrize("path", ["start?issueKey=SHOP-7", "callback", "start"])
def test_no_page_can_be_framed_kept_or_tells_where_it_was(victim, path):
    answer = victim.client.get(f"/auth/atlassian/{path}")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_a_visit_ends_a_sign_in(victim, method):
    state = victim.begin()
    query = {"state": state, "code": CODE}
    assert victim.client.open("/auth/atlassian/callback", method=method, query_string=query).status_code == 405
    assert victim.come_back(state).location == ISSUE_PAGE


def test_a_session_planted_before_is_not_the_one_after(victim, services):
    victim.client.set_cookie("crosswalk", "planted-by-the-attacker")
    victim.come_back(victim.begin())
    assert victim.session_cookie() != "planted-by-the-attacker"
    assert services.browser_sessions.find(SecretStr("planted-by-the-attacker"), services.now()) is None


def test_a_word_of_the_address_is_not_in_the_page(victim):
    query = {"state": victim.begin(), "error": "<script>alert(1)</script>", "error_description": "<img src=x>"}
    page = victim.client.get("/auth/atlassian/callback", query_string=query).text
    assert "<script>" not in page
    assert "<img" not in page
