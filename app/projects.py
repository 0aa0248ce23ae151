"""/api/connections/{id}/projects: which projects of an organization send their events to this site."""

import re
from datetime import date
from typing import Annotated

from flask import Blueprint
from pydantic import AfterValidator, Field

from app.access import admit_admins, current_site, require_connection
from app.api import ApiModel, api_view, read_body
from app.backfilling import require_since
from app.connections import Removal, show_removal
from app.linking import LinkChoice, link_project, unlink_project, visible_projects
from clients.ado_projects import read_project
from domain.errors import BadInput, Fault, Permanent, UnknownObject
from domain.subscriptions import LinkKind
from linkage.credentials import resume_connection
from services import Services
from store.connections import Connection
from store.links import Link, Subscription

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def require_some(chosen: tuple[str, ...]) -> tuple[str, ...]:
    """For pydantic: an empty choice would be a link that sends nothing."""
    if not chosen:
        raise ValueError("name at least one, or leave it out; unlink the project to send nothing")
    return chosen


ProjectKey = Annotated[str, Field(min_length=2, max_length=255, pattern=r"^[^\W\d_]\w+$")]


class LinkBody(ApiModel):
    """What is left out stays as it is; for a new link that is everything. `jiraProjects: null` means all of them.

    A new link reads the history of half a year. `backfillSince` names another day, also for a link that is there;
    with `backfill: false` a new link sends only what happens from now on.
    """

    jira_projects: Annotated[tuple[ProjectKey, ...], AfterValidator(require_some)] | None = None
    kinds: Annotated[tuple[LinkKind, ...], AfterValidator(require_some)] | None = None
    backfill_since: date | None = None
    backfill: bool = True


class SubscriptionView(ApiModel):
    """A service hook subscription; `status` in Azure DevOps' words."""

    event_type: str
    id: str
    status: str


class LinkView(ApiModel):
    project_id: str
    kinds: tuple[str, ...]
    jira_projects: tuple[str, ...] | None
    backfill_since: date | None
    subscriptions: tuple[SubscriptionView, ...]


class ProjectView(ApiModel):
    """A project; `kinds` and `jiraProjects` are null when it is not linked or all Jira projects are meant."""

    id: str
    name: str
    linked: bool
    kinds: tuple[str, ...] | None = None
    jira_projects: tuple[str, ...] | None = None


class ProjectList(ApiModel):
    items: tuple[ProjectView, ...]
    next: str | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with the projects of a connection."""
    blueprint = Blueprint("projects", __name__, url_prefix="/api/connections/<connection_id>/projects")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(list_connection_projects), methods=["GET"])
    blueprint.add_url_rule("/<project_id>", view_func=services.bind(put_link), methods=["PUT"])
    blueprint.add_url_rule("/<project_id>", view_func=services.bind(delete_link), methods=["DELETE"])
    return blueprint


@api_view(answer=ProjectList)
def list_connection_projects(services: Services, connection_id: str) -> ProjectList:
    """List the projects that the token sees, and linked ones that it sees no more (their name is their id)."""
    connection = require_connection(services, connection_id)
    links = {link.project_id: link for link in services.links.list_connection(connection.id)}
    seen = {project.id: project.name for project in visible_projects(services, connection)}
    note_accepted(services, connection)
    hidden = {project_id: project_id for project_id in links if project_id not in seen}
    items = (show_project(project_id, name, links.get(project_id)) for project_id, name in (seen | hidden).items())
    return ProjectList(items=tuple(items))


@api_view(body=LinkBody, answer=LinkView)
def put_link(services: Services, connection_id: str, project_id: str) -> LinkView:
    """Link a project, or change what it sends. Safe to repeat: nothing is made twice."""
    connection = require_connection(services, connection_id)
    body = read_body(LinkBody)
    choice = read_choice(services, body)
    link = link_project(services, current_site(), connection, project_id, choice=choice)
    note_accepted(services, connection)
    return show_link(services, link)


@api_view(answer=Removal)
def delete_link(services: Services, connection_id: str, project_id: str) -> Removal:
    """Unlink: remove the subscriptions in Azure DevOps and what Jira was sent for the project."""
    connection = require_connection(services, connection_id)
    link = require_link(services, connection, project_id)
    return show_removal(unlink_project(services, current_site(), connection, link))


def require_link(services: Services, connection: Connection, project_id: str) -> Link:
    """The link of a project by id or, while Azure DevOps tells it, by name, in any case. Raises UnknownObject."""
    links = {link.project_id.casefold(): link for link in services.links.list_connection(connection.id)}
    found = links.get(project_id.casefold())
    if found is None and not GUID.fullmatch(project_id):
        found = links.get(_find_id(services, connection, project_id).casefold())
    if found is None:
        raise UnknownObject("This project is not linked.")
    return found


def _find_id(services: Services, connection: Connection, name: str) -> str:
    try:
        return read_project(services.ado(connection), name).id
    except Permanent:
        raise UnknownObject("This project is not linked, or the token does not see it: name it by its id.") from None


def note_accepted(services: Services, connection: Connection) -> None:
    """Azure DevOps took the token: a refusal that was noted before is over."""
    if connection.token_state == "refused":  # noqa: S105  # a state
        services.connections.set_token_state(connection.id, "ok")
        resume_connection(services, connection)


def read_choice(services: Services, body: LinkBody) -> LinkChoice:
    """Raises BadInput for a day that history cannot begin with."""
    if body.backfill_since:
        require_since(services, body.backfill_since, "/backfillSince")
        if not body.backfill:
            text = "Leave the day out when no history is to be read."
            raise BadInput(text, (Fault("/backfillSince", text),))
    return LinkChoice(
        kinds=body.kinds,
        jira_projects=body.jira_projects,
        every_jira_project=body.jira_projects is None and "jira_projects" in body.model_fields_set,
        since=body.backfill_since,
        backfill=body.backfill,
    )


def show_project(project_id: str, name: str, link: Link | None) -> ProjectView:
    if link is None:
        return ProjectView(id=project_id, name=name, linked=False)
    return ProjectView(id=project_id, name=name, linked=True, kinds=link.kinds, jira_projects=link.jira_projects)


def show_link(services: Services, link: Link) -> LinkView:
    return LinkView(
        project_id=link.project_id,
        kinds=link.kinds,
        jira_projects=link.jira_projects,
        backfill_since=date.fromisoformat(link.backfill_since) if link.backfill_since else None,
        subscriptions=tuple(show_subscription(row) for row in services.links.list_subscriptions(link.id)),
    )


def show_subscription(row: Subscription) -> SubscriptionView:
    return SubscriptionView(event_type=row.event_type, id=row.id, status=row.status)
