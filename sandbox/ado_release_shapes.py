"""The JSON of the classic release API. The public service answers it on a host of its own; here it is the same one."""

from sandbox.ado_build_shapes import variables_json
from sandbox.ado_clock import NEVER, stamp
from sandbox.ado_model import Json
from sandbox.ado_pipeline_model import Deployment, Release, ReleaseDefinition, ReleaseEnvironment
from sandbox.ado_shapes import identity_json


def release_home(definition: ReleaseDefinition, base: str) -> str:
    return f"{base}/{definition.project.id}/_apis/Release"


def project_ref(definition: ReleaseDefinition) -> Json:
    return {"id": definition.project.id, "name": definition.project.name}


def definition_ref(definition: ReleaseDefinition, base: str) -> Json:
    url = f"{release_home(definition, base)}/definitions/{definition.id}"
    web = f"{base}/{definition.project.id}/_release?definitionId={definition.id}"
    return {
        "id": definition.id,
        "name": definition.name,
        "path": "\\",
        "projectReference": None,
        "url": url,
        "_links": {"self": {"href": url}, "web": {"href": web}},
    }


def release_links(release: Release, base: str) -> Json:
    web = f"{base}/{release.definition.project.id}/_release?releaseId={release.id}&_a=release-summary"
    return {"self": {"href": release_url(release, base)}, "web": {"href": web}}


def release_url(release: Release, base: str) -> str:
    return f"{release_home(release.definition, base)}/releases/{release.id}"


def release_ref(release: Release, base: str) -> Json:
    links = release_links(release, base)
    return {"id": release.id, "name": release.name, "url": release_url(release, base), "_links": links}


def artifact_json(release: Release, base: str) -> Json:
    """The build that is released. `version` names it, `sourceVersion` its commit, `branch` its branch."""
    run = release.run
    pipeline = run.pipeline
    build = {"id": str(run.id), "name": run.number}
    return {
        "sourceId": f"{pipeline.project.id}:{pipeline.id}",
        "type": "Build",
        "alias": f"_{pipeline.name}",
        "definitionReference": {
            "artifactSourceVersionUrl": {
                "id": f"{base}/{pipeline.project.id}/_build/results?buildId={run.id}",
                "name": "",
            },
            "branch": {"id": run.ref, "name": run.ref},
            "buildUri": {"id": f"vstfs:///Build/Build/{run.id}", "name": ""},
            "definition": {"id": str(pipeline.id), "name": pipeline.name},
            "project": {"id": pipeline.project.id, "name": pipeline.project.name},
            "repository": {"id": pipeline.repository.id, "name": pipeline.repository.name},
            "repository.provider": {"id": "TfsGit", "name": ""},
            "requestedForId": {"id": run.user.id, "name": run.user.name},
            "sourceVersion": {"id": run.commit, "name": ""},
            "version": build,
        },
        "isPrimary": True,
        "isRetained": False,
    }


def environment_json(release: Release, environment: ReleaseEnvironment, base: str) -> Json:
    """A stage of a release with everything that events of it carry."""
    gates: Json = {"id": 0, "gatesOptions": None, "gates": []}
    return {
        "id": environment.id,
        "releaseId": release.id,
        "name": environment.name,
        "status": environment.status,
        "variables": {},
        "variableGroups": [],
        "preDeployApprovals": [],
        "postDeployApprovals": [],
        "preApprovalsSnapshot": {"approvals": [], "approvalOptions": approval_options()},
        "postApprovalsSnapshot": {"approvals": []},
        "deploySteps": [],
        "rank": environment.rank,
        "definitionEnvironmentId": environment.definition_environment_id,
        "queueId": 1,
        "environmentOptions": environment_options(),
        "demands": [],
        "conditions": [],
        "createdOn": stamp(release.created),
        "modifiedOn": stamp(environment.modified),
        "workflowTasks": [deploy_task()],
        "deployPhasesSnapshot": [],
        "owner": identity_json(release.created_by, base),
        "scheduledDeploymentTime": stamp(release.created),
        "schedules": [],
        "release": release_ref(release, base),
        "releaseDefinition": definition_ref(release.definition, base),
        "releaseCreatedBy": identity_json(release.created_by, base),
        "triggerReason": "Manual",
        "preDeploymentGatesSnapshot": gates,
        "postDeploymentGatesSnapshot": gates,
    }


def approval_options() -> Json:
    return {
        "requiredApproverCount": 0,
        "releaseCreatorCanBeApprover": True,
        "autoTriggeredAndPreviousEnvironmentApprovedCanBeSkipped": False,
        "enforceIdentityRevalidation": False,
        "timeoutInMinutes": 0,
        "executionOrder": "beforeGates",
    }


