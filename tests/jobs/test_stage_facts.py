"""Stages that deploy to an environment, found among the many that do not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.deployments import pending_number
from domain.records import DeploymentFacts, StageChanged
from jobs.pipeline_facts import gather_stage
from jobs.stage_facts import PassingMemory
from tests.clients.ado_contract import check_call
from tests.jobs.pipeline_rig import Rig, open_rig
from tests.jobs.pipeline_wire import PROJECT, REPOSITORY, build_json, change_json, record_json, timeline_json

RUN = 100
QA, PROD, LAB = 3, 4, 5
GITHUB = {"id": "larkspur/ledger", "type": "GitHub", "name": "larkspur/ledger"}


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Three environments and the runs 90, 100 and 110; nothing deployed yet."""
    for rig in open_rig():
        rig.wire.environments = {QA: "qa1", PROD: "prod-eu", LAB: "lab"}
        for run in (90, RUN, 110):
            rig.wire.builds[run] = build_json(run)
            rig.wire.changes[run] = [change_json(f"LED-{run} own")]
        rig.wire.between[90, RUN] = [change_json("LED-95 between"), change_json("LED-100 own")]
        yield rig


@pytest.fixture
def memory() -> PassingMemory:
    return PassingMemory()


def stage(state: Any = "completed", result: Any = None, *, run: int = RUN, attempt: int = 1) -> StageChanged:
    ended: Any = result or "succeeded" if state == "completed" else None
    created = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    return StageChanged(
        run, 41, "Ledger CI", f"20260302.{run}", "Deploy", "Deploy it", state, ended, attempt, PROJECT, created, created
    )


def deploy(rig: Rig, environment: int, *records: dict[str, Any]) -> None:
    rig.wire.records[environment] = [*reversed(records), *rig.wire.records.get(environment, [])]


def gather(rig: Rig, memory: PassingMemory, event: StageChanged) -> tuple[DeploymentFacts, ...]:
    rig.wire.asked.clear()
    return gather_stage(event, rig.pipelines, rig.git, memory)


def numbers(found: tuple[DeploymentFacts, ...]) -> list[tuple[str, int, str]]:
    """Environment (the end of its key), number and state of each deployment."""
    return [(facts.environment_key.rpartition("-")[2], facts.sequence_number, facts.state) for facts in found]


# --- finding the environments --------------------------------------------------------------------------------------


def test_a_first_deployment_is_found_when_the_stage_ends(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(71, RUN))
    (facts,) = gather(rig, memory, stage())
    assert facts == DeploymentFacts(
        pipeline_key=f"{PROJECT}-41",
        pipeline="Ledger CI",
        pipeline_url=f"{rig.wire.url}/{PROJECT}/_build?definitionId=41",
        environment_key=f"{PROJECT}-environment-4",
        environment="prod-eu",
        sequence_number=71,
        name="20260302.100",
        url=f"{rig.wire.url}/{PROJECT}/_build/results?buildId=100",
        state="successful",
        older_than_last_success=False,
        repository_id=REPOSITORY,
        texts=("main", "LED-100 own"),
        commits=(f"{RUN:040x}", change_json("LED-100 own")["id"]),
    )


def test_a_stage_that_has_not_begun_asks_nothing(rig: Rig, memory: PassingMemory) -> None:
    assert gather(rig, memory, stage("notStarted")) == ()
    assert rig.wire.asked == []


def test_memory_is_not_needed(rig: Rig) -> None:
    deploy(rig, PROD, record_json(71, RUN))
    assert len(gather_stage(stage(), rig.pipelines, rig.git)) == 1


def test_a_stage_that_deploys_nowhere_is_searched_once_and_then_costs_one_question(
    rig: Rig, memory: PassingMemory
) -> None:
    rig.wire.timelines = {RUN: timeline_json("Deploy", "tests"), 110: timeline_json("Deploy", "tests")}
    assert gather(rig, memory, stage()) == ()
    assert len(rig.wire.asked) == 5
    assert gather(rig, memory, stage(run=110)) == ()
    assert rig.wire.paths() == ["build/builds/110/timeline"]
    assert gather(rig, memory, stage("running", run=110)) == ()
    assert rig.wire.asked == []


def test_a_stage_that_was_edited_is_searched_again(rig: Rig, memory: PassingMemory) -> None:
    rig.wire.timelines = {RUN: timeline_json("Deploy", "tests"), 110: timeline_json("Deploy", "tests", "deploy")}
    assert gather(rig, memory, stage()) == ()
    deploy(rig, PROD, record_json(80, 110))
    assert numbers(gather(rig, memory, stage(run=110))) == [("4", 80, "successful")]


