"""Pages and the JSON API for people. `create_app` is the only way to an application."""

from flask import Flask, Response

from app import (
    ado_sign_in,
    atlassian_sign_in,
    backfills,
    branch_form,
    branches,
    connections,
    dead_letters,
    environments,
    explain,
    health,
    issue_repositories,
    issue_work,
    mapping,
    me,
    migration_choices,
    migration_readers,
    migration_steps,
    migrations,
    operations,
    pages,
    projects,
    reconciling,
    repositories,
    run_reports,
    runs,
    scans,
    site_settings,
)
from app.api import BoundedJson
from app.commands import register_commands
from app.errors import register_errors
from descriptor import routes as descriptor_routes
from services import Services
from webhooks import routes as webhook_routes

MAX_BODY = 2 * 1024 * 1024  # Azure DevOps sends 2 MB at most; nothing of ours is larger
PARTS = (
    connections,
    projects,
    repositories,
    site_settings,
    branch_form,
    branches,
    issue_repositories,
    issue_work,
    environments,
    backfills,
    reconciling,
    dead_letters,
    explain,
    health,
    operations,
    pages,
    atlassian_sign_in,
    me,
    ado_sign_in,
    migrations,
    scans,
    mapping,
    migration_choices,
    migration_readers,
    migration_steps,
    runs,
    run_reports,
)


def create_app(services: Services) -> Flask:
    """The web application over `services`. Opens nothing by itself."""
    app = Flask(__name__, static_folder="../static", static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json = BoundedJson(app)
    for part in (descriptor_routes, webhook_routes, *PARTS):
        app.register_blueprint(part.routes(services))
    register_errors(app)
    register_commands(app, services)
    app.after_request(secure_answer)
    return app


def secure_answer(response: Response) -> Response:
    """Headers every answer carries. Framed pages set their own frame-ancestors before."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cache-Control", "no-store")
    return response
