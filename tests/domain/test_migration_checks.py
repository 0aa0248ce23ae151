"""Every problem that a check finds: what makes it, where and how often, and what just does not make it."""

import re
from dataclasses import replace
from typing import Any

import pytest

from domain.mapping_records import AreaRow, FieldRow, IterationRow, LinkRow, StateRow, TypeRow, ValueRow
from domain.migration_checks import is_blocking
from domain.problem_codes import KINDS
from domain.scan_reports import FileCount, Over
from domain.target_sites import TargetType
from domain.work_items import PRIORITY
from tests.domain.check_rig import CLEAN, DEPENDENCY, FIELDS, PATHS, SEVERITY, STATUSES, Scene, field

TEN = Over(10, (1, 2))
NEEDED = (*FIELDS, field("customfield_9", "number", required=True))
LABELS_NEEDED = (*(one for one in FIELDS if one.id != "labels"), field("labels", "array", "string", required=True))
FAR = {"s1": ()}  # no way to Done
NO_SPRINTS = CLEAN.jira(board_id=None, has_sprints=False, sprints=())
SPRINTLESS = tuple(one for one in FIELDS if one.id != "customfield_1")
PARTLESS = tuple(one for one in FIELDS if one.id != "components")
# what a task becomes without a parent has no way to where it belongs
STUCK = CLEAN.issue_type("Story", paths={"s2": ()}).count("User Story", states={"Closed": 10})
WITH_TESTS = CLEAN.count("Test Case", count=4, states={"New": 4})
NO_LINKS = CLEAN.take(links=False)
NO_FILES = CLEAN.take(attachments=False)


def asking(name: str, **changes: Any) -> Scene:
    """A scene whose issue type Bug asks for a field."""
    fields = (replace(one, required=True, **changes) if one.id == name else one for one in FIELDS)
    return CLEAN.issue_type("Bug", fields=tuple(fields))


NEEDS_OPTION = asking("customfield_2")
NEEDS_OPTIONS = asking("customfield_2", kind="array", items="option").row("fields", SEVERITY, rule="options")
NEEDS_PEOPLE = asking("assignee")
NEEDS_PRIORITY = asking("priority")


def rights(code: str, permission: str, spared: Scene, count: int) -> tuple[str, Scene, Scene, str, int]:
    return code, CLEAN.without(permission), spared.without(permission), "", count


