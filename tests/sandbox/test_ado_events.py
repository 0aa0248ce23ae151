"""What each action of the Azure DevOps stand-in sends, and that the bodies have the shape of the real ones."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.ado_model import ZERO_ID
from tests.sandbox.ado_rig import AdoRig, running_ado

RUN = "ms.vss-pipelines.run-state-changed-event"
STAGE = "ms.vss-pipelines.stage-state-changed-event"
APPROVAL = "ms.vss-pipelinechecks-events.approval-"
RELEASE = "ms.vss-release."
COMMENT = "ms.vss-code.git-pullrequest-comment-event"
PULLS = ("git.pullrequest.created", "git.pullrequest.updated", "git.pullrequest.merged", COMMENT)
REPOSITORIES = ("git.repo.renamed", "git.repo.deleted", "git.repo.statuschanged")
RUNS = (RUN, STAGE, "build.complete", f"{APPROVAL}pending", f"{APPROVAL}completed")
RELEASES = tuple(
    f"{RELEASE}{what}-event"
    for what in ("release-created", "release-abandoned", "deployment-started", "deployment-completed")
)
ALL = ("git.push", *PULLS, *REPOSITORIES, *RUNS, *RELEASES)

# by event type, what old samples hold and deliveries of today do not, or write in another way
SOURCE = "resource.release.artifacts[].definitionReference."
OLD_NAMES = {SOURCE + name + part for name in ("Definition", "Project") for part in ("", ".id", ".name")}
BLOCKED = {"resource.approval.blockedApprovers[].displayName", "resource.approval.blockedApprovers[].id"}
NOT_SENT = {
    STAGE: {"resource.run.result", "resource.run.finishedDate"},  # the run goes on when a stage ends
    f"{APPROVAL}pending": BLOCKED,
    f"{APPROVAL}completed": BLOCKED,
    f"{RELEASE}release-created-event": OLD_NAMES,
    f"{RELEASE}release-abandoned-event": OLD_NAMES,
}
GROUPS_AND_SCOPE = {"scope", "resource.reviewers[].isContainer", "resource.pullRequest.reviewers[].isContainer"}


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        rig.subscribe(*ALL)
        yield rig


def sent(ado: AdoRig) -> list[str]:
    """The types that were sent since the last look, in order; without the common start."""
    ado.settle()
    found = ado.receiver.types()
    ado.receiver.bodies.clear()
    return [name.removeprefix("ms.vss-").removesuffix("-event") for name in found]


def pushed(ado: AdoRig, **body: Any) -> dict[str, Any]:
    ado.control("push", repository="shop-web", **body)
    ado.settle()
    return dict(ado.receiver.of("git.push")[-1]["resource"])


def test_a_new_branch_without_commits_sends_no_commits(ado: AdoRig) -> None:
    resource = pushed(ado, branch="feature/SHOP-1")
    assert "commits" not in resource
    assert resource["refUpdates"][0]["oldObjectId"] == ZERO_ID


def test_a_deleted_branch_has_the_zero_id_as_new_one(ado: AdoRig) -> None:
    pushed(ado, branch="feature/SHOP-1")
    ado.control("delete_branch", repository="shop-web", branch="feature/SHOP-1")
    ado.settle()
    update = ado.receiver.of("git.push")[-1]["resource"]["refUpdates"][0]
    assert (update["name"], update["newObjectId"]) == ("refs/heads/feature/SHOP-1", ZERO_ID)


def test_a_tag_is_a_push_too(ado: AdoRig) -> None:
    ado.control("create_tag", repository="shop-web", name="v1.0")
    ado.settle()
    assert ado.receiver.bodies[0]["resource"]["refUpdates"][0]["name"] == "refs/tags/v1.0"


def test_a_push_is_cut_after_25_commits_and_the_rest_can_be_read(ado: AdoRig) -> None:
    resource = pushed(ado, commits=[f"SHOP-{number}" for number in range(1, 31)])
    home = f"Webshop/_apis/git/repositories/{resource['repository']['id']}"
    every = ado.get(f"{home}/commits", pushId=resource["pushId"])["value"]
    assert [commit["comment"] for commit in resource["commits"]] == [f"SHOP-{n}" for n in range(30, 5, -1)]
    assert len(every) == 30


def test_a_forced_push_replaces_the_newest_commit(ado: AdoRig) -> None:
    old = pushed(ado, branch="redo", commits=["SHOP-1 first"])["refUpdates"][0]["newObjectId"]
    ado.control("force_push", repository="shop-web", branch="redo", commits=["SHOP-2 second"])
    ado.settle()
    resource = ado.receiver.of("git.push")[-1]["resource"]
    commit = ado.repository.commits[resource["refUpdates"][0]["newObjectId"]]
    assert resource["refUpdates"][0]["oldObjectId"] == old
    assert old not in commit.parents


def test_the_life_of_a_pull_request(ado: AdoRig) -> None:
    ado.control("push", repository="shop-web", branch="topic", commits=["SHOP-1"])
    number = ado.control("open_pull_request", repository="shop-web", source="topic", title="SHOP-1", draft=True)[
        "pullRequestId"
    ]
    assert sent(ado) == ["git.push", "git.pullrequest.created", "git.pullrequest.merged"]
    ado.control("update_pull_request", number=number, draft=False)
    ado.control("push", repository="shop-web", branch="topic", commits=["SHOP-2"])
    assert sent(ado) == ["git.pullrequest.updated", "git.push", "git.pullrequest.updated", "git.pullrequest.merged"]
    ado.control("vote", number=number, value=10)
    ado.control("comment_pull_request", number=number, content="Good")
    assert sent(ado) == ["git.pullrequest.updated", "git.pullrequest.updated", "code.git-pullrequest-comment"]
    ado.control("update_pull_request", number=number, status="abandoned")
    ado.control("update_pull_request", number=number, status="active")
    assert sent(ado) == ["git.pullrequest.updated", "git.pullrequest.updated", "git.pullrequest.merged"]
    ado.control("update_pull_request", number=number, status="completed", merge="squash")
    assert sent(ado) == ["git.push", "git.pullrequest.updated", "git.pullrequest.merged"]


def test_a_run_sends_each_state(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-deploy")["runId"]
    assert sent(ado) == [
        "pipelines.run-state-changed",
        *["pipelines.stage-state-changed"] * 5,
        "pipelinechecks-events.approval-pending",
    ]
    ado.control("approve_stage", number=run)
    assert sent(ado) == [
        "pipelinechecks-events.approval-completed",
        *["pipelines.stage-state-changed"] * 2,
        "pipelines.run-state-changed",
        "build.complete",
    ]


def test_a_stage_event_names_commit_branch_and_run(ado: AdoRig) -> None:
    run = ado.control("run_pipeline", pipeline="shop-deploy", branch="main")
    ado.settle()
    states = [
        (body["resource"]["stage"]["name"], body["resource"]["stage"]["state"]) for body in ado.receiver.of(STAGE)
    ]
    resource = ado.receiver.of(STAGE)[0]["resource"]
    assert states == [
        ("Build", "running"), ("Build", "completed"), ("Deploy-QA", "running"), ("Deploy-QA", "completed"),
        ("Deploy-Prod", "waiting"),
    ]  # fmt: skip
    assert (resource["runId"], resource["stageName"], resource["projectId"]) == (run["runId"], "Build", ado.project.id)
    assert resource["repositories"][0]["change"]["version"] == run["commit"]
    assert resource["repositories"][0].keys() >= {"id", "alias", "type", "change", "url"}
    own = resource["run"]["resources"]["repositories"]["self"]
    assert (own["refName"], own["version"]) == ("refs/heads/main", run["commit"])


def test_a_release_sends_created_started_completed_and_abandoned(ado: AdoRig) -> None:
    made = ado.control("deploy_release", definition="shop-classic", result="failed")
    ado.control("abandon_release", number=made["releaseId"])
    ado.settle()
    completed = ado.receiver.of(f"{RELEASE}deployment-completed-event")[0]["resource"]
    assert (completed["environment"]["status"], completed["deployment"]["deploymentStatus"]) == ("rejected", "failed")
    assert sent(ado) == [
        "release.release-created", "release.deployment-started", "release.deployment-completed",
        "release.release-abandoned",
    ]  # fmt: skip


def test_repository_events(ado: AdoRig) -> None:
    ado.control("rename_repository", repository="shop-api", name="shop-gateway")
    ado.control("disable_repository", repository="shop-gateway")
    ado.control("delete_repository", repository="shop-gateway")
    ado.settle()
    renamed = ado.receiver.of("git.repo.renamed")[0]["resource"]
    assert (renamed["oldName"], renamed["newName"]) == ("shop-api", "shop-gateway")
    assert sent(ado) == ["git.repo.renamed", "git.repo.statuschanged", "git.repo.deleted"]


@pytest.fixture
def real_body(specs: Path) -> Any:
    def read(event_type: str) -> Any:
        path = specs.parent / "reference" / "ado_events" / f"{event_type}.json"
        if not path.is_file():
            pytest.skip(f"the reference bodies are not at {path.parent}")
        return json.loads(path.read_text("utf-8"))

    return read


def paths(value: Any, start: str = "") -> set[str]:
    """Every key by its way from the top; of a list the first entry counts."""
    if isinstance(value, list):
        return paths(value[0], start + "[]") if value else set()
    if not isinstance(value, dict):
        return set()
    found = {f"{start}.{name}".lstrip(".") for name in value}
    return found.union(*(paths(part, f"{start}.{name}".lstrip(".")) for name, part in value.items()))


def everything(ado: AdoRig) -> None:
    """One event of every type at least."""
    ado.control("push", repository="shop-web", branch="topic", commits=["SHOP-1"])
    number = ado.control(
        "open_pull_request", repository="shop-web", source="topic", title="SHOP-1", reviewers=["Yuki Onodera"]
    )["pullRequestId"]
    thread = ado.control("comment_pull_request", number=number, content="Good")
    assert thread["commentId"] == 1
    ado.control("update_pull_request", number=number, status="completed")
    run = ado.control("run_pipeline", pipeline="shop-deploy")["runId"]
    ado.control("approve_stage", number=run)
    release = ado.control("deploy_release", definition="shop-classic")["releaseId"]
    ado.control("abandon_release", number=release)
    ado.control("rename_repository", repository="shop-api", name="new")
    ado.control("disable_repository", repository="new")
    ado.control("delete_repository", repository="new")
    ado.settle()


@pytest.mark.specs
@pytest.mark.parametrize("event_type", ALL)
def test_bodies_have_every_key_of_the_real_ones(ado: AdoRig, real_body: Any, event_type: str) -> None:
    real = paths(real_body(event_type))
    everything(ado)
    body = ado.receiver.of(event_type)[-1]
    assert real - paths(body) - NOT_SENT.get(event_type, set()) - GROUPS_AND_SCOPE == set()
    assert {"subscriptionId", "notificationId", "resourceContainers.project.baseUrl"} <= paths(body)
    assert body["resourceContainers"]["account"]["baseUrl"] == f"{ado.url}/acme/"
