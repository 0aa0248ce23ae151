"""The records that travel from an Azure DevOps event to Jira.

What happened, built by `git_events` and `pipeline_events`. What had to be looked up stands in `facts`, what becomes of
both in Jira in `changes`. Times are aware datetimes in UTC; `happened` is the moment the event was created and gives
the sequence number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The outside of a service hook body: enough to file it, without understanding `resource`."""

    event_type: str
    event_id: str
    subscription_id: str
    notification_id: int
    inbox: str  # repository GUID, or `pipeline-<id>`, `release-<release id>`, `project`
    happened: datetime


@dataclass(frozen=True, slots=True)
class Repository:
    """A Git repository of Azure Repos; names as they were when the event happened."""

    id: str
    name: str
    project_id: str
    project: str
    default_branch: str | None  # without refs/heads/


@dataclass(frozen=True, slots=True)
class Person:
    """An author or reviewer; passes through, is never stored."""

    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One ref of a push; a side that does not exist is None (Azure DevOps writes 40 zeros)."""

    ref: str  # refs/heads/..., refs/tags/...
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as far as it is known; `parents` and `files` are None until they were looked up."""

    id: str
    message: str
    author: Person
    authored: datetime
    parents: tuple[str, ...] | None = None
    files: "tuple[ChangedFile, ...] | None" = None  # the first ten at most
    file_count: int | None = None
    message_cut: bool = False  # lists of Azure DevOps may show the beginning of a message only


@dataclass(frozen=True, slots=True)
class ChangedFile:
    path: str
    change: Literal["ADDED", "COPIED", "DELETED", "MODIFIED", "MOVED", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class Push:
    repository: Repository
    push_id: int
    updates: tuple[RefUpdate, ...]
    commits: tuple[Commit, ...]  # what the event lists: may be cut, may be empty
    happened: datetime


@dataclass(frozen=True, slots=True)
class Reviewer:
    person: Person
    vote: int  # 10, 5, 0, -5, -10


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as an event or the API shows it."""

    id: int
    repository: Repository
    title: str
    description: str
    status: Literal["active", "abandoned", "completed", "notSet"]
    draft: bool
    author: Person
    reviewers: tuple[Reviewer, ...]  # people only, containers (teams) left out
    source_branch: str  # without refs/heads/
    target_branch: str
    source_repository: Repository | None  # another one when it comes from a fork
    created: datetime
    closed: datetime | None


@dataclass(frozen=True, slots=True)
class PullRequestChanged:
    """Created, updated, merge attempted or commented: each says how the pull request is now."""

    pull_request: PullRequest
    happened: datetime
    updated: datetime | None = None  # when it became so; None: when it happened


@dataclass(frozen=True, slots=True)
class RepositoryRenamed:
    repository: Repository
    happened: datetime


@dataclass(frozen=True, slots=True)
class RepositoryDeleted:
    repository_id: str
    project_id: str
    happened: datetime


@dataclass(frozen=True, slots=True)
class BuildChanged:
    """A pipeline run began, went on or ended (`build.complete` and run-state-changed tell the same run)."""

    build_id: int  # equals the YAML run id
    pipeline_id: int
    pipeline: str
    number: str  # the free text number people see, for example 20241202.1
    state: Literal["pending", "inProgress", "canceling", "completed"]
    result: Literal["succeeded", "partiallySucceeded", "failed", "canceled"] | None
    project_id: str
    happened: datetime
    finished: datetime | None
    updated: datetime | None = None  # when it became so; None: when it happened


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A stage of a YAML run changed; it is a deployment only when a record says it deployed to an environment."""

    run_id: int
    pipeline_id: int
    pipeline: str
    run: str
    stage_name: str
    stage: str  # the name people see
    state: Literal["notStarted", "waiting", "running", "completed"]
    result: Literal["succeeded", "partiallySucceeded", "failed", "canceled", "rejected", "skipped"] | None
    attempt: int
    project_id: str
    happened: datetime
    run_created: datetime | None = None  # no deployment record of the run is older


@dataclass(frozen=True, slots=True)
class ReleaseDeployed:
    """A classic release began or ended its deployment to one environment."""

    release_id: int
    environment_id: int  # of this release
    state: str  # environment status as Azure DevOps names it
    project_id: str
    happened: datetime
    deployment_id: int | None = None  # when the event names it
    attempt: int | None = None  # of this environment, when the event names it


@dataclass(frozen=True, slots=True)
class ReleaseAbandoned:
    release_id: int
    project_id: str
    happened: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that is understood and changes nothing in Jira; `reason` is a short constant."""

    reason: str
    happened: datetime


Event = (
    Push
    | PullRequestChanged
    | RepositoryRenamed
    | RepositoryDeleted
    | BuildChanged
    | StageChanged
    | ReleaseDeployed
    | ReleaseAbandoned
    | Ignored
)
