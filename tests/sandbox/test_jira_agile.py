"""Boards, sprints and ranks on the stand-in."""

from typing import Any

import pytest

from tests.sandbox.issue_rig import AGILE, IssueRig

START, END = "2024-05-06T09:00:00.000+00:00", "2024-05-20T09:00:00.000+00:00"


def board(issues: IssueRig, project: str = "MIG") -> int:
    return issues.tracker.agile.of_project(issues.site.projects[project].id)[0].id


def sprint(issues: IssueRig, name: str = "Sprint 1", **more: Any) -> Any:
    return issues.call("POST", f"{AGILE}/sprint", {"name": name, "originBoardId": board(issues)} | more)


def update(issues: IssueRig, sprint_id: int, **body: Any) -> Any:
    return issues.call("POST", f"{AGILE}/sprint/{sprint_id}", body)


def test_boards_are_found_by_project_and_type(issues: IssueRig) -> None:
    def types(query: str) -> list[str]:
        return [one["type"] for one in issues.call("GET", f"{AGILE}/board?{query}").json()["values"]]

    assert types("projectKeyOrId=MIG") == ["scrum"]
    assert types("projectKeyOrId=TEAM") == ["simple"]
    assert types("type=kanban") == ["kanban"]
    assert issues.call("GET", f"{AGILE}/board?projectKeyOrId=NOPE").status_code == 400
    issues.deny("BROWSE_PROJECTS")
    assert issues.call("GET", f"{AGILE}/board/{board(issues)}").status_code == 404


def test_a_board_tells_its_columns_and_where_estimates_are(issues: IssueRig) -> None:
    company = issues.call("GET", f"{AGILE}/board/{board(issues)}/configuration").json()
    assert [one["name"] for one in company["columnConfig"]["columns"]] == ["To Do", "In Progress", "In Review", "Done"]
    assert company["estimation"]["field"]["fieldId"] == issues.field("Story Points")
    team = issues.call("GET", f"{AGILE}/board/{board(issues, 'TEAM')}/configuration").json()
    assert team["estimation"]["field"]["displayName"] == "Story point estimate"
    kanban = issues.call("GET", f"{AGILE}/board/{board(issues, 'OLD')}/configuration").json()
    assert "estimation" not in kanban


def test_a_sprint_is_made_for_the_future_with_its_name_trimmed(issues: IssueRig) -> None:
    made = sprint(issues, "  Sprint 7 ", startDate=START, endDate=END, goal="ship").json()
    assert (made["name"], made["state"], made["goal"], made["endDate"]) == ("Sprint 7", "future", "ship", END)
    assert issues.call("GET", f"{AGILE}/sprint/{made['id']}").json() == made


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"name": "x" * 29}, 201, ""),
        ({"name": "x" * 30}, 400, "Sprint name must be shorter than 30 characters"),
        ({"name": "  "}, 400, "Sprint name must not be empty"),
        ({"startDate": "2024-05-06"}, 400, "startDate must be a date"),
        ({"startDate": END, "endDate": START}, 400, "must be before the end date"),
        ({"originBoardId": 9999}, 404, "Board does not exist"),
    ],
)
def test_what_a_new_sprint_must_be(issues: IssueRig, changes: dict[str, Any], status: int, word: str) -> None:
    answer = sprint(issues, **{"name": "Sprint", **changes})
    assert (answer.status_code, word in answer.text) == (status, True)


def test_a_kanban_board_has_no_sprints(issues: IssueRig) -> None:
    kanban = board(issues, "OLD")
    assert sprint(issues, originBoardId=kanban).json()["errorMessages"] == ["The board does not support sprints"]
    assert issues.call("GET", f"{AGILE}/board/{kanban}/sprint").status_code == 400


def test_a_sprint_goes_from_future_to_active_to_closed_and_no_other_way(issues: IssueRig) -> None:
    made = sprint(issues).json()["id"]
    assert update(issues, made, state="closed").status_code == 400
    undated = update(issues, made, state="active")
    sentence = "You must specify a start date and an end date to start a sprint."
    assert (undated.status_code, undated.json()["errorMessages"]) == (400, [sentence])
    assert update(issues, made, state="active", startDate=START, endDate=END).json()["state"] == "active"
    assert update(issues, made, state="future").status_code == 400
    closed = update(issues, made, state="closed").json()
    assert closed["completeDate"] > "2025"
    assert update(issues, made, state="active").status_code == 400
    renamed = update(issues, made, name="Done", endDate="2030-01-01T00:00:00.000Z").json()
    assert (renamed["name"], renamed["endDate"]) == ("Done", END)


