"""A migration of a project of the stand-in Azure DevOps, scanned on demand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from jobs.scans import work_scan
from migration.scan_grounds import KeptGrounds
from sandbox.ado import AdoOrganization, create_ado
from sandbox.ado_seed import TOKENS
from sandbox.server import serve
from services import Services
from store.connections import Connection
from store.migrations import NewMigration, Scope
from store.scans import Scan

MOST_TURNS = 400
WHOLE = Scope()


@contextmanager
def running_organization(count: int = 0, template: str = "Agile", **amounts: Any) -> Iterator[tuple[Any, str]]:
    """An organization whose project Webshop has work items, and its address."""
    organization = AdoOrganization.seeded(repositories=1, commits=4)
    if count:
        organization.seed_work_items("Webshop", count, template, **amounts)
    else:
        organization.set_process("Webshop", template)
    with serve(create_ado(organization)) as server:
        yield organization, server.url
        organization.stop()


class ScanRig:
    """One connection of one site. `grounds` is what a worker process remembers: a new one is a restart."""

    def __init__(self, services: Services, organization: AdoOrganization, url: str, token: str = "full") -> None:
        self.services, self.organization = services, organization
        self.grounds = KeptGrounds()
        self.site = services.installations.save_connect("site", "https://site.atlassian.net", SecretStr("s"), 1)
        self.connection = self._connect(f"{url}/{organization.name}", TOKENS[token])

    def _connect(self, url: str, token: str) -> Connection:
        return self.services.connections.add(
            self.site.id, organization=self.organization.name, organization_url=url, token=SecretStr(token),
            instance_id=self.organization.id, problems=(), now=1,
        )  # fmt: skip

    def start(self, scope: Scope = WHOLE, project: str = "Webshop") -> str:
        """A migration of a project, and its scan, which waits for a worker."""
        home = self.organization.find_project(project)
        wanted = NewMigration(self.connection.id, home.id, home.name, "SHOP", "10001", scope=scope)
        migration = self.services.migrations.add(self.site.id, wanted, self.services.now())
        return self.services.scans.start(migration.id, self.services.now())

    def turn(self, scan_id: str) -> int | None:
        """One turn of a worker."""
        return work_scan(self.services, scan_id, self.grounds)

    def scan(self, scope: Scope = WHOLE, project: str = "Webshop") -> Scan:
        """From the start to wherever it comes to by itself."""
        return self.finish(self.start(scope, project))

    def finish(self, scan_id: str) -> Scan:
        for _turn in range(MOST_TURNS):
            due = self.turn(scan_id)
            if due is None or due > self.services.now() + 500:
                return self.read(scan_id)
        raise AssertionError("it never came to an end")

    def read(self, scan_id: str) -> Scan:
        found = self.services.scans.find(scan_id)
        assert found is not None
        return found