def environment_options() -> Json:
    return {
        "emailNotificationType": "OnlyOnFailure",
        "emailRecipients": "release.environment.owner;release.creator",
        "skipArtifactsDownload": False,
        "timeoutInMinutes": 0,
        "enableAccessToken": False,
        "publishDeploymentStatus": True,
        "badgeEnabled": False,
        "autoLinkWorkItems": False,
        "pullRequestDeploymentEnabled": False,
    }


def deploy_task() -> Json:
    inputs = {
        "ConnectedServiceName": "9f0c6c1e-3a55-4c2e-9d5e-6f1d2f7b7a10",
        "WebSiteName": "$(siteName)",
        "WebSiteLocation": "West Europe",
        "Slot": "",
        "Package": "$(System.DefaultWorkingDirectory)\\**\\*.zip",
    }
    return {
        "taskId": "00000000-0000-0000-0000-000000000000",
        "version": "*",
        "name": "Put the site online",
        "enabled": True,
        "alwaysRun": False,
        "continueOnError": False,
        "timeoutInMinutes": 0,
        "definitionType": None,
        "inputs": inputs,
    }


def release_json(release: Release, base: str, *, environments: bool = True, artifacts: bool = True) -> Json:
    """A release. A list shows environments and artifacts only on `$expand`."""
    person = identity_json(release.created_by, base)
    shown = release.environments if environments else []
    return {
        "id": release.id,
        "name": release.name,
        "status": release.status,
        "createdOn": stamp(release.created),
        "modifiedOn": stamp(release.modified),
        "modifiedBy": person,
        "createdBy": person,
        "environments": [environment_json(release, environment, base) for environment in shown],
        "variables": variables_json(release.variables),
        "variableGroups": [],
        "artifacts": [artifact_json(release, base)] if artifacts else [],
        "releaseDefinition": definition_ref(release.definition, base),
        "releaseDefinitionRevision": 1,
        "description": release.description,
        "reason": "manual",
        "releaseNameFormat": "Release-$(rev:r)",
        "keepForever": False,
        "definitionSnapshotRevision": 1,
        "comment": "",
        "logsContainerUrl": None,
        "_links": release_links(release, base),
        "tags": list(release.tags),
        "triggeringArtifactAlias": None,
        "projectReference": project_ref(release.definition),
        "url": release_url(release, base),
    }


def empty_release_json(definition: ReleaseDefinition, base: str) -> Json:
    """The hollow release that `deployment-started` carries beside the environment."""
    return {
        "id": 0,
        "name": None,
        "status": "undefined",
        "createdOn": NEVER,
        "modifiedOn": NEVER,
        "modifiedBy": None,
        "createdBy": None,
        "environments": [],
        "variables": {},
        "variableGroups": [],
        "artifacts": [],
        "releaseDefinition": definition_ref(definition, base),
        "releaseDefinitionRevision": 0,
        "reason": "none",
        "releaseNameFormat": None,
        "keepForever": False,
        "definitionSnapshotRevision": 0,
        "logsContainerUrl": None,
        "_links": {},
        "tags": [],
        "triggeringArtifactAlias": None,
        "projectReference": None,
    }


def deployment_json(deployment: Deployment, base: str) -> Json:
    release = deployment.release
    environment = {"id": deployment.environment.id, "name": deployment.environment.name, "_links": {}}
    person = identity_json(deployment.user, base)
    shown: Json = {
        "id": deployment.id,
        "release": release_ref(release, base) | {"artifacts": [artifact_json(release, base)]},
        "releaseDefinition": definition_ref(release.definition, base),
        "releaseEnvironment": environment,
        "projectReference": project_ref(release.definition),
        "definitionEnvironmentId": deployment.environment.definition_environment_id,
        "attempt": deployment.attempt,
        "reason": "manual",
        "deploymentStatus": deployment.status,
        "operationStatus": deployment.operation,
        "requestedBy": person,
        "requestedFor": person,
        "queuedOn": stamp(deployment.queued),
        "startedOn": stamp(deployment.started),
        "lastModifiedOn": stamp(deployment.modified),
        "lastModifiedBy": person,
        "conditions": [],
        "preDeployApprovals": [],
        "postDeployApprovals": [],
        "_links": {},
    }
    return shown | ({"completedOn": stamp(deployment.completed)} if deployment.completed else {})


def definition_json(definition: ReleaseDefinition, base: str, *, environments: bool = False) -> Json:
    person = definition.created_by
    shown: Json = definition_ref(definition, base) | {
        "source": "userInterface",
        "revision": 1,
        "description": None,
        "createdBy": identity_json(person, base),
        "createdOn": stamp(definition.created),
        "modifiedBy": identity_json(person, base),
        "modifiedOn": stamp(definition.created),
        "isDeleted": False,
        "releaseNameFormat": "Release-$(rev:r)",
    }
    names = enumerate(definition.environments, 1)
    stages = [{"id": definition.id * 100 + rank, "name": name, "rank": rank} for rank, name in names]
    return shown | ({"environments": stages} if environments else {})