def test_a_full_update_empties_what_it_does_not_name(issues: IssueRig) -> None:
    made = sprint(issues, goal="ship", startDate=START, endDate=END).json()["id"]
    answer = issues.call("PUT", f"{AGILE}/sprint/{made}", {"name": "Other", "originBoardId": board(issues)}).json()
    assert (answer["goal"], "startDate" in answer, answer["name"]) == ("", False, "Other")


def test_sprints_of_a_board_come_closed_first(issues: IssueRig) -> None:
    first, second = sprint(issues, "first").json()["id"], sprint(issues, "second").json()["id"]
    update(issues, second, state="active", startDate=START, endDate=END)
    update(issues, second, state="closed")
    path = f"{AGILE}/board/{board(issues)}/sprint"
    found = [one["id"] for one in issues.call("GET", f"{path}?maxResults=50").json()["values"]]
    assert found.index(second) < found.index(first)
    assert second not in [one["id"] for one in issues.call("GET", f"{path}?state=active,future").json()["values"]]
    assert issues.call("GET", f"{path}?state=gone").status_code == 400


def test_issues_move_in_fifty_at_a_time_and_never_into_a_closed_sprint(issues: IssueRig) -> None:
    made, key = sprint(issues).json()["id"], issues.key()
    path = f"{AGILE}/sprint/{made}/issue"
    assert issues.call("POST", path, {"issues": [key]}).status_code == 204
    assert [one["key"] for one in issues.call("GET", f"{path}?fields=summary").json()["issues"]] == [key]
    assert issues.call("POST", path, {"issues": [key] * 51}).status_code == 400
    assert issues.call("POST", path, {"issues": []}).status_code == 400
    assert issues.call("POST", path, {"issues": ["MIG-99999"]}).status_code == 404
    update(issues, made, state="active", startDate=START, endDate=END)
    update(issues, made, state="closed")
    assert issues.call("POST", path, {"issues": [issues.key()]}).status_code == 400
    refused = issues.create(Sprint=made).json()["errors"]
    assert refused == {issues.field("Sprint"): "Issue can be assigned only active or future sprints."}


def test_a_closed_sprint_stays_in_the_field_beside_the_new_one(issues: IssueRig) -> None:
    old, new = sprint(issues, "old").json()["id"], sprint(issues, "new").json()["id"]
    key, field = issues.key(Sprint=old), issues.field("Sprint")
    update(issues, old, state="active", startDate=START, endDate=END)
    update(issues, old, state="closed")
    assert issues.call("PUT", f"/issue/{key}", {"fields": {field: new}}).status_code == 204
    assert [one["id"] for one in issues.read(key, field)[field]] == [old, new]
    assert issues.call("POST", f"{AGILE}/backlog/issue", {"issues": [key]}).status_code == 204
    assert [(one["id"], one["state"]) for one in issues.read(key, field)[field]] == [(old, "closed")]


def test_deleting_a_sprint_empties_the_field(issues: IssueRig) -> None:
    made = sprint(issues).json()["id"]
    key, field = issues.key(Sprint=made), issues.field("Sprint")
    assert issues.call("DELETE", f"{AGILE}/sprint/{made}").status_code == 204
    assert issues.read(key, field)[field] is None
    assert issues.call("GET", f"{AGILE}/sprint/{made}").status_code == 404


def test_sprints_need_their_rights(issues: IssueRig) -> None:
    made, key = sprint(issues).json()["id"], issues.key()
    issues.deny("MANAGE_SPRINTS_PERMISSION", "SCHEDULE_ISSUES")
    assert sprint(issues).status_code == 403
    assert update(issues, made, name="x").status_code == 403
    assert issues.call("DELETE", f"{AGILE}/sprint/{made}").status_code == 403
    assert issues.call("POST", f"{AGILE}/sprint/{made}/issue", {"issues": [key]}).status_code == 403
    assert issues.call("PUT", f"{AGILE}/issue/rank", {"issues": [key], "rankAfterIssue": key}).status_code == 403
    assert list(issues.create(Sprint=made).json()["errors"]) == [issues.field("Sprint")]


def test_issues_are_ranked_behind_and_before_another_one(issues: IssueRig) -> None:
    one, two, three, four = (issues.key() for _ in range(4))
    assert issues.call("PUT", f"{AGILE}/issue/rank", {"issues": [four, one], "rankAfterIssue": two}).status_code == 204
    assert issues.call("PUT", f"{AGILE}/issue/rank", {"issues": [three], "rankBeforeIssue": two}).status_code == 204
    query = f"key in ({one},{two},{three},{four}) order by rank"
    found = issues.call("POST", "/search/jql", {"jql": query, "fields": ["key"]}).json()["issues"]
    assert [found_["key"] for found_ in found] == [three, two, four, one]
    assert issues.call("PUT", f"{AGILE}/issue/rank", {"issues": [one]}).status_code == 400
