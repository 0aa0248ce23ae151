"""Taking an issue to a status through a workflow that nobody knows yet, on the stand-in site."""

from collections.abc import Iterator

import pytest

from clients.jira import JiraClient
from clients.jira_flows import do_step, walk_issue
from clients.jira_targets import read_target
from domain.target_sites import TargetStep, TargetType
from sandbox.jira_migration import add_migration_project
from sandbox.jira_scheme_seed import Wanted
from tests.sandbox.issue_rig import IssueRig, clean, running_issues
from tests.sandbox.jira_client import client_of


@pytest.fixture(scope="module")
def rig() -> Iterator[IssueRig]:
    with running_issues() as rig:
        add_migration_project(rig.site, "STEP", wanted=Wanted(classic=("Bug",)))
        yield rig
        assert rig.site.violations == []


@pytest.fixture(autouse=True)
def healthy(rig: IssueRig) -> Iterator[None]:
    yield
    clean(rig)


@pytest.fixture(scope="module")
def jira(rig: IssueRig) -> JiraClient:
    return client_of(rig.rig)


def unknown(jira: JiraClient, name: str) -> TargetType:
    """A type of STEP of whose workflow nothing was read."""
    return next(one for one in read_target(jira, "STEP", explores=False).types if one.name == name)


def status_of(rig: IssueRig, key: str) -> str:
    return str(rig.read(key, "status")["status"]["name"])


def changes(rig: IssueRig, key: str) -> int:
    """How often an issue was changed."""
    return len(rig.call("GET", f"/issue/{key}/changelog").json()["values"])


def walk(rig: IssueRig, jira: JiraClient, type_: TargetType, key: str, wanted: str) -> TargetType:
    """Walk, and hold that the status that was told is the one the issue is in."""
    status = next(one.id for one in type_.statuses if one.name == wanted)
    learnt, reached = walk_issue(jira, key, type_, status)
    assert rig.tracker.catalogue.statuses[reached].name == status_of(rig, key)
    return learnt


def test_an_issue_finds_its_way_and_shows_it_to_the_next(rig: IssueRig, jira: JiraClient) -> None:
    key = rig.key("Bug", "STEP")
    learnt = walk(rig, jira, unknown(jira, "Bug"), key, "Closed")
    assert status_of(rig, key) == "Closed"
    assert rig.read(key, "resolution")["resolution"]["name"] == "Done"
    second = rig.key("Bug", "STEP")
    before = changes(rig, second)
    walk(rig, jira, learnt, second, "Closed")
    assert (status_of(rig, second), changes(rig, second) - before) == ("Closed", 3)


def test_one_transition_is_enough_where_every_status_can_be_reached(rig: IssueRig, jira: JiraClient) -> None:
    key = rig.key("Task", "STEP")
    learnt = walk(rig, jira, unknown(jira, "Task"), key, "In Review")
    assert status_of(rig, key) == "In Review"
    assert learnt.is_explored and len(learnt.paths) == 4


def test_an_issue_that_is_there_already_stays(rig: IssueRig, jira: JiraClient) -> None:
    key = rig.key("Task", "STEP")
    before = changes(rig, key)
    walk(rig, jira, unknown(jira, "Task"), key, "To Do")
    assert changes(rig, key) == before


def test_what_cannot_be_reached_is_not_looked_for_past_its_own_kind(rig: IssueRig, jira: JiraClient) -> None:
    key = rig.key("Bug", "STEP")
    walk(rig, jira, unknown(jira, "Bug"), key, "Blocked")
    assert status_of(rig, key) == "Blocked"
    second = rig.key("Bug", "STEP")
    learnt = walk(rig, jira, unknown(jira, "Bug"), second, "Cancelled")
    cancelled = next(one.id for one in learnt.statuses if one.name == "Cancelled")
    assert (cancelled in learnt.paths, learnt.is_explored) == (False, True)


def test_a_way_that_is_refused_to_one_issue_stays_open_to_others(rig: IssueRig, jira: JiraClient) -> None:
    first = rig.key("Bug", "STEP")
    learnt = walk(rig, jira, unknown(jira, "Bug"), first, "In Progress")
    refused, other = rig.key("Bug", "STEP"), rig.key("Bug", "STEP")
    rule = {"path": f"/issue/{refused}/transitions", "method": "POST", "status": 400, "times": None}
    rig.rig.control("POST", "faults", rule)
    again = walk(rig, jira, learnt, refused, "In Progress")
    assert status_of(rig, refused) == "Open"
    walk(rig, jira, again, other, "In Progress")
    assert status_of(rig, other) == "In Progress"


@pytest.mark.parametrize(("status", "times", "reached", "calls"), [
    (409, 1, "In Progress", 2), (409, None, "Open", 2), (400, None, "Open", 1),
])  # fmt: skip
def test_a_transition_is_tried_once_more_when_another_call_got_in_the_way(
    rig: IssueRig, jira: JiraClient, *, status: int, times: int | None, reached: str, calls: int
) -> None:
    learnt = walk(rig, jira, unknown(jira, "Bug"), rig.key("Bug", "STEP"), "In Progress")
    key = rig.key("Bug", "STEP")
    path = f"/issue/{key}/transitions"
    rig.rig.control("POST", "faults", {"path": path, "method": "POST", "status": status, "times": times})
    rig.rig.control("DELETE", "calls")
    walk(rig, jira, learnt, key, "In Progress")
    assert status_of(rig, key) == reached
    found = rig.rig.control("GET", "calls").json()
    assert sum(call["method"] == "POST" and call["path"].endswith(path) for call in found) == calls


def test_who_finds_the_issue_moved_by_another_goes_on_from_there(
    rig: IssueRig, jira: JiraClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers that heal the same issue."""
    learnt = walk(rig, jira, unknown(jira, "Bug"), rig.key("Bug", "STEP"), "Closed")
    key, calls = rig.key("Bug", "STEP"), list[str]()

    def do(client: JiraClient, issue: str, step: TargetStep) -> None:
        calls.append(step.id)
        if len(calls) == 1:
            do_step(client, issue, step)
        do_step(client, issue, step)

    monkeypatch.setattr("clients.jira_flows.do_step", do)
    walk(rig, jira, learnt, key, "Closed")
    assert (status_of(rig, key), len(calls)) == ("Closed", 3)
