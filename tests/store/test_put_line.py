import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from redis.exceptions import RedisError

from store.put_line import MOST_BYTES, MOST_EVENTS, PUT, Parcel, PutLine
from tests.redis_server import RedisServer

NOW = 1_800_000_000_000
INBOXES = "crosswalk:inboxes"


@pytest.fixture
def line(redis):
    return PutLine(redis, INBOXES, 60)


def parcel(number, body=b"{}", link="link-1"):
    keys = {
        "seen": f"seen:{link}:{number}",
        "stream": f"stream:{link}",
        "pulse": f"pulse:{link}",
        "closed": f"closed:{link}",
    }
    return Parcel(**keys, body=body, now=NOW, inbox=f"{link}/repo", event_type="git.push")


def put_together(redis, line, parcels):
    """The first alone, the others while Redis holds it up; what each was told, and the number of calls."""
    redis.script_load(PUT)
    redis.config_resetstat()
    redis.client_pause(10_000, all=False)  # nothing is written meanwhile
    with ThreadPoolExecutor(len(parcels)) as threads:
        first = threads.submit(line.put, parcels[0])
        time.sleep(0.1)
        others = [threads.submit(line.put, one) for one in parcels[1:]]
        time.sleep(0.3)
        redis.client_unpause()
        told = [one.result(10) for one in [first, *others]]
    return told, redis.info("commandstats")["cmdstat_evalsha"]["calls"]


def test_what_comes_while_a_call_is_out_goes_together_with_the_next(redis, line):
    assert put_together(redis, line, [parcel(n) for n in range(20)]) == ([2, *[1] * 19], 2)
    assert redis.xlen("stream:link-1") == 20


def test_each_caller_gets_its_own_outcome(redis, line):
    line.put(parcel(5))
    redis.set("closed:link-2", "1")
    parcels = [parcel(1), parcel(5), parcel(6, link="link-2"), parcel(7, link="link-3"), parcel(8)]
    assert put_together(redis, line, parcels) == ([1, 0, -1, 2, 1], 2)
    assert redis.zscore(INBOXES, "link-3/repo") == NOW


def test_one_that_cannot_be_stored_fails_alone(redis, line):
    redis.set("stream:link-2", "no stream")
    parcels = [parcel(1), parcel(2), parcel(3, link="link-2"), parcel(4)]
    with ThreadPoolExecutor(1) as threads, pytest.raises(RedisError, match="could not be stored"):
        threads.submit(put_together, redis, line, parcels).result(20)
    assert redis.xlen("stream:link-1") == 3


@pytest.mark.parametrize("broken", ["stream:link-1", INBOXES])
def test_one_that_could_not_be_stored_is_taken_when_it_comes_again(redis, line, broken):
    redis.set(broken, "of another type")
    with pytest.raises(RedisError, match="could not be stored"):
        line.put(parcel(1))
    redis.delete(broken)
    assert line.put(parcel(1)) == 2
    assert redis.xlen("stream:link-1") >= 1
    assert redis.zscore(INBOXES, "link-1/repo") == NOW


def test_the_same_event_twice_in_one_call_is_stored_once(redis, line):
    told, calls = put_together(redis, line, [parcel(1), parcel(2), parcel(2)])
    assert (sorted(told), calls) == ([0, 1, 2], 2)
    assert redis.xlen("stream:link-1") == 2


def test_a_call_holds_so_many_events(redis, line):
    _told, calls = put_together(redis, line, [parcel(n) for n in range(1 + MOST_EVENTS + 5)])
    assert calls == 3


def test_large_bodies_do_not_go_together(redis, line):
    half = b"x" * (MOST_BYTES // 2)
    _told, calls = put_together(redis, line, [parcel(n, half) for n in range(6)])
    assert calls == 4  # one, two, two and one
    assert redis.xlen("stream:link-1") == 6


def test_bodies_are_stored_as_they_came(redis, line):
    bodies = [b"", b"\r\n$5\r\n\x00\xff", b"x" * 100_000]
    for number, body in enumerate(bodies):
        line.put(parcel(number, body))
    assert [fields[b"body"] for _id, fields in redis.xrange("stream:link-1")] == bodies


def test_when_redis_is_away_everyone_who_waits_is_told_and_the_line_goes_on_when_it_is_back():
    server = RedisServer()
    client = Redis.from_url(server.url)
    line = PutLine(client, INBOXES, 60)
    try:
        server.kill()
        with ThreadPoolExecutor(8) as threads:
            told = [threads.submit(line.put, parcel(n)) for n in range(8)]
            assert all(isinstance(one.exception(30), RedisError) for one in told)
        server.restart()
        assert line.put(parcel(1)) == 2
    finally:
        client.close()
        server.stop()


def test_a_redis_that_forgot_the_script_is_told_it_again(redis, line):
    line.put(parcel(1))
    redis.script_flush()
    assert line.put(parcel(2)) == 1


def test_many_threads_lose_and_double_nothing(redis, line):
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda n: line.put(parcel(n // 2)), range(800)))
    assert sorted(outcomes) == [*[0] * 400, *[1] * 399, 2]
    assert redis.xlen("stream:link-1") == 400
