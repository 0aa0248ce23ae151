"""Properties, worklogs and watchers of issues on the stand-in."""

from typing import Any

import pytest

from tests.sandbox.issue_rig import IssueRig, text

STARTED = "2024-03-04T09:30:00.000+0000"


def test_a_property_is_made_read_replaced_listed_and_removed(issues: IssueRig) -> None:
    key = issues.key()
    path = f"/issue/{key}/properties/crosswalk.source"
    assert issues.call("PUT", path, {"id": 1}).status_code == 201
    assert issues.call("PUT", path, {"id": 2}).status_code == 200
    assert issues.call("GET", path).json() == {"key": "crosswalk.source", "value": {"id": 2}}
    assert [one["key"] for one in issues.call("GET", f"/issue/{key}/properties").json()["keys"]] == ["crosswalk.source"]
    assert issues.call("GET", f"/issue/{key}?fields=id&properties=*all").json()["properties"] == {
        "crosswalk.source": {"id": 2}
    }
    assert issues.call("DELETE", path).status_code == 204
    assert [issues.call(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]


def test_a_property_has_limits_and_needs_the_right_to_edit(issues: IssueRig) -> None:
    key = issues.key()
    path = f"/issue/{key}/properties/"
    assert issues.call("PUT", f"{path}a", "x" * 32_766).status_code == 201
    assert issues.call("PUT", f"{path}b", "x" * 32_767).status_code == 400
    issues.rig.control("POST", "issue-limits", {"properties": 1})
    assert [issues.call("PUT", f"{path}{name}", 1).status_code for name in "ab"] == [200, 400]
    issues.deny("EDIT_ISSUES")
    assert issues.call("PUT", f"{path}a", 2).status_code == 403


def log(issues: IssueRig, key: str, query: str = "", **changes: Any) -> Any:
    body = {"timeSpentSeconds": 3600, "started": STARTED, "comment": text("weighed")} | changes
    return issues.call("POST", f"/issue/{key}/worklog{query}", body)


def test_a_worklog_keeps_its_start_and_may_leave_the_estimate(issues: IssueRig) -> None:
    key = issues.key(timetracking={"originalEstimate": "1d"})
    made = log(issues, key, "?adjustEstimate=leave&notifyUsers=false").json()
    assert (made["started"], made["timeSpentSeconds"], made["comment"]) == (STARTED, 3600, text("weighed"))
    assert issues.read(key, "timetracking")["timetracking"]["remainingEstimateSeconds"] == 8 * 3600
    log(issues, key)
    log(issues, key, "?adjustEstimate=manual&reduceBy=2h")
    assert issues.read(key, "timetracking")["timetracking"]["remainingEstimateSeconds"] == 5 * 3600
    log(issues, key, "?adjustEstimate=new&newEstimate=1h")
    assert issues.read(key, "timetracking")["timetracking"]["remainingEstimateSeconds"] == 3600
    assert issues.call("GET", f"/issue/{key}/worklog").json()["total"] == 4


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("", {"timeSpentSeconds": 59}),
        ("", {"started": "2024-03-04T09:30:00Z"}),
        ("", {"comment": "plain"}),
        ("", {"timeSpentSeconds": None, "timeSpent": "long"}),
        ("?adjustEstimate=new", {}),
        ("?adjustEstimate=manual", {}),
    ],
)
def test_a_wrong_worklog_is_400(issues: IssueRig, query: str, changes: dict[str, Any]) -> None:
    key = issues.key()
    every = {"started": STARTED, "timeSpentSeconds": 3600} | changes
    sent = {name: value for name, value in every.items() if value is not None}
    assert issues.call("POST", f"/issue/{key}/worklog{query}", sent).status_code == 400
    assert issues.tracker.record(key).worklogs == []  # type: ignore[union-attr]


def test_worklogs_have_a_limit_and_a_right(issues: IssueRig) -> None:
    key = issues.key()
    issues.rig.control("POST", "issue-limits", {"worklogs": 1})
    assert [log(issues, key).status_code for _ in range(2)] == [201, 413]
    issues.deny("WORK_ON_ISSUES")
    assert log(issues, key).status_code == 400


def test_people_watch_an_issue_once(issues: IssueRig) -> None:
    key = issues.key()
    path = f"/issue/{key}/watchers"
    assert [issues.call("POST", path, issues.account).status_code for _ in range(2)] == [204, 204]
    found = issues.call("GET", path).json()
    assert (found["watchCount"], [one["accountId"] for one in found["watchers"]]) == (1, [issues.account])
    assert issues.read(key, "watches")["watches"]["watchCount"] == 1
    assert issues.call("DELETE", f"{path}?accountId={issues.account}").status_code == 204
    assert issues.call("GET", path).json()["watchCount"] == 0


def test_watching_for_others_needs_a_right_and_somebody_who_may_see_it(issues: IssueRig) -> None:
    path = f"/issue/{issues.key()}/watchers"
    assert issues.call("POST", path, "nobody").status_code == 404
    issues.tracker.permissions.deny(issues.account, issues.site.projects["MIG"].id, "BROWSE_PROJECTS")
    assert issues.call("POST", path, issues.account).status_code == 400
    issues.deny("MANAGE_WATCHERS", "VIEW_VOTERS_AND_WATCHERS")
    assert issues.call("POST", path, issues.account).status_code == 403
    assert issues.call("GET", path).json()["watchers"] == []
    assert issues.call("DELETE", path).status_code == 400
