"""A whole town on loopback: the stand-ins, the application behind a real socket, a worker that works when told."""

from collections.abc import Mapping
from typing import Any

import requests
from pydantic import SecretStr
from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from app import create_app
from jobs.lanes import run_duty
from jobs.schedule import run_once
from jobs.tasks import use_services
from sandbox.ado import create_ado
from sandbox.ado_organization import AdoOrganization
from sandbox.atlassian import create_atlassian
from sandbox.atlassian_accounts import CLIENT_ID as ACCOUNT_CLIENT_ID
from sandbox.atlassian_accounts import CLIENT_SECRET as ACCOUNT_SECRET
from sandbox.atlassian_accounts import AccountApp, AccountDesk
from sandbox.entra import EntraSite, create_entra
from sandbox.entra_state import CLIENT_ID, CLIENT_SECRET
from sandbox.jira import create_jira
from sandbox.jira_apps import install_app
from sandbox.jira_site import JiraSite
from sandbox.server import Server, serve
from sandbox.sign_in_visit import visit_sign_in
from services import Services
from store.queue import QUEUE, as_text
from tests.ports import FreePort
from tests.untraced import untraced

APP_KEY = "crosswalk-azure-devops"
ROUNDS = 60
SLOW_ROUNDS = 500


class TownWorker(SimpleWorker):
    """RQ's own worker, but for its ear for commands: nobody gives any, and to close it can take a second."""

    def subscribe(self) -> None:
        """Start no thread that listens."""


class Town:
    """Starts before the services, because their settings name its addresses."""

    @untraced()
    def __init__(self, site: JiraSite | None = None) -> None:
        self.site = site or JiraSite.seeded()
        self.organization = AdoOrganization.seeded()
        self._app_port = FreePort()
        self.app_url = f"http://127.0.0.1:{self._app_port.number}"
        self.entra_site = EntraSite.seeded(redirect_uris=[f"{self.app_url}/auth/ado/callback"])
        self.organization.entra = self.entra_site.keys
        callback = f"{self.app_url}/auth/atlassian/callback"
        account_app = AccountApp(ACCOUNT_CLIENT_ID, ACCOUNT_SECRET, "Crosswalk", {callback})
        self.accounts = AccountDesk([self.site], [account_app])
        self.servers: list[Server] = [
            serve(create_jira(self.site)),
            serve(create_ado(self.organization)),
            serve(create_atlassian(self.site.keys, [self.site], self.accounts)),
            serve(create_entra(self.entra_site)),
        ]
        self.jira, self.ado, self.atlassian, self.entra = (server.url for server in self.servers)
        self.site.base_url = self.jira
        self.organization_url = f"{self.ado}/{self.organization.name}"
        self.services: Services | None = None

    def settings(self) -> Mapping[str, Any]:
        return {
            "public_url": self.app_url,
            "jira_hosts": frozenset({self.jira.removeprefix("http://")}),
            "ado_hosts": frozenset({self.ado.removeprefix("http://")}),
            "connect_keys_url": self.atlassian,
            "atlassian_api_url": self.atlassian,
            "atlassian_auth_url": self.atlassian,
            "atlassian_client_id": ACCOUNT_CLIENT_ID,
            "atlassian_client_secret": SecretStr(ACCOUNT_SECRET),
            "entra_authority": f"{self.entra}/organizations",
            "entra_client_id": CLIENT_ID,
            "entra_client_secret": SecretStr(CLIENT_SECRET),
        }

    def open(self, services: Services) -> None:
        """Serve the application and give the worker its services."""
        self.services = services
        self.servers.append(serve(create_app(services), port=self._app_port.release()))
        use_services(services)

    @untraced()
    def install(self) -> None:
        """As a site admin: Jira fetches the descriptor and sends the signed lifecycle calls."""
        install_app(self.site, f"{self.app_url}/atlassian-connect.json")

    @untraced()
    def call(self, method: str, path: str, json: object = None, account: str | None = None) -> requests.Response:
        """A call to the JSON API as a person on the Jira page; the site's admin by default."""
        token = self.site.context_token(APP_KEY, account or self.site.admin.account_id)
        headers = {"Authorization": f"JWT {token}"}
        return requests.request(method, self.app_url + path, json=json, headers=headers, timeout=10)

    @untraced()
    def pass_entra(self, address: str, mail: str, answer: str = "accept") -> str:
        """What a person does at Entra's pages: choose the account, consent when asked; where the browser is led to.

        `answer` is `accept`, `cancel`, or `return` where an administrator has to consent. Raises SignInStopped.
        """
        return visit_sign_in(address, mail, answer)

    @untraced()
    def pass_atlassian(self, address: str, account: str, answer: str = "accept") -> str:
        """The same at Atlassian's pages: choose the account (its id), `accept` or `cancel`. Raises SignInStopped."""
        return visit_sign_in(address, account, answer)

    def work(self, rounds: int = ROUNDS) -> None:
        """Let a worker run until no event waits and Azure DevOps has nothing more to send."""
        services = self.services
        assert services is not None
        queue = Queue(QUEUE, connection=services.redis, serializer=JSONSerializer)
        for _round in range(rounds):
            self.organization.wait_idle(10)
            run_once(services)
            worker = TownWorker([queue], connection=services.redis, serializer=JSONSerializer)
            worker.work(burst=True, logging_level="WARNING")
            if not services.redis.zcard("crosswalk:inboxes"):
                return
            for raw in services.redis.zrange("crosswalk:inboxes", 0, -1):
                services.redis.zadd("crosswalk:inboxes", {as_text(raw): 0}, xx=True)

    def work_slow(self, rounds: int = SLOW_ROUNDS) -> None:
        """Let the slow lanes of a worker do every duty that is due, and what becomes due by that."""
        services = self.services
        assert services is not None
        for _round in range(rounds):
            if not run_duty(services):
                return
        raise AssertionError(f"duties were still due after {rounds} of them were done")

    @untraced()
    def close(self) -> None:
        self.organization.stop()
        for server in reversed(self.servers):
            server.stop()
        self._app_port.release()
