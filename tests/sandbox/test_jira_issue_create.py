"""Creating issues on the stand-in: what a project takes, and the words of every refusal."""

from typing import Any

import pytest

from sandbox.contract import find_specs
from sandbox.jira_issue_text import shape_faults
from tests.sandbox.issue_rig import IssueRig, text


def test_an_issue_takes_every_kind_of_field_and_gives_it_back(issues: IssueRig) -> None:
    person = {"accountId": issues.account}
    component = issues.call("POST", "/component", {"name": "Scale", "project": "MIG"}).json()["id"]
    sent: dict[str, Any] = {
        "description": text("One", "Two"),
        "priority": {"name": "High"},
        "labels": ["a", "b", "a"],
        "components": [{"name": "Scale"}],
        "assignee": person,
        "reporter": person,
        "duedate": "2024-05-06",
        "timetracking": {"originalEstimate": "1d 2h"},
        "Story Points": 5,
        "Severity": {"value": "2 - High"},
        "Platforms": [{"value": "Web"}, {"value": "iOS"}],
        "Acceptance criteria": text("Done"),
        "Found in build": "1.2",
        "Reviewer": person,
        "Approvers": [person],
        "Deployed at": "2024-05-06T07:08:09.000+0000",
        "Start date": "2024-05-01",
        "Source": "https://dev.example.com/7",
    }
    found = issues.read(issues.key(**sent))
    assert found["description"] == text("One", "Two")
    assert (found["priority"]["name"], found["labels"], found["duedate"]) == ("High", ["a", "b"], "2024-05-06")
    assert [one["id"] for one in found["components"]] == [component]
    assert found["assignee"]["accountId"] == found["reporter"]["accountId"] == issues.account
    assert found["timetracking"]["originalEstimateSeconds"] == 36_000
    assert found[issues.field("Severity")]["value"] == "2 - High"
    assert [one["value"] for one in found[issues.field("Platforms")]] == ["Web", "iOS"]
    assert found[issues.field("Acceptance criteria")] == text("Done")
    assert [found[issues.field(name)] for name in ("Story Points", "Found in build", "Start date")] == [
        5,
        "1.2",
        "2024-05-01",
    ]
    assert (
        found[issues.field("Reviewer")]["accountId"]
        == found[issues.field("Approvers")][0]["accountId"]
        == issues.account
    )
    assert found["status"]["statusCategory"]["key"] == "new"


NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of {} characters."
HIERARCHY = "Given parent work item does not belong to appropriate hierarchy."
REFUSED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"summary": ""}, {"summary": "You must specify a summary of the issue."}),
    ({"summary": "x" * 256}, {"summary": "Summary can't exceed 255 characters."}),
    ({"summary": "a\nb"}, {"summary": "The summary is invalid because it contains newline characters."}),
    ({"description": "plain"}, {"description": NO_DOCUMENT}),
    (
        {"description": text("x" * 32_767)},
        {"description": TOO_LONG.format("32,767")},
    ),
    ({"priority": {"name": "Urgent"}}, {"priority": "Priority name 'Urgent' is not valid"}),
    ({"labels": ["two words"]}, {"labels": "The label 'two words' contains spaces which is invalid."}),
    ({"components": [{"name": "Nowhere"}]}, {"components": "Component name 'Nowhere' is not valid"}),
    ({"assignee": {"accountId": "nobody"}}, {"assignee": "User 'nobody' cannot be assigned issues."}),
    ({"reporter": {"accountId": "nobody"}}, {"reporter": "The reporter specified is not a user."}),
    ({"duedate": "6 May 2024"}, {"duedate": "Error parsing date string: 6 May 2024"}),
    ({"resolution": {"name": "Done"}}, {"resolution": NOT_ON_SCREEN.format("resolution")}),
    ({"customfield_1": 1}, {"customfield_1": NOT_ON_SCREEN.format("customfield_1")}),
    (
        {"timetracking": {"originalEstimate": "soon"}},
        {"timetracking": "'soon' is not a valid duration. Use the format: 2w 4d 6h 45m"},
    ),
]


