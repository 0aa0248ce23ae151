"""/api/connections/{id}/repositories: the Git repositories of linked projects, for people to pick from."""

from collections.abc import Iterator

from flask import Blueprint

from app.access import admit_admins, require_connection
from app.api import ApiModel, ConcernView, api_view
from clients.ado_history import HistoryApi
from domain.errors import CallError
from services import Services
from store.connections import Connection


class RepositoryView(ApiModel):
    id: str
    name: str
    project_id: str
    project: str


class RepositoryList(ApiModel):
    """`problems` names the projects whose repositories could not be read."""

    items: tuple[RepositoryView, ...]
    next: str | None = None
    problems: tuple[ConcernView, ...] = ()


def routes(services: Services) -> Blueprint:
    """The blueprint with the repositories of a connection."""
    blueprint = Blueprint("repositories", __name__, url_prefix="/api/connections/<connection_id>/repositories")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(list_connection_repositories), methods=["GET"])
    return blueprint


@api_view(answer=RepositoryList)
def list_connection_repositories(services: Services, connection_id: str) -> RepositoryList:
    """List the repositories of the linked projects that can be read now, by project and name."""
    connection = require_connection(services, connection_id)
    items: list[RepositoryView] = []
    problems: list[ConcernView] = []
    for project_id, found in read_projects(services, connection):
        if isinstance(found, CallError):
            problems.append(unread(f"The repositories of project {project_id}", found))
        else:
            items += found
    items.sort(key=lambda item: (item.project.casefold(), item.name.casefold()))
    return RepositoryList(items=tuple(items), problems=tuple(problems))


def read_projects(
    services: Services, connection: Connection
) -> Iterator[tuple[str, tuple[RepositoryView, ...] | CallError]]:
    """Each linked project with its repositories, or with why they cannot be read."""
    history = HistoryApi(services.ado(connection))
    for link in services.links.list_connection(connection.id):
        try:
            states = history.list_repositories(link.project_id)
        except CallError as error:
            yield link.project_id, error
            continue
        found = (state.repository for state in states if not state.disabled)
        yield (
            link.project_id,
            tuple(
                RepositoryView(id=one.id, name=one.name, project_id=one.project_id, project=one.project)
                for one in found
            ),
        )


def unread(what: str, error: CallError) -> ConcernView:
    """For lists that show what they can: what is missing and why."""
    return ConcernView(code="not_read", severity="warning", detail=f"{what} could not be read: {error}")
