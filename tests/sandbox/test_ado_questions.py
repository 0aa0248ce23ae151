"""Questions of the stand-in that deployments and settings ask: pull requests by commit, environments of definitions."""

from collections.abc import Iterator

import pytest

from tests.sandbox.ado_rig import AdoRig, running_ado


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig
        assert rig.organization.violations == []


def ask(ado: AdoRig, kind: str, *commits: str) -> dict[str, list[int]]:
    """Numbers of pull requests by commit."""
    body = {"queries": [{"type": kind, "items": list(commits)}]}
    path = f"_apis/git/repositories/{ado.repository.id}/pullrequestquery"
    answer = ado.call("POST", path, json=body)
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    return {commit: [pull["pullRequestId"] for pull in pulls] for commit, pulls in result.items()}


@pytest.mark.parametrize("merge", ["merge", "squash"])
def test_the_pull_request_behind_a_merge_is_found_by_its_commit(ado: AdoRig, merge: str) -> None:
    ado.control("push", repository="shop-web", commits=["work"], branch="topic")
    pull = ado.control("open_pull_request", repository="shop-web", source="topic", title="SHOP-1")
    source = ado.organization.pull_requests[pull["pullRequestId"]].source_commit
    ado.control("update_pull_request", number=pull["pullRequestId"], status="completed", merge=merge)
    made = ado.organization.pull_requests[pull["pullRequestId"]].merge_commit
    assert ask(ado, "lastMergeCommit", made, source, "0" * 40) == {made: [pull["pullRequestId"]]}
    assert ask(ado, "commit", source) == {source: [pull["pullRequestId"]]}


def test_a_question_without_commits_is_refused(ado: AdoRig) -> None:
    path = f"_apis/git/repositories/{ado.repository.id}/pullrequestquery"
    assert ado.call("POST", path, json={"queries": [{"type": "commit", "items": []}]}).status_code == 400


def test_environments_of_release_definitions_come_when_asked_for(ado: AdoRig) -> None:
    path = "Webshop/_apis/release/definitions"
    assert "environments" not in ado.get(path)["value"][0]
    (definition,) = ado.get(path, query={"$expand": "environments"})["value"]
    assert [stage["name"] for stage in definition["environments"]] == ["Staging", "Production"]