@pytest.mark.parametrize(("changes", "errors"), REFUSED)
def test_a_wrong_value_is_400_and_named(issues: IssueRig, changes: dict[str, Any], errors: dict[str, str]) -> None:
    before = len(issues.site.issues)
    answer = issues.call("POST", "/issue", {"fields": issues.fields() | changes})
    assert (answer.status_code, answer.json()) == (400, {"errorMessages": [], "errors": errors})
    assert len(issues.site.issues) == before


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("Story Points", "5", "Operation value must be a number"),
        ("Found in build", 5, "Operation value must be a string"),
        (
            "Found in build",
            "x" * 256,
            TOO_LONG.format(255),
        ),
        ("Severity", {"value": "Awful"}, "Option value 'Awful' is not valid"),
        ("Severity", "2 - High", "Specify a valid 'id' or 'name' for Severity"),
        ("Platforms", {"value": "Web"}, "data was not an array"),
        ("Reviewer", {"accountId": "nobody"}, "User does not exist."),
        ("Deployed at", "2024-05-06T07:08:09", "Error parsing time: 2024-05-06T07:08:09"),
        ("Source", "dev", "The URL is not valid."),
        ("Sprint", [1], "Number value expected as the Sprint id."),
        ("Sprint", 999, "Sprint with id '999' does not exist or you do not have permission to see it."),
    ],
)
def test_a_wrong_value_of_a_custom_field_is_400(issues: IssueRig, name: str, value: Any, sentence: str) -> None:
    answer = issues.create(**{name: value})
    assert (answer.status_code, answer.json()["errors"]) == (400, {issues.field(name): sentence})


def test_all_faults_of_an_issue_are_told_at_once(issues: IssueRig) -> None:
    answer = issues.create("Bug", "OLD", summary="", labels=["a b"], priority={"name": "None"})
    assert sorted(answer.json()["errors"]) == sorted(["summary", "labels", "priority", issues.field("Severity")])
    assert answer.json()["errors"][issues.field("Severity")] == "Severity is required."


@pytest.mark.specs
@pytest.mark.skipif(find_specs() is None, reason="no official documents (SPECS_DIR)")
def test_a_document_against_the_format_is_refused_without_a_name(issues: IssueRig) -> None:
    broken = {"type": "doc", "version": 1, "content": [{"type": "heading", "attrs": {"level": 7}, "content": []}]}
    answer = issues.create(description=broken, summary="")
    assert (answer.status_code, answer.json()) == (400, {"errorMessages": ["INVALID_INPUT"], "errors": {}})


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (text("words"), None),
        (text("words", ""), "a text is empty"),
        ({"type": "doc", "version": 1, "content": [{"text": "x"}]}, "a node has no type"),
        ({"type": "doc", "version": 1, "content": [{"type": "rule", "content": "x"}]}, "content is not a list"),
        ({"type": "doc", "version": 1}, "the document has no content"),
        ({"type": "doc", "version": 2, "content": []}, "not a document of version 1"),
    ],
)
def test_without_the_schema_the_worst_documents_are_told_too(document: Any, reason: str | None) -> None:
    assert next(shape_faults(document), None) == reason


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"project": {"key": "NOPE"}}, {"project": "Specify a valid project ID or key"}),
        ({"project": None}, {"project": "Specify a valid project ID or key"}),
        ({"issuetype": {"name": "Feature"}}, {"issuetype": "Specify a valid issue type"}),
        ({"issuetype": None}, {"issuetype": "Specify an issue type"}),
    ],
)
def test_project_and_type_come_first(issues: IssueRig, changes: dict[str, Any], errors: dict[str, str]) -> None:
    answer = issues.call("POST", "/issue", {"fields": issues.fields() | changes})
    assert (answer.status_code, answer.json()["errors"]) == (400, errors)


