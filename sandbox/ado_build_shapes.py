"""The JSON of the build, pipelines and environments API. A YAML run and its build share one id."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.ado_clock import stamp
from sandbox.ado_model import Commit, Json
from sandbox.ado_pipeline_model import DeploymentRecord, Environment, Pipeline, Run, StageRun
from sandbox.ado_shapes import commit_url, identity_json, project_json, remote_url

BUILD_STATES = {"notStarted": "notStarted", "inProgress": "inProgress", "completed": "completed"}
RUN_STATES = {"notStarted": "inProgress", "inProgress": "inProgress", "completed": "completed"}
RECORD_STATES = {"notStarted": "pending", "waiting": "pending", "running": "inProgress", "completed": "completed"}
QUEUE = 9
# A stage that waits has not begun; its checkpoint has, and is over before the first job begins
CHECK_STATES = {"notStarted": "pending", "waiting": "inProgress", "running": "completed", "completed": "completed"}
RESULT_WORDS = {"rejected": "failed", "partiallySucceeded": "succeededWithIssues"}  # timelines have words of their own
MESSAGE_LIMIT = 1000  # `messageTruncated` exists; the true limit is not published


def project_base(pipeline: Pipeline, base: str) -> str:
    return f"{base}/{pipeline.project.id}"


def definition_json(pipeline: Pipeline, base: str) -> Json:
    """A build definition in a list or inside a build."""
    return {
        "drafts": [],
        "id": pipeline.id,
        "name": pipeline.name,
        "url": f"{project_base(pipeline, base)}/_apis/build/Definitions/{pipeline.id}?revision={pipeline.revision}",
        "uri": f"vstfs:///Build/Definition/{pipeline.id}",
        "path": pipeline.folder,
        "type": "build",
        "queueStatus": "enabled",
        "revision": pipeline.revision,
        "createdDate": stamp(pipeline.created),
        "project": project_json(pipeline.project, base),
    }


def build_repository_json(pipeline: Pipeline, base: str) -> Json:
    repository = pipeline.repository
    return {
        "id": repository.id,
        "type": "TfsGit",
        "name": repository.name,
        "url": remote_url(repository, base),
        "clean": None,
        "checkoutSubmodules": False,
    }


def queue_json() -> Json:
    return {"id": QUEUE, "name": "Azure Pipelines", "pool": {"id": QUEUE, "name": "Azure Pipelines", "isHosted": True}}


def build_links(run: Run, base: str) -> Json:
    home = project_base(run.pipeline, base)
    return {
        "self": {"href": f"{home}/_apis/build/Builds/{run.id}"},
        "web": {"href": f"{home}/_build/results?buildId={run.id}"},
        "sourceVersionDisplayUri": {"href": f"{home}/_apis/build/builds/{run.id}/sources"},
        "timeline": {"href": f"{home}/_apis/build/builds/{run.id}/Timeline"},
        "badge": {"href": f"{home}/_apis/build/status/{run.pipeline.id}"},
    }


def trigger_json(run: Run) -> Json:
    """Only runs that something triggered say what it was. The names of the `pr.` values are community knowledge."""
    if pull := run.pull_request:
        return {
            "pr.number": str(pull.id),
            "pr.isFork": "False",
            "pr.triggerRepository": pull.repository.id,
            "pr.triggerRepository.Type": "TfsGit",
            "pr.sourceBranch": pull.source,
            "pr.sourceSha": pull.source_commit,
            "pr.title": pull.title,
            "pr.draft": str(pull.draft),
        }
    if run.reason in {"individualCI", "batchedCI"}:
        return {
            "ci.sourceBranch": run.ref,
            "ci.sourceSha": run.commit,
            "ci.triggerRepository": run.pipeline.repository.id,
        }
    return {}


def progress_json(run: Run) -> Json:
    """How far a build is; it has no result and no time of what has not come yet."""
    times = {"queueTime": run.queued, "startTime": run.started, "finishTime": run.finished}
    shown = {"status": BUILD_STATES[run.state], **({"result": run.result} if run.result else {})}
    return shown | {name: stamp(moment) for name, moment in times.items() if moment}


def build_json(run: Run, base: str) -> Json:
    """A build, as the API gives it and as `build.complete` carries it (there with a null or two more)."""
    home = project_base(run.pipeline, base)
    person = identity_json(run.user, base)
    changed = run.finished or run.started or run.queued
    return {
        "_links": build_links(run, base),
        "properties": {},
        "tags": list(run.tags),
        **({"parameters": json.dumps(dict(run.variables))} if run.variables else {}),
        "validationResults": [],
        "plans": [{"planId": run.plan_id}],
        "triggerInfo": trigger_json(run),
        "id": run.id,
        "buildNumber": run.number,
        **progress_json(run),
        "url": f"{home}/_apis/build/Builds/{run.id}",
        "definition": definition_json(run.pipeline, base),
        "buildNumberRevision": int(run.number.rpartition(".")[2]),
        "project": project_json(run.pipeline.project, base),
        "uri": f"vstfs:///Build/Build/{run.id}",
        "sourceBranch": run.ref,
        "sourceVersion": run.commit,
        "queue": queue_json(),
        "priority": "normal",
        "reason": run.reason,
        "requestedFor": person,
        "requestedBy": person,
        "lastChangedDate": stamp(changed),
        "lastChangedBy": person,
        "orchestrationPlan": {"planId": run.plan_id},
        "logs": {"id": 0, "type": "Container", "url": f"{home}/_apis/build/builds/{run.id}/logs"},
        "repository": build_repository_json(run.pipeline, base),
        "retainedByRelease": False,
        "triggeredByBuild": None,
        "appendCommitMessageToRunName": True,
    }


def without_nulls(value: Any) -> Any:
    """The API leaves out what events write as null."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def build_change_json(run: Run, commit: Commit, base: str) -> Json:
    """A commit that a build contains."""
    repository = run.pipeline.repository
    shown: Json = {
        "id": commit.id,
        "message": commit.message[:MESSAGE_LIMIT],
        "type": "TfsGit",
        "author": {"displayName": commit.author_name, "uniqueName": commit.author_mail},
        "timestamp": stamp(commit.date),
        "location": commit_url(repository, commit.id, base),
        "displayUri": f"{remote_url(repository, base)}/commit/{commit.id}",
    }
    if push := repository.push_of.get(commit.id):
        shown["pusher"] = push.user.id
    return shown | ({"messageTruncated": True} if len(commit.message) > MESSAGE_LIMIT else {})


