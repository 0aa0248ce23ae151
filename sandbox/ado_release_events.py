"""Service hook events of classic releases (publisher `rm`)."""

from sandbox.ado_events import EventDraft, say
from sandbox.ado_model import Json
from sandbox.ado_pipeline_model import Deployment, Release
from sandbox.ado_release_shapes import (
    deployment_json,
    empty_release_json,
    environment_json,
    project_ref,
    release_json,
    release_url,
)

# the filter `releaseEnvironmentStatus` holds numbers
STATUS_NUMBERS = {"succeeded": "4", "canceled": "8", "rejected": "16", "partiallySucceeded": "128"}


def release_event(release: Release, what: str, base: str) -> EventDraft:
    """`what` is `created` or `abandoned`."""
    definition = release.definition
    resource = {"release": release_json(release, base), "project": project_ref(definition)}
    text = f"Release {release.name} {what}."
    filters = {"releaseDefinitionId": str(definition.id)}
    kind = f"ms.vss-release.release-{what}-event"
    detailed = say(f"{text}\r\nRelease description: {release.description}")
    return EventDraft(kind, definition.project, resource, say(text), filters, detailed)


def deployment_filters(deployment: Deployment) -> dict[str, str]:
    return {
        "releaseDefinitionId": str(deployment.release.definition.id),
        "releaseEnvironmentId": str(deployment.environment.definition_environment_id),
        "releaseEnvironmentStatus": STATUS_NUMBERS.get(deployment.environment.status, ""),
    }


def deployment_place(deployment: Deployment, base: str) -> Json:
    """What tells the deployment apart, in both events."""
    return {
        "stageName": deployment.environment.name,
        "attemptId": deployment.attempt,
        "id": deployment.release.id,
        "url": release_url(deployment.release, base),
    }


def started_event(deployment: Deployment, base: str) -> EventDraft:
    release = deployment.release
    resource = {
        "environment": environment_json(release, deployment.environment, base),
        "release": empty_release_json(release.definition, base),
        "project": project_ref(release.definition),
    } | deployment_place(deployment, base)
    text = f"Deployment of release {release.name} on stage {deployment.environment.name} started."
    return EventDraft(
        "ms.vss-release.deployment-started-event", release.definition.project, resource, say(text),
        deployment_filters(deployment), say(f"{text}\r\nTrigger: Manual"),
    )  # fmt: skip


def completed_event(deployment: Deployment, base: str) -> EventDraft:
    """With `deployment`, which the published sample lacks and receivers read."""
    release = deployment.release
    resource: Json = {
        "environment": environment_json(release, deployment.environment, base),
        "project": project_ref(release.definition),
        "deployment": deployment_json(deployment, base),
        "comment": None,
        "data": {"releaseProperties": {}, "environmentProperties": {}},
    } | deployment_place(deployment, base)
    status = deployment.environment.status.title()
    text = f"Deployment of release {release.name} on stage {deployment.environment.name} {status}."
    return EventDraft(
        "ms.vss-release.deployment-completed-event", release.definition.project, resource, say(text),
        deployment_filters(deployment), say(f"{text} Time to deploy: 00:00:07."),
    )  # fmt: skip
