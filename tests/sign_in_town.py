"""A linked town in which people sign in by the stand-in Entra, for tests of signing in and of acting as a person."""

import pytest

from tests.routes.sign_in_rig import connection_of, renew_town
from tests.town_fixtures import linked_town


@pytest.fixture(scope="module")
def whole_town(redis_server, migrated_file, tmp_path_factory):
    with linked_town(redis_server, migrated_file, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def town(whole_town):
    renew_town(whole_town)
    return whole_town


@pytest.fixture
def services(town):
    return town.services


@pytest.fixture
def connection(town):
    return connection_of(town)
