import time

import pytest

from descriptor.callers import ADMIN_SECONDS, REFUSAL_SECONDS, identify_caller, identify_page, require_admin
from domain.errors import AccessDenied, CallError, Unauthorized
from tests.descriptor.tokens import DROP

PERSON = "712020:fern"


pytestmark = pytest.mark.usefixtures("installed")


@pytest.fixture
def as_page(app, river):
    """A page load as Jira signs it."""

    def load(path="/pages/issue", query="issueKey=FERN-1", **changes):
        token = river.token("GET", path, query, **changes)
        return app.test_request_context(f"{path}?{query}&jwt={token}")

    return load


@pytest.fixture
def as_api(app, river):
    """A call of the JSON API with a context token."""

    def call(person=PERSON, method="GET"):
        token = river.token("GET", "/", qsh="context-qsh", sub=person)
        return app.test_request_context("/api/health?x=1", method=method, headers={"Authorization": f"JWT {token}"})

    return call


def test_page_load_names_site_and_person(services, as_page, installed):
    with as_page():
        caller = identify_page(services)
    assert (caller.installation, caller.account_id) == (installed, PERSON)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("issueKey=FERN-1&issueSummary=Sow+the+seeds", "issueKey=FERN-1&issueSummary=Sow%20the%20seeds"),
        ("issueSummary=50%25%20off%2C%20now&issueKey=FERN-1", "issueKey=FERN-1&issueSummary=50%25%20off%2C%20now"),
        ("issueKey=&b=2&b=1", "b=1,2&issueKey="),
        ("issueSummary=%E6%9E%97", "issueSummary=%E6%9E%97"),
    ],
)
def test_page_query_is_hashed_in_canonical_form(services, app, river, raw, canonical):
    token = river.token("GET", "/pages/create-branch", canonical)
    with app.test_request_context(f"/pages/create-branch?{raw}&jwt={token}"):
        assert identify_page(services).account_id == PERSON


def test_page_token_may_come_in_the_header(services, app, river):
    headers = {"Authorization": f"jwt {river.token('GET', '/pages/admin')}"}
    with app.test_request_context("/pages/admin", headers=headers):
        assert identify_page(services).account_id == PERSON


@pytest.mark.parametrize("audience", [DROP, "river-0001", ["crosswalk-azure-devops"], "http://127.0.0.1:8000/"])
def test_token_may_name_us_or_nobody(services, as_page, audience):
    with as_page(aud=audience):
        assert identify_page(services).account_id == PERSON


@pytest.mark.parametrize("seconds", [-25, 25])
def test_clocks_may_differ_by_half_a_minute(services, as_page, seconds):
    now = int(time.time())
    with as_page(iat=now + seconds, exp=now + seconds if seconds < 0 else now + 180):
        assert identify_page(services).account_id == PERSON


def test_context_token_names_site_and_person(services, as_api, installed):
    with as_api():
        caller = identify_caller(services)
    assert (caller.installation, caller.account_id) == (installed, PERSON)


def test_identifying_a_person_asks_jira_nothing(services, as_api, as_page, atlassian):
    with as_api():
        identify_caller(services)
    with as_page():
        identify_page(services)
    assert atlassian.checks == 0


def test_administrator_is_let_in(services, as_api, atlassian):
    atlassian.admins = {PERSON}
    with as_api():
        assert require_admin(services).account_id == PERSON


def test_others_are_told_who_may_do_it(services, as_api):
    with as_api(), pytest.raises(AccessDenied, match="administrator"):
        require_admin(services)


def test_one_persons_right_is_not_anothers(services, as_api, atlassian):
    atlassian.admins = {PERSON}
    with as_api():
        require_admin(services)
    with as_api("712020:moss"), pytest.raises(AccessDenied):
        require_admin(services)


def test_jira_is_asked_once_within_the_minute(services, as_api, atlassian):
    atlassian.admins = {PERSON}
    for _ in range(3):
        with as_api():
            require_admin(services)
    assert atlassian.checks == 1
    lives = [services.redis.ttl(key) for key in services.redis.keys("crosswalk:admin:*")]
    assert len(lives) == 1
    assert 0 < lives[0] <= ADMIN_SECONDS <= 60


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_lost_right_counts_at_once_for_what_changes_something(services, as_api, atlassian, method):
    atlassian.admins = {PERSON}
    with as_api():
        require_admin(services)
    atlassian.admins = set()
    with as_api(method=method), pytest.raises(AccessDenied, match="administrator"):
        require_admin(services)
    with as_api(), pytest.raises(AccessDenied):
        require_admin(services)


def test_an_administrator_changes_something_by_jiras_word_of_that_moment(services, as_api, atlassian):
    atlassian.admins = {PERSON}
    for _ in range(2):
        with as_api(method="PUT"):
            assert require_admin(services).account_id == PERSON
    assert atlassian.checks == 2


def test_refusal_is_kept_for_a_moment_only(services, as_api, atlassian):
    for _ in range(2):
        with as_api(), pytest.raises(AccessDenied):
            require_admin(services)
    assert atlassian.checks == 1
    assert all(0 < services.redis.ttl(key) <= REFUSAL_SECONDS for key in services.redis.keys("crosswalk:admin:*"))


def test_lost_right_counts_when_the_minute_is_over(services, as_api, atlassian):
    atlassian.admins = {PERSON}
    with as_api():
        require_admin(services)
    atlassian.admins = set()
    services.redis.delete(*services.redis.keys("crosswalk:admin:*"))  # the minute is over
    with as_api(), pytest.raises(AccessDenied):
        require_admin(services)


def test_jira_that_refuses_our_question_lets_nobody_in(services, as_api, atlassian):
    atlassian.site = None
    with as_api(), pytest.raises(Unauthorized):
        require_admin(services)
    assert services.redis.keys("crosswalk:admin:*") == []


def test_jira_that_cannot_be_reached_lets_nobody_in(services, as_api, atlassian):
    with as_api():
        caller = identify_caller(services)
    atlassian.stop()
    with pytest.raises(CallError):
        assert caller.is_admin
