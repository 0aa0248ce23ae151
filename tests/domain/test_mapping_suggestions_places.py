"""Which sprint an iteration becomes, and which component an area."""

import pytest

from domain.mapping_suggestions_areas import suggest_areas
from domain.mapping_suggestions_iterations import suggest_iterations
from domain.target_sites import TargetSprint
from domain.work_items import TreeNode
from tests.domain.suggest_rig import field, issue_type, jira, scan

PARTS = field("components", "Components", "array", "component")


def node(path, start=None, finish=None):
    return TreeNode(path, path.rpartition("\\")[2], start, finish)


def sprints(*known, nodes=(), items=None, has_sprints=True, board=3):
    target = jira(sprints=known, board_id=board, has_sprints=has_sprints)
    counts = {one.path: 4 for one in nodes} if items is None else items
    return {row.source: row for row in suggest_iterations(scan(iterations=nodes, iteration_items=counts), target)}


JANUARY = ("2026-01-05", "2026-01-18")
NODE = node("Shop\\Sprint 1", *JANUARY)


def test_an_iteration_with_work_items_becomes_a_new_sprint_with_its_days():
    row = sprints(nodes=[NODE])["Shop\\Sprint 1"]
    assert (row.action, row.name, row.start, row.finish, row.confidence) == ("new", "Sprint 1", *JANUARY, 0.9)


def test_an_iteration_without_days_becomes_a_sprint_without_days():
    row = sprints(nodes=[node("Shop\\Someday")])["Shop\\Someday"]
    assert (row.action, row.start, row.finish, row.confidence) == ("new", None, None, 0.7)
    assert row.reason == "4 work items; it has no days."


def test_the_project_itself_and_empty_iterations_become_no_sprint():
    rows = sprints(nodes=[node("Shop"), NODE, node("Shop\\Empty")], items={"Shop": 3, "Shop\\Sprint 1": 1})
    assert [row.action for row in rows.values()] == ["none", "new", "none"]


def test_iterations_that_are_not_in_the_tree_any_more_become_sprints_too():
    rows = sprints(items={"Shop\\Old": 2, "": 1})
    assert {path: row.action for path, row in rows.items()} == {"Shop\\Old": "new"}


def test_without_sprints_on_the_board_there_are_none():
    assert sprints(nodes=[NODE], has_sprints=False)[NODE.path].reason == "The board has no sprints."
    row = sprints(nodes=[NODE], has_sprints=False, board=None)[NODE.path]
    assert (row.action, row.reason) == ("none", "The migration has no board with sprints.")


def sprint(name, start=None, finish=None, state="future", number=7):
    return TargetSprint(number, name, state, start, finish)


@pytest.mark.parametrize(
    ("known", "confidence"),
    [
        (sprint("Sprint 1", *JANUARY), 1.0),
        (sprint("sprint  1", "2026-01-06", "2026-01-19"), 1.0),  # a day off: some time zone
        (sprint("Sprint 1"), 0.9),
        (sprint("Sprint 1", "2026-01-12", "2026-01-25"), 0.8),
        (sprint("S1", *JANUARY), 0.9),
        (sprint("Winter", *JANUARY), 0.7),
        (sprint("S 1", "2026-01-07", "2026-01-20"), 0.6),
    ],
)
def test_a_sprint_of_the_board_is_found_by_name_and_days(known, confidence):
    row = sprints(known, nodes=[NODE])[NODE.path]
    assert (row.action, row.sprint, row.confidence) == ("existing", 7, confidence)


