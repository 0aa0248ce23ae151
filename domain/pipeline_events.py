"""Service hook bodies of pipelines, builds and classic releases, read into records.

Understands what real deliveries look like and the samples of the documentation
(https://learn.microsoft.com/azure/devops/service-hooks/events); calls nothing and keeps no names of people.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from domain.errors import BadEvent
from domain.json_fields import (
    number,
    optional_moment,
    optional_number,
    optional_record,
    optional_text,
    record,
    text,
)
from domain.records import BuildChanged, Event, Ignored, Json, ReleaseAbandoned, ReleaseDeployed, StageChanged

BuildState = Literal["pending", "inProgress", "canceling", "completed"]
BuildResult = Literal["succeeded", "partiallySucceeded", "failed", "canceled"]
StageState = Literal["notStarted", "waiting", "running", "completed"]
StageResult = Literal["succeeded", "partiallySucceeded", "failed", "canceled", "rejected", "skipped"]

# One word has several spellings: `inProgress` and `InProgress`, `cancelling` (builds) and `canceling` (runs).
BUILD_STATES: Mapping[str, BuildState] = {
    "notstarted": "pending", "postponed": "pending", "inprogress": "inProgress", "cancelling": "canceling",
    "canceling": "canceling", "completed": "completed",
}  # fmt: skip
BUILD_RESULTS: Mapping[str, BuildResult] = {
    "succeeded": "succeeded", "partiallysucceeded": "partiallySucceeded", "succeededwithissues": "partiallySucceeded",
    "failed": "failed", "canceled": "canceled", "cancelled": "canceled", "stopped": "canceled",
}  # fmt: skip
STAGE_STATES: Mapping[str, StageState] = {
    "notstarted": "notStarted", "pending": "waiting", "waiting": "waiting", "running": "running",
    "inprogress": "running", "canceling": "running", "cancelling": "running", "completed": "completed",
}  # fmt: skip
STAGE_RESULTS: Mapping[str, StageResult] = {
    "succeeded": "succeeded", "partiallysucceeded": "partiallySucceeded", "succeededwithissues": "partiallySucceeded",
    "failed": "failed", "canceled": "canceled", "cancelled": "canceled", "abandoned": "canceled",
    "rejected": "rejected", "skipped": "skipped",
}  # fmt: skip
# A deployment that has started is under way, although its environment may still be queued for an agent.
NOT_YET = frozenset({"undefined", "notstarted", "queued", "scheduled"})
NO_PROJECT = "00000000-0000-0000-0000-000000000000"


def parse_build(body: Json, happened: datetime) -> Event:
    """`build.complete` 2.0 (status and result) or 1.0 (the XAML shape: the status is the result)."""
    resource = record(body, "resource")
    status = text(resource, "status").lower()
    result = build_result(optional_text(resource, "result")) or BUILD_RESULTS.get(status)
    state = "completed" if status in BUILD_RESULTS else BUILD_STATES.get(status)
    if state is None:
        return Ignored("build state unknown", happened)
    return BuildChanged(
        build_id=number(resource, "id"),
        pipeline_id=number(resource, "definition", "id"),
        pipeline=text(resource, "definition", "name"),
        number=text(resource, "buildNumber"),
        state=state,
        result=result if state == "completed" else None,
        project_id=read_project(body),
        happened=happened,
        finished=optional_moment(resource, "finishTime"),
    )


def parse_run(body: Json, happened: datetime) -> Event:
    """`ms.vss-pipelines.run-state-changed-event`; the run's id is the build's id."""
    run = record(body, "resource", "run")
    pipeline = read_pipeline(body)
    state = BUILD_STATES.get(text(run, "state").lower())
    if state is None:
        return Ignored("run state unknown", happened)
    return BuildChanged(
        build_id=number(run, "id"),
        pipeline_id=number(pipeline, "id"),
        pipeline=text(pipeline, "name"),
        number=text(run, "name"),
        state=state,
        result=build_result(optional_text(run, "result")) if state == "completed" else None,
        project_id=read_project(body),
        happened=happened,
        finished=optional_moment(run, "finishedDate"),
    )


def parse_stage(body: Json, happened: datetime) -> Event:
    """`ms.vss-pipelines.stage-state-changed-event`."""
    resource = record(body, "resource")
    run, stage, pipeline = record(resource, "run"), record(resource, "stage"), read_pipeline(body)
    state = STAGE_STATES.get(text(stage, "state").lower())
    if state is None:
        return Ignored("stage state unknown", happened)
    name = optional_text(resource, "stageName") or text(stage, "name")
    result = STAGE_RESULTS.get((optional_text(stage, "result") or "").lower())
    return StageChanged(
        run_id=number(run, "id"),
        pipeline_id=number(pipeline, "id"),
        pipeline=text(pipeline, "name"),
        run=text(run, "name"),
        stage_name=name,
        stage=optional_text(stage, "displayName") or name,
        state=state,
        result=result if state == "completed" else None,
        attempt=optional_number(stage, "attempt") or 1,  # the samples lack it, deliveries have it
        project_id=read_project(body),
        happened=happened,
        run_created=optional_moment(run, "createdDate"),
    )


def parse_started(body: Json, happened: datetime) -> Event:
    """`ms.vss-release.deployment-started-event`."""
    status = text(body, "resource", "environment", "status")
    return release_deployed(body, happened, "inProgress" if status.lower() in NOT_YET else status)


def parse_finished(body: Json, happened: datetime) -> Event:
    """`ms.vss-release.deployment-completed-event`."""
    return release_deployed(body, happened, text(body, "resource", "environment", "status"))


def parse_abandoned(body: Json, happened: datetime) -> Event:
    """`ms.vss-release.release-abandoned-event`."""
    return ReleaseAbandoned(number(body, "resource", "release", "id"), read_project(body), happened)


def release_deployed(body: Json, happened: datetime, state: str) -> ReleaseDeployed:
    """A deployment of a classic release with the environment status `state`. Raises BadEvent."""
    resource = record(body, "resource")
    return ReleaseDeployed(
        release_id=read_release_id(resource),
        environment_id=number(resource, "environment", "id"),
        state=state,
        project_id=read_project(body),
        happened=happened,
        deployment_id=optional_number(resource, "deployment", "id"),
        attempt=optional_number(resource, "attemptId") or optional_number(resource, "deployment", "attempt"),
    )


def read_release_id(resource: Json) -> int:
    """The release of a deployment event: four places may hold it, and the unused ones hold 0. Raises BadEvent."""
    paths = (("environment", "releaseId"), ("environment", "release", "id"), ("deployment", "release", "id"))
    found = next((value for path in paths if (value := optional_number(resource, *path))), None)
    release = found or optional_number(resource, "release", "id")
    if not release:
        raise BadEvent("resource.environment.release.id is missing")
    return release


def read_pipeline(body: Json) -> Json:
    """The pipeline of a run or stage event. Raises BadEvent."""
    return optional_record(body, "resource", "pipeline") or record(body, "resource", "run", "pipeline")


def read_project(body: Json) -> str:
    """The project's GUID; where it stands differs by publisher and version. Raises BadEvent when it is nowhere.

    The zero GUID is what a sample of the documentation holds; it is better than no event at all.
    """
    paths = (("resource", "projectId"), ("resource", "project", "id"), ("resourceContainers", "project", "id"))
    found = [value for path in paths if (value := optional_text(body, *path))]
    if not found:
        raise BadEvent("resource.project.id is missing")
    return next((value for value in found if value != NO_PROJECT), found[0])


def build_result(word: str | None) -> BuildResult | None:
    """A result as Azure DevOps spells it; None when there is none (yet) or it says `none` or `unknown`."""
    return BUILD_RESULTS.get((word or "").lower())


def ignore(reason: str) -> Callable[[Json, datetime], Event]:
    """A parser for events that change nothing in Jira."""
    return lambda _body, happened: Ignored(reason, happened)


PARSERS: Mapping[str, Callable[[Json, datetime], Event]] = {
    "build.complete": parse_build,
    "ms.vss-pipelines.run-state-changed-event": parse_run,
    "ms.vss-pipelines.stage-state-changed-event": parse_stage,
    "ms.vss-pipelines.job-state-changed-event": ignore("stages tell of deployments, jobs do not"),
    "ms.vss-pipelinechecks-events.approval-pending": ignore("the waiting stage tells of its approval"),
    "ms.vss-pipelinechecks-events.approval-completed": ignore("the stage tells how it goes on"),
    "ms.vss-release.deployment-started-event": parse_started,
    "ms.vss-release.deployment-completed-event": parse_finished,
    "ms.vss-release.release-abandoned-event": parse_abandoned,
    "ms.vss-release.release-created-event": ignore("a release is shown once it is deployed"),
    "ms.vss-release.deployment-approval-pending-event": ignore("the deployment tells once it starts"),
    "ms.vss-release.deployment-approval-completed-event": ignore("the deployment tells how it goes on"),
}
