"""How a run ends: done with its ledger; or cancelled or failed, once nothing of it is on its way any more."""

from collections.abc import Callable

import structlog

from domain.errors import SignInNeeded
from domain.run_states import PHASES, Phase
from jobs.run_verdicts import Fails, judge_run
from linkage.migration_sources import reads_as_person
from linkage.run_numbers import count_numbers
from migration.heal import CUT_SHORT, UNFINISHED
from migration.heals import HEALS
from migration.road import Road
from migration.waits import look_up
from services import Services
from store.item_map import MapPlace
from store.run_turns import Chunk, Results, RowResult
from store.runs import Run

log = structlog.get_logger("crosswalk.migration")

CANCELLED = "The run was cancelled before this was done."
NOT_LOOKED_UP = (
    "It was being sent when the run ended. The app, the connection, the Jira project or the person as whom the "
    "migration read is gone, so nobody can look it up."
)
LEASE_WAIT = 1_000  # ms
HEALED_AT_ONCE = 100


def finish_run(services: Services, run: Run) -> None:
    """Everything is done: write the numbers for good."""
    if services.run_turns.finish(run.id, count_numbers(services, run), services.now()):
        log.info("migration.done", run=run.id)


def end_run(services: Services, run: Run, open_run: Callable[[], Road]) -> int | None:
    """A step towards the end of a run that was cancelled or has failed; when to go on (ms), None: at once.

    What waits ends with a cancelled run; a failed one may be resumed. What is on its way is looked up first.
    """
    now = services.now()
    if run.state == "cancelled" and _end_planned(services, run, now):
        return None
    for phase in PHASES:
        lost = services.run_turns.take_lost(run.id, phase, HEALED_AT_ONCE, now)
        if lost:
            _look_up(services, run, phase, lost, open_run)
            return None
    if services.run_turns.is_sending(run.id):
        return now + LEASE_WAIT
    if services.run_turns.close(run.id, count_numbers(services, run), now):
        log.info("migration.closed", run=run.id, state=run.state)
        return None
    return now + LEASE_WAIT


def _end_planned(services: Services, run: Run, now: int) -> int:
    """Some rows of a cancelled run; how many. What a repair did not come to is as it was when the run was done."""
    if run.done_at is not None:
        return services.run_rows.put_back(run.id, now)
    return services.run_rows.skip_open(run.id, CUT_SHORT, CANCELLED, now, arrived=UNFINISHED)


def _look_up(services: Services, run: Run, phase: Phase, lost: Chunk, open_run: Callable[[], Road]) -> None:
    """Raises what may pass. What stays wrong ends the rows, or nobody could ever migrate into the project again."""
    try:
        look_up(open_run(), lost, HEALS[phase])
    except Exception as error:  # judged by its class
        now = services.now()
        fails = isinstance(judge_run(error, idle=now - run.changed_at, now=now), Fails)
        if not fails and not (isinstance(error, SignInNeeded) and _reads_as_nobody(services, run)):
            raise
        log.warning("migration.not_looked_up", run=run.id, rows=len(lost.rows), error=type(error).__name__)
        rows = [RowResult(row.id, "failed", "not_looked_up", NOT_LOOKED_UP) for row in lost.rows]
        place = MapPlace(run.installation_id, run.connection_id, run.target)
        services.run_turns.settle(lost, place, Results(rows), now)


def _reads_as_nobody(services: Services, run: Run) -> bool:
    """Whoever lent their sign-in took it back, and nobody has to choose anew for a run that has stopped."""
    migration = services.migrations.find(run.migration_id)
    return migration is not None and reads_as_person(migration) and migration.reader is None