@pytest.mark.parametrize(
    ("known", "name"),
    [
        (sprint("Sprint 1", "2026-06-01", "2026-06-14"), "Sprint 1 2"),  # no day in common
        (sprint("Sprint 1", *JANUARY, state="closed"), "Sprint 1 2"),
        (sprint("Sprint 2"), "Sprint 1"),
        (sprint("Sprint 11", *JANUARY[:1], "2026-03-01"), "Sprint 1"),
        (sprint("S1", "2026-02-01", "2026-02-14"), "Sprint 1"),
        (sprint("Winter", "2026-01-12", "2026-01-25"), "Sprint 1"),
    ],
)
def test_a_sprint_that_is_another_one_is_not_taken_and_its_name_is_not_used_again(known, name):
    row = sprints(known, nodes=[NODE])[NODE.path]
    assert (row.action, row.name) == ("new", name)


def test_each_sprint_is_taken_once_by_the_iteration_it_fits_best():
    nodes = [node("Shop\\Q1\\Sprint 1"), node("Shop\\Q2\\Sprint 1", *JANUARY)]
    rows = sprints(sprint("Sprint 1", *JANUARY), nodes=nodes)
    assert [row.action for row in rows.values()] == ["new", "existing"]
    assert rows["Shop\\Q1\\Sprint 1"].name == "Q1 / Sprint 1"


def test_an_iteration_takes_the_sprint_it_fits_best():
    rows = sprints(sprint("Winter", *JANUARY, number=1), sprint("Sprint 1", *JANUARY, number=2), nodes=[NODE])
    assert rows[NODE.path].sprint == 2


def test_a_sprint_may_be_called_by_the_whole_path():
    rows = sprints(sprint("Q1 / Sprint 1"), nodes=[node("Shop\\Q1\\Sprint 1")])
    assert rows["Shop\\Q1\\Sprint 1"].action == "existing"


# --- areas ---


def areas(items, *paths, components=None, fields=(PARTS,)):
    nodes = tuple(node(path) for path in paths or items)
    target = jira(issue_type("Bug", 0, *fields), components=components or {})
    rows = suggest_areas(scan(areas=nodes, area_items=items), target)
    return {row.source: (row.action, row.name or row.component) for row in rows}


def test_an_area_with_work_items_becomes_a_component():
    assert areas({"Shop": 9, "Shop\\Pay": 7}) == {"Shop": ("none", None), "Shop\\Pay": ("new", "Pay")}


def test_a_component_of_the_same_name_is_taken():
    assert areas({"Shop\\Pay": 7}, components={"pay": "c1"})["Shop\\Pay"] == ("existing", "c1")


def test_small_areas_go_to_the_one_above_and_count_there():
    found = areas({"Shop\\Pay\\Cards\\Visa": 2, "Shop\\Pay\\Cards": 1, "Shop\\Pay": 0, "Shop\\Ship": 1})
    assert found == {
        "Shop\\Pay\\Cards\\Visa": ("parent", None), "Shop\\Pay\\Cards": ("parent", None), "Shop\\Pay": ("new", "Pay"),
        "Shop\\Ship": ("new", "Ship"),
    }  # fmt: skip


def test_an_area_that_gets_enough_from_below_is_a_component():
    found = areas({"Shop\\Pay\\Cards\\Visa": 4, "Shop\\Pay\\Cards": 3, "Shop\\Pay": 9})
    assert found["Shop\\Pay\\Cards"] == ("new", "Cards")


def test_areas_without_work_items_become_nothing():
    assert areas({"Shop\\Pay": 0})["Shop\\Pay"] == ("none", None)


def test_two_areas_of_one_name_are_told_by_their_paths():
    found = areas({"Shop\\A\\Team": 9, "Shop\\B\\Team": 9})
    assert [name for _action, name in found.values()] == ["A / Team", "B / Team"]


def test_areas_that_are_not_in_the_tree_any_more_are_not_handed_to_one_without_a_row():
    assert areas({"Shop\\Old\\Part": 2}, "Shop") == {"Shop": ("none", None), "Shop\\Old\\Part": ("new", "Part")}


def test_a_project_without_components_takes_no_areas():
    assert areas({"Shop\\Pay": 9}, fields=()) == {"Shop\\Pay": ("none", None)}
