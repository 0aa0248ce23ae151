"""Which field of Jira takes which of Azure DevOps."""

import pytest

from domain.mapping_records import FieldRow, TypeRow
from domain.mapping_suggestions_fields import suggest_fields
from domain.scan_reports import FieldUse, TypeCount
from domain.work_items import PRIORITY, SourceProject, WorkItemField
from tests.domain.suggest_rig import field, issue_type, jira, scan, use

PLAN, COMMON = "Microsoft.VSTS.Scheduling.", "Microsoft.VSTS.Common."
CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"
DESCRIPTION = field("description", "Description")
TIER = field("c1", "Customer Tier", "option", options={"Gold": "1", "Silver": "2"})
ROWS = (TypeRow("Bug", "t-Bug"), TypeRow("Task", "t-Task"), TypeRow("Risk", None))


def suggest(uses, *fields, others=None, known=(), filled=("Bug", "Task"), **target):
    """Rows for fields that are filled in types; `fields` are on the screen of bugs, `others` on that of tasks."""
    counts = [TypeCount(name, 10, filled=dict.fromkeys([one.name for one in uses], 10)) for name in filled]
    report = scan(*counts, fields=tuple(uses))
    types = issue_type("Bug", 0, *fields), issue_type("Task", 0, *(fields if others is None else others))
    return suggest_fields(report, SourceProject("g", "Shop", (), tuple(known)), jira(*types, **target), ROWS)


def only(uses, *fields, **more):
    (row,) = suggest(uses, *fields, **more)
    return row


@pytest.mark.parametrize(
    ("kind", "target", "rule", "confidence"),
    [
        ("string", field("c1", "Thing"), "text", 1.0),
        ("string", field("c1", "Thing", schema=f"{CUSTOM}:textarea"), "text", 0.8),
        ("string", field("c1", "Thing", "array", "string"), "labels", 0.6),
        ("html", field("c1", "Thing", schema=f"{CUSTOM}:textarea"), "rich_text", 1.0),
        ("html", field("c1", "Thing"), "text", 0.5),
        ("integer", field("c1", "Thing", "number"), "number", 1.0),
        ("picklistDouble", field("c1", "Thing", "number"), "number", 1.0),
        ("double", field("c1", "Thing"), "text", 0.6),
        ("dateTime", field("c1", "Thing", "date"), "date", 1.0),
        ("dateTime", field("c1", "Thing", "datetime"), "datetime", 1.0),
        ("boolean", field("c1", "Thing"), "text", 0.6),
        ("identity", field("c1", "Thing", "user"), "user", 1.0),
        ("identity", field("c1", "Thing", "array", "user"), "user", 1.0),
        ("string", field("c1", "Thing", "option", options={"A": "1"}), "option", 0.6),
    ],
)
def test_a_field_of_the_same_name_takes_what_fits_its_kind(kind, target, rule, confidence):
    row = only([use("Microsoft.VSTS.X.Thing", "thing", kind)], target)
    assert (row.target, row.rule, row.confidence) == ("c1", rule, confidence)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("string", field("c1", "Thing", "number")),
        ("html", field("c1", "Thing", "user")),
        ("integer", field("c1", "Thing", "date")),
        ("string", field("c1", "Thing", "any")),
        ("string", field("c1", "Another thing")),
    ],
)
def test_a_field_of_another_kind_or_name_takes_nothing(kind, target):
    row = only([use("Microsoft.VSTS.X.Thing", "Thing", kind)], target)
    assert (row.target, row.rule, row.confidence) == (None, "drop", 0.3)
    assert "Add one called Thing" in row.reason


def test_people_are_known_by_their_field():
    known = [WorkItemField("Custom.Who", "Who", "string", is_identity=True)]
    assert only([use("Custom.Who", "Who")], field("c1", "Who", "user"), known=known).rule == "user"


