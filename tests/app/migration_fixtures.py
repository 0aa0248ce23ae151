"""The fixtures of a migration desk: one town for each file, without migrations after each test."""

import pytest

from tests.app.migration_rig import running_migrations


@pytest.fixture(scope="module")
def shared_migrations(redis_server, migrated_file, tmp_path_factory):
    with running_migrations(redis_server, migrated_file, tmp_path_factory.mktemp("migrations")) as desk:
        yield desk


@pytest.fixture
def desk(shared_migrations):
    yield shared_migrations
    shared_migrations.forget()
