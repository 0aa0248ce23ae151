"""A run as people see it: its state, how far each phase is, how fast it goes, what it waits for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.api import ApiModel
from app.backfills import ReasonView
from app.dead_letters import moment
from domain.run_pace import estimate_seconds, rate_per_minute
from domain.run_states import ENDED_ROWS, OPEN_ROWS, PHASES, Phase, RowState, RunKind, RunState
from store.runs import Run, RunProblem


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows by phase and state, and how many of the present phase ended in the last `seconds`."""

    counts: Mapping[Phase, Mapping[RowState, int]]
    ended: int
    seconds: float

    @property
    def rows(self) -> int:
        return sum(sum(states.values()) for states in self.counts.values())


class PhaseView(ApiModel):
    """A phase with rows. `done` of `total` have ended, in whatever way."""

    phase: Phase
    done: int
    total: int
    counts: dict[RowState, int]


class WaitingView(ApiModel):
    """Why nothing moves just now, and until when; `until` is null when nobody knows."""

    why: str
    until: datetime | None


class RunProblemView(ApiModel):
    """Something that a phase found out; `examples` are ids of work items."""

    code: str
    severity: str
    detail: str
    count: int
    phase: Phase
    where: str
    examples: tuple[int, ...]


class RunView(ApiModel):
    """`counts`: work items by state; `phases`: everything that is written, comments, links and files too.

    `rate`: rows of this phase that ended per minute, over the last minutes; `etaSeconds`: what is left at that rate;
    both null when it does not run or too little is known. `points`: what its calls cost at Jira. `settling`: it has
    stopped, and what was on its way is being looked after. `error` says why it failed. `broken`: how much failed, lacks
    what failed, or differs; null before it has ended. `wasDone`: it was done once, so an open run is verified again or
    repaired, and who cancels it leaves it done.
    """

    id: str
    migration_id: str
    kind: RunKind
    state: RunState
    phase: Phase
    settling: bool
    mapping_version: int
    counts: dict[RowState, int]
    phases: tuple[PhaseView, ...]
    rate: float | None
    eta_seconds: int | None
    points: int
    jira_calls: int
    ado_calls: int
    bytes: int
    waiting: WaitingView | None
    problems: tuple[RunProblemView, ...]
    error: ReasonView | None
    started_at: datetime
    phase_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    broken: int | None
    was_done: bool


def view_run(run: Run, tally: Tally) -> RunView:
    """A run with the tally of its rows."""
    runs_now = run.state == "running"
    return RunView(
        id=run.id, migration_id=run.migration_id, kind=run.kind, state=run.state, phase=run.phase,
        settling=run.is_open and run.state in ("failed", "cancelled"),
        mapping_version=run.mapping_version,
        counts=dict(tally.counts.get("items", {})) or _counts_kept(run),
        phases=tuple(_view_phase(phase, tally.counts[phase]) for phase in PHASES if phase in tally.counts),
        rate=rate_per_minute(tally.ended, tally.seconds) if runs_now else None,
        eta_seconds=_estimate(run, tally) if runs_now else None,
        points=run.counters.jira_points, jira_calls=run.counters.jira_calls, ado_calls=run.counters.ado_calls,
        bytes=run.counters.bytes,
        waiting=_view_waiting(run),
        problems=tuple(view_problem(problem) for problem in run.problems),
        error=ReasonView(code=run.error_code, detail=run.error or "") if run.error_code else None,
        started_at=moment(run.started_at), phase_at=moment(run.phase_at), changed_at=moment(run.changed_at),
        ended_at=moment(run.ended_at) if run.ended_at else None,
        broken=None if run.is_open else (run.ledger or {}).get("broken"), was_done=run.done_at is not None,
    )  # fmt: skip


def view_problem(problem: RunProblem) -> RunProblemView:
    return RunProblemView.model_validate(problem, from_attributes=True)


def _view_phase(phase: Phase, counts: Mapping[RowState, int]) -> PhaseView:
    done = sum(count for state, count in counts.items() if state in ENDED_ROWS)
    return PhaseView(phase=phase, done=done, total=sum(counts.values()), counts=dict(counts))


def _view_waiting(run: Run) -> WaitingView | None:
    if run.waiting is None:
        return None
    return WaitingView(why=run.waiting.why, until=moment(run.waiting.until) if run.waiting.until else None)


def _estimate(run: Run, tally: Tally) -> int | None:
    left = {
        phase: sum(count for state, count in states.items() if state in OPEN_ROWS)
        for phase, states in tally.counts.items()
    }
    return estimate_seconds(run.phase, left, tally.ended, tally.seconds)


def _counts_kept(run: Run) -> dict[RowState, int]:
    """Of a run whose rows are gone: by the ledger that was kept."""
    counts: dict[RowState, int] = {}
    for row in (run.ledger or {}).get("ledger", {}).get("types", {}).values():
        for state in ENDED_ROWS:
            amount = row[state]
            counts[state] = counts.get(state, 0) + (sum(amount.values()) if isinstance(amount, dict) else amount)
    return {state: count for state, count in counts.items() if count}
