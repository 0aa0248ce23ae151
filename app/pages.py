"""The pages that Jira frames or opens: who asks is proved by the signed address, what they show comes from the API.

A page holds no data of its own beyond the address of the site; the scripts fetch the rest with a context token.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request

from app.errors import STATUS
from descriptor.callers import Caller, identify_page
from domain.branches import is_issue_key, propose_name
from domain.errors import AccessDenied, AppError, BadInput
from services import Services

# https://developer.atlassian.com/cloud/jira/platform/security-for-connect-apps/
JIRA_FRAMES = ("https://*.atlassian.net", "https://*.jira.com", "https://*.jira-dev.com")
# `AP.theming.initializeTheming()` links the style sheets of the design tokens from here
THEME_ORIGIN = "https://connect-cdn.atl-paas.net"
ANY: tuple[type[Exception], int, str] = (AppError, 500, "A fault in Crosswalk")


def routes(services: Services) -> Blueprint:
    """`/pages/admin`, `/pages/issue` and `/pages/create-branch`. A refused visit is answered in words, as a page."""
    blueprint = Blueprint("pages", __name__, url_prefix="/pages")
    blueprint.add_url_rule("/admin", view_func=services.bind(show_admin))
    blueprint.add_url_rule("/issue", view_func=services.bind(show_issue))
    blueprint.add_url_rule("/create-branch", view_func=services.bind(show_branch))
    blueprint.register_error_handler(AppError, services.bind(show_refusal))
    return blueprint


def show_admin(services: Services) -> Response:
    """The page on which a Jira administrator connects Azure DevOps. Raises Unauthenticated, AccessDenied."""
    caller = identify_page(services)
    if not caller.is_admin:
        raise AccessDenied("Only a Jira administrator can set up Crosswalk. Ask one of them to open this page.")
    return _framed(services, caller, "admin.html")


def show_issue(services: Services) -> Response:
    """The panel of one issue: the branch name that links itself. Raises Unauthenticated, BadInput."""
    caller = identify_page(services)
    return _framed(services, caller, "issue.html", **_branch_of_issue())


def show_branch(services: Services) -> Response:
    """The same, opened by `Create branch` in a window of its own; nobody may frame it."""
    identify_page(services)
    return _page(services, "create_branch.html", ("'none'",), **_branch_of_issue())


def show_refusal(services: Services, error: AppError) -> Response:
    """Any error of the product on a page: the words, and the status the API would give."""
    status, title = next((status, title) for kind, status, title in (*STATUS, ANY) if isinstance(error, kind))
    ancestors = (*JIRA_FRAMES, *sorted(services.settings.jira_hosts))
    response = _page(services, "refusal.html", ancestors, title=title, detail=str(error), status=status)
    response.status_code = status
    return response


def _branch_of_issue() -> dict[str, str]:
    key = request.args.get("issueKey", "").strip().upper()
    if not is_issue_key(key):
        raise BadInput("The address names no issue. Open this page from a Jira issue.")
    return {"issue_key": key, "branch": propose_name(key, request.args.get("issueSummary", ""))}


def _framed(services: Services, caller: Caller, template: str, **values: str) -> Response:
    """A page for the site's own frame. A site on a host the operator named is not below Atlassian's domains."""
    site = caller.installation.base_url
    own = (_origin(site),) if services.site_hosts.is_extra(site) else ()
    return _page(services, template, JIRA_FRAMES + own, site=site, **values)


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