@pytest.mark.parametrize(
    ("name", "label", "target", "rule"),
    [
        ("System.Title", "Title", field("summary", "Zusammenfassung"), "text"),
        ("System.Description", "Description", field("description", "Beschreibung"), "rich_text"),
        ("System.AssignedTo", "Assigned To", field("assignee", "Bearbeiter", "user"), "user"),
        ("System.CreatedBy", "Created By", field("reporter", "Autor", "user"), "user"),
        (PLAN + "DueDate", "Due Date", field("duedate", "Fällig", "date"), "date"),
        (PRIORITY, "Priority", field("priority", "Priorität", "priority"), "priority"),
        ("Microsoft.VSTS.TCM.SystemInfo", "System Info", field("environment", "Umgebung"), "rich_text"),
    ],
)
def test_system_fields_are_found_whatever_a_site_calls_them(name, label, target, rule):
    kinds = {"System.Description": "html", "Microsoft.VSTS.TCM.SystemInfo": "html", PRIORITY: "integer"}
    kind = kinds.get(name, "dateTime" if "Date" in name else "identity" if rule == "user" else "string")
    row = only([use(name, label, kind)], target)
    assert (row.target, row.rule, row.confidence) == (target.id, rule, 1.0)


def test_a_priority_goes_into_no_other_field():
    assert only([use(PRIORITY, "Priority", "integer")], field("c1", "Priority", "number")).rule == "drop"


def test_dates_without_one_of_their_own_become_the_due_date():
    uses = [use(PLAN + "TargetDate", "Target Date", "dateTime"), use(PLAN + "DueDate", "Due Date", "dateTime")]
    rows = suggest(uses, field("duedate", "Due date", "date"))
    assert [(row.source.removeprefix(PLAN), row.confidence) for row in rows] == [("DueDate", 1.0), ("TargetDate", 0.7)]
    own = field("c1", "Target end", "date")
    assert only(uses[:1], field("duedate", "Due date", "date"), own).target == "c1"


POINTS, EFFORT = use(PLAN + "StoryPoints", "Story Points", "double"), use(PLAN + "Effort", "Effort", "double")
JIRA_POINTS, JIRA_EFFORT = field("c1", "Story point estimate", "number"), field("c2", "Effort", "number")


@pytest.mark.parametrize(
    ("uses", "fields", "estimate", "targets"),
    [
        ([POINTS], [JIRA_POINTS, JIRA_EFFORT], "c1", ["c1"]),
        ([POINTS], [JIRA_POINTS], None, ["c1"]),
        ([EFFORT], [JIRA_POINTS, JIRA_EFFORT], "c1", ["c1"]),
        ([EFFORT], [JIRA_EFFORT], "c9", ["c2"]),
        ([POINTS, EFFORT], [JIRA_POINTS, JIRA_EFFORT], "c1", ["c1", "c2"]),
        ([EFFORT, POINTS], [JIRA_POINTS], "c1", ["c1", "c1"]),
    ],
)
def test_estimates_go_where_the_board_keeps_them(uses, fields, estimate, targets):
    rows = suggest(uses, *fields, estimate_field=estimate)
    assert [row.target for row in rows] == targets
    assert rows[0].source == (POINTS if POINTS in uses else EFFORT).name


def test_values_of_a_list_find_their_options():
    found = only([use("Custom.Tier", "Customer Tier", Gold=6, silver=4)], TIER)
    assert found.values == (("Gold", "1"), ("silver", "2"))
    assert (found.rule, found.confidence) == ("option", 1.0)


def test_values_with_numbers_or_other_words_find_their_options():
    options = {"Blocker": "1", "2 - Major": "2", "Normal": "3"}
    known = [
        WorkItemField(COMMON + "Severity", "Severity", "string", values=("1 - Critical", "2 - High", "3 - Medium"))
    ]
    found = only(
        [use(COMMON + "Severity", "Severity")], field("c1", "Severity", "option", options=options), known=known
    )
    assert found.values == (("1 - Critical", "1"), ("2 - High", "2"), ("3 - Medium", "3"))


def test_a_list_in_which_most_values_have_no_option_does_not_fit():
    assert only([use("Custom.Tier", "Customer Tier", Gold=4, Bronze=6)], TIER, DESCRIPTION).rule == "section"
    half = only([use("Custom.Tier", "Customer Tier", Gold=5, Bronze=5)], TIER)
    assert (half.rule, half.confidence) == ("option", 0.5)


