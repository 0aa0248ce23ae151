"""A run of a migration: a stand-in on both sides, a database, and workers that work a step at a time."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from clients.ado_work_items import WorkItemsApi
from clients.jira_targets import read_target
from domain.mapping_documents import read_mapping, write_mapping
from domain.mapping_records import Mapping as WorkMapping
from domain.mapping_suggestions import suggest_mapping
from domain.run_states import RunKind
from jobs.migration_runs import work_run
from migration.facts import KeptFacts
from sandbox.ado import AdoOrganization, create_ado
from sandbox.ado_seed import TOKENS
from sandbox.control import Faults
from sandbox.jira import create_jira
from sandbox.jira_migration import add_migration_project, count_things, keys_by_source
from sandbox.jira_scheme_seed import Wanted
from sandbox.jira_site import Installation, JiraSite, Project
from sandbox.server import serve
from services import APP_KEY, Services
from settings import SHORTEST_SETTLE
from store.governor import Governor
from store.issue_paces import IssuePaces
from store.migrations import Migration, NewMigration, Options, Scope
from store.run_rows import RunRow
from store.runs import NewRun, Run
from tests.conftest import fresh_services
from tests.migration.kills import Killed, Reaper, reaping
from tests.migration.scan_rig import ScanRig

DESCRIPTOR = Path(__file__).parents[2] / "atlassian-connect.json"
MOST_TURNS = 300
STRIDE = 8_000  # ms that pass when nothing is due
WHOLE = Scope()
QUIET = Options(comments=False, attachments=False, links=False)


class Clock:
    """The time of the workers (ms). Where nothing is due they wait by moving it on."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        """What waits for leave to call; others that wait at the same time wait after it."""
        self.now += int(seconds * 1000) + 1


class RunRig:
    """One site and one organization; each test migrates into a project of its own."""

    def __init__(
        self, services: Services, organization: AdoOrganization, ado_url: str, site: JiraSite, *, jira_faults: Faults,
        ado_faults: Faults,
    ) -> None:  # fmt: skip
        self.clock = Clock()
        self.jira_faults, self.ado_faults = jira_faults, ado_faults
        governor = Governor(services.redis, clock=self.clock, sleep=self.clock.sleep)
        paces = IssuePaces(services.redis, clock=self.clock, sleep=self.clock.sleep)
        self.services = replace(services, now=self.clock, governor=governor, issue_paces=paces)
        self.organization, self.site = organization, site
        self.scan_rig = ScanRig(self.services, organization, ado_url)
        app = site.installations[APP_KEY]
        self.installation = services.installations.save_connect(
            app.client_key, site.base_url, SecretStr(app.shared_secret), 1
        )
        self.connection = services.connections.add(
            self.installation.id, organization=organization.name, organization_url=f"{ado_url}/{organization.name}",
            token=SecretStr(TOKENS["full"]), instance_id=organization.id, problems=(), now=1,
        )  # fmt: skip
        self.facts = KeptFacts()
        self._projects = 0
        self._suggested: WorkMapping | None = None

    # --- setting up ---

    def project(self, **wanted: Any) -> Project:
        """A fresh Jira project to migrate into."""
        self._projects += 1
        return add_migration_project(self.site, f"P{self._projects}", wanted=Wanted(**wanted))

    def migration(self, project: Project, options: Options = QUIET, scope: Scope = WHOLE) -> Migration:
        home = self.organization.find_project("Webshop")
        board = next((one.id for one in self.site.tracker.agile.of_project(project.id)), None)
        wanted = NewMigration(
            self.connection.id, home.id, home.name, project.key, project.id, board, scope=scope, options=options
        )
        return self.services.migrations.add(self.installation.id, wanted, self.clock.now)

    def mapping(self, migration: Migration) -> WorkMapping:
        """What is suggested for everything that a scan finds. Company-managed projects share types and statuses."""
        if self._suggested is None:
            api = WorkItemsApi(
                self.services.ado(self.connection, "migration"), migration.project_id, migration.project_name
            )
            report = self.scan_rig.scan().report
            client = self.services.jira(self.installation)
            target = read_target(client, migration.jira_project, board=migration.board_id)
            assert report is not None
            self._suggested = suggest_mapping(report, api.read_source(), target, {})
        return self._suggested

    def small(self, project: Project) -> dict[str, Any]:
        """Changes of the mapping with which a run makes one sprint and one component."""
        found = self.mapping(self.migration(project))
        iterations = [row for row in found.iterations if row.action == "new" and row.start]
        return {
            "iterations": tuple(iterations[:1]),
            "areas": tuple(row for row in found.areas if row.action == "new")[:1],
        }

    def start(
        self, project: Project | None = None, *, kind: RunKind = "full", options: Options = QUIET,
        scope: Scope = WHOLE, mapping: Mapping[str, Any] | None = None,
    ) -> str:  # fmt: skip
        """A run that waits for workers; its id."""
        home = project or self.project()
        migration = self.migration(home, options, scope)
        document = write_mapping(replace(self.mapping(migration), **(mapping or {})))
        assert read_mapping(document)
        version = self.services.mappings.put(migration.id, document, self.clock.now)
        new = NewRun(self.installation.id, migration.id, self.connection.id, home.id, kind, version)
        return self.services.runs.start(new, self.clock.now)

    # --- working ---

    def turn(self, run_id: str, slot: int = 0, facts: KeptFacts | None = None) -> int | None:
        """One turn of a worker; when it is due again."""
        return work_run(self.services, f"{run_id}#{slot}", facts or self.facts)

    def work(self, run_id: str) -> Run:
        """Turns until no worker is needed any more; waiting moves the clock."""
        for _turn in range(MOST_TURNS):
            due = self.turn(run_id)
            if due is None:
                return self.run(run_id)
            if due > self.clock.now:
                self.clock.now = max(due, self.clock.now + STRIDE)
        raise AssertionError(f"it never came to an end: {self.run(run_id)}")

    def restart(self) -> None:
        """Another process: it remembers nothing."""
        self.facts = KeptFacts()

    def work_with(self, run_id: str, reaper: Reaper, *, forgets: bool = True) -> Run:
        """As `work`, with a new process whenever the reaper has come; reading everything anew takes it a while."""
        while True:
            reaper.revive()
            try:
                with reaping(reaper):
                    return self.work(run_id)
            except Killed:
                if forgets:
                    self.restart()

    # --- what came of it ---

    def run(self, run_id: str) -> Run:
        found = self.services.runs.find(run_id)
        assert found is not None
        return found

    def rows(self, run_id: str, kind: str | None = None) -> list[RunRow]:
        return [row for row in self.services.run_rows.page(run_id, limit=100_000) if kind in (None, row.kind)]

    def ledger(self, run_id: str) -> Any:
        found = self.run(run_id).ledger
        assert found is not None
        return found

    def issues(self, project: Project) -> dict[int, list[str]]:
        """Keys of issues of a project by the number of the work item they say they were made of."""
        found = keys_by_source(self.site, "crosswalk.source", "id")
        own = {number: [key for key in keys if key.startswith(f"{project.key}-")] for number, keys in found.items()}
        return {number: keys for number, keys in own.items() if keys}

    def count(self, project: Project) -> dict[str, int]:
        return count_things(self.site, project.key)


def install(site: JiraSite) -> None:
    """As if the app had been installed from its own descriptor."""
    text = DESCRIPTOR.read_text().replace("{baseUrl}", "https://crosswalk.example.com")
    app = Installation(APP_KEY, "client-1", secrets.token_urlsafe(48), json.loads(text))
    app.enabled = True
    site.installations[app.key] = app


@contextmanager
def running_run_rig(
    redis_server: Any, migrated_file: Path, folder: Path, *, settings: Mapping[str, Any] | None = None, **seeding: Any
) -> Iterator[RunRig]:  # fmt: skip
    """A rig whose organization has been seeded with work items."""
    organization, site = AdoOrganization.seeded(repositories=1, commits=4), JiraSite.seeded()
    organization.seed_work_items("Webshop", **seeding)
    install(site)
    with ExitStack() as stack:
        jira_app, ado_app = create_jira(site), create_ado(organization)
        faults = {"jira_faults": jira_app.extensions["faults"], "ado_faults": ado_app.extensions["faults"]}
        jira = stack.enter_context(serve(jira_app)).url
        ado = stack.enter_context(serve(ado_app)).url
        stack.callback(organization.stop)
        site.base_url = jira
        changes = {
            "jira_hosts": frozenset({jira.removeprefix("http://")}),
            "ado_hosts": frozenset({ado.removeprefix("http://")}),
            "migration_settle_seconds": SHORTEST_SETTLE,
        } | dict(settings or {})
        services = stack.enter_context(fresh_services(redis_server, migrated_file, folder, changes))
        yield RunRig(services, organization, ado, site, **faults)
