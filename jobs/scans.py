"""Works on one scan for a turn, and says what becomes of it when something stops it."""

import time

import structlog

from clients.ado import SYSTEM
from domain.errors import CallError, NotFound, Unauthorized
from jobs.batches import Turn
from jobs.scan_verdicts import NO_CONNECTION, Ended, judge_scan
from linkage.credentials import confirm_owner, state_problem
from linkage.migration_sources import find_refusal, reads_as_person, source_opener
from migration.scan import read_on
from migration.scan_grounds import KeptGrounds
from services import Services
from store.connections import Connection
from store.migrations import Migration
from store.scans import OPEN, Scan

log = structlog.get_logger("crosswalk.scan")

TURN_SECONDS = 8.0
GROUNDS = KeptGrounds()  # of this process


def work_scan(services: Services, scan_id: str, grounds: KeptGrounds = GROUNDS) -> int | None:
    """Read on; returns when to go on (ms), None when the scan has ended, one way or another."""
    scan = services.scans.find(scan_id)
    migration = services.migrations.find(scan.migration_id) if scan else None
    if scan is None or migration is None or scan.state not in OPEN or not _is_installed(services, migration):
        grounds.drop(scan_id)
        return None
    connection = services.connections.find(migration.installation_id, migration.connection_id)
    if connection is None:
        _end(services, scan, NO_CONNECTION)
        return None
    turn = Turn(services.stopping, time.monotonic() + TURN_SECONDS)
    try:
        more = read_on(
            services, scan, migration=migration, connection=connection, reader=grounds.find(scan_id),
            open_source=source_opener(services, "migration"), is_over=turn.is_over,
        )  # fmt: skip
        if connection.is_paused and not reads_as_person(migration):  # it works again
            confirm_owner(services, connection)
    except Exception as error:  # judged by its class
        return _judge(services, scan, migration, connection, error)
    if more:
        return services.now()
    grounds.drop(scan_id)
    return None


def _judge(
    services: Services, scan: Scan, migration: Migration, connection: Connection, error: Exception
) -> int | None:  # fmt: skip
    """Write down what it waits for, or that it has failed."""
    try:
        by_person = reads_as_person(migration)
        paused = find_refusal(error) if by_person else _find_pause(services, connection, error)
    except CallError as later:  # Azure DevOps does not say now
        paused, error = None, later
    present, now = services.scans.find(scan.id), services.now()  # pages were written since
    if present is None:
        return None
    verdict = judge_scan(error, idle=now - present.changed_at, now=now, paused=paused)
    log.warning("scan.stopped", scan=scan.id, error=type(error).__name__, code=verdict.code)
    if isinstance(verdict, Ended):
        _end(services, present, verdict)
        return None
    services.scans.put_off(present, verdict.code, verdict.detail)
    return verdict.at


def _find_pause(services: Services, connection: Connection, error: Exception) -> str | None:
    """What is wrong with the connection as a whole, in words; None when the refusal is about what was asked.

    Raises the CallError of asking.
    """
    if not isinstance(error, Unauthorized | NotFound) or error.system != SYSTEM:
        return None
    if connection.token_state != "erased" and confirm_owner(services, connection) is not None:
        return None
    present = services.connections.find(connection.installation_id, connection.id)
    problem = state_problem(present) if present else None
    return problem.detail if problem else str(error)


def _end(services: Services, scan: Scan, verdict: Ended) -> None:
    services.scans.fail(scan, verdict.code, verdict.detail, services.now())


def _is_installed(services: Services, migration: Migration) -> bool:
    site = services.installations.find(migration.installation_id)
    return site is not None and site.state == "installed"