def test_parents_are_one_level_above(issues: IssueRig) -> None:
    epic = issues.key("Epic")
    story = issues.key("Story", parent={"key": epic})
    subtask = issues.key("Subtask", parent={"id": issues.site.issues[story].id})
    assert issues.read(story, "parent")["parent"]["key"] == epic
    assert issues.read(story, "subtasks")["subtasks"][0]["key"] == subtask
    assert issues.create("Story", parent={"key": story}).json()["errors"] == {"parent": HIERARCHY}
    assert issues.create("Epic", parent={"key": epic}).json()["errors"] == {"parent": HIERARCHY}
    assert issues.create("Subtask", parent={"key": epic}).json()["errors"] == {"parent": HIERARCHY}
    missing = {"parent": "Could not find issue by id or key."}
    assert issues.create("Story", parent={"key": "MIG-9999"}).json()["errors"] == missing
    assert issues.create("Subtask").json()["errors"] == {
        "issuetype": "Issue type is a sub-task but parent issue key or id not specified."
    }


def test_premium_has_levels_above_epic(issues: IssueRig) -> None:
    initiative = issues.key("Initiative", "OLD")
    epic = issues.key("Epic", "OLD", parent={"key": initiative})
    assert issues.read(epic, "parent")["parent"]["key"] == initiative


def test_a_story_may_be_under_an_epic_of_another_company_managed_project_only(issues: IssueRig) -> None:
    epic = issues.key("Epic", "OLD")
    assert issues.create("Story", parent={"key": epic}).status_code == 201
    refused = issues.create("Story", "TEAM", parent={"key": epic}).json()["errors"]
    assert refused == {"project": "Sub-tasks must be created in the same project as the parent."}


def test_a_team_managed_project_has_types_statuses_and_fields_of_its_own(issues: IssueRig) -> None:
    found = issues.read(issues.key("Story", "TEAM"))
    company = issues.read(issues.key("Story"))
    assert found["issuetype"]["id"] != company["issuetype"]["id"]
    assert found["status"]["id"] != company["status"]["id"]
    assert (
        issues.create("Story", "TEAM", priority={"name": "High"})
        .json()["errors"]["priority"]
        .startswith("Field 'priority'")
    )


def test_the_app_reports_what_has_no_reporter_and_nobody_is_assigned(issues: IssueRig) -> None:
    found = issues.read(issues.key(), "reporter", "assignee", "priority")
    assert (found["reporter"]["accountType"], found["assignee"]) == ("app", None)
    assert found["priority"]["name"] == "Medium"


def test_a_project_may_assign_by_default_and_null_prevents_it(issues: IssueRig) -> None:
    issues.tracker.default_assignees[issues.site.projects["MIG"].id] = issues.account
    assert issues.read(issues.key(), "assignee")["assignee"]["accountId"] == issues.account
    assert issues.read(issues.key(assignee=None), "assignee")["assignee"] is None


@pytest.mark.parametrize("name", ["Gone Greta", "Mail Robot"])
def test_inactive_people_and_apps_cannot_be_assigned(issues: IssueRig, name: str) -> None:
    account = next(one.account_id for one in issues.site.people.values() if one.name == name)
    answer = issues.create(assignee={"accountId": account})
    assert answer.json()["errors"] == {"assignee": f"User '{account}' cannot be assigned issues."}


@pytest.mark.parametrize(
    ("permission", "changes", "field"),
    [
        ("MODIFY_REPORTER", {"reporter": "person"}, "reporter"),
        ("ASSIGN_ISSUES", {"assignee": "person"}, "assignee"),
        ("SCHEDULE_ISSUES", {"duedate": "2024-05-06"}, "duedate"),
    ],
)
def test_without_a_permission_its_field_cannot_be_set(
    issues: IssueRig, permission: str, changes: dict[str, Any], field: str
) -> None:
    sent: dict[str, Any] = {
        name: {"accountId": issues.account} if value == "person" else value for name, value in changes.items()
    }
    issues.deny(permission)
    answer = issues.create(**sent)
    assert (answer.status_code, answer.json()["errors"]) == (400, {field: NOT_ON_SCREEN.format(field)})


