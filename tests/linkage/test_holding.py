import pytest

from domain.errors import WrongState
from linkage.holding import hold


def test_a_thing_is_changed_by_one_at_a_time(services, monkeypatch):
    monkeypatch.setattr("linkage.holding.WAIT_SECONDS", 0.05)

    with hold(services, "link:1"), pytest.raises(WrongState), hold(services, "link:1"):
        pytest.fail("two at once")


def test_different_things_are_changed_at_once(services):
    with hold(services, "link:1"), hold(services, "link:2"):
        assert len(services.redis.keys("crosswalk:hold:*")) == 2


def test_a_failed_change_gives_the_thing_back(services):
    with pytest.raises(ValueError, match="broken"), hold(services, "link:1"):
        raise ValueError("broken")

    assert services.redis.keys("crosswalk:hold:*") == []


def test_a_change_that_took_too_long_ends_without_an_error(services):
    with hold(services, "link:1"):
        services.redis.flushall()
