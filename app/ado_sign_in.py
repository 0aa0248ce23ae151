"""Sign-in of a person to Azure DevOps through Microsoft Entra, in a window of its own.

The person is the one to whom the window belongs, the window the one that began; what comes back is used once. Where the
browser goes on is made here, never taken from an address.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

import structlog
from flask import Blueprint, Response, request, url_for

from app.access import require_connection_of
from app.jira_names import find_name
from app.sign_in_pages import keep_in_window, sign_in_page
from clients.ado import ConnectionData
from clients.entra import EntraRefusal, EntraTokens
from descriptor.callers import Caller, find_site, identify_caller
from descriptor.sessions import open_session, read_session
from domain.branches import is_issue_key
from domain.errors import BadInput, CallError, Forbidden, NotFound, Unauthenticated, Unauthorized
from domain.sign_in_faults import FaultCode, refuse_sign_in
from domain.sign_in_purposes import BRANCHES, MIGRATIONS, SignInPurpose
from linkage.persons import client_with, keep_person
from linkage.tenants import learn_tenant, sign_in_method
from services import Services
from store.browser_sessions import BrowserSession
from store.connections import Connection
from store.installations import Installation
from store.sign_ins import PendingSignIn, ReturnPlace, new_state

log = structlog.get_logger("crosswalk.ado_sign_in")

OWN_SITES = frozenset({None, "same-origin"})  # None: a browser that does not tell
SUMMARY_CHARACTERS = 255  # Jira's limit of a summary
SOMEWHERE = "the organization"


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to sign in to which connection. `ticket` is the word that named them, '' when the window did."""

    installation: Installation
    account_id: str
    session: BrowserSession | None
    connection: Connection
    place: ReturnPlace
    ticket: str = ""


def routes(services: Services) -> Blueprint:
    """`/auth/ado/start` and `/auth/ado/callback`. A refused visit is answered in words, as a page."""
    blueprint = Blueprint("ado_sign_in", __name__, url_prefix="/auth/ado")
    keep_in_window(blueprint)
    blueprint.add_url_rule("/start", view_func=services.bind(start_sign_in))
    blueprint.add_url_rule("/callback", view_func=services.bind(end_sign_in))
    return blueprint


def start_sign_in(services: Services) -> Response:
    """Send the browser to Entra, after a page of ours named whose sign-in it is: else anybody could lead people through
    one that is not theirs. Nothing is begun by that question.

    Raises the errors of `domain.sign_in_faults`, UnknownObject for a connection of another site.
    """
    wish = _ticket_wish(services) if "ticket" in request.args else _window_wish(services)
    if not _is_confirmed(wish):
        return _ask_first(services, wish)
    if wish.ticket and not services.sign_ins.take_ticket(wish.ticket):
        _refuse("ticket_unknown")
    connection = _require_entra(services, wish)
    response = Response(status=302)
    session = wish.session or open_session(services, response, wish.installation.id, wish.account_id)
    response.headers["Location"] = _begin(services, wish, connection, session)
    return response


def end_sign_in(services: Services) -> Response:
    """Take Entra's answer, prove it, and keep the sign-in of the person to whom this window belongs.

    Raises the errors of `domain.sign_in_faults`; nothing was kept then.
    """
    session = read_session(services)
    if session is None:
        _refuse("no_session")
    installation = find_site(services, session.installation_id)
    pending = _take_pending(services, session)
    connection = require_connection_of(services, installation, pending.connection_id)
    with _told(connection, pending.place):
        entra, answer = services.entra(connection.tenant_id), request.args.to_dict()
        tokens = entra.redeem(pending.flow, answer, services.now(), pending.place.purpose)
    owner = _confirm_member(services, connection, tokens, pending.place)
    keep_person(services, connection, pending.account_id, owner.user_id, tokens)
    return Response(status=303, headers={"Location": _return_address(services, pending.place)})


def _window_wish(services: Services) -> Wish:
    """By the session of the window, or Jira's token in the header."""
    try:
        caller: Caller = identify_caller(services)
    except Unauthenticated:
        if "Authorization" in request.headers:
            raise
        _refuse("no_session")
    connection = require_connection_of(services, caller.installation, request.args.get("connectionId", ""))
    summary = request.args.get("issueSummary", "")[:SUMMARY_CHARACTERS]
    place = ReturnPlace(_issue_key(), summary, purpose=_purpose())
    return Wish(caller.installation, caller.account_id, caller.session, connection, place)


def _ticket_wish(services: Services) -> Wish:
    """By a ticket that this person's own page asked for. A window that is somebody else's does not change hands."""
    word = request.args["ticket"]
    ticket = services.sign_ins.find_ticket(word)
    if ticket is None:
        _refuse("ticket_unknown")
    session = read_session(services)
    if session and (session.installation_id, session.account_id) != (ticket.installation_id, ticket.account_id):
        _refuse("other_person")
    installation = find_site(services, ticket.installation_id)
    connection = require_connection_of(services, installation, ticket.connection_id)
    place = ReturnPlace(ticket.issue_key, from_panel=True, purpose=ticket.purpose)
    return Wish(installation, ticket.account_id, session, connection, place, word)


def _is_confirmed(wish: Wish) -> bool:
    """Whether a page of ours led here that knows the person: the question of this very session, which nobody else can
    name, or the panel that asked for the ticket. A window may have changed hands since its page was shown.
    """
    if request.headers.get("Sec-Fetch-Site") not in OWN_SITES:
        return False
    if wish.ticket or wish.session is None:  # without a session Jira's token in the header names the person
        return True
    return hmac.compare_digest(request.args.get("confirmed", "").encode(), wish.session.digest.encode())