def test_without_the_permission_to_create_there_is_no_issue(issues: IssueRig) -> None:
    issues.deny("CREATE_ISSUES")
    sentence = "You do not have permission to create issues in this project."
    assert issues.create().json()["errors"] == {"project": sentence}
    issues.deny("BROWSE_PROJECTS")
    assert issues.create().json()["errors"] == {"project": "Specify a valid project ID or key"}


def test_an_archived_project_takes_nothing(issues: IssueRig) -> None:
    issues.tracker.archived_projects.add(issues.site.projects["MIG"].id)
    assert issues.create().json()["errors"] == {"project": "The project is archived. You cannot create issues in it."}
    assert issues.call("GET", "/project/MIG").json()["archived"] is True


def test_properties_come_with_the_issue(issues: IssueRig) -> None:
    sent = {"fields": issues.fields(), "properties": [{"key": "crosswalk.source", "value": {"id": 7}}]}
    made = issues.call("POST", "/issue", sent).json()["key"]
    assert issues.call("GET", f"/issue/{made}/properties/crosswalk.source").json()["value"] == {"id": 7}


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("k", "x" * 32_767, "The property value is too long. The maximum length is 32768 characters."),
        ("k" * 256, 1, "The property key must be 1 to 255 characters long."),
    ],
)
def test_a_property_over_its_limit_is_400_and_makes_no_issue(
    issues: IssueRig, key: str, value: Any, sentence: str
) -> None:
    before = len(issues.site.issues)
    answer = issues.call("POST", "/issue", {"fields": issues.fields(), "properties": [{"key": key, "value": value}]})
    assert (answer.status_code, answer.json()["errorMessages"]) == (400, [sentence])
    assert len(issues.site.issues) == before


def test_a_transition_comes_with_the_issue(issues: IssueRig) -> None:
    done = issues.site.tracker.scheme(issues.site.projects["MIG"].id).types[1]
    flow = issues.tracker.scheme(issues.site.projects["MIG"].id).workflow(done.id)
    wanted = next(one for one in flow.transitions if one.name == "Done")
    made = issues.call("POST", "/issue", {"fields": issues.fields("Story"), "transition": {"id": wanted.id}}).json()
    assert made["transition"] == {"status": 200, "errorCollection": {"errorMessages": [], "errors": {}}}
    assert issues.read(made["key"], "status")["status"]["name"] == "Done"
    failed = issues.call("POST", "/issue", {"fields": issues.fields("Story"), "transition": {"id": "999"}})
    assert failed.status_code == 201
    assert failed.json()["transition"]["status"] == 400
    assert issues.read(failed.json()["key"], "status")["status"]["name"] == "To Do"


def test_worklogs_and_links_come_with_the_issue(issues: IssueRig) -> None:
    other = issues.key()
    log = {"add": {"timeSpentSeconds": 3600, "started": "2024-03-04T09:30:00.000+0000"}}
    link = {"add": {"type": {"name": "Blocks"}, "outwardIssue": {"key": other}}}
    sent = {"fields": issues.fields(), "update": {"worklog": [log], "issuelinks": [link], "labels": [{"add": "a"}]}}
    made = issues.call("POST", "/issue", sent).json()["key"]
    found = issues.read(made, "worklog", "issuelinks", "labels")
    assert (found["worklog"]["total"], found["labels"]) == (1, ["a"])
    assert found["issuelinks"][0]["outwardIssue"]["key"] == other


def test_a_field_in_both_halves_is_400(issues: IssueRig) -> None:
    answer = issues.call(
        "POST", "/issue", {"fields": issues.fields(labels=["a"]), "update": {"labels": [{"add": "b"}]}}
    )
    assert answer.json()["errors"] == {"labels": "Field 'labels' cannot appear in both 'fields' and 'update'"}
