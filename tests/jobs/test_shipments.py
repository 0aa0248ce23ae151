"""What a run brings beyond its commits: pull requests behind squash merges, tags and variables; all within bounds."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.facts import BuildFacts, Shipped
from domain.records import BuildChanged, Person
from jobs import shipments
from jobs.pipeline_facts import gather_build
from jobs.shipments import Shipment, ship_run
from tests.clients.ado_contract import check_call
from tests.jobs.pipeline_rig import Rig, open_rig
from tests.jobs.pipeline_wire import LEDGER, PROJECT, build_json, change_json, pull_json, refuse

INES = Person("Ines Okafor", "ines@larkspur.example")
GITHUB = {"id": "larkspur/ledger", "type": "GitHub", "name": "larkspur/ledger"}
SQUASH = change_json("Round prices")
LONG = "d" * 400


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Run 100 after run 90: a squash of pull request 12."""
    for rig in open_rig():
        rig.wire.builds[100] = build_json(100, definition={"id": 41, "name": "Ledger CI"})
        rig.wire.between[90, 100] = [SQUASH]
        rig.wire.changes[100] = [SQUASH]
        rig.wire.merged = {SQUASH["id"]: [merged(12)]}
        yield rig


def merged(number: int, **others: Any) -> dict[str, Any]:
    shape = pull_json(number, f"LED-{number} Round up", f"feature/led-{number + 100}")
    return shape | {"status": "completed", "description": f"Closes LED-{number + 200}"} | others


def ship(rig: Rig) -> Shipment:
    return ship_run(rig.pipelines, rig.git, rig.pipelines.read_build(PROJECT, 100), 90)


def build(rig: Rig) -> BuildFacts:
    event = BuildChanged(
        100, 41, "Ledger CI", "20260302.1", "inProgress", None, PROJECT, datetime(2026, 3, 2, tzinfo=UTC), None
    )
    return gather_build(event, rig.pipelines, rig.git)


def asked(rig: Rig, word: str) -> int:
    return sum(word in path for path in rig.wire.paths())


def test_the_pull_request_behind_a_squash_is_shipped_with_its_commit(rig: Rig) -> None:
    commit, pull = ship(rig).shipped
    assert commit == Shipped(("Round prices",), SQUASH["id"], None, LEDGER, pipeline="Ledger CI")
    words = ("LED-12 Round up", "feature/led-112", "Closes LED-212")
    assert pull == Shipped(words, SQUASH["id"], INES, LEDGER, "feature/led-112", "Ledger CI")


def test_a_build_gets_the_same_words(rig: Rig) -> None:
    assert build(rig).words == ("main", "Round prices", "LED-12 Round up", "feature/led-112", "Closes LED-212")


def test_a_pull_request_that_was_not_completed_brought_nothing(rig: Rig) -> None:
    rig.wire.merged = {SQUASH["id"]: [merged(12, status="abandoned"), merged(13, status="active")]}
    assert len(ship(rig).shipped) == 1


def test_a_pull_request_counts_once_for_several_commits(rig: Rig) -> None:
    more = change_json("second")
    rig.wire.between[90, 100] = [SQUASH, more]
    rig.wire.merged[more["id"]] = [merged(12)]
    assert [part.texts[0] for part in ship(rig).shipped] == ["Round prices", "second", "LED-12 Round up"]


def test_one_question_is_asked_for_many_commits(rig: Rig) -> None:
    rig.wire.between[90, 100] = [change_json(f"{number} change") for number in range(250)]
    ship(rig)
    assert asked(rig, "pullrequestquery") == 1


@pytest.mark.parametrize(("commits", "questions"), [(0, 0), (1, 1), (251, 2), (1000, 4), (2000, 4)])
def test_a_deployment_asks_four_questions_at_most(commits: int, questions: int, rig: Rig) -> None:
    rig.wire.between[90, 100] = [change_json(f"{number} change") for number in range(commits)]
    ship(rig)
    assert asked(rig, "pullrequestquery") == questions


