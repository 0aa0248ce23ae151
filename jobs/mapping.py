"""From an event, or from history that was read as if it were one, to what Jira shall hold of it.

The one place where the choices of a site are applied. What they leave out is no error: it changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.builds import map_build
from domain.changes import Change
from domain.deployments import tell_deployment
from domain.devinfo import map_deletion, map_pull_request, map_push, map_rename
from domain.facts import BuildFacts, DeploymentFacts, PullRequestFacts, PushFacts
from domain.records import (
    BuildChanged,
    Event,
    PullRequestChanged,
    Push,
    ReleaseAbandoned,
    ReleaseDeployed,
    RepositoryDeleted,
    RepositoryRenamed,
    StageChanged,
)
from domain.selection import (
    narrow_rules,
    select_facts,
    select_push,
    why_no_build,
    why_no_pipeline,
    why_no_pull_request,
    why_no_repository,
)
from jobs.counted_parts import count_deployment, count_parts
from jobs.devinfo import Road, knowing
from jobs.git_facts import gather_pull_request, gather_push
from jobs.pipeline_facts import gather_build
from jobs.release_facts import gather_abandoned, gather_release
from jobs.stage_facts import gather_stage, withdraw_announced
from jobs.stage_places import Search

# the words of a link's choice, and the kinds of change each lets through
KINDS = {
    "commit": "commits",
    "branch": "branches",
    "pull_request": "pullRequests",
    "build": "builds",
    "deployment": "deployments",
}
# what is not looked up when the link or the site wants none of it
EVENT_KINDS: Mapping[type[Event], frozenset[str]] = {
    Push: frozenset({"commits", "branches"}), PullRequestChanged: frozenset({"pullRequests"}),
    BuildChanged: frozenset({"builds"}), StageChanged: frozenset({"deployments"}),
    ReleaseDeployed: frozenset({"deployments"}), ReleaseAbandoned: frozenset({"deployments"}),
}  # fmt: skip
DeploymentEvent = StageChanged | ReleaseDeployed | ReleaseAbandoned


def map_event(event: Event, road: Road) -> tuple[Change, ...]:
    """What an event changes in Jira; looks up what it lacks. Raises MappingError or the CallError of a look-up."""
    kinds = EVENT_KINDS.get(type(event))
    if kinds is not None and not kinds & road.kinds:
        return ()
    if isinstance(event, GIT_EVENTS):
        return _map_git(event, knowing(road, texts_of(event)))
    return _map_pipeline(event, road)


GIT_EVENTS = (Push, PullRequestChanged, RepositoryRenamed, RepositoryDeleted)


def _map_git(event: Event, road: Road) -> tuple[Change, ...]:
    match event:
        case Push():
            rules = narrow_rules(road.settings, road.rules, event.repository)
            facts = gather_push(select_push(road.settings, event), rules, road.git)
            _note_parents(road, event.repository.id, facts)
            return map_pushed(event, facts, road)
        case PullRequestChanged(pull_request=shown):
            left_out = why_no_pull_request(road.settings, shown)
            return () if left_out else map_pulled(event, gather_pull_request(event, road.git), road)
        case RepositoryRenamed():
            left_out = why_no_repository(road.settings, event.repository)
            return () if left_out else map_rename(event, road.source)
        case RepositoryDeleted():
            return map_deletion(event)
    return ()


def _note_parents(road: Road, repository_id: str, facts: PushFacts) -> None:
    """For whoever asks next whether a branch went on from where it was."""
    for commit in (*facts.commits, *(facts.heads or {}).values()):
        if commit.parents is not None:
            road.parents[repository_id, commit.id] = commit.parents


def _map_pipeline(event: Event, road: Road) -> tuple[Change, ...]:
    partial_is = road.settings.partial_deployment_is
    match event:
        case BuildChanged():
            left_out = why_no_pipeline(road.settings, event.pipeline)
            return () if left_out else map_built(event, gather_build(event, road.pipelines, road.git), road)
        case StageChanged():
            return map_deployed(event, _gather_stage(event, road), road)
        case ReleaseDeployed():
            return map_deployed(event, gather_release(event, road.pipelines, road.git, partial_is), road)
        case ReleaseAbandoned():
            return map_deployed(event, gather_abandoned(event, road.pipelines, road.git), road)
    return ()


def _gather_stage(event: StageChanged, road: Road) -> tuple[DeploymentFacts, ...]:
    """Of a pipeline that was left out since, only what takes back the announcement of a waiting stage."""
    partial_is = road.settings.partial_deployment_is
    if why_no_pipeline(road.settings, event.pipeline):
        return withdraw_announced(Search(event, road.pipelines, road.memory))
    return gather_stage(event, road.pipelines, road.git, road.memory, partial_is)


def map_pushed(push: Push, facts: PushFacts, road: Road) -> tuple[Change, ...]:
    """Commits and branches of a push whose facts are known."""
    settings = road.settings
    rules = narrow_rules(settings, road.rules, push.repository)
    return _wanted(map_push(select_push(settings, push), select_facts(settings, push, facts), rules, road.source), road)


def map_pulled(event: PullRequestChanged, facts: PullRequestFacts, road: Road) -> tuple[Change, ...]:
    """A pull request whose facts are known."""
    shown = event.pull_request
    if why_no_pull_request(road.settings, shown):
        return ()
    rules = narrow_rules(road.settings, road.rules, shown.repository)
    return _wanted(map_pull_request(event, facts, rules, road.source), road)


def map_built(event: BuildChanged, facts: BuildFacts, road: Road) -> tuple[Change, ...]:
    """A build whose facts are known."""
    settings = road.settings
    if why_no_build(settings, event.pipeline, facts):
        return ()
    rules = narrow_rules(settings, knowing(road, facts.words).rules, facts.repository)
    counted = replace(facts, shipped=count_parts(facts.shipped, event.pipeline, road, rules))
    return _wanted(map_build(event, counted, rules, road.source, partial_is=settings.partial_build_is), road)


def map_deployed(event: DeploymentEvent, found: Sequence[DeploymentFacts], road: Road) -> tuple[Change, ...]:
    """Deployments whose facts are known. Announcements are withdrawn whatever was chosen since."""
    mapped = (_map_deployment(facts, event.happened, road) for facts in found)
    return _wanted(tuple(change for changes in mapped for change in changes), road)


def _map_deployment(facts: DeploymentFacts, happened: datetime, road: Road) -> tuple[Change, ...]:
    if facts.state == "withdrawn":
        return tell_deployment(facts, (), happened)
    if why_no_pipeline(road.settings, facts.pipeline):
        return ()
    counted, keys = count_deployment(facts, road, knowing(road, facts.words).rules)
    return tell_deployment(counted, keys, happened, road.settings)


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
