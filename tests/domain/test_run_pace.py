"""How fast a run is, and how long it will take."""

from itertools import pairwise

import pytest

from domain.run_pace import BUCKETS, PaceBucket, estimate_seconds, fold_minutes, rate_per_minute

MINUTE = 60_000


@pytest.mark.parametrize(("ended", "seconds", "rate"), [(50, 60, 50.0), (1, 90, 0.7), (0, 60, 0.0), (9, 4, None)])
def test_the_rate(ended, seconds, rate):
    assert rate_per_minute(ended, seconds) == rate


@pytest.mark.parametrize(
    ("phase", "open_rows", "ended", "seconds", "left"),
    [
        ("items", {"items": 600}, 100, 60, 360),
        ("items", {"items": 600, "files": 60}, 100, 60, 720),  # a file costs as much as ten items
        ("files", {"files": 60, "items": 5}, 30, 60, 120),  # what is before the present phase holds nobody up
        ("items", {"items": 0}, 100, 60, 0),
        ("items", {"items": 600}, 0, 60, None),
        ("items", {"items": 600}, 5, 1, None),
        ("plan", {"items": 600}, 5, 60, None),
        ("report", {}, 5, 60, None),
    ],
)
def test_the_time_left(phase, open_rows, ended, seconds, left):
    assert estimate_seconds(phase, open_rows, ended, seconds) == left


def test_it_corrects_itself_as_the_rate_changes():
    slow, quick = estimate_seconds("items", {"items": 500}, 50, 60), estimate_seconds("items", {"items": 400}, 100, 60)
    assert slow is not None
    assert quick is not None
    assert quick < slow


class TestChart:
    def test_minutes_side_by_side_with_those_in_which_nothing_ended(self):
        assert fold_minutes([(0, "items", 5), (0, "links", 1), (2 * MINUTE, "links", 3)]) == (
            PaceBucket(0, MINUTE, 6), PaceBucket(MINUTE, 2 * MINUTE, 0), PaceBucket(2 * MINUTE, 3 * MINUTE, 3),
        )  # fmt: skip

    def test_a_long_run_in_as_many_stretches_as_fit(self):
        buckets = fold_minutes([(minute * MINUTE, "items", 1) for minute in range(1000)])
        assert len(buckets) <= BUCKETS
        assert sum(bucket.rows for bucket in buckets) == 1000
        assert all(one.end == two.start for one, two in pairwise(buckets))

    @pytest.mark.parametrize("minutes", [[], [(0, "verify", 7)]])
    def test_nothing_was_moved(self, minutes):
        assert fold_minutes(minutes) == ()
