"""How far our clock is ahead, as the dates of answers tell."""

from email.utils import formatdate

import pytest

from clients.clocks import KEPT_MILLISECONDS, MOST_HOSTS, SAMPLES, ClockWatch

START = 1_800_000_000_000


class Clock:
    """Ours, in ms; `theirs` is so much behind it."""

    def __init__(self, theirs=0):
        self.now, self.behind = START, theirs

    def __call__(self):
        return self.now

    def date(self):
        return formatdate((self.now - self.behind) / 1000, usegmt=True)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(clock):
    return ClockWatch(clock)


def hear(watch, clock, times=1, host="ado", step=1_130):
    for _ in range(times):
        clock.now += step
        watch.note(host, clock.date())


@pytest.mark.parametrize("behind", [0, 60_000, -60_000, 90_250])
def test_the_least_of_some_differences_is_the_true_one_or_a_little_more(watch, clock, behind):
    clock.behind = behind
    hear(watch, clock, SAMPLES)
    assert 0 <= watch.ahead("ado") - behind < 150


def test_nothing_is_known_before_the_first_answer_nor_long_after_the_last(watch, clock):
    assert watch.ahead("ado") is None
    hear(watch, clock)
    assert watch.ahead("ado") is not None
    clock.now += KEPT_MILLISECONDS
    assert watch.ahead("ado") is None


def test_each_host_has_a_clock_of_its_own(watch, clock):
    hear(watch, clock)
    clock.behind = 60_000
    hear(watch, clock, host="server")
    assert watch.ahead("ado") < 1_000
    assert 60_000 <= watch.ahead("server") < 61_000


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_what_cannot_be_read_tells_nothing(watch, date):
    watch.note("ado", date)
    assert watch.ahead("ado") is None


def test_a_clock_that_was_put_right_is_known_after_some_answers(watch, clock):
    hear(watch, clock, SAMPLES)
    clock.now, clock.behind = clock.now + 60_000, 60_000
    hear(watch, clock, SAMPLES)
    assert 60_000 <= watch.ahead("ado") < 61_000


def test_a_clock_that_was_put_back_is_known_at_once(watch, clock):
    clock.behind = 60_000
    hear(watch, clock, SAMPLES)
    clock.now, clock.behind = clock.now - 60_000, 0
    hear(watch, clock)
    assert watch.ahead("ado") < 1_000


def test_of_very_many_hosts_the_oldest_are_forgotten(watch, clock):
    for number in range(MOST_HOSTS + 1):
        watch.note(f"host-{number}", clock.date())
    assert watch.ahead("host-0") is None
    assert watch.ahead(f"host-{MOST_HOSTS}") is not None
