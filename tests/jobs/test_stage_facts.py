"""Stages that deploy to an environment, found among the many that do not; their numbers and states."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain.facts import DeploymentFacts
from jobs.stage_facts import gather_stage
from tests.clients.ado_contract import check_call
from tests.jobs.pipeline_rig import Rig
from tests.jobs.pipeline_wire import LEDGER, PROJECT, REPOSITORY, change_json, record_json, shipped, timeline_json
from tests.jobs.stage_rig import LAB, PROD, QA, RUN, PassingMemory, deploy, gather, numbers, open_stages, stage


@pytest.fixture
def rig() -> Iterator[Rig]:
    yield from open_stages()


@pytest.fixture
def memory() -> PassingMemory:
    return PassingMemory()


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
        texts=("main",),
        commits=(f"{RUN:040x}", change_json("LED-100 own")["id"]),
        shipped=(shipped("LED-100 own"),),
        repository=LEDGER,
    )


def test_a_stage_that_has_not_begun_asks_nothing(rig: Rig, memory: PassingMemory) -> None:
    assert gather(rig, memory, stage("notStarted")) == ()
    assert rig.wire.asked == []


def test_a_stage_is_found_with_an_empty_memory(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, record_json(71, RUN))
    assert len(gather_stage(stage(), rig.pipelines, rig.git, memory)) == 1


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


def test_a_stage_that_deployed_nowhere_is_searched_again_once_a_deployment_of_it_was_found(
    rig: Rig, memory: PassingMemory
) -> None:
    rig.wire.timelines = {run: timeline_json("Deploy", "deploy") for run in (90, RUN, 110)}
    assert gather(rig, memory, stage(run=90)) == ()
    deploy(rig, PROD, record_json(71, RUN))
    assert gather(rig, memory, stage()) == ()  # a stage of this shape is believed to deploy nowhere
    memory.remember(41, "Deploy", (PROD,))  # as comparing does, which goes by the records of the environments
    assert numbers(gather(rig, memory, stage())) == [("4", 71, "successful")]
    deploy(rig, QA, record_json(80, 110))
    assert numbers(gather(rig, memory, stage(run=110))) == [("3", 80, "successful")]


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
    assert (facts.sequence_number, facts.words[1]) == (71, "LED-95 between")


def test_pages_from_before_the_run_are_not_read(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, *[record_json(number, 90) for number in range(1, 120)])
    gather(rig, memory, stage(run=110))
    assert sum("environments/4/" in path for path in rig.wire.paths()) == 2


def test_a_run_of_unknown_age_is_on_the_first_page_or_not_at_all(rig: Rig, memory: PassingMemory) -> None:
    deploy(rig, PROD, *[record_json(number, 90) for number in range(1, 120)])
    gather(rig, memory, replace(stage(run=110), run_created=None))
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
        (("succeededWithIssues",), "partiallySucceeded", "partially_successful"),
        (("succeeded", "succeededWithIssues"), "partiallySucceeded", "partially_successful"),
        ((None,), "partiallySucceeded", "partially_successful"),
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


@pytest.mark.specs
def test_every_call_for_a_stage_is_in_the_official_description(rig: Rig, memory: PassingMemory, specs: Any) -> None:
    rig.wire.timelines[RUN] = timeline_json("Deploy", "deploy")
    deploy(rig, PROD, record_json(61, 90), record_json(71, RUN))
    gather(rig, memory, stage())
    assert len(rig.wire.asked) == 8
    for method, path, query in rig.wire.asked:
        check_call(specs, method, path, query)