def test_without_a_timeline_every_end_is_searched(rig: Rig, memory: PassingMemory) -> None:
    assert gather(rig, memory, stage()) == ()
    deploy(rig, PROD, record_json(80, 110))
    assert numbers(gather(rig, memory, stage(run=110))) == [("4", 80, "successful")]


def test_a_known_stage_is_looked_for_where_it_deployed(rig: Rig, memory: PassingMemory) -> None:
    rig.wire.timelines = {run: timeline_json("Deploy", "deploy") for run in (90, RUN)}
    deploy(rig, PROD, record_json(70, 90), record_json(71, RUN))
    gather(rig, memory, stage(run=90))
    assert numbers(gather(rig, memory, stage())) == [("4", 71, "successful")]
    assert [path for path in rig.wire.paths() if "records" in path] == [
        "pipelines/environments/4/environmentdeploymentrecords"
    ]


def test_a_known_stage_that_deploys_elsewhere_is_found_there(rig: Rig, memory: PassingMemory) -> None:
    rig.wire.timelines = {run: timeline_json("Deploy", "deploy") for run in (90, RUN, 110)}
    deploy(rig, QA, record_json(70, 90))
    gather(rig, memory, stage(run=90))
    deploy(rig, PROD, record_json(71, RUN))
    assert numbers(gather(rig, memory, stage())) == [("4", 71, "successful")]
    deploy(rig, QA, record_json(81, 110))
    deploy(rig, PROD, record_json(82, 110))
    assert numbers(gather(rig, memory, stage(run=110))) == [("3", 81, "successful"), ("4", 82, "successful")]


def test_a_job_that_goes_elsewhere_is_found_although_its_neighbour_stays(rig: Rig, memory: PassingMemory) -> None:
    rig.wire.timelines = {run: timeline_json("Deploy", "deploy") for run in (90, RUN, 110)}
    deploy(rig, QA, record_json(69, 90))
    deploy(rig, PROD, record_json(70, 90))
    gather(rig, memory, stage(run=90))
    deploy(rig, QA, record_json(71, RUN), record_json(72, RUN))
    assert numbers(gather(rig, memory, stage())) == [("3", 71, "successful")]
    deploy(rig, QA, record_json(81, 110))
    deploy(rig, LAB, record_json(82, 110))
    assert numbers(gather(rig, memory, stage(run=110))) == [("3", 81, "successful"), ("5", 82, "successful")]


def test_one_stage_may_deploy_to_several_environments(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, QA, record_json(71, RUN))
    deploy(rig, PROD, record_json(72, RUN, result="failed"))
    assert numbers(gather(rig, memory, stage(result="failed"))) == [("3", 71, "successful"), ("4", 72, "failed")]


def test_only_records_of_this_run_stage_and_attempt_count(rig: Rig, memory: PassingMemory) -> None:
    other = {"definition": {"id": 42}}
    deploy(rig, PROD, record_json(71, 90), record_json(72, RUN, stageName="Other"))
    deploy(rig, PROD, record_json(73, RUN, stageAttempt=2), record_json(74, 90, **other))
    assert gather(rig, memory, stage()) == ()


def test_a_record_beyond_the_first_page_is_found(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(70, 90), record_json(71, RUN))
    deploy(rig, PROD, *[record_json(number, 200, definition={"id": 42}) for number in range(72, 180)])
    (facts,) = gather(rig, memory, stage())
    assert (facts.sequence_number, facts.texts[1]) == (71, "LED-95 between")


def test_pages_from_before_the_run_are_not_read(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, *[record_json(number, 90) for number in range(1, 120)])
    gather(rig, memory, stage(run=110))
    assert sum("environments/4/" in path for path in rig.wire.paths()) == 2


def test_a_run_of_unknown_age_is_on_the_first_page_or_not_at_all(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, *[record_json(number, 90) for number in range(1, 120)])
    event = stage(run=110)
    undated = StageChanged(**{name: getattr(event, name) for name in event.__slots__} | {"run_created": None})
    gather(rig, memory, undated)
    assert sum("environments/4/" in path for path in rig.wire.paths()) == 1


def test_a_run_that_is_gone_is_not_told(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(71, RUN))
    del rig.wire.builds[RUN]
    assert gather(rig, memory, stage()) == ()


@pytest.mark.parametrize("result", ["skipped", "rejected"])
def test_a_stage_that_was_stopped_before_its_first_job_is_not_searched(
    result: str, rig: Rig, memory: PassingMemory
) -> None:
    assert gather(rig, memory, stage(result=result)) == ()
    assert rig.wire.asked == []


# --- numbers and states --------------------------------------------------------------------------------------------


def test_begin_and_end_have_the_same_number_although_jobs_were_added_in_between(
    rig: Rig, memory: PassingMemory
) -> None:
    deploy(rig, PROD, record_json(71, RUN, result=None))
    assert numbers(gather(rig, memory, stage("running"))) == [("4", 71, "in_progress")]
    rig.wire.records[PROD][0]["result"] = "succeeded"
    deploy(rig, PROD, record_json(72, RUN, jobAttempt=2))
    assert numbers(gather(rig, memory, stage())) == [("4", 71, "successful")]


