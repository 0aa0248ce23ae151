"""Asks workers to look at scans and runs; what is to be done stands in the database."""

from services import Services
from store.scans import OPEN

SLOTS = 8  # so many workers at most are on one run at once


def wake_scan(services: Services, scan_id: str) -> None:
    """Have a scan looked at now. Raises RedisError when Redis is away."""
    services.duties.want("migrate", f"scan:{scan_id}", services.now())


def wake_run(services: Services, run_id: str) -> None:
    """Have every slot of a run looked at now. Raises RedisError when Redis is away."""
    for slot in range(SLOTS):
        services.duties.want("migrate", f"run:{run_id}#{slot}", services.now())


def wake_migration(services: Services, migration_id: str) -> None:
    """Ask for the scan and the runs of a migration that are open: what they waited for may be over."""
    scan = services.scans.find_progress(migration_id)
    if scan and scan.state in OPEN:
        wake_scan(services, scan.id)
    for run_id in services.runs.list_open(migration_id):
        wake_run(services, run_id)


def wake_migrations(services: Services) -> None:
    """Ask for every open scan and run: whoever wrote down that there is one may have died before it asked."""
    for scan_id in services.scans.list_open():
        wake_scan(services, scan_id)
    for run_id in services.runs.list_open():
        wake_run(services, run_id)
