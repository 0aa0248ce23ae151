"""From the file of a migration to issues in Jira, by command alone, with workers that work."""

import contextlib
import json
import threading

import pytest
import yaml
from structlog.testing import capture_logs

from app import create_app, following
from jobs.lanes import MIGRATIONS, run_duty
from sandbox.ado_seed import TOKENS
from sandbox.jira_migration import add_migration_project, keys_by_source
from tests.conftest import fresh_services
from tests.town import Town

ITEMS = 12
IDLE = 0.02  # seconds between two looks of a worker for duties
LOOK = 0.02  # seconds between two looks of a command


@pytest.fixture(scope="module")
def town(redis_server, migrated_file, tmp_path_factory):
    """An installed app, a connected organization with a few work items, a Jira project to migrate into."""
    made = Town()
    made.organization.seed_work_items("Webshop", ITEMS)
    add_migration_project(made.site, "MIG")
    with fresh_services(redis_server, migrated_file, tmp_path_factory.mktemp("road"), made.settings()) as services:
        made.open(services)
        made.install()
        answer = made.call(
            "POST", "/api/connections", {"organizationUrl": made.organization_url, "token": TOKENS["full"]}
        )
        assert answer.status_code == 201, answer.text
        with working(services):
            yield made
        made.close()


@contextlib.contextmanager
def working(services):
    """A worker in a thread."""
    stop = threading.Event()

    def work():
        while not stop.is_set():
            if not run_duty(services, MIGRATIONS):
                stop.wait(IDLE)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def flask(town, monkeypatch):
    """Run `flask migration`: what it says on standard output; it has to end well."""
    monkeypatch.setattr(following, "LOOK_SECONDS", LOOK)
    runner = create_app(town.services).test_cli_runner()

    def run(*arguments):
        result = runner.invoke(args=["migration", *map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.stdout

    with capture_logs():
        yield run


@pytest.fixture
def path(town, tmp_path):
    document = {
        "site": town.jira, "organization": town.organization_url, "project": "Webshop", "jiraProject": "MIG",
        "options": {"comments": False, "attachments": False, "links": False},
    }  # fmt: skip
    path = tmp_path / "migration.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_file_becomes_issues(town, flask, path):
    assert json.loads(flask("scan", path, "--json"))["items"] == ITEMS
    flask("suggest", path, "-o", path)
    assert "A run may start." in flask("check", path)
    drafts = json.loads(flask("dry-run", path, "--per-type", 1, "--json"))["items"]
    assert {draft["issue"]["fields"]["project"]["id"] for draft in drafts} == {town.site.projects["MIG"].id}
    assert keys_by_source(town.site, "crosswalk.source", "id") == {}

    report = json.loads(flask("run", path, "--json"))

    assert (report["state"], report["balanced"]) == ("done", True)
    made = keys_by_source(town.site, "crosswalk.source", "id")
    assert len(made) == ITEMS
    assert all(len(keys) == 1 for keys in made.values())
    assert "The ledger balances" in flask("verify", report["id"])
    assert "The ledger balances" in flask("report", report["id"])
    assert keys_by_source(town.site, "crosswalk.source", "id") == made
