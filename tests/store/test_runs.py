"""Runs: their states, one at a time on a target, and what they count."""

import threading

import pytest

from domain.errors import UnknownObject, WrongState
from store.run_turns import PlanPage
from store.runs import Counters, NewRun, RunGlance, RunProblem, Waiting
from tests.store.run_rig import NOW, OTHER_SITE, PLACE, SITE, RunRig, items


@pytest.fixture
def rig(engine):
    return RunRig(engine)


def test_a_run_begins_queued(rig):
    found = rig.runs.find(rig.start())
    assert (found.state, found.phase, found.kind, found.mapping_version) == ("queued", "plan", "full", 1)
    assert (found.counters, found.problems, found.waiting, found.is_open) == (Counters(), (), None, True)
    assert [one.id for one in rig.runs.list_for(rig.migration.id)] == [found.id]
    assert rig.runs.find_own(SITE, found.id) == found
    assert rig.runs.find_own(OTHER_SITE, found.id) is None


class TestOneAtATime:
    def test_two_on_one_target_are_refused(self, rig):
        rig.start()
        with pytest.raises(WrongState, match="Another run") as refused:
            rig.start(rig.add_migration())
        assert refused.value.code == "target_taken"

    def test_also_when_both_start_at_once(self, rig):
        outcomes = []

        def start():
            try:
                outcomes.append(rig.start())
            except WrongState as refused:
                outcomes.append(refused.code)

        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes.count("target_taken") == 3

    def test_another_project_and_another_site_do_not_matter(self, rig):
        rig.start()
        assert rig.start(target="10002")
        assert rig.start(rig.add_migration(OTHER_SITE), site=OTHER_SITE)

    def test_a_cancelled_run_holds_its_target_until_nothing_is_on_its_way(self, rig):
        run_id = rig.running(*items(1, 2))
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.turns.mark_sent(chunk, [chunk.rows[0].id], NOW)
        rig.runs.move(run_id, "cancel", NOW)
        rig.runs.put_waiting(run_id, Waiting("Jira is away"))
        assert not rig.turns.close(run_id, {}, NOW)
        with pytest.raises(WrongState):
            rig.start()

        rig.settle(chunk)

        assert rig.turns.close(run_id, {"balanced": True}, NOW + 1)
        ended = rig.runs.find(run_id)
        assert (ended.ended_at, ended.waiting) == (NOW + 1, None)
        assert rig.start()

    def test_one_that_failed_is_not_resumed_beside_another(self, rig):
        failed = rig.running()
        rig.turns.fail(failed, "unauthorized", "The token has expired.", NOW)
        rig.turns.close(failed, {}, NOW)
        rig.start()
        with pytest.raises(WrongState, match="Another run"):
            rig.runs.move(failed, "resume", NOW)
        assert rig.runs.find(failed).state == "failed"

    def test_one_that_failed_is_cancelled_when_the_other_has_ended(self, rig):
        failed = rig.running()
        rig.turns.fail(failed, "unauthorized", "The token has expired.", NOW)
        rig.turns.close(failed, {}, NOW)
        other = rig.start()
        with pytest.raises(WrongState, match="Cancel this one when the other has ended") as refused:
            rig.runs.move(failed, "cancel", NOW)
        assert refused.value.code == "target_taken"
        assert (rig.runs.find(failed).state, rig.runs.find(failed).is_open) == ("failed", False)
        rig.runs.move(other, "cancel", NOW)
        rig.turns.close(other, {}, NOW)
        assert rig.runs.move(failed, "cancel", NOW) == "cancelled"


def test_a_run_of_a_migration_that_is_gone_does_not_start(rig):
    rig.runs.delete_migration(rig.migration.id)
    with pytest.raises(UnknownObject):
        rig.start()


def test_the_newest_run_is_told_without_its_numbers(rig):
    assert rig.runs.find_newest(rig.migration.id) is None
    older = rig.running()
    rig.turns.finish(older, {"balanced": True, "broken": 3}, NOW)
    wanted = NewRun(SITE, rig.migration.id, PLACE.connection_id, PLACE.jira_project_id, "sample", 1)
    newer = rig.runs.start(wanted, NOW + 1)
    begun = RunGlance(newer, "sample", "queued", "plan", 1, NOW + 1, None, None)
    assert rig.runs.find_newest(rig.migration.id) == begun
    ended = rig.runs.list_for(rig.migration.id)[1]
    assert (ended.id, ended.state, ended.ended_at, ended.broken) == (older, "done", NOW, 3)


