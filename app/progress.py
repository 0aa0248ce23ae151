"""How far a run is, read from the database, and as a stream of events for a page that looks on.

A stream holds a thread of the web process. So there are few at once, and each ends after some minutes: the page then
opens the next one and tells what it saw last. Where streams cannot pass, the same address answers once with JSON.
"""

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping

import structlog
from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from app.count_memory import CountMemory
from app.run_views import RunView, Tally, view_run
from domain.errors import StoreUnavailable
from domain.run_pace import WINDOW_SECONDS
from domain.run_states import Phase, RowState
from services import Services
from store.runs import Run

log = structlog.get_logger("crosswalk.progress")

EVENT_STREAM = "text/event-stream"
STREAMS_AT_ONCE = 8
BEAT_SECONDS = 1.0  # how often the database is looked at
QUIET_SECONDS = 15.0  # after so much silence a comment goes out, or proxies close the connection
LONGEST_SECONDS = 300.0
RETRY_MILLISECONDS = 2000  # when a browser opens the next stream
ESTIMATES = {"rate", "eta_seconds"}  # they change with the clock: no news by themselves
FULL = "Too many pages watch runs just now. This one asks again in some seconds."


class ProgressDesk:
    """Looks at runs for the requests of one process."""

    def __init__(
        self, services: Services, *, beat: float = BEAT_SECONDS, quiet: float = QUIET_SECONDS,
        longest: float = LONGEST_SECONDS,
    ) -> None:  # fmt: skip
        self.services = services
        self._beat, self._quiet, self._longest = beat, quiet, longest
        self._seats = threading.BoundedSemaphore(STREAMS_AT_ONCE)
        self._tallies = CountMemory(lambda run: count_tally(self.services, run), lambda _run, tally: tally.rows)

    def view(self, run: Run) -> RunView:
        """The run as it is now; the count of very many rows may be some seconds old."""
        return view_run(run, self._tallies.read(run))

    def open_stream(self, run: Run) -> Response:
        """Events about a run until it has ended: `progress` when something changed, `done`. Raises StoreUnavailable
        when there are too many.
        """
        seat = Seat(self._seats)
        events = self._tell(run, request.headers.get("Last-Event-ID", ""), seat)
        response = Response(events, content_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})
        response.call_on_close(seat.leave)
        return response

    def _tell(self, run: Run, seen: str, seat: "Seat") -> Iterator[str]:
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            yield from self._watch(run.id, seen)
        except SQLAlchemyError as error:  # the page opens the next stream, and is told then what is wrong
            log.warning("progress.stream_ended", run=run.id, error=type(error).__name__)
        finally:
            seat.leave()

    def _watch(self, run_id: str, seen: str) -> Iterator[str]:
        ends, spoke = time.monotonic() + self._longest, time.monotonic()
        while run := self.services.runs.find(run_id):
            view = self.view(run)
            mark = mark_of(view)
            if mark != seen:
                yield event("progress", mark, view)
                seen, spoke = mark, time.monotonic()
            if not run.is_open:
                yield event("done", mark, view)
                return
            if time.monotonic() - spoke >= self._quiet:
                yield ": nothing new\n\n"
                spoke = time.monotonic()
            if time.monotonic() >= ends or self.services.stopping.wait(self._beat):
                return


class Seat:
    """A place among the streams of a process; given back once, however often it is left."""

    def __init__(self, seats: threading.BoundedSemaphore) -> None:
        if not seats.acquire(blocking=False):
            raise StoreUnavailable(FULL, code="crowded")
        self._seats: threading.BoundedSemaphore | None = seats
        self._lock = threading.Lock()

    def leave(self) -> None:
        with self._lock:
            seats, self._seats = self._seats, None
        if seats:
            seats.release()


def count_tally(services: Services, run: Run) -> Tally:
    """The rows of a run, counted now."""
    counts = drop_old_pages(run, services.run_rows.count_states(run.id))
    if run.state != "running":
        return Tally(counts, 0, 0.0)
    now = services.now()
    since = max(run.phase_at, now - WINDOW_SECONDS * 1000)
    return Tally(counts, services.run_rows.count_ended(run.id, run.phase, since), (now - since) / 1000)


def drop_old_pages(
    run: Run, counts: Mapping[Phase, Mapping[RowState, int]]
) -> Mapping[Phase, Mapping[RowState, int]]:  # fmt: skip
    """Without what an earlier verifying read, in a run that is to be verified again and has not planned that yet."""
    is_planned = run.phase == "report" or (run.phase == "verify" and run.cursor is not None)
    return counts if is_planned or not run.is_open else {name: counts[name] for name in counts if name != "verify"}


def mark_of(view: RunView) -> str:
    """What tells one state of a run from another, for whoever comes back: the same as long as nothing happened."""
    return hashlib.sha256(view.model_dump_json(exclude=ESTIMATES).encode()).hexdigest()[:16]


def event(name: str, mark: str, view: RunView) -> str:
    """A server-sent event; JSON has no line break of its own.

    https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    return f"event: {name}\nid: {mark}\ndata: {view.model_dump_json()}\n\n"
