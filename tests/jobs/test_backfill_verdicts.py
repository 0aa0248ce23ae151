"""What becomes of a part of a back-fill after each kind of failure."""

import pytest
from redis.exceptions import ConnectionError as RedisGone

from domain.errors import (
    Ambiguous,
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    SecretError,
    StoreUnavailable,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnknownObject,
    Unreadable,
)
from jobs.backfill_verdicts import Pause, end_reading, judge_failure
from store.backfills import Ending

NOW = 1_800_000_000_000
ADO, JIRA = "Azure DevOps", "Jira"
NO_BRANCHES = "VS403403: Cannot find any branches for the shelf repository."


def judge(error, cause=None, attempts=1, kind="commits"):
    return judge_failure(error, kind=kind, attempts=attempts, now=NOW, cause=cause)


@pytest.mark.parametrize(
    ("error", "cause", "state", "code"),
    [
        (Unauthorized(ADO, 401, "no scope"), None, "failed", "permission"),
        (Forbidden(ADO, 403, "no right"), None, "failed", "permission"),
        (NotFound(ADO, 404, "no such repository"), None, "failed", "gone"),
        (NotFound(ADO, 404, "no such repository"), "disabled", "failed", "disabled"),
        (NotFound(ADO, 404, "no branch"), "empty", "done", "empty"),
        (NotFound(ADO, 404, NO_BRANCHES), None, "done", "empty"),
        (Rejected(ADO, 400, "out of range"), None, "failed", "unreadable"),
        (TooLarge(ADO, 413, "too large"), None, "failed", "unreadable"),
        (Conflict(ADO, 409, "busy"), None, "failed", "unreadable"),
        (Unreadable(ADO, None, "value is not a list"), None, "failed", "unreadable"),
        (NotFound(JIRA, 404, "no such api"), None, "failed", "refused"),
    ],
)
def test_what_cannot_be_read_ends_with_a_code(error, cause, state, code):
    ending = judge(error, cause)
    assert isinstance(ending, Ending)
    assert (ending.state, ending.code) == (state, code)
    assert ending.detail


@pytest.mark.parametrize(
    ("error", "code", "wait", "every"),
    [
        (Unavailable(ADO, 503, "down"), "waiting", 1_000, False),
        (Unavailable(JIRA, 503, "down", retry_after=20), "waiting", 20_000, False),
        (Ambiguous(JIRA, None, "no answer"), "waiting", 1_000, False),
        (RateLimited(ADO, 429, "slow down", retry_after=30), "rate_limited", 30_000, True),
        (RateLimited(JIRA, 429, "slow down"), "rate_limited", 1_000, True),
        (Unauthorized(JIRA, 401, "no"), "waiting", 60_000, True),
        (Forbidden(JIRA, 403, "no"), "waiting", 60_000, True),
        (SecretError("the key is gone"), "waiting", 60_000, True),
        (StoreUnavailable("the database is away"), "waiting", 1_000, False),
        (RedisGone("away"), "waiting", 1_000, False),
        (UnknownObject("the site is gone"), "waiting", 900_000, True),
    ],
)
def test_what_passes_is_waited_for(error, code, wait, every):
    pause = judge(error)
    assert isinstance(pause, Pause)
    assert (pause.code, pause.at, pause.every) == (code, NOW + wait, every)
    assert pause.counted is not isinstance(error, RateLimited)


def test_a_dead_token_is_waited_for_by_all():
    pause = judge(Unauthorized(ADO, 401, "expired"), "token")
    assert (pause.code, pause.at, pause.every) == ("token", NOW + 60_000, True)
    assert "Enter a new one" in pause.detail


@pytest.mark.parametrize(("attempts", "wait"), [(1, 1_000), (2, 2_000), (5, 16_000), (50, 300_000)])
def test_each_failure_waits_longer(attempts, wait):
    assert judge(Unavailable(ADO, 503, "down"), attempts=attempts).at == NOW + wait


def test_a_fault_of_ours_is_tried_three_times_and_says_nothing_of_content():
    fault = ValueError("SHOP-1 words of a person")
    assert [type(judge(fault, attempts=number)) for number in (1, 2, 3)] == [Pause, Pause, Ending]
    ending = judge(fault, attempts=3)
    assert (ending.state, ending.code, ending.detail) == ("failed", "fault", "a fault in Crosswalk (ValueError)")


@pytest.mark.parametrize(
    ("kind", "scope"),
    [("commits", "Code (Read)"), ("builds", "Build (Read)"), ("deployments", "Release (Read)"),
     ("repositories", "Code (Read)")],
)  # fmt: skip
def test_the_missing_scope_is_named(kind, scope):
    assert scope in judge(Unauthorized(ADO, 401, "no scope"), kind=kind).detail


def test_what_a_right_is_lacked_for_and_by_whom_is_not_kept():
    words = "TF215106: Access denied. Ines Okafor needs View builds permissions for build pipeline 31:Larkspur night"
    ending = judge(Forbidden(ADO, 403, words), kind="builds")
    assert ending.detail == (
        "The owner of the token may not read this. Grant the right to it (View builds and View build pipeline), then "
        "choose Retry failed (status 403, TF215106)."
    )


def test_a_part_that_left_entries_out_says_how_many_and_what_to_do():
    assert end_reading(0) == Ending("done")
    ending = end_reading(3)
    assert (ending.state, ending.code) == ("done", "incomplete")
    assert ending.detail == (
        "Entries that could not be read whole, or that Jira did not take: 3. Retry failed reads all of it once more; "
        "look up with Explain what is still missing then."
    )
