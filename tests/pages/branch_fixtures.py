"""The fixtures of the pages about branches: one town for each file, put back in order before each test."""

import pytest

from tests.pages.branch_rig import put_back, running_town


@pytest.fixture(scope="module")
def whole_town(redis_server, migrated_file, tmp_path_factory):
    with running_town(redis_server, migrated_file, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def town(whole_town):
    put_back(whole_town)
    return whole_town