def test_a_build_asks_one_question_at_most(rig: Rig) -> None:
    rig.wire.changes[100] = [change_json(f"{number} change") for number in range(600)]
    build(rig)
    assert asked(rig, "pullrequestquery") == 1


def test_a_run_that_checks_a_pull_request_asks_none(rig: Rig) -> None:
    rig.wire.builds[100] |= {"sourceBranch": "refs/pull/9/merge"}
    ship(rig)
    assert asked(rig, "pullrequestquery") == 0


def test_nothing_is_asked_of_azure_repos_about_another_host(rig: Rig) -> None:
    rig.wire.builds[100] |= {"repository": GITHUB}
    assert ship(rig).shipped == (Shipped(("Round prices",), SQUASH["id"], pipeline="Ledger CI"),)
    assert asked(rig, "git/") == 0


@pytest.mark.parametrize("status", [403, 404])
def test_pull_requests_that_may_not_be_seen_leave_the_commits(status: int, rig: Rig) -> None:
    rig.wire.app.before_request(lambda: refuse(status) if "pullrequestquery" in rig.wire.asked[-1][1] else None)
    assert [part.texts for part in ship(rig).shipped] == [("Round prices",)]


def test_a_description_that_may_be_cut_is_read_whole(rig: Rig) -> None:
    rig.wire.merged[SQUASH["id"]] = [merged(12, description=LONG)]
    rig.wire.pulls[12] = merged(12, description=f"{LONG} LED-5")
    assert ship(rig).shipped[1].texts[2] == f"{LONG} LED-5"


def test_a_cut_description_of_a_pull_request_that_is_gone_stays_as_it_is(rig: Rig) -> None:
    rig.wire.merged[SQUASH["id"]] = [merged(12, description=LONG)]
    assert ship(rig).shipped[1].texts[2] == LONG


def test_twenty_descriptions_at_most_are_read_again(rig: Rig) -> None:
    rig.wire.merged[SQUASH["id"]] = [merged(number, description=LONG) for number in range(1, 31)]
    ship(rig)
    assert asked(rig, "pullrequests/") == shipments.CUT_DESCRIPTIONS == 20


def test_who_wrote_a_commit_is_known(rig: Rig) -> None:
    author = {"displayName": "renovate[bot]", "uniqueName": "CORP\\bot@larkspur.example"}
    rig.wire.between[90, 100] = [change_json("bump", author=author)]
    assert ship(rig).shipped[0].author == Person("renovate[bot]", "bot@larkspur.example")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tags": ["jira LED-1", "nightly"]}, ("jira LED-1", "nightly")),
        ({"parameters": json.dumps({"JIRA_ISSUES": "LED-1, LED-2", "n": 5, "empty": ""})}, ("LED-1, LED-2",)),
        ({"parameters": "LED-1 is no JSON"}, ("LED-1 is no JSON",)),
        ({"templateParameters": {"issues": "LED-3", "more": {"all": ["LED-4"]}}}, ("LED-3", "LED-4")),
        ({"tags": None, "parameters": None, "templateParameters": None}, ()),
        ({"tags": ["LED-1"], "templateParameters": {"a": "LED-2"}}, ("LED-1", "LED-2")),
    ],
)
def test_tags_variables_and_parameters_of_a_run_are_its_words(given: Any, words: tuple[str, ...], rig: Rig) -> None:
    rig.wire.builds[100] |= given
    assert ship(rig).texts == build(rig).texts == ("main", *words)


def test_words_of_a_run_have_bounds(rig: Rig) -> None:
    deep: Any = "LED-1"
    for _ in range(30):
        deep = [deep]
    rig.wire.builds[100] |= {"tags": ["x" * 5000] * 300, "templateParameters": {"deep": deep}}
    words = ship(rig).texts[1:]
    assert (len(words), {len(word) for word in words}) == (200, {2000})


@pytest.mark.specs
def test_every_question_is_in_the_official_description(rig: Rig, specs: Any) -> None:
    rig.wire.merged[SQUASH["id"]] = [merged(12, description=LONG)]
    ship(rig)
    assert asked(rig, "pullrequest") == 2
    for method, path, query in rig.wire.asked:
        check_call(specs, method, path, query)
