"""A strict stand-in for one Jira Cloud site: product APIs for Connect apps, and handles for tests."""

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from sandbox.control import ROOT, Faults, apply_faults, faults_blueprint
from sandbox.jira_access import ConnectAccess, sent_address
from sandbox.jira_contract import jira_contract
from sandbox.jira_control import jira_control
from sandbox.jira_devinfo import devinfo_blueprint
from sandbox.jira_issue_api import agile_blueprint, issue_blueprint
from sandbox.jira_issue_files import media_blueprint
from sandbox.jira_pipelines import BUILDS, DEPLOYMENTS, pipelines_blueprint
from sandbox.jira_platform import platform_blueprint
from sandbox.jira_privacy import report_blueprint
from sandbox.jira_site import JiraSite
from sandbox.jira_tracker_control import tracker_control

__all__ = ["JiraSite", "create_jira"]


def create_jira(site: JiraSite, extra_blueprints: Sequence[Blueprint] = ()) -> Flask:
    """The site as a web application. Its address is learned from the first call unless `site.base_url` is set."""
    app = Flask(__name__, static_folder=None)
    faults = Faults()
    app.before_request(lambda: learn_address(site))
    app.before_request(lambda: lead_on(site))
    apply_faults(app, faults)
    access, contract = ConnectAccess(site), jira_contract()
    app.register_blueprint(faults_blueprint(faults))
    app.register_blueprint(jira_control(site, faults))
    app.register_blueprint(
        devinfo_blueprint("devinfo", access, contract, prefix="/rest/devinfo/0.10", document_path=str)
    )
    for name, api in (("builds", BUILDS), ("deployments", DEPLOYMENTS)):
        prefix = f"/rest/{name}/0.1"
        app.register_blueprint(pipelines_blueprint(name, api, access, contract, prefix=prefix, document_path=str))
    app.register_blueprint(platform_blueprint(access, contract))
    app.register_blueprint(issue_blueprint(access, contract))
    app.register_blueprint(agile_blueprint(access, contract))
    app.register_blueprint(media_blueprint(site))
    app.register_blueprint(tracker_control(site))
    app.register_blueprint(report_blueprint(access))
    app.add_url_rule("/_edge/tenant_info", "tenant_info", lambda: jsonify(cloudId=site.cloud_id))
    for blueprint in extra_blueprints:
        app.register_blueprint(blueprint)
    app.register_error_handler(404, lambda error: missing(site))
    return app


def learn_address(site: JiraSite) -> None:
    if not site.base_url:
        site.base_url = request.host_url.rstrip("/")


def lead_on(site: JiraSite) -> ResponseReturnValue | None:
    """An address the site had before leads to the new one with 302, which turns a POST into a GET."""
    if request.path.startswith(ROOT) or request.host_url.rstrip("/") not in site.former_addresses:
        return None
    return redirect(site.base_url + sent_address())


def missing(site: JiraSite) -> tuple[Response, int]:
    """No such address; below /rest that is a call the app should not make, so it is recorded."""
    if request.path.startswith("/rest/"):
        site.violate("request", request.method, request.path, ["this stand-in has no such call"])
    return jsonify(errorMessages=["null for uri: " + request.path], errors={}), 404
