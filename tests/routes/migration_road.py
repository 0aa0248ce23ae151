"""What a road of a migration stands on: a town, a project of Azure DevOps for each process, workers, what must come."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from jobs.lanes import MIGRATIONS, run_duty
from sandbox.ado_seed import TOKENS
from sandbox.jira_issue_record import Record
from sandbox.jira_migration import keys_by_source
from sandbox.jira_site import JiraSite, Project
from tests.conftest import fresh_services
from tests.redis_server import RedisServer
from tests.town import Town

PARENT, AREA, ITERATION = "System.Parent", "System.AreaPath", "System.IterationPath"
TYPE, STATE, TAGS = "System.WorkItemType", "System.State", "System.Tags"
COMMENTS, FILE = "System.CommentCount", "AttachedFile"
WORKERS, IDLE, PATIENCE = 2, 0.02, 60.0
ITEMS_AT_ONCE = 200

Json = dict[str, Any]


class MigrationRoad:
    """A town whose calls are answered by workers in threads."""

    def __init__(self, town: Town) -> None:
        self.town = town
        answer = self.ask(
            "POST", "/api/connections", {"organizationUrl": town.organization_url, "token": TOKENS["full"]}
        )
        self.connection = answer["id"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """A call by the admin in Jira that must be answered well; what it answers."""
        answer = self.town.call(method, path, body)
        assert answer.ok, answer.text
        return answer.json()

    def seed(self, template: str, count: int) -> str:
        """A project of that process with work items; its name."""
        name = f"{template} home"
        self.town.organization.add_project(name)
        self.town.organization.seed_work_items(name, count, template, extras=True)
        return name

    def await_end(self, path: str, read: Callable[[Json], bool]) -> Json:
        ends = time.monotonic() + PATIENCE
        while not read(found := self.ask("GET", path)):
            assert time.monotonic() < ends, found
            time.sleep(IDLE)
        return dict(found)

    def items(self, project: str) -> dict[int, Json]:
        """Every work item as Azure DevOps tells it, by its number."""
        work = self.town.organization.work
        ids = [number for number in work.ids() if work.find(number).project.name == project]
        assert 0 < len(ids) <= ITEMS_AT_ONCE
        answer = requests.get(
            f"{self.town.organization_url}/_apis/wit/workitems", auth=("", TOKENS["full"]), timeout=20,
            params={"ids": ",".join(map(str, ids)), "$expand": "relations", "api-version": "7.1"},
        )  # fmt: skip
        return {item["id"]: item for item in answer.json()["value"]}


@contextmanager
def running_road(redis_server: RedisServer, migrated_file: Path, folder: Path) -> Iterator[MigrationRoad]:
    town, stopping = Town(), threading.Event()
    with fresh_services(redis_server, migrated_file, folder, town.settings()) as services:
        town.open(services)
        town.install()

        def work() -> None:
            while not stopping.is_set():
                if not run_duty(services, MIGRATIONS):
                    stopping.wait(IDLE)

        threads = [threading.Thread(target=work, name=f"migrator-{number}") for number in range(WORKERS)]
        for thread in threads:
            thread.start()
        try:
            yield MigrationRoad(town)
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
            town.close()


@dataclass(frozen=True)
class Expected:
    """What Jira must hold by a mapping, told from what Azure DevOps holds."""

    mapping: Json
    items: Mapping[int, Json]

    def type_of(self, item: Json) -> str | None:
        target: str | None = self._type_row(item)["target"]
        return target

    def type_alone(self, item: Json) -> str | None:
        """Of what would be a sub-task and has no parent."""
        target: str | None = self._type_row(item).get("withoutParent")
        return target

    def status_of(self, item: Json) -> str | None:
        fields = item["fields"]
        wanted = (fields[TYPE], fields[STATE])
        return next((row["target"] for row in self.mapping["states"] if (row["type"], row["source"]) == wanted), None)

    def sprint_of(self, item: Json) -> str | None:
        """Its name."""
        row = self._row("iterations", item["fields"][ITERATION])
        return row["name"] if row and row["action"] == "new" else None

    def component_of(self, item: Json) -> str | None:
        """Its name: that of the area, else of the nearest above it."""
        path = item["fields"][AREA]
        row = self._row("areas", path)
        while row and row["action"] == "parent":
            path = path.rpartition("\\")[0]
            row = self._row("areas", path)
        return row["name"] if row and row["action"] == "new" else None

    def ancestors(self, item: Json) -> list[int]:
        found = []
        while (parent := item["fields"].get(PARENT)) is not None and parent in self.items:
            found.append(parent)
            item = self.items[parent]
        return found

    def files_of(self, item: Json) -> Counter[int]:
        relations = [one for one in item.get("relations") or () if one["rel"] == FILE]
        return Counter(one["attributes"]["resourceSize"] for one in relations)

    def _type_row(self, item: Json) -> Json:
        return next(row for row in self.mapping["types"] if row["source"] == item["fields"][TYPE])

    def _row(self, section: str, path: str) -> Json | None:
        return next((row for row in self.mapping[section] if row["source"] == path), None)


class Arrived:
    """What a Jira project holds, by the numbers of work items."""

    def __init__(self, site: JiraSite, project: Project) -> None:
        self._site = site
        self.keys = {
            number: own[0] for number, keys in keys_by_source(site, "crosswalk.source", "id").items()
            if (own := [key for key in keys if key.startswith(f"{project.key}-")])
        }  # fmt: skip
        self._records = {number: site.tracker.record(key) for number, key in self.keys.items()}
        self._numbers = {record.id: number for number, record in self._records.items() if record}

    def record(self, number: int) -> Record:
        found = self._records[number]
        assert found is not None
        return found

    def parent_of(self, number: int) -> int | None:
        parent = self.record(number).state.fields.get("parent")
        return self._numbers[parent] if parent else None

    def sprint_of(self, number: int, field: str) -> str | None:
        held = self.record(number).state.fields.get(field) or ()
        return self._site.tracker.agile.sprints[held[0]].name if held else None

    def component_of(self, number: int) -> str | None:
        held = self.record(number).state.fields.get("components") or ()
        return self._site.tracker.components[held[0]].name if held else None

    def labels_of(self, number: int) -> set[str]:
        return set(self.record(number).state.fields.get("labels") or ())
