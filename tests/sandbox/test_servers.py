"""The stand-ins as `make run` starts them: on the addresses and with the ids that the settings name."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

import flask
import pytest
import requests

from sandbox.__main__ import start_servers
from sandbox.ado_organization import AdoOrganization
from sandbox.entra_keys import ADO_RESOURCE
from sandbox.jira_site import JiraSite
from sandbox.server import serve
from sandbox.sign_in_visit import visit_sign_in

PUBLIC = "http://127.0.0.1:9"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def free_addresses(count: int) -> list[str]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{probe.getsockname()[1]}" for probe in probes]


def test_events_are_sent_as_they_come_and_the_connection_is_kept() -> None:
    app, released = flask.Flask(__name__), threading.Event()

    @app.get("/events")
    def send_events() -> flask.Response:
        def pieces() -> Iterator[str]:
            yield "data: one\n\n"
            released.wait(5)
            yield "data: two\n\n"

        return flask.Response(pieces(), content_type="text/event-stream; charset=utf-8")

    app.add_url_rule("/other", view_func=lambda: "an answer as a whole")
    with serve(app) as server, requests.Session() as session:
        with session.get(f"{server.url}/events", stream=True, timeout=5) as answer:
            lines = answer.iter_lines(chunk_size=1)
            assert next(lines) == b"data: one"
            released.set()
            assert [line for line in lines if line] == [b"data: two"]
        assert session.get(f"{server.url}/other", timeout=5).text == "an answer as a whole"


def test_the_product_is_registered_where_its_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    jira, ado, atlassian, entra = free_addresses(4)
    settings = {
        "JIRA_HOSTS": jira, "ADO_HOSTS": ado, "ATLASSIAN_API_URL": f"http://{atlassian}", "PUBLIC_URL": PUBLIC,
        "ENTRA_AUTHORITY": f"http://{entra}/organizations", "ENTRA_CLIENT_ID": "entra-id", "ENTRA_CLIENT_SECRET": "e",
        "ATLASSIAN_CLIENT_ID": "atlassian-id", "ATLASSIAN_CLIENT_SECRET": "a",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    site, organization = JiraSite.seeded(issues_per_project=1), AdoOrganization.seeded(projects=1, repositories=1)
    with ExitStack() as stack:
        for server in start_servers(site, organization):
            stack.enter_context(server)
        stack.callback(organization.stop)
        by_entra = {
            "client_id": "entra-id", "redirect_uri": f"{PUBLIC}/auth/ado/callback", "response_type": "code",
            "scope": f"openid {ADO_RESOURCE}/vso.code", "state": "s", "nonce": "n", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }  # fmt: skip
        tenant = requests.get(f"http://{ado}/acme/", timeout=5, allow_redirects=False).headers["X-VSS-ResourceTenant"]
        begun = f"http://{entra}/{tenant}/oauth2/v2.0/authorize?{urlencode(by_entra)}"
        back = visit_sign_in(begun, "mara.lindqvist@acme.example", "accept")
        by_atlassian = {
            "client_id": "atlassian-id", "redirect_uri": f"{PUBLIC}/auth/atlassian/callback", "state": "s",
            "audience": "api.atlassian.com", "scope": "read:me", "response_type": "code", "prompt": "consent",
        }  # fmt: skip
        begun = f"http://{atlassian}/authorize?{urlencode(by_atlassian)}"
        also_back = visit_sign_in(begun, site.member.account_id, "accept")
        shown = requests.get(f"http://{jira}/_control/site", timeout=5).json()
    assert back.startswith(f"{PUBLIC}/auth/ado/callback?code=")
    assert also_back.startswith(f"{PUBLIC}/auth/atlassian/callback?code=")
    assert "noor.haddad@acme.example" in [account["mail"] for account in shown["accounts"]]
