"""Deployments of classic releases that changed in the window or whose release was given up in it, as their events would
tell them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from clients.ado_pipelines import PipelinesApi
from clients.history_answers import ListedDeployment, ListedRelease
from clients.pipeline_answers import Deployment
from domain.facts import DeploymentFacts
from domain.records import Json, ReleaseAbandoned, ReleaseDeployed
from domain.selection import why_no_pipeline
from jobs.devinfo import Road
from jobs.history_pages import Portion, Window, map_found, sift
from jobs.release_facts import State, Step, find_release, gather_abandoned, release_facts, state_of

# https://learn.microsoft.com/rest/api/azure/devops/release/deployments/list : what the environment of the deployment
# says. One that has not begun is told by no event.
WORDS: Mapping[str, str] = {
    "succeeded": "succeeded", "partiallysucceeded": "partiallySucceeded", "inprogress": "inProgress",
    "failed": "rejected",
}  # fmt: skip
UNFINISHED_FOR = timedelta(days=30)  # how old a release may be whose deployments have not ended
REFUSED = frozenset({"rejected"})
CANCELED = frozenset({"canceled", "phasecanceled"})


def read_releases(road: Road, window: Window, parts: Json) -> Portion:
    """The changes of one page of deployments. Raises the CallError of a call."""
    page = road.history.list_release_deployments(road.source.project_id, since=window.since, cursor=parts.get("token"))
    pipelines = road.history.know_pipelines(deployments=page.entries)
    numbered = ((entry.deployment.id, entry) for entry in page.entries)
    found, lost = sift(road, "deployment", lambda entry: gather_listed(entry, road, pipelines, window), numbered)
    changes, untold = map_found([one for one in found if one is not None], road)
    left = {"token": page.cursor} if page.cursor else None
    return Portion(changes, page.seen, left, page.refused + lost + untold)


def read_abandoned(road: Road, window: Window, parts: Json) -> Portion:
    """What releases that were given up in the window left unfinished: their deployments did not change by that.

    Looked for among those that were made within UNFINISHED_FOR, and while reconciling only: back-fill reads each
    deployment of its window with what became of its release. Raises the CallError of a call.
    """
    if road.lane != "reconcile":
        return Portion((), 0, None)
    project = road.source.project_id
    page = road.history.list_abandoned(project, created=window.since - UNFINISHED_FOR, cursor=parts.get("token"))
    fresh = [entry for entry in page.entries if entry.modified is None or entry.modified >= window.since]

    def gather(entry: ListedRelease) -> tuple[ReleaseAbandoned, tuple[DeploymentFacts, ...]]:
        event = ReleaseAbandoned(entry.id, project, window.happened)
        found = gather_abandoned(event, road.pipelines, road.git)
        wanted = (facts for facts in found if not why_no_pipeline(road.settings, facts.pipeline))
        return event, tuple(replace(facts, updated=entry.modified) for facts in wanted)

    found, lost = sift(road, "release", gather, ((entry.id, entry) for entry in fresh))
    changes, untold = map_found(found, road)
    return Portion(changes, page.seen, {"token": page.cursor} if page.cursor else None, page.refused + lost + untold)


def gather_listed(
    entry: ListedDeployment, road: Road, pipelines: PipelinesApi, window: Window
) -> tuple[ReleaseDeployed, tuple[DeploymentFacts, ...]] | None:
    """One deployment and its facts; None when it has not begun, or its release is gone."""
    deployment, project = entry.deployment, road.source.project_id
    word = environment_word(deployment)
    release = find_release(pipelines, project, deployment.release_id) if word else None
    environments = release.environments if release else ()
    environment = next((found for found in environments if found.id == deployment.environment_id), None)
    if word is None or release is None or environment is None or why_no_pipeline(road.settings, release.definition):
        return None
    event = ReleaseDeployed(
        release.id, environment.id, word, project, window.happened, deployment.id, deployment.attempt
    )
    step = Step(release, environment, deployment, deployment.id)
    facts = release_facts(
        step, project, pipelines, road.git, state=state_now(event, step, road),
        partial_is=road.settings.partial_deployment_is,
    )  # fmt: skip
    return event, (replace(facts, updated=entry.modified or deployment.queued),)


def environment_word(deployment: Deployment) -> str | None:
    """The environment status that an event would name; None while there is none."""
    status, operation = deployment.status.lower(), deployment.operation.lower()
    if status in {"succeeded", "partiallysucceeded"}:
        return WORDS[status]
    if operation in REFUSED:
        return "rejected"
    return "canceled" if operation in CANCELED else WORDS.get(status)


def state_now(event: ReleaseDeployed, step: Step, road: Road) -> State:
    """The state; what a release that was given up left unfinished is cancelled."""
    state = state_of(event, step)
    given_up = state == "in_progress" and road.history.is_abandoned(event.project_id, event.release_id)
    return "cancelled" if given_up else state
