"""/api/issue-work: the branches, pull requests, builds and deployments of an issue, as far as the caller may see it."""

from collections.abc import Mapping
from typing import Literal

from flask import Blueprint

from app.access import admit_people, current_caller
from app.api import ApiModel, api_view, read_query
from app.branch_form import IssueQuery
from app.issue_access import require_held
from app.issue_content import Reader, ShownBranch, ShownPull, ShownRun, read_content
from app.issue_repositories import ConnectionConcernView, show_failed
from clients.jira_issues import VIEW_DEVELOPMENT
from domain.records import PullRequest
from domain.web_links import branch_url, branches_url, pull_request_url
from services import Services

PullStatus = Literal["draft", "open", "merged", "declined", "unknown"]
STATUSES: Mapping[str, PullStatus] = {"active": "open", "completed": "merged", "abandoned": "declined"}


class WorkBranchView(ApiModel):
    """`repository`: its project and name."""

    name: str
    url: str
    repository: str


class WorkPullView(ApiModel):
    """`repository`: its project and name."""

    id: int
    title: str
    url: str
    status: PullStatus
    repository: str


class WorkBuildView(ApiModel):
    """`state`: Jira's word."""

    id: str
    name: str
    url: str
    state: str


class WorkDeploymentView(ApiModel):
    """`state`: Jira's word."""

    id: str
    name: str
    url: str
    environment: str
    state: str


class IssueWorkView(ApiModel):
    """At most 20 of each, the newest first. `hidden`: how many things the caller may not see, or that are gone.
    `problems`: where something is missing because it could not be read.
    """

    branches: tuple[WorkBranchView, ...]
    pull_requests: tuple[WorkPullView, ...]
    builds: tuple[WorkBuildView, ...]
    deployments: tuple[WorkDeploymentView, ...]
    hidden: int
    problems: tuple[ConnectionConcernView, ...]


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/issue-work`."""
    blueprint = Blueprint("issue_work", __name__, url_prefix="/api/issue-work")
    admit_people(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(show_issue_work), methods=["GET"])
    return blueprint


@api_view(query=IssueQuery, answer=IssueWorkView)
def show_issue_work(services: Services) -> IssueWorkView:
    """Show what was sent to Jira for an issue, with its words as they are now."""
    issue, held = require_held(services, read_query(IssueQuery).issue_key, {VIEW_DEVELOPMENT})
    caller = current_caller()
    reader = Reader(services, caller.installation, caller.account_id, VIEW_DEVELOPMENT in held)
    content = read_content(reader, issue.key)
    return IssueWorkView(
        branches=tuple(show_branch(one) for one in content.branches),
        pull_requests=tuple(show_pull(one) for one in content.pull_requests),
        builds=tuple(show_build(one) for one in content.builds),
        deployments=tuple(show_deployment(one) for one in content.deployments),
        hidden=content.hidden,
        problems=show_failed(content.failed),
    )


def show_branch(shown: ShownBranch) -> WorkBranchView:
    at = (shown.source, shown.repository)
    return WorkBranchView(
        name=shown.name,
        url=branch_url(*at, shown.name) or branches_url(*at),
        repository=f"{shown.repository.project}/{shown.repository.name}",
    )


def show_pull(shown: ShownPull) -> WorkPullView:
    pull = shown.pull_request
    return WorkPullView(
        id=pull.id,
        title=pull.title,
        url=pull_request_url(shown.source, pull.repository, pull.id),
        status=pull_status(pull),
        repository=f"{pull.repository.project}/{pull.repository.name}",
    )


def pull_status(pull: PullRequest) -> PullStatus:
    """As people say it; a draft is one only while it is open."""
    if pull.draft and pull.status == "active":
        return "draft"
    return STATUSES.get(pull.status, "unknown")


def show_build(shown: ShownRun) -> WorkBuildView:
    return WorkBuildView(id=shown.id, name=shown.run.name, url=shown.run.url, state=shown.run.state)


def show_deployment(shown: ShownRun) -> WorkDeploymentView:
    return WorkDeploymentView(
        id=shown.id, name=shown.run.name, url=shown.run.url, environment=shown.run.environment or "",
        state=shown.run.state,
    )  # fmt: skip
