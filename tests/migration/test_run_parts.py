"""Sprints and components of a run: adopted by their names, else made, each once; past sprints closed at the end."""

from collections.abc import Iterator

import pytest

from domain.mapping_records import AreaRow, IterationRow
from sandbox.jira_migration import add_migration_project
from sandbox.jira_permissions import APPS
from store.migrations import Scope
from tests.migration.run_rig import RunRig, running_run_rig

NOTHING = Scope(wiql="[System.Id] < 0")  # no work item: what is tested here is not on one
PAST = IterationRow("Webshop\\Old", "new", name="Old sprint", start="2026-01-05", finish="2026-01-18")
OLDER = IterationRow("Webshop\\Older", "new", name="Older sprint", start="2025-12-01", finish="2025-12-14")
COMING = IterationRow("Webshop\\Next", "new", name="Next sprint", start="2030-01-07", finish="2030-01-20")
AREA = AreaRow("Webshop\\Shop", "new", name="Shop")


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("run"), count=12) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def project(rig):
    yield rig.project()
    rig.jira_faults.clear()


def run_parts(rig, project, *, iterations=(), areas=(), kind="full"):
    """A run of nothing but these, to its end; its id."""
    run_id = rig.start(project, kind=kind, scope=NOTHING, mapping={"iterations": iterations, "areas": areas})
    rig.work(run_id)
    assert_done(rig, run_id)
    return run_id


def assert_done(rig, run_id):
    run = rig.run(run_id)
    assert (run.state, run.error) == ("done", None)


def outcomes(rig, run_id):
    """What became of each row: kind, state and reason."""
    return [(row.kind, row.state, row.reason) for row in rig.rows(run_id)]


def sprints(rig, project):
    """States of the sprints of a project by name; of two of one name both."""
    agile = rig.site.tracker.agile
    boards = {board.id for board in agile.of_project(project.id)}
    return sorted((one.name, one.state) for one in agile.sprints.values() if one.board in boards)


def components(rig, project):
    return [part.name for part in rig.site.tracker.components.values() if part.project == project.id]


def add_sprint(rig, project, name, state="future"):
    agile = rig.site.tracker.agile
    made = agile.add_sprint(agile.of_project(project.id)[0].id, name)
    made.state = state
    return made


def add_component(rig, project, name):
    client = rig.services.jira(rig.installation)
    client.send("POST", "platform", "/component", body={"project": project.key, "name": name}, endpoint="component")


def test_sprints_and_components_are_made(rig, project):
    run_id = run_parts(rig, project, iterations=(COMING,), areas=(AREA,))
    assert outcomes(rig, run_id) == [("sprint", "created", None), ("component", "created", None)]
    assert sprints(rig, project) == [("Next sprint", "future")]
    assert components(rig, project) == ["Shop"]


def test_what_is_there_is_adopted_by_its_name_and_not_made_twice(rig, project):
    add_sprint(rig, project, "Next Sprint")
    add_component(rig, project, "shop")
    run_id = run_parts(rig, project, iterations=(COMING,), areas=(AREA,))
    assert outcomes(rig, run_id) == [("sprint", "adopted", None), ("component", "adopted", None)]
    assert sprints(rig, project) == [("Next Sprint", "future")]
    assert components(rig, project) == ["shop"]


def test_a_past_sprint_is_started_with_its_days_and_closed(rig, project):
    run_id = run_parts(rig, project, iterations=(OLDER, PAST, COMING))
    assert sprints(rig, project) == [("Next sprint", "future"), ("Old sprint", "closed"), ("Older sprint", "closed")]
    assert outcomes(rig, run_id).count(("close", "updated", None)) == 2
    days = {one.name: (one.start[:10], one.end[:10]) for one in rig.site.tracker.agile.sprints.values() if one.start}
    assert days["Old sprint"] == (PAST.start, PAST.finish)


def test_a_past_sprint_that_was_there_before_is_left_alone(rig, project):
    add_sprint(rig, project, "Old sprint")
    run_id = run_parts(rig, project, iterations=(PAST,))
    assert outcomes(rig, run_id) == [("sprint", "adopted", None), ("close", "skipped", "not_ours")]
    assert sprints(rig, project) == [("Old sprint", "future")]


def test_a_sample_leaves_its_past_sprints_open_and_the_full_run_closes_them(rig, project):
    """A closed sprint takes no issues, and most of them come with the full run."""
    sample = run_parts(rig, project, iterations=(PAST,), kind="sample")
    assert (outcomes(rig, sample), sprints(rig, project)) == (
        [("sprint", "created", None)], [("Old sprint", "future")]
    )  # fmt: skip
    run_id = run_parts(rig, project, iterations=(PAST,))
    assert outcomes(rig, run_id) == [("sprint", "adopted", None), ("close", "updated", None)]
    assert sprints(rig, project) == [("Old sprint", "closed")]