def test_a_run_that_was_ended_before_such_things_were_counted_has_no_number_of_them(rig):
    run_id = rig.running()
    rig.turns.finish(run_id, {"balanced": True}, NOW)
    assert rig.runs.list_for(rig.migration.id)[0].broken is None


class TestEnding:
    def test_a_pause_waits_for_living_workers(self, rig):
        run_id = rig.running(*items(1, 2))
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        assert rig.runs.move(run_id, "pause", NOW) == "pausing"
        assert rig.turns.claim(run_id, "items", 0, 1, NOW) is None
        assert not rig.turns.halt(run_id, NOW)

        rig.settle(chunk)

        assert rig.turns.halt(run_id, NOW)
        assert rig.runs.find(run_id).state == "paused"
        assert not rig.turns.halt(run_id, NOW)

    def test_a_dead_worker_holds_up_no_pause(self, rig):
        run_id = rig.running(*items(1))
        rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.runs.move(run_id, "pause", NOW)
        assert rig.turns.halt(run_id, NOW + 30_000)

    def test_done_it_has_its_numbers_for_good(self, rig):
        run_id = rig.running()
        rig.runs.put_waiting(run_id, Waiting("Jira asks for a pause.", NOW))
        assert rig.turns.finish(run_id, {"balanced": True}, NOW + 5)
        found = rig.runs.find(run_id)
        assert (found.state, found.ledger, found.ended_at, found.waiting) == ("done", {"balanced": True}, NOW + 5, None)
        assert not rig.turns.finish(run_id, {}, NOW + 6)

    def test_failed_it_says_why_without_people_until_it_is_resumed(self, rig):
        run_id = rig.running()
        assert rig.turns.fail(run_id, "unauthorized", "The token of jane@example.com has expired.", NOW)
        assert rig.turns.close(run_id, {}, NOW)
        found = rig.runs.find(run_id)
        assert (found.state, found.error_code, found.error) == (
            "failed", "unauthorized", "The token of *** has expired.",
        )  # fmt: skip
        assert not rig.turns.fail(run_id, "other", "Too late.", NOW)

        assert rig.runs.move(run_id, "resume", NOW) == "queued"
        found = rig.runs.find(run_id)
        assert (found.error_code, found.error, found.ended_at) == (None, None, None)

    @pytest.mark.parametrize("call", ["repair", "verify"])
    def test_one_that_was_done_before_is_done_when_what_came_after_is_cancelled(self, rig, call):
        run_id = rig.running()
        rig.turns.finish(run_id, {"balanced": False}, NOW)
        rig.runs.move(run_id, call, NOW + 1)
        rig.runs.move(run_id, "cancel", NOW + 2)
        assert rig.turns.close(run_id, {"balanced": True}, NOW + 3)
        found = rig.runs.find(run_id)
        assert (found.state, found.phase, found.ended_at) == ("done", "report", NOW + 3)
        assert found.ledger == {"balanced": True}

    def test_one_that_failed_before_is_cancelled(self, rig):
        run_id = rig.running()
        rig.turns.fail(run_id, "fault", "It stopped.", NOW)
        rig.turns.close(run_id, {}, NOW)
        rig.runs.move(run_id, "cancel", NOW)
        assert rig.turns.close(run_id, {}, NOW)
        assert rig.runs.find(run_id).state == "cancelled"

    def test_one_that_works_is_not_closed(self, rig):
        assert not rig.turns.close(rig.running(), {}, NOW)

    @pytest.mark.parametrize("call", ["verify", "repair"])
    def test_a_run_that_is_done_is_opened_for_a_phase(self, rig, call):
        run_id = rig.running()
        rig.turns.finish(run_id, {}, NOW)
        assert rig.runs.move(run_id, call, NOW + 9) == "queued"
        found = rig.runs.find(run_id)
        assert (found.phase, found.phase_at, found.ended_at) == (call, NOW + 9, None)

    def test_what_workers_have_to_look_at(self, rig):
        run_id = rig.running()
        assert rig.runs.list_open() == [run_id]
        rig.runs.move(run_id, "pause", NOW)
        rig.turns.halt(run_id, NOW)
        assert rig.runs.list_open() == []
        rig.runs.move(run_id, "cancel", NOW)
        assert rig.runs.list_open() == [run_id]
        rig.turns.close(run_id, {}, NOW)
        assert rig.runs.list_open() == []

    def test_what_workers_have_to_look_at_of_one_migration(self, rig):
        run_id, other = rig.running(), rig.add_migration()
        assert (rig.runs.list_open(rig.migration.id), rig.runs.list_open(other.id)) == ([run_id], [])


