"""How long events took, as percentiles of the last hour."""

import pytest

from store.latencies import KEPT_SECONDS, LAST_BUCKET, Latency, bucket_of

NOW = 1_700_000_100_000
HOUR = 3_600_000


@pytest.fixture
def latencies(services):
    return services.latencies


def test_without_events_there_is_no_percentile(latencies):
    assert latencies.read("link", NOW) == Latency(0, None, None)


def test_percentiles_are_right_within_a_tenth(latencies):
    latencies.note("link", range(1, 1001), NOW)
    found = latencies.read("link", NOW)
    assert found.count == 1000
    assert found.p50 == pytest.approx(500, rel=0.1)
    assert found.p95 == pytest.approx(950, rel=0.1)


def test_an_hour_is_summed_and_what_is_older_is_not(latencies):
    latencies.note("link", [100], NOW - HOUR - 300_000)
    latencies.note("link", [200], NOW - HOUR + 300_000)
    latencies.note("link", [200], NOW)
    latencies.note("other", [900], NOW)
    assert latencies.read("link", NOW).count == 2


def test_what_is_written_ends_and_nothing_is_written_of_nothing(latencies, services):
    latencies.note("link", [], NOW)
    assert services.redis.dbsize() == 0
    latencies.note("link", [0, 10**12], NOW)
    (key,) = services.redis.keys()
    assert 0 < services.redis.ttl(key) <= KEPT_SECONDS


def test_a_link_is_forgotten_whole(latencies, services):
    latencies.note("link", [5], NOW - HOUR)
    latencies.note("link", [5], NOW)
    latencies.forget("link", NOW)
    assert services.redis.dbsize() == 0


@pytest.mark.parametrize(
    ("milliseconds", "bucket"), [(0, 0), (1, 0), (2, 8), (1024, 80), (10**12, LAST_BUCKET), (-5, 0)]
)
def test_buckets_grow_with_the_time(milliseconds, bucket):
    assert bucket_of(milliseconds) == bucket
