"""Sign-ins that were begun: bound to a browser, of one use, and gone after ten minutes."""

import pytest

from store.account_sign_ins import LIFE_SECONDS, AccountSignIns, SiteOffer, new_value

OFFER = SiteOffer("SHOP-7", "712020:fern", ("site-1", "site-2"))


@pytest.fixture
def sign_ins(redis):
    return AccountSignIns(redis)


def test_a_sign_in_ends_once_in_the_browser_that_began_it(sign_ins):
    browser = new_value()
    state = sign_ins.begin(browser, "SHOP-7")
    assert [sign_ins.take(state, browser), sign_ins.take(state, browser)] == ["SHOP-7", None]


def test_another_browser_ends_nothing_and_uses_it_up(sign_ins):
    browser = new_value()
    state = sign_ins.begin(browser, "SHOP-7")
    assert sign_ins.take(state, new_value()) is None
    assert sign_ins.take(state, browser) is None


def test_one_browser_may_begin_several(sign_ins):
    browser = new_value()
    states = [sign_ins.begin(browser, key) for key in ("SHOP-7", "SHOP-8")]
    assert [sign_ins.take(state, browser) for state in states] == ["SHOP-7", "SHOP-8"]


def test_an_offer_is_taken_once_and_is_no_state(sign_ins):
    browser = new_value()
    value = sign_ins.offer(browser, OFFER)
    assert sign_ins.take(value, browser) is None
    assert [sign_ins.take_offer(value, browser), sign_ins.take_offer(value, browser)] == [OFFER, None]


def test_nothing_in_redis_opens_a_sign_in_and_all_of_it_ends(sign_ins, redis):
    browser = new_value()
    values = [sign_ins.begin(browser, "SHOP-7"), sign_ins.offer(browser, OFFER), browser]
    keys = redis.keys("*")
    kept = b" ".join([*keys, *(redis.get(key) for key in keys)]).decode()
    assert [value.get_secret_value() in kept for value in values] == [False, False, False]
    assert [0 < redis.ttl(key) <= LIFE_SECONDS for key in keys] == [True, True]
