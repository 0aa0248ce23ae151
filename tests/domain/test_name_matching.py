"""Names that mean the same."""

import pytest

from domain.name_matching import find_named, fold_name, group_of

GROUPS = (("Done", "Closed"), ("To Do", "New"))


@pytest.mark.parametrize(
    ("one", "other"), [("Sub-Task", "subtask"), ("Story Points", "story_points"), ("GRÖSSE", "größe")]
)
def test_case_and_signs_do_not_count(one, other):
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(["done"], ("Done", 1)), (["Closed", "DONE"], ("Done", 1)), (["Open"], None), ([], None)],
)
def test_the_first_wanted_name_that_is_known_is_found(wanted, found):
    assert find_named(wanted, {"Done": 1, "done": 2}) == found


@pytest.mark.parametrize(
    ("name", "words"),
    [("Closed", ("Closed", "Done")), ("new", ("new", "To Do")), ("Odd", ("Odd",))],
)
def test_a_name_comes_before_the_words_that_mean_the_same(name, words):
    assert group_of(name, GROUPS) == words
