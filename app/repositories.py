"""/api/connections/{id}/repositories: the Git repositories of linked projects, for people to pick from."""

from functools import partial

from flask import Blueprint

from app.access import admit_admins, require_connection
from app.api import ApiModel, ConcernView, api_view
from app.asking import ADO_SECONDS, LATE, Asking
from clients.ado_history import HistoryApi
from domain.errors import CallError
from services import Services


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
    links = services.links.list_connection(connection.id)
    history = HistoryApi(services.ado(connection))
    with Asking(ADO_SECONDS) as asking:
        answers = asking.ask_all(partial(read_project, history, link.project_id) for link in links)
    items: list[RepositoryView] = []
    problems: list[ConcernView] = []
    for link, answer in zip(links, answers, strict=True):
        what = f"The repositories of project {link.project_id}"
        if isinstance(answer.found, CallError):
            problems.append(unread(f"{what} could not be read: {answer.found}"))
        elif answer.found is None:
            problems.append(unread(f"{what} {LATE}"))
        else:
            items += answer.found
    items.sort(key=lambda item: (item.project.casefold(), item.name.casefold()))
    return RepositoryList(items=tuple(items), problems=tuple(problems))


def read_project(history: HistoryApi, project_id: str) -> tuple[RepositoryView, ...] | CallError:
    """The repositories of a project, or why they cannot be read."""
    try:
        states = history.list_repositories(project_id)
    except CallError as error:
        return error
    found = (state.repository for state in states if not state.disabled)
    return tuple(
        RepositoryView(id=one.id, name=one.name, project_id=one.project_id, project=one.project) for one in found
    )


def unread(detail: str) -> ConcernView:
    """For lists that show what they can: what is missing and why."""
    return ConcernView(code="not_read", severity="warning", detail=detail)
