"""The numbers of a run, for its report: the ledger and whether it balances, what failed beside it, what differs, how
long it took and how fast it went.

Counted from the rows; a run that has ended keeps them for good (`Run.ledger`), as its rows may go.
"""

from dataclasses import asdict

from domain.records import Json
from domain.run_flaws import count_broken, count_flaws, count_labelled
from domain.run_ledger import make_ledger, write_ledger
from domain.run_pace import fold_minutes
from services import Services
from store.runs import Run


def count_numbers(services: Services, run: Run) -> Json:
    """`{ledger, balanced, flaws, labelled, differences, broken, seconds, pace}`, counted now. A worker writes it when
    it ends the run.
    """
    counts = services.run_rows.count_reasons(run.id)
    ledger = make_ledger(run.scanned, counts)
    numbers = {
        "ledger": write_ledger(ledger),
        "balanced": ledger.balances,
        "flaws": count_flaws(counts),
        "labelled": count_labelled(counts),
        "differences": dict(services.run_rows.count_differences(run.id)),
        "seconds": count_seconds(services, run),
        "pace": [asdict(bucket) for bucket in fold_minutes(services.run_rows.count_minutes(run.id))],
    }
    return numbers | {"broken": count_broken(numbers)}


def read_numbers(services: Services, run: Run) -> Json:
    """Those that were kept when the run ended, else as they are now."""
    return run.ledger if run.ledger and not run.is_open else count_numbers(services, run)


def count_seconds(services: Services, run: Run) -> int:
    """From its start until it was done for the first time: verifying and repairing it a month later adds nothing."""
    if run.done_at is not None and run.ledger and "seconds" in run.ledger:
        return int(run.ledger["seconds"])
    return max(1, ((run.done_at or run.ended_at or services.now()) - run.started_at) // 1000)
