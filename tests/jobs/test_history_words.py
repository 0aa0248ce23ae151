"""What lists of history say, in the words of events."""

from datetime import UTC, datetime

import pytest

from clients.history_answers import ListedBuild
from clients.pipeline_answers import Build, Deployment
from domain.jira_limits import sequence_of
from jobs.history_builds import tell_build
from jobs.history_commits import Walk, parse_walk, write_walk
from jobs.history_pages import Window, read_cursor, write_cursor
from jobs.history_releases import environment_word

BEGAN, ENDED = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
WINDOW = Window(None, BEGAN, 1_800_000_000_123)


@pytest.mark.parametrize(
    ("status", "operation", "word"),
    [
        ("succeeded", "phaseSucceeded", "succeeded"),
        ("partiallySucceeded", "phasePartiallySucceeded", "partiallySucceeded"),
        ("inProgress", "phaseInProgress", "inProgress"),
        ("inProgress", "manualInterventionPending", "inProgress"),
        ("failed", "phaseFailed", "rejected"),
        ("failed", "rejected", "rejected"),
        ("failed", "phaseCanceled", "canceled"),
        ("notDeployed", "rejected", "rejected"),
        ("notDeployed", "canceled", "canceled"),
        ("notDeployed", "pending", None),
        ("notDeployed", "queuedForAgent", None),
        ("undefined", "", None),
    ],
)
def test_a_classic_deployment_has_the_word_of_its_environment(status, operation, word):
    assert environment_word(Deployment(640, 31, 310, 1, status, operation, None)) == word


def listed(status, result=None, *, started=BEGAN, finished=None):
    build = Build(9101, "20260302.1", status, result, "refs/heads/main", "a" * 40, "home", "Ledger", None, {})
    return ListedBuild(build, 41, "Ledger CI", BEGAN, started, finished)


@pytest.mark.parametrize(
    ("entry", "state", "result", "updated"),
    [
        (listed("completed", "failed", finished=ENDED), "completed", "failed", ENDED),
        (listed("completed", "partiallySucceeded", finished=ENDED), "completed", "partiallySucceeded", ENDED),
        (listed("completed", None), "completed", None, BEGAN),
        (listed("inProgress", "none"), "inProgress", None, BEGAN),
        (listed("cancelling", started=None), "canceling", None, BEGAN),
    ],
)
def test_a_listed_run_is_told_as_its_events_tell_it(entry, state, result, updated):
    event = tell_build(entry, WINDOW)
    assert event is not None
    assert (event.state, event.result, event.updated) == (state, result, updated)
    assert (event.build_id, event.pipeline_id, event.number) == (9101, 41, "20260302.1")
    assert sequence_of(event.happened) == WINDOW.observed


@pytest.mark.parametrize("status", ["notStarted", "postponed", "none"])
def test_a_run_that_only_waits_in_the_queue_is_not_told(status):
    assert tell_build(listed(status), WINDOW) is None


@pytest.mark.parametrize(
    "walk",
    [
        Walk("b" * 40, (("b" * 40, "1f"), ("a" * 40, "2e")), 1_800_000_000_123, 1, 1000, False),
        Walk("b" * 40, (("a" * 40, "1f"),), 1_800_000_000_123),
        Walk(None, (("a" * 40, "1f"),), 1_800_000_000_123, 0, 3, True),
    ],
)
def test_what_is_left_of_a_walk_is_kept_in_its_cursor(walk):
    assert parse_walk(str(write_walk(walk))) == walk


def test_a_walk_that_is_over_has_no_cursor():
    assert write_walk(Walk("b" * 40, (("b" * 40, "1f"),), WINDOW.observed, 1)) is None


def test_branches_that_end_at_one_commit_are_read_once():
    walk = Walk(None, (("a" * 40, "1f"), ("a" * 40, "2e"), ("b" * 40, "3d")), WINDOW.observed)
    assert walk.advance(7, ended=True, turned=False).head == "b" * 40


def test_a_cursor_holds_what_it_was_given_and_nothing_at_the_beginning():
    assert read_cursor(write_cursor(phase="open", token=None, skip=3)) == {"phase": "open", "skip": 3}
    assert read_cursor(None) == {}
