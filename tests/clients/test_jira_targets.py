"""A Jira project read for a migration: from the stand-in site, which checks every call against the documents."""

from collections.abc import Iterator
from typing import Any

import pytest

from clients.jira import JiraClient
from clients.jira_targets import read_target
from domain.errors import NotFound, Unreadable
from domain.target_sites import TargetProject, TargetType
from sandbox.jira_migration import add_migration_project
from sandbox.jira_scheme import SPRINT, TEAM_POINTS
from sandbox.jira_scheme_seed import Wanted
from tests.sandbox.issue_rig import IssueRig, clean, running_issues
from tests.sandbox.jira_client import client_of


@pytest.fixture(scope="module")
def rig() -> Iterator[IssueRig]:
    with running_issues() as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture(autouse=True)
def healthy(rig: IssueRig) -> Iterator[None]:
    yield
    clean(rig)


@pytest.fixture(scope="module")
def jira(rig: IssueRig) -> JiraClient:
    return client_of(rig.rig)


def type_named(target: TargetProject, name: str) -> TargetType:
    return next(one for one in target.types if one.name == name)


def test_a_company_managed_project_is_read(rig: IssueRig, jira: JiraClient) -> None:
    target = read_target(jira, "MIG")
    assert (target.key, target.style, target.id) == ("MIG", "company", rig.site.projects["MIG"].id)
    assert [(one.name, one.level) for one in target.types] == [
        ("Epic", 1), ("Story", 0), ("Task", 0), ("Bug", 0), ("Subtask", -1),
    ]  # fmt: skip
    assert list(target.priorities) == ["Highest", "High", "Medium", "Low", "Lowest"]
    blocks = target.link_types[0]
    assert (blocks.name, blocks.inward, blocks.outward) == ("Blocks", "is blocked by", "blocks")
    assert (target.board_kind, target.has_sprints) == ("scrum", True)
    assert target.estimate_field == rig.field("Story Points")
    assert (target.upload_limit, target.attachments_enabled) == (rig.tracker.upload_limit, True)
    assert target.link_issues_enabled
    assert {"CREATE_ISSUES", "LINK_ISSUES", "MANAGE_SPRINTS_PERMISSION", "ADMINISTER_PROJECTS"} <= target.permissions


def test_fields_are_found_by_their_schema(rig: IssueRig, jira: JiraClient) -> None:
    story = type_named(read_target(jira, "MIG", explores=False), "Story")
    sprint = story.find_schema(SPRINT)
    assert sprint is not None
    assert sprint.id == rig.field("Sprint")
    severity = story.find_field(rig.field("Severity"))
    assert severity is not None
    assert (severity.kind, list(severity.options)) == (
        "option", ["1 - Critical", "2 - High", "3 - Medium", "4 - Low"],
    )  # fmt: skip
    reporter, summary = story.find_field("reporter"), story.find_field("summary")
    assert reporter is not None and reporter.has_default
    assert summary is not None and summary.required
    approvers = story.find_field(rig.field("Approvers"))
    assert approvers is not None and (approvers.kind, approvers.items) == ("array", "user")
    assert story.find_field("customfield_1") is None


def test_a_team_managed_project_is_read(rig: IssueRig, jira: JiraClient) -> None:
    target = read_target(jira, "TEAM", explores=False)
    assert (target.style, target.board_kind, target.priorities) == ("team", "simple", {})
    points = type_named(target, "Story").find_schema(TEAM_POINTS)
    assert points is not None and points.id == target.estimate_field


def test_levels_above_epic_and_required_fields_are_read(rig: IssueRig, jira: JiraClient) -> None:
    target = read_target(jira, "OLD", explores=False)
    assert [(one.name, one.level) for one in target.types][:2] == [("Initiative", 2), ("Epic", 1)]
    severity = type_named(target, "Bug").find_field(rig.field("Severity"))
    assert severity is not None and severity.required and not severity.has_default


