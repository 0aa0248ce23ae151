"""The product as its operator runs it, one process each, against stand-ins in this process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import requests

from bench.fast_lane import Hot, start_lane
from bench.load import Hook
from sandbox.ado import create_ado
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_seed import TOKENS
from sandbox.atlassian import create_atlassian
from sandbox.jira import create_jira
from sandbox.jira_apps import InstallFailed, install_app
from sandbox.jira_site import JiraSite
from sandbox.server import Server, serve

APP_KEY = "crosswalk-azure-devops"
START_SECONDS = 90.0
STOP_SECONDS = 20.0


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def web_command(port: int, app: str) -> Sequence[str]:
    """How an application is served, as `make run` does."""
    return (
        "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "32", "--log-level", "error", app,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lanes:
    """What answers a load's calls to Jira and to Azure DevOps, each after `delay` seconds."""

    jira: Callable[[], Hot]
    ado: Callable[[str], Hot]  # of the organization's first project
    delay: float


def start_lanes(lanes: Lanes, ports: Sequence[int], behind: Sequence[int], project: str) -> list[Any]:
    makers: tuple[Callable[[], Hot], ...] = (lanes.jira, partial(lanes.ado, project))
    made = zip(makers, ports, behind, strict=True)
    return [start_lane(make, port=port, behind=hidden, delay=lanes.delay) for make, port, hidden in made]


class Product:
    """Web process and workers, with the stand-ins beside them. `close` ends everything."""

    def __init__(
        self, ports: Sequence[int], *, database_url: str, redis_url: str, folder: Path, lanes: Lanes | None = None,
        organization: AdoOrganization | None = None,
    ) -> None:  # fmt: skip
        """With `lanes` the load's own calls are answered by them, before the stand-ins."""
        web, jira, ado, atlassian = ports
        behind = free_ports(2) if lanes else [jira, ado]
        self.organization = organization or AdoOrganization.seeded()
        project = next(iter(self.organization.projects))
        self.lanes = start_lanes(lanes, [jira, ado], behind, project) if lanes else []
        self.site = JiraSite.seeded()
        self.site.base_url = f"http://127.0.0.1:{jira}"
        self.url = f"http://127.0.0.1:{web}"
        self.ado_url = f"http://127.0.0.1:{ado}"
        self.servers: list[Server] = [
            serve(create_jira(self.site), port=behind[0]),
            serve(create_ado(self.organization), port=behind[1]),
            serve(create_atlassian(self.site.keys, [self.site]), port=atlassian),
        ]
        self.environment = {
            **self._environment(web, jira, ado, atlassian),
            "DATABASE_URL": database_url, "REDIS_URL": redis_url, "LOCAL_KEY_FILE": str(folder / "keys"),
        }  # fmt: skip
        self.log = (folder / "product.log").open("ab")
        self.web: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    @staticmethod
    def _environment(web: int, jira: int, ado: int, atlassian: int) -> Mapping[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "PUBLIC_URL": f"http://127.0.0.1:{web}",
            "JIRA_HOSTS": f"127.0.0.1:{jira}",
            "ADO_HOSTS": f"127.0.0.1:{ado}",
            "CONNECT_KEYS_URL": f"http://127.0.0.1:{atlassian}",
            "ATLASSIAN_API_URL": f"http://127.0.0.1:{atlassian}",
        }

    def start(self, *, workers: int) -> None:
        """Bring the schema up to date, serve, install on the site, start the workers."""
        self._run("-m", "flask", "--app", "wsgi", "crosswalk", "upgrade-database").wait()
        self.web = self._run(*web_command(int(self.url.rpartition(":")[2]), "wsgi:app"))
        self.workers = [self.start_worker() for _ in range(workers)]
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                install_app(self.site, f"{self.url}/atlassian-connect.json")
                return
            except InstallFailed:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.3)

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self._run("worker.py")

    def kill_worker(self, number: int) -> None:
        """SIGKILL a worker and start another in its place, as a process manager does."""
        self.workers[number].kill()
        self.workers[number].wait()
        self.workers[number] = self.start_worker()

    def call(self, method: str, path: str, json: object = None) -> Any:
        """A call to the JSON API as the site's admin."""
        token = self.site.context_token(APP_KEY, self.site.admin.account_id)
        answer = requests.request(
            method, self.url + path, json=json, headers={"Authorization": f"JWT {token}"}, timeout=60
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def connect(self) -> str:
        """Connect the organization; returns the connection's id."""
        body = {"organizationUrl": f"{self.ado_url}/{self.organization.name}", "token": TOKENS["full"]}
        return str(self.call("POST", "/api/connections", body)["id"])

    def link_projects(self, since: str | None = None) -> str:
        """Connect the organization and link every project, with the history from the day `since` on or without any;
        returns the connection's id.
        """
        connection = self.connect()
        choice = {"backfillSince": since} if since else {"backfill": False}
        for project in self.organization.projects:
            self.call("PUT", f"/api/connections/{connection}/projects/{project}", choice)
        return connection

    def hooks(self, project_id: str) -> Mapping[str, Hook]:
        """Where Azure DevOps sends the events of a linked project, by event type."""
        own = [found for found in self.organization.subscriptions.values() if found.project_id == project_id]
        return {
            one.event_type: Hook(one.consumer_inputs["url"], one.consumer_inputs["basicAuthPassword"], one.id)
            for one in own
        }

    def close(self) -> None:
        for process in [*self.workers, self.web]:
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in [*self.workers, self.web]:
            if process:
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.organization.stop()
        for server in reversed(self.servers):
            server.stop()
        for lane in self.lanes:
            lane.terminate()
        self.log.close()

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, *arguments]
        return subprocess.Popen(command, env=dict(self.environment), stdout=self.log, stderr=self.log)
