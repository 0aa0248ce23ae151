"""/api/runs: how far a run is, and what a person may tell it."""

from functools import partial, update_wrapper

from flask import Blueprint, Response

from app.access import admit_admins, current_site
from app.api import ApiModel, also_as, api_view
from app.migrating import change_run, require_run_of
from app.progress import EVENT_STREAM, ProgressDesk
from app.run_views import RunView
from domain.run_states import PersonsCall, RunState
from services import Services
from store.runs import Run


class RunChanged(ApiModel):
    """The state the run is in now; `pausing` becomes `paused` when what is on its way has ended."""

    id: str
    state: RunState


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/runs`."""
    blueprint = Blueprint("runs", __name__, url_prefix="/api/runs/<run_id>")
    admit_admins(blueprint, services)
    desk = ProgressDesk(services)
    now, stream = update_wrapper(partial(show_now, desk), show_now), partial(follow_run, desk)
    blueprint.add_url_rule("", view_func=update_wrapper(partial(show_run, desk), show_run), methods=["GET"])
    events = also_as(now, {EVENT_STREAM: stream}, usual=EVENT_STREAM)
    blueprint.add_url_rule("/events", view_func=events, methods=["GET"])
    for call, view in CALLS.items():
        blueprint.add_url_rule(f"/{call}", view_func=services.bind(view), methods=["POST"])
    return blueprint


@api_view(answer=RunView)
def show_run(desk: ProgressDesk, run_id: str) -> RunView:
    """Show how far a run is."""
    return desk.view(require_run(desk.services, run_id))


@api_view(answer=RunView)
def show_now(desk: ProgressDesk, run_id: str) -> RunView:
    """Follow a run by server-sent events: `progress` when something changed and `done`, each with the run as it is.

    Each stream ends after some minutes; `Last-Event-ID` tells the next one what was seen. As JSON: the run once.
    """
    return desk.view(require_run(desk.services, run_id))


def follow_run(desk: ProgressDesk, run_id: str) -> Response:
    return desk.open_stream(require_run(desk.services, run_id))


@api_view(answer=RunChanged, status=202)
def pause_run(services: Services, run_id: str) -> tuple[RunChanged, int]:
    """Stop after what is on its way just now."""
    return _change(services, run_id, "pause")


@api_view(answer=RunChanged, status=202)
def resume_run(services: Services, run_id: str) -> tuple[RunChanged, int]:
    """Go on where it was paused, or where it failed."""
    return _change(services, run_id, "resume")


@api_view(answer=RunChanged, status=202)
def cancel_run(services: Services, run_id: str) -> tuple[RunChanged, int]:
    """End it: what is on its way is looked after, the rest is skipped. What is in Jira stays there."""
    return _change(services, run_id, "cancel")


@api_view(answer=RunChanged, status=202)
def verify_run(services: Services, run_id: str) -> tuple[RunChanged, int]:
    """Read everything back from Jira once more and compare it."""
    return _change(services, run_id, "verify")


@api_view(answer=RunChanged, status=202)
def repair_run(services: Services, run_id: str) -> tuple[RunChanged, int]:
    """Try again what failed, and make right what verifying found different."""
    return _change(services, run_id, "repair")


@api_view(answer=RunChanged, status=202)
def roll_back_run(services: Services, run_id: str) -> tuple[RunChanged, int]:
    """Not in this version: answers 409."""
    return _change(services, run_id, "rollback")


CALLS = {
    "pause": pause_run, "resume": resume_run, "cancel": cancel_run, "verify": verify_run, "repair": repair_run,
    "rollback": roll_back_run,
}  # fmt: skip


def require_run(services: Services, run_id: str) -> Run:
    """A run of the caller's own site. Raises UnknownObject."""
    return require_run_of(services, current_site(), run_id)


def _change(services: Services, run_id: str, call: PersonsCall) -> tuple[RunChanged, int]:
    run = require_run(services, run_id)
    return RunChanged(id=run.id, state=change_run(services, run, call)), 202
