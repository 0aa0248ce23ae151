"""What becomes of a run after a failure, by the class of the error."""

import pytest

from domain.errors import (
    Ambiguous,
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    SecretError,
    SignInNeeded,
    StoreUnavailable,
    Unauthorized,
    Unavailable,
    UnknownObject,
    Unreadable,
)
from jobs.retry import CREDENTIAL_WAIT, FIRST_WAIT, LONGEST_CREDENTIAL_WAIT, LONGEST_WAIT
from jobs.run_verdicts import FAULT_PATIENCE, Fails, Waits, judge_run

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("error", "wait", "words"),
    [
        (RateLimited("Jira", 429, "too many", retry_after=7), 7_000, "too many"),
        (RateLimited("Jira", 429, "too many"), FIRST_WAIT, "too many"),
        (Unavailable("Jira", 503, "away", retry_after=20), 20_000, "away"),
        (Ambiguous("Jira", None, "no answer"), FIRST_WAIT, "no answer"),
        (StoreUnavailable("the database is away"), FIRST_WAIT, "the database is away"),
        (Unauthorized("Jira", 401, "who?"), CREDENTIAL_WAIT, "Grant what is missing. The run then goes on by itself."),
        (Forbidden("Jira", 403, "no"), CREDENTIAL_WAIT, "Grant what is missing. The run then goes on by itself."),
        (SecretError("the key is away"), CREDENTIAL_WAIT, "the key is away"),
        (SignInNeeded("Somebody has to sign in."), CREDENTIAL_WAIT, "sign in. The run then goes on by itself."),
        (ValueError("content"), FIRST_WAIT, "a fault in Crosswalk (ValueError)"),
    ],
)
def test_what_may_pass_lets_it_wait(error, wait, words):
    found = judge_run(error, idle=0, now=NOW)
    assert isinstance(found, Waits)
    assert found.at == NOW + wait
    assert words in found.why


@pytest.mark.parametrize(
    ("error", "idle", "longest"),
    [
        (Unavailable("Jira", 503, "away"), 10_000_000, LONGEST_WAIT),
        (Unauthorized("Jira", 401, "who?"), 10_000_000, LONGEST_CREDENTIAL_WAIT),
    ],
)
def test_it_waits_longer_the_longer_nothing_worked_and_never_too_long(error, idle, longest):
    assert wait_of(error, idle=400_000) == 200_000
    assert wait_of(error, idle=idle) == longest


def wait_of(error, idle):
    found = judge_run(error, idle=idle, now=NOW)
    assert isinstance(found, Waits)
    return found.at - NOW


def test_what_is_wrong_with_the_connection_as_a_whole_is_told_in_its_words():
    found = judge_run(Unauthorized("Azure DevOps", 401, "who?"), idle=0, now=NOW, paused="The token has expired.")
    assert found == Waits("The token has expired. The run then goes on by itself.", NOW + CREDENTIAL_WAIT)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UnknownObject("The migration of this run was deleted."), "not_there", "was deleted. Resume the run"),
        (BadInput("The mapping is of an older version.", code="mapping"), "mapping", "older version. Resume the run"),
        (NotFound("Jira", 404, "content"), "not_found", "may not be seen any more. Resume the run"),
        (Rejected("Jira", 400, "content"), "refused", "The run stopped: Jira answered 400. Resume the run"),
        (Conflict("Jira", 409, "content"), "refused", "The run stopped: Jira answered 409. Resume the run"),
        (Unreadable("Jira", None, "it lacks an id"), "refused", "it lacks an id. Resume the run"),
    ],
)
def test_what_stays_wrong_fails_it_with_advice(error, code, words):
    found = judge_run(error, idle=0, now=NOW)
    assert isinstance(found, Fails)
    assert found.code == code
    assert words in found.detail
    assert "content" not in found.detail


def test_a_fault_of_ours_fails_it_when_nothing_worked_for_long_and_its_words_stay_away():
    found = judge_run(ValueError("content"), idle=FAULT_PATIENCE + 1, now=NOW)
    assert isinstance(found, Fails)
    assert (found.code, "content" in found.detail) == ("fault", False)
