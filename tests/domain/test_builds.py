"""A run as the build Jira shall hold."""

from dataclasses import replace
from typing import Any

import pytest

from domain.builds import map_build
from domain.changes import Entity, Source
from domain.facts import BuildFacts, Shipped, TestCounts
from domain.issue_keys import KeyRules
from domain.records import BuildChanged
from tests.domain.official import check_request
from tests.domain.pipeline_bodies import PROJECT, RULES, SOURCE, build_facts, read_golden, requests_of
from tests.domain.test_pipeline_events import moment

GOLDEN = {
    "build.complete": "build-succeeded",
    "build.complete.pull-request": "build-pull-request",
    "build.complete.canceled": "build-canceled",
    "run-state.in-progress": "build-in-progress",
    "run-state.completed": "build-run-completed",
}
EVENT = BuildChanged(
    7, 41, "Ledger CI", "20260302.1", "completed", "succeeded", PROJECT, moment("2026-03-02T09:24:33.886Z"), None
)
FACTS = build_facts("feature/led-3-rounding", "c" * 40, ("feature/led-3-rounding",))


def entity(event: BuildChanged = EVENT, facts: BuildFacts = FACTS, **options: Any) -> Entity:
    (change,) = map_build(event, facts, RULES, SOURCE, **options)
    assert isinstance(change, Entity)
    return change


@pytest.mark.parametrize("name", GOLDEN)
def test_an_event_becomes_the_exact_request(name: str) -> None:
    assert requests_of(name) == read_golden(GOLDEN[name])


@pytest.mark.specs
@pytest.mark.parametrize("name", GOLDEN)
def test_the_specification_takes_the_request(name: str) -> None:
    for request in requests_of(name):
        check_request(request["method"], request["api"], request["path"], request.get("body"))


@pytest.mark.parametrize(
    ("state", "result", "expected"),
    [
        ("pending", None, "pending"),
        ("inProgress", None, "in_progress"),
        ("canceling", None, "in_progress"),
        ("completed", "succeeded", "successful"),
        ("completed", "partiallySucceeded", "failed"),
        ("completed", "failed", "failed"),
        ("completed", "canceled", "cancelled"),
        ("completed", None, "unknown"),
    ],
)
def test_every_state_has_a_word_in_jira(state: Any, result: Any, expected: str) -> None:
    assert entity(replace(EVENT, state=state, result=result)).body["state"] == expected


def test_an_admin_may_let_a_partial_success_pass() -> None:
    partly = replace(EVENT, result="partiallySucceeded")
    assert entity(partly, partial_is="successful").body["state"] == "successful"


def test_the_result_of_the_build_itself_beats_that_of_the_run_event() -> None:
    assert entity(facts=replace(FACTS, result="partiallySucceeded")).body["state"] == "failed"


def test_the_result_of_a_build_that_has_ended_since_does_not_end_an_event_in_progress() -> None:
    running = replace(EVENT, state="inProgress", result=None)
    assert entity(running, replace(FACTS, result="succeeded")).body["state"] == "in_progress"


def test_a_run_without_keys_is_not_told() -> None:
    assert map_build(EVENT, replace(FACTS, texts=("main", "UTF-8")), RULES, SOURCE) == ()


def test_keys_of_its_commits_and_pull_requests_count() -> None:
    parts = (Shipped(("LED-7 pay",), "a" * 40), Shipped(("Refunds", "feature/led-9"), "a" * 40, branch="x"))
    assert entity(facts=replace(FACTS, shipped=parts)).keys == ("LED-3", "LED-7", "LED-9")


def test_the_id_is_pipeline_and_build_and_carries_the_repository() -> None:
    made = entity()
    assert (made.kind, made.id, made.sequence) == ("build", f"{PROJECT}-41/7", 1772443473886)
    assert made.repository_id == FACTS.repository_id
    assert made.keys == ("LED-3",)


def test_one_hundred_keys_are_sent_and_the_others_counted() -> None:
    text = " ".join(f"LED-{number}" for number in range(1, 106))
    made = entity(facts=replace(FACTS, texts=(text,)))
    assert made.keys == tuple(f"LED-{number}" for number in range(1, 101))
    assert made.body["issueKeys"] == list(made.keys)
    assert made.dropped_keys == 5


def test_the_number_of_the_build_itself_is_shown() -> None:
    assert entity(facts=replace(FACTS, number="2.4.0")).body["displayName"] == "Ledger CI 2.4.0"


@pytest.mark.parametrize(
    ("pipeline", "number", "expected"),
    [
        ("p" * 300, "20260302.1", "p" * 244 + " 20260302.1"),
        ("Ledger CI", "9" * 300, "9" * 255),
        ("Ledger CI", "9" * 250, "Ledg " + "9" * 250),
        ("🚀" * 200, "1", "🚀" * 126 + " 1"),
    ],
)
def test_a_long_name_is_cut_before_the_number(pipeline: str, number: str, expected: str) -> None:
    made = entity(replace(EVENT, pipeline=pipeline, number=number))
    assert made.body["displayName"] == expected


@pytest.mark.parametrize("tests", [None, TestCounts(0, 0, 0, 0)])
def test_no_tests_are_told_when_none_ran(tests: TestCounts | None) -> None:
    assert "testInfo" not in entity(facts=replace(FACTS, tests=tests)).body


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        ({"commit": None}, {"ref"}),
        ({"repository_url": None}, {"ref"}),
        ({"repository_url": "https://dev.azure.com/" + "x" * 2000}, {"ref"}),
        ({"branch": None}, {"commit"}),
        ({"branch_url": None}, {"commit"}),
        ({"branch_url": "https://dev.azure.com/" + "x" * 2000}, {"commit"}),
    ],
)
def test_a_reference_that_is_not_known_or_too_long_is_left_out(missing: dict[str, Any], left: set[str]) -> None:
    (reference,) = entity(facts=replace(FACTS, **missing)).body["references"]
    assert set(reference) == left


def test_a_run_of_another_source_control_has_no_references() -> None:
    other = replace(FACTS, repository_id=None, repository_url=None, branch_url=None)
    assert "references" not in entity(facts=other).body


def test_a_long_branch_name_is_cut() -> None:
    branch = "feature/led-3-" + "x" * 300
    (reference,) = entity(facts=replace(FACTS, branch=branch)).body["references"]
    assert reference["ref"]["name"] == branch[:255]


def test_projects_of_one_site_do_not_share_builds() -> None:
    other = Source("connection-8", "https://dev.azure.com/fennel", "11111111-2222-3333-4444-555555555555")
    event = replace(EVENT, project_id=other.project_id)
    (change,) = map_build(event, FACTS, KeyRules(), other)
    assert change.id != entity().id
