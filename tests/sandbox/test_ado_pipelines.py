"""Pipelines, environments and releases of the Azure DevOps stand-in: what a run changes and what can be read of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.ado_rig import AdoRig, running_ado

PREVIEW = "7.2-preview.1"
BUILDS = "Webshop/_apis/build"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


def records(ado: AdoRig, name: str) -> list[Any]:
    found = ado.get("Webshop/_apis/pipelines/environments", version=PREVIEW, name=name)["value"]
    path = f"Webshop/_apis/pipelines/environments/{found[0]['id']}/environmentdeploymentrecords"
    return list(ado.get(path, version=PREVIEW)["value"])


def test_a_run_waits_for_its_approval_and_then_ends(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-deploy")
    assert (run["state"], [stage["state"] for stage in run["stages"]]) == (
        "inProgress",
        ["completed", "completed", "waiting"],
    )
    ado.control("approve_stage", number=run["runId"])
    build = ado.get(f"{BUILDS}/builds/{run['runId']}")
    shown = ado.get(f"Webshop/_apis/pipelines/{run['pipelineId']}/runs/{run['runId']}")
    assert (build["status"], build["result"]) == ("completed", "succeeded")
    assert (shown["state"], shown["name"]) == ("completed", build["buildNumber"])
    assert shown["resources"]["repositories"]["self"]["version"] == build["sourceVersion"]


def test_a_refused_approval_fails_the_run(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-deploy")
    ado.control("approve_stage", number=run["runId"], approved=False)
    assert ado.get(f"{BUILDS}/builds/{run['runId']}")["result"] == "failed"
    assert len(records(ado, "production")) == 1  # the seeded one: nothing was deployed


def test_a_deployment_record_has_a_result_only_when_the_stage_has_ended(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-deploy", steps=True)["runId"]
    ado.control("start_run", number=run)
    ado.control("finish_stage", number=run)
    ado.control("start_stage", number=run)
    running = records(ado, "qa1")[0]
    assert (running["owner"]["id"], running["stageName"], running.get("result")) == (run, "Deploy-QA", None)
    ado.control("finish_stage", number=run, result="failed")
    ended = ado.control("finish_run", number=run)
    assert (records(ado, "qa1")[0]["result"], ended["result"]) == ("failed", "failed")
    assert [stage["result"] for stage in ended["stages"]] == ["succeeded", "failed", "skipped"]


def test_a_failing_run_stops_at_its_stage(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-deploy", result="failed", failing_stage="Deploy-QA")
    assert [stage["result"] for stage in run["stages"]] == ["succeeded", "failed", "skipped"]
    timeline = ado.get(f"{BUILDS}/builds/{run['runId']}/timeline")["records"]
    failed = {record["name"] for record in timeline if record["type"] == "Stage" and record.get("result") == "failed"}
    assert failed == {"Deploy-QA"}


@pytest.mark.parametrize(
    ("action", "body", "reason"),
    [
        ("start_run", {"number": 1}, "has already started"),
        ("approve_stage", {"number": 1}, "waits for an approval"),
        ("finish_run", {"number": 1}, "has already ended"),
        ("run_pipeline", {"pipeline": 1, "result": "perfect"}, "A result is one of"),
        ("run_pipeline", {"pipeline": 1, "speed": 2}, "unexpected keyword argument 'speed'"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(
    ado: AdoRig, action: str, body: dict[str, object], reason: str
) -> None:  # fmt: skip
    assert reason in ado.control(action, expect=400, **body)["message"]


def test_changes_of_a_build_are_those_since_the_last_one(ado: AdoRig) -> None:
    before = max(ado.organization.runs)
    pushed = ado.control("push", repository="shop-web", commits=["SHOP-1 a", "SHOP-2 b", "no key"])
    run = ado.control("run_pipeline", pipeline="shop-tests", tests={"passed": 3, "failed": 1})["runId"]
    first = ado.call("GET", f"{BUILDS}/builds/{run}/changes", query={"$top": 2})
    token = first.headers["x-ms-continuationtoken"]
    rest = ado.get(f"{BUILDS}/builds/{run}/changes", continuationToken=token, query={"$top": 2})
    between = ado.get(f"{BUILDS}/changes", fromBuildId=1, toBuildId=run)
    assert [change["id"] for change in first.json()["value"] + rest["value"]] == pushed["commits"]
    assert [change["id"] for change in between["value"]] == pushed["commits"]
    assert before < run


def test_a_run_for_a_pull_request_builds_its_merge(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-tests", pull_request=1)
    build = ado.get(f"{BUILDS}/builds/{run['runId']}")
    pull = ado.get("_apis/git/pullrequests/1")
    changes = ado.get(f"{BUILDS}/builds/{run['runId']}/changes")["value"]
    assert (build["sourceBranch"], build["reason"]) == ("refs/pull/1/merge", "pullRequest")
    assert build["triggerInfo"]["pr.sourceSha"] == pull["lastMergeSourceCommit"]["commitId"]
    assert build["triggerInfo"]["pr.sourceSha"] in {change["id"] for change in changes}


def test_builds_are_filtered_ordered_and_come_page_by_page(ado: AdoRig) -> None:
    for result in ("succeeded", "failed", "succeeded"):
        ado.control("run_pipeline", pipeline="shop-tests", result=result)
    query = {"definitions": "2", "queryOrder": "finishTimeAscending", "$top": 2}
    first = ado.call("GET", f"{BUILDS}/builds", query=query)
    rest = ado.get(f"{BUILDS}/builds", continuationToken=first.headers["x-ms-continuationtoken"], query=query)
    times = [build["finishTime"] for build in first.json()["value"] + rest["value"]]
    assert (len(times), times) == (4, sorted(times))
    assert ado.get(f"{BUILDS}/builds", resultFilter="failed")["count"] == 1
    assert ado.get(f"{BUILDS}/builds", minTime=times[-1], queryOrder="finishTimeAscending")["count"] == 1


def test_test_results_of_a_build_are_counted(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-tests", tests={"passed": 3, "failed": 1, "skipped": 2})["runId"]
    found = ado.get("Webshop/_apis/test/runs", buildUri=f"vstfs:///Build/Build/{run}")["value"][0]
    summary = ado.get("Webshop/_apis/test/ResultSummaryByBuild", buildId=run, version="7.1-preview")
    counts = summary["aggregatedResultsAnalysis"]["resultsByOutcome"]
    assert (found["totalTests"], found["passedTests"], found["unanalyzedTests"]) == (6, 3, 1)
    assert {name: count["count"] for name, count in counts.items()} == {"Passed": 3, "Failed": 1, "NotExecuted": 2}


def test_records_come_newest_first_and_page_by_page(ado: AdoRig) -> None:
    for _ in range(3):
        ado.control("run_pipeline", pipeline="shop-deploy")
    path = "Webshop/_apis/pipelines/environments/1/environmentdeploymentrecords"
    first = ado.call("GET", path, version=PREVIEW, top=3)
    rest = ado.get(path, version=PREVIEW, top=3, continuationToken=first.headers["x-ms-continuationtoken"])
    ids = [record["id"] for record in first.json()["value"] + rest["value"]]
    assert (len(ids), ids) == (4, sorted(ids, reverse=True))


def test_a_release_is_deployed_stage_by_stage_and_abandoned(ado: AdoRig) -> None:
    first = ado.control("deploy_release", definition="shop-classic")
    second = ado.control(
        "deploy_release", release=first["releaseId"], environment="Production", result="failed"
    )  # fmt: skip
    release = ado.get(f"Webshop/_apis/release/releases/{first['releaseId']}")
    assert [stage["status"] for stage in release["environments"]] == ["succeeded", "rejected"]
    found = ado.get("Webshop/_apis/release/deployments", deploymentStatus="failed")["value"]
    assert [one["id"] for one in found] == [second["deploymentId"]]
    ado.control("abandon_release", number=first["releaseId"])
    assert ado.get(f"Webshop/_apis/release/releases/{first['releaseId']}")["status"] == "abandoned"
    assert ado.control("deploy_release", expect=400, release=first["releaseId"])["typeKey"]


def test_a_release_names_the_build_and_the_commit_it_brings(ado: AdoRig) -> None:
    release = ado.get("Webshop/_apis/release/releases", query={"$expand": "artifacts"})["value"][0]
    source = release["artifacts"][0]["definitionReference"]
    build = ado.get(f"{BUILDS}/builds/{source['version']['id']}")
    assert source["sourceVersion"]["id"] == build["sourceVersion"]
    assert release["environments"] == []


def test_deployments_come_page_by_page_from_the_newest(ado: AdoRig) -> None:
    for _ in range(3):
        ado.control("deploy_release", definition=1)
    path, found = "Webshop/_apis/release/deployments", []
    token: str | None = "0"
    while token is not None:
        page = ado.call("GET", path, query={"$top": 2, "continuationToken": token})
        found += [deployment["id"] for deployment in page.json()["value"]]
        token = page.headers.get("x-ms-continuationtoken")
    assert found == [4, 3, 2, 1]
    assert ado.get(path, query={"definitionEnvironmentId": 102})["count"] == 0
    assert ado.get(path, query={"definitionEnvironmentId": 101})["count"] == 4
    assert ado.call("GET", path, query={"$top": 101}).status_code == 400
