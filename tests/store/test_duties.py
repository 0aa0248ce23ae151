"""Duties: who waited longest comes first, one worker at a time, and a wish that comes during the work is kept."""

import pytest

from store.duties import LEASE_MILLISECONDS, LOOKED_AT, Duties

NOW = 1_800_000_000_000


@pytest.fixture
def duties(redis):
    return Duties(redis)


def lose_lease(redis, duty):
    """What happens when its worker does not renew it in time."""
    assert redis.delete(f"crosswalk:duty:{duty.kind}:{duty.name}") == 1


def test_the_duty_that_is_due_for_the_longest_time_is_taken_first(duties):
    for name, due in (("first by name", NOW), ("middle", NOW - 1), ("oldest", NOW - 2)):
        duties.want("guard", name, due)
    assert [duties.claim(NOW).name for _turn in range(3)] == ["oldest", "middle", "first by name"]


def test_nothing_is_taken_before_its_time(duties):
    duties.want("guard", "later", NOW + 1)
    assert duties.claim(NOW) is None
    assert duties.claim(NOW + 1).name == "later"


def test_the_kinds_are_taken_in_the_order_that_was_asked_for_whatever_is_due_longer(duties):
    duties.want("reconcile", "link", NOW - 1_000)
    duties.want("erase", "site", NOW)
    duties.want("backfill", "site#0", NOW - 500)
    order = ("erase", "backfill", "reconcile")
    assert [duties.claim(NOW, order).kind for _turn in range(3)] == ["erase", "backfill", "reconcile"]


def test_a_kind_that_was_not_asked_for_is_left(duties):
    duties.want("migrate", "scan", NOW)
    assert duties.claim(NOW, ("guard", "backfill")) is None


def test_two_sites_with_much_to_do_take_turns(duties):
    """Each is given back as due at once, as a back-fill is after five seconds."""
    for name in ("site-a#0", "site-b#0"):
        duties.want("backfill", name, NOW)
    taken = []
    for turn in range(1, 7):
        duty = duties.claim(NOW + turn)
        taken.append(duty.name)
        duties.leave(duty, NOW + turn)
    assert taken == ["site-a#0", "site-b#0"] * 3


def test_a_duty_that_somebody_has_is_passed_over(duties):
    for name in ("busy", "free"):
        duties.want("guard", name, NOW)
    assert [duties.claim(NOW).name, duties.claim(NOW).name, duties.claim(NOW)] == ["busy", "free", None]


def test_a_hundred_busy_ones_are_looked_past_at_most(duties):
    for number in range(LOOKED_AT + 1):
        duties.want("guard", f"{number:03}", NOW)
    assert [duties.claim(NOW).name for _turn in range(LOOKED_AT)] == [f"{number:03}" for number in range(LOOKED_AT)]
    assert duties.claim(NOW) is None


@pytest.mark.parametrize(("wanted", "due"), [(NOW - 1, NOW - 1), (NOW + 1, NOW)])
def test_a_wish_makes_a_duty_earlier_and_never_later(duties, wanted, due):
    duties.want("guard", "connection", NOW)
    duties.want("guard", "connection", wanted)
    assert duties.list_due("guard") == {"connection": due}


def test_a_duty_that_is_done_for_good_is_gone(duties):
    duties.want("erase", "site", NOW)
    duties.leave(duties.claim(NOW), None)
    assert duties.list_due("erase") == {}


@pytest.mark.parametrize(
    ("left", "due"),
    [(None, NOW + 5), (NOW + 9, NOW + 5), (NOW + 2, NOW + 2)],
    ids=["never again", "later than wanted", "sooner than wanted"],
)
def test_a_wish_during_the_work_is_kept_for_after_it(duties, left, due):
    duties.want("reconcile", "link", NOW)
    duty = duties.claim(NOW)
    for at in (NOW + 7, NOW + 5, NOW + 6):
        duties.want("reconcile", "link", at)
    assert duties.list_due("reconcile") == {"link": NOW}
    duties.leave(duty, left)
    assert duties.list_due("reconcile") == {"link": due}


def test_a_wish_during_the_work_counts_once(duties):
    duties.want("reconcile", "link", NOW)
    duty = duties.claim(NOW)
    duties.want("reconcile", "link", NOW + 1)
    duties.leave(duty, None)
    duties.leave(duties.claim(NOW + 1), None)
    assert duties.list_due("reconcile") == {}


def test_who_lost_the_lease_changes_nothing_any_more(duties, redis):
    duties.want("erase", "site", NOW)
    lost = duties.claim(NOW)
    lose_lease(redis, lost)
    assert duties.renew(lost) is False
    his = duties.claim(NOW)
    duties.leave(lost, None)
    assert duties.list_due("erase") == {"site": NOW}
    assert duties.claim(NOW) is None
    assert duties.renew(his) is True


def test_a_duty_whose_worker_died_is_taken_again(duties, redis):
    duties.want("guard", "connection", NOW)
    lose_lease(redis, duties.claim(NOW))
    assert duties.claim(NOW).name == "connection"


def test_a_lease_ends_by_itself(duties, redis):
    duties.want("guard", "connection", NOW)
    duties.claim(NOW)
    assert 0 < redis.pttl("crosswalk:duty:guard:connection") <= LEASE_MILLISECONDS
