"""Where a run comes from and which changes are in it or in a pair of runs.

Shared by builds, YAML stages and classic releases; knows nothing of Jira.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from clients.ado_git import GitApi
from clients.ado_pipelines import PipelinesApi
from clients.pipeline_answers import Build, BuildChange
from domain.changes import Source
from domain.errors import NotFound
from domain.git_events import BRANCH_PREFIX
from domain.json_fields import optional_text
from domain.records import Repository

AZURE_REPOS = "TfsGit"  # the only kind whose commits and branches are in Jira under the same ids
PULL_REQUEST_PREFIX = "refs/pull/"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run comes from. `branch` is without refs/heads/; of a pull request run, its source branch."""

    branch: str | None
    commit: str | None
    texts: tuple[str, ...]


def source_of(pipelines: PipelinesApi, project_id: str) -> Source:
    """The source for addresses; the connection does not matter to them."""
    return Source("", pipelines.organization_url, project_id)


def find_build(pipelines: PipelinesApi, project: str, build_id: int) -> Build | None:
    """A build; None when it was deleted (retention) or is of a kind the API does not show (XAML)."""
    try:
        return pipelines.read_build(project, build_id)
    except NotFound:
        return None


def azure_repository(build: Build, organization_url: str) -> Repository | None:
    """The Azure Repos repository a build was made from, as its own events name it; None for any other kind."""
    built = build.repository
    if built is None or built.type != AZURE_REPOS:
        return None
    # A pipeline may build a repository of another project: the address tells. It leaves out a project that is called
    # like the repository.
    home, found, _ = urlsplit(built.url or "").path.partition("/_git/")
    short = home == urlsplit(organization_url).path
    project = built.name if short else unquote(home.rpartition("/")[2])
    return Repository(built.id.lower(), built.name, build.project_id, project if found else build.project, None)


def describe_origin(build: Build, git: GitApi) -> Origin:
    """Branch and texts of a run; for a pull request also the title and the branch it comes from."""
    ref = build.branch or ""
    if ref.startswith(BRANCH_PREFIX):
        name = ref.removeprefix(BRANCH_PREFIX)
        return Origin(name, build.commit, (name,))
    if not ref.startswith(PULL_REQUEST_PREFIX):  # a tag, a folder of TFVC, nothing
        return Origin(None, build.commit, (ref,) if ref else ())
    title, branch, commit = pull_request_words(build, git)
    return Origin(branch, commit or build.commit, tuple(word for word in (branch, title) if word))


def pull_request_words(build: Build, git: GitApi) -> tuple[str | None, str | None, str | None]:
    """Title, source branch and source commit of the pull request that a run checks.

    The trigger says them as `pr.*`, which is not documented; what it leaves out is asked of Azure Repos.
    """
    title = optional_text(build.trigger, "pr.title")
    branch = (optional_text(build.trigger, "pr.sourceBranch") or "").removeprefix(BRANCH_PREFIX) or None
    commit = optional_text(build.trigger, "pr.sourceSha")
    built, number = build.repository, (build.branch or "").split("/")[2]
    if (title and branch) or built is None or built.type != AZURE_REPOS or not number.isdigit():
        return title, branch, commit
    try:
        shown = git.read_pull_request(built.id, int(number))
    except NotFound:
        return title, branch, commit
    return shown.title, shown.source_branch, commit


def own_changes(pipelines: PipelinesApi, project: str, build_id: int) -> tuple[BuildChange, ...]:
    """The changes of a run since the one before; none when the run is gone."""
    try:
        return pipelines.list_build_changes(project, build_id)
    except NotFound:
        return ()


def changes_since(pipelines: PipelinesApi, project: str, base: int | None, build_id: int) -> tuple[BuildChange, ...]:
    """The changes since the run `base`; the run's own when there is no such run (any more)."""
    if base is None:
        return own_changes(pipelines, project, build_id)
    try:
        return pipelines.list_changes_between(project, base, build_id)
    except NotFound:
        return own_changes(pipelines, project, build_id)