def timeline_json(run: Run, base: str) -> Json:
    """Stage, phase, job and one task for each stage; a stage with an approval has a checkpoint too."""
    url = f"{project_base(run.pipeline, base)}/_apis/build/builds/{run.id}/Timeline/{run.plan_id}"
    records = [record for order, stage in enumerate(run.stages, 1) for record in stage_records(stage, order)]
    changed = stamp(run.finished or run.started or run.queued)
    return {
        "records": records, "lastChangedBy": run.user.id, "lastChangedOn": changed,
        "id": run.plan_id, "changeId": len(records), "url": url,
    }  # fmt: skip


def stage_records(stage: StageRun, order: int) -> list[Json]:
    kinds = ["Stage", *(["Checkpoint", "Checkpoint.Approval"] if stage.spec.approval else []), "Phase", "Job", "Task"]
    found: list[Json] = []
    parents = {
        "Checkpoint": "Stage",
        "Checkpoint.Approval": "Checkpoint",
        "Phase": "Stage",
        "Job": "Phase",
        "Task": "Job",
    }
    ids = {kind: str(uuid.uuid5(uuid.UUID(stage.id), kind)) if kind != "Stage" else stage.id for kind in kinds}
    for kind in kinds:
        record: Json = {
            "id": ids[kind],
            "type": kind,
            "name": "Checkpoint" if kind.startswith("Checkpoint") else stage.spec.name,
            "identifier": stage.spec.name if kind == "Stage" else f"{stage.spec.name}.{kind}",
            "state": (CHECK_STATES if kind.startswith("Checkpoint") else RECORD_STATES)[stage.state],
            "order": order,
            "attempt": stage.attempt,
            "errorCount": int(stage.result == "failed"),
            "warningCount": 0,
        }
        times = {"startTime": stage.started, "finishTime": stage.finished}
        record |= {name: stamp(moment) for name, moment in times.items() if moment}
        record |= {"result": RESULT_WORDS.get(stage.result, stage.result)} if stage.result else {}
        found.append(record | ({"parentId": ids[parents[kind]]} if kind in parents else {}))
    return found


