"""Works on one run for a turn: the state it is in, its phases one after the other, and what stops it.

Safe to kill at any instruction, safe to run at once in as many slots as there are workers.
"""

import time

import structlog

from clients.ado import SYSTEM
from clients.gates import Tally
from domain.errors import CallError, NotFound, Unauthorized, WrongState
from jobs.batches import Turn
from jobs.retry import FIRST_WAIT
from jobs.run_ends import end_run, finish_run
from jobs.run_verdicts import Fails, judge_run
from linkage.credentials import confirm_owner, state_problem
from linkage.migration_duties import wake_run
from linkage.migration_sources import find_refusal, reads_as_person, source_opener
from migration.facts import KeptFacts
from migration.phases import STEPS, next_phase
from migration.road import Road, Tallies, open_road
from services import Services
from store.runs import Run, Waiting

log = structlog.get_logger("crosswalk.migration")

TURN_SECONDS = 8.0
PAUSE_WAIT = 300  # ms; until what is on its way has ended
FACTS = KeptFacts()  # of this process


def work_run(services: Services, name: str, kept: KeptFacts = FACTS) -> int | None:
    """The duty `{run id}#{slot}`; returns when to go on (ms), None when the run needs no worker."""
    run_id, _, slot = name.partition("#")
    turn = RunTurn(services, run_id, int(slot or 0), kept)
    try:
        return turn.work()
    except Exception as error:  # judged by its class
        return turn.judge(error)
    finally:
        turn.note_cost()


class RunTurn:
    """One turn of one slot."""

    def __init__(self, services: Services, run_id: str, slot: int, kept: KeptFacts) -> None:
        self._services, self._run_id, self._slot, self._kept = services, run_id, slot, kept
        self._turn = Turn(services.stopping, time.monotonic() + TURN_SECONDS)
        self._tallies = Tallies(Tally(), Tally())
        self._road: Road | None = None

    def work(self) -> int | None:
        """Steps until the turn is over, the run has ended or has nothing to do just now."""
        while not self._turn.is_over():
            run = self._services.runs.find(self._run_id)
            if run is None or not run.is_open or run.state == "paused":
                self._kept.drop(self._run_id)
                return None
            due = self._work_on(run)
            if due is not None:
                return due
        return self._services.now()

    def _work_on(self, run: Run) -> int | None:
        """One step; None: go on at once."""
        now = self._services.now()
        match run.state:
            case "queued":
                self._begin()
            case "running":
                return self._take_step(run)
            case "pausing":
                return None if self._services.run_turns.halt(run.id, now) else now + PAUSE_WAIT
            case _:
                return end_run(self._services, run, lambda: self._open(run))
        return None

    def _begin(self) -> None:
        """People may have changed something before they start or resume a run: its phase begins anew, for which every
        process reads the target again.
        """
        now = self._services.now()
        try:
            self._services.runs.move(self._run_id, "begin", now, phase_at=now)
        except WrongState:
            return  # another slot has begun
        wake_run(self._services, self._run_id)

    def _take_step(self, run: Run) -> int | None:
        if run.phase == "report":
            finish_run(self._services, run)
            return None
        step = STEPS[run.phase](self._open(run), self._slot)
        self.note_cost()
        if run.waiting is not None:
            self._services.runs.put_waiting(run.id, None)
        if not step.is_over:
            return step.due
        if self._services.runs.enter_phase(run.id, run.phase, next_phase(run.phase), self._services.now()):
            log.info("migration.phase", run=run.id, ended=run.phase)
            wake_run(self._services, run.id)
        return None

    def _open(self, run: Run) -> Road:
        """The road of this turn, opened anew for each phase."""
        road = self._road
        if road is None or (road.run.phase, road.run.phase_at) != (run.phase, run.phase_at):
            open_source = source_opener(self._services, "migration", self._tallies.ado)
            road = open_road(
                self._services, run, self._kept, self._tallies, open_source=open_source, is_over=self._turn.is_over
            )
        self._road = road.at_step(run)
        return self._road

    def note_cost(self) -> None:
        self._services.runs.add_counters(self._run_id, self._tallies.take())

    # --- what stops it ---

    def judge(self, error: Exception) -> int | None:
        """Write down what the run waits for, or that it has failed; returns when to look again (ms)."""
        run = self._services.runs.find(self._run_id)
        if run is None:
            return None
        try:
            paused = self._find_pause(run, error)
        except CallError as later:  # Azure DevOps does not say now
            paused, error = None, later
        now = self._services.now()
        verdict = judge_run(error, idle=now - run.changed_at, now=now, paused=paused)
        log.warning("migration.stopped", run=run.id, phase=run.phase, error=type(error).__name__)
        if isinstance(verdict, Fails):
            has_failed = self._services.run_turns.fail(run.id, verdict.code, verdict.detail, now)
            return now if has_failed else now + FIRST_WAIT
        self._services.runs.put_waiting(run.id, Waiting(verdict.why, verdict.at, verdict.code))
        return verdict.at

    def _find_pause(self, run: Run, error: Exception) -> str | None:
        """What is wrong with the connection as a whole, or with the rights of whom it reads as, in words; None
        when something else is. Raises CallError.
        """
        migration = self._services.migrations.find(run.migration_id)
        if migration is not None and reads_as_person(migration):
            return find_refusal(error)
        if not isinstance(error, Unauthorized | NotFound) or error.system != SYSTEM:
            return None
        connection = self._services.connections.find(run.installation_id, run.connection_id)
        if connection is None:
            return None
        is_erased = connection.token_state == "erased"  # noqa: S105  # a state
        if not is_erased and confirm_owner(self._services, connection) is not None:
            return None
        present = self._services.connections.find(run.installation_id, run.connection_id)
        problem = state_problem(present) if present else None
        return problem.detail if problem else str(error)
