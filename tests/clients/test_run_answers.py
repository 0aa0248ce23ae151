"""Test counts and the shape of stages: what is made of many answers about one run."""

from functools import partial
from typing import Any

import pytest

from domain.errors import RateLimited
from domain.facts import TestCounts
from tests.clients.pipelines_rig import PROJECT, answer_json, asked, listed, open_pipelines


@pytest.fixture
def pipelines(wire):
    return open_pipelines(wire)


@pytest.fixture
def answer(wire):
    return partial(answer_json, wire)


def test_the_outcomes_of_all_test_runs_are_summed(pipelines, answer):
    answer(
        listed(
            {"id": 1, "runStatistics": [{"outcome": "Passed", "count": 5}, {"outcome": "Failed", "count": 2}]},
            {
                "id": 2,
                "runStatistics": [
                    {"outcome": "Passed", "count": 1},
                    {"outcome": "Error", "count": 1},
                    {"outcome": "NotExecuted", "count": 3},
                ],
            },
            {"id": 3},
        )
    )
    assert pipelines.read_test_counts(PROJECT, 9101) == TestCounts(12, 6, 3, 3)


def test_test_runs_are_read_until_a_page_is_not_full(pipelines, answer, wire):
    passed = {"runStatistics": [{"outcome": "Passed", "count": 1}]}
    answer(listed(*[passed] * 100))
    answer(listed(passed))
    assert pipelines.read_test_counts(PROJECT, 9101) == TestCounts(101, 101, 0, 0)
    queries = [query for _, query in asked(wire)]
    assert [query["$skip"] for query in queries] == [["0"], ["100"]]
    assert {query["buildUri"][0] for query in queries} == {"vstfs:///Build/Build/9101"}


def test_a_build_without_test_runs_has_no_counts(pipelines, answer):
    answer(listed())
    assert pipelines.read_test_counts(PROJECT, 9101) is None


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_may_not_see_tests_gives_no_counts(status, pipelines, wire):
    wire.will_answer(status, '{"message": "needs vso.test"}')
    assert pipelines.read_test_counts(PROJECT, 9101) is None


def test_a_busy_test_service_is_tried_again_later(pipelines, wire):
    wire.will_answer(429, Retry_After="7")
    with pytest.raises(RateLimited):
        pipelines.read_test_counts(PROJECT, 9101)


def timeline(*tasks: str, job: str = "Deploy.Web.__default", stage: str = "Deploy") -> dict[str, Any]:
    records = [
        {"id": "s", "type": "Stage", "identifier": stage, "name": "Deploy it"},
        {"id": "c", "parentId": "s", "type": "Checkpoint", "name": "Checkpoint"},
        {"id": "j", "parentId": "p", "type": "Job", "identifier": job, "name": "Web"},
        {"id": "p", "parentId": "s", "type": "Phase", "identifier": "Deploy.Web", "name": "Web"},
        {"id": "o", "type": "Stage", "identifier": "Other", "name": "Other"},
        {"id": "q", "parentId": "o", "type": "Phase", "identifier": "Other.Job", "name": "Job"},
    ]
    ran = [
        {"id": f"t{place}", "parentId": "j", "type": "Task", "name": f"{task} {place}", "task": {"id": task}}
        for place, task in enumerate(tasks)
    ]
    return {"records": records + ran}


def shapes(pipelines, answer, *answers: Any) -> list[str | None]:
    for body in answers:
        answer(body)
    return [pipelines.read_stage_shape(PROJECT, 9101, "Deploy") for _ in answers]


def test_the_shape_of_a_stage_does_not_depend_on_the_order_and_names_of_what_ran(pipelines, answer):
    turned = timeline("checkout", "deploy")
    turned["records"].reverse()
    renamed = timeline("checkout", "deploy")
    renamed["records"][-1]["name"] = "deploy 20260302.2"
    first, second, third = shapes(pipelines, answer, timeline("checkout", "deploy"), turned, renamed)
    assert first == second == third is not None


def test_the_shape_of_a_stage_changes_with_its_jobs_and_tasks(pipelines, answer):
    changed = [timeline("checkout"), timeline(), timeline("checkout", job="Deploy.Web.Deploy"), timeline("download")]
    assert len(set(shapes(pipelines, answer, timeline("checkout", "deploy"), *changed))) == 5


def test_a_stage_that_is_not_in_the_timeline_has_no_shape(pipelines, answer, wire):
    assert shapes(pipelines, answer, timeline(stage="Build"), None) == [None, None]
    wire.will_answer(404)
    assert pipelines.read_stage_shape(PROJECT, 9101, "Deploy") is None
