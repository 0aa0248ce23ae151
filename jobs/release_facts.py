"""Classic releases: what was deployed, to which environment, under which number."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Literal

from clients.ado_git import GitApi
from clients.ado_pipelines import PipelinesApi
from clients.pipeline_answers import Artifact, Deployment, Release, ReleaseEnvironment
from domain.deployments import release_environment_key, release_pipeline_key
from domain.errors import Forbidden, NotFound
from domain.facts import DeploymentFacts, Shipped
from domain.git_events import BRANCH_PREFIX
from domain.records import ReleaseAbandoned, ReleaseDeployed, Repository
from domain.site_settings import DEFAULTS, PartialMeans
from domain.web_links import release_definition_url, release_environment_url
from jobs.run_facts import source_of
from jobs.shipments import DEPLOYMENT_QUESTIONS, Shipment, ship_build, ship_pulls

DEPLOYMENTS_READ = 200  # how far back an environment's deployments are searched for that of an event
CLOCKS = timedelta(minutes=1)  # between the clocks of the release service and of its events
NO_LIMIT = 2**31 - 1  # ids of deployments are 32 bits wide
State = Literal["pending", "in_progress", "successful", "partially_successful", "failed", "cancelled", "unknown"]
ENVIRONMENT_STATES: dict[str, State] = {
    "notstarted": "pending", "queued": "pending", "scheduled": "pending", "inprogress": "in_progress",
    "succeeded": "successful", "partiallysucceeded": "partially_successful", "rejected": "failed",
    "canceled": "cancelled",
}  # fmt: skip
SUCCESSES: dict[PartialMeans, tuple[str, ...]] = {
    "failed": ("succeeded",), "successful": ("succeeded", "partiallySucceeded"),
}  # fmt: skip
PARTIAL_IS = DEFAULTS.partial_deployment_is
UNFINISHED = frozenset({"undefined", "notdeployed", "inprogress"})
REFUSED = "rejected"  # a person refused the approval; `rejected` of the environment also means that a task failed


@dataclass(frozen=True, slots=True)
class Step:
    """One deployment of a release to one of its environments, as the release service knows it.

    `number`: its id, which a second try of the same release has anew. When neither the service (any more) nor the event
    knows one it is the id of the release's environment: that grows from release to release too.
    """

    release: Release
    environment: ReleaseEnvironment
    deployment: Deployment | None
    number: int


def gather_release(
    event: ReleaseDeployed, pipelines: PipelinesApi, git: GitApi, partial_is: PartialMeans = PARTIAL_IS
) -> tuple[DeploymentFacts, ...]:
    """The deployment an event tells of; nothing when the release or its environment is gone.

    `partial_is`: whether what partly succeeded before counts as being there. Raises the CallError of a look-up that
    may succeed later.
    """
    release = find_release(pipelines, event.project_id, event.release_id)
    environments = release.environments if release else ()
    environment = next((entry for entry in environments if entry.id == event.environment_id), None)
    if release is None or environment is None:
        return ()
    deployment = find_deployment(event, release, environment, pipelines)
    number = deployment.id if deployment else event.deployment_id or environment.id
    step = Step(release, environment, deployment, number)
    state = state_of(event, step)
    return (release_facts(step, event.project_id, pipelines, git, state=state, partial_is=partial_is),)


def gather_abandoned(event: ReleaseAbandoned, pipelines: PipelinesApi, git: GitApi) -> tuple[DeploymentFacts, ...]:
    """The deployments that an abandoned release leaves unfinished, cancelled.

    Environments it never began to deploy to were never told of and stay untold.
    """
    release = find_release(pipelines, event.project_id, event.release_id)
    if release is None:
        return ()
    steps = (open_step(event, release, environment, pipelines) for environment in release.environments)
    return tuple(
        release_facts(step, event.project_id, pipelines, git, state="cancelled") for step in steps if step is not None
    )


def find_release(pipelines: PipelinesApi, project: str, release_id: int) -> Release | None:
    """A release; None when it was deleted (retention)."""
    try:
        return pipelines.read_release(project, release_id)
    except NotFound:
        return None


def find_deployment(
    event: ReleaseDeployed, release: Release, environment: ReleaseEnvironment, pipelines: PipelinesApi
) -> Deployment | None:
    """The deployment the event belongs to: by its id, else its attempt, else the last one queued before the event.

    Started events do not name it in every version, so both of a pair must lead to the same one.
    """
    found = tuple(list_own(event.project_id, release, environment, pipelines))
    by_id = (entry for entry in found if entry.id == event.deployment_id)
    by_attempt = (entry for entry in found if entry.attempt == event.attempt)
    latest = event.happened + CLOCKS
    by_time = (entry for entry in found if entry.queued is None or entry.queued <= latest)
    return next(by_id, None) or next(by_attempt, None) or next(by_time, found[-1] if found else None)


def list_own(
    project: str, release: Release, environment: ReleaseEnvironment, pipelines: PipelinesApi
) -> Iterator[Deployment]:
    """The deployments of a release to one of its environments, newest first."""
    entries = pipelines.list_deployments(project, release.definition_id, environment.definition_id)
    for entry in islice(entries, DEPLOYMENTS_READ):
        if (entry.release_id, entry.environment_id) == (release.id, environment.id):
            yield entry


def open_step(
    event: ReleaseAbandoned, release: Release, environment: ReleaseEnvironment, pipelines: PipelinesApi
) -> Step | None:
    """The newest deployment to an environment when it has not ended."""
    if ENVIRONMENT_STATES.get(environment.status.lower()) not in {"pending", "in_progress"}:
        return None
    newest = next(list_own(event.project_id, release, environment, pipelines), None)
    if newest is None or newest.status.lower() not in UNFINISHED:
        return None
    return Step(release, environment, newest, newest.id)


def state_of(event: ReleaseDeployed, step: Step) -> State:
    """Jira's word for the environment status of the event."""
    refused = step.deployment is not None and step.deployment.operation.lower() == REFUSED
    state = ENVIRONMENT_STATES.get(event.state.lower(), "unknown")
    return "cancelled" if state == "failed" and refused else state


