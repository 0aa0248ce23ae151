"""How runs end that failed or were cancelled, and what processes know of a run that was stopped and goes on."""

from collections.abc import Iterator

import pytest

from jobs import run_ends
from linkage.run_numbers import count_numbers
from migration import move
from migration.facts import FRESH, KeptFacts
from migration.heal import UNFINISHED, heal_chunk
from migration.heals import HEALS
from sandbox.jira_permissions import APPS
from store.run_turns import LEASE_MILLISECONDS
from tests.migration.parts_rig import PLAIN, held, make_items, only, work_until
from tests.migration.run_rig import RunRig, running_run_rig
from tests.migration.run_ways import assert_complete, die, kill_at, settle, states

COUNT = 20


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("ends"), count=COUNT) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def items(rig) -> Iterator[list[int]]:
    yield make_items(rig, 3)
    rig.jira_faults.clear()


def start(rig, items, project):
    return rig.start(project, mapping=PLAIN, scope=only(items))


def stop_while_sending(rig, items, project):
    """A run that is cancelled while nobody knows whether its issues were made."""
    run_id = start(rig, items, project)
    die(rig, run_id, kill_at("after create_many"))
    rig.services.runs.move(run_id, "cancel", rig.clock.now)
    return run_id


def permissions_of(rig, run_id, facts):
    """What the app may do, as far as a process knows that looks at a run before its work items are made."""
    with held("items"):
        rig.turn(run_id, 1, facts)
    return facts.peek(run_id).target.permissions


def ways_of(rig, run_id):
    """The ways through workflows that a process knows, by type."""
    return {one.id: one.paths for one in rig.facts.peek(run_id).target.types if one.seen}


class TestEnds:
    @pytest.mark.parametrize("status", [404, 400])
    def test_a_cancelled_run_ends_although_its_jira_project_is_gone(self, rig, items, status):
        project = rig.project()
        run_id = stop_while_sending(rig, items, project)
        rig.jira_faults.add({"path": f"/project/{project.id}$", "status": status, "times": None})
        run = rig.work(run_id)
        assert (run.state, run.is_open) == ("cancelled", False)
        assert states(rig, run_id)["failed: not_looked_up"] > 0
        assert rig.ledger(run_id)["balanced"]

    def test_what_jira_alone_knows_is_looked_up_although_nobody_reads_azure_devops_any_more(self, rig, items):
        run_id = stop_while_sending(rig, items, rig.project())
        rig.services.migrations.set_reader(
            rig.run(run_id).migration_id, "somebody", rig.clock.now, ado_id="them", despite_run=True
        )
        rig.services.migrations.forget_reader("somebody")
        run = rig.work(run_id)
        assert (run.state, run.is_open) == ("cancelled", False)
        assert states(rig, run_id) == {"created": 1, "skipped: cancelled": 2}

    def test_what_needs_azure_devops_to_be_looked_up_ends_when_nobody_reads_it_any_more(self, rig, items, monkeypatch):
        run_id = stop_while_sending(rig, items, rig.project())
        rig.services.migrations.set_reader(
            rig.run(run_id).migration_id, "somebody", rig.clock.now, ado_id="them", despite_run=True
        )
        rig.services.migrations.forget_reader("somebody")
        monkeypatch.setitem(HEALS, "items", lambda road, chunk: road.source.read_items(items))
        run = rig.work(run_id)
        assert (run.state, run.is_open) == ("cancelled", False)
        assert states(rig, run_id)["failed: not_looked_up"] > 0

    def test_one_that_cannot_look_yet_waits_until_it_can(self, rig, items):
        project = rig.project()
        run_id = stop_while_sending(rig, items, project)
        rig.jira_faults.add({"path": f"/project/{project.id}$", "status": 503, "times": 3})
        run = rig.work(run_id)
        assert (run.state, run.is_open) == ("cancelled", False)
        assert states(rig, run_id) == {"created": 1, "skipped: cancelled": 2}

    def test_nothing_is_counted_as_long_as_something_is_on_its_way(self, rig, items, monkeypatch):
        """Counting reads all rows of the run."""
        run_id, counted = stop_while_sending(rig, items, rig.project()), []

        def count(services, run):
            counted.append(services.run_turns.is_sending(run.id))
            return count_numbers(services, run)

        monkeypatch.setattr(run_ends, "count_numbers", count)
        rig.turn(run_id)
        assert counted == []
        rig.clock.now += LEASE_MILLISECONDS
        rig.work(run_id)
        assert counted == [False]


