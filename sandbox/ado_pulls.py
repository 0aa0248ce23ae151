"""The Git API: pull requests, their commits, threads, labels, reviewers and work items."""

from collections.abc import Mapping

from sandbox.ado_access import repository_refusal
from sandbox.ado_errors import bad_request, no_pull_request
from sandbox.ado_git import REPOSITORY, repository_of
from sandbox.ado_model import Json, PullRequest
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import (
    DESCRIPTION_LIMIT,
    commit_json,
    label_json,
    pull_json,
    reviewer_json,
    thread_json,
)

PULL = f"{REPOSITORY}/pullRequests/{{pullRequestId}}"
PULL_FILTERS = (
    "status", "sourceRefName", "targetRefName", "creatorId", "reviewerId", "repositoryId", "sourceRepositoryId",
)  # fmt: skip
QUERY_TYPES = frozenset({"lastMergeCommit", "commit"})
MOST = 1000  # pull requests in one answer; community knowledge
pull_routes = Routes()


def pull_of(call: Call, repository_id: str, number: int) -> PullRequest:
    pull = call.organization.find_pull(number)
    if pull.repository is not repository_of(call, repository_id):
        raise no_pull_request()
    return pull


def list_json(pull: PullRequest, base: str) -> Json:
    """Lists cut long descriptions."""
    return pull_json(pull, base) | {"description": pull.description[:DESCRIPTION_LIMIT]}


def search_pulls(call: Call, pulls: list[PullRequest]) -> Page:
    """Newest first; active ones when no status is asked for. There is no `updated since`."""
    start, end = call.time("searchCriteria.minTime"), call.time("searchCriteria.maxTime")
    closed = call.text("searchCriteria.queryTimeRangeType") == "closed"
    wanted = {name: call.text(f"searchCriteria.{name}") for name in PULL_FILTERS}
    wanted["status"] = wanted["status"] if wanted["status"] not in {None, "notSet"} else "active"
    found = []
    for pull in sorted(pulls, key=lambda pull: (pull.created, pull.id), reverse=True):
        moment = pull.closed if closed else pull.created
        in_range = (start is None or (moment and moment >= start)) and (end is None or (moment and moment <= end))
        if in_range and fits_pull(pull, wanted):
            found.append(pull)
    page = call.slice(found, "$skip", "$top", 101)[:MOST]
    return Page([list_json(pull, call.base) for pull in page])


def fits_pull(pull: PullRequest, wanted: Mapping[str, str | None]) -> bool:
    reviewers = {reviewer.user.id for reviewer in pull.reviewers}
    values = {
        "status": {"all", pull.status},
        "sourceRefName": {pull.source},
        "targetRefName": {pull.target},
        "creatorId": {pull.author.id},
        "reviewerId": reviewers,
        "repositoryId": {pull.repository.id},
        "sourceRepositoryId": {pull.repository.id},
    }
    return all(value is None or value in values[name] for name, value in wanted.items())


@pull_routes.get("git/pullrequests", "git")
def list_project_pulls(call: Call) -> Page:
    """Of all repositories of a project that the person may read."""
    organization, user = call.organization, call.token.user
    return search_pulls(call, [
        pull
        for pull in organization.pull_requests.values()
        if pull.repository.project is call.home
        and repository_refusal(organization, user, pull.repository, pull.repository.name) is None
    ])  # fmt: skip


@pull_routes.get("git/pullrequests/{pullRequestId}", "git", project="optional")
def show_project_pull(call: Call, pull_request_id: int) -> Json:
    pull = call.organization.find_pull(pull_request_id)
    if call.project is not None and call.project is not pull.repository.project:
        raise no_pull_request()
    if refused := repository_refusal(call.organization, call.token.user, pull.repository, pull.repository.name):
        raise refused
    return pull_json(pull, call.base)


@pull_routes.get(f"{REPOSITORY}/pullrequests", "git", project="optional")
def list_pulls(call: Call, repository_id: str) -> Page:
    repository = repository_of(call, repository_id)
    return search_pulls(call, [p for p in call.organization.pull_requests.values() if p.repository is repository])


@pull_routes.get(f"{REPOSITORY}/pullrequests/{{pullRequestId}}", "git", project="optional")
def show_pull(call: Call, repository_id: str, pull_request_id: int) -> Json:
    pull = pull_of(call, repository_id, pull_request_id)
    shown = pull_json(pull, call.base)
    if call.flag("includeCommits"):
        shown["commits"] = commits_json(call, pull)[:100]
    return shown | ({"workItemRefs": []} if call.flag("includeWorkItemRefs") else {})


def commits_json(call: Call, pull: PullRequest) -> list[Json]:
    commits = (pull.repository.commits[name] for name in pull.commits)
    return [commit_json(pull.repository, commit, call.base) for commit in commits]


@pull_routes.get(f"{PULL}/commits", "git", project="optional")
def list_pull_commits(call: Call, repository_id: str, pull_request_id: int) -> Page:
    return call.page(commits_json(call, pull_of(call, repository_id, pull_request_id)), lambda shown: shown)


@pull_routes.get(f"{PULL}/threads", "threads", project="optional")
def list_threads(call: Call, repository_id: str, pull_request_id: int) -> Page:
    pull = pull_of(call, repository_id, pull_request_id)
    return Page([thread_json(pull, thread, call.base) for thread in pull.threads])


@pull_routes.get(f"{PULL}/labels", "git", project="optional")
def list_labels(call: Call, repository_id: str, pull_request_id: int) -> Page:
    pull = pull_of(call, repository_id, pull_request_id)
    return Page([label_json(pull, label, call.base) for label in pull.labels])


@pull_routes.get(f"{PULL}/reviewers", "git", project="optional")
def list_reviewers(call: Call, repository_id: str, pull_request_id: int) -> Page:
    pull = pull_of(call, repository_id, pull_request_id)
    return Page([reviewer_json(pull, reviewer, call.base) for reviewer in pull.reviewers])


@pull_routes.get(f"{PULL}/workitems", "git", project="optional")
def list_work_items(call: Call, repository_id: str, pull_request_id: int) -> Page:
    """Nobody links work items here."""
    pull_of(call, repository_id, pull_request_id)
    return Page([])


@pull_routes.add("POST", f"{REPOSITORY}/pullrequestquery", "git", project="optional")
def query_pulls(call: Call, repository_id: str) -> Json:
    """Pull requests of any status by commits: those whose last merge made it, or those that contain it."""
    repository = repository_of(call, repository_id)
    pulls = [pull for pull in call.organization.pull_requests.values() if pull.repository is repository]
    queries = call.body().get("queries") or []
    if any(query.get("type") not in QUERY_TYPES or not query.get("items") for query in queries):
        raise bad_request("A query needs a type and items.")
    return {"queries": queries, "results": [answer_query(call, query, pulls) for query in queries]}


def answer_query(call: Call, query: Json, pulls: list[PullRequest]) -> Json:
    """By commit; one that no pull request fits is left out."""
    found: Json = {}
    for pull in pulls:
        commits = {pull.merge_commit} if query["type"] == "lastMergeCommit" else {*pull.commits, pull.merge_commit}
        for name in commits & set(query["items"]):
            found.setdefault(name, []).append(list_json(pull, call.base))
    return found
