"""What we ask Azure DevOps about pipelines, over a real connection, and what we make of the answers."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr

from clients.ado import AdoClient
from clients.ado_pipelines import PipelinesApi
from clients.hosts import ado_hosts
from clients.http import HttpClient
from clients.pipeline_answers import (
    Artifact,
    Build,
    BuildChange,
    BuildRepository,
    Deployment,
    Environment,
    EnvironmentRecord,
    Release,
    ReleaseEnvironment,
    ReleaseStage,
)
from domain.errors import NotFound, Permanent
from tests.clients.ado_contract import check_call
from tests.clients.pipelines_rig import PROJECT, answer_json, asked, listed, open_pipelines

BUILD = {
    "id": 9101, "buildNumber": "20260302.1", "status": "completed", "result": "succeeded",
    "sourceBranch": "refs/heads/main", "sourceVersion": "a" * 40, "project": {"id": PROJECT, "name": "Ledger"},
    "repository": {"id": "5D1E", "type": "TfsGit", "name": "ledger", "url": "https://ado/Ledger/_git/ledger"},
    "triggerInfo": {"pr.number": "12"},
}  # fmt: skip
RELEASE = {
    "id": 31, "name": "Release-31", "status": "active",
    "releaseDefinition": {"id": 5, "name": "Ledger CD"},
    "environments": [{"id": 88, "definitionEnvironmentId": 9, "name": "Live EU", "status": "inProgress"}],
    "artifacts": [
        {
            "alias": "_Ledger CI", "type": "Build", "isPrimary": True,
            "definitionReference": {
                "version": {"id": "9101", "name": "20260302.1"}, "definition": {"id": "41", "name": "Ledger CI"},
                "project": {"id": PROJECT, "name": "Ledger"}, "branch": {"id": "refs/heads/main", "name": "main"},
            },
        },
        {"type": "Nuget"},
    ],
}  # fmt: skip


def record_json(record_id: int, **others: Any) -> dict[str, Any]:
    return {
        "id": record_id, "definition": {"id": 41, "name": "Ledger CI"}, "owner": {"id": 9101, "name": "20260302.1"},
        "stageName": "ToProduction", "stageAttempt": 2, "result": "succeeded", "queueTime": "2026-03-02T09:30:00Z",
    } | others  # fmt: skip


def deployment_json(deployment_id: int, release_id: int, **others: Any) -> dict[str, Any]:
    return {
        "id": deployment_id, "release": {"id": release_id, "name": f"Release-{release_id}"},
        "releaseEnvironment": {"id": 88, "name": "Live EU"}, "attempt": 1, "deploymentStatus": "succeeded",
        "operationStatus": "PhaseSucceeded", "queuedOn": "0001-01-01T00:00:00",
    } | others  # fmt: skip


@pytest.fixture
def pipelines(wire):
    return open_pipelines(wire)


@pytest.fixture
def answer(wire):
    return partial(answer_json, wire)


def test_a_build_is_read(pipelines, answer):
    answer(BUILD)
    assert pipelines.read_build(PROJECT, 9101) == Build(
        9101, "20260302.1", "completed", "succeeded", "refs/heads/main", "a" * 40, PROJECT, "Ledger",
        BuildRepository("5D1E", "TfsGit", "ledger", "https://ado/Ledger/_git/ledger"), {"pr.number": "12"},
    )  # fmt: skip


@pytest.mark.parametrize("repository", [None, {}, {"type": "TfsGit"}])
def test_a_build_may_have_no_repository_and_no_result(repository, pipelines, answer):
    answer({name: value for name, value in BUILD.items() if name != "result"} | {"repository": repository})
    build = pipelines.read_build(PROJECT, 9101)
    assert (build.repository, build.result) == (None, None)


def test_a_build_of_another_host_has_a_repository_with_its_name_only(pipelines, answer):
    answer(BUILD | {"repository": {"id": "larkspur/ledger"}, "triggerInfo": None})
    build = pipelines.read_build(PROJECT, 9101)
    assert build.repository == BuildRepository("larkspur/ledger", "", "larkspur/ledger", None)
    assert build.trigger == {}


def test_a_deleted_build_is_not_found(pipelines, wire):
    wire.will_answer(404, '{"message": "The requested build 9101 could not be found."}')
    with pytest.raises(NotFound):
        pipelines.read_build(PROJECT, 9101)


def test_an_answer_that_lacks_a_field_is_named_and_not_asked_again(pipelines, answer):
    answer({"id": 9101})
    with pytest.raises(Permanent, match="its answer cannot be read: buildNumber is missing"):
        pipelines.read_build(PROJECT, 9101)


def test_the_changes_of_a_build_are_read_page_by_page(pipelines, answer, wire):
    answer(listed({"id": "a" * 40, "message": "LED-1", "type": "TfsGit"}), x_ms_continuationtoken="next")
    answer(listed({"id": "b" * 40, "messageTruncated": True}))
    assert pipelines.list_build_changes(PROJECT, 9101) == (
        BuildChange("a" * 40, "LED-1", False, "TfsGit"),
        BuildChange("b" * 40, "", True, ""),
    )
    (_, first), (path, second) = asked(wire)
    assert path == f"/larkspur/{PROJECT}/_apis/build/builds/9101/changes"
    assert first == {"api-version": ["7.1"], "$top": ["100"]}
    assert second == first | {"continuationToken": ["next"]}


def test_no_more_than_two_thousand_changes_are_read(pipelines, answer, wire):
    for page in range(21):
        entries = [{"id": f"{page:03d}{number:037d}"} for number in range(100)]
        answer(listed(*entries), x_ms_continuationtoken=str(page))
    assert len(pipelines.list_build_changes(PROJECT, 9101)) == 2000
    assert len(wire.asked) == 20


def test_changes_between_two_builds_are_one_question(pipelines, answer, wire):
    answer(listed({"id": "a" * 40, "message": "LED-1", "type": "TfsGit"}))
    assert [change.id for change in pipelines.list_changes_between(PROJECT, 9090, 9101)] == ["a" * 40]
    ((path, query),) = asked(wire)
    assert path == f"/larkspur/{PROJECT}/_apis/build/changes"
    assert query == {"api-version": ["7.1"], "fromBuildId": ["9090"], "toBuildId": ["9101"], "$top": ["2000"]}


def test_environments_are_read_with_the_version_that_needs_no_more_than_build_rights(pipelines, answer, wire):
    answer(listed({"id": 4, "name": "prod-eu"}), x_ms_continuationtoken="5")
    answer(listed({"id": 5, "name": "qa1"}))
    assert pipelines.list_environments(PROJECT) == (Environment(4, "prod-eu"), Environment(5, "qa1"))
    assert {query["api-version"][0] for _, query in asked(wire)} == {"7.2-preview.1"}
    assert asked(wire)[0][0] == f"/larkspur/{PROJECT}/_apis/pipelines/environments"


def test_records_are_read_only_as_far_as_they_are_wanted(pipelines, answer, wire):
    answer(
        listed(record_json(72, result=None, queueTime=None, stageAttempt=None, stageName=None)),
        x_ms_continuationtoken="a",
    )
    answer(listed(record_json(71)))
    records = pipelines.list_environment_records(PROJECT, 4, top=1)
    assert next(records) == EnvironmentRecord(72, 41, 9101, "", 1, None, None)
    assert len(wire.asked) == 1
    queued = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert list(records) == [EnvironmentRecord(71, 41, 9101, "ToProduction", 2, "succeeded", queued)]
    (path, query), _ = asked(wire)
    assert path == f"/larkspur/{PROJECT}/_apis/pipelines/environments/4/environmentdeploymentrecords"
    assert query == {"api-version": ["7.2-preview.1"], "top": ["1"]}


def test_a_release_is_read(pipelines, answer):
    answer(RELEASE)
    build = Artifact("_Ledger CI", "Build", True, PROJECT, "41", "9101", "refs/heads/main", "Ledger CI", "Ledger")
    assert pipelines.read_release(PROJECT, 31) == Release(
        31, "Release-31", 5, "Ledger CD", (ReleaseEnvironment(88, 9, "Live EU", "inProgress"),),
        (build, Artifact("", "Nuget", False, None, None, None, None)),
    )  # fmt: skip


def test_deployments_are_read_newest_first(pipelines, answer, wire):
    answer(listed(deployment_json(640, 31, queuedOn="2026-03-02T11:00:00Z")), x_ms_continuationtoken="639")
    answer(listed(deployment_json(639, 30, operationStatus=None)))
    assert list(pipelines.list_deployments(PROJECT, 5, 9)) == [
        Deployment(640, 31, 88, 1, "succeeded", "PhaseSucceeded", datetime(2026, 3, 2, 11, tzinfo=UTC)),
        Deployment(639, 30, 88, 1, "succeeded", "", None),
    ]
    (_, first), (path, second) = asked(wire)
    assert path == f"/larkspur/{PROJECT}/_apis/release/deployments"
    assert first["queryOrder"] == ["descending"]
    assert second["continuationToken"] == ["639"]


def test_the_last_success_is_older_and_of_another_release(pipelines, answer, wire):
    answer(listed(*[deployment_json(number, release) for number, release in ((650, 33), (639, 31), (630, 30), (5, 2))]))
    found = pipelines.find_last_success(PROJECT, 5, 9, before=640, release_id=31)
    assert found is not None and found.id == 630
    assert asked(wire)[0][1]["deploymentStatus"] == ["succeeded"]


@pytest.mark.parametrize(("partly", "found"), [(620, 630), (635, 635)])
def test_a_partial_success_counts_when_it_is_asked_for(partly, found, pipelines, answer, wire):
    answer(listed(deployment_json(630, 30)))
    answer(listed(deployment_json(650, 33), deployment_json(partly, 29, deploymentStatus="partiallySucceeded")))
    statuses = ("succeeded", "partiallySucceeded")
    last = pipelines.find_last_success(PROJECT, 5, 9, before=640, release_id=31, statuses=statuses)
    assert last is not None and last.id == found
    assert [query["deploymentStatus"] for _, query in asked(wire)] == [["succeeded"], ["partiallySucceeded"]]


def test_environments_of_release_definitions_are_read_page_by_page(pipelines, answer, wire):
    answer(listed({"id": 5, "name": "Ledger CD", "environments": [{"name": "QA"}, {"name": "Live EU"}]}),
           x_ms_continuationtoken="6")  # fmt: skip
    answer(listed({"id": 6, "name": "Shop CD", "environments": None}))
    assert list(pipelines.list_release_stages(PROJECT)) == [
        ReleaseStage("Ledger CD", "QA"), ReleaseStage("Ledger CD", "Live EU"),
    ]  # fmt: skip
    (path, query), _ = asked(wire)
    assert path == f"/larkspur/{PROJECT}/_apis/release/definitions"
    assert query["$expand"] == ["environments"]


def test_a_first_release_has_no_last_success(pipelines, answer):
    answer(listed(deployment_json(640, 31)))
    assert pipelines.find_last_success(PROJECT, 5, 9, before=640, release_id=31) is None


def test_releases_live_on_a_host_of_their_own(wire):
    http = HttpClient("Azure DevOps", ado_hosts(frozenset()))
    client = AdoClient("https://dev.azure.com/larkspur", SecretStr("Basic eA=="), http)
    assert client._base("release") == "https://vsrm.dev.azure.com/larkspur"
    assert PipelinesApi(client).organization_url == "https://dev.azure.com/larkspur"


@pytest.mark.specs
def test_every_call_is_in_the_official_description(pipelines, answer, wire, specs):
    answers: tuple[Any, ...] = (
        BUILD,
        listed(),
        listed(),
        listed(),
        {"records": []},
        listed(),
        listed(),
        RELEASE,
        listed(),
    )
    for body in answers:
        answer(body)
    pipelines.read_build(PROJECT, 9101)
    pipelines.list_build_changes(PROJECT, 9101)
    pipelines.list_changes_between(PROJECT, 9090, 9101)
    pipelines.read_test_counts(PROJECT, 9101)
    pipelines.read_stage_shape(PROJECT, 9101, "Deploy")
    pipelines.list_environments(PROJECT)
    list(pipelines.list_environment_records(PROJECT, 4))
    pipelines.read_release(PROJECT, 31)
    pipelines.find_last_success(PROJECT, 5, 9, before=640, release_id=31)
    assert len(wire.asked) == 9
    for request in wire.asked:
        check_call(specs, request["REQUEST_METHOD"], request["PATH_INFO"], request["QUERY_STRING"])
