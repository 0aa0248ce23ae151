"""Taking an issue to a status through a workflow that nobody knows yet, on the stand-in site."""

from collections.abc import Iterator

import pytest

from clients.jira import JiraClient
from clients.jira_flows import walk_issue
from clients.jira_targets import read_target
from domain.target_sites import TargetType
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


def test_a_way_that_is_refused_is_not_tried_again(rig: IssueRig, jira: JiraClient) -> None:
    key = rig.key("Bug", "STEP")
    learnt = walk(rig, jira, unknown(jira, "Bug"), key, "In Progress")
    record = rig.tracker.record(key)
    assert record is not None
    workflow = rig.tracker.scheme(record.state.project).workflow(record.state.type)
    start = next(one for one in workflow.transitions if one.name == "Start")
    object.__setattr__(start, "hidden", True)
    try:
        second = rig.key("Bug", "STEP")
        again = walk(rig, jira, learnt, second, "In Progress")
        assert status_of(rig, second) == "Open"
        assert [step.is_open for step in again.steps if step.id == start.id] == [False]
    finally:
        object.__setattr__(start, "hidden", False)