def test_a_sprint_that_somebody_made_in_place_of_ours_is_left_alone(rig, project):
    run_parts(rig, project, iterations=(PAST,), kind="sample")
    agile = rig.site.tracker.agile
    boards = {board.id for board in agile.of_project(project.id)}
    for one in [one for one in agile.sprints.values() if one.board in boards]:
        del agile.sprints[one.id]
    add_sprint(rig, project, "Old sprint")
    run_id = run_parts(rig, project, iterations=(PAST,))
    assert outcomes(rig, run_id) == [("sprint", "adopted", None), ("close", "skipped", "not_ours")]


def test_a_sprint_that_may_not_be_started_is_told_and_closed_by_a_repair(rig, project):
    """Jira refuses a second active sprint on a board, unless its site allows parallel sprints."""
    rig.jira_faults.add({"method": "POST", "path": r"/sprint/\d+$", "status": 400, "body": {"errorMessages": ["no"]}})
    run_id = run_parts(rig, project, iterations=(PAST,))
    (row,) = rig.rows(run_id, "close")
    assert (row.state, row.reason) == ("failed", "refused")
    assert "another sprint of the board is active" in row.detail
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert outcomes(rig, run_id) == [("sprint", "created", None), ("close", "updated", None)]
    assert sprints(rig, project) == [("Old sprint", "closed")]


def test_a_sprint_that_somebody_deleted_meanwhile_is_told(rig, project):
    rig.jira_faults.add({"method": "GET", "path": r"/sprint/\d+$", "status": 404})
    run_id = run_parts(rig, project, iterations=(PAST,))
    assert outcomes(rig, run_id)[1] == ("close", "skipped", "deleted")


@pytest.mark.parametrize("board", [None, "kanban"])
def test_without_a_board_with_sprints_each_sprint_fails_with_advice(rig, board):
    project = add_migration_project(rig.site, f"B{board or 'none'}".upper(), board=board)
    run_id = run_parts(rig, project, iterations=(PAST,), areas=(AREA,))
    assert outcomes(rig, run_id) == [
        ("sprint", "failed", "no_board"), ("close", "failed", "not_made"), ("component", "created", None)
    ]  # fmt: skip
    assert "Choose one in the migration" in rig.rows(run_id, "sprint")[0].detail


@pytest.mark.parametrize(
    ("permission", "kind", "words"),
    [("MANAGE_SPRINTS_PERMISSION", "sprint", "Manage Sprints"), ("ADMINISTER_PROJECTS", "component", "administer")],
)
def test_without_the_permission_it_fails_with_advice_and_a_repair_makes_it(rig, project, permission, kind, words):
    rig.site.tracker.permissions.deny(APPS, project.id, permission)
    run_id = run_parts(rig, project, iterations=(PAST,), areas=(AREA,))
    (row,) = rig.rows(run_id, kind)
    assert (row.state, row.reason) == ("failed", "no_permission")
    assert words in row.detail
    rig.site.tracker.permissions.allow(APPS, project.id, permission)
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert_done(rig, run_id)
    assert {state for _, state, _ in outcomes(rig, run_id)} == {"created", "updated"}
    assert sprints(rig, project) == [("Old sprint", "closed")]
    assert components(rig, project) == ["Shop"]


def test_a_name_that_jira_refuses_fails_with_advice(rig, project):
    rig.jira_faults.add({"method": "POST", "path": "/sprint$", "status": 400, "body": {"errorMessages": ["no"]}})
    run_id = run_parts(rig, project, iterations=(COMING,))
    assert outcomes(rig, run_id) == [("sprint", "failed", "refused")]
    assert "Change them in the mapping" in rig.rows(run_id, "sprint")[0].detail


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_call_without_an_answer_is_looked_up_and_nothing_is_made_twice(rig, project, drop):
    rig.jira_faults.add({"method": "POST", "path": "/sprint$", "drop": drop})
    rig.jira_faults.add({"method": "POST", "path": "/component$", "drop": drop})
    run_id = run_parts(rig, project, iterations=(COMING,), areas=(AREA,))
    assert outcomes(rig, run_id) == [("sprint", "created", None), ("component", "created", None)]
    assert sprints(rig, project) == [("Next sprint", "future")]
    assert components(rig, project) == ["Shop"]