def release_facts(
    step: Step, project: str, pipelines: PipelinesApi, git: GitApi, *, state: State,
    partial_is: PartialMeans = PARTIAL_IS,
) -> DeploymentFacts:  # fmt: skip
    """The deployment with all it brings since the last success of its definition in the same environment."""
    release, environment = step.release, step.environment
    before = step.number if step.deployment else NO_LIMIT
    last = pipelines.find_last_success(
        project, release.definition_id, environment.definition_id, before=before, release_id=release.id,
        statuses=SUCCESSES[partial_is],
    )  # fmt: skip
    older = last is not None and last.release_id > release.id
    base = None if last is None or older else find_release(pipelines, project, last.release_id)
    shipment = ship_release(project, release, base, pipelines, git)
    source = source_of(pipelines, project)
    return DeploymentFacts(
        pipeline_key=release_pipeline_key(project, release.definition_id),
        pipeline=release.definition,
        pipeline_url=release_definition_url(source, project, release.definition_id),
        environment_key=release_environment_key(project, environment.name),
        environment=environment.name,
        sequence_number=step.number,
        name=release.name,
        url=release_environment_url(source, project, release.id, environment.id),
        state=state,
        older_than_last_success=older,
        repository_id=shipment.repository_id,
        texts=shipment.texts,
        commits=shipment.commits,
        shipped=shipment.shipped,
        repository=shipment.repository,
    )


def ship_release(
    project: str, release: Release, base: Release | None, pipelines: PipelinesApi, git: GitApi
) -> Shipment:
    """What the artifacts of a release bring to a place that has `base`; commits of the primary one's repository.

    What a further artifact says of itself is one more part, so that the choices for its repository hold for it.
    """
    before = {artifact.alias: artifact for artifact in base.artifacts} if base else {}
    ordered = sorted(release.artifacts, key=lambda artifact: not artifact.primary)
    shipments = [ship_artifact(project, entry, before.get(entry.alias), pipelines, git) for entry in ordered]
    if not shipments:
        return Shipment(release.words)
    first, *others = shipments
    more = [part for other in others for part in (Shipped(other.texts, repository=other.repository), *other.shipped)]
    return replace(first, texts=(*first.texts, *release.words), shipped=(*first.shipped, *more))


def ship_artifact(
    project: str, artifact: Artifact, before: Artifact | None, pipelines: PipelinesApi, git: GitApi
) -> Shipment:
    """What one artifact brings; of a kind that is neither a build nor Azure Repos only the branch is known."""
    if artifact.kind == "Build" and artifact.version and artifact.version.isdigit():
        base = int(before.version) if before and before.version and before.version.isdigit() else None
        build_id = int(artifact.version)
        older = base if base is not None and base < build_id else None
        return ship_build(pipelines, git, artifact.project_id or project, build_id, older)
    texts = (artifact.branch.removeprefix(BRANCH_PREFIX),) if artifact.branch else ()
    if artifact.kind == "Git" and artifact.definition_id and artifact.version:
        home = artifact.project_id or project
        repository = Repository(
            artifact.definition_id.lower(), artifact.definition or "", home, artifact.project or "", None
        )
        return ship_commits(repository, artifact.version, before, texts, git)
    return Shipment(texts)


def ship_commits(
    repository: Repository, version: str, before: Artifact | None, texts: tuple[str, ...], git: GitApi
) -> Shipment:
    """What a commit of Azure Repos brings since that of `before`; itself when nothing else is known."""
    old = before.version if before else None
    try:
        found = git.list_commits_between(repository.id, old, version) if old and old != version else ()
        commits = found or (git.read_commit(repository.id, version),)
    except (NotFound, Forbidden):
        return Shipment(texts, repository=repository)
    shas = tuple(commit.id for commit in commits)
    parts = tuple(Shipped((commit.message,), commit.id, commit.author, repository) for commit in commits)
    pulls = ship_pulls(shas, repository, git, questions=DEPLOYMENT_QUESTIONS)
    return Shipment(texts, (*parts, *pulls), shas, repository)
