"""Service hook events of pipelines (publisher `pipelines`) and `build.complete`."""

from sandbox.ado_build_shapes import build_json, pipeline_ref, project_base, queue_json, run_json
from sandbox.ado_clock import stamp
from sandbox.ado_events import EventDraft, say
from sandbox.ado_model import Json, User
from sandbox.ado_pipeline_model import Run, StageRun
from sandbox.ado_shapes import author_json, identity_json, remote_url

RUN_STATE = "ms.vss-pipelines.run-state-changed-event"
STAGE_STATE = "ms.vss-pipelines.stage-state-changed-event"
APPROVAL = "ms.vss-pipelinechecks-events.approval-"
RUN_WORDS = {"notStarted": "in progress", "inProgress": "in progress"}
BUILD_STATUS = {"canceled": "Stopped", "partiallySucceeded": "PartiallySucceeded"}


def run_link(run: Run, base: str) -> str:
    return f"{project_base(run.pipeline, base)}/_build/results?buildId={run.id}"


def stage_json(run: Run, stage: StageRun, base: str) -> Json:
    home = project_base(run.pipeline, base)
    links = {
        "web": {"href": run_link(run, base)},
        "pipeline.web": {"href": f"{home}/_build/definition?definitionId={run.pipeline.id}"},
    }
    return {
        "_links": links,
        "id": stage.id,
        "name": stage.spec.name,
        "displayName": stage.spec.name,
        "attempt": stage.attempt,
        "state": stage.state,
        **({"result": stage.result} if stage.result else {}),
        "startTime": stamp(stage.started) if stage.started else None,
        **({"finishTime": stamp(stage.finished)} if stage.finished else {}),
    }


def checked_out(run: Run, base: str) -> list[Json]:
    """The repositories a run reads; `change.version` is the commit."""
    repository = run.pipeline.repository
    commit = repository.commits[run.commit]
    author = author_json(commit)
    change = {"author": author, "committer": author, "message": commit.message, "version": commit.id}
    url = remote_url(repository, base)
    return [{"alias": "self", "id": repository.id, "type": "Git", "change": change, "url": url}]


def run_parts(run: Run, base: str) -> Json:
    """What run and stage events share."""
    return {
        "run": run_json(run, base),
        "pipeline": pipeline_ref(run.pipeline, base),
        "runId": run.id,
        "runUrl": run_json(run, base)["url"],
        "projectId": run.pipeline.project.id,
        "repositories": checked_out(run, base),
    }


def run_event(run: Run, base: str) -> EventDraft:
    """The run started or ended. Its `state` in the body is `inProgress` or `completed`."""
    word = run.result if run.state == "completed" else RUN_WORDS[run.state]
    link = run_link(run, base)
    message = say(
        f"Run {run.number} {word}.",
        f'Run <a href="{link}">{run.number}</a> {word}.',
        f"Run [{run.number}]({link}) {word}.",
    )
    person = identity_json(run.user, base)
    resource = run_parts(run, base) | {
        "stages": [stage_json(run, stage, base) for stage in run.stages],
        "requestedBy": person,
        "requestedFor": person,
        "queue": queue_json(),
    }
    filters = {"pipelineId": str(run.pipeline.id), "runStateId": run.state, "runResultId": run.result or ""}
    return EventDraft(RUN_STATE, run.pipeline.project, resource, message, filters, message)


def stage_event(run: Run, stage: StageRun, base: str) -> EventDraft:
    word = stage.result if stage.state == "completed" else stage.state
    link = run_link(run, base)
    message = say(
        f"Run {run.number} stage {stage.spec.name} {word}.",
        f'Run {run.number} stage <a href="{link}">{stage.spec.name}</a> {word}.',
        f"Run {run.number} stage [{stage.spec.name}]({link}) {word}.",
    )
    resource = {"stage": stage_json(run, stage, base), "stageName": stage.spec.name} | run_parts(run, base)
    filters = {
        "pipelineId": str(run.pipeline.id),
        "stageNameId": stage.spec.name,
        "stageStateId": stage.state,
        "stageResultId": stage.result or "",
    }
    return EventDraft(STAGE_STATE, run.pipeline.project, resource, message, filters, message)


def approval_event(run: Run, stage: StageRun, approver: User, when: str, base: str) -> EventDraft:
    """A stage waits for a person, or the person has answered."""
    status = stage.approval_status or "pending"
    kind = "pending" if status == "pending" else "completed"
    person: Json = {"displayName": approver.name, "id": approver.id}
    step = {"assignedApprover": person, "status": status, "comment": "", "initiatedOn": when}
    approval: Json = {
        "id": stage.approval_id,
        "steps": [step],
        "status": status,
        "createdOn": when,
        "lastModifiedOn": when,
        "instructions": "",
        "minRequiredApprovers": 1,
        "blockedApprovers": [],
        "_links": {},
    }
    resource = {
        "approval": approval,
        "projectId": run.pipeline.project.id,
        "pipeline": pipeline_ref(run.pipeline, base),
        "stage": stage_json(run, stage, base),
        "run": run_json(run, base),
        "resource": {"type": "environment", "name": stage.spec.environment},
        "id": run.id,
        "url": None,
        "stageName": stage.spec.name,
        "attemptId": stage.attempt,
    }
    text = f"Approval {kind} for deployment of pipeline {run.pipeline.name} to environment {stage.spec.environment}."
    filters = {
        "pipelineId": str(run.pipeline.id),
        "stageName": stage.spec.name,
        "environmentName": stage.spec.environment or "",
    }
    return EventDraft(APPROVAL + kind, run.pipeline.project, resource, say(text), filters, say(text))


def build_event(run: Run, base: str) -> EventDraft:
    """`build.complete`, version 2.0; fires for YAML runs too."""
    link = run_link(run, base)
    message = say(
        f"Build {run.number} {run.result}",
        f'Build <a href="{link}">{run.number}</a> {run.result}',
        f"Build [{run.number}]({link}) {run.result}",
    )
    result = run.result or ""
    filters = {"definitionName": run.pipeline.name, "buildStatus": BUILD_STATUS.get(result, result)}
    return EventDraft("build.complete", run.pipeline.project, build_json(run, base), message, filters, message)