def test_components_and_sprints_are_read(rig: IssueRig, jira: JiraClient) -> None:
    made = rig.call("POST", "/component", {"name": "Checkout", "project": "MIG"}).json()["id"]
    board = read_target(jira, "MIG", explores=False).board_id
    sprint = {"name": "Sprint 7", "originBoardId": board, "startDate": "2026-01-05T09:00:00.000Z"}
    number = rig.call("POST", "/rest/agile/1.0/sprint", sprint | {"endDate": "2026-01-19T09:00:00.000Z"}).json()["id"]
    target = read_target(jira, "MIG", explores=False)
    assert target.components == {"Checkout": made}
    found = next(one for one in target.sprints if one.id == number)
    assert (found.name, found.state, found.start, found.finish) == ("Sprint 7", "future", "2026-01-05", "2026-01-19")


@pytest.mark.parametrize(
    ("key", "board", "kinds"),
    [("NONE", None, []), ("KAN", "kanban", []), ("TWO", "scrum", ["scrum"])],
)
def test_without_a_choice_only_one_board_with_sprints_counts(
    rig: IssueRig, jira: JiraClient, key: str, board: Any, kinds: list[Any]
) -> None:
    project = add_migration_project(rig.site, key, board=board)
    for kind in kinds:
        rig.tracker.agile.add_board(f"{key} second", kind, project.id)
    target = read_target(jira, key, explores=False)
    assert (target.board_id, target.has_sprints, target.sprints) == (None, False, ())


def test_the_chosen_board_counts(rig: IssueRig, jira: JiraClient) -> None:
    project = rig.site.projects["MIG"]
    kanban = rig.tracker.agile.add_board("Support", "kanban", project.id)
    plain = rig.tracker.agile.add_board("Plain", "simple", project.id, sprints=False)
    second = rig.tracker.agile.add_board("Second", "scrum", project.id)
    found = [read_target(jira, "MIG", board=one.id, explores=False) for one in (kanban, plain, second)]
    assert [(one.board_id, one.board_kind, one.has_sprints) for one in found] == [
        (kanban.id, "kanban", False), (plain.id, "simple", False), (second.id, "scrum", True),
    ]  # fmt: skip
    gone = read_target(jira, "MIG", board=99_999, explores=False)
    assert (gone.board_id, gone.has_sprints) == (None, False)
    for one in (kanban, plain, second):
        del rig.tracker.agile.boards[one.id]


def test_rights_that_were_taken_are_not_held_and_types_come_without_fields(rig: IssueRig, jira: JiraClient) -> None:
    rig.deny("CREATE_ISSUES", "MODIFY_REPORTER")
    target = read_target(jira, "MIG", explores=False)
    assert not target.permissions & {"CREATE_ISSUES", "MODIFY_REPORTER"}
    assert "LINK_ISSUES" in target.permissions
    assert [one.name for one in target.types] == ["Epic", "Story", "Task", "Bug", "Subtask"]
    assert all(one.fields == () and one.statuses for one in target.types)


def test_a_project_that_the_app_may_not_see_is_told(jira: JiraClient) -> None:
    with pytest.raises(NotFound):
        read_target(jira, "NOWHERE")


def ways(rig: IssueRig, type_: TargetType) -> dict[str, int]:
    """Names of the statuses that can be reached, and by how many transitions."""
    return {rig.tracker.catalogue.statuses[status].name: len(path) for status, path in type_.paths.items()}


def test_a_workflow_without_an_issue_is_not_known(rig: IssueRig, jira: JiraClient) -> None:
    add_migration_project(rig.site, "EMPTY")
    found = read_target(jira, "EMPTY").types
    assert all(not one.is_explored and one.paths == {} and len(one.statuses) == 4 for one in found)


