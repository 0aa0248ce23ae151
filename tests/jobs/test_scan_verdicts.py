"""What becomes of a scan after each kind of failure."""

import pytest
from redis.exceptions import ConnectionError as RedisGone
from sqlalchemy.exc import OperationalError

from domain.errors import (
    Ambiguous,
    BadInput,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    SecretError,
    SignInNeeded,
    StoreUnavailable,
    Unauthorized,
    Unavailable,
    Unreadable,
)
from jobs.scan_verdicts import FAULT_PATIENCE, Ended, Waiting, judge_scan

NOW = 1_800_000_000_000
ADO = "Azure DevOps"
SCOPE_FAULT = Rejected(ADO, 400, "TF51011: The specified area path does not exist.")


def judge(error, idle=0, paused=None):
    return judge_scan(error, idle=idle, now=NOW, paused=paused)


@pytest.mark.parametrize(
    ("error", "code", "seconds", "words"),
    [
        (Unauthorized(ADO, 401, "no scope"), "waiting", 60, "Work Items (Read)"),
        (Forbidden(ADO, 403, "TF50309: secret"), "waiting", 60, "Grant the right (status 403, TF50309)"),
        (SecretError("the key is gone"), "waiting", 60, "the key is gone"),
        (SignInNeeded("Somebody has to sign in."), "waiting", 60, "sign in. The scan then goes on by itself."),
        (RateLimited(ADO, 429, "too fast", retry_after=7), "rate_limited", 7, "too fast"),
        (RateLimited(ADO, None, "later"), "rate_limited", 1, "later"),
        (Unavailable(ADO, 503, "down"), "waiting", 1, "down"),
        (Unavailable(ADO, 503, "down", retry_after=30), "waiting", 30, "down"),
        (Ambiguous(ADO, None, "no answer"), "waiting", 1, "no answer"),
        (StoreUnavailable("The database is away."), "waiting", 1, "database"),
        (RedisGone("gone"), "waiting", 1, "ConnectionError"),
        (OperationalError("SELECT secret", None, ValueError()), "waiting", 1, "OperationalError"),
        (KeyError("secret"), "waiting", 1, "a fault in Crosswalk (KeyError)"),
    ],
)
def test_what_may_mend_itself_or_be_mended_waits(error, code, seconds, words):
    found = judge(error)
    assert isinstance(found, Waiting)
    assert (found.code, found.at) == (code, NOW + seconds * 1000)
    assert words in found.detail
    assert "secret" not in found.detail


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (NotFound(ADO, 404, "no project"), "project_gone", "does not find the project"),
        (SCOPE_FAULT, "scope", "correct the area, the types or the query"),
        (Rejected(ADO, 400, "VS402335: too slow"), "refused", "VS402335: too slow"),
        (Unreadable(ADO, None, "fields is missing"), "refused", "fields is missing"),
        (BadInput("The query of the scope cannot be used.", code="wiql"), "wiql", "cannot be used"),
        (BadInput("This address is not on the list."), "scope", "not on the list"),
        (Rejected("Jira", 400, "not our business"), "fault", "Start it again; it goes on from here"),
    ],
)
def test_what_stays_as_it_is_ends_the_scan_with_a_sentence(error, code, words):
    found = judge(error)
    assert isinstance(found, Ended)
    assert found.code == code
    assert words in found.detail


def test_a_fault_of_ours_is_borne_for_some_minutes():
    assert isinstance(judge(KeyError("x"), idle=FAULT_PATIENCE), Waiting)
    found = judge(KeyError("x"), idle=FAULT_PATIENCE + 1)
    assert found == Ended(
        "fault", "The scan stopped: a fault in Crosswalk (KeyError). Start it again; it goes on from here."
    )


@pytest.mark.parametrize(("idle", "wait"), [(0, 1), (2, 1), (60, 30), (3_600, 300)])
def test_a_wait_grows_with_the_time_nothing_worked(idle, wait):
    assert judge(Unavailable(ADO, 503, "down"), idle=idle * 1000).at == NOW + wait * 1000


@pytest.mark.parametrize(("idle", "wait"), [(0, 60), (600, 300), (36_000, 900)])
def test_a_token_is_tried_seldom(idle, wait):
    assert judge(Unauthorized(ADO, 401, "no"), idle=idle * 1000).at == NOW + wait * 1000


def test_what_is_wrong_with_the_whole_connection_is_told_first():
    found = judge(NotFound(ADO, 404, "nothing"), paused="The organization was renamed.")
    assert found == Waiting("waiting", "The organization was renamed. The scan then goes on by itself.", NOW + 60_000)
