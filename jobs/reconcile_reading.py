"""What of a link's history is due, and reading it: by kind for the whole project, pushes one repository at a time."""

from collections.abc import Sequence

from clients.history_answers import RepositoryState
from domain.errors import Permanent, Unauthorized
from domain.records import Repository
from jobs.history import READERS
from jobs.reconcile_branches import compare_branches
from jobs.reconcile_pushes import SEEN, PushReader
from jobs.reconcile_round import DAY, HOUR, Round, log_failure
from linkage.reconciling import PROJECT_KINDS, PUSHES

ACTIVE = 7 * DAY  # something goes on in a repository when something happened within this time
BRANCHES = "branches"


def read_project(turn: Round) -> bool:
    """Pull requests, builds and deployments, those that are due; False when the turn ended before. Raises CallError."""
    due = [kind for kind in PROJECT_KINDS if kind in turn.road.kinds and turn.is_due(kind)]
    return all(turn.read_through(kind, READERS[kind], turn.mark(kind)) for kind in due)


def read_repositories(turn: Round, present: Sequence[RepositoryState]) -> bool:
    """Pushes and branches, the repository first that was not read for the longest time; False when the turn ended
    before. One that cannot be read fails alone. Raises Retryable or Unauthorized.
    """
    if not turn.road.kinds & {"commits", "branches"}:
        return True
    readable = [state.repository for state in present if not state.disabled and not state.empty]
    active = turn.services.ledger.list_active(turn.link.id, turn.services.now() - ACTIVE)
    return all(
        _read_or_tell(turn, repository, is_active=repository.id in active)
        for repository in sorted(readable, key=lambda one: turn.mark(PUSHES, one.id))
    )


def _read_or_tell(turn: Round, repository: Repository, *, is_active: bool) -> bool:
    try:
        return _read_pushes(turn, repository, is_active=is_active) and _read_branches(turn, repository)
    except Unauthorized:
        raise
    except Permanent as error:
        log_failure(turn, repository, error)
        return True


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
