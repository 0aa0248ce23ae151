"""What an administrator may write as the name of new branches."""

import pytest

from domain.branch_templates import template_fault

GOOD = [
    "{key}",
    "feature/{key}-{summary}",
    "{type}/{key}",
    "users/{key}/{summary}",
    "{summary}-{key}",
    "v1.2/{key}",
    "{project}/{key}",
]
BAD = [
    ("", "{key} must be in it"),
    ("feature/{summary}", "{key} must be in it"),
    ("{key}-{user}", "{user} is no placeholder; there are {key}, {summary}, {type}, {project}"),
    ("{}{key}", "{} is no placeholder"),
    ("{key", "{key} must be in it"),
    ("{key}-{", "Git allows no branch"),
    ("{key} {summary}", "Git allows no branch"),
    ("/{key}", "Git allows no branch"),
    ("{key}/", "Git allows no branch"),
    ("a//{key}", "Git allows no branch"),
    ("a/../{key}", "Git allows no branch"),
    ("-{key}", "Git allows no branch"),
    ("{key}.lock", "Git allows no branch"),
    ("{key}~1", "Git allows no branch"),
    ("refs/heads/{key}", "Git allows no branch"),
    ("x{key}", "{key} must stand apart"),
    ("{key}{summary}", "{key} must stand apart"),
    ("{key}-{key}2", "{key} must stand apart"),
]


@pytest.mark.parametrize("template", GOOD)
def test_a_template_that_makes_branches_which_link_themselves_is_good(template: str) -> None:
    assert template_fault(template) is None


@pytest.mark.parametrize(("template", "words"), BAD)
def test_a_template_that_does_not_is_told_why(template: str, words: str) -> None:
    fault = template_fault(template)
    assert fault is not None
    assert words in fault
