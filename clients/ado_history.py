"""What happened in an organization, read in pages: repositories, branches, commits, pushes, pull requests, runs.

Reads only. Sources: https://learn.microsoft.com/rest/api/azure/devops/ (git, build, environments, release)
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

from clients.ado import AdoClient, iso_seconds, listed, read_answer
from clients.ado_git import COMMIT_PAGE, parse_listed_commit
from clients.ado_pipelines import ENVIRONMENTS_VERSION
from clients.history_answers import (
    BranchHead,
    CommitPage,
    ListedBuild,
    ListedDeployment,
    ListedRecord,
    ListedRelease,
    Page,
    RepositoryState,
    StageNow,
    branch_from,
    is_abandoned,
    listed_build_from,
    listed_deployment_from,
    listed_record_from,
    listed_release_from,
    page_from,
    push_from,
    read_entries,
    repository_state_from,
    stages_from,
)
from clients.known_pipelines import KnownPipelines
from clients.pipeline_answers import Build
from domain.errors import NotFound
from domain.git_events import parse_pull_request
from domain.records import Commit, PullRequest, Push, Repository

PULLS_PAGE = 100
DEPLOYMENTS_PAGE = 25  # at most 100; each one costs some calls more
RELEASES_PAGE = 100
BuildOrder = Literal["queued", "ended"]
BUILD_ORDERS: Mapping[BuildOrder, str] = {"queued": "queueTimeDescending", "ended": "finishTimeDescending"}
PullTime = Literal["created", "closed"]


class HistoryApi:
    """Lists of one organization, newest first. Every method raises the CallError of the answer."""

    def __init__(self, client: AdoClient) -> None:
        self._client = client
        self._turned = False  # what was learnt about ranges of commits

    def know_pipelines(
        self, builds: Iterable[Build] = (), deployments: Iterable[ListedDeployment] = ()
    ) -> KnownPipelines:
        """Questions about pipelines that do not ask again for what these pages showed."""
        return KnownPipelines(self._client, builds, deployments)

    def list_repositories(self, project: str) -> tuple[RepositoryState, ...]:
        """Every Git repository of a project that the token may see, disabled ones too; the list has no pages.

        https://learn.microsoft.com/rest/api/azure/devops/git/repositories/list
        """
        answer = self._client.get(project, "_apis", "git", "repositories")
        return tuple(read_answer(repository_state_from, entry) for entry in read_answer(listed, answer))

    def read_repository(self, repository_id: str) -> RepositoryState:
        """One repository, also when it is disabled. Raises NotFound when it is gone.

        https://learn.microsoft.com/rest/api/azure/devops/git/repositories/get-repository
        """
        answer = self._client.get("_apis", "git", "repositories", repository_id)
        return read_answer(repository_state_from, answer)

    def list_branches(self, repository_id: str) -> Page[BranchHead]:
        """Every branch, counted against the default one, in one call. Raises NotFound when there is none.

        https://learn.microsoft.com/rest/api/azure/devops/git/stats/list
        """
        answer = self._client.get(*_below(repository_id, "stats", "branches"))
        return read_entries(branch_from, read_answer(listed, answer))

    def list_commits(
        self, repository_id: str, head: str, *, beside: str | None = None, since: datetime | None = None, skip: int = 0,
        turned: bool | None = None,
    ) -> CommitPage:  # fmt: skip
        """A page of the commits that `head` has and `beside` lacks (all it has without one), from `since` on.

        Both are commit ids, so that the list stays the same while people push. A page of COMMIT_PAGE may have more
        behind it. `turned` is what the first page said.
        https://learn.microsoft.com/rest/api/azure/devops/git/commits/get-commits-batch says neither which of
        `itemVersion` and `compareVersion` is the newer side, and users have it both ways. The right way round lists
        `head` and never `beside`.
        """
        ask = partial(self._ask_commits, repository_id, since=since, skip=skip)
        if beside is None:
            whole = ask({"itemVersion": _commit(head)})
            return CommitPage(whole.entries, False, whole.refused)
        if turned is None:
            turned = self._turned
        first = ask(_range(head, beside, turned))
        if skip or _is_right(first.entries, head, beside) is not False:
            return CommitPage(first.entries, turned, first.refused)
        other = ask(_range(head, beside, not turned))
        if _is_right(other.entries, head, beside) is not True:
            return CommitPage((), turned, first.refused)
        self._turned = not turned
        return CommitPage(other.entries, not turned, other.refused)

    def list_newest(self, repository_id: str, top: int) -> tuple[str, ...]:
        """The ids of the newest commits of the default branch, `top` at most.

        https://learn.microsoft.com/rest/api/azure/devops/git/commits/get-commits-batch
        """
        paging: dict[str, Any] = {"$top": top}
        answer = self._client.post(*_below(repository_id, "commitsbatch"), json={}, **paging)
        return tuple(commit.id for commit in read_entries(parse_listed_commit, read_answer(listed, answer)).entries)

    def list_pushes(
        self, repository: Repository, since: datetime, *, skip: int = 0, top: int = PULLS_PAGE
    ) -> tuple[Push, ...]:
        """Pushes with the refs they moved, without their commits; `happened` is the time of the push.

        https://learn.microsoft.com/rest/api/azure/devops/git/pushes/list
        """
        query: dict[str, Any] = {
            "searchCriteria.fromDate": iso_seconds(since), "searchCriteria.includeRefUpdates": "true",
            "$top": top, "$skip": skip,
        }  # fmt: skip
        answer = self._client.get(*_below(repository.id, "pushes"), **query)
        return tuple(read_answer(partial(push_from, repository), entry) for entry in read_answer(listed, answer))

    def list_pull_requests(
        self, project: str, *, repository_id: str | None = None, status: str = "all", by: PullTime = "created",
        since: datetime | None = None, until: datetime | None = None, skip: int = 0,
    ) -> Page[PullRequest]:  # fmt: skip
        """Up to PULLS_PAGE pull requests of a project, or of one repository, created or closed in a span of time.

        Descriptions may be cut. There is no filter for what was changed in any other way.
        https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests/get-pull-requests
        """
        criteria = {
            "status": status, "queryTimeRangeType": by, "minTime": iso_seconds(since), "maxTime": iso_seconds(until),
        }  # fmt: skip
        query: dict[str, Any] = {f"searchCriteria.{name}": value for name, value in criteria.items()}
        query |= {"$top": PULLS_PAGE, "$skip": skip}
        path = _below(repository_id, "pullrequests") if repository_id else (project, "_apis", "git", "pullrequests")
        answer = self._client.get(*path, **query)
        return read_entries(parse_pull_request, read_answer(listed, answer))

    def list_builds(
        self, project: str, *, repository_id: str | None = None, since: datetime | None = None,
        order: BuildOrder = "queued", status: str = "all", cursor: str | None = None, top: int = 50,
    ) -> Page[ListedBuild]:  # fmt: skip
        """Runs by the time they were queued (all states) or ended; of one Azure Repos repository, or of every kind.

        https://learn.microsoft.com/rest/api/azure/devops/build/builds/list
        """
        query: dict[str, Any] = {
            "queryOrder": BUILD_ORDERS[order], "statusFilter": status, "minTime": iso_seconds(since), "$top": top,
            "continuationToken": cursor,
        }  # fmt: skip
        if repository_id:
            query |= {"repositoryId": repository_id, "repositoryType": "TfsGit"}
        return page_from(listed_build_from, self._client.page(project, "_apis", "build", "builds", **query))

    def list_stages(self, project: str, build_id: int) -> tuple[StageNow, ...]:
        """The stages of a run as they are now; none when the run or its timeline is gone.

        https://learn.microsoft.com/rest/api/azure/devops/build/timeline/get
        """
        try:
            timeline = self._client.get(project, "_apis", "build", "builds", build_id, "timeline")
        except NotFound:
            return ()
        return read_answer(stages_from, timeline) if timeline else ()

    def is_abandoned(self, project: str, release_id: int) -> bool:
        """Whether a classic release was given up.

        https://learn.microsoft.com/rest/api/azure/devops/release/releases/get-release
        """
        answer = self._client.get(project, "_apis", "release", "releases", release_id, service="release")
        return read_answer(is_abandoned, answer)

    def list_environment_records(
        self, project: str, environment_id: int, *, top: int, cursor: str | None = None
    ) -> Page[ListedRecord]:
        """Deployments to a YAML environment; there is no filter by time.

        https://learn.microsoft.com/rest/api/azure/devops/environments/environmentdeploymentrecords/list
        """
        path = (project, "_apis", "pipelines", "environments", environment_id, "environmentdeploymentrecords")
        found = self._client.page(*path, version=ENVIRONMENTS_VERSION, top=top, continuationToken=cursor)
        return page_from(listed_record_from, found)

    def list_release_deployments(
        self, project: str, *, since: datetime, cursor: str | None = None
    ) -> Page[ListedDeployment]:
        """Deployments of classic releases that changed from `since` on.

        https://learn.microsoft.com/rest/api/azure/devops/release/deployments/list
        """
        query: dict[str, Any] = {
            "minModifiedTime": iso_seconds(since), "queryOrder": "descending", "$top": DEPLOYMENTS_PAGE,
            "continuationToken": cursor,
        }  # fmt: skip
        answer = self._client.page(project, "_apis", "release", "deployments", service="release", **query)
        return page_from(listed_deployment_from, answer)

    def list_abandoned(self, project: str, *, created: datetime, cursor: str | None = None) -> Page[ListedRelease]:
        """Classic releases that were made from `created` on and were given up; there is no filter by when that was.

        https://learn.microsoft.com/rest/api/azure/devops/release/releases/list
        """
        query: dict[str, Any] = {
            "statusFilter": "abandoned", "minCreatedTime": iso_seconds(created), "queryOrder": "descending",
            "$top": RELEASES_PAGE, "continuationToken": cursor,
        }  # fmt: skip
        answer = self._client.page(project, "_apis", "release", "releases", service="release", **query)
        return page_from(listed_release_from, answer)

    def _ask_commits(
        self, repository_id: str, versions: Mapping[str, object], *, since: datetime | None, skip: int
    ) -> Page[Commit]:
        criteria = dict(versions) | ({"fromDate": iso_seconds(since)} if since else {})
        paging: dict[str, Any] = {"$top": COMMIT_PAGE, "$skip": skip}
        answer = self._client.post(*_below(repository_id, "commitsbatch"), json=criteria, **paging)
        return read_entries(parse_listed_commit, read_answer(listed, answer))


def _below(repository_id: str, *segments: str) -> tuple[str, ...]:
    return ("_apis", "git", "repositories", repository_id, *segments)


def _commit(sha: str) -> Mapping[str, str]:
    return {"versionType": "commit", "version": sha}


def _range(head: str, beside: str, turned: bool) -> Mapping[str, object]:
    item, compare = (beside, head) if turned else (head, beside)
    return {"itemVersion": _commit(item), "compareVersion": _commit(compare)}


def _is_right(commits: Sequence[Commit], head: str, beside: str) -> bool | None:
    """Whether a first page is of the range the right way round; None when a filter by date hides both ends."""
    found = {commit.id for commit in commits}
    if head in found:
        return True
    return False if beside in found or not commits else None
