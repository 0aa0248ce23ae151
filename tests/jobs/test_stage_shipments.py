"""What a stage brings to an environment, and stages that wait for approval."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.deployments import pending_number
from jobs.stage_facts import gather_stage
from tests.jobs.pipeline_rig import Rig
from tests.jobs.pipeline_wire import build_json, change_json, record_json
from tests.jobs.stage_rig import PROD, QA, RUN, PassingMemory, deploy, gather, numbers, open_stages, stage

GITHUB = {"id": "larkspur/ledger", "type": "GitHub", "name": "larkspur/ledger"}


@pytest.fixture
def rig() -> Iterator[Rig]:
    yield from open_stages()


@pytest.fixture
def memory() -> PassingMemory:
    return PassingMemory()


# --- what is deployed ----------------------------------------------------------------------------------------------


def test_everything_since_the_last_success_in_the_same_environment_is_deployed(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, QA, record_json(60, 95), record_json(62, RUN))
    deploy(rig, PROD, record_json(50, 80), record_json(61, 90), record_json(63, 97, result="failed"))
    deploy(rig, PROD, record_json(64, 98, definition={"id": 42}), record_json(71, RUN), record_json(90, 110))
    rig.wire.between[95, RUN] = [change_json("LED-98 for qa")]
    qa, prod = gather(rig, memory, stage())
    assert qa.words == ("main", "LED-98 for qa")
    assert prod.words == ("main", "LED-95 between", "LED-100 own")


@pytest.mark.parametrize(("means", "shipped"), [("successful", "LED-95 between"), ("failed", "LED-86 since")])
def test_what_arrived_only_in_part_counts_as_the_site_chose(
    means: Any, shipped: str, rig: Rig, memory: PassingMemory
) -> None:
    rig.wire.between[85, RUN] = [change_json("LED-86 since")]
    partly = record_json(65, 90, result="succeededWithIssues")
    deploy(rig, PROD, record_json(61, 85), partly, record_json(71, RUN))
    (facts,) = gather_stage(stage(), rig.pipelines, rig.git, memory, means)
    assert shipped in facts.words


def test_a_last_success_whose_run_is_gone_leaves_the_own_changes(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(61, 85), record_json(71, RUN))
    (facts,) = gather(rig, memory, stage())
    assert facts.words == ("main", "LED-100 own")


def test_an_older_run_that_is_deployed_again_is_known_as_such_and_brings_itself(
    rig: Rig, memory: PassingMemory
) -> None:
    deploy(rig, PROD, record_json(71, RUN), record_json(80, 110), record_json(85, RUN, stageAttempt=2))
    (facts,) = gather(rig, memory, stage(attempt=2))
    assert facts.older_than_last_success
    assert (facts.sequence_number, facts.words) == (85, ("main", "LED-100 own"))


def test_the_same_run_again_is_no_roll_back(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(61, 90), record_json(71, RUN), record_json(75, RUN, stageAttempt=2))
    (facts,) = gather(rig, memory, stage(attempt=2))
    assert not facts.older_than_last_success
    assert "LED-95 between" in facts.words


def test_a_run_of_another_host_has_texts_but_no_commits_in_jira(rig: Rig, memory: PassingMemory) -> None:
    rig.wire.builds[RUN] = build_json(RUN, repository=GITHUB)
    deploy(rig, PROD, record_json(71, RUN))
    (facts,) = gather(rig, memory, stage())
    assert facts.words == ("main", "LED-100 own")
    assert (facts.commits, facts.repository_id) == ((), None)


def test_the_merge_commit_of_a_pull_request_run_is_not_named(rig: Rig, memory: PassingMemory) -> None:
    rig.wire.builds[RUN] = build_json(RUN, sourceBranch="refs/pull/12/merge")
    deploy(rig, PROD, record_json(71, RUN))
    (facts,) = gather(rig, memory, stage())
    assert facts.commits == (change_json("LED-100 own")["id"],)


# --- waiting for approval ------------------------------------------------------------------------------------------


@pytest.fixture
def approved(rig: Rig, memory: PassingMemory) -> Rig:
    """Run 90 deployed to prod-eu, so the stage is known."""
    deploy(rig, PROD, record_json(61, 90))
    gather(rig, memory, stage(run=90))
    return rig


def test_a_waiting_stage_is_pending_where_the_run_before_it_deployed(approved: Rig, memory: PassingMemory) -> None:
    (facts,) = gather(approved, memory, stage("waiting"))
    assert numbers((facts,)) == [("4", pending_number(RUN, 1), "pending")]
    assert facts.words == ("main", "LED-95 between", "LED-100 own")


def test_once_it_runs_it_gets_its_number_and_the_announcement_is_withdrawn(
    approved: Rig, memory: PassingMemory
) -> None:
    gather(approved, memory, stage("waiting"))
    pending = pending_number(RUN, 1)
    assert gather(approved, memory, stage("running")) == ()
    deploy(approved, PROD, record_json(71, RUN, result=None))
    running = numbers(gather(approved, memory, stage("running")))
    assert running == [("4", 71, "in_progress"), ("4", pending, "withdrawn")]
    finished = numbers(gather(approved, memory, stage()))
    assert finished == [("4", 71, "successful"), ("4", pending, "withdrawn")]


@pytest.mark.parametrize("result", ["rejected", "skipped", "canceled"])
def test_a_stage_that_never_ran_only_withdraws_its_announcement(
    result: str, approved: Rig, memory: PassingMemory
) -> None:
    gather(approved, memory, stage("waiting"))
    assert numbers(gather(approved, memory, stage(result=result))) == [("4", pending_number(RUN, 1), "withdrawn")]


def test_a_stage_that_did_not_wait_withdraws_nothing(approved: Rig, memory: PassingMemory) -> None:
    deploy(approved, PROD, record_json(71, RUN))
    assert numbers(gather(approved, memory, stage())) == [("4", 71, "successful")]


def test_an_unknown_stage_that_waits_is_not_announced(rig: Rig, memory: PassingMemory) -> None:
    assert gather(rig, memory, stage("waiting")) == ()
    assert rig.wire.asked == []


def test_a_late_event_of_a_stage_that_has_gone_on_is_not_announced(approved: Rig, memory: PassingMemory) -> None:
    deploy(approved, PROD, record_json(71, RUN, result=None))
    assert gather(approved, memory, stage("waiting")) == ()


def test_a_late_event_of_a_run_that_has_ended_is_not_announced(approved: Rig, memory: PassingMemory) -> None:
    approved.wire.builds[RUN] = build_json(RUN, status="completed")
    assert gather(approved, memory, stage("waiting")) == ()
    del approved.wire.builds[RUN]
    assert gather(approved, memory, stage("waiting")) == ()


def test_of_several_environments_only_the_latest_is_announced(approved: Rig, memory: PassingMemory) -> None:
    approved.wire.between[110, 120] = []
    approved.wire.builds[120] = build_json(120)
    deploy(approved, QA, record_json(81, 110))
    gather(approved, memory, stage(run=110))
    assert numbers(gather(approved, memory, stage("waiting", run=120))) == [("3", pending_number(120, 1), "pending")]


def test_an_environment_that_was_deleted_is_not_announced(approved: Rig, memory: PassingMemory) -> None:
    del approved.wire.environments[PROD]
    assert gather(approved, memory, stage("waiting")) == ()