def _ask_first(services: Services, wish: Wish) -> Response:
    """A page that names whose sign-in it would be, with a link of our own to go on."""
    name = find_name(services, wish.installation, wish.account_id)
    start = _start_address(wish.connection, wish.place)
    go_on = f"{start}&{urlencode({'confirmed': wish.session.digest})}" if wish.session else start
    if wish.ticket:
        go_on = url_for("ado_sign_in.start_sign_in", ticket=wish.ticket)
    return sign_in_page(
        "sign_in_ask.html",
        organization=wish.connection.organization,
        site=urlsplit(wish.installation.base_url).netloc,
        person=name or wish.account_id,
        purpose=wish.place.purpose,
        go_on=go_on,
    )


def _require_entra(services: Services, wish: Wish) -> Connection:
    """The connection with its tenant as of now. Raises WrongState when people do not sign in to it by Entra."""
    if not services.settings.entra_client_id:
        _refuse("not_configured", wish.connection, purpose=wish.place.purpose)
    present = learn_tenant(services, wish.connection)
    if sign_in_method(services, present) != "entra":
        _refuse("personal_organization", wish.connection, purpose=wish.place.purpose)
    return present


def _begin(services: Services, wish: Wish, connection: Connection, session: BrowserSession) -> str:
    """Keep what must come back; the address at Entra."""
    state = new_state()
    with _told(connection, wish.place):
        flow = services.entra(connection.tenant_id).begin(_callback_address(services), state, wish.place.purpose)
    services.sign_ins.put(
        state,
        PendingSignIn(
            wish.installation.id, wish.account_id, connection.id, session.digest, wish.place, flow.kept
        ),
    )  # fmt: skip
    log.info("ado_sign_in.begun", installation=wish.installation.id, connection=connection.id)
    return flow.address


def _take_pending(services: Services, session: BrowserSession) -> PendingSignIn:
    """What this very window began, used up by that. A state of somebody else is left alone."""
    states = request.args.getlist("state")
    pending = services.sign_ins.find(states[0]) if len(states) == 1 else None
    if pending is None:
        _refuse("state_unknown")
    if (pending.installation_id, pending.account_id) != (session.installation_id, session.account_id):
        _refuse("other_person")
    if pending.session != session.digest:
        _refuse("other_window")
    if not services.sign_ins.take(states[0]):
        _refuse("state_unknown")
    return pending


def _confirm_member(
    services: Services, connection: Connection, tokens: EntraTokens, place: ReturnPlace
) -> ConnectionData:  # fmt: skip
    """Who the person is in the organization, which must be the connected one."""
    again = _start_address(connection, place)
    try:
        owner = client_with(services, connection, tokens).read_connection()
    except (Unauthorized, Forbidden):
        _refuse("not_in_organization", connection, again, purpose=place.purpose)
    except NotFound:
        _refuse("another_organization", connection)
    except CallError:
        _refuse("organization_unreachable", connection, again)
    if owner.instance_id != connection.instance_id:
        _refuse("another_organization", connection)
    return owner


@contextmanager
def _told(connection: Connection, place: ReturnPlace) -> Iterator[None]:
    """A refusal of Entra as the fault it is."""
    again = _start_address(connection, place)
    try:
        yield
    except EntraRefusal as refusal:
        _refuse(refusal.fault, connection, again, refusal.mark)
    except CallError:
        _refuse("entra_unreachable", connection, again)


def _refuse(
    fault: FaultCode, connection: Connection | None = None, again: str | None = None, mark: str = "", *,
    purpose: SignInPurpose = BRANCHES,
) -> NoReturn:  # fmt: skip
    known = {"connection": connection.id} if connection else {}
    log.info("ado_sign_in.refused", fault=fault, mark=mark, **known)
    organization = connection.organization if connection else SOMEWHERE
    raise refuse_sign_in(fault, organization, purpose=purpose, again=again, mark=mark) from None


def _issue_key() -> str:
    key = request.args.get("issueKey", "").strip().upper()
    if key and not is_issue_key(key):
        raise BadInput("The address names no issue. Open Create branch from a Jira issue.")
    return key


def _purpose() -> SignInPurpose:
    """Anything but migrations is branches, which asks for what it always did."""
    return MIGRATIONS if request.args.get("purpose") == MIGRATIONS else BRANCHES


def _start_address(connection: Connection, place: ReturnPlace) -> str:
    """Where the same sign-in begins anew, now by the session of the window."""
    issue = {} if place.from_panel else {"issueKey": place.issue_key, "issueSummary": place.issue_summary}
    purpose = {} if place.purpose == BRANCHES else {"purpose": place.purpose}
    query = {"connectionId": connection.id} | purpose | {name: value for name, value in issue.items() if value}
    return f"{url_for('ado_sign_in.start_sign_in')}?{urlencode(query)}"


def _return_address(services: Services, place: ReturnPlace) -> str:
    """The form of the issue; for a panel, and without an issue, the page that says that the window may be closed."""
    issue = {"issueKey": place.issue_key} if place.issue_key else {}
    if place.from_panel or not issue:
        page, query = "signed-in", issue
    else:
        page, query = "create-branch", issue | {"issueSummary": place.issue_summary}
    return f"{services.settings.public_url}/pages/{page}" + (f"?{urlencode(query)}" if query else "")


def _callback_address(services: Services) -> str:
    return f"{services.settings.public_url}/auth/ado/callback"
