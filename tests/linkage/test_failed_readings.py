"""What reconciliation cannot read for hours is told, with what to do."""

import pytest

from linkage.failed_readings import EVERYTHING, HOUR, failed_problem
from store.readings import FailedReading

NOW = 1_800_000_000_000


def failing(job, part="", *, hours=5, ago=0, words="Azure DevOps answered 403: no"):
    """It failed for so many hours, for the last time so many hours ago."""
    return FailedReading(job, part, NOW - hours * HOUR, NOW - ago * HOUR, words)


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        (
            [failing("builds")],
            "for 5 hours could not read builds. The last answer: Azure DevOps answered 403: no. What",
        ),
        ([failing(EVERYTHING, words="Ask.")], "could not read anything of this project. The last answer: Ask. What"),
        ([failing("pushes", "4711")], "could not read pushes and branches of the repository 4711."),
        ([failing("old builds")], "could not read what is to be sent anew."),
        ([failing("pushes", name) for name in "abcde"], "of the repository c, 2 more."),
    ],
)
def test_it_names_what_cannot_be_read_and_the_answer(failures, words):
    problem = failed_problem(failures, NOW)

    assert problem is not None
    assert (problem.code, problem.severity) == ("not_compared", "warning")
    assert words in problem.detail


@pytest.mark.parametrize("failures", [[], [failing("builds", hours=2)], [failing("builds", hours=20, ago=7)]])
def test_what_failed_for_a_moment_or_is_not_tried_any_more_is_not_told(failures):
    assert failed_problem(failures, NOW) is None
