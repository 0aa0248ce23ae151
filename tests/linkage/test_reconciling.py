"""Up to when a project is known to be in Jira."""

import pytest

from linkage.reconciling import ASLEEP, PUSHES, known_up_to

EVERY = ("commits", "branches", "pullRequests", "builds", "deployments")
READ = {("pullRequests", ""): 50, ("builds", ""): 60, ("deployments", ""): 70, (PUSHES, ""): 1}


@pytest.mark.parametrize(
    ("marks", "kinds", "known"),
    [
        ({}, EVERY, None),
        (READ, EVERY, 1),  # no repository was read yet
        (READ | {(PUSHES, "r-1"): 55, (PUSHES, "r-2"): 80}, EVERY, 50),
        (READ | {(PUSHES, "r-1"): 40, (PUSHES, "r-2"): 80}, EVERY, 40),
        (READ | {(PUSHES, "r-1"): 40}, ("builds",), 60),  # what is not sent does not count
        (READ | {(PUSHES, "r-1"): 40, (PUSHES, "r-2"): 80, (ASLEEP, "r-1"): 60}, EVERY, 50),
        (READ | {(PUSHES, "r-1"): 90, (ASLEEP, "r-1"): 60}, EVERY, 50),  # it was enabled again
        (READ | {(PUSHES, "r-1"): 80, ("no commits", "r-1"): 2, ("seen", "r-1"): 3, ("asked", ""): 4}, EVERY, 50),
    ],
)
def test_it_is_the_oldest_reading_that_counts(marks, kinds, known):
    assert known_up_to(marks, kinds) == known
