"""/api/me: the caller, and their own sign-ins to Azure DevOps. A token goes in and never comes out."""

from collections.abc import Sequence
from typing import Annotated, Literal

from flask import Blueprint, Response
from pydantic import AfterValidator, Field

from app.access import admit_people, current_caller, current_site, require_connection
from app.api import ApiModel, api_view, read_body, read_query
from app.connections import Token
from app.jira_names import find_name
from app.own_tokens import keep_own_token
from domain.branches import is_issue_key
from domain.sign_in_faults import refuse_sign_in
from domain.sign_in_purposes import BRANCHES, SignInPurpose
from linkage.persons import forget_person, needs_sign_in
from linkage.tenants import learn_tenant, sign_in_method
from services import Services
from store.connections import Connection
from store.people import Person, PersonState, SignInMethod
from store.sign_ins import TICKET_SECONDS, Ticket


def check_key(text: str) -> str:
    """An issue key in capitals. Raises ValueError."""
    key = text.strip().upper()
    if not is_issue_key(key):
        raise ValueError("must be an issue key, such as SHOP-7")
    return key


ConnectionId = Annotated[str, Field(min_length=1, max_length=36)]


class OwnSignIn(ApiModel):
    """The caller's sign-in to one organization. `state` is `signed_out`, `signed_in`, or `ended` when it does not count
    any more; `detail` then tells what to do.
    """

    connection_id: str
    organization: str
    organization_url: str
    method: SignInMethod
    state: PersonState | Literal["signed_out"]
    detail: str | None
    used_at: int | None = Field(description="ms since 1970, to the hour")


class Me(ApiModel):
    """Who calls. `name` is null when Jira does not tell it now."""

    account_id: str
    name: str | None
    site: str
    organizations: tuple[OwnSignIn, ...]


class SignInWish(ApiModel):
    """`purpose`: what Microsoft asks consent for, writing code for branches or reading work items for migrations."""

    connection_id: ConnectionId
    issue_key: Annotated[str, AfterValidator(check_key)] | None = None
    purpose: SignInPurpose = BRANCHES


class SignInTicket(ApiModel):
    """Where to open a window in which the caller signs in; the address works once, for so many seconds."""

    url: str
    seconds: int


class OwnToken(ApiModel):
    token: Token


class Choice(ApiModel):
    connection_id: ConnectionId | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/me`."""
    blueprint = Blueprint("me", __name__, url_prefix="/api/me")
    admit_people(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(show_me), methods=["GET"])
    blueprint.add_url_rule("/ado", view_func=services.bind(wish_sign_in), methods=["POST"])
    blueprint.add_url_rule("/ado", view_func=services.bind(forget_sign_ins), methods=["DELETE"])
    blueprint.add_url_rule("/ado/<connection_id>/token", view_func=services.bind(put_own_token), methods=["PUT"])
    return blueprint


@api_view(answer=Me)
def show_me(services: Services) -> Me:
    """Show who calls, and their sign-in to each organization that has a linked project or to which they have one."""
    caller = current_caller()
    own = {person.connection_id: person for person in _own_sign_ins(services)}
    linked = {link.connection_id for link in services.links.list_for(caller.installation.id)}
    found = services.connections.list_for(caller.installation.id)
    return Me(
        account_id=caller.account_id,
        name=find_name(services, caller.installation, caller.account_id),
        site=caller.installation.base_url,
        organizations=tuple(_show(services, one, own.get(one.id)) for one in found if one.id in linked | own.keys()),
    )


@api_view(body=SignInWish, answer=SignInTicket)
def wish_sign_in(services: Services) -> SignInTicket:
    """Get an address at which the caller signs in with Microsoft, for a window outside of Jira's frame."""
    body = read_body(SignInWish)
    connection = require_connection(services, body.connection_id)
    if not services.settings.entra_client_id:
        raise refuse_sign_in("not_configured", connection.organization, purpose=body.purpose)
    if sign_in_method(services, learn_tenant(services, connection)) != "entra":
        raise refuse_sign_in("personal_organization", connection.organization, purpose=body.purpose)
    caller = current_caller()
    ticket = Ticket(caller.installation.id, caller.account_id, connection.id, body.issue_key or "", body.purpose)
    word = services.sign_ins.put_ticket(ticket).get_secret_value()
    return SignInTicket(url=f"{services.settings.public_url}/auth/ado/start?ticket={word}", seconds=TICKET_SECONDS)


@api_view(body=OwnToken, answer=OwnSignIn)
def put_own_token(services: Services, connection_id: str) -> OwnSignIn:
    """Keep a personal access token of the caller's own, where Microsoft Entra signs nobody in."""
    connection = require_connection(services, connection_id)
    person = keep_own_token(services, connection, current_caller().account_id, read_body(OwnToken).token)
    return _show(services, connection, person)


@api_view(query=Choice, answer=None, status=204)
def forget_sign_ins(services: Services) -> Response:
    """Forget the caller's sign-in to one organization, or to all of this site."""
    chosen = read_query(Choice).connection_id
    wanted = require_connection(services, chosen).id if chosen else None
    for person in _own_sign_ins(services):
        if wanted in {None, person.connection_id}:
            forget_person(services, person)
    return Response(status=204)


def _own_sign_ins(services: Services) -> Sequence[Person]:
    return services.people.list_account(current_caller().account_id, current_site().id)


def _show(services: Services, connection: Connection, person: Person | None) -> OwnSignIn:
    ended = person is not None and person.state == "ended"
    return OwnSignIn(
        connection_id=connection.id,
        organization=connection.organization,
        organization_url=connection.organization_url,
        method=sign_in_method(services, connection),
        state=person.state if person else "signed_out",
        detail=str(needs_sign_in(connection, ended=True)) if ended else None,
        used_at=person.used_at if person else None,
    )
