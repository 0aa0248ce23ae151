"""The fixtures of a town, for every folder whose tests walk through one."""

import pytest

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