def test_one_issue_shows_a_workflow_in_which_every_status_can_be_reached(rig: IssueRig, jira: JiraClient) -> None:
    add_migration_project(rig.site, "ONE")
    rig.key("Story", "ONE")
    story = type_named(read_target(jira, "ONE"), "Story")
    assert ways(rig, story) == {"To Do": 0, "In Progress": 1, "In Review": 1, "Done": 1}
    assert story.is_explored


def test_an_issue_that_moved_on_tells_where_it_was_made(rig: IssueRig, jira: JiraClient) -> None:
    add_migration_project(rig.site, "MOVED")
    key = rig.key("Task", "MOVED")
    steps = rig.call("GET", f"/issue/{key}/transitions").json()["transitions"]
    done = next(one["id"] for one in steps if one["name"] == "Done")
    rig.call("POST", f"/issue/{key}/transitions", {"transition": {"id": done}})
    assert ways(rig, type_named(read_target(jira, "MOVED"), "Task"))["To Do"] == 0


def classic(rig: IssueRig, key: str, *names: str, hidden: tuple[str, ...] = ()) -> None:
    """A project with the step-by-step workflow and one bug for each list of transitions."""
    add_migration_project(rig.site, key, wanted=Wanted(classic=("Bug",), hidden=hidden))
    for steps in names:
        made = rig.key("Bug", key)
        for step in steps.split():
            do(rig, made, step)


def do(rig: IssueRig, key: str, name: str) -> None:
    found = rig.call("GET", f"/issue/{key}/transitions").json()["transitions"]
    fields = {"resolution": {"name": "Done"}} if name == "Resolve" else {}
    wanted = {"transition": {"id": next(one["id"] for one in found if one["name"] == name)}, "fields": fields}
    assert rig.call("POST", f"/issue/{key}/transitions", wanted).status_code == 204


def test_issues_in_several_statuses_show_the_ways_of_a_stepwise_workflow(rig: IssueRig, jira: JiraClient) -> None:
    classic(rig, "STEP", "", "Start", "Start Block", "Start Resolve")
    bug = type_named(read_target(jira, "STEP"), "Bug")
    assert ways(rig, bug) == {"Open": 0, "In Progress": 1, "Blocked": 2, "Resolved": 2, "Closed": 3}
    assert not bug.is_explored  # nobody looked around where nothing more leads to, in Closed
    resolve = next(step for step in bug.steps if step.sends)
    assert resolve.sends == {"resolution": "10000"}


def test_a_transition_behind_a_condition_is_no_way(rig: IssueRig, jira: JiraClient) -> None:
    classic(rig, "COND", "", "Start", "Start Block", "Start Resolve", hidden=("Close",))
    bug = type_named(read_target(jira, "COND"), "Bug")
    assert "Closed" not in ways(rig, bug)
    assert bug.is_explored


def test_only_a_part_is_known_where_issues_are_in_few_statuses(rig: IssueRig, jira: JiraClient) -> None:
    classic(rig, "PART", "")
    bug = type_named(read_target(jira, "PART"), "Bug")
    assert (ways(rig, bug), bug.is_explored) == ({"Open": 0, "In Progress": 1}, False)


def test_an_issue_that_the_index_does_not_know_yet_shows_its_workflow(rig: IssueRig, jira: JiraClient) -> None:
    add_migration_project(rig.site, "LAG")
    rig.tracker.index.lag_seconds = 3_600
    key = rig.key("Story", "LAG")
    issue = rig.call("GET", f"/issue/{key}").json()["id"]
    assert type_named(read_target(jira, "LAG"), "Story").paths == {}
    assert type_named(read_target(jira, "LAG", fresh=(issue,)), "Story").is_explored


def test_an_answer_without_what_is_documented_is_told(monkeypatch: pytest.MonkeyPatch, jira: JiraClient) -> None:
    monkeypatch.setattr(jira, "send", lambda *_args, **_more: {"key": "MIG"})
    with pytest.raises(Unreadable, match="id is missing"):
        read_target(jira, "MIG")
