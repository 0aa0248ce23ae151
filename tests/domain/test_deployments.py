"""Stages and releases as the deployments Jira shall hold."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft4Validator

from domain.changes import Entity, Removal
from domain.deployments import environment_key, pending_number, release_environment_key
from domain.facts import DeploymentFacts, Shipped
from domain.issue_keys import KeyRules
from domain.records import StageChanged
from domain.site_settings import DEFAULTS, SiteSettings
from tests.domain.event_reading import parse_event
from tests.domain.official import SPECS, check_request
from tests.domain.pipeline_bodies import BODIES, PROJECT, map_deployment, read_golden, requests_of, stage_facts

GOLDEN = {
    "stage-state.waiting": "stage-waiting",
    "stage-state.running": "stage-running",
    "stage-state.completed": "stage-completed",
    "release.deployment-started": "release-started",
    "release.deployment-completed": "release-completed",
    "release.abandoned": "release-abandoned",
}


@pytest.fixture
def stage() -> StageChanged:
    event = parse_event((BODIES / "stage-state.completed.json").read_bytes())
    assert isinstance(event, StageChanged)
    return event


@pytest.fixture
def facts(stage: StageChanged) -> DeploymentFacts:
    return stage_facts(stage)


def entity(facts: DeploymentFacts, stage: StageChanged, settings: SiteSettings = DEFAULTS) -> Entity:
    (change,) = map_deployment(facts, stage.happened, settings)
    assert isinstance(change, Entity)
    return change


@pytest.mark.parametrize("name", GOLDEN)
def test_an_event_becomes_the_exact_requests(name: str) -> None:
    assert requests_of(name) == read_golden(GOLDEN[name])


@pytest.mark.specs
@pytest.mark.parametrize("name", GOLDEN)
def test_the_specification_takes_the_requests(name: str) -> None:
    for request in requests_of(name):
        check_request(request["method"], request["api"], request["path"], without_commits(request.get("body")))
        if "body" in request:
            Draft4Validator(deployments_schema()).validate(request["body"])


def without_commits(body: Any) -> Any:
    """`oneOf` in the specification does not list the commits that `anyOf` beside it describes."""
    left = deepcopy(body)
    for deployment in left["deployments"] if left else ():
        deployment["associations"] = [a for a in deployment["associations"] if a["associationType"] != "commit"]
    return left


def deployments_schema() -> Any:
    specification = json.loads((SPECS / "jira-software.openapi.2024-03.json").read_bytes())
    operation = specification["paths"]["/rest/deployments/0.1/bulk"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    del schema["properties"]["deployments"]["items"]["properties"]["associations"]["items"]["oneOf"]
    return schema


@pytest.mark.parametrize(
    ("state", "older", "expected"),
    [
        ("pending", False, "pending"),
        ("in_progress", True, "in_progress"),
        ("successful", False, "successful"),
        ("successful", True, "rolled_back"),
        ("failed", True, "failed"),
        ("cancelled", False, "cancelled"),
        ("unknown", False, "unknown"),
    ],
)
def test_every_state_has_a_word_and_a_sentence_in_jira(
    state: Any, older: bool, expected: str, facts: DeploymentFacts, stage: StageChanged
) -> None:
    body = entity(replace(facts, state=state, older_than_last_success=older), stage).body
    assert body["state"] == expected
    assert body["description"].startswith("20260302.1 ")
    assert body["description"].endswith(" prod-eu")


@pytest.mark.parametrize(
    ("means", "older", "expected"),
    [
        ("successful", False, "successful"),
        ("successful", True, "rolled_back"),
        ("failed", False, "failed"),
        ("failed", True, "failed"),
    ],
)
def test_a_partial_success_counts_as_the_site_chose(
    means: Any, older: bool, expected: str, facts: DeploymentFacts, stage: StageChanged
) -> None:
    partly = replace(facts, state="partially_successful", older_than_last_success=older)
    made = entity(partly, stage, SiteSettings(partial_deployment_is=means))
    assert made.body["state"] == expected


def test_a_partial_success_is_a_success_unless_the_site_says_otherwise(
    facts: DeploymentFacts, stage: StageChanged
) -> None:
    assert entity(replace(facts, state="partially_successful"), stage).body["state"] == "successful"


def test_keys_of_everything_shipped_count_once_in_order(facts: DeploymentFacts, stage: StageChanged) -> None:
    parts = (Shipped(("LED-7 pay",), "a" * 40), Shipped(("Refunds", "feature/led-9", "LED-7"), "a" * 40, branch="x"))
    made = entity(replace(facts, texts=("release/led-1",), shipped=parts), stage)
    assert made.keys == ("LED-1", "LED-7", "LED-9")


def test_a_deployment_without_keys_is_not_told(facts: DeploymentFacts, stage: StageChanged) -> None:
    assert map_deployment(replace(facts, texts=("main", "SHA-256")), stage.happened) == ()


def test_a_withdrawn_announcement_is_removed_whatever_its_texts(facts: DeploymentFacts, stage: StageChanged) -> None:
    gone = replace(facts, state="withdrawn", sequence_number=8, texts=())
    path = f"{facts.pipeline_key}/{facts.environment_key}/8"
    (removal,) = map_deployment(gone, stage.happened)
    assert removal == Removal("deployment", path, 1772444052292)


def test_the_id_is_pipeline_environment_and_number(facts: DeploymentFacts, stage: StageChanged) -> None:
    made = entity(facts, stage)
    assert made.id == f"{PROJECT}-41/{PROJECT}-environment-4/71"
    assert (made.kind, made.sequence, made.repository_id) == ("deployment", 1772444052292, facts.repository_id)


@pytest.mark.parametrize(
    ("keys", "commits", "kept"),
    [
        (505, 0, (500, 0)),
        (505, 3, (500, 0)),
        (499, 2, (499, 1)),
        (497, 4, (497, 3)),
        (2, 700, (2, 498)),
        (1, 1, (1, 1)),
    ],
)
def test_five_hundred_values_are_filled_with_keys_first(
    keys: int, commits: int, kept: tuple[int, int], facts: DeploymentFacts, stage: StageChanged
) -> None:
    text = " ".join(f"LED-{number}" for number in range(1, keys + 1))
    shas = tuple(f"{number:040x}" for number in range(commits))
    made = entity(replace(facts, texts=(text,), commits=shas), stage)
    counts = {entry["associationType"]: len(entry["values"]) for entry in made.body["associations"]}
    assert (counts["issueIdOrKeys"], counts.get("commit", 0)) == kept
    assert made.keys == tuple(f"LED-{number}" for number in range(1, kept[0] + 1))
    assert made.dropped_keys == keys - kept[0]


def test_commits_are_named_once_and_only_with_their_repository(facts: DeploymentFacts, stage: StageChanged) -> None:
    twice = replace(facts, commits=("a" * 40, "a" * 40))
    (_, commits) = entity(twice, stage).body["associations"]
    assert commits["values"] == [{"commitHash": "a" * 40, "repositoryId": facts.repository_id}]
    (only,) = entity(replace(twice, repository_id=None), stage).body["associations"]
    assert only["associationType"] == "issueIdOrKeys"


def test_long_names_are_cut_and_addresses_are_not(facts: DeploymentFacts, stage: StageChanged) -> None:
    long = replace(facts, pipeline="p" * 300, environment="e" * 300, name="n" * 200)
    body = entity(long, stage).body
    assert body["displayName"] == "p" * 54 + " " + "n" * 200
    assert body["pipeline"]["displayName"] == "p" * 255
    assert body["environment"]["displayName"] == "e" * 255
    assert len(body["description"]) == 255
    assert body["url"] == facts.url


def test_the_environment_gets_its_type_from_its_name(facts: DeploymentFacts, stage: StageChanged) -> None:
    assert entity(replace(facts, environment="qa1"), stage).body["environment"]["type"] == "testing"


def test_the_table_of_the_site_decides_the_type_first(facts: DeploymentFacts, stage: StageChanged) -> None:
    settings = SiteSettings(environments={"staging": ("prod-*",)})
    assert entity(facts, stage, settings).body["environment"]["type"] == "staging"


def test_an_announcement_is_above_every_record_and_fits_a_double() -> None:
    number = pending_number(2**31 - 1, 3)
    assert 2**31 < number < 2**53
    assert len({pending_number(run, attempt) for run in (1, 2, 1000) for attempt in (1, 2, 999)}) == 9


def test_environments_of_one_name_are_one_place_in_a_project() -> None:
    same = {release_environment_key(PROJECT, name) for name in ("Live EU", "live eu", " LIVE  EU ")}
    assert len(same) == 1
    others = {release_environment_key(PROJECT, name) for name in ("Live US", "製造", "Größe/1", "")}
    assert len(others | same) == 5
    assert release_environment_key("another", "Live EU") not in same
    assert all("/" not in key and len(key) <= 255 for key in others | same | {environment_key(PROJECT, 4)})


def test_without_a_list_of_projects_keys_are_still_found(facts: DeploymentFacts, stage: StageChanged) -> None:
    (change,) = map_deployment(replace(facts, texts=("NEW-1",)), stage.happened, rules=KeyRules())
    assert isinstance(change, Entity)
    assert change.keys == ("NEW-1",)
