"""What a run brings to a place: its own words, commits, and the completed pull requests behind them.

Every look-up is bounded, so that a deployment of years of work costs a known number of calls.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from clients.ado_git import WHOLE_DESCRIPTION, GitApi, MergedPull
from clients.ado_pipelines import PipelinesApi
from clients.pipeline_answers import Build, BuildChange
from clients.run_origins import PULL_REQUEST_PREFIX, azure_repository, describe_origin
from domain.errors import Forbidden, NotFound
from domain.facts import Shipped
from domain.git_events import BRANCH_PREFIX
from domain.records import Repository
from jobs.run_facts import changes_since, find_build

CUT_MESSAGES = 50  # messages that are read again because the list cuts them
COMMITS_ASKED = 250  # in one question about pull requests
BUILD_QUESTIONS = 1
DEPLOYMENT_QUESTIONS = 4
CUT_DESCRIPTIONS = 20  # descriptions of pull requests that are read again because the answer cuts them


@dataclass(frozen=True, slots=True)
class Shipment:
    """What a deployment brings: what the run says of itself, each part it ships, and the commits in Jira's terms."""

    texts: tuple[str, ...] = ()
    shipped: tuple[Shipped, ...] = ()
    commits: tuple[str, ...] = ()
    repository: Repository | None = None

    @property
    def repository_id(self) -> str | None:
        return self.repository.id if self.repository else None


def ship_run(pipelines: PipelinesApi, git: GitApi, build: Build, base: int | None) -> Shipment:
    """What deploying `build` brings to a place that has the run `base` (None: not known)."""
    origin = describe_origin(build, git)
    changes = changes_since(pipelines, build.project_id, base, build.id)
    repository = azure_repository(build, pipelines.organization_url)
    shipped = ship_changes(changes, build, repository, git, questions=DEPLOYMENT_QUESTIONS)
    texts = (*origin.texts, *build.words)
    if repository is None:
        return Shipment(texts, shipped)
    head = (build.commit,) if build.commit and (build.branch or "").startswith(BRANCH_PREFIX) else ()
    return Shipment(texts, shipped, (*head, *(change.id for change in changes)), repository)


def ship_build(pipelines: PipelinesApi, git: GitApi, project: str, build_id: int, base: int | None) -> Shipment:
    """As `ship_run`, for a build by its id; nothing when it is gone or the token may not see its project."""
    try:
        build = find_build(pipelines, project, build_id)
        return ship_run(pipelines, git, build, base) if build else Shipment()
    except Forbidden:
        return Shipment()


def ship_changes(
    changes: Sequence[BuildChange], build: Build, repository: Repository | None, git: GitApi, *, questions: int
) -> tuple[Shipped, ...]:
    """The commits of a run, then the pull requests that made them; `questions`: how many calls these may cost.

    A run that checks a pull request knows that one already.
    """
    messages = whole_messages(changes, repository, git)
    commits = tuple(
        Shipped((message,), change.id, change.author, repository, pipeline=build.pipeline)
        for change, message in zip(changes, messages, strict=True)
    )
    if repository is None or (build.branch or "").startswith(PULL_REQUEST_PREFIX):
        return commits
    shas = [change.id for change in changes]
    return (*commits, *ship_pulls(shas, repository, git, questions=questions, pipeline=build.pipeline))


def whole_messages(changes: Iterable[BuildChange], repository: Repository | None, git: GitApi) -> tuple[str, ...]:
    """The messages of the changes; those the list cut are read again, because a key may stand at the end."""
    left = CUT_MESSAGES
    messages: list[str] = []
    for change in changes:
        cut = change.truncated and left > 0 and repository is not None
        left -= cut
        messages.append(read_message(git, repository.id, change) if cut and repository else change.message)
    return tuple(messages)


def read_message(git: GitApi, repository_id: str, change: BuildChange) -> str:
    """The whole message of a commit; what the list has of it when the commit is gone."""
    try:
        return git.read_commit(repository_id, change.id).message
    except NotFound:
        return change.message


def ship_pulls(
    shas: Sequence[str], repository: Repository, git: GitApi, *, questions: int, pipeline: str | None = None
) -> tuple[Shipped, ...]:
    """The completed pull requests whose merge, squash or rebase ended in one of `shas`, each once.

    A squash keeps neither the commits nor the branch, so the key may stand in the pull request alone. The newest
    COMMITS_ASKED commits for each question are asked for.
    """
    found = {pull.id: (sha, pull) for sha, pull in find_pulls(shas, repository.id, git, questions)}
    left = CUT_DESCRIPTIONS
    parts = []
    for sha, pull in found.values():
        cut = len(pull.description) >= WHOLE_DESCRIPTION and left > 0
        left -= cut
        description = read_description(git, repository.id, pull) if cut else pull.description
        texts = (pull.title, pull.source_branch, description)
        parts.append(Shipped(texts, sha, pull.author, repository, pull.source_branch, pipeline))
    return tuple(parts)


def find_pulls(
    shas: Sequence[str], repository_id: str, git: GitApi, questions: int
) -> Iterator[tuple[str, MergedPull]]:
    """Pairs of commit and pull request; none where the token may not see them or the repository is gone."""
    for start in range(0, min(len(shas), questions * COMMITS_ASKED), COMMITS_ASKED):
        asked = shas[start : start + COMMITS_ASKED]
        try:
            found = git.find_merged(repository_id, asked)
        except (NotFound, Forbidden):
            return
        yield from ((sha, pull) for sha in asked for pull in found.get(sha.lower(), ()))


def read_description(git: GitApi, repository_id: str, pull: MergedPull) -> str:
    """The whole description; what the answer has of it when the pull request is gone."""
    try:
        return git.read_pull_request(repository_id, pull.id).description
    except NotFound:
        return pull.description
