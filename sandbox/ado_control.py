"""The control endpoints of the Azure DevOps stand-in: actions, knobs, tokens, permissions, violations, the state."""

import inspect
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, Response, jsonify, request

from sandbox.ado_access import deny_permission
from sandbox.ado_clock import parse_time
from sandbox.ado_errors import bad_request, not_found
from sandbox.ado_knobs import set_knobs
from sandbox.ado_model import Json
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_routes import find_organization
from sandbox.ado_subscriptions import Notification
from sandbox.ado_summary import summarize, summarize_state
from sandbox.control import ROOT
from sandbox.wit_control import WORK_ACTIONS

ACTIONS = frozenset({
    "push", "force_push", "delete_branch", "create_tag", "rename_repository", "delete_repository", "disable_repository",
    "open_pull_request", "update_pull_request", "vote", "comment_pull_request",
    "run_pipeline", "start_run", "start_stage", "finish_stage", "approve_stage", "finish_run",
    "create_release", "deploy_release", "finish_deployment", "abandon_release",
    "put_file", "plant_commits", "plant_past",
    "add_project", "rename_project", "create_repository", "move_repository", "rename_organization", "deny_repository",
    "lock_branch", "protect_branches", "deny_git", "refuse_ref", "remove_user",
    "expire_token", "edit_subscription", "delete_subscription", "copy_subscription", "retry_stage",
    *WORK_ACTIONS,
})  # fmt: skip
Setting = Callable[[AdoOrganization, Json], Json]


class ControlPanel:
    """What the endpoints answer, for all organizations of one app."""

    def __init__(self, organizations: Sequence[AdoOrganization]) -> None:
        self._organizations = organizations

    def find(self, name: str) -> AdoOrganization:
        """By the name it has or had: who renames it need not change the rest of a test."""
        found = [one for one in self._organizations if name in one.former_names]
        return found[0] if found else find_organization(self._organizations, name)

    def list_organizations(self) -> Response:
        return jsonify([organization.name for organization in self._organizations])

    def list_violations(self) -> Response:
        every = self._organizations
        return jsonify([{"organization": o.name} | violation for o in every for violation in o.violations])

    def forget_violations(self) -> tuple[str, int]:
        for organization in self._organizations:
            organization.violations.clear()
        return "", 204

    def redeliver_anywhere(self) -> Response:
        """Subscription ids are unique over organizations."""
        body = read_body()
        for organization in self._organizations:
            if body.get("subscriptionId") in organization.subscriptions:
                return jsonify(redeliver(organization, body))
        raise not_found("SubscriptionNotFoundException", "The subscription could not be found.")

    def show_state(self, name: str) -> Response:
        return jsonify(summarize_state(self.find(name)))

    def show_calls(self, name: str) -> Response:
        """How many calls of each route came in, refused ones too."""
        return jsonify(dict(self.find(name).route_calls))

    def forget_calls(self, name: str) -> tuple[str, int]:
        self.find(name).route_calls.clear()
        return "", 204

    def act(self, name: str, action: str) -> Response:
        organization, body = self.find(name), read_body()
        setting = SETTINGS.get(action)
        return jsonify(setting(organization, body) if setting else run_action(organization, action, body))


def control_blueprint(organizations: Sequence[AdoOrganization]) -> Blueprint:
    """`GET /_control/violations`, `GET /_control/{organization}/state`, `POST /_control/{organization}/{action}`."""
    panel = ControlPanel(organizations)
    blueprint = Blueprint("ado_control", __name__, url_prefix=ROOT)
    blueprint.add_url_rule("/organizations", view_func=panel.list_organizations)
    blueprint.add_url_rule("/violations", view_func=panel.list_violations)
    blueprint.add_url_rule("/violations", view_func=panel.forget_violations, methods=["DELETE"])
    blueprint.add_url_rule("/redeliver", view_func=panel.redeliver_anywhere, methods=["POST"])
    blueprint.add_url_rule("/<name>/state", view_func=panel.show_state)
    blueprint.add_url_rule("/<name>/calls", view_func=panel.show_calls)
    blueprint.add_url_rule("/<name>/calls", view_func=panel.forget_calls, methods=["DELETE"])
    blueprint.add_url_rule("/<name>/<action>", view_func=panel.act, methods=["POST"])
    return blueprint


def read_body() -> Json:
    body = request.get_json(silent=True) if request.get_data() else {}
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    return body


def run_action(organization: AdoOrganization, action: str, body: Json) -> Json:
    """Call the method of that name with the body's fields. Raises AdoError for what it does not take."""
    if action not in ACTIONS:
        raise not_found("ActionNotFoundException", f"There is no action {action}: {', '.join(sorted(ACTIONS))}.")
    method = getattr(organization, action)
    try:
        bound = inspect.signature(method).bind(**body)
    except TypeError as error:
        raise bad_request(f"{action}: {error}") from None
    return summarize(method(*bound.args, **bound.kwargs))


def add_token(organization: AdoOrganization, body: Json) -> Json:
    """`{secret, scopes, user?, expires?, is_global?}`."""
    expires = parse_time(body["expires"]) if body.get("expires") else None
    token = organization.add_token(
        body["secret"], organization.find_user(body.get("user")), frozenset(body["scopes"]),
        expires=expires, is_global=bool(body.get("is_global")),
    )  # fmt: skip
    return {"user": token.user.name, "scopes": sorted(token.scopes)}


def revoke_token(organization: AdoOrganization, body: Json) -> Json:
    return {"revoked": organization.tokens.pop(body.get("secret", ""), None) is not None}


def set_permission(organization: AdoOrganization, body: Json) -> Json:
    """`{user, project, permission, denied?}`."""
    user, project = organization.find_user(body.get("user")), organization.find_project(body["project"])
    deny_permission(organization, user, project, body["permission"], denied=body.get("denied", True))
    return {
        "denied": sorted(
            permission for who, where, permission in organization.denied if (who, where) == (user.id, project.id)
        )
    }


def redeliver(organization: AdoOrganization, body: Json) -> Json:
    """`{subscriptionId, notificationId}`: the same notification once more, as a duplicate would come."""
    with organization.lock:
        for found in organization.notifications():
            if (found.subscription.id, found.id) == (body.get("subscriptionId"), body.get("notificationId")):
                again = Notification(found.id, found.subscription, found.event, duplicate=True)
                organization.delivery.submit(again)
                return summarize(again)
    raise not_found("NotificationNotFoundException", "The notification could not be found.")


def advance(organization: AdoOrganization, body: Json) -> Json:
    """`{seconds}` of simulated time."""
    organization.advance(float(body["seconds"]))
    return {"idle": organization.wait_idle(0)}


def wait_idle(organization: AdoOrganization, body: Json) -> Json:
    return {"idle": organization.wait_idle(float(body.get("timeout", 10)))}


SETTINGS: Mapping[str, Setting] = {
    "knobs": set_knobs,
    "tokens": add_token,
    "revoke_token": revoke_token,
    "permissions": set_permission,
    "redeliver": redeliver,
    "wait_idle": wait_idle,
    "advance": advance,
}
