"""What became of events is kept for a while and found by what they told of."""

from dataclasses import replace

import pytest

from store.traces import KEPT, KEPT_SECONDS, Trace


@pytest.fixture
def traces(services):
    return services.traces


def event(number, outcome="sent", ids=("commit:abc",)):
    return Trace(number, "git.push", outcome, ids, ("SHOP-1",), ("UTF-8: no such project",), "words", "s-1/4", 2)


def test_the_newest_events_come_first(traces):
    traces.write("link", [event(1), event(2)])
    traces.write("link", [event(3, outcome="dead")])
    assert traces.last("link", 2) == [event(3, outcome="dead"), event(2)]


def test_an_event_is_found_by_what_it_told_of(traces):
    traces.write(
        "link", [event(1), event(2, ids=("build:7", "commit:def")), event(3, ids=("build:77",)), event(4, ids=())]
    )
    assert [trace.at for trace in traces.find("link", {"build:7"})] == [2]
    assert [trace.at for trace in traces.find("link", {"commit:abc", "commit:def"})] == [2, 1]
    assert [trace.at for trace in traces.find("link", {"commit:abc", "commit:def"}, limit=1)] == [2]
    assert traces.find("other", {"build:7"}) == []


def test_only_the_last_events_are_kept_and_not_for_ever(traces, services):
    traces.write("link", [event(number) for number in range(KEPT + 500)])
    assert KEPT <= services.redis.xlen("crosswalk:trace:link") < KEPT + 200
    assert 0 < services.redis.ttl("crosswalk:trace:link") <= KEPT_SECONDS


def test_an_event_that_told_of_much_is_kept_by_its_first_things(traces):
    keys = tuple(f"SHOP-{number}" for number in range(80))
    told = event(1, ids=tuple(f"commit:{number}" for number in range(800)))
    traces.write("link", [replace(told, keys=keys, refused=keys)])
    (kept,) = traces.last("link")
    assert (len(kept.ids), len(kept.keys), len(kept.refused)) == (500, 50, 50)
    assert traces.find("link", {"commit:499"}) == [kept]


def test_the_longest_event_takes_no_more_of_redis_than_is_said(traces, services):
    key = "crosswalk:trace:link"
    longest = event(1, ids=tuple(f"commit:{number:040x}" for number in range(800)))
    traces.write("link", [longest] * 100)
    assert services.redis.memory_usage(key, samples=0) / 100 < 26_000  # bytes


def test_a_trace_of_a_newer_version_is_still_read(traces, services):
    kept = '{"at": 1, "event_type": "t", "outcome": "sent", "ids": [], "keys": [], "refused": [], "later": 5}'
    services.redis.xadd("crosswalk:trace:link", {"trace": kept})
    assert traces.last("link") == [Trace(1, "t", "sent")]


def test_a_link_is_forgotten_whole(traces, services):
    traces.write("link", [event(1)])
    traces.write("link", [])
    traces.forget("link")
    assert services.redis.dbsize() == 0


def test_ids_are_found_by_their_beginning(traces):
    traces.write("link", [event(1, ids=("commit:c0ffee11", "commit:decaf", "branch:c0ffee"))])
    traces.write("other", [event(2, ids=("commit:c0ffee22",))])
    assert traces.list_ids("link", "commit:c0ffee") == {"commit:c0ffee11"}
    assert traces.list_ids("link", "commit:beef") == frozenset()
