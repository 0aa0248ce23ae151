"""The fixtures of the pages about migrations: one town for each file; each test migrates into a project of its own."""

import pytest

from tests.pages.migration_rig import running_town


@pytest.fixture(scope="module")
def whole_town(redis_server, migrated_file, tmp_path_factory):
    with running_town(redis_server, migrated_file, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def town(whole_town):
    whole_town.working.set()
    return whole_town
