"""Handles for tests and people below `/_control` of the Jira stand-in; no real Jira has them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.control import ROOT, Faults
from sandbox.jira_apps import InstallFailed, install_app, rename_site, uninstall_app
from sandbox.jira_limits import BurstLimits
from sandbox.jira_people_control import add_people
from sandbox.jira_site import Installation, JiraSite


def jira_control(site: JiraSite, faults: Faults) -> Blueprint:
    """Installing, knobs, reading back and page tokens of one site."""
    blueprint = Blueprint("jira_control", __name__, url_prefix=ROOT)
    blueprint.register_error_handler(KeyError, lambda error: (jsonify(error=f"unknown: {error}"), 404))
    blueprint.register_error_handler(InstallFailed, lambda error: (jsonify(error=str(error)), 502))
    add_apps(blueprint, site)
    add_knobs(blueprint, site)
    add_reading(blueprint, site)
    add_tokens(blueprint, site)
    add_changes(blueprint, site)
    add_limits(blueprint, site)
    add_people(blueprint, site)
    add_throttle(blueprint, faults, path="^/rest/")
    return blueprint


def add_apps(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.post("/install")
    def install() -> ResponseReturnValue:
        app = install_app(site, request.get_json()["descriptorUrl"])
        return jsonify(app_body(app)), 201

    @blueprint.post("/uninstall")
    def uninstall() -> ResponseReturnValue:
        return jsonify(uninstall_app(site, (request.get_json(silent=True) or {}).get("key")))

    @blueprint.get("/apps")
    def list_apps() -> ResponseReturnValue:
        return jsonify([app_body(app) for app in site.installations.values()])

    @blueprint.post("/oauth-credentials")
    def add_credentials() -> ResponseReturnValue:
        client_id, secret = site.add_credentials()
        return jsonify(clientId=client_id, clientSecret=secret), 201


def app_body(app: Installation) -> dict[str, Any]:
    """An installation without its secret."""
    return {
        "key": app.key,
        "clientKey": app.client_key,
        "baseUrl": app.base_url,
        "scopes": sorted(app.scopes),
        "modules": sorted(app.modules),
        "enabled": app.enabled,
        "installed": app.installed,
    }


def add_knobs(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.post("/lag")
    def set_lag() -> ResponseReturnValue:
        site.lag_ms = int(request.get_json()["ms"])
        return jsonify(ms=site.lag_ms)

    @blueprint.post("/issues")
    def add_issue() -> ResponseReturnValue:
        given = request.get_json()
        issue = site.add_issue(given["project"], given["summary"])
        return jsonify(id=issue.id, key=issue.key), 201

    @blueprint.delete("/violations")
    def forget_violations() -> ResponseReturnValue:
        site.violations.clear()
        return "", 204


def add_changes(blueprint: Blueprint, site: JiraSite) -> None:
    """What administrators do to a site that is in use."""
    blueprint.register_error_handler(ValueError, lambda error: (jsonify(error=str(error)), 409))

    @blueprint.post("/rename-project")
    def rename_key() -> ResponseReturnValue:
        """`{old, new}`: keys."""
        given = request.get_json()
        found = site.rename_project(given["old"], given["new"])
        return jsonify(id=found.id, key=found.key)

    @blueprint.post("/move-issue")
    def move() -> ResponseReturnValue:
        """`{key, project}`."""
        given = request.get_json()
        moved = site.move_issue(given["key"], given["project"])
        return jsonify(id=moved.id, key=moved.key)

    @blueprint.post("/rename-site")
    def rename() -> ResponseReturnValue:
        """`{baseUrl}`."""
        return jsonify(rename_site(site, request.get_json()["baseUrl"]))


def add_limits(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.post("/limits")
    def set_limits() -> ResponseReturnValue:
        """`{per_second, backfill_per_second?, retry_after?}`; `{}` lifts the limits."""
        given = request.get_json(silent=True) or {}
        site.limits = BurstLimits(**given) if given else None
        return "", 204

    @blueprint.get("/limits")
    def read_limits() -> ResponseReturnValue:
        """How often calls were refused, and how many came before their time."""
        found = site.limits
        return jsonify({"refused": found.refused, "early": found.early} if found else {})


def add_reading(blueprint: Blueprint, site: JiraSite) -> None:
    @blueprint.get("/violations")
    def list_violations() -> ResponseReturnValue:
        return jsonify(site.violations)

    @blueprint.get("/panel/<issue_key>")
    def read_panel(issue_key: str) -> ResponseReturnValue:
        found = site.find_issue(issue_key)
        if found is None:
            raise KeyError(issue_key)
        return jsonify(site.panel(found.key))

    @blueprint.get("/operations")
    def read_operations() -> ResponseReturnValue:
        """How each record was sent: operationType and preventTransitions."""
        return jsonify(site.development.operations(request.args.get("provider")))

    @blueprint.get("/snapshot")
    def read_snapshot() -> ResponseReturnValue:
        return jsonify(site.snapshot())

    @blueprint.get("/issues")
    def list_issues() -> ResponseReturnValue:
        return jsonify([{"key": issue.key, "summary": issue.summary} for issue in site.issues.values()])


def add_tokens(blueprint: Blueprint, site: JiraSite) -> None:
    def account() -> str:
        """The account asked for, the admin's unless named. Raises KeyError."""
        return site.people[request.args.get("account") or site.admin.account_id].account_id

    @blueprint.get("/page-url")
    def page_url() -> Response:
        return jsonify(url=site.page_url(request.args.get("key"), request.args["path"], account()))

    @blueprint.get("/context-token")
    def context_token() -> Response:
        return jsonify(token=site.context_token(request.args.get("key"), account()))


def add_throttle(blueprint: Blueprint, faults: Faults, *, path: str) -> None:
    """POST `/throttle` {times, retry_after (seconds), reason, path}: refuse that many calls with Jira's 429."""

    @blueprint.post("/throttle")
    def throttle() -> ResponseReturnValue:
        given = request.get_json(silent=True) or {}
        faults.add(throttle_rule(given, path))
        return "", 204


def throttle_rule(given: dict[str, Any], path: str) -> dict[str, Any]:
    """developer.atlassian.com/cloud/jira/platform/rate-limiting: `Retry-After` may be missing (null)."""
    seconds = given.get("retry_after", 1)
    reset = datetime.now(UTC) + timedelta(seconds=seconds or 0)
    headers = {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%MZ"),
        "X-RateLimit-NearLimit": "true",
        "RateLimit-Reason": given.get("reason", "jira-burst-based"),
    }
    if seconds is not None:
        headers["Retry-After"] = str(seconds)
    return {
        "path": given.get("path", path),
        "times": given.get("times", 1),
        "status": 429,
        "headers": headers,
        "body": {"errorMessages": ["Rate limit exceeded."], "errors": {}},
    }