class TestAnIssueOnItsWayToItsStatus:
    """Its worker died between making it and taking it there."""

    def test_it_gets_there_once_the_run_that_failed_is_resumed(self, rig):
        run_id, project = leave_on_its_way(rig)
        rig.services.run_turns.fail(run_id, "refused", "Something stopped it.", rig.clock.now)
        assert rig.work(run_id).state == "failed"
        assert states(rig, run_id) == {"planned: None": COUNT}
        rig.services.runs.move(run_id, "resume", rig.clock.now)
        rig.work(run_id)
        assert_complete(rig, run_id, project)
        assert rig.ledger(run_id)["differences"] == {}

    def test_it_counts_as_made_when_the_run_is_cancelled_before_somebody_looks_it_up(self, rig):
        run_id, project = leave_on_its_way(rig)
        rig.services.runs.move(run_id, "cancel", rig.clock.now)
        assert_made_and_told(rig, run_id, project)

    def test_it_counts_as_made_when_the_run_is_cancelled_before_it_gets_there(self, rig, monkeypatch):
        run_id, project = leave_on_its_way(rig)
        heal = heal_chunk

        def heal_late(road, chunk):
            heal(road, chunk)
            rig.services.runs.move(run_id, "cancel", rig.clock.now)

        monkeypatch.setattr(move, "heal_chunk", heal_late)
        rig.clock.now += LEASE_MILLISECONDS
        assert_made_and_told(rig, run_id, project)


def assert_made_and_told(rig, run_id, project):
    """One issue is there, the run is cancelled and says that the issue did not get to its status."""
    assert rig.work(run_id).state == "cancelled"
    assert rig.count(project)["issues"] == 1
    assert states(rig, run_id) == {"created": 1, "skipped: cancelled": COUNT - 1}
    (made,) = (row for row in rig.rows(run_id, "item") if row.state == "created")
    assert (made.reason, made.detail) == ("cancelled", UNFINISHED)
    assert rig.ledger(run_id)["balanced"]


def leave_on_its_way(rig):
    """A run and its project, in which one issue is made and not in its status."""
    project = rig.project()
    run_id = rig.start(project, mapping=PLAIN, scope=only(range(1, COUNT + 1)))
    die(rig, run_id, kill_at("before do_step"))
    return run_id, project


class TestFacts:
    """Two processes; the second one sees nothing of a pause."""

    def test_who_missed_a_pause_knows_what_was_granted_meanwhile(self, rig, items):
        project, other, denied = rig.project(), KeptFacts(), rig.site.tracker.permissions
        denied.deny(APPS, project.id, "ADMINISTER_PROJECTS")
        run_id = start(rig, items, project)
        work_until(rig, run_id, "items")
        assert "ADMINISTER_PROJECTS" not in permissions_of(rig, run_id, other)
        rig.services.runs.move(run_id, "pause", rig.clock.now)
        assert settle(rig, run_id).state == "paused"
        denied.allow(APPS, project.id, "ADMINISTER_PROJECTS")
        rig.clock.now += 1
        rig.services.runs.move(run_id, "resume", rig.clock.now)
        assert "ADMINISTER_PROJECTS" in permissions_of(rig, run_id, other)
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    def test_who_missed_the_end_knows_at_a_repair_what_was_granted_meanwhile(self, rig, items):
        project, other, denied = rig.project(), KeptFacts(), rig.site.tracker.permissions
        denied.deny(APPS, project.id, "ADMINISTER_PROJECTS")
        run_id = start(rig, items, project)
        work_until(rig, run_id, "verify")
        assert "ADMINISTER_PROJECTS" not in permissions_of(rig, run_id, other)
        assert settle(rig, run_id).state == "done"
        denied.allow(APPS, project.id, "ADMINISTER_PROJECTS")
        rig.services.runs.move(run_id, "repair", rig.clock.now)
        known = other.peek(run_id)
        assert known is not None and rig.clock.now - known.read_at < FRESH
        assert "ADMINISTER_PROJECTS" in permissions_of(rig, run_id, other)

    def test_a_later_phase_reads_the_target_again_and_keeps_the_ways_that_were_learnt(self, rig, items):
        project = rig.project()
        run_id = start(rig, items, project)
        work_until(rig, run_id, "links")
        learnt = ways_of(rig, run_id)
        assert learnt
        rig.site.tracker.permissions.deny(APPS, project.id, "ADMINISTER_PROJECTS")
        rig.clock.now += FRESH
        work_until(rig, run_id, "verify")
        found = rig.facts.peek(run_id)
        assert "ADMINISTER_PROJECTS" not in found.target.permissions
        assert ways_of(rig, run_id) == learnt
        rig.work(run_id)
        assert_complete(rig, run_id, project)
