"""Sessions of windows: found by their cookie alone, for an hour without a call, for eight hours at most."""

import pytest
from pydantic import SecretStr

from store.browser_sessions import IDLE, LONGEST, BrowserSessions

RIVER, MEADOW = "site-river", "site-meadow"
FERN, MOSS = "712020:fern", "712020:moss"
NOW = 1_800_000_000_000


@pytest.fixture
def sessions(services):
    return BrowserSessions(services.redis)


def digests(services):
    return {key.decode().rpartition(":")[2] for key in services.redis.keys("crosswalk:session:*")}


def test_a_session_is_found_by_its_cookie(sessions):
    opened = sessions.open(RIVER, FERN, NOW)
    found = sessions.find(opened.cookie, NOW)
    assert found == opened.session
    assert (found.installation_id, found.account_id) == (RIVER, FERN)


@pytest.mark.parametrize("cookie", ["", "guessed", "*"])
def test_nothing_else_finds_one(sessions, cookie):
    opened = sessions.open(RIVER, FERN, NOW)
    assert sessions.find(SecretStr(cookie), NOW) is None
    assert sessions.find(SecretStr(opened.session.digest), NOW) is None


def test_cookie_and_token_are_random_and_only_the_hash_of_the_cookie_is_kept(services, sessions):
    opened = [sessions.open(RIVER, FERN, NOW) for _ in range(2)]
    words = {one.cookie.get_secret_value() for one in opened} | {
        one.session.csrf_token.get_secret_value() for one in opened
    }
    assert len(words) == 4
    assert all(len(word) == 43 for word in words)  # 256 bits
    kept = repr([(key, services.redis.dump(key)) for key in services.redis.keys("*")])
    assert all(one.cookie.get_secret_value() not in kept for one in opened)


def test_a_session_prints_no_secret(sessions):
    opened = sessions.open(RIVER, FERN, NOW)
    for word in (opened.cookie, opened.session.csrf_token):
        assert word.get_secret_value() not in repr(opened)


def test_an_hour_without_a_call_ends_it_and_a_call_gives_another_hour(services, sessions):
    opened = sessions.open(RIVER, FERN, NOW)
    key = f"crosswalk:session:{opened.session.digest}"
    assert 0 < services.redis.pttl(key) <= IDLE
    services.redis.pexpire(key, 1_000)
    sessions.find(opened.cookie, NOW + 1)
    assert IDLE - 60_000 < services.redis.pttl(key) <= IDLE


def test_eight_hours_end_it_whatever_happens(services, sessions):
    opened = sessions.open(RIVER, FERN, NOW)
    late = NOW + LONGEST - 60_000
    assert sessions.find(opened.cookie, late)
    assert services.redis.pttl(f"crosswalk:session:{opened.session.digest}") <= 60_000
    assert sessions.find(opened.cookie, NOW + LONGEST) is None
    assert digests(services) == set()


def test_opening_anew_ends_the_one_before(services, sessions):
    before = sessions.open(RIVER, FERN, NOW)
    after = sessions.open(RIVER, FERN, NOW, instead_of=before.cookie)
    assert sessions.find(before.cookie, NOW) is None
    assert digests(services) == {after.session.digest}


def test_the_same_person_keeps_the_token_and_another_gets_one(sessions):
    before = sessions.open(RIVER, FERN, NOW)
    same = sessions.open(RIVER, FERN, NOW, instead_of=before.cookie)
    assert same.session.csrf_token == before.session.csrf_token
    other = sessions.open(RIVER, MOSS, NOW, instead_of=same.cookie)
    elsewhere = sessions.open(MEADOW, MOSS, NOW, instead_of=other.cookie)
    assert len({one.session.csrf_token.get_secret_value() for one in (same, other, elsewhere)}) == 3


def test_a_planted_cookie_is_never_taken(sessions):
    planted = SecretStr("planted")
    opened = sessions.open(RIVER, FERN, NOW, instead_of=planted)
    assert opened.cookie != planted
    assert sessions.find(planted, NOW) is None


def test_a_site_that_leaves_closes_its_own(services, sessions):
    gone, stays = sessions.open(RIVER, FERN, NOW), sessions.open(MEADOW, FERN, NOW)
    sessions.forget_tenant(RIVER)
    assert sessions.find(gone.cookie, NOW) is None
    assert sessions.find(stays.cookie, NOW)
    assert services.redis.keys(f"crosswalk:sessions:{RIVER}") == []


def test_a_person_who_is_forgotten_loses_their_own(sessions):
    gone, stays = sessions.open(RIVER, FERN, NOW), sessions.open(RIVER, MOSS, NOW)
    sessions.forget_account(RIVER, FERN)
    assert sessions.find(gone.cookie, NOW) is None
    assert sessions.find(stays.cookie, NOW)


def test_the_list_of_a_site_does_not_grow_without_end(services, sessions):
    for turn in range(5):
        sessions.open(RIVER, FERN, NOW + turn * LONGEST)
    assert services.redis.zcard(f"crosswalk:sessions:{RIVER}") == 1
