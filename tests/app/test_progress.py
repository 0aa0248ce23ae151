"""Following a run by server-sent events: what is told and when, who is let in, and what never holds the server."""

import json
import threading

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.progress import STREAMS_AT_ONCE, ProgressDesk, mark_of
from domain.errors import StoreUnavailable
from tests.app.migration_fixtures import desk, shared_migrations
from tests.app.migration_rig import items

__all__ = ["desk", "shared_migrations"]


def ended(desk, *results):
    """A run that has ended."""
    run = desk.running(*items(*range(1, len(results) + 1)), scanned={"item:Bug": len(results)})
    if results:
        desk.settle(run, *results)
    assert desk.services.run_turns.finish(run, {}, desk.now)
    return run


def read(text):
    """The events in a stream: name, id and data."""
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in text.strip().split("\n\n")]
    return [(one["event"], one["id"], json.loads(one["data"])) for one in blocks if "event" in one]


def listen(desk, run, **headers):
    return desk.send("GET", f"/api/runs/{run}/events", headers=headers)


class TestWhatIsTold:
    def test_a_run_that_has_ended_is_told_once_and_the_stream_ends(self, desk):
        run = ended(desk, {"state": "created"})

        answer = listen(desk, run)

        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        shown = desk.call("GET", f"/api/runs/{run}").json()
        (progress, done) = read(answer.text)
        assert (progress[0], done[0]) == ("progress", "done")
        assert progress[2] == done[2] == shown

    def test_what_was_seen_is_not_told_again(self, desk):
        run = ended(desk)
        (_progress, (_name, mark, _data)) = read(listen(desk, run).text)
        assert [name for name, _mark, _data in read(listen(desk, run, **{"Last-Event-ID": mark}).text)] == ["done"]

    @pytest.mark.parametrize("strange", ["", "nothing", "x" * 5000, "\u00e9"])
    def test_an_id_that_nobody_gave_is_no_harm(self, desk, strange):
        run = ended(desk)
        found = read(listen(desk, run, **{"Last-Event-ID": strange.encode("latin-1")}).text)
        assert [name for name, _mark, _data in found] == ["progress", "done"]

    def test_changes_are_told_as_they_come_and_nothing_else(self, desk):
        run = desk.running(*items(1, 2), scanned={"item:Bug": 2})
        progress = ProgressDesk(desk.services, beat=0.001)
        told = events_of(desk, progress, run)
        assert next(told).startswith("retry: ")
        assert counts(next(told)) == {"planned": 2}
        desk.settle(run, {"state": "created"})
        assert counts(next(told)) == {"created": 1, "planned": 1}
        desk.services.run_turns.finish(run, {}, desk.now)
        assert [event_name(one) for one in told] == ["progress", "done"]

    def test_when_nothing_changes_a_comment_keeps_the_line_open(self, desk):
        run = desk.running()
        told = events_of(desk, ProgressDesk(desk.services, beat=0.001, quiet=0.0), run)
        next(told)
        assert event_name(next(told)) == "progress"
        assert [next(told), next(told)] == [": nothing new\n\n"] * 2
        told.close()

    def test_a_stream_ends_after_a_while_and_the_next_one_goes_on(self, desk):
        run = desk.running()
        short = ProgressDesk(desk.services, beat=0.001, longest=0.0)
        first = list(events_of(desk, short, run))
        assert [event_name(one) for one in first[1:]] == ["progress"]
        mark = read(first[1])[0][1]
        assert list(events_of(desk, short, run, mark))[1:] == []

    def test_the_clock_alone_is_no_news(self, desk):
        view = ProgressDesk(desk.services).view(desk.services.runs.find(desk.running()))
        assert mark_of(view) == mark_of(view.model_copy(update={"rate": 5.0, "eta_seconds": 7}))
        assert mark_of(view) != mark_of(view.model_copy(update={"points": 1}))

    def test_as_json_where_streams_cannot_pass(self, desk):
        run = desk.running()
        answer = listen(desk, run, Accept="application/json")
        assert answer.json()["id"] == run

    def test_a_run_that_goes_away_ends_it(self, desk):
        run = desk.running()
        told = events_of(desk, ProgressDesk(desk.services, beat=0.001), run)
        next(told), next(told)
        desk.forget()
        assert list(told) == []

    def test_a_database_that_goes_away_ends_it(self, desk, monkeypatch):
        run = desk.running()
        told = events_of(desk, ProgressDesk(desk.services, beat=0.001), run)
        next(told), next(told)

        def fail(_run):
            raise OperationalError("select", {}, Exception("gone"))

        monkeypatch.setattr(desk.services.runs, "find", fail)
        assert list(told) == []


class TestPlaces:
    def test_not_too_many_at_once(self, desk, app_of):
        run = desk.running()
        client, token = app_of(desk)
        opened = [client.get(f"/api/runs/{run}/events", headers=token) for _stream in range(STREAMS_AT_ONCE)]

        refused = client.get(f"/api/runs/{run}/events", headers=token)

        assert (refused.status_code, refused.json["code"]) == (503, "crowded")
        assert int(refused.headers["Retry-After"]) > 0
        opened.pop().close()
        assert client.get(f"/api/runs/{run}/events", headers=token).status_code == 200
        for answer in opened:
            answer.close()

    def test_a_place_is_given_back_whenever_a_stream_is_closed_and_only_once(self, desk):
        run, progress = desk.running(), ProgressDesk(desk.services, beat=0.001)
        for steps in (0, 1, 2):
            response = open_stream(desk, progress, run)
            for _step in range(steps):
                next(response.response)
            response.close()
            response.close()
        streams = [open_stream(desk, progress, run) for _stream in range(STREAMS_AT_ONCE)]
        with pytest.raises(StoreUnavailable):
            open_stream(desk, progress, run)
        for stream in streams:
            stream.close()

    def test_a_wrong_token_takes_no_place(self, desk):
        run = ended(desk)
        for _try in range(STREAMS_AT_ONCE + 1):
            assert listen(desk, run, Authorization="JWT a.b.c").status_code == 401
        assert listen(desk, run).status_code == 200

    def test_a_page_that_goes_away_gives_its_place_back(self, desk):
        run = desk.running()
        for _visit in range(STREAMS_AT_ONCE + 2):
            desk.services.stopping.set()  # each stream ends at its first beat
            assert listen(desk, run).status_code == 200
        desk.services.stopping.clear()


@pytest.fixture
def app_of():
    """A client in this process, whose answers are not read unless asked for, and the token of the admin."""
    from app import create_app
    from tests.town import APP_KEY

    def make(desk):
        token = desk.town.site.context_token(APP_KEY, desk.town.site.admin.account_id)
        return create_app(desk.services).test_client(), {"Authorization": f"JWT {token}"}

    return make


def open_stream(desk, progress, run, seen=""):
    with Flask(__name__).test_request_context(headers={"Last-Event-ID": seen}):
        return progress.open_stream(desk.services.runs.find(run))


def events_of(desk, progress, run, seen=""):
    """The events of a stream, read in this thread."""
    return open_stream(desk, progress, run, seen).response


def event_name(text):
    return text.split("\n")[0].removeprefix("event: ")


def counts(text):
    return read(text)[0][2]["counts"]


def test_many_threads_may_look_at_once(desk):
    run = desk.running(*items(1, 2, 3))
    progress, seen = ProgressDesk(desk.services), []
    found = desk.services.runs.find(run)
    threads = [threading.Thread(target=lambda: seen.append(progress.view(found).counts)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [{"planned": 3}] * 8
