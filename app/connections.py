"""/api/connections: the Azure DevOps organizations of a site. A token goes in and never comes out."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from flask import Blueprint
from pydantic import Field, SecretStr

from app.access import admit_admins, current_site, require_connection
from app.api import ApiModel, ConcernView, api_view, read_body
from app.connecting import Connected, connect_organization, remove_connection, replace_token, want_check
from linkage.credentials import date_of, present_problems
from linkage.token_check import Problem
from services import Services
from store.connections import Connection, TokenState

TOKEN_CHARACTERS = 4096  # a personal access token has 84; what is far longer is something else


ENDS_WORDS = (
    "The day the token ends, as Azure DevOps showed it when the token was made. Azure DevOps tells it to nobody but "
    "the owner of the token, so without it there is no warning ahead."
)
Token = Annotated[SecretStr, Field(min_length=1, max_length=TOKEN_CHARACTERS)]
Address = Annotated[str, Field(min_length=1, max_length=2000, examples=["https://dev.azure.com/acme"])]
EndDay = Annotated[date | None, Field(description=ENDS_WORDS)]


class NewConnection(ApiModel):
    organization_url: Address
    token: Token
    expires_on: EndDay = None


class NewToken(ApiModel):
    """`organizationUrl`: the new address of the same organization when it was renamed."""

    token: Token
    expires_on: EndDay = None
    organization_url: Address | None = None


class ConnectionView(ApiModel):
    """An organization. `tokenState`: ok, refused by Azure DevOps, erased when the app was uninstalled, or gone when
    the organization does not answer at its address; all but ok pause the connection. `expiresOn` is null when nobody
    said it.
    """

    id: str
    organization_url: str
    organization: str
    token_state: TokenState
    expires_on: date | None
    problems: tuple[ConcernView, ...]


class CheckedConnection(ConnectionView):
    """A connection whose token was just checked."""

    authenticated_as: str


class ConnectionList(ApiModel):
    items: tuple[ConnectionView, ...]
    next: str | None = None


class CheckWanted(ApiModel):
    """The connection that is looked at as soon as a worker has time."""

    id: str


class Removal(ApiModel):
    """What is gone, but for the problems: what could not be removed and has to be by hand."""

    problems: tuple[ConcernView, ...]


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/connections`."""
    blueprint = Blueprint("connections", __name__, url_prefix="/api/connections")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(list_connections), methods=["GET"])
    blueprint.add_url_rule("", view_func=services.bind(add_connection), methods=["POST"])
    blueprint.add_url_rule("/<connection_id>", view_func=services.bind(show_connection), methods=["GET"])
    blueprint.add_url_rule("/<connection_id>", view_func=services.bind(delete_connection), methods=["DELETE"])
    blueprint.add_url_rule("/<connection_id>/token", view_func=services.bind(put_token), methods=["PUT"])
    blueprint.add_url_rule("/<connection_id>/check", view_func=services.bind(check_connection), methods=["POST"])
    return blueprint


@api_view(answer=ConnectionList)
def list_connections(services: Services) -> ConnectionList:
    """List the connected organizations."""
    found = services.connections.list_for(current_site().id)
    return ConnectionList(items=tuple(show(connection) for connection in found))


@api_view(body=NewConnection, answer=CheckedConnection, status=201)
def add_connection(services: Services) -> tuple[CheckedConnection, int]:
    """Connect an organization with a personal access token; connecting it again replaces the token."""
    body = read_body(NewConnection)
    made = connect_organization(services, current_site(), body.organization_url, body.token, body.expires_on)
    return show_checked(made), 201


@api_view(answer=ConnectionView)
def show_connection(services: Services, connection_id: str) -> ConnectionView:
    """Show one connection."""
    return show(require_connection(services, connection_id))


@api_view(answer=Removal)
def delete_connection(services: Services, connection_id: str) -> Removal:
    """Disconnect: remove the subscriptions in Azure DevOps, what Jira was sent, and the token."""
    connection = require_connection(services, connection_id)
    return show_removal(remove_connection(services, current_site(), connection))


@api_view(body=NewToken, answer=CheckedConnection)
def put_token(services: Services, connection_id: str) -> CheckedConnection:
    """Replace the token. What waited for it goes on: events are delivered, what was missed is read."""
    connection = require_connection(services, connection_id)
    body = read_body(NewToken)
    return show_checked(replace_token(services, connection, body.token, body.expires_on, body.organization_url))


@api_view(answer=CheckWanted, status=202)
def check_connection(services: Services, connection_id: str) -> tuple[CheckWanted, int]:
    """Look at the token and at every subscription now, and repair what can be; health shows what was found."""
    connection = require_connection(services, connection_id)
    want_check(services, connection)
    return CheckWanted(id=connection.id), 202


def show(connection: Connection) -> ConnectionView:
    return ConnectionView(
        id=connection.id,
        organization_url=connection.organization_url,
        organization=connection.organization,
        token_state=connection.token_state,
        expires_on=date_of(connection.token_expires_at) if connection.token_expires_at else None,
        problems=show_problems(connection),
    )


def show_checked(checked: Connected) -> CheckedConnection:
    return CheckedConnection(**dict(show(checked.connection)), authenticated_as=checked.user_name)


def show_problems(connection: Connection) -> tuple[ConcernView, ...]:
    """What is wrong with a connection, the state of its token included."""
    return show_concerns(present_problems(connection))


def show_concerns(problems: Sequence[Problem]) -> tuple[ConcernView, ...]:
    return tuple(ConcernView.model_validate(problem.as_record()) for problem in problems)


def show_removal(left: tuple[Problem, ...]) -> Removal:
    return Removal(problems=show_concerns(left))
