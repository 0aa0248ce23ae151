"""The commands about migrations over a migration desk, and files for them."""

import contextlib
import json

import pytest
import yaml
from structlog.testing import capture_logs

from app import create_app
from tests.app.migration_fixtures import desk, shared_migrations
from tests.app.migration_rig import MAPPING

__all__ = ["desk", "flask", "shared_migrations", "written_file"]


@pytest.fixture
def flask(desk):
    """Run `flask migration` with arguments. Log lines are kept apart."""
    runner = create_app(desk.services).test_cli_runner()
    with capture_logs():
        yield lambda *arguments, typed="": runner.invoke(args=["migration", *map(str, arguments)], input=typed)


@pytest.fixture
def written_file(desk, tmp_path):
    """Write the file of a migration of the desk's project; its path. `None` leaves a value out."""

    def write(**changes):
        document = {
            "site": desk.town.jira, "organization": desk.town.organization_url, "project": "Webshop",
            "jiraProject": "SHOP", "mapping": MAPPING,
        } | changes  # fmt: skip
        path = tmp_path / "migration.yaml"
        path.write_text(yaml.safe_dump({name: value for name, value in document.items() if value is not None}))
        return path

    return write


def said(result, code=0):
    """What a command wrote on standard output, as JSON."""
    assert result.exit_code == code, (result.exit_code, result.output)
    return json.loads(result.stdout)


def known_migrations(desk):
    return desk.services.migrations.list_for(desk.site.id)


@contextlib.contextmanager
def meanwhile(desk, monkeypatch, work):
    """A worker does something while a command looks on, between its first look and its second."""
    left = [work]

    def wait(_seconds):
        if left:
            left.pop()()

    with monkeypatch.context() as patch:
        patch.setattr(desk.services.stopping, "wait", wait)
        yield


def press_ctrl_c():
    raise KeyboardInterrupt
