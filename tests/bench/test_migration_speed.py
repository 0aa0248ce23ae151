"""A migration counts for a bench only when all of its story has arrived, and its report says so."""

from types import SimpleNamespace
from typing import Any

import pytest

from bench.migration import Stuck
from bench.migration_ado import Story
from bench.migration_speed import require_all, wanted_things
from tests.bench.run_reports import report

WANTED = {"issues": 2, "comments": 2, "links": 1, "files": 1}


def require(made, told=None, *, doubled=0, objections=()):
    """As after a run that made so much and has this report."""
    rig: Any = SimpleNamespace(product=SimpleNamespace(call=lambda method, path: told or report()))
    require_all(rig, "run", {"made": made, "doubled": doubled, "objections": list(objections)}, WANTED)


def test_a_run_in_which_everything_arrived_counts():
    require(WANTED)


@pytest.mark.parametrize("kind", WANTED)
@pytest.mark.parametrize("change", [-1, 1])
def test_one_that_made_too_few_or_too_many_of_a_kind_does_not(kind, change):
    with pytest.raises(Stuck, match="the story holds"):
        require(WANTED | {kind: WANTED[kind] + change})


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"differences": {"status": 1}}, "status"),
        ({"balanced": False}, "does not balance"),
        ({"of": "comments", "changes": {"skipped": {"gone": 1}}}, "gone"),
        ({"of": "attachments", "changes": {"failed": {"too_large": 1}}}, "too_large"),
    ],
)
def test_one_whose_report_tells_of_something_does_not(told, words):
    with pytest.raises(Stuck, match=words):
        require(WANTED, report(**told))


@pytest.mark.parametrize("told", [{"doubled": 1}, {"objections": ["no such parent"]}])
def test_one_that_the_stand_in_speaks_against_does_not(told):
    with pytest.raises(Stuck):
        require(WANTED, **told)


def test_a_run_with_fewer_options_has_to_make_less():
    fields = {"System.Title": "One", "System.WorkItemType": "Bug"}
    story = Story(1, 2, [{"id": 1, "fields": fields}], [[{"text": "Word"}]])
    assert wanted_things(story, "whole") == {"issues": 2, "comments": 2}
    assert wanted_things(story, "bare") == {"issues": 2}
