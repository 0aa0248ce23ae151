"""The Azure DevOps stand-in as one app: every organization below `/{organization}`, control below `/_control`.

Release, identity and profile answer on the same host, as Azure DevOps Server does.
"""

from collections.abc import Sequence
from urllib.parse import quote

from flask import Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from sandbox.ado_answers import refusal
from sandbox.ado_bearer import tell_tenant
from sandbox.ado_commits import commit_routes
from sandbox.ado_compare import compare_routes
from sandbox.ado_control import control_blueprint
from sandbox.ado_core import core_routes
from sandbox.ado_errors import AdoError
from sandbox.ado_git import git_routes
from sandbox.ado_hooks import hook_routes
from sandbox.ado_items import item_routes
from sandbox.ado_new_pulls import new_pull_routes
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_pipelines import pipeline_routes
from sandbox.ado_profile import profile_blueprint
from sandbox.ado_pulls import pull_routes
from sandbox.ado_refs import ref_routes
from sandbox.ado_releases import release_routes
from sandbox.ado_routes import AdoFlask, Dispatcher, find_organization
from sandbox.control import Faults, apply_faults, faults_blueprint
from sandbox.wit_routes import WORK_ROUTES

__all__ = ["AdoOrganization", "create_ado"]
ALL_ROUTES = (
    core_routes, git_routes, ref_routes, commit_routes, compare_routes, item_routes, pull_routes, new_pull_routes,
    pipeline_routes, release_routes, hook_routes, *WORK_ROUTES,
)  # fmt: skip


def create_ado(*organizations: AdoOrganization, strict: bool = True, public_url: str | None = None) -> AdoFlask:
    """The app for these organizations.

    `strict` checks calls and answers against the official documents where those are present. `public_url` is the
    address people reach it by; without it the one each call came to.
    """
    app = AdoFlask("sandbox-ado")
    provider = DefaultJSONProvider(app)
    provider.sort_keys = False
    app.json = provider
    faults = Faults()
    apply_faults(app, faults)
    app.register_blueprint(faults_blueprint(faults))
    app.register_blueprint(control_blueprint(organizations))
    app.register_blueprint(profile_blueprint(organizations))
    dispatcher = Dispatcher(organizations, strict=strict, public_url=public_url)
    for routes in ALL_ROUTES:
        dispatcher.register(app, routes)
    app.add_url_rule("/<organization>/", "front_door", lambda organization: front_door(organizations, organization))
    app.register_error_handler(AdoError, refusal)
    app.register_error_handler(HTTPException, refuse_address)
    return app


def front_door(organizations: Sequence[AdoOrganization], name: str) -> Response:
    """The organization's own page wants people to sign in, and says where. Raises AdoError (404)."""
    found = find_organization(organizations, name)
    response = Response(status=302)
    response.headers["Location"] = f"{request.host_url}_signin?realm={quote(found.name)}"
    return tell_tenant(found, response)


def refuse_address(error: HTTPException) -> Response:
    """Addresses and methods that nobody answers, in the service's form."""
    response = jsonify(AdoError(error.code or 500, type(error).__name__, error.description or "").body())
    response.status_code = error.code or 500
    return response
