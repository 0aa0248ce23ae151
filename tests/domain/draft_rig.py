"""A small project of Jira, a mapping to it and work items, for drafts."""

from dataclasses import replace

from domain.draft_records import DraftContext
from domain.issue_drafts import draft_issue
from domain.mapping_records import FieldRow, Mapping, StateRow, TypeRow, ValueRow
from domain.target_sites import TargetField, TargetProject, TargetSprint, TargetStatus, TargetType
from domain.work_items import (
    AREA,
    DESCRIPTION,
    ITERATION,
    PARENT,
    STATE,
    TITLE,
    Identity,
    Relation,
    WorkItem,
    WorkItemField,
)

CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"
POINTS = "Microsoft.VSTS.Scheduling.StoryPoints"
CRITERIA, STEPS = "Microsoft.VSTS.Common.AcceptanceCriteria", "Microsoft.VSTS.TCM.ReproSteps"
ASSIGNED, CREATED_BY = "System.AssignedTo", "System.CreatedBy"
JANE, SAM = Identity("jane-id", "Jane Doe", "jane@example.com"), Identity("sam-id", "Sam Roe", "sam@example.com")


def field(id_, kind="string", schema="", **more):
    return TargetField(id_, more.pop("name", id_.capitalize()), schema or id_, kind, **more)


def custom(number, kind, schema, **more):
    return field(f"customfield_{number}", kind, f"{CUSTOM}:{schema}", **more)


SPRINT = field("customfield_10020", "array", "com.pyxis.greenhopper.jira:gh-sprint", name="Sprint", items="json")
FIELDS = (
    field("project", "project", required=True),
    field("issuetype", "issuetype", required=True),
    field("summary", required=True),
    field("description"),
    field("priority", "priority", required=True, has_default=True),
    field("labels", "array", items="string"),
    field("components", "array", items="component"),
    field("assignee", "user"),
    field("reporter", "user", required=True, has_default=True),
    field("duedate", "date"),
    field("parent", "issuelink"),
    SPRINT,
    custom(10016, "number", "float", name="Story Points"),
    custom(10030, "string", "textarea", name="Acceptance criteria"),
    custom(10031, "string", "textfield", name="Found in"),
    custom(10032, "option", "select", name="Severity", options={"1 - Critical": "501", "2 - High": "502"}),
    custom(10033, "array", "multiselect", name="Platforms", items="option", options={"Web": "601", "iOS": "602"}),
    custom(10034, "user", "userpicker", name="Reviewer"),
    custom(10035, "array", "multiuserpicker", name="Approvers", items="user"),
    custom(10036, "datetime", "datetime", name="Deployed at"),
    custom(10037, "string", "url", name="Source"),
    custom(10038, "array", "labels", name="Tags", items="string"),
)
STATUSES = (
    TargetStatus("1", "To Do", "new"),
    TargetStatus("2", "Doing", "indeterminate"),
    TargetStatus("3", "Done", "done"),
)
PATHS = {"1": (), "2": ("21",), "3": ("21", "31")}


def issue_type(id_, name, level, fields=FIELDS):
    return TargetType(id_, name, level, fields, STATUSES, PATHS)


EPIC, STORY, SUBTASK = issue_type("100", "Epic", 1), issue_type("101", "Story", 0), issue_type("102", "Subtask", -1)
TARGET = TargetProject(
    "10000",
    "SHOP",
    "company",
    (EPIC, STORY, SUBTASK),
    priorities={"Highest": "1", "High": "2"},
    sprints=(TargetSprint(7, "Sprint 7", "active"), TargetSprint(6, "Sprint 6", "closed")),
)
MAPPING = Mapping(
    plan="feature_as_epic",
    types=(TypeRow("Feature", "100"), TypeRow("User Story", "101"), TypeRow("Task", "102"), TypeRow("Epic", None)),
    states=(
        StateRow("User Story", "New", "1"),
        StateRow("User Story", "Active", "2"),
        StateRow("User Story", "Closed", "3"),
    ),
    priorities=(ValueRow("1", "1"), ValueRow("2", "2")),
    people=(ValueRow("jane-id", "account-jane"), ValueRow("sam-id", None)),
    tags_to_labels=False,
)
SOURCE_FIELDS = {
    name: WorkItemField(name, label, kind)
    for name, label, kind in (
        (DESCRIPTION, "Description", "html"), (CRITERIA, "Acceptance Criteria", "html"), (STEPS, "Repro Steps", "html"),
        ("Custom.Notes", "Notes of the team", "html"), ("Custom.Line", "A line", "string"),
    )
}  # fmt: skip
CONTEXT = DraftContext(
    organization="contoso",
    organization_url="https://dev.azure.com/contoso",
    project="project-guid",
    run="run-1",
    source_fields=SOURCE_FIELDS,
    accounts={"jane-id": "account-jane"},
    sprints={},
    components={},
)


def work_item(fields=None, *, id_=1, type_="User Story", parent=None, formats=None, relations=()):
    given = {TITLE: "Add the basket", STATE: "New", AREA: "Shop", ITERATION: "Shop"} | (fields or {})
    links = (*relations, *((Relation(PARENT, "", parent),) if parent else ()))
    return WorkItem(id_, 3, type_, given, links, formats or {})


def row(source, target, rule="text", **more):
    return FieldRow(source, target, rule, **more)


def with_rows(*rows, **more):
    return replace(MAPPING, fields=rows, **more)


def draft(item, mapping=MAPPING, *, target=TARGET, **context):
    return draft_issue(item, mapping, target, replace(CONTEXT, **context))


def reasons(made, field_id):
    return [note.reason for note in made.notes if note.field == field_id]


def codes(made):
    """Of what is lost, by field."""
    return [(note.field, note.code) for note in made.notes if note.code]
