"""What Azure DevOps answers in lists of history, as records: repositories, branch heads, runs, releases, stages.

The functions that read them raise BadEvent with the name of a field that is missing; `ado.read_answer` makes that a
CallError. Of a list the entries that can be read count: one that cannot does not keep the others back.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog

from clients.pipeline_answers import (
    Build,
    Deployment,
    EnvironmentRecord,
    build_from,
    deployment_from,
    environment_record_from,
)
from domain.git_events import parse_commit, parse_repository, parse_update
from domain.json_fields import (
    flag,
    moment,
    number,
    optional_moment,
    optional_number,
    optional_text,
    parse_record,
    parse_records,
    records,
    text,
)
from domain.records import Commit, Json, Push, Repository

log = structlog.get_logger("crosswalk.history")

Entry = TypeVar("Entry")
NUMBERS = ("id", "pullRequestId", "deploymentId")  # what entries are told apart by in log lines


@dataclass(frozen=True, slots=True)
class Page(Generic[Entry]):
    """Some entries of a list, and how many more could not be read; `cursor` asks for the next ones, None at the end."""

    entries: tuple[Entry, ...]
    cursor: str | None
    refused: int = 0

    @property
    def seen(self) -> int:
        """How many entries the list had."""
        return len(self.entries) + self.refused


@dataclass(frozen=True, slots=True)
class RepositoryState:
    """A repository, and why there may be nothing to read in it."""

    repository: Repository
    disabled: bool
    empty: bool


@dataclass(frozen=True, slots=True)
class BranchHead:
    """A branch by its last commit; `ahead`: commits of its own beside the default branch.

    `moved`: when the last commit was made or, if that is later, put there.
    """

    name: str  # without refs/heads/
    commit: Commit
    moved: datetime
    ahead: int
    is_default: bool  # also of every other branch that ends at the same commit


@dataclass(frozen=True, slots=True)
class CommitPage:
    """Commits, newest first, and how many more could not be read. `turned`: this organization reads the two ends of a
    range the other way round.
    """

    commits: tuple[Commit, ...]
    turned: bool
    refused: int = 0


@dataclass(frozen=True, slots=True)
class ListedBuild:
    """A run of a list, with what the events say of it besides."""

    build: Build
    pipeline_id: int
    pipeline: str
    queued: datetime | None
    started: datetime | None
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A deployment record of an environment, with the name of its pipeline and when it ended."""

    record: EnvironmentRecord
    pipeline: str
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class ListedRelease:
    """A classic release, and when it changed last."""

    id: int
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class ListedDeployment:
    """A classic deployment, with when it changed last."""

    deployment: Deployment
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class StageNow:
    """A stage of a run: `pending`, `waiting` (for an approval or another check), `inProgress` or `completed`."""

    name: str
    title: str  # the name people see
    state: str
    attempt: int


def page_from(parse: Callable[[Json], Entry], answer: tuple[list[Any], str | None]) -> Page[Entry]:
    """The entries of `AdoClient.page`, read."""
    entries, token = answer
    return read_entries(parse, entries, token)


def read_entries(parse: Callable[[Json], Entry], entries: Iterable[Any], cursor: str | None = None) -> Page[Entry]:
    """The entries that can be read, in their order, and how many cannot."""
    found, refused = [], 0
    for entry in entries:
        try:
            found.append(parse(entry))
        except Exception as error:  # whatever is wrong with it is its own fault
            log.warning("history.unreadable", entry=_number_of(entry), error=type(error).__name__)
            refused += 1
    return Page(tuple(found), cursor, refused)


def _number_of(entry: Any) -> int | None:
    numbers = (entry.get(name) for name in NUMBERS) if isinstance(entry, Mapping) else ()
    return next((number for number in numbers if isinstance(number, int)), None)


def repository_state_from(answer: Json) -> RepositoryState:
    """A repository without a default branch has no commits yet."""
    found = parse_repository(answer)
    return RepositoryState(found, flag(answer, "isDisabled"), found.default_branch is None)


def branch_from(answer: Json) -> BranchHead:
    commit = parse_record(parse_commit, answer, "commit")
    committed = optional_moment(answer, "commit", "committer", "date") or commit.authored
    return BranchHead(
        name=text(answer, "name"),
        commit=commit,
        moved=max(commit.authored, committed),
        ahead=number(answer, "aheadCount"),
        is_default=flag(answer, "isBaseVersion"),
    )


def push_from(repository: Repository, answer: Json) -> Push:
    """A push with its refs and its own time, without its commits."""
    updates = parse_records(parse_update, answer, "refUpdates")
    return Push(repository, number(answer, "pushId"), updates, (), moment(answer, "date"))


def listed_build_from(answer: Json) -> ListedBuild:
    return ListedBuild(
        build=build_from(answer),
        pipeline_id=number(answer, "definition", "id"),
        pipeline=text(answer, "definition", "name"),
        queued=optional_moment(answer, "queueTime"),
        started=optional_moment(answer, "startTime"),
        finished=optional_moment(answer, "finishTime"),
    )


def listed_record_from(answer: Json) -> ListedRecord:
    name = optional_text(answer, "definition", "name") or ""
    return ListedRecord(environment_record_from(answer), name, optional_moment(answer, "finishTime"))


def listed_deployment_from(answer: Json) -> ListedDeployment:
    return ListedDeployment(deployment_from(answer), optional_moment(answer, "lastModifiedOn"))


def listed_release_from(answer: Json) -> ListedRelease:
    return ListedRelease(number(answer, "id"), optional_moment(answer, "modifiedOn"))


def is_abandoned(answer: Json) -> bool:
    """Of a release. Raises BadEvent."""
    return (optional_text(answer, "status") or "").lower() == "abandoned"


def stages_from(timeline: Json) -> tuple[StageNow, ...]:
    """The stages of a run's timeline. One waits while its checkpoint, the record below it, is in progress."""
    found = records(timeline, "records")
    checkpoints = (entry for entry in found if entry.get("type") == "Checkpoint" and entry.get("state") == "inProgress")
    held = {optional_text(entry, "parentId") for entry in checkpoints}
    stages = (entry for entry in found if entry.get("type") == "Stage")
    return tuple(_hold(_stage_from(entry), optional_text(entry, "id") in held) for entry in stages)


def _stage_from(entry: Json) -> StageNow:
    title = optional_text(entry, "name") or ""
    return StageNow(
        name=optional_text(entry, "identifier") or title,
        title=title,
        state=optional_text(entry, "state") or "",
        attempt=optional_number(entry, "attempt") or 1,
    )


def _hold(stage: StageNow, held: bool) -> StageNow:
    return replace(stage, state="waiting") if held and stage.state == "pending" else stage
