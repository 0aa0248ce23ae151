"""The fixtures of a town, for every folder whose tests walk through one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.ado_seed import TOKENS
from tests.conftest import fresh_services
from tests.town import Town


@pytest.fixture
def town():
    town = Town()
    yield town
    town.close()


@pytest.fixture
def settings_changes(town):
    return town.settings()


@pytest.fixture
def open_town(town, services):
    """The town with the application open and installed."""
    town.open(services)
    town.install()
    return town


@contextmanager
def linked_town(redis_server, migrated_file, folder) -> Iterator[Town]:
    """A town for a whole module: open, installed, with the organization connected and its first project linked."""
    town = Town()
    with fresh_services(redis_server, migrated_file, folder, town.settings()) as services:
        town.open(services)
        town.install()
        link_first_project(town)
        yield town
        town.close()


def link_first_project(town: Town) -> None:
    body = {"organizationUrl": town.organization_url, "token": TOKENS["read"]}
    connection = town.call("POST", "/api/connections", body).json()
    project = next(iter(town.organization.projects.values()))
    answer = town.call("PUT", f"/api/connections/{connection['id']}/projects/{project.id}", {})
    assert answer.status_code == 200, answer.text
