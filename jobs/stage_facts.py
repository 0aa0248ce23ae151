"""Stages of YAML runs that deploy to an environment.

No event says so; the environments' deployment records do, and only once the stage's job is queued. Most stages deploy
nowhere, so what was found is remembered and all environments are searched only when a stage is new or was edited.
"""

from typing import Literal

from clients.ado_git import GitApi
from clients.ado_pipelines import PipelinesApi
from clients.pipeline_answers import Build
from domain.builds import pipeline_key
from domain.deployments import environment_key, pending_number
from domain.facts import DeploymentFacts
from domain.records import StageChanged
from domain.site_settings import PartialMeans
from domain.web_links import build_url, pipeline_url
from jobs.run_facts import find_build, source_of
from jobs.shipments import ship_run
from jobs.stage_places import PARTIAL_IS, Place, Search, StageMemory, look_at, visits, with_records

State = Literal[
    "pending", "in_progress", "successful", "partially_successful", "failed", "cancelled", "unknown", "withdrawn"
]
STAGE_ENDS: dict[str | None, State] = {
    "succeeded": "successful", "partiallySucceeded": "partially_successful", "failed": "failed",
    "canceled": "cancelled", "rejected": "cancelled", "skipped": "cancelled", None: "unknown",
}  # fmt: skip
# In this order: one failed job of several makes a failed deployment.
RECORD_ENDS: tuple[tuple[frozenset[str], State], ...] = (
    (frozenset({"failed"}), "failed"),
    (frozenset({"canceled", "abandoned", "skipped"}), "cancelled"),
    (frozenset({"succeededWithIssues"}), "partially_successful"),
    (frozenset({"succeeded"}), "successful"),
)
NOTHING_RAN = frozenset({"skipped", "rejected"})  # a condition or a person stopped the stage before its first job


def gather_stage(
    event: StageChanged, pipelines: PipelinesApi, git: GitApi, memory: StageMemory,
    partial_is: PartialMeans = PARTIAL_IS,
) -> tuple[DeploymentFacts, ...]:  # fmt: skip
    """One deployment for each environment that the stage deploys to; most stages give none.

    Raises the CallError of a look-up that may succeed later.
    """
    search = Search(event, pipelines, memory, partial_is)
    if event.state == "notStarted":
        return ()
    if event.state == "waiting":
        return announce_stage(search, git)
    places = find_places(search)
    gone = withdraw_announced(search) if places or event.state == "completed" else ()
    build = find_build(pipelines, event.project_id, event.run_id) if places else None
    if build is None:
        return gone
    return (*(deployed_facts(search, place, build, git) for place in places), *gone)


def announce_stage(search: Search, git: GitApi) -> tuple[DeploymentFacts, ...]:
    """A stage that waits (for an approval, a check) is pending where the run before it deployed.

    It has no record and so no number yet: it is announced under one of its own and withdrawn when the real one is
    known. A late event of a stage that has gone on is not announced any more.
    """
    event = search.event
    known = search.recall(event.stage_name)
    build = find_build(search.pipelines, event.project_id, event.run_id) if known else None
    if build is None or build.status.lower() == "completed":
        return ()
    places = look_at(search, known)
    if any(place.own for place in places):
        return ()
    newest = max((place.last_run for place in places), default=0)
    latest = [place for place in places if place.last_run == newest]
    search.remember(search.announced_name, (place.environment.id for place in latest))
    number = pending_number(event.run_id, event.attempt)
    return tuple(place_facts(search, place, build, git, number=number, state="pending") for place in latest)


def withdraw_announced(search: Search) -> tuple[DeploymentFacts, ...]:
    """What takes the announcement back. A stage that was skipped or refused never was a deployment."""
    event = search.event
    pipeline, number = pipeline_key(event.project_id, event.pipeline_id), pending_number(event.run_id, event.attempt)
    return tuple(
        DeploymentFacts(
            pipeline_key=pipeline,
            pipeline=event.pipeline,
            pipeline_url="",
            environment_key=environment_key(event.project_id, environment_id),
            environment="",
            sequence_number=number,
            name=event.run,
            url="",
            state="withdrawn",
            older_than_last_success=False,
            repository_id=None,
            texts=(),
        )
        for environment_id in search.recall(search.announced_name) or ()
    )


def find_places(search: Search) -> tuple[Place, ...]:
    """The environments that have records of this attempt."""
    return find_running(search) if search.event.state == "running" else find_finished(search)


def find_running(search: Search) -> tuple[Place, ...]:
    """Where a running stage deploys, as far as its records are there; its end tells for sure."""
    stage = search.event.stage_name
    known = search.recall(stage)
    found = with_records(look_at(search, known))
    if found:
        search.remember(stage, {*(known or ()), *visits(found)})
    return found


def find_finished(search: Search) -> tuple[Place, ...]:
    """Where a stage deployed. All environments are searched, unless a stage of the very same shape was before.

    A stage that was seen to deploy nowhere deploys nowhere until somebody edits it, or a deployment of it is found. One
    that deployed is looked for where it was, and everywhere when its records differ: the environment may be a parameter
    of the run.
    """
    event, pipelines = search.event, search.pipelines
    if event.result in NOTHING_RAN:
        return ()
    shape = pipelines.read_stage_shape(event.project_id, event.run_id, event.stage_name)
    shaped = f"{event.stage_name} {shape}" if shape else None
    proven = search.recall(shaped) if shaped else None
    known = search.recall(event.stage_name) or ()
    if proven or (proven == () and not known):
        found = with_records(look_at(search, (*known, *proven)))
        if visits(found) == proven:
            return found
    found = with_records(look_at(search, None))
    search.remember(event.stage_name, {*known, *visits(found)})
    if shaped:
        search.remember(shaped, visits(found))
    return found


def deployed_facts(search: Search, place: Place, build: Build, git: GitApi) -> DeploymentFacts:
    """The number is the lowest record id: a stage may have several jobs, and the first one is there from the start.

    Record ids grow, also when an old run is deployed again, which a number made from the run would not.
    """
    number = min(entry.id for entry in place.own)
    return place_facts(search, place, build, git, number=number, state=state_of(search.event, place))


def state_of(event: StageChanged, place: Place) -> State:
    """How the deployment to this environment went; the stage may have failed elsewhere."""
    if event.state == "running":
        return "in_progress"
    results = {entry.result for entry in place.own}
    if None in results:  # the record is written after the event now and then
        return STAGE_ENDS[event.result]
    return next((state for words, state in RECORD_ENDS if results & words), "unknown")


def place_facts(
    search: Search, place: Place, build: Build, git: GitApi, *, number: int, state: State
) -> DeploymentFacts:
    """The deployment of the run to one environment, with all it brings since the last success there."""
    event, last = search.event, place.last_success
    older = last is not None and last.run_id > event.run_id
    base = None if last is None or older else last.run_id  # an older run brings nothing new, only itself
    shipment = ship_run(search.pipelines, git, build, base)
    source = source_of(search.pipelines, event.project_id)
    return DeploymentFacts(
        pipeline_key=pipeline_key(event.project_id, event.pipeline_id),
        pipeline=event.pipeline,
        pipeline_url=pipeline_url(source, event.project_id, event.pipeline_id),
        environment_key=environment_key(event.project_id, place.environment.id),
        environment=place.environment.name,
        sequence_number=number,
        name=event.run,
        url=build_url(source, event.project_id, event.run_id),
        state=state,
        older_than_last_success=older,
        repository_id=shipment.repository_id,
        texts=shipment.texts,
        commits=shipment.commits,
        shipped=shipment.shipped,
        repository=shipment.repository,
    )
