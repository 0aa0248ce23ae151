"""What Azure DevOps answers about pipelines, as records: builds, YAML environments, classic releases.

The functions that read them raise BadEvent with the name of a field that is missing; `ado.read_answer` makes that a
CallError.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from clients.run_words import words_of_build, words_of_release
from domain.facts import TestCounts
from domain.git_events import parse_identity
from domain.json_fields import (
    flag,
    number,
    optional_moment,
    optional_number,
    optional_record,
    optional_text,
    records,
    text,
)
from domain.records import Json, Person

# https://learn.microsoft.com/rest/api/azure/devops/test/results/list : outcomes
PASSED = frozenset({"passed"})
FAILED = frozenset({"failed", "error", "timeout", "aborted"})


@dataclass(frozen=True, slots=True)
class BuildRepository:
    """What a build was made from; `id` is a GUID for `TfsGit` only."""

    id: str
    type: str
    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Build:
    """A build or YAML run. `trigger` holds strings like `pr.number`, for runs that a pull request started."""

    id: int
    number: str
    status: str
    result: str | None
    branch: str | None  # a full ref
    commit: str | None
    project_id: str
    project: str
    repository: BuildRepository | None
    trigger: Json
    pipeline: str | None = None  # the name of its definition
    words: tuple[str, ...] = ()  # tags and values of variables


@dataclass(frozen=True, slots=True)
class BuildChange:
    """A commit (or other change) that a build contains."""

    id: str
    message: str
    truncated: bool
    kind: str
    author: Person | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class EnvironmentRecord:
    """One job's deployment to an environment; written when the job is queued, without result until it ends."""

    id: int
    pipeline_id: int
    run_id: int
    stage_name: str
    stage_attempt: int
    result: str | None
    queued: datetime | None


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a release deploys; `version` is a build id for `Build`, a commit for `Git`."""

    alias: str
    kind: str
    primary: bool
    project_id: str | None
    definition_id: str | None  # build definition or repository
    version: str | None
    branch: str | None
    definition: str | None = None  # the name of the build definition or repository
    project: str | None = None  # the name of its project


@dataclass(frozen=True, slots=True)
class ReleaseEnvironment:
    """`definition_id`: of the environment in the release definition, the same for all its releases."""

    id: int
    definition_id: int
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Release:
    id: int
    name: str
    definition_id: int
    definition: str
    environments: tuple[ReleaseEnvironment, ...]
    artifacts: tuple[Artifact, ...]
    words: tuple[str, ...] = ()  # tags and values of variables


@dataclass(frozen=True, slots=True)
class ReleaseStage:
    """An environment as a classic release definition has it."""

    definition: str
    name: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """One attempt to deploy a release to an environment. `operation`: why it is as it is, for example `Rejected`."""

    id: int
    release_id: int
    environment_id: int
    attempt: int
    status: str
    operation: str
    queued: datetime | None


def listed(answer: Json) -> tuple[Json, ...]:
    """The entries of a list answer."""
    return records(answer, "value")


def names_of(answer: Json) -> tuple[tuple[int, str], ...]:
    """The id and the name of each entry of a list answer."""
    return tuple((number(entry, "id"), optional_text(entry, "name") or "") for entry in listed(answer))


def build_from(answer: Json) -> Build:
    repository = optional_record(answer, "repository")
    return Build(
        id=number(answer, "id"),
        number=text(answer, "buildNumber"),
        status=text(answer, "status"),
        result=optional_text(answer, "result"),
        branch=optional_text(answer, "sourceBranch"),
        commit=optional_text(answer, "sourceVersion"),
        project_id=text(answer, "project", "id"),
        project=text(answer, "project", "name"),
        repository=repository_from(repository) if repository and optional_text(repository, "id") else None,
        trigger=optional_record(answer, "triggerInfo") or {},
        pipeline=optional_text(answer, "definition", "name"),
        words=words_of_build(answer),
    )


def repository_from(answer: Json) -> BuildRepository:
    identity = text(answer, "id")
    name = optional_text(answer, "name") or identity
    return BuildRepository(identity, optional_text(answer, "type") or "", name, optional_text(answer, "url"))


def change_from(answer: Json) -> BuildChange:
    author = optional_record(answer, "author")
    return BuildChange(
        id=text(answer, "id"),
        message=optional_text(answer, "message") or "",
        truncated=flag(answer, "messageTruncated"),
        kind=optional_text(answer, "type") or "",
        author=parse_identity(author) if author else None,
    )


def environment_from(answer: Json) -> Environment:
    return Environment(number(answer, "id"), text(answer, "name"))


def environment_record_from(answer: Json) -> EnvironmentRecord:
    return EnvironmentRecord(
        id=number(answer, "id"),
        pipeline_id=number(answer, "definition", "id"),
        run_id=number(answer, "owner", "id"),
        stage_name=optional_text(answer, "stageName") or "",
        stage_attempt=optional_number(answer, "stageAttempt") or 1,
        result=optional_text(answer, "result"),
        queued=optional_moment(answer, "queueTime"),
    )


def release_from(answer: Json) -> Release:
    return Release(
        id=number(answer, "id"),
        name=text(answer, "name"),
        definition_id=number(answer, "releaseDefinition", "id"),
        definition=text(answer, "releaseDefinition", "name"),
        environments=tuple(release_environment_from(entry) for entry in records(answer, "environments")),
        artifacts=tuple(artifact_from(entry) for entry in records(answer, "artifacts")),
        words=words_of_release(answer),
    )


def release_environment_from(answer: Json) -> ReleaseEnvironment:
    return ReleaseEnvironment(
        id=number(answer, "id"),
        definition_id=number(answer, "definitionEnvironmentId"),
        name=text(answer, "name"),
        status=text(answer, "status"),
    )


def artifact_from(answer: Json) -> Artifact:
    reference = optional_record(answer, "definitionReference") or {}
    return Artifact(
        alias=optional_text(answer, "alias") or "",
        kind=text(answer, "type"),
        primary=flag(answer, "isPrimary"),
        project_id=optional_text(reference, "project", "id"),
        definition_id=optional_text(reference, "definition", "id"),
        version=optional_text(reference, "version", "id"),
        branch=optional_text(reference, "branch", "id"),
        definition=optional_text(reference, "definition", "name"),
        project=optional_text(reference, "project", "name"),
    )


def release_stages_from(answer: Json) -> tuple[ReleaseStage, ...]:
    """The environments of a release definition, none when they were not asked for."""
    definition = text(answer, "name")
    return tuple(ReleaseStage(definition, text(entry, "name")) for entry in records(answer, "environments"))


def deployment_from(answer: Json) -> Deployment:
    return Deployment(
        id=number(answer, "id"),
        release_id=number(answer, "release", "id"),
        environment_id=number(answer, "releaseEnvironment", "id"),
        attempt=number(answer, "attempt"),
        status=text(answer, "deploymentStatus"),
        operation=optional_text(answer, "operationStatus") or "",
        queued=optional_moment(answer, "queuedOn"),
    )


def sum_tests(runs: tuple[Json, ...]) -> TestCounts:
    """The counts of all test runs. What neither passed nor failed was skipped: not run, blocked, not applicable."""
    entries = [entry for run in runs for entry in records(run, "runStatistics")]
    outcomes = [(text(entry, "outcome").lower(), number(entry, "count")) for entry in entries]
    total = sum(count for _, count in outcomes)
    passed = sum(count for outcome, count in outcomes if outcome in PASSED)
    failed = sum(count for outcome, count in outcomes if outcome in FAILED)
    return TestCounts(total, passed, failed, total - passed - failed)


def shape_of(timeline: Json, stage: str) -> str | None:
    """A digest of what stands below the stage called `stage`; None when the stage is not there. Raises BadEvent."""
    rest = list(records(timeline, "records"))
    inside = {text(e, "id") for e in rest if e.get("type") == "Stage" and optional_text(e, "identifier") == stage}
    if not inside:
        return None
    parts: list[str] = []
    while below := [e for e in rest if optional_text(e, "parentId") in inside]:
        inside |= {text(entry, "id") for entry in below}
        rest = [entry for entry in rest if entry not in below]
        parts += [part_of(entry) for entry in below]
    return sha256("\n".join(sorted(parts)).encode()).hexdigest()


def part_of(entry: Json) -> str:
    """A timeline record without what differs from run to run: a task's shown name may hold the build number."""
    name = optional_text(entry, "task", "id") or optional_text(entry, "identifier") or optional_text(entry, "name")
    return f"{optional_text(entry, 'type')} {name}"
