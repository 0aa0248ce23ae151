"""/api/repositories: where the caller can make branches for an issue, and what branches can begin from there."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from flask import Blueprint
from pydantic import Field

from app.access import admit_people, current_caller
from app.api import ApiModel, ConcernView, api_view, read_query
from app.branch_form import IssueKey
from app.branch_places import Home, read_homes, require_home
from app.issue_access import require_project
from clients.ado_branches import BranchesApi
from domain.errors import AppError, SignInNeeded
from domain.web_links import repository_url
from services import Services

LISTED = 50
Search = Annotated[str, Field(max_length=200)]


class SearchQuery(ApiModel):
    """`q`: a part of a name; case does not count."""

    issue_key: IssueKey
    q: Search = ""


class IssueRepositoryView(ApiModel):
    """`defaultBranch` is null in an empty repository. `recent`: where the caller made a branch last."""

    id: str
    name: str
    project: str
    connection_id: str
    organization: str
    default_branch: str | None
    empty: bool
    url: str
    recent: bool


class ConnectionConcernView(ConcernView):
    """What keeps the things of one organization away; `connectionId` is null where it is Jira."""

    connection_id: str | None


class IssueRepositoryList(ApiModel):
    """At most 50; search for others. `problems`: organizations of which something is missing."""

    items: tuple[IssueRepositoryView, ...]
    next: str | None = None
    problems: tuple[ConnectionConcernView, ...] = ()


class SourceBranchView(ApiModel):
    name: str
    is_default: bool


class SourceBranchList(ApiModel):
    """At most 50; search for others."""

    items: tuple[SourceBranchView, ...]
    next: str | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/repositories`."""
    blueprint = Blueprint("issue_repositories", __name__, url_prefix="/api/repositories")
    admit_people(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(list_issue_repositories), methods=["GET"])
    blueprint.add_url_rule("/<repository_id>/branches", view_func=services.bind(list_source_branches), methods=["GET"])
    return blueprint


@api_view(query=SearchQuery, answer=IssueRepositoryList)
def list_issue_repositories(services: Services) -> IssueRepositoryList:
    """List the repositories for an issue's branches: the one used last, those where something happened lately, all."""
    query = read_query(SearchQuery)
    homes = read_homes(services, require_project(services, query.issue_key))
    part = query.q.casefold()
    fitting = [home for home in homes.found if part in f"{home.repository.project}/{home.repository.name}".casefold()]
    recent, active = _recent_ids(services, fitting), _last_times(services, fitting)
    fitting.sort(key=lambda home: (home.repository.project.casefold(), home.repository.name.casefold()))
    fitting.sort(key=lambda home: (home.repository.id not in recent, -active.get(home.repository.id, 0)))
    return IssueRepositoryList(
        items=tuple(show_repository(home, recent) for home in fitting[:LISTED]), problems=show_failed(homes.failed)
    )


@api_view(query=SearchQuery, answer=SourceBranchList)
def list_source_branches(services: Services, repository_id: str) -> SourceBranchList:
    """List the branches that a new one can begin from, the default one first."""
    query = read_query(SearchQuery)
    home = require_home(services, require_project(services, query.issue_key), repository_id)
    default = home.repository.default_branch
    if default is None:
        return SourceBranchList(items=())
    listed = BranchesApi(home.client).list_branches(home.repository.id, query.q, LISTED)
    first = [default] if query.q.casefold() in default.casefold() else []
    names = [*first, *(branch.name for branch in listed if branch.name != default)][:LISTED]
    return SourceBranchList(items=tuple(SourceBranchView(name=name, is_default=name == default) for name in names))


def show_repository(home: Home, recent: frozenset[str]) -> IssueRepositoryView:
    repository = home.repository
    return IssueRepositoryView(
        id=repository.id,
        name=repository.name,
        project=repository.project,
        connection_id=home.connection.id,
        organization=home.connection.organization,
        default_branch=repository.default_branch,
        empty=home.state.empty,
        url=repository_url(home.source, repository),
        recent=repository.id in recent,
    )


def show_failed(failed: Mapping[str, AppError]) -> tuple[ConnectionConcernView, ...]:
    """Why some things could not be read, by connection id; '' stands for Jira."""
    return tuple(
        ConnectionConcernView(
            code="sign_in_needed" if isinstance(error, SignInNeeded) else "not_read",
            severity="warning",
            detail=str(error),
            connection_id=connection_id or None,
        )
        for connection_id, error in failed.items()
    )


def _recent_ids(services: Services, homes: Iterable[Home]) -> frozenset[str]:
    account = current_caller().account_id
    people = (services.people.find(connection, account) for connection in {home.connection.id for home in homes})
    found = (services.branch_marks.recent_repository(person.id) for person in people if person)
    return frozenset(repository for repository in found if repository)


def _last_times(services: Services, homes: Iterable[Home]) -> Mapping[str, int]:
    """When something happened last (ms) in each repository of which Jira was sent something."""
    rows = (services.ledger.list_repositories(link) for link in {home.link.id for home in homes})
    return {repository: row.sequence for listed in rows for repository, row in listed.items()}
