"""/api/connections/{id}/projects/{projectId}/backfill: reading the history of a linked project, and how far it is."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime

from flask import Blueprint

from app.access import admit_admins, require_connection
from app.api import ApiModel, api_view, read_body
from app.backfilling import (
    begin_backfill,
    pause_backfill,
    require_backfill,
    require_since,
    resume_backfill,
    retry_failed,
)
from app.dead_letters import moment
from app.projects import require_link
from services import Services
from store.backfills import OPEN, REPOSITORIES, Backfill, BackfillState, Part, PartState
from store.links import Link

STALLED_MILLISECONDS = 10 * 60_000


class BackfillBody(ApiModel):
    """The day from which history is read; an earlier one than before goes further back."""

    since: date


class BackfillStarted(ApiModel):
    id: str


class ReasonView(ApiModel):
    """Why a part failed or has nothing to read, or what it waits for: `code` stays, `detail` is for people."""

    code: str
    detail: str


class PartView(ApiModel):
    """One kind of one repository; `repositoryId` is null for what belongs to the whole project.

    `done`: entries read; `total` is null while it is not known; `refused`: not read whole, or not taken by Jira.
    """

    repository_id: str | None
    name: str
    kind: str
    state: PartState
    done: int
    total: int | None
    refused: int
    error: ReasonView | None


class WaitView(ApiModel):
    """What all of it waits for, and until when at most."""

    code: str
    detail: str
    until: datetime


class BackfillView(ApiModel):
    """`counts`: parts by state; `done`, `total`: entries of all parts, `total` null while some do not know theirs.

    `stalled`: it runs, and nothing has moved for ten minutes.
    """

    id: str
    state: BackfillState
    since: date
    started_at: datetime
    stalled: bool
    waits_for: WaitView | None
    done: int
    total: int | None
    counts: dict[str, int]
    repositories: tuple[PartView, ...]


def routes(services: Services) -> Blueprint:
    """The blueprint with the back-fill of a linked project."""
    address = "/api/connections/<connection_id>/projects/<project_id>/backfill"
    blueprint = Blueprint("backfills", __name__, url_prefix=address)
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(start_backfill), methods=["POST"])
    blueprint.add_url_rule("", view_func=services.bind(show_backfill), methods=["GET"])
    blueprint.add_url_rule("/pause", view_func=services.bind(pause_reading), methods=["POST"])
    blueprint.add_url_rule("/resume", view_func=services.bind(resume_reading), methods=["POST"])
    blueprint.add_url_rule("/retry-failed", view_func=services.bind(retry_failed_parts), methods=["POST"])
    return blueprint


@api_view(body=BackfillBody, answer=BackfillStarted, status=202)
def start_backfill(services: Services, connection_id: str, project_id: str) -> tuple[BackfillStarted, int]:
    """Read history from a day on: begin, go further back, or read again what has ended. Safe to repeat."""
    link = find_link(services, connection_id, project_id)
    since = require_since(services, read_body(BackfillBody).since, "/since")
    return BackfillStarted(id=begin_backfill(services, link, since)), 202


@api_view(answer=BackfillView)
def show_backfill(services: Services, connection_id: str, project_id: str) -> BackfillView:
    """Show how far it is, part by part."""
    return read_backfill(services, find_link(services, connection_id, project_id))


@api_view(answer=BackfillView)
def pause_reading(services: Services, connection_id: str, project_id: str) -> BackfillView:
    """Stop reading; what is being read just now is still sent."""
    return _change(services, find_link(services, connection_id, project_id), pause_backfill)


@api_view(answer=BackfillView)
def resume_reading(services: Services, connection_id: str, project_id: str) -> BackfillView:
    """Go on where it was paused."""
    return _change(services, find_link(services, connection_id, project_id), resume_backfill)


@api_view(answer=BackfillView)
def retry_failed_parts(services: Services, connection_id: str, project_id: str) -> BackfillView:
    """Try the failed parts again, from where each stopped, and read those that left entries out once more."""
    return _change(services, find_link(services, connection_id, project_id), retry_failed)


def _change(services: Services, link: Link, change: Callable[[Services, Link], None]) -> BackfillView:
    change(services, link)
    return read_backfill(services, link)


def find_link(services: Services, connection_id: str, project_id: str) -> Link:
    """A link of the caller's own site. Raises UnknownObject."""
    return require_link(services, require_connection(services, connection_id), project_id)


def read_backfill(services: Services, link: Link) -> BackfillView:
    """The back-fill of a link as people see it. Raises UnknownObject."""
    found = require_backfill(services, link)
    parts = services.backfills.list_parts(found.id)
    now = services.now()
    listed = [part for part in parts if part.kind != REPOSITORIES or part.error_code]
    shown = [part for part in listed if part.kind != REPOSITORIES]
    totals = [part.total for part in shown]
    known = [total for total in totals if total is not None]
    return BackfillView(
        id=found.id,
        state=found.state,
        since=date.fromisoformat(found.since),
        started_at=moment(found.started_at),
        stalled=is_stalled(found, now),
        waits_for=show_wait(found, parts, now),
        done=sum(part.done for part in shown),
        total=sum(known) if shown and len(known) == len(totals) else None,
        counts=count_states(listed),
        repositories=tuple(show_part(part) for part in listed),
    )


def is_stalled(found: Backfill, now: int) -> bool:
    return found.state in OPEN and now - found.changed_at > STALLED_MILLISECONDS


def count_states(parts: Sequence[Part]) -> dict[str, int]:
    return dict(Counter(part.state for part in parts))


def show_wait(found: Backfill, parts: Sequence[Part], now: int) -> WaitView | None:
    """What the next part waits for, when no part can be worked on now."""
    left = [part for part in parts if part.state in OPEN]
    if found.state not in OPEN or not left or any(part.state == "running" or part.due_at <= now for part in left):
        return None
    told = next((part for part in sorted(left, key=lambda part: part.due_at) if part.error_code), None)
    if told is None:
        return None
    return WaitView(code=told.error_code or "", detail=told.error or "", until=moment(told.due_at))


def show_part(part: Part) -> PartView:
    error = ReasonView(code=part.error_code, detail=part.error or "") if part.error_code else None
    return PartView(
        repository_id=part.repository_id or None,
        name=part.name,
        kind=part.kind,
        state=part.state,
        done=part.done,
        total=part.total,
        refused=part.refused,
        error=error,
    )
