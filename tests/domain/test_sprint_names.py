"""Names of sprints: unique on the board, at most 29 characters as Jira counts them."""

import pytest

from domain.sprint_names import NAME_CHARACTERS, fit_name, join_parts, name_sprints

LONG = "A release with a name that goes on"


@pytest.mark.parametrize(
    ("paths", "taken", "names"),
    [
        (["Shop\\Sprint 1", "Shop\\Sprint 2"], [], ["Sprint 1", "Sprint 2"]),
        (["Shop\\Q1\\Sprint 1", "Shop\\Q2\\Sprint 1"], [], ["Q1 / Sprint 1", "Q2 / Sprint 1"]),
        (["Shop\\Q1\\Sprint 1", "Shop\\Q2\\sprint  1"], [], ["Q1 / Sprint 1", "Q2 / sprint 1"]),
        (["Shop\\A\\Q1\\S1", "Shop\\B\\Q1\\S1", "Shop\\S2"], [], ["A / Q1 / S1", "B / Q1 / S1", "S2"]),
        (["Shop\\Q1\\Sprint 1"], ["SPRINT 1"], ["Q1 / Sprint 1"]),
        (["Shop\\Sprint 1"], ["Sprint 1"], ["Sprint 1 2"]),
        (["Shop\\Sprint 1"], ["Sprint 1", "sprint 1 2"], ["Sprint 1 3"]),
        (["Shop"], [], ["Shop"]),
        ([], [], []),
    ],
)
def test_a_name_has_as_much_of_its_path_as_it_needs(paths, taken, names):
    assert list(name_sprints(paths, taken).values()) == names


def test_names_that_are_too_long_are_cut_and_stay_unique():
    paths = [f"Shop\\{LONG}\\Sprint {number}\\{LONG} {tail}" for number in range(3) for tail in "ab"]
    names = list(name_sprints(paths, []).values())
    assert len({name.casefold() for name in names}) == 6
    assert all(len(name) <= NAME_CHARACTERS for name in names)


def test_the_last_part_stays_and_what_is_above_is_cut():
    assert join_parts("Shop\\Release of the spring\\Sprint 12", 2) == "Release of the s\u2026 / Sprint 12"
    assert join_parts("Shop\\Q1\\A sprint with a long name", 2) == "A sprint with a long name"


def test_signs_that_jira_counts_twice_count_twice():
    assert fit_name("\U0001f9fa" * 14) == "\U0001f9fa" * 14
    assert fit_name("\U0001f9fa" * 15) == "\U0001f9fa" * 14 + "\u2026"
