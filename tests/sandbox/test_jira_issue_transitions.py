"""Transitions on the stand-in: what a workflow allows, what a screen asks for, what is out of reach."""

from typing import Any

from tests.sandbox.issue_rig import IssueRig, text


def offered(issues: IssueRig, key: str, query: str = "") -> dict[str, Any]:
    found = issues.call("GET", f"/issue/{key}/transitions{query}").json()["transitions"]
    return {one["name"]: one for one in found}


def go(issues: IssueRig, key: str, name: str, **body: Any) -> Any:
    wanted = {"transition": {"id": offered(issues, key)[name]["id"]}} | body
    return issues.call("POST", f"/issue/{key}/transitions", wanted)


def bug(issues: IssueRig) -> str:
    return issues.key("Bug", "OLD", Severity={"value": "3 - Medium"})


def test_in_a_simple_workflow_every_status_can_be_reached(issues: IssueRig) -> None:
    key = issues.key()
    assert list(offered(issues, key)) == ["To Do", "In Progress", "In Review", "Done"]
    assert go(issues, key, "Done").status_code == 204
    status = issues.read(key, "status")["status"]
    assert (status["name"], status["statusCategory"]["key"]) == ("Done", "done")


def test_a_classic_workflow_goes_step_by_step(issues: IssueRig) -> None:
    key = bug(issues)
    assert list(offered(issues, key)) == ["Start"]
    assert go(issues, key, "Start").status_code == 204
    assert list(offered(issues, key)) == ["Block", "Resolve"]
    wrong = issues.call("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}})
    assert (wrong.status_code, wrong.json()["errorMessages"]) == (
        400,
        ["Transition id '11' is not valid for this issue."],
    )


def test_a_screen_asks_for_its_fields(issues: IssueRig) -> None:
    key = bug(issues)
    go(issues, key, "Start")
    screen = offered(issues, key, "?expand=transitions.fields")["Resolve"]
    assert (screen["hasScreen"], screen["fields"]["resolution"]["required"]) == (True, True)
    assert [one["name"] for one in screen["fields"]["resolution"]["allowedValues"]] == ["Done", "Won't Do", "Duplicate"]
    assert go(issues, key, "Resolve").json()["errors"] == {"resolution": "Resolution is required."}
    stranger = go(issues, key, "Resolve", fields={"resolution": {"name": "Done"}, "labels": ["a"]})
    assert list(stranger.json()["errors"]) == ["labels"]
    comment = {"comment": [{"add": {"body": text("solved")}}]}
    assert go(issues, key, "Resolve", fields={"resolution": {"name": "Done"}}, update=comment).status_code == 204
    found = issues.read(key, "status", "resolution", "comment")
    assert (found["status"]["name"], found["resolution"]["name"], found["comment"]["total"]) == ("Resolved", "Done", 1)


def test_what_a_condition_hides_is_not_offered_and_not_done(issues: IssueRig) -> None:
    key = bug(issues)
    go(issues, key, "Start")
    go(issues, key, "Resolve", fields={"resolution": {"name": "Done"}})
    every = offered(issues, key, "?includeUnavailableTransitions=true")
    assert list(offered(issues, key)) == ["Reopen"]
    assert (list(every), every["Close"]["isAvailable"]) == (["Close", "Reopen"], False)
    refused = issues.call("POST", f"/issue/{key}/transitions", {"transition": {"id": every["Close"]["id"]}})
    assert refused.status_code == 400


def test_a_status_can_be_known_and_out_of_reach(issues: IssueRig) -> None:
    groups = issues.call("GET", "/project/OLD/statuses").json()
    bugs = next(one for one in groups if one["name"] == "Bug")
    assert "Cancelled" in [one["name"] for one in bugs["statuses"]]
    flow = issues.tracker.scheme(issues.site.projects["OLD"].id).workflow(bugs["id"])
    cancelled = next(one.id for one in flow.statuses if one.name == "Cancelled")
    assert cancelled not in {one.to for one in flow.transitions}


def test_without_the_permission_nothing_is_offered(issues: IssueRig) -> None:
    key = issues.key()
    issues.deny("TRANSITION_ISSUES")
    assert offered(issues, key) == {}
    assert issues.call("POST", f"/issue/{key}/transitions", {"transition": {"id": "41"}}).status_code == 400
    assert issues.call("POST", f"/issue/{key}/transitions", {}).json()["errorMessages"] == [
        "Missing 'transition' identifier"
    ]


def test_the_history_tells_the_move(issues: IssueRig) -> None:
    key = issues.key()
    go(issues, key, "In Review", historyMetadata={"type": "crosswalk", "actor": {"id": "7"}})
    change = issues.call("GET", f"/issue/{key}?fields=status&expand=changelog").json()["changelog"]["histories"][0]
    assert [(one["field"], one["fromString"], one["toString"]) for one in change["items"]] == [
        ("status", "To Do", "In Review")
    ]
    assert change["historyMetadata"]["actor"] == {"id": "7"}
