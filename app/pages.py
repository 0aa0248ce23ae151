"""The pages that Jira frames or opens: who asks is proved by the signed address, what they show comes from the API.

A page holds no data of its own beyond the address of the site; the scripts fetch the rest: in Jira's frame with a
context token, in a window of its own with the session of that window.
"""

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, render_template, request, url_for
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.errors import STATUS
from app.sign_in_pages import OUTAGE, require_window
from descriptor.callers import Caller, identify_page, identify_window
from descriptor.sessions import open_session
from domain.branches import is_issue_key, propose_name
from domain.errors import AccessDenied, AppError, BadInput, Unauthenticated
from services import Services

# https://developer.atlassian.com/cloud/jira/platform/security-for-connect-apps/
JIRA_FRAMES = ("https://*.atlassian.net", "https://*.jira.com", "https://*.jira-dev.com")
# `AP.theming.initializeTheming()` links the style sheets of the design tokens from here
THEME_ORIGIN = "https://connect-cdn.atl-paas.net"
ANY: tuple[type[Exception], int, str] = (Exception, 500, "A fault in Crosswalk")
WINDOWS = frozenset({"pages.show_branch", "pages.show_signed_in"})  # these stand outside Jira, framed by nobody
WINDOW_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
UNKNOWN_WINDOW = (
    "Crosswalk does not know whose window this is: Jira did not say, or the window was not used for an hour."
)


def routes(services: Services) -> Blueprint:
    """`/pages/admin`, `/pages/migrations`, `/pages/issue`, `/pages/create-branch` and `/pages/signed-in`. A refused
    visit is answered in words, as a page.
    """
    blueprint = Blueprint("pages", __name__, url_prefix="/pages")
    blueprint.add_url_rule("/admin", view_func=services.bind(show_admin))
    blueprint.add_url_rule("/migrations", view_func=services.bind(show_migrations))
    blueprint.add_url_rule("/issue", view_func=services.bind(show_issue))
    blueprint.add_url_rule("/create-branch", view_func=services.bind(show_branch))
    blueprint.add_url_rule("/signed-in", view_func=services.bind(show_signed_in))
    for kind in (AppError, RedisError, SQLAlchemyError):
        blueprint.register_error_handler(kind, services.bind(show_refusal))
    return blueprint


def show_admin(services: Services) -> Response:
    """The page on which a Jira administrator connects Azure DevOps. Raises Unauthenticated, AccessDenied."""
    caller = identify_page(services)
    if not caller.is_admin:
        raise AccessDenied("Only a Jira administrator can set up Crosswalk. Ask one of them to open this page.")
    return _framed(services, caller, "admin.html")


def show_migrations(services: Services) -> Response:
    """The page on which a Jira administrator migrates work items. Raises Unauthenticated, AccessDenied."""
    caller = identify_page(services)
    if not caller.is_admin:
        raise AccessDenied("Only a Jira administrator can migrate work items. Ask one of them to open this page.")
    return _framed(services, caller, "migrations.html")


def show_issue(services: Services) -> Response:
    """The panel of one issue: what goes on in Azure DevOps, and a new branch. Raises Unauthenticated, BadInput."""
    caller = identify_page(services)
    key = _issue_key()
    return _framed(services, caller, "issue.html", issue_key=key, branch=_propose(services, caller, key))


def show_branch(services: Services) -> Response:
    """The form for a new branch, in a window of its own.

    Jira opens it with a token, which leaves the address at once: the window is given a session in its place. Whom
    nobody names is asked to sign in. Raises AccessDenied in a frame, BadInput.
    """
    require_window()
    try:
        caller = identify_window(services)
    except Unauthenticated as error:
        return _ask_who(services, str(error) if "jwt" in request.args else UNKNOWN_WINDOW)
    key = _issue_key()
    if caller.session is None:
        return _give_window(services, caller, key)
    return _window(
        "create_branch.html",
        issue_key=key,
        branch=_propose(services, caller, key),
        site=urlsplit(caller.installation.base_url).netloc,
        csrf_token=caller.session.csrf_token.get_secret_value(),
    )


