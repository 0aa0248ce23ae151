import pytest

from domain.errors import IssueBusy
from store.issue_paces import LONG_MILLISECONDS, MOST_AT_ONCE, MOST_SHORTLY, SHORT_MILLISECONDS, IssuePaces

LIMITS = [(MOST_SHORTLY, SHORT_MILLISECONDS), (MOST_AT_ONCE, LONG_MILLISECONDS)]


class Watch:
    """The time of all workers (ms); a call takes `call`."""

    def __init__(self, call: int = 0) -> None:
        self.now, self.call = 1_800_000_000_000, call

    def __call__(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds * 1000 <= SHORT_MILLISECONDS
        self.now += round(seconds * 1000)


def paces_of(redis, watch):
    return IssuePaces(redis, clock=watch, sleep=watch.sleep)


def write(paces, watch, *issues):
    """One write; when it began."""
    paces.enter("site", issues)
    began, watch.now = watch.now, watch.now + watch.call
    return began


def write_until_rest(hands, watch, issue):
    """Writes by several hands in turn until the issue has to rest: when each began, and the rest (s)."""
    times: list[int] = []
    while True:
        try:
            times.append(write(hands[len(times) % len(hands)], watch, issue))
        except IssueBusy as busy:
            return times, busy.retry_after


@pytest.mark.parametrize("hands", [1, 3])
@pytest.mark.parametrize("call", [0, 10, 100, 300])
def test_writes_of_all_hands_together_keep_within_both_limits(redis, call, hands):
    watch = Watch(call)
    times, rest = write_until_rest([paces_of(redis, watch) for _hand in range(hands)], watch, "10001")
    assert len(times) == MOST_AT_ONCE
    for most, span in LIMITS:
        assert all(later - earlier >= span for earlier, later in zip(times, times[most:], strict=False))
    assert watch.now + rest * 1000 == times[0] + LONG_MILLISECONDS


def test_slow_calls_wait_for_nothing(redis):
    watch = Watch(400)
    paces = paces_of(redis, watch)
    began = watch.now
    assert [write(paces, watch, "10001") for _call in range(200)] == [began + 400 * call for call in range(200)]


def test_after_its_rest_an_issue_is_written_as_often_again(redis):
    watch = Watch()
    paces = paces_of(redis, watch)
    _times, rest = write_until_rest([paces], watch, "10001")
    watch.now += round(rest * 1000)
    assert len(write_until_rest([paces], watch, "10001")[0]) >= MOST_SHORTLY


def test_a_link_counts_on_both_issues_or_on_none(redis):
    watch = Watch()
    paces = paces_of(redis, watch)
    write_until_rest([paces], watch, "10001")
    for _link in range(2 * MOST_SHORTLY):
        with pytest.raises(IssueBusy):
            write(paces, watch, "10001", "10002")
    now = watch.now
    assert [write(paces, watch, "10002") for _write in range(MOST_SHORTLY)] == [now] * MOST_SHORTLY


def test_issues_and_sites_are_counted_apart(redis):
    watch = Watch()
    paces = paces_of(redis, watch)
    write_until_rest([paces], watch, "10001")
    now = watch.now
    write(paces, watch, "10002")
    paces.enter("another site", ["10001"])
    assert watch.now == now


def test_redis_forgets_an_issue_that_is_written_no_more(redis):
    IssuePaces(redis).enter("site", ["10001"])
    (key,) = redis.keys("crosswalk:pace:*")
    assert 0 < redis.pttl(key) <= LONG_MILLISECONDS


@pytest.mark.parametrize("faster", [MOST_SHORTLY, 2 * MOST_SHORTLY])
def test_who_waits_beside_faster_ones_is_sent_away_in_time(redis, faster):
    """Whenever it has waited, others have taken the room that came back."""
    watch = Watch(call=10)
    others, waits = paces_of(redis, watch), []

    def sleep_while_others_write(seconds):
        waits.append(seconds)
        watch.sleep(seconds)
        for _write in range(faster):
            write(others, watch, "10001")

    for _write in range(MOST_SHORTLY):
        write(others, watch, "10001")
    slow = IssuePaces(redis, clock=watch, sleep=sleep_while_others_write)
    with pytest.raises(IssueBusy):
        while True:
            slow.enter("site", ["10001"])
    assert 0 < sum(waits) * 1000 <= SHORT_MILLISECONDS
