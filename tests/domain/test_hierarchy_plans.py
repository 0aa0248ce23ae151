"""Three ways to fit levels of Azure DevOps into those of Jira: what each makes, what it keeps, what it loses."""

import pytest

from domain.hierarchy_plans import LostParent, plan_hierarchies
from domain.mapping_suggestions_types import suggest_types
from tests.domain.suggest_rig import below, issue_type, jira, process, scan, usual, work_type

SOURCE = process("Epic", "Feature", "User Story", "Task", "Bug")
REPORT = scan(
    below("Epic", 2, none=2),
    below("Feature", 5, Epic=4, none=1),
    below("User Story", 20, Feature=15, Epic=2, none=3),
    below("Task", 30, User_Story=25, Feature=2, none=3),
    below("Bug", 6, User_Story=6),
)


def made(plan):
    return {row.source: (row.target or "").removeprefix("t-") for row in plan.types}


def test_features_as_epics_lose_the_level_above_them():
    plan = plan_hierarchies(REPORT, SOURCE, usual())[0]
    assert made(plan) == {"Epic": "Epic", "Feature": "Epic", "User Story": "Story", "Task": "Subtask", "Bug": "Bug"}
    assert plan.kept == 15 + 2 + 25 + 2  # stories below features and epics, tasks below stories; tasks below features
    assert plan.lost == (LostParent("Bug", "User Story", 6), LostParent("Feature", "Epic", 4))
    assert plan.detail.startswith("Feature becomes an Epic. Epic becomes an Epic too, and a label on what is below it.")
    assert plan.detail.endswith("10 parents stay as labels only: 6 × Bug below User Story, 4 × Feature below Epic.")


def test_epics_as_epics_lose_the_level_below_them():
    plan = plan_hierarchies(REPORT, SOURCE, usual())[1]
    assert made(plan)["Feature"] == "Story"
    assert plan.kept == 4 + 2 + 25 + 2
    assert LostParent("User Story", "Feature", 15) in plan.lost
    assert plan.detail.startswith("Epic becomes an Epic. Feature becomes a Story")


def test_further_levels_of_jira_keep_everything():
    target = usual(("Initiative", 2))
    plan = plan_hierarchies(REPORT, SOURCE, target)[2]
    assert (made(plan)["Epic"], made(plan)["Feature"]) == ("Initiative", "Epic")
    assert plan.lost == (LostParent("Bug", "User Story", 6), LostParent("User Story", "Epic", 2))
    assert plan.detail.startswith("Feature becomes an Epic, Epic an issue on the levels above it.")


@pytest.mark.parametrize(
    ("report", "levels", "suggested"),
    [
        (REPORT, (), "feature_as_epic"),
        (REPORT, (("Initiative", 2),), "levels"),
        (scan(below("Feature", 9, Epic=9), below("User Story", 9, Epic=1)), (), "epic_as_epic"),
        (scan(), (), "feature_as_epic"),
        (scan(), (("Initiative", 2),), "feature_as_epic"),
    ],
)
def test_the_plan_that_keeps_the_most_parents_is_suggested(report, levels, suggested):
    plans = plan_hierarchies(report, SOURCE, usual(*levels))
    assert [plan.name for plan in plans if plan.is_suggested] == [suggested]
    assert [plan.name for plan in plans] == ["feature_as_epic", "epic_as_epic", "levels"]


def test_a_plan_that_the_project_has_no_levels_for_is_told_to_be_impossible():
    plans = plan_hierarchies(REPORT, SOURCE, usual())
    assert [plan.is_possible for plan in plans] == [True, True, False]
    assert plans[2].detail.startswith("Not possible here")


def test_where_the_process_has_one_level_above_stories_all_plans_are_the_same():
    source = process(work_type("Epic", level=1), work_type("Issue", level=0))
    report = scan(below("Epic", 1), below("Issue", 3, Epic=3))
    plans = plan_hierarchies(report, source, usual())
    assert {made(plan)["Epic"] for plan in plans} == {"Epic"}
    assert plans[1].detail == "All plans are the same here: Epic is on the one level above stories. Every parent stays."
    nothing = plan_hierarchies(scan(), process("Task"), usual())
    assert nothing[0].detail.startswith("All plans are the same here: no type is")


