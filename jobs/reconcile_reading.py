"""What of a link's history is due, and reading it: by kind for the whole project, pushes one repository at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from clients.history_answers import RepositoryState
from domain.changes import Kind
from domain.errors import Forbidden, Unauthorized
from domain.records import Repository
from domain.subscriptions import LinkKind
from jobs.devinfo import Road
from jobs.history import READERS
from jobs.history_pages import Reader, Reading, Window, read_cursor, write_cursor
from jobs.reconcile_branches import compare_branches
from jobs.reconcile_failures import Ending, attempt, failed_at, require_token, tell_failure
from jobs.reconcile_pushes import SEEN, PushReader
from jobs.reconcile_round import DAY, HOUR, Round
from linkage.reconciling import ASLEEP, PROJECT_KINDS, PUSHES
from store.marks import WHOLE

ACTIVE = 7 * DAY  # something goes on in a repository when something happened within this time
BRANCHES = "branches"
RUN_KINDS: Mapping[Kind, LinkKind] = {"build": "builds", "deployment": "deployments"}


def read_project(turn: Round) -> bool:
    """Pull requests, builds and deployments, those that are due; False when the turn ended before. A kind that cannot
    be read fails alone. Raises as `attempt` does.
    """
    due = [kind for kind in PROJECT_KINDS if kind in turn.road.kinds and turn.is_due(kind)]
    return all(attempt(turn, kind, WHOLE, partial(_read_kind, turn, kind)) != "over" for kind in due)


def reread_runs(turn: Round, job: str, kind: LinkKind, since: int) -> Ending:
    """Builds or deployments from `since` (ms) on, whatever was read before. Raises as `attempt` does."""
    return attempt(turn, job, WHOLE, partial(turn.read_through, job, reader_of(turn, kind), since))


def reader_of(turn: Round, kind: LinkKind) -> Reader:
    """What reads a kind of a whole project."""
    return DeploymentReader(turn) if kind == "deployments" else READERS[kind]


@dataclass(frozen=True, slots=True)
class DeploymentReader:
    """Reads deployments without classic releases when the token may not read those: it need not."""

    turn: Round

    def __call__(self, road: Road, window: Window, cursor: str | None) -> Reading:
        try:
            return READERS["deployments"](road, window, cursor)
        except (Unauthorized, Forbidden) as error:
            if read_cursor(cursor).get("phase") != "releases":
                raise
            require_token(self.turn, error)
            tell_failure(self.turn, "releases", WHOLE, error)
            return Reading((), write_cursor(phase="stages"), 0)


def read_repositories(turn: Round, present: Sequence[RepositoryState]) -> bool:
    """Pushes and branches, the repository first that was not read for the longest time; False when the turn ended
    before. One that cannot be read fails alone. Raises as `attempt` does.
    """
    if not turn.road.kinds & {"commits", "branches"}:
        return True
    for state in present:
        if state.disabled and turn.is_due(ASLEEP, state.repository.id):
            turn.move(ASLEEP, turn.services.now(), state.repository.id)
    readable = [state.repository for state in present if not state.disabled and not state.empty]
    active = turn.services.ledger.list_active(turn.link.id, turn.services.now() - ACTIVE)
    return all(
        attempt(turn, PUSHES, one.id, partial(_read_repository, turn, one, is_active=one.id in active)) != "over"
        for one in sorted(readable, key=lambda one: _turn_of(turn, one))
    )


def _turn_of(turn: Round, repository: Repository) -> tuple[int, int]:
    """Those that failed since they were read come last."""
    read, failed = turn.mark(PUSHES, repository.id), failed_at(turn, PUSHES, repository.id)
    return (failed if failed > read else 0), read


def _read_kind(turn: Round, kind: LinkKind) -> bool:
    return turn.read_through(kind, reader_of(turn, kind), turn.mark(kind))


def _read_repository(turn: Round, repository: Repository, *, is_active: bool) -> bool:
    return _read_pushes(turn, repository, is_active=is_active) and _read_branches(turn, repository)


def _read_pushes(turn: Round, repository: Repository, *, is_active: bool) -> bool:
    lately = turn.services.now() - turn.mark(SEEN, repository.id) <= ACTIVE
    if not turn.is_due(PUSHES, repository.id, every=HOUR if lately or is_active else DAY):
        return True
    return turn.read_through(PUSHES, PushReader(turn), turn.mark(PUSHES, repository.id), repository)


def _read_branches(turn: Round, repository: Repository) -> bool:
    """Compared when everything is, and when there were pushes: a branch went on since the pushes that were told."""
    began = turn.services.now()
    pushed = turn.mark(SEEN, repository.id) > turn.mark(BRANCHES, repository.id)
    if "branches" not in turn.road.kinds or not (pushed or turn.is_due(BRANCHES, repository.id, every=DAY)):
        return True
    if not compare_branches(turn, repository):
        return False
    turn.move(BRANCHES, began, repository.id)
    return True
