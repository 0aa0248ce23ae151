"""Classic releases: the deployment an event tells of, and what it brings."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.deployments import release_environment_key
from domain.facts import DeploymentFacts
from domain.records import ReleaseAbandoned, ReleaseDeployed
from jobs.release_facts import gather_abandoned, gather_release
from tests.clients.ado_contract import check_call
from tests.jobs.pipeline_rig import Rig, open_rig
from tests.jobs.pipeline_wire import (
    LEDGER,
    PROJECT,
    REPOSITORY,
    build_artifact,
    build_json,
    change_json,
    commit_json,
    deployment_json,
    environment_json,
    pull_json,
    release_json,
    shipped,
)

HAPPENED = datetime(2026, 3, 2, 11, tzinfo=UTC)
OLD, MIDDLE, NEW = "a" * 40, "b" * 40, "c" * 40


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Release-30 of build 90 is live; Release-31 of build 100 is deployment 640."""
    for rig in open_rig():
        rig.wire.releases = {30: release_json(30, 90), 31: release_json(31, 100)}
        rig.wire.deployments = [deployment_json(640, 31, deploymentStatus="inProgress"), deployment_json(630, 30)]
        for build in (90, 100):
            rig.wire.builds[build] = build_json(build)
            rig.wire.changes[build] = [change_json(f"LED-{build} own")]
        rig.wire.between[90, 100] = [change_json("LED-95 between")]
        yield rig


def deployed(state: str = "succeeded", *, environment: int = 310, **others: Any) -> ReleaseDeployed:
    return ReleaseDeployed(31, environment, state, PROJECT, HAPPENED, **others)


def gather(rig: Rig, event: ReleaseDeployed | None = None) -> DeploymentFacts:
    (facts,) = gather_release(event or deployed(), rig.pipelines, rig.git)
    return facts


def git_release(release_id: int, version: str) -> dict[str, Any]:
    reference = {
        "version": {"id": version},
        "definition": {"id": REPOSITORY.upper()},
        "branch": {"id": "refs/heads/main"},
    }
    return release_json(
        release_id, artifacts=[{"alias": "_git", "type": "Git", "isPrimary": True, "definitionReference": reference}]
    )


def test_a_deployment_brings_everything_since_the_last_success_in_its_environment(rig: Rig) -> None:
    assert gather(rig) == DeploymentFacts(
        pipeline_key=f"{PROJECT}-release-5",
        pipeline="Ledger CD",
        pipeline_url=f"{rig.wire.url}/{PROJECT}/_release?definitionId=5",
        environment_key=release_environment_key(PROJECT, "Live EU"),
        environment="Live EU",
        sequence_number=640,
        name="Release-31",
        url=f"{rig.wire.url}/{PROJECT}/_releaseProgress?_a=release-environment-logs&releaseId=31&environmentId=310",
        state="successful",
        older_than_last_success=False,
        repository_id=REPOSITORY,
        texts=("main",),
        commits=(f"{100:040x}", change_json("LED-95 between")["id"]),
        shipped=(shipped("LED-95 between"),),
        repository=LEDGER,
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("inProgress", "in_progress"),
        ("queued", "pending"),
        ("succeeded", "successful"),
        ("partiallySucceeded", "partially_successful"),
        ("rejected", "failed"),
        ("canceled", "cancelled"),
        ("undefined", "unknown"),
    ],
)
def test_every_environment_status_has_a_word(state: str, expected: str, rig: Rig) -> None:
    assert gather(rig, deployed(state)).state == expected


@pytest.mark.parametrize(("operation", "expected"), [("Rejected", "cancelled"), ("PhaseFailed", "failed")])
def test_a_refused_approval_is_told_apart_from_a_failure(operation: str, expected: str, rig: Rig) -> None:
    rig.wire.deployments[0]["operationStatus"] = operation
    assert gather(rig, deployed("rejected")).state == expected


# --- the number ----------------------------------------------------------------------------------------------------


def test_started_and_completed_have_the_same_number_although_only_one_names_it(rig: Rig) -> None:
    started = gather(rig, deployed("inProgress"))
    completed = gather(rig, deployed(deployment_id=640, attempt=1))
    assert started.sequence_number == completed.sequence_number == 640


def test_the_deployment_is_found_by_id_then_attempt_then_time(rig: Rig) -> None:
    second = deployment_json(655, 31, attempt=2, queuedOn="2026-03-02T11:30:00Z")
    rig.wire.deployments.insert(0, second)
    found = [deployed(deployment_id=655), deployed(attempt=2), deployed(attempt=1), deployed(), deployed(attempt=7)]
    assert [gather(rig, event).sequence_number for event in found] == [655, 655, 640, 640, 640]


def test_a_second_try_has_a_higher_number(rig: Rig) -> None:
    rig.wire.deployments.insert(0, deployment_json(655, 31, attempt=2))
    assert gather(rig).sequence_number == 655


def test_a_deployment_whose_time_is_not_set_counts_as_queued(rig: Rig) -> None:
    rig.wire.deployments[0]["queuedOn"] = "0001-01-01T00:00:00"
    assert gather(rig).sequence_number == 640