# code, what makes it, what just does not, where, how often
CASES = [
    ("nothing_to_migrate", CLEAN.scan(items=0, types=()), CLEAN.scan(items=1), "", 1),
    ("unreadable_items", CLEAN.scan(over={"broken": TEN}), CLEAN.scan(over={"missing": TEN}), "", 10),
    ("unseen_items", CLEAN.scan(over={"missing": TEN}), CLEAN.scan(over={"broken": TEN}), "", 10),
    rights("no_browse_permission", "BROWSE_PROJECTS", CLEAN.scan(items=0, types=()), 40),
    rights("no_create_permission", "CREATE_ISSUES", CLEAN.scan(items=0, types=()), 40),
    rights("no_transition_permission", "TRANSITION_ISSUES",
           CLEAN.map(states=tuple(replace(row, target="s1") for row in CLEAN.mapping.states)), 16),
    rights("no_link_permission", "LINK_ISSUES", NO_LINKS, 3),
    rights("no_attach_permission", "CREATE_ATTACHMENTS", NO_FILES, 2),
    rights("no_comment_permission", "ADD_COMMENTS", CLEAN.take(comments=False), 5),
    rights("no_reporter_permission", "MODIFY_REPORTER", CLEAN.drop("fields", "System.CreatedBy"), 40),
    rights("no_assign_permission", "ASSIGN_ISSUES", CLEAN.drop("fields", "System.AssignedTo"), 40),
    rights("no_sprint_permission", "MANAGE_SPRINTS_PERMISSION",
           CLEAN.row("iterations", "Shop\\Q1", action="existing", sprint=7), 1),
    rights("no_schedule_permission", "SCHEDULE_ISSUES", CLEAN.row("iterations", "Shop\\Q1", action="none"), 20),
    ("no_component_permission",
     CLEAN.row("areas", "Shop\\Checkout", action="new", name="Pay").without("ADMINISTER_PROJECTS"),
     CLEAN.without("ADMINISTER_PROJECTS"), "", 1),
    ("attachments_disabled", CLEAN.jira(attachments_enabled=False), NO_FILES.jira(attachments_enabled=False), "", 2),
    ("links_disabled", CLEAN.jira(link_issues_enabled=False), NO_LINKS.jira(link_issues_enabled=False), "", 3),
    ("links_disabled", CLEAN.jira(link_issues_enabled=False),
     CLEAN.row("links", DEPENDENCY, target="remote").jira(link_issues_enabled=False), "", 3),
    ("missing_board", NO_SPRINTS, NO_SPRINTS.row("iterations", "Shop\\Q1", action="none"), "/iterations", 20),
    ("missing_board", CLEAN.jira(has_sprints=False), CLEAN, "/iterations", 20),
    # types and parents
    ("unmapped_type", CLEAN.drop("types", "Bug"), CLEAN.drop("types", "Bug").count("Bug", count=0), "", 10),
    ("unknown_type", CLEAN.row("types", "Bug", target="t9"), CLEAN.row("types", "Test Case", target="t9"),
     "/types/2/target", 10),
    ("unknown_type", CLEAN.row("types", "Task", without_parent="t9"), CLEAN, "/types/3/withoutParent", 10),
    ("skipped_type", CLEAN.row("types", "Bug", target=None), CLEAN.row("types", "Test Case", target=None),
     "/types/2", 10),
    ("subtask_without_parent",
     CLEAN.row("types", "Task", without_parent=None).count("Task", parents={"User Story": 6, "": 3, "Feature": 1}),
     CLEAN.row("types", "Task", without_parent=None).count("Task", parents={"User Story": 9, "Task": 1}),
     "/types/3", 4),
    ("subtask_without_parent", CLEAN.row("types", "Task", without_parent="t4").count("Task", parents={"": 10}),
     CLEAN.count("Task", parents={"": 10}), "/types/3", 10),
    ("parents_as_labels", CLEAN.count("Bug", parents={"User Story": 10}), CLEAN.count("Bug", parents={"": 10}),
     "/plan", 10),
    ("parents_as_labels", CLEAN.count("Task", parents={"Feature": 2, "Nobody": 1}),
     CLEAN.count("Task", parents={"Feature": 2}), "/plan", 1),
    ("parent_out_of_scope", CLEAN.scan(over={"parent_out_of_scope": TEN}), CLEAN, "", 10),
    ("cycle", CLEAN.scan(over={"cycle": TEN}), CLEAN, "", 10),
    ("test_artefacts", WITH_TESTS, WITH_TESTS.row("types", "Test Case", target=None), "/types", 4),
    ("required_field", CLEAN.issue_type("Bug", fields=NEEDED),
     CLEAN.issue_type("Bug", fields=(*FIELDS, field("customfield_9", "number", required=True, has_default=True))),
     "/fields", 10),
    ("required_field",
     CLEAN.issue_type("Bug", fields=NEEDED).use("Custom.Hours", kind="double").count("Bug", filled={"Custom.Hours": 7})
     .add("fields", FieldRow("Custom.Hours", "customfield_9", "number")),
     CLEAN.issue_type("Bug", fields=NEEDED).use("Custom.Hours", kind="double")
     .add("fields", FieldRow("Custom.Hours", "customfield_9", "number")), "/fields/5", 3),
    ("required_field", CLEAN.issue_type("Bug", fields=LABELS_NEEDED),
     CLEAN.issue_type("Bug", fields=LABELS_NEEDED).map(extra_labels=("ado",)), "/fields", 10),
    ("required_field", CLEAN.issue_type("Bug", fields=LABELS_NEEDED).map(tags_to_labels=False),
     CLEAN.issue_type("Bug", fields=LABELS_NEEDED).count("Bug", filled={"System.Tags": 10}), "/fields", 10),
    ("required_field",
     CLEAN.issue_type("Bug", fields=(*PARTLESS, field("components", "array", "component", required=True))),
     CLEAN.issue_type("Bug", fields=(*PARTLESS, field("components", "array", "component", required=True)))
     .scan(area_items={"Shop\\Checkout": 40}), "/fields", 8),
    ("required_field",
     CLEAN.issue_type("Bug", fields=(*PARTLESS, field("components", "array", "component", required=True)))
     .scan(area_items={}),
     CLEAN, "/fields", 10),
    ("required_field",
     CLEAN.issue_type("Bug", fields=(*SPRINTLESS, field("customfield_1", "array", "json", schema=FIELDS[8].schema,
                                                       required=True))),
     CLEAN.issue_type("Bug", fields=(*SPRINTLESS, field("customfield_1", "array", "json", schema=FIELDS[8].schema,
                                                       required=True)))
     .scan(iteration_items={"Shop\\Q1": 40}), "/fields", 5),
    ("required_field",
     CLEAN.issue_type("Bug", fields=(*FIELDS[:1], field("description", "string", required=True), *FIELDS[2:])),
     CLEAN.issue_type("Bug", fields=(*FIELDS[:1], field("description", "string", required=True), *FIELDS[2:]))
     .use("Custom.Notes", kind="html").add("fields", FieldRow("Custom.Notes", None, "section")), "/fields", 10),
    # values and people that become nothing leave a field that Jira asks for empty
    ("required_field", NEEDS_OPTION.use(SEVERITY, values={"1 - High": 3, "3 - None": 1}),
     NEEDS_OPTION.use(SEVERITY, values={"1 - High": 3, "2 - low": 1, "3 - None": 0}), "/fields/2", 3),
    ("required_field", NEEDS_OPTION.use(SEVERITY, values={"1 - High": 39_999, "3 - None": 1}),
     NEEDS_OPTION.row("fields", SEVERITY, values=(("3 - None", "12"),))
     .use(SEVERITY, values={"1 - High": 39_999, "3 - None": 1}), "/fields/2", 1),
    ("required_field", NEEDS_OPTIONS.use(SEVERITY, values={"1 - High; Odd": 1, "Odd": 1}),
     NEEDS_OPTIONS.use(SEVERITY, values={"1 - High; Odd": 1}), "/fields/2", 5),
    ("required_field", NEEDS_PEOPLE.row("people", "guid-1", target=None), NEEDS_PEOPLE, "/fields/3", 10),
    ("required_field", NEEDS_PRIORITY.drop("priorities", "4"), NEEDS_PRIORITY, "/fields/1", 3),
    ("required_field", NEEDS_PRIORITY.row("priorities", "4", target=None), NEEDS_PRIORITY.use(PRIORITY, values={}),
     "/fields/1", 3),
    # fields
    ("unknown_field", CLEAN.row("fields", SEVERITY, target="customfield_8"),
     CLEAN.row("fields", SEVERITY, target="customfield_8").jira(types=tuple(
         TargetType(one.id, one.name, one.level, (), STATUSES, PATHS) for one in CLEAN.target.types)),
     "/fields/2/target", 40),
    ("field_not_on_type", CLEAN.issue_type("Bug", fields=FIELDS[:-1]),
     CLEAN.issue_type("Bug", fields=FIELDS[:-1]).row("fields", SEVERITY, types=("Feature", "User Story", "Task")),
     "/fields/2", 10),
    ("unfitting_rule", CLEAN.row("fields", SEVERITY, rule="number"),
     CLEAN.row("fields", SEVERITY, rule="number").use(SEVERITY, filled=0)
     .scan(types=tuple(replace(one, filled={}) for one in CLEAN.report.types)), "/fields/2/rule", 40),
    ("unfitting_rule", CLEAN.row("fields", "System.AssignedTo", rule="text"), CLEAN, "/fields/3/rule", 40),
    ("unknown_option", CLEAN.row("fields", SEVERITY, values=(("1 - High", "99"),)), CLEAN, "/fields/2/values", 1),
    ("unmapped_value", CLEAN.use(SEVERITY, values={"3 - None": 4, "1 - High": 6, "9": 0}),
     CLEAN.use(SEVERITY, values={"2 - low": 4}), "/fields/2/values", 4),
    ("unmapped_field", CLEAN.use("Custom.Tier"), CLEAN.use("Custom.Tier", filled=0), "/fields", 40),
    ("dropped_field", CLEAN.use("Custom.Tier").add("fields", FieldRow("Custom.Tier", None, "drop", ("Bug",))),
     CLEAN.add("fields", FieldRow("Custom.Gone", None, "drop")), "/fields/5", 10),
    # states
    ("unmapped_state", CLEAN.count("Bug", states={"Odd": 3}), CLEAN.count("Bug", states={"Odd": 0}), "/states", 3),
    ("unknown_status", CLEAN.add("states", StateRow("Bug", "Odd", "s9")).count("Bug", states={"Odd": 3}),
     CLEAN.add("states", StateRow("Bug", "Odd", "s9")), "/states/10/target", 3),
    ("no_path", CLEAN.issue_type("Bug", paths=FAR), CLEAN.issue_type("Epic", paths=FAR), "/states/5/target", 10),
    ("no_path", STUCK, STUCK.row("types", "Task", without_parent=None), "/states/6/target", 10),
    ("unexplored_path", CLEAN.issue_type("Bug", paths=FAR, is_explored=False),
     CLEAN.issue_type("Bug", is_explored=False), "/states/5", 10),
    ("first_status", CLEAN.map(states=tuple(replace(row, target=None) if row.type == "Bug" else row
                                            for row in CLEAN.mapping.states)), CLEAN, "/states/5", 10),
    # iterations and areas
    ("unmapped_iteration", CLEAN.scan(iteration_items={"Shop\\Q2": 3}),
     CLEAN.scan(iteration_items={"Shop\\Q2": 0, "Elsewhere": 3}), "/iterations", 3),
    ("unknown_sprint", CLEAN.row("iterations", "Shop\\Q1", action="existing", sprint=99),
     CLEAN.row("iterations", "Shop\\Q1", action="existing", sprint=7), "/iterations/1/sprint", 20),
    ("closed_sprint", CLEAN.row("iterations", "Shop\\Q1", action="existing", sprint=6),
     CLEAN.row("iterations", "Shop\\Q1", action="existing", sprint=6).scan(iteration_items={}),
     "/iterations/1/sprint", 20),
    ("sprint_name_taken", CLEAN.row("iterations", "Shop\\Q1", name="sprint  7"), CLEAN, "/iterations/1/name", 20),
    ("left_iteration", CLEAN.row("iterations", "Shop\\Q1", action="none"),
     CLEAN.row("iterations", "Shop\\Q1", action="none").scan(iteration_items={"Shop": 20}), "/iterations/1", 20),
    ("doubled_name", CLEAN.add("iterations", IterationRow("Shop\\Q2", "new", None, "q1")),
     CLEAN.add("iterations", IterationRow("Shop\\Q2", "none", None, "q1")), "/iterations", 2),
    ("no_sprint_field", CLEAN.issue_type("Bug", fields=SPRINTLESS), CLEAN.issue_type("Subtask", fields=SPRINTLESS),
     "/types", 10),
    ("unmapped_area", CLEAN.scan(area_items={"Shop\\Pay": 3}), CLEAN.scan(area_items={"Shop\\Pay": 0}), "/areas", 3),
    ("unknown_component", CLEAN.row("areas", "Shop\\Checkout", component="c9"), CLEAN, "/areas/1/component", 10),
    ("component_name_taken", CLEAN.row("areas", "Shop\\Checkout", action="new", name="checkout"),
     CLEAN.row("areas", "Shop\\Checkout", action="new", name="Pay"), "/areas/1/name", 10),
    ("left_area", CLEAN.row("areas", "Shop\\Checkout", action="none"),
     CLEAN.row("areas", "Shop\\Checkout", action="parent"), "/areas/1", 10),
    ("doubled_name",
     CLEAN.add("areas", AreaRow("Shop\\A", "new", None, "Pay")).add("areas", AreaRow("Shop\\B", "new", None, "pay")),
     CLEAN.add("areas", AreaRow("Shop\\A", "new", None, "Pay")), "/areas", 2),
    ("no_component_field", CLEAN.issue_type("Bug", fields=PARTLESS),
     CLEAN.issue_type("Bug", fields=PARTLESS).map(areas=(AreaRow("Shop", "none"), AreaRow("Shop\\Checkout", "none"))),
     "/types", 10),
    # priorities, people, links
    ("unmapped_priority", CLEAN.drop("priorities", "4"),
     CLEAN.drop("priorities", "4").drop("fields", PRIORITY), "/priorities", 10),
    ("unknown_priority", CLEAN.add("priorities", ValueRow("2", "9")), CLEAN.add("priorities", ValueRow("2", None)),
     "/priorities/2/target", 1),
    ("unmapped_person", CLEAN.row("people", "guid-1", target=None),
     CLEAN.row("people", "guid-1", target=None).drop("fields", "System.AssignedTo").drop("fields", "System.CreatedBy"),
     "/people", 1),
    ("unknown_account", replace(CLEAN, accounts=frozenset()), replace(CLEAN, accounts=None), "/people", 1),
    ("unmapped_link", CLEAN.drop("links", DEPENDENCY), NO_LINKS.drop("links", DEPENDENCY), "/links", 3),
    ("unmapped_link", CLEAN.row("links", DEPENDENCY, target=None), CLEAN, "/links/0/target", 3),
    ("unknown_link_type", CLEAN.row("links", DEPENDENCY, target="l9"), CLEAN.row("links", DEPENDENCY, target="remote"),
     "/links/0/target", 3),
    ("unknown_link_type", CLEAN.add("links", LinkRow("Hyperlink", "l9")).scan(links={"Hyperlink": 2}),
     CLEAN.add("links", LinkRow("Hyperlink", "remote")).scan(links={"Hyperlink": 2}), "/links/1/target", 2),
    # limits
    ("title_too_long", CLEAN.scan(over={"title_too_long": TEN}), CLEAN, "", 10),
    ("text_too_long", CLEAN.scan(over={"text_too_long": TEN}), CLEAN, "", 10),
    ("label_too_long", CLEAN.scan(over={"label_too_long": TEN}), CLEAN, "", 10),
    ("many_comments", CLEAN.scan(over={"many_comments": TEN}),
     CLEAN.scan(over={"many_comments": TEN}).take(comments=False), "", 10),
    ("many_files", CLEAN.scan(over={"many_files": TEN}), NO_FILES.scan(over={"many_files": TEN}), "", 10),
    ("many_links", CLEAN.scan(over={"many_links": TEN}), NO_LINKS.scan(over={"many_links": TEN}), "", 10),
    ("file_too_large", CLEAN.jira(upload_limit=199), CLEAN.jira(upload_limit=200), "", 1),
    ("file_too_large", CLEAN.jira(upload_limit=99), NO_FILES.jira(upload_limit=99), "", 2),
    ("inline_images", CLEAN.scan(inline_images=4), CLEAN, "", 4),
]  # fmt: skip


