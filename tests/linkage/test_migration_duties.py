"""What is waked, and what of other migrations and sites is left to its own time."""

import pytest

from linkage.credentials import resume_connection
from linkage.migration_duties import SLOTS, wake_migration, wake_migrations
from store.migrations import NewMigration
from store.runs import NewRun
from tests.sign_in_town import connection, town, whole_town

__all__ = ["connection", "town", "whole_town"]


@pytest.fixture
def services(town, connection):
    services = town.services
    for site in ("elsewhere", connection.installation_id):
        services.migrations.forget_tenant(site)
        services.runs.forget_tenant(site)
    services.redis.delete("crosswalk:duties:migrate")
    return services


@pytest.fixture
def add(services):
    """A migration with an open scan and an open run; what workers are asked for it by."""

    def make(site, connection_id, target):
        made = services.migrations.add(site, NewMigration(connection_id, "p", "Webshop", "SHOP", target), 1)
        run_id = services.runs.start(NewRun(site, made.id, connection_id, target, "full", 1), 1)
        duties = {f"scan:{services.scans.start(made.id, 1)}", *(f"run:{run_id}#{slot}" for slot in range(SLOTS))}
        return made.id, run_id, duties

    return make


def waked(services):
    return set(services.duties.list_due("migrate"))


def test_one_migration_is_waked_alone(services, add):
    one, _run, its = add("elsewhere", "c", "1")
    add("elsewhere", "c", "2")
    wake_migration(services, one)
    assert waked(services) == its


def test_what_stands_still_is_left_alone(services, add):
    one, run_id, _its = add("elsewhere", "c", "1")
    services.runs.move(run_id, "pause", 1)
    services.scans.cancel(one, 1)
    wake_migration(services, one)
    assert waked(services) == set()


def test_a_connection_that_works_again_wakes_its_own_migrations(services, connection, add):
    _one, _run, its = add(connection.installation_id, connection.id, "1")
    add(connection.installation_id, "another", "2")
    add("elsewhere", "c", "1")
    resume_connection(services, connection)
    assert waked(services) == its


def test_what_was_never_asked_for_is_asked_for_wherever_it_is(services, connection, add):
    here, there = add(connection.installation_id, connection.id, "1"), add("elsewhere", "c", "1")
    wake_migrations(services)
    assert waked(services) == here[2] | there[2]
