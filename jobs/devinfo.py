"""One batch of an inbox: events to changes (asking Azure DevOps only for what they lack), changes to Jira."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from clients.ado_git import GitApi
from clients.ado_pipelines import PipelinesApi
from clients.jira import JiraClient
from domain.builds import map_build
from domain.bulk import coalesce, pack_requests
from domain.changes import Change, Source
from domain.deployments import map_deployment
from domain.devinfo import map_deletion, map_pull_request, map_push, map_rename
from domain.events import parse_event
from domain.issue_keys import KeyRules
from domain.records import (
    BuildChanged,
    DeploymentFacts,
    Event,
    Ignored,
    PullRequestChanged,
    Push,
    ReleaseAbandoned,
    ReleaseDeployed,
    RepositoryDeleted,
    RepositoryRenamed,
    StageChanged,
)
from jobs.delivery import Delivery, send_requests
from jobs.git_facts import gather_pull_request, gather_push
from jobs.pipeline_facts import gather_build
from jobs.release_facts import gather_abandoned, gather_release
from jobs.stage_facts import gather_stage
from store.stage_memory import StageMemory

# the words of a link's choice, and the kinds of change each lets through
KINDS = {
    "commit": "commits",
    "branch": "branches",
    "pull_request": "pullRequests",
    "build": "builds",
    "deployment": "deployments",
}


@dataclass(frozen=True, slots=True)
class Road:
    """Everything one link's events need on their way."""

    source: Source
    rules: KeyRules
    kinds: frozenset[str]
    git: GitApi
    pipelines: PipelinesApi
    memory: StageMemory
    jira: JiraClient
    confirm: Callable[[KeyRules, Iterable[str]], KeyRules]  # the rules with projects that were made a moment ago
    token_refused: bool = False  # what is known of the Azure DevOps token


def changes_of(body: bytes, road: Road) -> tuple[Change, ...]:
    """What one event changes in Jira. Raises BadEvent, MappingError or the CallError of a look-up."""
    event = parse_event(body)
    road = knowing(road, texts_of(event))
    changes = _map_git(event, road) if isinstance(event, GIT_EVENTS) else _map_pipeline(event, road)
    return tuple(change for change in changes if KINDS.get(change.kind) in road.kinds | {None})


def knowing(road: Road, texts: Iterable[str]) -> Road:
    """The road with the newest rules for these texts."""
    return replace(road, rules=road.confirm(road.rules, texts))


def texts_of(event: Event) -> tuple[str, ...]:
    """What a Git event says that may name an issue."""
    match event:
        case Push():
            return (*(commit.message for commit in event.commits), *(update.ref for update in event.updates))
        case PullRequestChanged(pull_request=shown):
            return (shown.title, shown.source_branch, shown.description)
    return ()


GIT_EVENTS = (Push, PullRequestChanged, RepositoryRenamed, RepositoryDeleted)


def _map_git(event: Event, road: Road) -> tuple[Change, ...]:
    match event:
        case Push():
            return map_push(event, gather_push(event, road.rules, road.git), road.rules, road.source)
        case PullRequestChanged():
            return map_pull_request(event, gather_pull_request(event, road.git), road.rules, road.source)
        case RepositoryRenamed():
            return map_rename(event, road.source)
        case RepositoryDeleted():
            return map_deletion(event)
    return ()


def _map_pipeline(event: Event, road: Road) -> tuple[Change, ...]:
    match event:
        case BuildChanged():
            facts = gather_build(event, road.pipelines, road.git)
            return map_build(event, facts, knowing(road, facts.texts).rules, road.source)
        case StageChanged():
            return _map_deployments(gather_stage(event, road.pipelines, road.git, road.memory), event, road)
        case ReleaseDeployed():
            return _map_deployments(gather_release(event, road.pipelines, road.git), event, road)
        case ReleaseAbandoned():
            return _map_deployments(gather_abandoned(event, road.pipelines, road.git), event, road)
        case Ignored():
            return ()
    return ()


def _map_deployments(
    found: Sequence[DeploymentFacts], event: StageChanged | ReleaseDeployed | ReleaseAbandoned, road: Road
) -> tuple[Change, ...]:
    mapped = (map_deployment(facts, knowing(road, facts.texts).rules, road.source, event.happened) for facts in found)
    return tuple(change for changes in mapped for change in changes)


def send_changes(changes: Sequence[Change], road: Road) -> Delivery:
    """Coalesce, pack and send. Raises Retryable, Unauthorized or Forbidden when Jira cannot take anything now."""
    return send_requests(pack_requests(coalesce(changes), road.source), road.jira)
