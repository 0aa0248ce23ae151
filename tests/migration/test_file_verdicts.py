"""What answers about a file mean for it: how its row ends, that it is tried again, or that the run stops."""

from dataclasses import fields
from typing import Any

import pytest

from domain.errors import (
    Ambiguous,
    Conflict,
    Forbidden,
    IssueBusy,
    NotFound,
    RateLimited,
    Rejected,
    TooLarge,
    Unauthorized,
    Unavailable,
    Unreadable,
)
from migration.file_verdicts import BUSY_WAIT, MOST_ATTEMPTS, RETRY_WAIT, judge_source, judge_target
from store.outbox import RunRow

NOW = 1_000


def row_with(**values: Any) -> RunRow:
    empty: dict[str, Any] = dict.fromkeys(field.name for field in fields(RunRow))
    return RunRow(**empty | {"id": 7, "attempts": 0, "size": 5} | values)


def short(result):
    return result and (result.state, result.reason)


@pytest.mark.parametrize(
    ("error", "has_begun", "ends"),
    [
        (NotFound("Azure DevOps", 404, ""), False, ("failed", "gone")),
        (Forbidden("Azure DevOps", 403, ""), False, ("failed", "no_access")),
        (Rejected("Azure DevOps", 400, ""), False, ("failed", "no_access")),
        (Unavailable("Azure DevOps", None, ""), True, ("planned", None)),
        (Unavailable("Azure DevOps", 500, ""), False, ("planned", None)),
        (Unavailable("Azure DevOps", 503, ""), False, None),
        (Unavailable("Azure DevOps", None, ""), False, None),
        (RateLimited("Azure DevOps", 429, ""), False, None),
        (Unauthorized("Azure DevOps", 401, ""), False, None),
    ],
)
def test_answers_of_azure_devops(error, has_begun, ends):
    assert short(judge_source(row_with(), error, has_begun=has_begun, now=NOW)) == ends


def test_a_file_that_breaks_is_tried_some_times_after_a_wait():
    broken = Unavailable("Azure DevOps", None, "")
    again = judge_source(row_with(attempts=MOST_ATTEMPTS - 2), broken, has_begun=True, now=NOW)
    assert again is not None
    assert (again.attempts, again.due_at) == (MOST_ATTEMPTS - 1, NOW + RETRY_WAIT)
    last = judge_source(row_with(attempts=MOST_ATTEMPTS - 1), broken, has_begun=True, now=NOW)
    assert short(last) == ("failed", "unreadable")


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (TooLarge("Jira", 413, ""), ("failed", "too_large")),
        (Forbidden("Jira", 403, ""), ("failed", "no_permission")),
        (NotFound("Jira", 404, ""), ("failed", "issue_gone")),
        (Rejected("Jira", 400, ""), ("failed", "refused")),
        (Conflict("Jira", 409, ""), ("failed", "refused")),
        (IssueBusy("Jira", 429, ""), ("planned", None)),
        (RateLimited("Jira", 429, ""), None),
        (Unauthorized("Jira", 401, ""), None),
        (Unavailable("Jira", None, ""), None),
        (Unavailable("Jira", 503, ""), None),
        (Ambiguous("Jira", None, ""), None),
        (Unreadable("Jira", None, ""), None),
    ],
)
def test_answers_of_jira(error, ends):
    assert short(judge_target(row_with(), error, upload_limit=0, now=NOW)) == ends


@pytest.mark.parametrize(
    ("limit", "ends"), [(5, ("skipped", "file_limit")), (4, ("failed", "too_large")), (0, ("failed", "too_large"))]
)
def test_a_file_that_the_site_takes_is_too_much_for_its_issue(limit, ends):
    result = judge_target(row_with(size=5), TooLarge("Jira", 413, ""), upload_limit=limit, now=NOW)
    assert short(result) == ends


def test_an_empty_file_that_is_refused_is_named_so():
    assert short(judge_target(row_with(size=0), Rejected("Jira", 400, ""), upload_limit=0, now=NOW)) == (
        "failed",
        "empty_file",
    )


@pytest.mark.parametrize(("asked", "wait"), [(None, BUSY_WAIT), (1.0, BUSY_WAIT), (30.0, 30_000)])
def test_a_busy_issue_rests_as_long_as_jira_asks(asked, wait):
    result = judge_target(row_with(), IssueBusy("Jira", 429, "", retry_after=asked), upload_limit=0, now=NOW)
    assert result is not None
    assert result.due_at == NOW + wait
