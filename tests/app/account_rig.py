"""Atlassian's part of a sign-in with an account, on loopback, and a browser that goes through it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask, Response, json, jsonify, request
from flask.testing import FlaskClient

from sandbox.server import serve

CLIENT_ID = "crosswalk-at-atlassian"
CLIENT_SECRET = "the-secret-of-the-registered-app"
TOKEN = "an-access-token-of-atlassian"
CODE = "a-code-of-atlassian"
FERN = "712020:fern"
RIVER = {"id": "cloud-river", "name": "river", "url": "https://river.atlassian.net", "scopes": ["read:jira-user"]}
LAKE = {"id": "cloud-lake", "name": "lake", "url": "https://lake.atlassian.net", "scopes": ["read:jira-user"]}


class AccountStand:
    """`asked` holds the path of every call; `answers` replaces the answer of a path: status and body."""

    def __init__(self) -> None:
        self.begin_anew()
        app = Flask("atlassian", static_folder=None)
        app.add_url_rule("/oauth/token", "token", self.give_token, methods=["POST"])
        app.add_url_rule("/me", "me", self.tell_person)
        app.add_url_rule("/oauth/token/accessible-resources", "sites", self.tell_sites)
        app.before_request(self.note)
        self._server = serve(app)
        self.url = self._server.url

    def begin_anew(self) -> None:
        self.asked: list[str] = []
        self.exchanged: list[Mapping[str, str]] = []
        self.answers: dict[str, tuple[int, str]] = {}
        self.account = FERN
        self.sites = [RIVER]

    def settings(self) -> Mapping[str, Any]:
        return {
            "atlassian_api_url": self.url, "atlassian_auth_url": self.url, "atlassian_client_id": CLIENT_ID,
            "atlassian_client_secret": CLIENT_SECRET,
        }  # fmt: skip

    def note(self) -> Response | None:
        self.asked.append(request.path)
        status, body = self.answers.get(request.path, (0, ""))
        return Response(body, status, content_type="application/json") if status else None

    def give_token(self) -> Response:
        self.exchanged.append(json.loads(request.get_data()))
        return jsonify(access_token=TOKEN, expires_in=3600, scope="read:me read:jira-user")

    def tell_person(self) -> Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        return jsonify(account_id=self.account, name="Fern Holm", email="fern@example.com", account_status="active")

    def tell_sites(self) -> Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        return jsonify(self.sites)

    def stop(self) -> None:
        self._server.stop()


class Browser:
    """One browser: its cookies are its own."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def begin(self, issue: str = "SHOP-7", **headers: str) -> str:
        """Begin a sign-in; returns the state with which Atlassian would send the browser back."""
        answer = self.client.get(f"/auth/atlassian/start?issueKey={issue}", headers=headers)
        assert answer.status_code == 303, answer.text
        return parse_qs(urlsplit(answer.location).query)["state"][0]

    def come_back(self, state: str, **query: str):
        fields = {"state": state, "code": CODE} | query
        return self.client.get("/auth/atlassian/callback", query_string=fields)

    def choose(self, offer: str, site: str):
        return self.client.post("/auth/atlassian/site", data={"offer": offer, "site": site})

    def session_cookie(self) -> str | None:
        cookie = self.client.get_cookie("crosswalk")
        return cookie.value if cookie else None