def test_clocks_that_differ_still_lead_to_the_only_deployment(rig: Rig) -> None:
    rig.wire.deployments[0]["queuedOn"] = "2026-03-02T12:00:00Z"
    assert gather(rig).sequence_number == 640


def test_a_deployment_nobody_knows_any_more_has_the_number_of_the_event_or_of_its_environment(rig: Rig) -> None:
    del rig.wire.deployments[0]
    assert gather(rig, deployed(deployment_id=640)).sequence_number == 640
    assert gather(rig).sequence_number == 310


def test_deployments_to_other_environments_and_of_other_releases_do_not_count(rig: Rig) -> None:
    rig.wire.deployments.insert(0, deployment_json(700, 33))
    rig.wire.deployments.insert(0, deployment_json(701, 31, rank=1))
    assert gather(rig).sequence_number == 640


# --- what is deployed ----------------------------------------------------------------------------------------------


def test_a_first_deployment_brings_the_changes_of_its_build(rig: Rig) -> None:
    del rig.wire.deployments[1]
    assert gather(rig).words == ("main", "LED-100 own")


def test_a_failed_deployment_in_between_is_no_success(rig: Rig) -> None:
    rig.wire.deployments.insert(1, deployment_json(635, 30, deploymentStatus="failed"))
    assert "LED-95 between" in gather(rig).words


@pytest.mark.parametrize(("means", "shipped"), [("successful", "LED-98 rest"), ("failed", "LED-95 between")])
def test_what_arrived_only_in_part_counts_as_the_site_chose(means: Any, shipped: str, rig: Rig) -> None:
    rig.wire.releases[32] = release_json(32, 97)
    rig.wire.releases[33] = release_json(33, 100)
    rig.wire.between[97, 100] = [change_json("LED-98 rest")]
    partly = deployment_json(650, 32, deploymentStatus="partiallySucceeded")
    rig.wire.deployments[:0] = [deployment_json(660, 33, deploymentStatus="inProgress"), partly]
    event = ReleaseDeployed(33, 330, "succeeded", PROJECT, HAPPENED)
    (facts,) = gather_release(event, rig.pipelines, rig.git, means)
    assert shipped in facts.words


def test_tags_and_variables_of_a_release_are_its_words(rig: Rig) -> None:
    secret = {"value": "LED-3", "isSecret": True}
    variables = {"issues": {"value": "LED-2"}, "token": secret, "unset": {"value": None}}
    rig.wire.releases[31] |= {"tags": ["LED-1"], "variables": variables}
    assert gather(rig).texts == ("main", "LED-1", "LED-2")
    rig.wire.releases[31]["artifacts"] = []
    assert gather(rig).texts == ("LED-1", "LED-2")


def test_a_further_artifact_is_told_with_its_own_repository(rig: Rig) -> None:
    side = build_json(90, repository={"id": "51DE", "type": "TfsGit", "name": "side"})
    rig.wire.builds[90] = side
    rig.wire.releases[31] = release_json(31, 100, 90)
    facts = gather(rig)
    assert [(part.texts[0], part.repository and part.repository.name) for part in facts.shipped] == [
        ("LED-95 between", "ledger"), ("main", "side"), ("LED-90 own", "side"),
    ]  # fmt: skip
    assert facts.repository == LEDGER


def test_the_same_build_again_brings_itself(rig: Rig) -> None:
    rig.wire.releases[30] = release_json(30, 100)
    assert gather(rig).words == ("main", "LED-100 own")


def test_an_older_release_that_is_deployed_again_is_known_as_such_and_brings_itself(rig: Rig) -> None:
    rig.wire.deployments[:] = [deployment_json(660, 31, attempt=2), deployment_json(650, 32), *rig.wire.deployments]
    rig.wire.releases[32] = release_json(32, 110)
    facts = gather(rig, deployed(attempt=2))
    assert facts.older_than_last_success
    assert (facts.sequence_number, facts.words) == (660, ("main", "LED-100 own"))


def test_a_last_success_whose_release_is_gone_leaves_the_own_changes(rig: Rig) -> None:
    del rig.wire.releases[30]
    assert gather(rig).words == ("main", "LED-100 own")


def test_several_artifacts_are_compared_by_their_alias_and_the_primary_one_leads(rig: Rig) -> None:
    rig.wire.releases[31] = release_json(
        31, artifacts=[build_artifact(90, False, "_side"), build_artifact(100, True, "_0")]
    )
    rig.wire.builds[90] = build_json(90, repository={"id": "larkspur/side", "type": "GitHub", "name": "side"})
    facts = gather(rig)
    assert facts.words == ("main", "LED-95 between", "main", "LED-90 own")
    assert facts.repository_id == REPOSITORY


def test_a_build_that_is_gone_brings_nothing(rig: Rig) -> None:
    del rig.wire.builds[100]
    assert gather(rig).words == ()


