"""Former keys of projects and issues: kept, led on, bounded, and what nobody knows is not asked about again."""

import pytest

from store.project_keys import FORMER_KEYS, NO_FORMER_SECONDS, ProjectKeys

SITE = "site-1"


@pytest.fixture
def keys(services):
    return services.project_keys


def test_a_former_key_leads_to_the_present_one(keys):
    keys.learn_former(SITE, {"SHOP": "STORE", "SHOP-1": "OPS-30"})
    assert keys.read_former(SITE) == {"SHOP": "STORE", "SHOP-1": "OPS-30"}
    assert keys.read_former("site-2") == {}


def test_what_moved_twice_leads_to_where_it_is(keys):
    keys.learn_former(SITE, {"SHOP-1": "OPS-30"})
    keys.learn_former(SITE, {"OPS-30": "APP-5"})
    assert keys.read_former(SITE) == {"SHOP-1": "APP-5", "OPS-30": "APP-5"}


def test_what_moved_back_leads_nowhere_else(keys):
    keys.learn_former(SITE, {"SHOP-1": "OPS-30"})
    keys.learn_former(SITE, {"OPS-30": "SHOP-1"})
    assert keys.read_former(SITE) == {"OPS-30": "SHOP-1"}


def test_too_many_are_learnt_anew(keys):
    keys.learn_former(SITE, {f"SHOP-{number}": f"OPS-{number}" for number in range(FORMER_KEYS)})
    keys.learn_former(SITE, {"SHOP-9999": "OPS-9999"})
    assert keys.read_former(SITE) == {"SHOP-9999": "OPS-9999"}


def test_what_nothing_ever_had_is_not_asked_about_for_an_hour(keys, services):
    keys.note_no_former(SITE, "UTF")
    assert keys.list_unasked(SITE, {"UTF", "SHOP"}) == ("SHOP",)
    assert keys.list_unasked("site-2", ["UTF"]) == ("UTF",)
    assert 0 < services.redis.ttl(f"crosswalk:no-former:{SITE}:UTF") <= NO_FORMER_SECONDS
    assert keys.list_unasked(SITE, []) == ()


def test_a_site_that_leaves_is_forgotten(keys, services):
    keys.learn_former(SITE, {"SHOP": "STORE"})
    keys.note_no_former(SITE, "UTF")
    ProjectKeys(services.redis).forget_tenant(SITE)
    assert services.redis.keys(f"crosswalk:*{SITE}*") == []
