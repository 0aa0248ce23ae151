"""Some look-ups at once: in order, not too many ahead, and a failure ends what was not begun."""

import threading

import pytest

from jobs.at_once import map_at_once


def test_the_order_is_that_of_the_items():
    assert list(map_at_once("commits", lambda number: number * 2, range(20), 3)) == [number * 2 for number in range(20)]


def test_nothing_is_made_of_nothing():
    assert list(map_at_once("commits", str, (), 3)) == []


def test_as_many_run_at_once_as_are_asked_for():
    both = threading.Barrier(3, timeout=5)
    assert sorted(map_at_once("commits", lambda _item: both.wait(), range(3), 3)) == [0, 1, 2]


def test_no_more_are_begun_than_may_be_ahead_of_what_was_taken():
    begun: list[int] = []
    found = map_at_once("commits", begun.append, range(10), 2)
    next(found)
    found.close()
    assert set(begun) <= {0, 1, 2}


def test_a_failure_is_raised_in_its_place_and_ends_the_rest():
    begun: list[int] = []

    def run(number):
        begun.append(number)
        return 1 / (number - 3)

    taken: list[float] = []
    with pytest.raises(ZeroDivisionError):
        taken.extend(iter_into(map_at_once("commits", run, range(50), 2), taken))
    assert len(taken) == 3
    assert max(begun) <= 5


def iter_into(found, taken):
    for one in found:
        taken.append(one)
    return ()
