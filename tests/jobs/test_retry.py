import pytest
from redis.exceptions import RedisError
from rq.timeouts import JobTimeoutException
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import (
    Ambiguous,
    BadEvent,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    SecretError,
    StoreUnavailable,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from jobs.retry import OLDEST, Again, Dead, after_failure

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("error", "attempts", "wait"),
    [
        (Unavailable("Jira", 503, "down"), 1, 1_000),
        (Unavailable("Jira", 503, "down"), 4, 8_000),
        (Unavailable("Jira", 503, "down"), 50, 300_000),
        (Ambiguous("Jira", None, "no answer"), 1, 1_000),
        (StoreUnavailable("the key service is away"), 2, 2_000),
        (RateLimited("Jira", 429, "slow down", retry_after=45), 1, 45_000),
        (RateLimited("Jira", 429, "slow down", retry_after=0.2), 1, 200),
        (RateLimited("Jira", None, "calls go on in 3 s", retry_after=3), 50, 3_000),
        (RateLimited("Jira", 429, "slow down"), 50, 1_000),
        (RateLimited("Azure DevOps", 429, "slow down", retry_after=90_000), 1, 3_600_000),
        (RateLimited("Azure DevOps", 429, "slow down", retry_after=float("inf")), 1, 3_600_000),
        (Unavailable("Azure DevOps", 503, "down", retry_after=1e300), 1, 3_600_000),
        (Unauthorized("Azure DevOps", 401, "expired"), 1, 60_000),
        (Forbidden("Jira", 403, "module missing"), 9, 900_000),
        (RedisError("gone"), 9, 256_000),
        (OperationalError("SELECT", {}, Exception("gone")), 9, 256_000),
        (ProgrammingError("SELECT", {}, Exception("no such column")), 9, 256_000),
        (PoolTimeout("none is free"), 9, 256_000),
        (JobTimeoutException("too long"), 9, 256_000),
        (SecretError("the key is gone"), 1, 60_000),
        (KeyError("title"), 1, 1_000),
        (KeyError("title"), 2, 2_000),
    ],
)
def test_what_can_get_better_waits(error, attempts, wait):
    verdict = after_failure(error, attempts=attempts, now=NOW, born=NOW - 1)
    assert isinstance(verdict, Again)
    assert verdict.at == NOW + wait


@pytest.mark.parametrize(
    "error",
    [
        BadEvent("/resource is missing"),
        NotFound("Azure DevOps", 404, "gone"),
        Rejected("Jira", 400, "bad body"),
        TooLarge("Jira", 413, "too large"),
    ],
)
def test_what_cannot_get_better_is_given_up_with_its_words(error):
    assert after_failure(error, attempts=1, now=NOW, born=NOW) == Dead(str(error))


@pytest.mark.parametrize(
    "error",
    [KeyError("Secret title"), *(kind("INSERT", {}, Exception("Secret")) for kind in (DataError, IntegrityError))],
)
def test_a_fault_of_ours_is_given_up_after_three_tries_without_its_words(error):
    verdict = after_failure(error, attempts=3, now=NOW, born=NOW)
    assert verdict == Dead(f"a fault in Crosswalk ({type(error).__name__})")


def test_an_event_is_given_up_after_seven_days_whatever_the_error():
    verdict = after_failure(Unavailable("Jira", 503, "down"), attempts=1, now=NOW, born=NOW - OLDEST - 1)
    assert isinstance(verdict, Dead)
    assert "7 days" in verdict.why


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            Forbidden("Azure DevOps", 403, "TF215106: Access denied. Ines Okafor needs View builds permissions"),
            "may not read this in Azure DevOps; grant the right there (status 403, TF215106).",
        ),
        (
            Unauthorized("Azure DevOps", 401, "TF400813: The user 'Ines Okafor'"),
            "lacks a scope (status 401, TF400813).",
        ),
        (Unauthorized("Azure DevOps", None, "the token was erased; enter a new one"), "enter a new one"),
        (Forbidden("Jira", 403, "the module is missing"), "the module is missing"),
    ],
)
@pytest.mark.parametrize("age", [1, OLDEST + 1])
def test_a_refused_right_is_kept_without_the_words_of_azure_devops(error, words, age):
    verdict = after_failure(error, attempts=1, now=NOW, born=NOW - age)
    assert verdict.why.endswith(words)
    assert "Ines" not in verdict.why