def test_of_many_losses_the_greatest_are_named():
    counts = [below(f"Kind {number}", number, Epic=number) for number in range(1, 6)]
    plan = plan_hierarchies(scan(*counts), process("Epic", "Feature"), usual())[1]
    assert plan.kept == 15
    plan = plan_hierarchies(scan(*(below(f"Kind {n}", n, Bug=n) for n in range(1, 6))), process("Bug"), usual())[0]
    assert plan.detail.endswith("Kind 5 below Bug, 4 × Kind 4 below Bug, 3 × Kind 3 below Bug and 2 kinds more.")


def test_types_that_become_nothing_keep_and_lose_nothing():
    only_epics = jira(issue_type("Epic", 1))
    plan = plan_hierarchies(
        scan(below("Bug", 3, Feature=3), below("Feature", 1)), process("Feature", "Bug"), only_epics
    )[0]
    assert (made(plan)["Bug"], plan.kept, plan.lost) == ("", 0, ())


@pytest.mark.parametrize(
    ("parents", "target", "instead"),
    [
        ({"User_Story": 8, "none": 2}, "Subtask", "Task"),
        ({"Feature": 8, "User_Story": 2}, "Task", None),
        ({"none": 10}, "Task", None),
        ({"User_Story": 5, "Feature": 4}, "Subtask", "Task"),
    ],
)
def test_tasks_become_sub_tasks_where_that_keeps_more_parents(parents, target, instead):
    report = scan(below("Task", 10, **parents))
    rows = {row.source: row for row in suggest_types(report, SOURCE, usual(), "feature_as_epic")}
    found = rows["Task"]
    assert found.target == f"t-{target}"
    assert found.without_parent == (f"t-{instead}" if instead else None)


def test_tasks_of_which_there_are_none_yet_become_sub_tasks():
    rows = {row.source: row for row in suggest_types(scan(), SOURCE, usual(), "feature_as_epic")}
    assert (rows["Task"].target, rows["Task"].reason) == ("t-Subtask", "On the level of tasks.")


def test_a_project_without_sub_tasks_takes_tasks_as_they_are():
    target = jira(issue_type("Epic", 1), issue_type("Task", 0))
    rows = {row.source: row for row in suggest_types(REPORT, SOURCE, target, "feature_as_epic")}
    assert (rows["Task"].target, rows["Task"].confidence) == ("t-Task", 1.0)


def test_bugs_that_are_planned_with_tasks_stay_bugs():
    source = process(work_type("User Story"), work_type("Bug", level=-1))
    report = scan(below("User Story", 1), below("Bug", 4, User_Story=4))
    rows = {row.source: row for row in suggest_types(report, source, usual(), "feature_as_epic")}
    assert rows["Bug"].target == "t-Bug"


def test_a_type_of_tasks_that_jira_calls_otherwise_becomes_a_sub_task():
    source = process(work_type("User Story"), work_type("Chore", level=-1))
    report = scan(below("User Story", 1), below("Chore", 4, User_Story=4))
    rows = {row.source: row for row in suggest_types(report, source, usual(), "feature_as_epic")}
    assert (rows["Chore"].target, rows["Chore"].without_parent) == ("t-Subtask", "t-Task")


@pytest.mark.parametrize(
    ("name", "targets", "target", "confidence"),
    [
        ("Bug", ["Bug"], "Bug", 1.0),
        ("Bug", ["Task", "Defect"], "Defect", 0.9),
        ("User Story", ["user-story", "Story"], "user-story", 1.0),
        ("User Story", ["Task", "Story"], "Story", 0.9),
        ("User Story", ["Task"], "Task", 0.7),
        ("User Story", ["Request"], "Request", 0.7),
        ("Impediment", ["Story", "Task"], "Task", 0.5),
        ("Test Case", ["Test", "Task"], "Test", 0.9),
        ("Test Case", ["Task"], "Task", 0.4),
        ("Bug", [], None, 0.0),
    ],
)
def test_a_type_is_found_by_name_then_by_what_jira_calls_it_then_by_its_level(name, targets, target, confidence):
    project = jira(*(issue_type(one, 0) for one in targets))
    (row,) = suggest_types(scan(), process(name), project, "feature_as_epic")
    assert (row.target, row.confidence) == (f"t-{target}" if target else None, confidence)


def test_without_epics_the_levels_above_fall_to_stories():
    project = jira(issue_type("Story", 0), issue_type("Task", 0))
    rows = suggest_types(scan(), process("Feature"), project, "levels")
    assert [(row.target, row.confidence) for row in rows] == [("t-Story", 0.8)]


def test_types_that_only_work_items_still_have_get_a_row():
    rows = suggest_types(scan(below("Wish", 2)), process("Bug"), usual(), "levels")
    assert {row.source for row in rows} == {"Bug", "Wish"}