def test_a_running_stage_whose_record_is_not_there_yet_waits_for_its_end(rig: Rig, memory: PassingMemory) -> None:
    assert gather(rig, memory, stage("running")) == ()
    deploy(rig, PROD, record_json(71, RUN))
    assert numbers(gather(rig, memory, stage())) == [("4", 71, "successful")]


def test_a_second_attempt_is_a_new_deployment_with_a_higher_number(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(71, RUN, result="failed"), record_json(75, RUN, stageAttempt=2))
    assert numbers(gather(rig, memory, stage(result="failed"))) == [("4", 71, "failed")]
    assert numbers(gather(rig, memory, stage(attempt=2))) == [("4", 75, "successful")]


@pytest.mark.parametrize(
    ("results", "stage_result", "expected"),
    [
        (("succeeded",), "succeeded", "successful"),
        (("succeeded",), "failed", "successful"),
        (("succeededWithIssues",), "partiallySucceeded", "successful"),
        (("succeeded", "failed"), "failed", "failed"),
        (("failed", "canceled"), "failed", "failed"),
        (("succeeded", "canceled"), "canceled", "cancelled"),
        (("abandoned",), "canceled", "cancelled"),
        (("skipped",), "succeeded", "cancelled"),
        ((None,), "succeeded", "successful"),
        ((None, "succeeded"), "failed", "failed"),
        (("manuallyQueued",), "succeeded", "unknown"),
    ],
)
def test_the_records_tell_how_a_deployment_ended_and_the_stage_where_they_do_not(
    results: tuple[str | None, ...], stage_result: str, expected: str, rig: Rig, memory: PassingMemory
) -> None:
    records = [record_json(71 + place, RUN, result=result) for place, result in enumerate(results)]
    deploy(rig, PROD, *records)
    assert numbers(gather(rig, memory, stage(result=stage_result))) == [("4", 71, expected)]


# --- what is deployed ----------------------------------------------------------------------------------------------


def test_everything_since_the_last_success_in_the_same_environment_is_deployed(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, QA, record_json(60, 95), record_json(62, RUN))
    deploy(rig, PROD, record_json(50, 80), record_json(61, 90), record_json(63, 97, result="failed"))
    deploy(rig, PROD, record_json(64, 98, definition={"id": 42}), record_json(71, RUN), record_json(90, 110))
    rig.wire.between[95, RUN] = [change_json("LED-98 for qa")]
    qa, prod = gather(rig, memory, stage())
    assert qa.texts == ("main", "LED-98 for qa")
    assert prod.texts == ("main", "LED-95 between", "LED-100 own")


def test_a_last_success_whose_run_is_gone_leaves_the_own_changes(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(61, 85), record_json(71, RUN))
    (facts,) = gather(rig, memory, stage())
    assert facts.texts == ("main", "LED-100 own")


def test_an_older_run_that_is_deployed_again_is_known_as_such_and_brings_itself(
    rig: Rig, memory: PassingMemory
) -> None:
    deploy(rig, PROD, record_json(71, RUN), record_json(80, 110), record_json(85, RUN, stageAttempt=2))
    (facts,) = gather(rig, memory, stage(attempt=2))
    assert facts.older_than_last_success
    assert (facts.sequence_number, facts.texts) == (85, ("main", "LED-100 own"))


def test_the_same_run_again_is_no_roll_back(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(61, 90), record_json(71, RUN), record_json(75, RUN, stageAttempt=2))
    (facts,) = gather(rig, memory, stage(attempt=2))
    assert not facts.older_than_last_success
    assert "LED-95 between" in facts.texts


def test_a_run_of_another_host_has_texts_but_no_commits_in_jira(rig: Rig, memory: PassingMemory) -> None:
    rig.wire.builds[RUN] = build_json(RUN, repository=GITHUB)
    deploy(rig, PROD, record_json(71, RUN))
    (facts,) = gather(rig, memory, stage())
    assert facts.texts == ("main", "LED-100 own")
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
    assert facts.texts == ("main", "LED-95 between", "LED-100 own")


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


@pytest.mark.specs
def test_every_call_for_a_stage_is_in_the_official_description(rig: Rig, memory: PassingMemory, specs: Any) -> None:
    rig.wire.timelines[RUN] = timeline_json("Deploy", "deploy")
    deploy(rig, PROD, record_json(61, 90), record_json(71, RUN))
    gather(rig, memory, stage())
    assert len(rig.wire.asked) == 7
    for method, path, query in rig.wire.asked:
        check_call(specs, method, path, query)
