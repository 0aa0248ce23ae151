"""Reconciliation of one link: reads what happened in Azure DevOps since the marks and sends what Jira lacks.

Whatever was lost on the way, by whose fault ever, is found here. Safe to kill and to run twice: what Jira has is not
sent again, and a mark moves only when all before it is.
"""

import time
from zlib import crc32

import structlog

from domain.errors import AppError, Permanent, RateLimited, Retryable, SecretError, Unauthorized, UnknownObject
from jobs.reconcile_reading import read_project, read_repositories
from jobs.reconcile_repositories import keep_addresses, list_present
from jobs.reconcile_round import HOUR, MOMENT, LinkClosed, Round, day_begins
from jobs.reconcile_stale import send_stale
from jobs.retry import ordered_wait, words_of
from jobs.roads import open_road
from linkage.failed_readings import EVERYTHING
from linkage.reconciling import start_marks
from services import Services
from store.links import Link
from store.marks import WHOLE

log = structlog.get_logger("crosswalk.reconcile")

TURN_SECONDS = 20.0
SPREAD = 300_000  # so that the links of a restart do not stay together
SOON = 60_000


def reconcile_link(services: Services, link_id: str) -> int | None:
    """One turn for one link; returns when it is due again (ms), None when the link is gone."""
    link = services.links.find(link_id)
    if link is None:
        services.readings.forget_link(link_id)
        return None
    start_marks(services, link.id)
    try:
        return _work(services, link)
    except LinkClosed:
        return services.now() + SOON
    except Retryable as error:
        log.info("reconcile.waiting", link=link.id, error=type(error).__name__)
        if not isinstance(error, RateLimited):  # of a pause the governor tells
            _note_failure(services, link, error)
        return services.now() + max(SOON, ordered_wait(error))
    except (Permanent, SecretError, UnknownObject) as error:
        return _stop(services, link, error)


def _work(services: Services, link: Link) -> int:
    """Everything that is due, as far as the turn lasts; returns when to go on (ms)."""
    connection = services.connections.find(link.installation_id, link.connection_id)
    if connection is None or connection.is_paused or services.queue.is_closed(link.id):
        return _next_round(services, link)
    road = open_road(services, link, "reconcile")
    ends, marks = time.monotonic() + TURN_SECONDS, dict(services.marks.read(link.id))
    imported = services.backfills.find(link.id)
    history = day_begins(imported.since) if imported else None
    turn = Round(services, link, road, services.ado(connection, "reconcile"), ends, marks, history)
    turn.failing |= {(one.job, one.part) for one in services.readings.list_failures(link.id)}
    try:
        done = _walk(turn)
        turn.clear_failure(EVERYTHING, WHOLE)
    finally:
        _tell_silence(turn)
    log.info("reconcile.turn", link=link.id, done=done, sent=turn.sent, found=turn.found)
    due = _next_round(services, link) if turn.again is None else turn.again
    if done:
        return due
    return services.now() + (0 if turn.again is None else MOMENT)  # something fails: not all at once


def _walk(turn: Round) -> bool:
    present = list_present(turn)
    turn.ends, turn.worked = time.monotonic() + TURN_SECONDS, False  # that was a call for each that is missing
    steps = (read_repositories, keep_addresses, send_stale)  # news first, renewals may take many turns
    return read_project(turn) and all(step(turn, present) for step in steps)


def _next_round(services: Services, link: Link) -> int:
    return services.now() + HOUR + crc32(link.id.encode()) % SPREAD


def _stop(services: Services, link: Link, error: Permanent | SecretError | UnknownObject) -> int:
    """It cannot be read now. Whoever puts that right asks for it again, and in an hour it is looked at anyway."""
    if isinstance(error, Unauthorized) and error.system == "Azure DevOps":
        services.duties.want("guard", link.connection_id, services.now())
    log.warning("reconcile.refused", link=link.id, error=type(error).__name__)
    _note_failure(services, link, error)
    return _next_round(services, link)


def _note_failure(services: Services, link: Link, error: AppError) -> None:
    services.readings.note_failure(link.id, EVERYTHING, WHOLE, words_of(error), services.now())


def _tell_silence(turn: Round) -> None:
    """Events should have told of what was found: somebody must look at the subscriptions."""
    if not turn.found:
        return
    services, link = turn.services, turn.link
    services.pulses.note_found(link.id, turn.found, services.now())
    services.duties.want("guard", link.connection_id, services.now())
    log.warning("reconcile.found", link=link.id, found=turn.found)
