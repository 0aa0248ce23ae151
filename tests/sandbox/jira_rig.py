"""A running stand-in site with a small app installed in it, and valid bodies to start from."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import jwt
import requests
from atlassian_jwt.url_utils import hash_url
from flask import Flask, jsonify, request

from sandbox.atlassian import create_atlassian
from sandbox.jira import JiraSite, create_jira
from sandbox.server import serve

KEY = "crosswalk.tests"
SEEN = "2024-05-06T07:08:09Z"


class StubApp:
    """An app that only keeps what Jira sends it. `status` is its answer to lifecycle calls."""

    def __init__(self) -> None:
        self.flask = Flask(__name__)
        self.status = 204
        self.events: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.base_url = ""
        self.changes: dict[str, Any] = {}
        self.flask.add_url_rule("/descriptor.json", "descriptor", lambda: jsonify(self.descriptor()))
        self.flask.add_url_rule("/<event>", "lifecycle", self.note, methods=["POST"])

    def note(self, event: str) -> tuple[str, int]:
        self.events.append(request.get_json())
        self.tokens.append(request.headers["Authorization"].removeprefix("JWT "))
        return "", self.status

    def descriptor(self) -> dict[str, Any]:
        provider = {"key": "builds", "name": {"value": "Builds"}, "homeUrl": self.base_url}
        tool = {
            "key": "tool",
            "name": {"value": "Tool"},
            "application": {"value": "Tool"},
            "capabilities": ["branch", "commit", "pull_request"],
            "url": self.base_url,
            "logoUrl": f"{self.base_url}/logo.svg",
        }
        return {
            "key": KEY,
            "name": "Tests",
            "baseUrl": self.base_url,
            "authentication": {"type": "jwt"},
            "apiMigrations": {"signed-install": True},
            "lifecycle": {name: f"/{name}" for name in ("installed", "enabled", "disabled", "uninstalled")},
            "scopes": ["READ", "WRITE", "DELETE"],
            "modules": {
                "jiraDevelopmentTool": tool,
                "jiraBuildInfoProvider": provider,
                "jiraDeploymentInfoProvider": provider | {"key": "deployments"},
            },
        } | self.changes


class JiraRig:
    """Site, gateway and app on real sockets; `call` signs as the installed app does."""

    def __init__(self, site: JiraSite, app: StubApp, site_url: str, gateway_url: str) -> None:
        self.site, self.app, self.site_url, self.gateway_url = site, app, site_url, gateway_url
        self.http = requests.Session()
        self.http.trust_env = False

    def control(self, method: str, path: str, json: Any = None) -> requests.Response:
        return self.http.request(method, f"{self.site_url}/_control/{path}", json=json)

    def install(self) -> requests.Response:
        return self.control("POST", "install", {"descriptorUrl": f"{self.app.base_url}/descriptor.json"})

    def token(self, method: str, path: str, secret: str | None = None, **claims: Any) -> str:
        installed = self.site.installations[KEY]
        now = int(time.time())
        every = {"iss": KEY, "iat": now, "exp": now + 180, "qsh": hash_url(method, path)} | claims
        kept = {name: value for name, value in every.items() if value is not None}
        return jwt.encode(kept, secret or installed.shared_secret, algorithm="HS256")

    def call(self, method: str, path: str, json: Any = None, token: str | None = None) -> requests.Response:
        sent = self.token(method, path) if token is None else token
        return self.http.request(method, self.site_url + path, json=json, headers={"Authorization": f"JWT {sent}"})

    def send(self, api: str, **body: Any) -> requests.Response:
        """A bulk call: devinfo, builds or deployments."""
        version = "0.10" if api == "devinfo" else "0.1"
        return self.call("POST", f"/rest/{api}/{version}/bulk", body)


@contextmanager
def running_rig() -> Iterator[JiraRig]:
    """A seeded site with the app installed; stops everything at the end."""
    site, app = JiraSite.seeded(issues_per_project=3), StubApp()
    with ExitStack() as stack:
        site_url = stack.enter_context(serve(create_jira(site))).url
        gateway_url = stack.enter_context(serve(create_atlassian(site.keys, [site]))).url
        app.base_url = stack.enter_context(serve(app.flask)).url
        rig = JiraRig(site, app, site_url, gateway_url)
        stack.callback(rig.http.close)
        assert rig.install().status_code == 201
        yield rig


def commit(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{number:040x}",
        "issueKeys": ["SHOP-1"],
        "updateSequenceId": 10,
        "message": "SHOP-1 weigh the parcel",
        "author": {"name": "Ada", "email": "ada@example.com"},
        "fileCount": 1,
        "url": "https://dev.example.com/acme/commit/1",
        "authorTimestamp": SEEN,
        "displayId": "0000001",
        "files": [
            {
                "path": "/scale.py",
                "url": "https://dev.example.com/acme/scale.py",
                "changeType": "MODIFIED",
                "linesAdded": 0,
                "linesRemoved": 0,
            }
        ],
    } | changes


def branch(**changes: Any) -> dict[str, Any]:
    return {
        "id": "shop-1",
        "issueKeys": ["SHOP-1"],
        "updateSequenceId": 10,
        "name": "feature/SHOP-1",
        "lastCommit": commit(),
        "url": "https://dev.example.com/acme/branch/1",
    } | changes


def pull_request(**changes: Any) -> dict[str, Any]:
    return {
        "id": "7",
        "issueKeys": ["SHOP-1"],
        "updateSequenceId": 10,
        "status": "OPEN",
        "title": "SHOP-1 Weigh",
        "author": {"email": "ada@example.com"},
        "commentCount": 0,
        "sourceBranch": "feature/SHOP-1",
        "lastUpdate": SEEN,
        "url": "https://dev.example.com/acme/pr/7",
        "displayId": "!7",
        "reviewers": [{"email": "mel@example.com", "approvalStatus": "APPROVED"}],
    } | changes


def repository(**changes: Any) -> dict[str, Any]:
    return {
        "id": "repo-1",
        "name": "scale",
        "url": "https://dev.example.com/acme/scale",
        "updateSequenceId": 10,
    } | changes


def build(**changes: Any) -> dict[str, Any]:
    return {
        "pipelineId": "p1",
        "buildNumber": 12,
        "updateSequenceNumber": 10,
        "displayName": "scale 12",
        "url": "https://dev.example.com/acme/build/12",
        "state": "successful",
        "lastUpdated": SEEN,
        "issueKeys": ["SHOP-1"],
    } | changes


def deployment(**changes: Any) -> dict[str, Any]:
    return {
        "deploymentSequenceNumber": 3,
        "updateSequenceNumber": 10,
        "displayName": "scale 12",
        "url": "https://dev.example.com/acme/deploy/3",
        "description": "scale 12 to live",
        "lastUpdated": SEEN,
        "state": "successful",
        "pipeline": {"id": "p1", "displayName": "scale", "url": "https://dev.example.com/acme/p1"},
        "environment": {"id": "live", "displayName": "Live", "type": "production"},
        "associations": [{"associationType": "issueKeys", "values": ["SHOP-1"]}],
    } | changes
