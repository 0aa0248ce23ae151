"""The addresses Atlassian calls: the descriptor and the lifecycle."""

import json
from pathlib import Path

import structlog
from flask import Blueprint, Response, request

from descriptor.callers import identify_installer, identify_site
from descriptor.lifecycle import install_site, uninstall_site
from services import Services

log = structlog.get_logger("crosswalk.connect")

DESCRIPTOR = Path(__file__).parent.parent / "atlassian-connect.json"
DESCRIPTOR_SECONDS = 300


def routes(services: Services) -> Blueprint:
    """The blueprint with `/atlassian-connect.json` and `/connect/*`."""
    blueprint = Blueprint("connect", __name__)
    blueprint.add_url_rule("/atlassian-connect.json", view_func=services.bind(serve_descriptor))
    for view in (installed, uninstalled, enabled, disabled):
        blueprint.add_url_rule(f"/connect/{view.__name__}", view_func=services.bind(view), methods=["POST"])
    return blueprint


def serve_descriptor(services: Services) -> Response:
    """The descriptor for PUBLIC_URL. It is public: Jira reads it before anybody trusts anybody."""
    response = Response(fill_descriptor(services.settings.public_url), content_type="application/json")
    response.headers["Cache-Control"] = f"public, max-age={DESCRIPTOR_SECONDS}"
    return response


def fill_descriptor(public_url: str) -> str:
    """The descriptor file with its `{baseUrl}` filled in, as JSON text."""
    return DESCRIPTOR.read_text("utf-8").replace("{baseUrl}", json.dumps(public_url)[1:-1])


def installed(services: Services) -> Response:
    """First install, re-install and update. Signed by Atlassian (RS256)."""
    install_site(services, identify_installer(services), request.get_data())
    return Response(status=204)


def uninstalled(services: Services) -> Response:
    """Signed by Atlassian (RS256), because the site's own secret may be gone."""
    uninstall_site(services, identify_installer(services), request.get_data())
    return Response(status=204)


def enabled(services: Services) -> Response:
    """Signed by the site (HS256). Nothing changes: `installed` said everything."""
    log.info("connect.enabled", installation=identify_site(services).id)
    return Response(status=204)


def disabled(services: Services) -> Response:
    """Signed by the site (HS256). Nothing changes: Jira refuses our calls until the app is enabled again."""
    log.info("connect.disabled", installation=identify_site(services).id)
    return Response(status=204)
