"""From an event, or from history that was read as if it were one, to what Jira shall hold of it."""

from collections.abc import Sequence

from domain.builds import map_build
from domain.changes import Change
from domain.deployments import map_deployment
from domain.devinfo import map_deletion, map_pull_request, map_push, map_rename
from domain.events import parse_event
from domain.records import (
    BuildChanged,
    BuildFacts,
    DeploymentFacts,
    Event,
    PullRequestChanged,
    PullRequestFacts,
    Push,
    PushFacts,
    ReleaseAbandoned,
    ReleaseDeployed,
    RepositoryDeleted,
    RepositoryRenamed,
    StageChanged,
)
from jobs.devinfo import Road, knowing
from jobs.git_facts import gather_pull_request, gather_push
from jobs.pipeline_facts import gather_build
from jobs.release_facts import gather_abandoned, gather_release
from jobs.stage_facts import gather_stage

# the words of a link's choice, and the kinds of change each lets through
KINDS = {
    "commit": "commits",
    "branch": "branches",
    "pull_request": "pullRequests",
    "build": "builds",
    "deployment": "deployments",
}
DeploymentEvent = StageChanged | ReleaseDeployed | ReleaseAbandoned


def changes_of(body: bytes, road: Road) -> tuple[Change, ...]:
    """What one event changes in Jira. Raises BadEvent, MappingError or the CallError of a look-up."""
    return map_event(parse_event(body), road)


def map_event(event: Event, road: Road) -> tuple[Change, ...]:
    """What an event changes in Jira; looks up what it lacks. Raises MappingError or the CallError of a look-up."""
    if isinstance(event, GIT_EVENTS):
        return _map_git(event, knowing(road, texts_of(event)))
    return _map_pipeline(event, road)


GIT_EVENTS = (Push, PullRequestChanged, RepositoryRenamed, RepositoryDeleted)


def _map_git(event: Event, road: Road) -> tuple[Change, ...]:
    match event:
        case Push():
            return map_pushed(event, gather_push(event, road.rules, road.git), road)
        case PullRequestChanged():
            return map_pulled(event, gather_pull_request(event, road.git), road)
        case RepositoryRenamed():
            return map_rename(event, road.source)
        case RepositoryDeleted():
            return map_deletion(event)
    return ()


def _map_pipeline(event: Event, road: Road) -> tuple[Change, ...]:
    match event:
        case BuildChanged():
            return map_built(event, gather_build(event, road.pipelines, road.git), road)
        case StageChanged():
            return map_deployed(event, gather_stage(event, road.pipelines, road.git, road.memory), road)
        case ReleaseDeployed():
            return map_deployed(event, gather_release(event, road.pipelines, road.git), road)
        case ReleaseAbandoned():
            return map_deployed(event, gather_abandoned(event, road.pipelines, road.git), road)
    return ()


def map_pushed(push: Push, facts: PushFacts, road: Road) -> tuple[Change, ...]:
    """Commits and branches of a push whose facts are known."""
    return _wanted(map_push(push, facts, road.rules, road.source), road)


def map_pulled(event: PullRequestChanged, facts: PullRequestFacts, road: Road) -> tuple[Change, ...]:
    """A pull request whose facts are known."""
    return _wanted(map_pull_request(event, facts, road.rules, road.source), road)


def map_built(event: BuildChanged, facts: BuildFacts, road: Road) -> tuple[Change, ...]:
    """A build whose facts are known."""
    return _wanted(map_build(event, facts, knowing(road, facts.texts).rules, road.source), road)


def map_deployed(event: DeploymentEvent, found: Sequence[DeploymentFacts], road: Road) -> tuple[Change, ...]:
    """Deployments whose facts are known."""
    mapped = (map_deployment(facts, knowing(road, facts.texts).rules, road.source, event.happened) for facts in found)
    return _wanted(tuple(change for changes in mapped for change in changes), road)


def texts_of(event: Event) -> tuple[str, ...]:
    """What a Git event says that may name an issue."""
    match event:
        case Push():
            return (*(commit.message for commit in event.commits), *(update.ref for update in event.updates))
        case PullRequestChanged(pull_request=shown):
            return (shown.title, shown.source_branch, shown.description)
    return ()


def _wanted(changes: tuple[Change, ...], road: Road) -> tuple[Change, ...]:
    return tuple(change for change in changes if KINDS.get(change.kind) in road.kinds | {None})