def show_signed_in(services: Services) -> Response:
    """The end of a sign-in that began in a panel: it tells the panel, and may be closed. Raises Unauthenticated."""
    require_window()
    identify_window(services)
    key = _issue_key() if "issueKey" in request.args else ""
    return _window("signed_in.html", issue_key=key)


def show_refusal(services: Services, error: Exception) -> Response:
    """Any error on a page: the words, and the status the API would give."""
    status, title = next((status, title) for kind, status, title in (*STATUS, ANY) if isinstance(error, kind))
    values = {"title": title, "detail": str(error) if isinstance(error, AppError) else OUTAGE, "status": status}
    if request.endpoint in WINDOWS:
        response = _window("refusal.html", **values)
    else:
        ancestors = (*JIRA_FRAMES, *sorted(services.settings.jira_hosts))
        response = _page(services, "refusal.html", ancestors, **values)
    response.status_code = status
    return response


def _ask_who(services: Services, detail: str) -> Response:
    """For somebody whom neither Jira nor a session names: how to go on, and the name to copy without. Raises
    Unauthenticated when the address names no issue either.
    """
    if not is_issue_key(request.args.get("issueKey", "").strip().upper()):
        raise Unauthenticated(detail)
    key, configured = _issue_key(), bool(services.settings.atlassian_client_id)
    sign_in = url_for("atlassian_sign_in.start_sign_in", issueKey=key) if configured else None
    branch = propose_name(key, request.args.get("issueSummary", ""))
    response = _window("stranger.html", issue_key=key, branch=branch, detail=detail, sign_in=sign_in)
    response.status_code = 401
    return response


def _give_window(services: Services, caller: Caller, key: str) -> Response:
    """The window becomes the caller's, and goes to the same address without the token."""
    issue = {"issueKey": key, "issueSummary": request.args.get("issueSummary", "")}
    query = urlencode({name: value for name, value in issue.items() if value})
    place = f"{services.settings.public_url}/pages/create-branch?{query}"
    response = Response(status=303, headers={"Location": place})
    open_session(services, response, caller.installation.id, caller.account_id)
    return response


def _issue_key() -> str:
    key = request.args.get("issueKey", "").strip().upper()
    if not is_issue_key(key):
        raise BadInput("The address names no issue. Open this page from a Jira issue.")
    return key


def _propose(services: Services, caller: Caller, key: str) -> str:
    """A name until the page has asked Jira for the issue; what the address says of it counts for no more than this."""
    settings = services.settings_book.read(caller.installation.id).settings
    return propose_name(key, request.args.get("issueSummary", ""), template=settings.branch_template)


def _framed(services: Services, caller: Caller, template: str, **values: str) -> Response:
    """A page for the site's own frame. A site on a host the operator named is not below Atlassian's domains."""
    site = caller.installation.base_url
    own = (_origin(site),) if services.site_hosts.is_extra(site) else ()
    return _page(services, template, JIRA_FRAMES + own, site=site, **values)


def _window(template: str, **values: object) -> Response:
    """A page of its own, without anything of Jira's."""
    response = Response(render_template(template, **values), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = WINDOW_POLICY
    return response


def _page(services: Services, template: str, ancestors: Sequence[str], **values: object) -> Response:
    bridge = services.settings.connect_js_url
    page = render_template(template, bridge=bridge, **values)
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(_origin(bridge), ancestors)
    return response


def _policy(bridge_origin: str, ancestors: Sequence[str]) -> str:
    """No inline script or style; scripts from here and from where Jira's bridge is."""
    return (
        f"default-src 'self'; script-src 'self' {bridge_origin}; style-src 'self' {THEME_ORIGIN}; "
        f"base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors {' '.join(ancestors)}"
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