def test_nothing_is_wrong_with_a_clean_migration():
    assert CLEAN.check() == ()


@pytest.mark.parametrize(("code", "broken", "spared", "where", "count"), CASES)
def test_a_problem_is_found_where_it_is_and_nowhere_else(code, broken, spared, where, count):
    found = [problem for problem in broken.check() if problem.code == code]
    assert sum(problem.count for problem in found) == count
    assert {(problem.where, problem.severity) for problem in found} == {(where, KINDS[code][0])}
    assert all(problem.detail.endswith(".") and problem.advice for problem in found)
    assert code not in {problem.code for problem in spared.check()}


def test_every_code_has_a_case():
    told_by_the_api = {"history_left_out"}
    assert {case[0] for case in CASES} | told_by_the_api == set(KINDS)


def test_codes_of_scans_keep_their_examples():
    found = CLEAN.scan(over={"cycle": TEN}).check()
    assert [problem.examples for problem in found] == [(1, 2)]


def test_people_are_told_by_the_work_items_that_name_them():
    (found,) = CLEAN.row("people", "guid-1", target=None).check()
    assert (found.examples, found.detail) == ((7,), "The mapping has no account for 1 of 1 person.")
    (found,) = replace(CLEAN.scan(people_examples={}), accounts=frozenset()).check()
    assert found.examples == ()


