"""Queries for the work items of a migration: what is put together, and which queries of people cannot be a part."""

import pytest

from domain.errors import BadInput
from domain.work_item_queries import ids_query, read_condition, scope_condition, type_condition

PROJECT = "[System.TeamProject] = @project"


@pytest.mark.parametrize(
    ("scope", "condition"),
    [
        ({}, PROJECT),
        ({"wiql": "  "}, PROJECT),
        ({"area_path": "Webshop\\Bob's"}, f"{PROJECT} AND [System.AreaPath] UNDER 'Webshop\\Bob''s'"),
        ({"types": ("Bug", "User Story")}, f"{PROJECT} AND [System.WorkItemType] IN ('Bug', 'User Story')"),
        ({"wiql": "[System.Id] > 5 OR [Tags] CONTAINS 'x'"}, f"{PROJECT} AND ([System.Id] > 5 OR [Tags] CONTAINS 'x')"),
        (
            {"area_path": "A", "types": ("Bug",), "wiql": "[B] = 1"},
            f"{PROJECT} AND [System.AreaPath] UNDER 'A' AND [System.WorkItemType] IN ('Bug') AND ([B] = 1)",
        ),
    ],
)
def test_a_scope_is_one_condition(scope, condition):
    assert scope_condition(**scope) == condition


def test_ids_are_asked_for_from_the_lowest_on():
    start = "SELECT [System.Id] FROM WorkItems WHERE [A] = 1 AND [System.Id] > 7"
    assert ids_query("[A] = 1", after=7) == f"{start} ORDER BY [System.Id]"
    assert ids_query("[A] = 1", after=7, until=9) == f"{start} AND [System.Id] <= 9 ORDER BY [System.Id]"


def test_all_other_types_can_be_asked_for():
    assert type_condition(["Bug"], others=True) == "[System.WorkItemType] NOT IN ('Bug')"


@pytest.mark.parametrize(
    ("wiql", "condition"),
    [
        ("[A] = 1", "[A] = 1"),
        ("[A] = 1 order by [B]", "[A] = 1"),
        ("[A] = 'ORDER BY ) [' AND [B] = \"it's (\"", "[A] = 'ORDER BY ) [' AND [B] = \"it's (\""),
        ("[A] = 'Bob''s'", "[A] = 'Bob''s'"),
        ("SELECT [System.Id] FROM WorkItems WHERE ([A] = 1 OR [B] = 2) ORDER BY [C] DESC", "([A] = 1 OR [B] = 2)"),
        ("select * from workitems where [A] = @today - 7 asof '2026-01-01'", "[A] = @today - 7"),
        ("\n SELECT [Where It Is] FROM WorkItems WHERE [A] = 1", "[A] = 1"),
    ],
)
def test_of_a_query_the_condition_is_taken(wiql, condition):
    assert read_condition(wiql) == condition


@pytest.mark.parametrize(
    ("wiql", "why"),
    [
        ("", "It is empty"),
        ("[A] = 1) OR ([B] = 2", "closes before it opens"),
        ("([A] = 1", "does not close"),
        ("[A] = 1 AND [B = 2", "square bracket"),
        ("[A] = 'open", "quote"),
        ('[A] = "open', "quote"),
        ("ORDER BY [A]", "It has no condition"),
        ("SELECT [System.Id] FROM WorkItems", "no WHERE part"),
        ("SELECT [System.Id] FROM WorkItemLinks WHERE [A] = 1 MODE (MustContain)", "asks for links"),
    ],
)
def test_a_query_that_cannot_be_a_part_of_another_is_refused(wiql, why):
    with pytest.raises(BadInput, match=why) as caught:
        read_condition(wiql)
    assert caught.value.code == "wiql"
