"""A stand-in for what Atlassian serves beside the sites: install keys, and the gateway for OAuth credentials.

developer.atlassian.com/cloud/jira/software/integrate-jsw-cloud-with-onpremises-tools
"""

import re
from collections.abc import Sequence

from flask import Blueprint, Flask, Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.atlassian_accounts import AccountDesk, CodeRefused
from sandbox.atlassian_sign_in import sign_in_blueprint
from sandbox.control import ROOT, Faults, apply_faults, faults_blueprint
from sandbox.jira_access import BearerAccess, Refused
from sandbox.jira_calls import sent_body
from sandbox.jira_contract import jira_contract
from sandbox.jira_control import add_throttle
from sandbox.jira_devinfo import devinfo_blueprint
from sandbox.jira_keys import InstallKeys
from sandbox.jira_pipelines import BUILDS, DEPLOYMENTS, pipelines_blueprint
from sandbox.jira_site import JiraSite

GATEWAY = re.compile(r"^/jira/(devinfo|builds|deployments)/0\.1/cloud/[^/]+")
VERSIONS = {"devinfo": "0.10", "builds": "0.1", "deployments": "0.1"}


def create_atlassian(keys: InstallKeys, sites: Sequence[JiraSite], accounts: AccountDesk | None = None) -> Flask:
    """`GET /{kid}` for install keys, `POST /oauth/token` and the gateway below `/jira` for the sites' credentials.

    `accounts` adds sign-in with an account: `/authorize`, `/oauth/token` for a code, and what its token opens.
    """
    app = Flask(__name__, static_folder=None)
    desk = accounts or AccountDesk(sites)
    faults = Faults()
    apply_faults(app, faults)
    access = BearerAccess(sites, lambda: str(g.cloud_id))
    contract = jira_contract()
    app.register_blueprint(faults_blueprint(faults))
    app.register_blueprint(atlassian_control(access, keys, faults))
    prefix = "/jira/{}/0.1/cloud/<cloud_id>"
    app.register_blueprint(
        devinfo_blueprint("devinfo", access, contract, prefix=prefix.format("devinfo"), document_path=documented_path)
    )
    for name, api in (("builds", BUILDS), ("deployments", DEPLOYMENTS)):
        app.register_blueprint(
            pipelines_blueprint(
                name, api, access, contract, prefix=prefix.format(name), document_path=documented_path
            )
        )  # fmt: skip
    app.register_blueprint(sign_in_blueprint(desk))
    add_public_calls(app, keys, access, desk)
    return app


def documented_path(path: str) -> str:
    """The address at a site that the gateway's address stands for."""
    return GATEWAY.sub(lambda found: f"/rest/{found[1]}/{VERSIONS[found[1]]}", path)


def add_public_calls(app: Flask, keys: InstallKeys, access: BearerAccess, desk: AccountDesk) -> None:
    @app.get("/<kid>")
    def read_key(kid: str) -> Response:
        pem = keys.public_pem(kid)
        return Response(pem, mimetype="text/plain") if pem else abort(404)

    @app.post("/oauth/token")
    def give_token() -> ResponseReturnValue:
        try:
            wanted = request.form.to_dict() or sent_body()
            if wanted.get("grant_type") == "authorization_code":
                return jsonify(desk.exchange(wanted))
            return jsonify(access.give_token(wanted))
        except Refused as error:
            name = "invalid_grant" if isinstance(error, CodeRefused) else "access_denied"
            return jsonify(error=name, error_description=error.messages[0]), error.status


def atlassian_control(access: BearerAccess, keys: InstallKeys, faults: Faults) -> Blueprint:
    blueprint = Blueprint("atlassian_control", __name__, url_prefix=ROOT)
    add_throttle(blueprint, faults, path="^/(jira|oauth|app)/")

    @blueprint.post("/token-lifetime")
    def set_lifetime() -> ResponseReturnValue:
        access.lifetime_seconds = int(request.get_json()["seconds"])
        return jsonify(seconds=access.lifetime_seconds)

    @blueprint.post("/revoke-tokens")
    def revoke_tokens() -> ResponseReturnValue:
        access.revoke_tokens()
        return "", 204

    @blueprint.post("/rotate-install-key")
    def rotate_key() -> ResponseReturnValue:
        return jsonify(kid=keys.rotate())

    return blueprint
