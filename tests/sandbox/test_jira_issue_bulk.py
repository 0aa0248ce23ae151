"""Creating issues fifty at a time on the stand-in: each is checked alone, and what failed is told by its number."""

from typing import Any

import pytest

from tests.sandbox.issue_rig import IssueRig, text


def update(issues: IssueRig, **fields: Any) -> dict[str, Any]:
    return {"fields": issues.fields(**fields)}


def send(issues: IssueRig, *updates: dict[str, Any]) -> Any:
    return issues.call("POST", "/issue/bulk", {"issueUpdates": list(updates)})


def test_all_good_ones_are_made_in_order(issues: IssueRig) -> None:
    answer = send(issues, *(update(issues, summary=f"Number {n}", description=text("x")) for n in range(50)))
    made = answer.json()["issues"]
    assert (answer.status_code, len(made), answer.json()["errors"]) == (201, 50, [])
    assert [issues.site.issues[one["key"]].summary for one in made] == [f"Number {n}" for n in range(50)]
    numbers = [int(one["key"].rpartition("-")[2]) for one in made]
    assert numbers == list(range(numbers[0], numbers[0] + 50))


def test_failed_ones_are_told_by_number_and_the_others_are_made(issues: IssueRig) -> None:
    answer = send(issues, update(issues, summary=""), update(issues), update(issues, labels=["a b"]), update(issues))
    body = answer.json()
    assert (answer.status_code, len(body["issues"])) == (201, 2)
    assert [(one["failedElementNumber"], one["status"]) for one in body["errors"]] == [(0, 400), (2, 400)]
    assert body["errors"][1]["elementErrors"] == {
        "errorMessages": [],
        "errors": {"labels": "The label 'a b' contains spaces which is invalid."},
    }


def test_when_all_fail_the_answer_is_400_in_the_same_form(issues: IssueRig) -> None:
    before = len(issues.site.issues)
    answer = send(issues, update(issues, summary=""), update(issues, summary=""))
    assert (answer.status_code, answer.json()["issues"]) == (400, [])
    assert [one["failedElementNumber"] for one in answer.json()["errors"]] == [0, 1]
    assert len(issues.site.issues) == before


@pytest.mark.parametrize("count", [0, 51])
def test_none_and_more_than_fifty_are_refused_as_a_whole(issues: IssueRig, count: int) -> None:
    before = len(issues.site.issues)
    assert send(issues, *(update(issues) for _ in range(count))).status_code == 400
    assert len(issues.site.issues) == before


def test_parent_transition_sprint_and_property_come_in_the_same_call(issues: IssueRig) -> None:
    epic = issues.key("Epic")
    board = issues.tracker.agile.of_project(issues.site.projects["MIG"].id)[0]
    sprint = issues.call("POST", "/rest/agile/1.0/sprint", {"name": "Sprint 1", "originBoardId": board.id}).json()["id"]
    one = update(issues, kind="Story", parent={"key": epic}, Sprint=sprint) | {
        "properties": [{"key": "crosswalk.source", "value": {"id": 4711}}],
        "transition": {"id": "21"},
    }
    made = send(issues, one, update(issues, kind="Story") | {"transition": {"id": "777"}}).json()["issues"]
    assert [one["transition"]["status"] for one in made] == [200, 400]
    found = issues.read(made[0]["key"])
    assert (found["parent"]["key"], found["status"]["name"]) == (epic, "In Progress")
    assert [one["id"] for one in found[issues.field("Sprint")]] == [sprint]
    assert issues.tracker.record(made[0]["key"]).state.properties == {"crosswalk.source": b'{"id":4711}'}  # type: ignore[union-attr]


def test_a_call_of_fifty_costs_fifty_points(issues: IssueRig) -> None:
    issues.tracker.quota.forget()
    send(issues, *(update(issues) for _ in range(50)))
    meter = issues.rig.control("GET", "meter").json()
    assert (meter["calls"], meter["points"]) == ({"POST /rest/api/3/issue/bulk": 1}, 50)
