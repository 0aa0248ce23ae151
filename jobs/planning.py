"""Sees to it that everything which must be done again and again is asked for: what Redis forgot costs only time."""

from collections.abc import Iterable
from zlib import crc32

from linkage.backfill_slots import wake_waiting_sites
from linkage.left_runs import forget_left_runs
from linkage.migration_duties import wake_migrations
from services import Services
from store.duties import DutyKind

GUARD_SPREAD = 15 * 60_000  # ms; so that a restart does not ask Azure DevOps for everything at once
RECONCILE_SPREAD = 60 * 60_000
ERASE_SPREAD = 60_000


def plan_duties(services: Services) -> None:
    """Ask for the guard of every connection and the reconciliation of every link that nobody has asked for, and for
    every back-fill, scan, run and erasure that has not ended. What is left of deleted migrations goes.
    """
    wake_waiting_sites(services)
    wake_migrations(services)
    forget_left_runs(services)
    _want_missing(services, "erase", services.erasures.list_sites(), ERASE_SPREAD)
    for site in services.installations.list_all():
        if site.state != "installed":
            continue
        connections = [connection.id for connection in services.connections.list_for(site.id)]
        _want_missing(services, "guard", connections, GUARD_SPREAD)
        _want_missing(services, "reconcile", [link.id for link in services.links.list_for(site.id)], RECONCILE_SPREAD)


def _want_missing(services: Services, kind: DutyKind, names: Iterable[str], spread: int) -> None:
    planned = services.duties.list_due(kind)
    for name in names:
        if name not in planned:
            services.duties.want(kind, name, services.now() + crc32(name.encode()) % spread)
