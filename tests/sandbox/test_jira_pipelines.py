"""Builds and deployments at the stand-in."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.jira_rig import KEY, JiraRig, build, deployment, running_rig

BUILD = "/rest/builds/0.1/pipelines/p1/builds/12"
DEPLOYMENT = "/rest/deployments/0.1/pipelines/p1/environments/live/deployments/3"
BUILD_KEY = {"pipelineId": "p1", "buildNumber": 12}
DEPLOYMENT_KEY = {"pipelineId": "p1", "environmentId": "live", "deploymentSequenceNumber": 3}


@pytest.fixture(scope="module")
def running() -> Iterator[JiraRig]:
    with running_rig() as rig:
        yield rig


@pytest.fixture
def rig(running: JiraRig) -> JiraRig:
    running.site.development.forget(KEY)
    running.site.violations.clear()
    return running


def keys(count: int) -> list[str]:
    return [f"SHOP-{number}" for number in range(1, count + 1)]


def test_a_build_and_a_deployment_are_shown_on_their_issue(rig: JiraRig) -> None:
    built = rig.send("builds", builds=[build()])
    deployed = rig.send("deployments", deployments=[deployment()])
    assert built.json() == {"acceptedBuilds": [BUILD_KEY], "rejectedBuilds": [], "unknownIssueKeys": []}
    assert deployed.json()["acceptedDeployments"] == [DEPLOYMENT_KEY]
    panel = rig.site.panel("SHOP-1")
    assert (panel["builds"], panel["deployments"]) == ([build()], [deployment()])
    assert rig.site.violations == []


@pytest.mark.parametrize(
    "changes",
    [
        {"pipelineId": "p" * 256},
        {"buildNumber": "12"},
        {"buildNumber": 2**63},
        {"state": "green"},
        {"url": "build/12"},
        {"displayName": "d" * 256},
        {"description": "d" * 256},
        {"lastUpdated": "2024-05-06"},
        {"issueKeys": []},
        {"issueKeys": keys(101)},
        {"issueKeys": ["SHOP"]},
        {"testInfo": {"totalNumber": 3}},
        {"references": []},
        {"references": [{"commit": {"id": "x"}}]},
        {"references": [{"commit": {"id": "x", "repositoryUri": "y"}}] * 6},
        {"schemaVersion": "2.0"},
    ],
)
def test_a_wrong_build_is_rejected_alone(rig: JiraRig, changes: dict[str, Any]) -> None:
    answer = rig.send("builds", builds=[build(buildNumber=99), build(**changes)])
    assert answer.status_code == 202
    assert answer.json()["acceptedBuilds"] == [{"pipelineId": "p1", "buildNumber": 99}]
    assert answer.json()["rejectedBuilds"][0]["errors"][0]["message"]
    assert {violation["what"] for violation in rig.site.violations} <= {"request", "entity"}
    assert [found["buildNumber"] for found in rig.site.panel("SHOP-1")["builds"]] == [99]


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "d" * 256},
        {"description": None},
        {"state": "green"},
        {"pipeline": {"id": "p1"}},
        {"environment": {"id": "live", "displayName": "Live", "type": "canary"}},
        {"environment": "live"},
        {"associations": []},
        {"associations": [{"associationType": "issueKeys", "values": []}]},
        {"associations": [{"associationType": "issueKeys", "values": 7}]},
        {"associations": [{"associationType": "commit", "values": ["x"]}]},
        {"associations": [{"associationType": "serviceIdOrKeys", "values": ["s"]}] * 4},
        {
            "associations": [
                {"associationType": "issueKeys", "values": keys(300)},
                {"associationType": "serviceIdOrKeys", "values": [str(number) for number in range(201)]},
            ]
        },
    ],
)
def test_a_wrong_deployment_is_rejected_alone(rig: JiraRig, changes: dict[str, Any]) -> None:
    good = deployment(deploymentSequenceNumber=99)
    answer = rig.send("deployments", deployments=[good, deployment(**changes)])
    assert answer.status_code == 202
    assert [key["deploymentSequenceNumber"] for key in answer.json()["acceptedDeployments"]] == [99]
    assert answer.json()["rejectedDeployments"][0]["errors"][0]["message"]


def test_a_deployment_may_name_commits_beside_issues(rig: JiraRig) -> None:
    commits = {"associationType": "commit", "values": [{"commitHash": "abc", "repositoryId": "repo-1"}]}
    issues = {"associationType": "issueIdOrKeys", "values": ["OPS-1", "OPS-99"]}
    answer = rig.send("deployments", deployments=[deployment(associations=[issues, commits])]).json()
    assert answer["acceptedDeployments"] == [DEPLOYMENT_KEY]
    assert answer["unknownAssociations"] == [{"associationType": "issueIdOrKeys", "values": ["OPS-99"]}]
    assert answer["unknownIssueKeys"] == ["OPS-99"]
    assert rig.site.violations == []


@pytest.mark.parametrize(
    ("api", "items", "status"),
    [
        ("builds", [], 400),
        ("builds", ["x"], 400),
        ("builds", [build(buildNumber=number) for number in range(101)], 413),
        ("deployments", [], 400),
        ("deployments", [deployment(deploymentSequenceNumber=number) for number in range(101)], 413),
    ],
)
def test_a_request_of_the_wrong_size_is_refused(rig: JiraRig, api: str, items: list[Any], status: int) -> None:
    answer = rig.send(api, **{api: items})
    assert answer.status_code == status
    assert answer.json()[0]["message"]


@pytest.mark.parametrize("properties", [{f"p{number}": "x" for number in range(6)}, {"_p": "x"}, {"a:b": "x"}])
def test_wrong_properties_are_refused(rig: JiraRig, properties: dict[str, str]) -> None:
    assert rig.send("builds", builds=[build()], properties=properties).status_code == 400
    assert rig.site.snapshot() == {}


def test_a_build_for_unknown_issues_only_is_rejected_without_breaking_a_rule(rig: JiraRig) -> None:
    answer = rig.send("builds", builds=[build(issueKeys=["UTF-8"])]).json()
    assert answer["rejectedBuilds"][0]["key"] == BUILD_KEY
    assert answer["unknownIssueKeys"] == ["UTF-8"]
    assert rig.site.violations == []


@pytest.mark.parametrize(("sequence", "state"), [(9, "pending"), (10, "pending"), (11, "failed")])
def test_only_a_higher_sequence_number_replaces(rig: JiraRig, sequence: int, state: str) -> None:
    rig.send("builds", builds=[build(state="pending")])
    rig.send("builds", builds=[build(state="failed", updateSequenceNumber=sequence)])
    rig.send("deployments", deployments=[deployment(state="pending")])
    rig.send("deployments", deployments=[deployment(state="failed", updateSequenceNumber=sequence)])
    assert rig.call("GET", BUILD).json()["state"] == state
    assert rig.call("GET", DEPLOYMENT).json()["state"] == state


@pytest.mark.parametrize("path", [BUILD, DEPLOYMENT])
def test_a_deleted_record_is_gone(rig: JiraRig, path: str) -> None:
    rig.send("builds", builds=[build()])
    rig.send("deployments", deployments=[deployment()])
    assert rig.call("GET", path).status_code == 200
    assert rig.call("DELETE", path).status_code == 202
    assert rig.call("GET", path).status_code == 404
    assert len(rig.site.snapshot()[KEY]) == 1


@pytest.mark.parametrize(("query", "gone"), [("site=a", True), ("site=a&link=1", True), ("site=a&link=2", False)])
@pytest.mark.parametrize("api", ["builds", "deployments"])
def test_deleting_by_properties_needs_all_of_them(rig: JiraRig, api: str, query: str, gone: bool) -> None:
    item = build() if api == "builds" else deployment()
    rig.send(api, **{api: [item]}, properties={"site": "a", "link": "1"})
    assert rig.call("DELETE", f"/rest/{api}/0.1/bulkByProperties?{query}").status_code == 202
    assert (rig.site.snapshot() == {}) is gone


def test_no_deployment_is_held_back(rig: JiraRig) -> None:
    rig.send("deployments", deployments=[deployment()])
    answer = rig.call("GET", f"{DEPLOYMENT}/gating-status")
    assert answer.json()["gatingStatus"] == "allowed"
    assert rig.site.violations == []