def test_yes_and_no_are_read_as_drafts_write_them():
    options = {"Yes": "1", "No": "2"}
    found = only(
        [use("Custom.Legal", "Legal", "boolean", true=1, false=2)], field("c1", "Legal", "option", options=options)
    )
    assert found.values == (("Yes", "1"), ("No", "2"))


def test_several_choices_take_the_parts_of_a_list():
    target = field("c1", "Tier", "array", "option", options={"Gold": "1"})
    assert only([use("Custom.Tier", "Tier", Gold=1)], target).rule == "options"


def test_a_field_that_only_some_types_show_has_rows_for_both():
    rows = suggest([use("Custom.Tier", "Customer Tier", Gold=1)], TIER, others=[DESCRIPTION])
    assert [(row.target, row.rule, row.types) for row in rows] == [
        ("c1", "option", ("Bug",)), ("description", "section", ("Task",)),
    ]  # fmt: skip
    rows = suggest([use("Microsoft.VSTS.X.Tier", "Customer Tier", Gold=1)], TIER, others=[])
    assert rows[1].reason.startswith("No field for it is on the screens of Task.")


def test_long_texts_without_a_field_become_a_part_of_the_description():
    row = only([use(COMMON + "AcceptanceCriteria", "Acceptance Criteria", "html")], DESCRIPTION)
    assert (row.target, row.rule) == ("description", "section")
    assert only([use(COMMON + "AcceptanceCriteria", "Acceptance Criteria", "html")]).rule == "drop"


def test_what_a_company_made_is_kept_in_the_description_and_what_everybody_has_is_not():
    own, common = use("Custom.Nps", "NPS", "integer"), use(COMMON + "Risk", "Risk")
    assert [row.rule for row in suggest([own, common], DESCRIPTION)] == ["section", "drop"]


def test_the_description_itself_comes_before_its_parts():
    rows = suggest(
        [use("Custom.Notes", "Notes", "html"), use("System.Description", "Description", "html")], DESCRIPTION
    )
    assert [row.rule for row in rows] == ["rich_text", "section"]


def test_fields_that_jira_keeps_by_itself_are_left_out_unless_one_is_made_for_them():
    closed = [use(COMMON + "ClosedDate", "Closed Date", "dateTime")]
    row = only(closed, DESCRIPTION)
    assert (row.rule, row.confidence) == ("drop", 0.9)
    assert only(closed, field("c1", "Closed date", "datetime")).rule == "datetime"


def test_fields_with_tables_of_their_own_have_no_row():
    assert suggest([use("System.State", "State"), use("System.Tags", "Tags"), use("System.AreaLevel14", "L")]) == ()


def test_fields_that_only_skipped_types_fill_are_left_out():
    row = only([use("Custom.Tier", "Customer Tier", Gold=1)], TIER, filled=("Risk",))
    assert row == FieldRow("Custom.Tier", None, "drop", (), (), 0.9, "Only types that are skipped fill it.")


def test_a_field_that_is_hardly_ever_filled_is_proposed_with_less():
    counts = TypeCount("Bug", 1_000, filled={"Custom.A": 1})
    report = scan(counts, fields=(FieldUse("Custom.A", "A", "string", 1),))
    (row,) = suggest_fields(
        report, SourceProject("g", "Shop", (), ()), jira(issue_type("Bug", 0, field("c1", "A"))), ROWS[:1]
    )  # fmt: skip
    assert (row.confidence, row.reason) == (0.8, "Same name. Filled in 1 of 1,000 work items.")


def test_a_type_that_the_project_does_not_have_has_no_fields():
    (row,) = suggest_fields(
        scan(TypeCount("Bug", 1, filled={"Custom.A": 1}), fields=(use("Custom.A", "A"),)),
        SourceProject("g", "Shop", (), ()), jira(), [TypeRow("Bug", "t-Bug")],
    )  # fmt: skip
    assert row.rule == "drop"