def test_a_build_of_a_project_that_the_token_may_not_see_brings_nothing(rig: Rig) -> None:
    (artifact,) = rig.wire.releases[31]["artifacts"]
    artifact["definitionReference"]["project"]["id"] = "closed"
    rig.wire.forbidden.add("closed")
    assert gather(rig).words == ()


def test_a_release_without_artifacts_brings_nothing(rig: Rig) -> None:
    rig.wire.releases[31] = release_json(31)
    facts = gather(rig)
    assert (facts.words, facts.commits, facts.repository_id) == ((), (), None)


@pytest.mark.parametrize("kind", ["Jenkins", "GitHub", "Build"])
def test_of_other_artifacts_only_the_branch_is_known(kind: str, rig: Rig) -> None:
    reference = {"version": {"id": "v7"}, "branch": {"id": "refs/heads/led-4"}}
    rig.wire.releases[31] = release_json(
        31, artifacts=[{"type": kind, "definitionReference": reference}, {"type": kind}]
    )
    facts = gather(rig)
    assert (facts.words, facts.commits) == (("led-4",), ())


def test_a_git_artifact_brings_the_commits_since_that_of_the_last_success(rig: Rig) -> None:
    rig.wire.releases = {30: git_release(30, OLD), 31: git_release(31, NEW)}
    rig.wire.commits = {MIDDLE: commit_json(MIDDLE, "LED-4 Round"), NEW: commit_json(NEW, "LED-5 Down")}
    rig.wire.ranges = {(OLD, NEW): [NEW, MIDDLE], (NEW, OLD): []}
    facts = gather(rig)
    assert facts.words == ("main", "LED-5 Down", "LED-4 Round")
    assert (facts.commits, facts.repository_id) == ((NEW, MIDDLE), REPOSITORY)


def test_a_git_artifact_brings_the_pull_requests_behind_its_commits(rig: Rig) -> None:
    rig.wire.releases = {31: git_release(31, NEW)}
    rig.wire.commits = {NEW: commit_json(NEW, "Round")}
    rig.wire.merged = {NEW: [pull_json(12, "LED-7 Round up", "led-8") | {"status": "completed"}]}
    assert gather(rig).words == ("main", "Round", "LED-7 Round up", "led-8", "")


@pytest.mark.parametrize("before", [None, NEW, OLD])
def test_a_git_artifact_without_anything_to_compare_brings_its_commit(before: str | None, rig: Rig) -> None:
    rig.wire.releases = {31: git_release(31, NEW)} | ({30: git_release(30, before)} if before else {})
    rig.wire.commits = {NEW: commit_json(NEW, "LED-5 Down")}
    assert gather(rig).words == ("main", "LED-5 Down")


def test_a_git_artifact_whose_commit_is_gone_leaves_its_branch(rig: Rig) -> None:
    rig.wire.releases = {31: git_release(31, NEW)}
    assert gather(rig).words == ("main",)


# --- gone and abandoned --------------------------------------------------------------------------------------------


def test_a_release_or_environment_that_is_gone_is_not_told(rig: Rig) -> None:
    assert gather_release(deployed(environment=999), rig.pipelines, rig.git) == ()
    del rig.wire.releases[31]
    assert gather_release(deployed(), rig.pipelines, rig.git) == ()


@pytest.fixture
def abandoned() -> ReleaseAbandoned:
    return ReleaseAbandoned(31, PROJECT, HAPPENED)


def test_an_abandoned_release_cancels_what_it_left_unfinished(rig: Rig, abandoned: ReleaseAbandoned) -> None:
    states = ["inProgress", "succeeded", "queued", "notStarted", "scheduled"]
    rig.wire.releases[31]["environments"] = [
        environment_json(31, rank=rank, status=state) for rank, state in enumerate(states)
    ]
    rig.wire.deployments.insert(0, deployment_json(641, 31, rank=1))
    rig.wire.deployments.insert(0, deployment_json(642, 31, rank=2, deploymentStatus="notDeployed"))
    rig.wire.deployments.insert(0, deployment_json(643, 31, rank=4, deploymentStatus="failed"))
    found = gather_abandoned(abandoned, rig.pipelines, rig.git)
    assert [(facts.environment, facts.sequence_number, facts.state) for facts in found] == [
        ("Live EU", 640, "cancelled"),
        ("Live EU2", 642, "cancelled"),
    ]


def test_an_abandoned_release_that_is_gone_is_not_told(rig: Rig, abandoned: ReleaseAbandoned) -> None:
    del rig.wire.releases[31]
    assert gather_abandoned(abandoned, rig.pipelines, rig.git) == ()


@pytest.mark.specs
def test_every_call_for_a_release_is_in_the_official_description(rig: Rig, specs: Any) -> None:
    rig.wire.releases = {30: git_release(30, OLD), 31: git_release(31, NEW)}
    rig.wire.commits = {NEW: commit_json(NEW, "LED-5 Down")}
    gather(rig)
    assert len(rig.wire.asked) == 9
    for method, path, query in rig.wire.asked:
        check_call(specs, method, path, query)
