"""The numbers of a run, for its report: the ledger and whether it balances, what differs, and how fast it went.

Counted from the rows; a run that has ended keeps them for good (`Run.ledger`), as its rows may go.
"""

from dataclasses import asdict

from domain.records import Json
from domain.run_ledger import make_ledger, write_ledger
from domain.run_pace import fold_minutes
from services import Services
from store.runs import Run


def count_numbers(services: Services, run: Run) -> Json:
    """`{ledger, balanced, differences, pace}`, counted now. A worker writes it when it ends the run."""
    ledger = make_ledger(run.scanned, services.run_rows.count_reasons(run.id))
    return {
        "ledger": write_ledger(ledger),
        "balanced": ledger.balances,
        "differences": dict(services.run_rows.count_differences(run.id)),
        "pace": [asdict(bucket) for bucket in fold_minutes(services.run_rows.count_minutes(run.id))],
    }


def read_numbers(services: Services, run: Run) -> Json:
    """Those that were kept when the run ended, else as they are now."""
    return run.ledger if run.ledger and not run.is_open else count_numbers(services, run)