class TestPhases:
    def test_one_worker_goes_on_to_the_next(self, rig):
        run_id = rig.running()
        assert rig.plan(run_id, cursor={"after": 5})
        assert [rig.runs.enter_phase(run_id, "plan", "prepare", NOW + 3) for _worker in range(2)] == [True, False]
        found = rig.runs.find(run_id)
        assert (found.phase, found.phase_at, found.cursor) == ("prepare", NOW + 3, None)

    def test_not_when_it_is_being_paused(self, rig):
        run_id = rig.running()
        rig.runs.move(run_id, "pause", NOW)
        assert not rig.runs.enter_phase(run_id, "plan", "prepare", NOW)

    def test_a_page_is_planned_once_with_what_was_read(self, rig):
        run_id = rig.running()
        read = rig.runs.find(run_id)
        page = PlanPage(items(1, 2), {"item:Bug": 2, "comments": 3}, {"after": 2})
        assert [rig.turns.plan_page(read, page, NOW) for _worker in range(2)] == [True, False]
        assert rig.plan(run_id, *items(2, 3), **{"item:Bug": 1})

        found = rig.runs.find(run_id)
        assert (found.scanned, found.turn, found.cursor) == ({"item:Bug": 3, "comments": 3}, 2, None)
        assert [row.source_id for row in rig.rows.page(run_id)] == [1, 2, 3]

    @pytest.mark.parametrize("change", ["pause", "phase"])
    def test_nothing_is_planned_for_a_run_that_went_on(self, rig, change):
        run_id = rig.running()
        read = rig.runs.find(run_id)
        if change == "pause":
            rig.runs.move(run_id, "pause", NOW)
        else:
            rig.runs.enter_phase(run_id, "plan", "prepare", NOW)
        assert not rig.turns.plan_page(read, PlanPage(items(1), {}, None), NOW)
        assert rig.rows.page(run_id) == []


class TestNumbers:
    def test_costs_add_up(self, rig):
        run_id = rig.start()
        rig.runs.add_counters(run_id, Counters(jira_calls=2, jira_points=100, bytes=7))
        rig.runs.add_counters(run_id, Counters(jira_calls=1, ado_calls=4))
        rig.runs.add_counters(run_id, Counters())
        assert rig.runs.find(run_id).counters == Counters(3, 100, 4, 7)

    def test_the_key_floor_only_rises(self, rig):
        run_id = rig.start()
        for number in (40, 30):
            rig.runs.raise_floor(run_id, number)
        assert rig.runs.find(run_id).key_floor == 40

    def test_problems_of_a_phase_replace_those_it_had(self, rig):
        run_id = rig.start()
        old = RunProblem("status_differs", "warning", "The status differs.", 2, "verify", examples=tuple(range(20)))
        kept = RunProblem("sprint_missing", "warning", "A sprint of jane@example.com is gone.", 1, "prepare")
        rig.runs.put_problems(run_id, "verify", [old])
        rig.runs.put_problems(run_id, "prepare", [kept])
        assert rig.runs.find(run_id).problems[0].examples == tuple(range(10))

        rig.runs.put_problems(run_id, "verify", [])

        (found,) = rig.runs.find(run_id).problems
        assert (found.code, found.detail) == ("sprint_missing", "A sprint of *** is gone.")

    def test_what_it_waits_for(self, rig):
        run_id = rig.start()
        rig.runs.put_waiting(run_id, Waiting("Jira asks for a pause.", NOW + 5, "busy"))
        assert rig.runs.find(run_id).waiting == Waiting("Jira asks for a pause.", NOW + 5, "busy")
        rig.runs.put_waiting(run_id, None)
        assert rig.runs.find(run_id).waiting is None

    def test_a_ledger_may_be_kept_on_the_way(self, rig):
        run_id = rig.start()
        rig.runs.put_ledger(run_id, {"balanced": False})
        assert rig.runs.find(run_id).ledger == {"balanced": False}


def test_a_run_that_is_gone(rig):
    with pytest.raises(UnknownObject):
        rig.runs.move("gone", "pause", NOW)


def test_a_site_that_is_gone_takes_its_own_along(rig):
    run_id = rig.running(*items(1))
    assert rig.runs.list_ids(SITE) == [run_id]
    rig.rows.forget(run_id)
    rig.runs.forget_tenant(SITE)
    assert (rig.runs.find(run_id), rig.rows.page(run_id)) == (None, [])
