"""Sign-in of a browser window with an Atlassian account (OAuth 2.0, three-legged), for pages that Jira opens without
telling who comes, as a Forge app's Create branch.

The account proves the person, the sites they may use prove where. Atlassian's token lives no longer than the callback.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, request, url_for
from pydantic import SecretStr

from app.sign_in_pages import keep_in_window, sign_in_page
from clients.atlassian_people import AccountSignIn, OpenSite
from descriptor.sessions import cookie_name, open_session
from domain.account_faults import AccountFault, Step, fault_of_answer, fault_of_error, refuse_account
from domain.branches import is_issue_key
from domain.errors import CallError
from services import Services
from store.account_sign_ins import LIFE_SECONDS, SiteOffer, new_value
from store.installations import Installation

log = structlog.get_logger("crosswalk.account_sign_in")

VALUE = re.compile(r"[A-Za-z0-9_-]{43}")  # what `new_value` makes
LONGEST_CODE = 4096  # nobody promises a length; this is far above any


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that came back to the browser it was begun in."""

    browser: SecretStr
    issue_key: str


def routes(services: Services) -> Blueprint:
    """`/auth/atlassian/start`, `/callback` and `/site`. A refused visit is answered in words, as a page."""
    blueprint = Blueprint("atlassian_sign_in", __name__, url_prefix="/auth/atlassian")
    keep_in_window(blueprint)
    blueprint.add_url_rule("/start", view_func=services.bind(start_sign_in))
    blueprint.add_url_rule("/callback", view_func=services.bind(end_sign_in))
    blueprint.add_url_rule("/site", view_func=services.bind(choose_site), methods=["POST"])
    return blueprint


def start_sign_in(services: Services) -> Response:
    """Send the browser to Atlassian, to come back to the Create branch page of `issueKey`.

    Raises WrongState when no app is registered, BadInput for a query that names no issue.
    """
    sign_in = _require_sign_in(services)
    issue_key = request.args.get("issueKey", "").strip().upper()
    if not is_issue_key(issue_key):
        _refuse("no_issue")
    browser = _browser(services) or new_value()
    state = services.account_sign_ins.begin(browser, issue_key)
    response = _go_to(sign_in.authorize_address(state.get_secret_value(), _callback_address(services)))
    _keep_browser(services, response, browser)
    return response


def end_sign_in(services: Services) -> Response:
    """Take Atlassian's answer: open a session on the installed site of this person, or ask which, when there are more.

    Raises the errors of `domain.account_faults`; nothing was done then.
    """
    sign_in = _require_sign_in(services)
    begun = _take_begun(services)
    again = _start_address(begun.issue_key)
    account_id, shown = _ask_atlassian(services, sign_in, again)
    sites = _installed_sites(services, shown)
    if not sites:
        _refuse("no_site", again)
    if len(sites) > 1:
        return _offer_sites(services, begun, account_id, sites)
    return _open_page(services, sites[0], account_id, begun.issue_key)


def choose_site(services: Services) -> Response:
    """Open the session on the site that was chosen of those offered to this browser. Raises AccessDenied."""
    browser, value = _browser(services), _as_value(request.form.get("offer"))
    offer = services.account_sign_ins.take_offer(value, browser) if browser and value else None
    if offer is None:
        _refuse("state_unknown")
    again = _start_address(offer.issue_key)
    chosen = request.form.get("site", "")
    site = services.installations.find(chosen) if chosen in offer.installation_ids else None
    if site is None or site.state != "installed":  # it may have left since
        _refuse("site_unknown", again)
    return _open_page(services, site, offer.account_id, offer.issue_key)


def _require_sign_in(services: Services) -> AccountSignIn:
    sign_in = services.account_sign_in()
    if sign_in is None:
        _refuse("not_configured")
    return sign_in


def _take_begun(services: Services) -> Begun:
    """What this browser began. Raises AccessDenied; whatever comes next, it is over."""
    browser, state = _browser(services), _as_value(request.args.get("state"))
    issue_key = services.account_sign_ins.take(state, browser) if browser and state else None
    if browser is None or issue_key is None:
        _refuse("state_unknown")
    return Begun(browser, issue_key)


def _ask_atlassian(services: Services, sign_in: AccountSignIn, again: str) -> tuple[str, Sequence[OpenSite]]:
    """Who came back, and the sites they may use."""
    word, code = request.args.get("error"), request.args.get("code", "")
    if word is not None:
        _refuse(fault_of_answer(word), again)
    if not 0 < len(code) <= LONGEST_CODE:
        _refuse("not_accepted", again)
    with _told("exchange", again):
        token = sign_in.exchange_code(code, _callback_address(services))
    with _told("read", again):
        return sign_in.read_account(token), sign_in.list_sites(token)


def _installed_sites(services: Services, shown: Sequence[OpenSite]) -> Sequence[Installation]:
    """Those of them that installed the app; of two at one address the one that came later, a Connect app gone Forge."""
    found = services.installations.list_apps([site.cloud_id for site in shown], [site.url for site in shown])
    return list({site.base_url: site for site in found}.values())


def _offer_sites(services: Services, begun: Begun, account_id: str, sites: Sequence[Installation]) -> Response:
    offer = SiteOffer(begun.issue_key, account_id, tuple(site.id for site in sites))
    value = services.account_sign_ins.offer(begun.browser, offer).get_secret_value()
    response = sign_in_page("choose_site.html", issue_key=begun.issue_key, offer=value, sites=sites)
    _keep_browser(services, response, begun.browser)
    return response


def _open_page(services: Services, site: Installation, account_id: str, issue_key: str) -> Response:
    """Back to where the person wanted to go: an address of our own, made of nothing but the issue."""
    query = urlencode({"issueKey": issue_key})
    response = _go_to(f"{services.settings.public_url}/pages/create-branch?{query}")
    open_session(services, response, site.id, account_id)
    log.info("account_sign_in.opened", installation=site.id)
    return response


@contextmanager
def _told(step: Step, again: str) -> Iterator[None]:
    """A refused call of a step as the fault it is."""
    try:
        yield
    except CallError as error:
        _refuse(fault_of_error(step, error), again)


def _refuse(fault: AccountFault, again: str | None = None) -> NoReturn:
    log.info("account_sign_in.refused", fault=fault)
    raise refuse_account(fault, again=again) from None


def _browser(services: Services) -> SecretStr | None:
    """What binds a sign-in to this browser; None when it has begun none."""
    return _as_value(request.cookies.get(_browser_cookie(services)))


def _keep_browser(services: Services, response: Response, browser: SecretStr) -> None:
    """The same for sign-ins in several tabs. `Lax`: Atlassian sends the browser back from another site."""
    name = _browser_cookie(services)
    response.set_cookie(
        name, browser.get_secret_value(), max_age=LIFE_SECONDS, path="/", secure=name.startswith("__Host-"),
        httponly=True, samesite="Lax",
    )  # fmt: skip


def _browser_cookie(services: Services) -> str:
    return f"{cookie_name(services.settings.public_url)}-account"


def _as_value(text: str | None) -> SecretStr | None:
    return SecretStr(text) if text and VALUE.fullmatch(text) else None


def _callback_address(services: Services) -> str:
    return f"{services.settings.public_url}/auth/atlassian/callback"


def _start_address(issue_key: str) -> str:
    return url_for("atlassian_sign_in.start_sign_in", issueKey=issue_key)


def _go_to(address: str) -> Response:
    return Response(status=303, headers={"Location": address})
