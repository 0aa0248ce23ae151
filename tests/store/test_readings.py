"""Readings under way: each goes on where it was, and goes with its link."""

from store.readings import FailedReading, Unfinished


def test_a_reading_goes_on_where_it_was(services):
    readings = services.readings
    readings.keep("link-1", "pushes", "repository-1", Unfinished(10, 5, '{"skip":20}'))
    readings.keep("link-1", "builds", "", Unfinished(11, 6))
    assert readings.find("link-1", "pushes", "repository-1") == Unfinished(10, 5, '{"skip":20}')
    assert readings.find("link-1", "builds", "") == Unfinished(11, 6, None)
    assert readings.find("link-1", "pushes", "repository-2") is None


def test_one_that_ended_is_forgotten_alone(services):
    readings = services.readings
    for part in ("repository-1", "repository-2"):
        readings.keep("link-1", "pushes", part, Unfinished(10, 5))
    readings.close("link-1", "pushes", "repository-1")
    assert readings.find("link-1", "pushes", "repository-1") is None
    readings.forget_link("link-1")
    assert readings.find("link-1", "pushes", "repository-2") is None


def test_what_fails_is_known_by_its_first_and_last_time_until_it_is_done(services):
    readings = services.readings
    readings.note_failure("link-1", "pushes", "repository-1", "Ask ines@acme.example", 20)
    readings.note_failure("link-1", "builds", "", "first", 10)
    readings.note_failure("link-1", "builds", "", "second", 30)
    assert readings.list_failures("link-1") == [
        FailedReading("builds", "", 10, 30, "second"),
        FailedReading("pushes", "repository-1", 20, 20, "Ask ***"),
    ]
    readings.clear_failure("link-1", "builds", "")
    assert [one.job for one in readings.list_failures("link-1")] == ["pushes"]
    readings.forget_link("link-1")
    assert readings.list_failures("link-1") == []
