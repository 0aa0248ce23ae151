"""Forgets what is left of runs whose migration was deleted."""

import structlog

from linkage.run_numbers import count_numbers
from services import Services

log = structlog.get_logger("crosswalk.migration")


def forget_left_runs(services: Services) -> None:
    """Delete their rows, and the records of those that made nothing; the others keep their numbers. Safe to repeat, and
    for two to do at once. Nothing opens these runs again (`Runs.delete_migration`).
    """
    for run_id in services.runs.list_left():
        run = services.runs.find(run_id)
        if run is not None and not run.ledger:
            services.runs.put_ledger(run_id, count_numbers(services, run))
        services.run_rows.forget(run_id)
        services.runs.forget_left(run_id)
        log.info("migration.run_forgotten", run=run_id)
