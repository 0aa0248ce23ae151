"""The filters and pages of lists that history is read from: pushes, pull requests, builds, deployments."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.ado_rig import AdoRig, running_ado

BUILDS = "Webshop/_apis/build/builds"
DEPLOYMENTS = "Webshop/_apis/release/deployments"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


@pytest.fixture
def home(ado: AdoRig) -> str:
    return f"_apis/git/repositories/{ado.repository.id}"


def pages(ado: AdoRig, path: str, **query: Any) -> Iterator[list[Any]]:
    """By continuation token."""
    while True:
        answer = ado.call("GET", path, query=query)
        assert answer.status_code == 200, answer.text
        yield answer.json()["value"]
        token = answer.headers.get("x-ms-continuationtoken")
        if token is None:
            return
        query["continuationToken"] = token


def test_pushes_are_paged_newest_first_and_filtered(ado: AdoRig, home: str) -> None:
    made = ado.control("push", repository="shop-web", commits=["one"], branch="topic", user="Yuki Onodera")
    every = ado.get(f"{home}/pushes")["value"]
    assert every[0]["pushId"] == made["pushId"]
    by_skip = [ado.get(f"{home}/pushes", query={"$top": 2, "$skip": skip})["value"] for skip in range(0, 20, 2)]
    assert [push["pushId"] for page in by_skip for push in page] == [push["pushId"] for push in every]

    def found(**criteria: str) -> list[int]:
        query = {f"searchCriteria.{name}": value for name, value in criteria.items()}
        return [push["pushId"] for push in ado.get(f"{home}/pushes", query=query)["value"]]

    assert found(refName="refs/heads/topic") == [made["pushId"]]
    assert found(pusherId=every[0]["pushedBy"]["id"])[0] == made["pushId"]
    assert found(fromDate=every[0]["date"]) == [made["pushId"]]
    assert found(toDate=every[1]["date"]) == [push["pushId"] for push in every[1:]]
    shown = ado.get(f"{home}/pushes", query={"searchCriteria.includeRefUpdates": "true", "$top": 1})["value"][0]
    assert shown["refUpdates"][0]["newObjectId"] == made["newObjectId"]


def open_pulls(ado: AdoRig, count: int) -> list[int]:
    made = []
    for number in range(count):
        ado.control("push", repository="shop-web", commits=[f"SHOP-1 {number}"], branch=f"p{number}")
        pull = ado.control("open_pull_request", repository="shop-web", source=f"p{number}", title=f"SHOP-1 {number}")
        made.append(pull["pullRequestId"])
    return made


@pytest.mark.parametrize("where", ["Webshop/_apis/git/pullrequests", "home"])
def test_pull_requests_are_filtered_by_status_and_time_on_both_levels(ado: AdoRig, home: str, where: str) -> None:
    path = f"{home}/pullrequests" if where == "home" else where
    first, second, third = open_pulls(ado, 3)
    ado.control("update_pull_request", number=first, status="completed")
    ado.control("update_pull_request", number=second, status="abandoned")
    closed = ado.get(f"{home}/pullRequests/{second}")["closedDate"]

    def found(**criteria: str) -> list[int]:
        query = {f"searchCriteria.{name}": value for name, value in criteria.items()}
        found = [pull["pullRequestId"] for pull in ado.get(path, query=query)["value"]]
        return [number for number in found if number in {first, second, third}]

    assert found() == found(status="active") == found(status="notSet") == [third]
    assert (found(status="completed"), found(status="abandoned")) == ([first], [second])
    assert found(status="all") == [third, second, first]
    assert found(status="all", queryTimeRangeType="closed", minTime=closed) == [second]
    assert found(status="all", minTime=closed) == []
    assert found(status="all", sourceRefName="refs/heads/p2", sourceRepositoryId=ado.repository.id) == [third]


def test_pull_requests_are_paged_by_skip_and_a_page_has_101_unless_asked(ado: AdoRig, home: str) -> None:
    numbers = open_pulls(ado, 5)
    found = [
        pull["pullRequestId"]
        for skip in (0, 2, 4)
        for pull in ado.get(f"{home}/pullrequests", query={"$top": 2, "$skip": skip})["value"]
    ]
    assert found[:5] == numbers[::-1]


def test_builds_are_paged_without_gaps_while_new_ones_come(ado: AdoRig) -> None:
    for _ in range(4):
        ado.control("run_pipeline", pipeline="shop-tests")
    before = [build["id"] for build in ado.get(BUILDS)["value"]]
    seen: list[int] = []
    for page in pages(ado, BUILDS, **{"$top": 2}):
        seen += [build["id"] for build in page]
        ado.control("run_pipeline", pipeline="shop-tests")
    assert seen == before


def test_builds_of_a_repository_need_its_type(ado: AdoRig) -> None:
    query = {"repositoryId": ado.repository.id}
    assert ado.call("GET", BUILDS, query=query).status_code == 400
    other = ado.organization.find_repository("shop-api").id
    assert len(ado.get(BUILDS, query=query | {"repositoryType": "TfsGit"})["value"]) == 2
    assert ado.get(BUILDS, query={"repositoryId": other, "repositoryType": "TfsGit"})["value"] == []


def test_builds_are_filtered_by_tag_person_number_and_count(ado: AdoRig) -> None:
    tagged = ado.control(
        "run_pipeline", pipeline="shop-tests", tags=["SHOP-7", "nightly"], variables={"ticket": "SHOP-8"},
        user="Yuki Onodera",
    )  # fmt: skip

    def found(**query: str) -> list[int]:
        return [build["id"] for build in ado.get(BUILDS, query=query)["value"]]

    assert found(tagFilters="SHOP-7,nightly") == found(requestedFor="Yuki Onodera") == [tagged["runId"]]
    assert found(tagFilters="SHOP-7,weekly") == []
    assert tagged["runId"] in found(buildNumber=tagged["number"][:4] + "*")
    assert len(found(maxBuildsPerDefinition="1")) == 2
    shown = ado.get(f"{BUILDS}/{tagged['runId']}")
    run = ado.get(f"Webshop/_apis/pipelines/{tagged['pipelineId']}/runs/{tagged['runId']}")
    assert (shown["tags"], shown["parameters"]) == (["SHOP-7", "nightly"], '{"ticket": "SHOP-8"}')
    assert run["variables"] == {"ticket": {"value": "SHOP-8"}}


def test_builds_follow_the_time_that_the_order_names(ado: AdoRig) -> None:
    running = ado.control("run_pipeline", pipeline="shop-tests", steps=True)["runId"]
    queued = ado.get(f"{BUILDS}/{running}")["queueTime"]
    by_queue = ado.get(BUILDS, query={"minTime": queued, "queryOrder": "queueTimeAscending"})["value"]
    by_finish = ado.get(BUILDS, query={"minTime": queued, "queryOrder": "finishTimeAscending"})["value"]
    assert ([build["id"] for build in by_queue], by_finish) == ([running], [])


def test_deployments_are_paged_and_filtered_by_time_and_person(ado: AdoRig) -> None:
    made = [
        ado.control("deploy_release", definition="shop-classic", user="Yuki Onodera")["deploymentId"] for _ in range(3)
    ]
    every = [one for page in pages(ado, DEPLOYMENTS, **{"$top": 2, "queryOrder": "ascending"}) for one in page]
    assert [one["id"] for one in every][-3:] == made
    start = every[-2]["startedOn"]
    assert [one["id"] for one in ado.get(DEPLOYMENTS, query={"minStartedTime": start})["value"]] == made[:0:-1]
    assert [one["id"] for one in ado.get(DEPLOYMENTS, query={"createdBy": "Yuki Onodera"})["value"]] == made[::-1]
    assert ado.call("GET", DEPLOYMENTS, query={"$top": 101}).status_code == 400


def test_a_retried_stage_deploys_again_with_the_next_attempt(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-deploy", result="failed", failing_stage="Deploy-QA")["runId"]
    assert ado.get(f"{BUILDS}/{run}")["result"] == "failed"
    ado.control("retry_stage", number=run, stage="Deploy-QA")
    ado.control("finish_stage", number=run, stage="Deploy-QA")
    ended = ado.control("finish_run", number=run)
    assert [(stage["stage"], stage["result"]) for stage in ended["stages"]][:2] == [
        ("Build", "succeeded"),
        ("Deploy-QA", "succeeded"),
    ]
    environment = next(one for one in ado.organization.environments.values() if one.name == "qa1")
    path = f"Webshop/_apis/pipelines/environments/{environment.id}/environmentdeploymentrecords"
    found = ado.get(path, version="7.2-preview.1", query={"top": 2})["value"]
    assert [(one["stageAttempt"], one["result"]) for one in found] == [(2, "succeeded"), (1, "failed")]
    assert ado.control("retry_stage", expect=400, number=run, stage="Nowhere")["message"]


def test_a_release_has_its_tags_and_variables(ado: AdoRig) -> None:
    made = ado.control("create_release", definition="shop-classic", tags=["SHOP-4"], variables={"ticket": "SHOP-5"})
    shown = ado.get(f"Webshop/_apis/release/releases/{made['releaseId']}")
    assert (shown["tags"], shown["variables"]) == (["SHOP-4"], {"ticket": {"value": "SHOP-5"}})
