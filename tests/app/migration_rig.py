"""One town for a file of tests about migrations, and a worker that answers as it is told."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from pydantic import SecretStr
from sqlalchemy import delete

from domain.scan_reports import FileCount, ScanReport, TypeCount
from domain.work_items import TreeNode
from sandbox.ado_seed import TOKENS
from store.item_map import MapPlace, item_map, part_map
from store.migrations import NewMigration, migrations
from store.outbox import run_rows
from store.run_rows import PlannedRow
from store.run_turns import PlanPage, Results, RowResult
from store.runs import NewRun, runs
from store.scans import ScanPage
from tests.conftest import fresh_services
from tests.town import APP_KEY, Town

REPORT = ScanReport(
    items=3,
    types=(TypeCount("Bug", 2, {"New": 1, "Active": 1}), TypeCount("Task", 1, {"New": 1})),
    areas=(TreeNode("Webshop\\Shop", "Shop"),),
    area_items={"Webshop\\Shop": 3},
    people={"guid-1": 3},
    comments=4,
    links={"System.LinkTypes.Related": 1},
    files=FileCount(1, 700, ((7, 700),)),
)
MAPPING: dict[str, Any] = {
    "plan": "feature_as_epic",
    "types": [{"source": "Bug", "target": "10004", "confidence": 0.9, "reason": "The names are the same."},
              {"source": "Task", "target": None}],
    "people": [{"source": "guid-1", "target": None}, {"source": "guid-2", "target": "712020:fern"}],
}  # fmt: skip
FORGOTTEN = (run_rows, runs, migrations, item_map, part_map)


@dataclass
class MigrationDesk:
    """An installed app with a connected organization; every test begins without a migration."""

    town: Town
    connection: str

    @property
    def services(self):
        return self.town.services

    @property
    def site(self):
        return self.services.installations.list_site(self.town.jira)[0]

    @property
    def now(self):
        return self.services.now()

    def call(self, method, path, json=None, account=None):
        return self.town.call(method, path, json, account)

    def send(self, method, path, **sent):
        """A call of the admin with headers or a body of its own."""
        token = self.town.site.context_token(APP_KEY, self.town.site.admin.account_id)
        headers = {"Authorization": f"JWT {token}"} | sent.pop("headers", {})
        return requests.request(method, self.town.app_url + path, headers=headers, timeout=20, **sent)

    def make(self, **changes):
        """A migration, made by the API; its id."""
        answer = self.call("POST", "/api/migrations", self.wish() | changes)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def wish(self):
        return {"connectionId": self.connection, "project": "Webshop", "jiraProject": "SHOP"}

    def scan(self, migration, report=REPORT):
        """A scan that is done."""
        scans = self.services.scans
        found = scans.find(scans.start(migration, self.now))
        assert scans.put_page(found, ScanPage(None, report, report.items, report.items), self.now)

    def mapped(self, **changes):
        """A migration with a scan and a mapping; its id."""
        migration = self.make()
        self.scan(migration)
        self.services.mappings.put(migration, MAPPING | changes, self.now)
        return migration

    def start(self, migration=None, kind="full"):
        """A run that waits for a worker; its id."""
        found = self.services.migrations.find(migration or self.mapped())
        wanted = NewRun(found.installation_id, found.id, found.connection_id, found.jira_project_id, kind, 1)
        return self.services.runs.start(wanted, self.now)

    def running(self, *rows, scanned=None, migration=None):
        """A run that works, with these rows, in its phase of items; its id."""
        run_id = self.start(migration)
        self.services.runs.move(run_id, "begin", self.now)
        page = PlanPage(rows, scanned or {}, None)
        assert self.services.run_turns.plan_page(self.services.runs.find(run_id), page, self.now)
        self.services.runs.enter_phase(run_id, "plan", "items", self.now)
        return run_id

    def settle(self, run_id, *results):
        """Take as many items as there are results, and write what became of them: a state, and more by keyword."""
        chunk = self.services.run_turns.claim(run_id, "items", 0, len(results), self.now)
        found = [RowResult(row.id, **result) for row, result in zip(chunk.rows, results, strict=True)]
        run = self.services.runs.find(run_id)
        place = MapPlace(run.installation_id, run.connection_id, run.target)
        assert self.services.run_turns.settle(chunk, place, Results(found), self.now) == len(results)

    def foreign(self):
        """A migration and a run of another site; their ids."""
        other = self.services.installations.save_connect("other", "https://other.atlassian.net", SecretStr("s"), 1)
        made = self.services.migrations.add(other.id, NewMigration("c", "p", "Web", "WEB", "10001"), 1)
        return made.id, self.services.runs.start(NewRun(other.id, made.id, "c", "10001", "full", 1), 1)

    @contextmanager
    def worker(self, **answers):
        """A worker that answers questions by their kind with a document, or with an error; what it was asked."""
        asked: list[tuple[str, object]] = []
        stop = threading.Event()
        thread = threading.Thread(target=self._answer, args=(answers, asked, stop))
        thread.start()
        try:
            yield asked
        finally:
            stop.set()
            thread.join()

    def _answer(self, answers, asked, stop):
        questions = self.services.questions
        while not stop.wait(0.005):
            duty = self.services.duties.claim(self.now, ("migrate",))
            if duty is None:
                continue
            question = questions.find(duty.name.removeprefix("ask:")) if duty.name.startswith("ask:") else None
            if question:
                asked.append((question.kind, question.arguments))
                answer = answers[question.kind.replace("-", "_")]
                (questions.refuse if isinstance(answer, Exception) else questions.answer)(question, answer)
            self.services.duties.leave(duty, None)

    def wanted(self):
        """The names of what workers shall look at."""
        return set(self.services.duties.list_due("migrate"))

    def forget(self):
        with self.services.engine.begin() as connection:
            for table in FORGOTTEN:
                connection.execute(delete(table))
        self.services.redis.delete("crosswalk:duties:migrate")


@contextmanager
def running_migrations(redis_server, migrated_file, folder):
    """A desk for a whole module."""
    town = Town()
    with fresh_services(redis_server, migrated_file, folder, town.settings()) as services:
        town.open(services)
        town.install()
        body = {"organizationUrl": town.organization_url, "token": TOKENS["full"]}
        answer = town.call("POST", "/api/connections", body)
        assert answer.status_code == 201, answer.text
        yield MigrationDesk(town, answer.json()["id"])
        town.close()


def items(*ids, type="Bug", **values):
    """Planned rows of work items."""
    return [PlannedRow("item", one, type=type, **values) for one in ids]


def problem(code, severity="error", **values):
    return {"code": code, "severity": severity, "where": "/types/0", "detail": "It is wrong.", "count": 1} | values
