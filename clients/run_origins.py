"""Where a run comes from: its branch and words, and the repository of Azure Repos it was made from."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from clients.ado_git import GitApi
from clients.pipeline_answers import Build
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
