"""Waiting in a command while workers scan, run or answer. Whoever stops it stops no worker."""

import click

from app.checking import Ask
from app.migrating import require_scan
from app.progress import ProgressDesk
from app.progress_bars import show_progress
from app.run_views import RunView
from app.worker_questions import ask_worker
from domain.errors import StoreUnavailable, UnknownObject
from domain.records import Json
from domain.run_states import RunState
from services import Services
from store.migrations import Migration
from store.questions import QuestionKind
from store.scans import Scan

LOOK_SECONDS = 1.0  # between two looks at the database
TIMES_ASKED = 10  # a minute each: a project with hundreds of fields takes some
STILL: tuple[RunState, ...] = ("done", "failed", "cancelled", "paused")


def ask_patiently(services: Services) -> Ask:
    """How a command asks a worker: again, for as long as one is at it."""

    def ask(migration: Migration, kind: QuestionKind, arguments: Json) -> Json:
        for _again in range(TIMES_ASKED - 1):
            try:
                return ask_worker(services, migration, kind, arguments)
            except StoreUnavailable as error:
                if error.code != "worker_slow":
                    raise
                click.echo("A worker is at it still. Waiting.", err=True)
        return ask_worker(services, migration, kind, arguments)

    return ask


def follow_scan(services: Services, migration: Migration) -> Scan:
    """Look on until a scan has ended."""
    with show_progress("Scan", f"Come back: flask migration scan {migration.id}") as show:
        while True:
            scan = require_scan(services, migration)
            show(scan.done, scan.total, scan.state, scan.error or "")
            if scan.state in STILL:
                return scan
            services.stopping.wait(LOOK_SECONDS)


def follow_run(services: Services, run_id: str) -> RunView:
    """Look on until a run has ended or is paused. Of one that failed or was cancelled, until what was on its way has
    ended too.
    """
    desk = ProgressDesk(services)
    ways = f"Come back: flask migration watch {run_id}\nEnd it: flask migration cancel {run_id}"
    with show_progress("Run", ways) as show:
        while True:
            view = view_run_now(desk, run_id)
            show(sum(one.done for one in view.phases), _total(view), name_step(view), tell_pace(view))
            if view.state in STILL and not view.settling:
                return view
            services.stopping.wait(LOOK_SECONDS)


def view_run_now(desk: ProgressDesk, run_id: str) -> RunView:
    """A run as it is. Raises UnknownObject when its migration was deleted meanwhile."""
    run = desk.services.runs.find(run_id)
    if run is None:
        raise UnknownObject("The migration of this run was deleted.")
    return desk.view(run)


def name_step(view: RunView) -> str:
    """The phase, or the state of a run that does not run."""
    if view.settling:
        return f"{view.state}, what was on its way is looked after"
    if view.state == "queued":
        return "queued, waits for a worker"
    return view.phase if view.state == "running" else view.state


def tell_pace(view: RunView) -> str:
    """How fast it goes, how long it takes still, and what it waits for."""
    words = []
    if view.rate is not None:
        words.append(f"{view.rate:,.0f} a minute")
    if view.eta_seconds is not None:
        words.append(f"about {tell_seconds(view.eta_seconds)} left")
    if view.waiting:
        until = f" until {view.waiting.until:%H:%M:%S} UTC" if view.waiting.until else ""
        words.append(f"waits{until}: {view.waiting.why}")
    return ", ".join(words)


def tell_seconds(seconds: int) -> str:
    """A time in the unit that fits: seconds, minutes, hours."""
    if seconds < 100:
        return f"{seconds} s"
    return f"{round(seconds / 60)} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


def _total(view: RunView) -> int | None:
    """Not known while it is planned: rows are added still."""
    return None if view.phase == "plan" and view.state == "running" else sum(one.total for one in view.phases)
