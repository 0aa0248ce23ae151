"""A town for the pages about migrations: a small project, workers in threads, a Jira project for each test."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import FrameLocator, Page, expect

from jobs.lanes import MIGRATIONS, run_duty
from sandbox.jira_migration import add_migration_project
from sandbox.jira_scheme_seed import Wanted
from sandbox.jira_site import Project
from services import Services
from tests.conftest import fresh_services
from tests.pages.conftest import PageTown
from tests.redis_server import RedisServer

Step = Literal["made", "scanned", "mapped", "begun", "done"]
ITEMS = 60  # work items of the project, the hard cases among them
WORKERS = 2
IDLE = 0.02  # seconds between two looks of a worker for duties
LOOK = 0.05  # seconds between two looks of a test
PATIENCE = 60.0  # seconds; a run of the small project takes a few


class MigrationTown(PageTown):
    """What tests of these pages do and look at. `working` is set while workers may take duties."""

    def __init__(self, items: int = ITEMS, **seeding: Any) -> None:
        super().__init__()
        self.organization.seed_work_items("Webshop", items, **(seeding or {"oddities": True, "extras": True}))
        self.working, self._stopping = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._projects = 0
        self.connection = ""

    # --- workers ---

    def start_workers(self) -> None:
        self.working.set()
        for number in range(WORKERS):
            thread = threading.Thread(target=self._work, name=f"migrator-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop_workers(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """No worker takes a duty meanwhile; one that is at work finishes its turn."""
        self.working.clear()
        try:
            yield
        finally:
            self.working.set()

    def _work(self) -> None:
        while not self._stopping.is_set():
            if not self.working.is_set() or not run_duty(self.opened, MIGRATIONS):
                self._stopping.wait(IDLE)

    # --- what a person would do, by the API ---

    @property
    def opened(self) -> Services:
        assert self.services is not None
        return self.services

    def project(self, **wanted: Any) -> Project:
        """A fresh Jira project to migrate into, with a scrum board."""
        self._projects += 1
        return add_migration_project(self.site, f"MIG{self._projects}", "Shop", wanted=Wanted(**wanted))

    def reach(self, step: Step, project: Project | None = None, **changes: Any) -> str:
        """A migration that has come to a step; its id. `changes` are of the body that makes it.

        `made`: nothing was scanned. `scanned`. `mapped`: the suggestion was saved. `begun`: a run was started. `done`:
        the run has ended.
        """
        migration = self.make(project or self.project(), **changes)
        for name, act in (("scanned", self.scan), ("mapped", self.map), ("begun", self.run), ("done", self.finish)):
            if step == "made":
                break
            act(migration)
            if name == step:
                break
        return migration

    def make(self, project: Project, **changes: Any) -> str:
        board = self.site.tracker.agile.of_project(project.id)[0].id
        body = {"connectionId": self.connection, "project": "Webshop", "jiraProject": project.key, "board": board}
        return str(self.ask("POST", "/api/migrations", body | changes)["id"])

    def scan(self, migration: str) -> None:
        self.ask("POST", f"/api/migrations/{migration}/scan")
        self.await_scan(migration)

    def await_scan(self, migration: str) -> None:
        found = await_that(lambda: self.show(migration)["scan"], lambda scan: scan["state"] in ("done", "failed"))
        assert found["state"] == "done", found

    def map(self, migration: str) -> None:
        """What is suggested, with every problem of the check waived that would keep a run from starting."""
        document = self.ask("POST", f"/api/migrations/{migration}/suggest", {})
        self.ask("PUT", f"/api/migrations/{migration}/mapping", document)
        problems = self.ask("POST", f"/api/migrations/{migration}/check")["problems"]
        waivers = sorted({problem["code"] for problem in problems if problem["severity"] == "error"})
        if waivers:
            self.ask("PUT", f"/api/migrations/{migration}/mapping", document | {"waivers": waivers})

    def run(self, migration: str, kind: str = "full") -> str:
        return str(self.ask("POST", f"/api/migrations/{migration}/runs", {"kind": kind})["id"])

    def await_run(self, migration: str) -> str:
        """The state in which the newest run has ended."""
        run = self.show(migration)["run"]["id"]
        found = await_that(lambda: self.ask("GET", f"/api/runs/{run}"), lambda one: one["endedAt"] is not None)
        return str(found["state"])

    def finish(self, migration: str) -> None:
        """Wait for the newest run, of which all is done and accounted for."""
        state, run = self.await_run(migration), self.show(migration)["run"]
        assert (state, self.ask("GET", f"/api/runs/{run['id']}/report")["balanced"]) == ("done", True), run

    def forget(self) -> None:
        """No migration is left but those whose run has not ended."""
        for migration in self.ask("GET", "/api/migrations")["items"]:
            self.call("DELETE", f"/api/migrations/{migration['id']}")

    def show(self, migration: str) -> Any:
        return self.ask("GET", f"/api/migrations/{migration}")

    def mapping(self, migration: str) -> Any:
        return self.ask("GET", f"/api/migrations/{migration}/mapping")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The answer as JSON. A refusal fails the test with its words."""
        answer = self.call(method, path, body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    # --- the page ---

    def open_page(self, page: Page, place: str = "") -> FrameLocator:
        """The page in its frame; `place` is the address behind #, such as `{migration id}/scan`."""
        page.goto(f"{self.jira}/admin/apps/crosswalk/migrations")
        frame = page.frame_locator("iframe")
        expect(frame.locator("h1")).to_be_visible()
        if place:
            page.frames[1].evaluate("(place) => { location.hash = place; }", place)
            expect(frame.locator("section.step, form, #view > *").first).to_be_visible()
        expect(frame.locator("#loading")).to_be_hidden()
        return frame

    def close(self) -> None:
        self.opened.stopping.set()  # ends the streams of events
        self.stop_workers()
        super().close()


def await_that(look: Callable[[], Any], is_so: Callable[[Any], bool]) -> Any:
    """What `look` finds when it is as wanted."""
    ends = time.monotonic() + PATIENCE
    while not is_so(found := look()):
        assert time.monotonic() < ends, f"it did not become so within {PATIENCE:.0f} seconds: {found}"
        time.sleep(LOOK)
    return found


@contextmanager
def running_town(
    redis_server: RedisServer, migrated_file: Path, folder: Path, items: int = ITEMS, **seeding: Any
) -> Iterator[MigrationTown]:
    """`seeding`: what the stand-in makes up besides; the hard cases by default."""
    town = MigrationTown(items, **seeding)
    with fresh_services(redis_server, migrated_file, folder, town.settings()) as services:
        town.open(services)
        town.install()
        town.connection = town.connect()
        town.start_workers()
        yield town
        town.close()
