"""What an organization holds about pipelines: definitions, runs, environments, classic releases. State only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.ado_model import Project, PullRequest, Repository, User

StageState = Literal["notStarted", "waiting", "running", "completed"]
RunState = Literal["notStarted", "inProgress", "completed"]


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage of a definition. One with an `environment` deploys; one with `approval` waits for it."""

    name: str
    environment: str | None = None
    approval: bool = False


@dataclass(slots=True)
class Pipeline:
    """A YAML pipeline; in the build API it is the definition with the same id."""

    id: int
    name: str
    project: Project
    repository: Repository
    stages: tuple[StageSpec, ...]
    created: datetime
    folder: str = "\\"
    revision: int = 1
    runs_by_day: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class StageRun:
    spec: StageSpec
    id: str
    attempt: int = 1
    state: StageState = "notStarted"
    result: str | None = None
    started: datetime | None = None
    finished: datetime | None = None
    approval_id: str | None = None
    approval_status: str | None = None


@dataclass(slots=True)
class Run:
    """A YAML run; in the build API it is the build with the same id. `tests` counts results by outcome."""

    id: int
    number: str
    pipeline: Pipeline
    ref: str
    commit: str
    reason: str
    user: User
    plan_id: str
    queued: datetime
    stages: list[StageRun]
    state: RunState = "notStarted"
    result: str | None = None
    started: datetime | None = None
    finished: datetime | None = None
    pull_request: PullRequest | None = None
    tests: Mapping[str, int] | None = None
    steps: bool = False
    wanted_result: str = "succeeded"
    failing_stage: str | None = None
    tags: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)  # what was set when it was started


@dataclass(slots=True)
class DeploymentRecord:
    id: int
    run: Run
    stage: StageRun
    queued: datetime
    started: datetime
    finished: datetime | None = None
    result: str | None = None


@dataclass(slots=True)
class Environment:
    id: int
    name: str
    project: Project
    created_by: User
    created: datetime
    records: list[DeploymentRecord] = field(default_factory=list)


@dataclass(slots=True)
class ReleaseDefinition:
    """A classic release definition; `environments` are its stages in order."""

    id: int
    name: str
    project: Project
    pipeline: Pipeline
    environments: tuple[str, ...]
    created_by: User
    created: datetime


@dataclass(slots=True)
class ReleaseEnvironment:
    id: int
    definition_environment_id: int
    name: str
    rank: int
    modified: datetime
    status: str = "notStarted"


@dataclass(slots=True)
class Release:
    id: int
    name: str
    definition: ReleaseDefinition
    run: Run
    description: str
    created_by: User
    created: datetime
    modified: datetime
    environments: list[ReleaseEnvironment]
    status: Literal["active", "abandoned"] = "active"
    tags: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Deployment:
    """One attempt to bring a release to one environment."""

    id: int
    release: Release
    environment: ReleaseEnvironment
    attempt: int
    user: User
    queued: datetime
    started: datetime
    modified: datetime
    completed: datetime | None = None
    status: str = "inProgress"
    operation: str = "phaseInProgress"
