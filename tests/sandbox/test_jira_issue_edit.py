"""Editing and deleting issues on the stand-in."""

from typing import Any

import pytest

from tests.sandbox.issue_rig import SCOPES, IssueRig, text

NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


def edit(issues: IssueRig, key: str, query: str = "", **body: Any) -> Any:
    return issues.call("PUT", f"/issue/{key}{query}", body)


def test_fields_are_replaced_and_null_clears_them(issues: IssueRig) -> None:
    key = issues.key(labels=["a"], duedate="2024-05-06", description=text("old"))
    fields = {"summary": "New", "labels": ["b"], "duedate": None, "description": text("new")}
    assert edit(issues, key, fields=fields).status_code == 204
    found = issues.read(key)
    assert (found["summary"], found["labels"], found["duedate"], found["description"]) == (
        "New",
        ["b"],
        None,
        text("new"),
    )
    assert issues.site.issues[key].summary == "New"


def test_lists_grow_and_shrink(issues: IssueRig) -> None:
    key = issues.key(labels=["a", "b"])
    assert edit(issues, key, update={"labels": [{"add": "c"}, {"remove": "a"}]}).status_code == 204
    assert issues.read(key, "labels")["labels"] == ["b", "c"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"fields": {"summary": None}}, {"summary": "You must specify a summary of the issue."}),
        ({"fields": {"status": {"name": "Done"}}}, {"status": NOT_ON_SCREEN.format("status")}),
        ({"fields": {"project": {"key": "OPS"}}}, {"project": NOT_ON_SCREEN.format("project")}),
        ({"fields": {"reporter": None}}, {"reporter": "Reporter is required."}),
        ({"update": {"priority": [{"add": {"id": "1"}}]}}, {"priority": "Field does not support operation 'add'"}),
        (
            {"fields": {"labels": []}, "update": {"labels": [{"add": "b"}]}},
            {"labels": "Field 'labels' cannot appear in both 'fields' and 'update'"},
        ),
        ({"fields": {"issuetype": {"name": "Epic"}}}, {"issuetype": "The issue type selected is invalid."}),
    ],
)
def test_a_wrong_edit_is_400_and_changes_nothing(
    issues: IssueRig, body: dict[str, Any], errors: dict[str, str]
) -> None:
    key = issues.key(labels=["a"])
    before = issues.tracker.record(key).state  # type: ignore[union-attr]
    answer = edit(issues, key, **body)
    assert (answer.status_code, answer.json()["errors"]) == (400, errors)
    assert issues.tracker.record(key).state is before  # type: ignore[union-attr]


def test_the_type_may_change_on_its_level(issues: IssueRig) -> None:
    key = issues.key("Task")
    assert edit(issues, key, fields={"issuetype": {"name": "Story"}}).status_code == 204
    assert issues.read(key, "issuetype")["issuetype"]["name"] == "Story"


def test_a_standard_issue_loses_its_parent_and_a_subtask_does_not(issues: IssueRig) -> None:
    story = issues.key("Story", parent={"key": issues.key("Epic")})
    subtask = issues.key("Subtask", parent={"key": story})
    assert edit(issues, story, update={"parent": [{"set": {"none": True}}]}).status_code == 204
    assert issues.read(story, "parent")["parent"] is None
    assert edit(issues, subtask, fields={"parent": None}).json()["errors"] == {
        "parent": "Subtasks must have a parent work item."
    }


def test_comments_worklogs_and_links_come_with_an_edit(issues: IssueRig) -> None:
    key, other = issues.key(), issues.key()
    update = {
        "comment": [{"add": {"body": text("hello")}}],
        "worklog": [{"add": {"timeSpent": "2h", "started": "2024-03-04T09:30:00.000+0000"}}],
        "issuelinks": [{"add": {"type": {"name": "Relates"}, "inwardIssue": {"key": other}}}],
    }
    assert edit(issues, key, update=update).status_code == 204
    found = issues.read(key, "comment", "worklog", "issuelinks")
    assert [found[name]["total"] for name in ("comment", "worklog")] == [1, 1]
    assert found["issuelinks"][0]["inwardIssue"]["key"] == other


def test_the_history_tells_what_changed(issues: IssueRig) -> None:
    key = issues.key(labels=["a"])
    edit(issues, key, fields={"labels": ["b"], "priority": {"name": "Low"}}, historyMetadata={"type": "crosswalk"})
    page = issues.call("GET", f"/issue/{key}/changelog").json()
    items = {one["field"]: (one.get("fromString"), one.get("toString")) for one in page["values"][0]["items"]}
    assert items == {"labels": ("a", "b"), "priority": ("Medium", "Low")}
    assert (page["total"], page["isLast"], page["values"][0]["historyMetadata"]) == (1, True, {"type": "crosswalk"})


