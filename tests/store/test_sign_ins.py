"""Sign-ins that were begun, and tickets: found by their word, used once, gone after their time."""

import pytest
from pydantic import SecretStr

from domain.errors import SecretError
from store.sign_ins import PendingSignIn, ReturnPlace, Ticket, new_state

PENDING = PendingSignIn(
    "11111111-0000-4000-8000-000000000000", "712020:fern", "connection-1", "digest-of-the-session",
    ReturnPlace("SHOP-1", "Round prices", from_panel=True), SecretStr('{"code_verifier": "a-verifier"}'),
)  # fmt: skip
TICKET = Ticket(PENDING.installation_id, "712020:fern", "connection-1", "SHOP-1")


@pytest.fixture
def sign_ins(services):
    return services.sign_ins


def test_a_sign_in_is_found_as_it_was_put(sign_ins):
    sign_ins.put("a-state", PENDING)
    assert sign_ins.find("a-state") == PENDING
    assert sign_ins.find("another") is None


def test_it_is_used_once(sign_ins):
    sign_ins.put("a-state", PENDING)
    assert [sign_ins.take("a-state") for _ in range(3)] == [True, False, False]
    assert sign_ins.find("a-state") is None


def test_redis_holds_the_hash_of_the_state_and_nothing_readable_of_flow_and_title(services, sign_ins):
    sign_ins.put("a-state", PENDING)
    (key,) = services.redis.keys("crosswalk:sign-in:*")
    kept = repr((key, services.redis.get(key)))
    for word in ("a-state", "a-verifier", "Round prices", "SHOP-1"):
        assert word not in kept
    assert 590 < services.redis.ttl(key) <= 600


def test_what_is_sealed_opens_for_its_own_state_only(services, sign_ins):
    sign_ins.put("a-state", PENDING)
    (key,) = services.redis.keys("crosswalk:sign-in:*")
    sign_ins.put("another", PENDING)
    other = next(found for found in services.redis.keys("crosswalk:sign-in:*") if found != key)
    services.redis.set(other, services.redis.get(key))
    with pytest.raises(SecretError):
        sign_ins.find("another")


def test_a_ticket_is_found_and_used_once(services, sign_ins):
    word = sign_ins.put_ticket(TICKET).get_secret_value()
    assert sign_ins.find_ticket(word) == TICKET
    (key,) = services.redis.keys("crosswalk:ticket:*")
    assert 50 < services.redis.ttl(key) <= 60
    assert word not in repr(key)
    assert [sign_ins.take_ticket(word) for _ in range(2)] == [True, False]
    assert sign_ins.find_ticket(word) is None


def test_states_are_random():
    assert len({new_state() for _ in range(100)}) == 100
    assert len(new_state()) == 43  # 256 bits
