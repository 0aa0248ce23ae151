"""What the mapping leaves out is told once."""

import pytest

from domain.left_fields import LeftField, list_left, tell_left
from tests.domain.draft_rig import ASSIGNED, CREATED_BY, codes, draft, row, with_rows, work_item


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ((row("A", "summary"),), ()),
        ((row("A", None),), (LeftField("A"),)),
        ((row("A", "summary", "drop", types=("Bug",)),), (LeftField("A", ("Bug",)),)),
        ((row("A", None, "section"),), ()),
        ((row("A", "summary"), row("B", "summary")), (LeftField("B", (), "A"),)),
        ((row("A", "summary", types=("Bug",)), row("B", "summary", types=("Task",))), ()),
        ((row("A", "summary", types=("Bug",)), row("B", "summary")), (LeftField("B", (), "A"),)),
        ((row("A", "summary"), row("B", "summary", types=("Task",))), (LeftField("B", ("Task",), "A"),)),
        ((row("A", "summary", types=("Bug", "Task")), row("B", "summary", types=("Task",))),
         (LeftField("B", ("Task",), "A"),)),
        ((row("A", "summary", "drop"), row("B", "summary")), (LeftField("A"),)),
        ((row("A", "summary", "section"), row("B", "summary")), ()),
        ((row("A", "description"), row("B", "description"), row("C", "labels"), row("D", "labels")), ()),
    ],
)  # fmt: skip
def test_fields_that_the_mapping_leaves_out(rows, left):
    assert list_left(rows) == left


def test_they_are_those_that_a_draft_tells_of():
    mapping = with_rows(row("Custom.Line", None), row("Custom.Notes", "summary"), row("Custom.More", "summary"),
                        row(ASSIGNED, "description", "section"), row(CREATED_BY, "description"))  # fmt: skip
    names = [one.source for one in mapping.fields]
    made = draft(work_item(dict.fromkeys(names, "a")), mapping)
    assert codes(made) == [("Custom.Line", "dropped"), ("Custom.More", "taken")]
    assert [left.source for left in list_left(mapping.fields)] == ["Custom.Line", "Custom.More"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (LeftField("A"), ""),
        (LeftField("A", ("Bug", "Task")), "of Bug and Task"),
        (LeftField("A", (), "B"), "where B has a value"),
        (LeftField("A", ("Bug",), "B"), "of Bug, where B has a value"),
    ],
)
def test_when_it_is_left_out(field, words):
    assert tell_left(field) == words