def test_mail_can_be_kept_silent_by_project_administrators_only(issues: IssueRig) -> None:
    key = issues.key()
    with_scopes(issues, ["READ", "WRITE", "DELETE"])
    try:
        assert edit(issues, key, "?notifyUsers=false", fields={"summary": "a"}).status_code == 204
        issues.deny("ADMINISTER_PROJECTS")
        refused = edit(issues, key, "?notifyUsers=false", fields={"summary": "b"})
    finally:
        with_scopes(issues, SCOPES)
    sentence = "To discard the user notification either admin or project admin permissions are required."
    assert (refused.status_code, refused.json()["errorMessages"]) == (403, [sentence])
    assert edit(issues, key, "?notifyUsers=false", fields={"summary": "c"}).status_code == 204
    assert issues.site.issues[key].summary == "c"


def with_scopes(issues: IssueRig, scopes: list[str]) -> None:
    issues.rig.app.changes = issues.rig.app.changes | {"scopes": scopes}
    assert issues.rig.install().status_code == 201


def test_only_apps_that_administer_jira_override_screens(issues: IssueRig) -> None:
    key, query, fields = issues.key(), "?overrideScreenSecurity=true", {"resolution": {"name": "Done"}}
    assert edit(issues, key, fields=fields).json()["errors"] == {"resolution": NOT_ON_SCREEN.format("resolution")}
    assert edit(issues, key, query, fields=fields).status_code == 204
    assert issues.read(key, "resolution")["resolution"]["name"] == "Done"
    with_scopes(issues, ["READ", "WRITE", "DELETE"])
    try:
        assert edit(issues, key, query, fields=fields).status_code == 403
    finally:
        with_scopes(issues, SCOPES)


def test_without_the_permission_to_edit_no_field_can_be_set(issues: IssueRig) -> None:
    key = issues.key()
    issues.deny("EDIT_ISSUES")
    assert edit(issues, key, fields={"summary": "x"}).json()["errors"] == {"summary": NOT_ON_SCREEN.format("summary")}
    assert issues.call("GET", f"/issue/{key}/editmeta").json() == {"fields": {}}


def test_an_archived_issue_can_be_read_but_not_changed(issues: IssueRig) -> None:
    key = issues.key()
    issues.rig.control("POST", "archive", {"issue": key})
    assert issues.read(key, "summary") == {"summary": "Weigh the parcel"}
    assert edit(issues, key, fields={"summary": "x"}).status_code == 400
    assert issues.call("POST", f"/issue/{key}/comment", {"body": text("x")}).status_code == 400


def test_deleting_takes_the_issue_with_all_that_is_on_it(issues: IssueRig) -> None:
    key, other = issues.key(), issues.key()
    issues.call("POST", "/issueLink", link(key, other))
    issues.upload(key, ("a.txt", b"x"))
    issue_id = issues.site.issues[key].id
    assert issues.call("DELETE", f"/issue/{key}").status_code == 204
    assert issues.call("GET", f"/issue/{issue_id}").status_code == 404
    assert issues.read(other, "issuelinks")["issuelinks"] == []
    assert issue_id not in {home for home, _ in issues.tracker.files.values()}
    assert int(issues.key().rpartition("-")[2]) > int(other.rpartition("-")[2])


def link(inward: str, outward: str) -> dict[str, Any]:
    return {"type": {"name": "Blocks"}, "inwardIssue": {"key": inward}, "outwardIssue": {"key": outward}}


def test_subtasks_go_only_when_asked_for_and_stories_stay(issues: IssueRig) -> None:
    epic = issues.key("Epic")
    story = issues.key("Story", parent={"key": epic})
    subtask = issues.key("Subtask", parent={"key": story})
    refused = issues.call("DELETE", f"/issue/{story}")
    assert (refused.status_code, "deleteSubtasks" in refused.text) == (400, True)
    assert issues.call("DELETE", f"/issue/{epic}").status_code == 204
    assert issues.read(story, "parent")["parent"] is None
    assert issues.call("DELETE", f"/issue/{story}?deleteSubtasks=true").status_code == 204
    assert issues.site.find_issue(subtask) is None


def test_without_the_permission_to_delete_it_stays(issues: IssueRig) -> None:
    key = issues.key()
    issues.deny("DELETE_ISSUES")
    assert issues.call("DELETE", f"/issue/{key}").status_code == 403
    assert issues.site.find_issue(key) is not None
