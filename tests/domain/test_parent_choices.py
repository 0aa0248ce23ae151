"""Which work item above becomes the parent in Jira, and what becomes of those that cannot."""

from dataclasses import replace

import pytest

from domain.draft_records import Ancestor
from domain.mapping_records import TypeRow
from domain.parent_choices import ancestor_label, choose_parent
from tests.domain.draft_rig import MAPPING, TARGET

STORY_OVER_TASKS = {
    1: Ancestor(1, "Epic", "Checkout"),
    2: Ancestor(2, "Feature", "Cards", parent=1, issue="10002"),
    3: Ancestor(3, "User Story", "Pay", parent=2, issue="10003"),
    4: Ancestor(4, "User Story", "Pay twice", parent=3, issue="10004"),
    5: Ancestor(5, "Feature", "Lost", parent=1),
    6: Ancestor(6, "Feature", "To come", parent=1, planned=True),
    7: Ancestor(7, "Epic", "A", parent=8),
    8: Ancestor(8, "Epic", "B", parent=7),
    9: Ancestor(9, "User Story", "Of nowhere", parent=99),
}


@pytest.mark.parametrize(
    ("type_", "above", "parent", "passed", "code"),
    [
        ("User Story", None, None, [], ""),
        ("User Story", 2, 2, [], ""),
        ("Task", 3, 3, [], ""),
        ("Feature", 1, None, [1], "hierarchy_collapsed"),
        ("User Story", 1, None, [1], "hierarchy_collapsed"),
        ("User Story", 3, 2, [3], ""),
        ("User Story", 4, 2, [4, 3], ""),
        ("User Story", 5, 5, [], "parent_missing"),
        ("User Story", 6, 6, [], ""),
        ("User Story", 99, None, [], "parent_out_of_scope"),
        ("User Story", 9, None, [9], "parent_out_of_scope"),
        ("User Story", 7, None, [7, 8], "parent_circular"),
        ("Unknown", 2, None, [], ""),
        ("Task", 2, None, [2, 1], "hierarchy_collapsed"),
    ],
)
def test_the_nearest_one_of_the_level_above_is_the_parent(type_, above, parent, passed, code):
    found = choose_parent(type_, above, STORY_OVER_TASKS, MAPPING, TARGET)
    assert (found.parent.id if found.parent else None) == parent
    assert ([one.id for one in found.passed], found.code) == (passed, code)


def test_with_the_epic_as_epic_a_feature_on_the_way_is_passed():
    types = (TypeRow("Epic", "100"), TypeRow("Feature", "101"), TypeRow("User Story", "101"))
    ancestors = {1: Ancestor(1, "Epic", issue="10001"), 2: Ancestor(2, "Feature", parent=1, issue="10002")}
    mapping = replace(MAPPING, plan="epic_as_epic", types=types)
    assert choose_parent("Feature", 1, ancestors, mapping, TARGET).parent == ancestors[1]
    found = choose_parent("User Story", 2, ancestors, mapping, TARGET)
    assert (found.parent, found.passed) == (ancestors[1], (ancestors[2],))


# A task without a story above is a story itself, and then it may be the parent of tasks.
OR_STORY = replace(MAPPING, types=(TypeRow("Feature", "100"), TypeRow("Task", "102", without_parent="101")))


@pytest.mark.parametrize(
    ("above", "type_", "parent", "passed", "code"),
    [
        (None, "101", None, [], ""),
        (2, "101", 2, [], ""),
        (11, "102", 11, [], "parent_missing"),
        (12, "102", 11, [12], "parent_missing"),
        (98, "101", None, [], "parent_out_of_scope"),
        (13, "101", None, [13], "parent_circular"),
    ],
)
def test_a_sub_task_without_a_parent_may_be_of_another_type(above, type_, parent, passed, code):
    tasks = {
        2: STORY_OVER_TASKS[2], 11: Ancestor(11, "Task", parent=2), 12: Ancestor(12, "Task", parent=11),
        13: Ancestor(13, "Gone", parent=13),
    }  # fmt: skip
    found = choose_parent("Task", above, tasks, OR_STORY, TARGET)
    assert found.type is not None and found.type.id == type_
    assert (found.parent.id if found.parent else None) == parent
    assert ([one.id for one in found.passed], found.code) == (passed, code)


def test_tasks_in_a_circle_end_somewhere():
    tasks = {1: Ancestor(1, "Task", parent=2), 2: Ancestor(2, "Task", parent=1)}
    found = choose_parent("Task", 1, tasks, OR_STORY, TARGET)
    assert found.type is not None


@pytest.mark.parametrize(
    "row", [TypeRow("Bug", "999"), TypeRow("Bug", None), TypeRow("Bug", "102", without_parent="999")]
)
def test_what_becomes_nothing_has_no_type(row):
    assert choose_parent("Bug", None, {}, replace(MAPPING, types=(row,)), TARGET).type is None


@pytest.mark.parametrize(
    ("ancestor", "label"),
    [
        (Ancestor(4711, "Epic", "Checkout flow"), "ado-epic:Checkout-flow-4711"),
        (Ancestor(1, "Product Backlog Item", " a \n b "), "ado-product-backlog-item:a-b-1"),
        (Ancestor(1, "Epic", ""), "ado-epic:1"),
        (Ancestor(1, "Epic", "x" * 200), f"ado-epic:{'x' * 100}-1"),
        (Ancestor(1, "Epic", "x" * 99 + " y"), f"ado-epic:{'x' * 99}-1"),
    ],
)
def test_labels_of_work_items_above(ancestor, label):
    assert ancestor_label(ancestor) == label