@pytest.mark.parametrize(
    "code",
    ["title_too_long", "text_too_long", "label_too_long", "many_comments", "many_files", "many_links", "cycle",
     "parent_out_of_scope", "broken"],
)  # fmt: skip
def test_one_thing_is_told_as_one(code):
    one, many = (CLEAN.scan(over={code: replace(TEN, count=count)}).check()[0] for count in (1, 1_234))
    assert "1,234" in many.detail
    assert re.search(r"\b1 (title is|work item has|work item is|work item\.)", one.detail)


def test_more_files_may_be_too_large_than_a_scan_names():
    (found,) = CLEAN.jira(upload_limit=99).check()
    assert found.detail.startswith("2 files are larger than the 99 bytes")
    many = FileCount(3, 300, ((5, 200), (6, 100)))
    (found,) = CLEAN.scan(files=many).jira(upload_limit=99).check()
    assert found.detail.startswith("At least 2 files")
    assert found.examples == (5, 6)


def test_files_are_not_measured_where_attachments_are_turned_off():
    found = CLEAN.jira(upload_limit=0, attachments_enabled=False).check()
    assert [problem.code for problem in found] == ["attachments_disabled"]


def test_errors_come_first_and_block_until_they_are_waived():
    scene = CLEAN.scan(inline_images=1, over={"cycle": TEN}).without("LINK_ISSUES").row("types", "Bug", target="t9")
    found = scene.check()
    assert [problem.severity for problem in found] == ["error", "error", "warning", "info"]
    assert [one.code for one in found if is_blocking(one.code, one.severity, ())] == [
        "no_link_permission",
        "unknown_type",
    ]
    assert not any(is_blocking(one.code, one.severity, ("no_link_permission", "unknown_type")) for one in found)


def test_work_items_of_an_unknown_type_or_none_ask_nothing_of_the_rest():
    nobody = CLEAN.map(types=(TypeRow("Feature", None), TypeRow("User Story", "t9"), TypeRow("Bug", None),
                              TypeRow("Task", None)))  # fmt: skip
    assert {problem.code for problem in nobody.check()} == {"skipped_type", "unknown_type"}