def pipeline_ref(pipeline: Pipeline, base: str) -> Json:
    return {
        "url": f"{project_base(pipeline, base)}/_apis/pipelines/{pipeline.id}?revision={pipeline.revision}",
        "id": pipeline.id,
        "revision": pipeline.revision,
        "name": pipeline.name,
        "folder": pipeline.folder,
    }


def pipeline_json(pipeline: Pipeline, base: str) -> Json:
    home = project_base(pipeline, base)
    links = {
        "self": {"href": f"{home}/_apis/pipelines/{pipeline.id}?revision={pipeline.revision}"},
        "web": {"href": f"{home}/_build/definition?definitionId={pipeline.id}"},
    }
    return {"_links": links} | pipeline_ref(pipeline, base)


def variables_json(variables: Mapping[str, str]) -> Json:
    return {name: {"value": value} for name, value in variables.items()}


def run_json(run: Run, base: str) -> Json:
    """A run, as the pipelines API gives it and as run and stage events carry it."""
    home = project_base(run.pipeline, base)
    url = f"{home}/_apis/pipelines/{run.pipeline.id}/runs/{run.id}"
    own = {"repository": {"id": run.pipeline.repository.id, "type": "azureReposGit"}}
    links = {
        "self": {"href": url},
        "web": {"href": f"{home}/_build/results?buildId={run.id}"},
        "pipeline.web": {"href": f"{home}/_build/definition?definitionId={run.pipeline.id}"},
        "pipeline": {"href": pipeline_ref(run.pipeline, base)["url"]},
    }
    return {
        "_links": links,
        "templateParameters": {},
        **({"variables": variables_json(run.variables)} if run.variables else {}),
        "pipeline": pipeline_ref(run.pipeline, base),
        "state": RUN_STATES[run.state],
        **({"result": run.result} if run.result else {}),
        "createdDate": stamp(run.queued),
        **({"finishedDate": stamp(run.finished)} if run.finished else {}),
        "url": url,
        "resources": {"repositories": {"self": own | {"refName": run.ref, "version": run.commit}}},
        "id": run.id,
        "name": run.number,
    }


def environment_json(environment: Environment, base: str) -> Json:
    person = identity_json(environment.created_by, base)
    created = stamp(environment.created)
    return {
        "id": environment.id,
        "name": environment.name,
        "description": "",
        "createdBy": person,
        "createdOn": created,
        "lastModifiedBy": person,
        "lastModifiedOn": created,
        "project": {"id": environment.project.id, "name": environment.project.name},
    }


def record_json(environment: Environment, record: DeploymentRecord, base: str) -> Json:
    """A deployment to an environment; one that runs has no result and no finish time."""
    run = record.run
    links = {"web": {"href": f"{project_base(run.pipeline, base)}/_build/results?buildId={run.id}"}}
    shown: Json = {
        "id": record.id,
        "requestIdentifier": f"{run.plan_id}:{record.stage.spec.name}.Deploy.Deploy",
        "environmentId": environment.id,
        "serviceOwner": run.plan_id,
        "scopeId": run.pipeline.project.id,
        "resourceId": None,
        "planType": "Build",
        "planId": run.plan_id,
        "stageName": record.stage.spec.name,
        "jobName": "Deploy",
        "stageAttempt": record.stage.attempt,
        "jobAttempt": 1,
        "definition": {"id": run.pipeline.id, "name": run.pipeline.name, "_links": {}},
        "owner": {"id": run.id, "name": run.number, "_links": links},
        "queueTime": stamp(record.queued),
        "startTime": stamp(record.started),
        "finishTime": stamp(record.finished) if record.finished else None,
        "result": record.result,
    }
    kept: Json = without_nulls(shown)
    return kept
