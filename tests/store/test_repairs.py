import pytest

from store.repairs import Repair, Repairs


@pytest.fixture
def repairs(services):
    return Repairs(services.redis)


def test_repairs_are_counted_by_link(repairs):
    repairs.note("one", 5)
    repairs.note("one", 9)

    assert (repairs.read("one"), repairs.read("other")) == (Repair(2, 9), Repair(0, 0))


def test_a_person_who_acted_begins_anew(repairs):
    repairs.note("one", 5)
    repairs.forget("one")

    assert repairs.read("one") == Repair(0, 0)


def test_a_calm_day_begins_anew(repairs, services):
    repairs.note("one", 5)

    assert 0 < services.redis.ttl("crosswalk:repairs:one") <= 24 * 3600
