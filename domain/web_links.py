"""The web addresses of Azure DevOps that Jira shows; built from the organization's address and names, never called.

An address longer than Jira takes is never cut: an optional one is left out (None), a required one falls back to the
page above it.
"""

from urllib.parse import quote, urlencode

from domain.changes import Source
from domain.records import ChangedFile, Repository

URL_CHARACTERS = 2000  # `url` of every entity: https://developer.atlassian.com/cloud/jira/software/rest/
ROOM_BELOW = 100  # for /commit/{sha} and the other short pages below a repository


def fitting(url: str) -> str | None:
    """`url`, or None when Jira would refuse it for its length."""
    return url if len(url) <= URL_CHARACTERS else None


def repository_url(source: Source, repository: Repository) -> str:
    """The start page of a repository."""
    named = _path(source, repository.project, "_git", repository.name)
    # GUIDs work in place of names and are short, however long the names are once they are quoted
    fits = len(named) <= URL_CHARACTERS - ROOM_BELOW
    return named if fits else _path(source, repository.project_id, "_git", repository.id)


def commit_url(source: Source, repository: Repository, sha: str) -> str:
    """One commit."""
    return f"{repository_url(source, repository)}/commit/{quote(sha, safe='')}"


def file_url(source: Source, repository: Repository, sha: str, file: ChangedFile) -> str | None:
    """A file as it was in a commit; the commit itself for a file that was deleted there."""
    if file.change == "DELETED":
        return commit_url(source, repository, sha)
    return fitting(f"{repository_url(source, repository)}?{_query(path=file.path, version=f'GC{sha}')}")


def branch_url(source: Source, repository: Repository, branch: str) -> str | None:
    """The files of a branch, without refs/heads/.

    Jira joins a pull request to its branch when `sourceBranchUrl` equals the branch's `url`, so both come from here.
    """
    return fitting(f"{repository_url(source, repository)}?{_query(version=f'GB{branch}')}")


def branches_url(source: Source, repository: Repository) -> str:
    """The list of branches: stands in for the address of a branch whose own is too long."""
    return f"{repository_url(source, repository)}/branches"


def create_pull_request_url(source: Source, repository: Repository, branch: str) -> str | None:
    """The page that opens a pull request from `branch` into the default branch."""
    target = {"targetRef": repository.default_branch} if repository.default_branch else {}
    page = f"{repository_url(source, repository)}/pullrequestcreate"
    return fitting(f"{page}?{_query(sourceRef=branch, **target)}")


def pull_request_url(source: Source, repository: Repository, pull_request_id: int) -> str:
    """One pull request."""
    return f"{repository_url(source, repository)}/pullrequest/{pull_request_id}"


def pipeline_url(source: Source, project_id: str, pipeline_id: int) -> str:
    """The runs of a pipeline."""
    return f"{_path(source, project_id, '_build')}?{_query(definitionId=pipeline_id)}"


def build_url(source: Source, project_id: str, build_id: int) -> str:
    """The results of one run."""
    return f"{_path(source, project_id, '_build', 'results')}?{_query(buildId=build_id)}"


def release_definition_url(source: Source, project_id: str, definition_id: int) -> str:
    """The releases of a classic release definition."""
    return f"{_path(source, project_id, '_release')}?{_query(definitionId=definition_id)}"


def release_environment_url(source: Source, project_id: str, release_id: int, environment_id: int) -> str:
    """The logs of one environment of a classic release."""
    query = _query(_a="release-environment-logs", releaseId=release_id, environmentId=environment_id)
    return f"{_path(source, project_id, '_releaseProgress')}?{query}"


def _path(source: Source, *segments: str) -> str:
    return "/".join((source.organization_url, *(quote(segment, safe="") for segment in segments)))


def _query(**values: str | int) -> str:
    return urlencode(values, quote_via=quote, safe="")
