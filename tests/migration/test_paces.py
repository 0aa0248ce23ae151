"""One issue is never written as often as Jira forbids, and has to rest after many writes."""

from itertools import pairwise

import pytest

from migration.paces import LONG_SECONDS, MOST_AT_ONCE, MOST_SHORTLY, SHORT_SECONDS, IssuePace


class Watch:
    def __init__(self, call_seconds: float) -> None:
        self.now, self._call = 0.0, call_seconds

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= SHORT_SECONDS
        self.now += seconds

    def write(self) -> float:
        began, self.now = self.now, self.now + self._call
        return began


@pytest.mark.parametrize("call_seconds", [0.0, 0.01, 0.1, 0.5])
def test_writes_keep_within_both_limits(call_seconds):
    watch = Watch(call_seconds)
    pace, times = IssuePace(watch, watch.sleep), []
    while pace.enter():
        times.append(watch.write())
    assert len(times) == MOST_AT_ONCE
    apart = zip(times, times[MOST_SHORTLY:], strict=False)
    assert all(later - earlier >= SHORT_SECONDS - 1e-9 for earlier, later in apart)
    assert watch.now + pace.rest() >= times[0] + LONG_SECONDS


def test_slow_calls_wait_for_nothing():
    watch = Watch(0.2)
    pace, times = IssuePace(watch, watch.sleep), []
    while pace.enter():
        times.append(watch.write())
    assert {round(later - earlier, 6) for earlier, later in pairwise(times)} == {0.2}


def test_an_issue_that_was_not_written_needs_no_rest():
    assert IssuePace().rest() == 0
