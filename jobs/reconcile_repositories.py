"""What became of the repositories of a linked project: renamed, moved to another project, disabled, deleted.

No event may have told of it. A disabled one keeps what was sent; one that is gone takes it along.
"""

import hashlib
from collections.abc import Sequence
from functools import partial

import structlog

from clients.ado_remains import list_deleted
from clients.history_answers import RepositoryState
from domain.changes import Entity, Removal
from domain.errors import Forbidden, NotFound
from domain.fingerprints import fingerprint_of
from jobs.reconcile_branches import window_of
from jobs.reconcile_failures import attempt
from jobs.reconcile_reading import RUN_KINDS, reread_runs
from jobs.reconcile_renewal import describe_repository, is_outdated, renew_repository
from jobs.reconcile_round import MOMENT, Round
from linkage.reconciling import want_reconcile
from store.known_repositories import REMOVED, KnownRepository
from store.marks import WHOLE

log = structlog.get_logger("crosswalk.reconcile")

# A repository that cannot be seen and is not in the recycle bin may only be hidden from the token by mistake
GONE_AFTER = 24 * 3600 * 1000  # ms
RUNS_KEPT = 30 * 24 * 3600 * 1000  # ms; Azure DevOps deletes older runs unless told otherwise
MISSING = "missing"  # the mark that says when a repository that is not in the project was last looked for
ELSEWHERE = ""  # the fingerprint of an address in another project: everything is to be sent anew


def list_present(turn: Round) -> Sequence[RepositoryState]:
    """Every repository of the project; those that left it are dealt with. Raises as `attempt` does, CallError too."""
    present = turn.road.history.list_repositories(turn.link.project_id)
    sent = turn.services.ledger.list_repositories(turn.link.id)
    known = turn.services.known_repositories.read(turn.link.id)
    there = {state.repository.id for state in present}
    removed = {name for name, kept in known.items() if kept.fingerprint == REMOVED} - there - sent.keys()
    for repository_id in sorted({*sent, *known} - there - removed - {WHOLE}):
        if turn.is_over():
            turn.come_again(turn.services.now())
            break
        if turn.is_due(MISSING, repository_id):  # each costs a call, and a round may last many turns
            work = partial(_follow_missing, turn, repository_id, known.get(repository_id))
            attempt(turn, MISSING, repository_id, work)
    turn.removed |= removed
    return present


def keep_addresses(turn: Round, present: Sequence[RepositoryState]) -> bool:
    """Send anew what is in Jira under old names and addresses; False when the turn ended before. A repository that
    cannot be read fails alone. Raises as `attempt` does.
    """
    sent = turn.services.ledger.list_repositories(turn.link.id)
    known = turn.services.known_repositories.read(turn.link.id)
    return all(
        attempt(turn, "addresses", name, partial(_keep_address, turn, state, known.get(name), is_sent=name in sent))
        != "over"
        for name, state in ((state.repository.id, state) for state in present)
    ) and _keep_run_addresses(turn, known.get(WHOLE))


def _keep_address(turn: Round, state: RepositoryState, known: KnownRepository | None, *, is_sent: bool) -> bool:
    """The fingerprint is kept only after all was sent under it, so that a turn that ends on the way is no loss."""
    repository = state.repository
    described = describe_repository(turn.road, window_of(turn, repository))
    kept = KnownRepository(fingerprint_of(described))
    if known == kept:
        return True
    if is_sent and _has_changed(turn, described, known, kept.fingerprint):
        if state.disabled:  # nothing of it can be read before it is enabled again
            return True
        turn.outrun = False
        if not renew_repository(turn, repository):
            return False
        if turn.outrun:  # an event of this very moment was told under the old address
            turn.come_again(turn.services.now() + MOMENT)
            return True
        log.info("reconcile.renewed", link=turn.link.id, repository=repository.id)
    turn.services.known_repositories.save(turn.link.id, repository.id, kept)
    return True


def _has_changed(turn: Round, described: Entity, known: KnownRepository | None, fingerprint: str) -> bool:
    """One that is seen for the first time is judged by what was sent of it."""
    if known is None:
        return is_outdated(turn, described)
    return known.fingerprint != fingerprint


def _keep_run_addresses(turn: Round, known: KnownRepository | None) -> bool:
    """Runs and releases are reached by ids below the organization, so only its own name is in their addresses."""
    kept = KnownRepository(hashlib.sha256(turn.road.source.organization_url.encode()).hexdigest())
    if known == kept:
        return True
    since = turn.reach_back(turn.services.now() - RUNS_KEPT)
    kinds = [kind for kind in RUN_KINDS.values() if kind in turn.road.kinds and known is not None]
    endings = [reread_runs(turn, f"old {kind}", kind, since) for kind in kinds]
    if "over" in endings:
        return False
    if "failed" not in endings:
        turn.services.known_repositories.save(turn.link.id, WHOLE, kept)
    return True


def _follow_missing(turn: Round, repository_id: str, known: KnownRepository | None) -> bool:
    """What is still missing is looked for again in an hour."""
    if _is_missing(turn, repository_id, known):
        turn.move(MISSING, turn.services.now(), repository_id)
    turn.worked = True
    return True


def _is_missing(turn: Round, repository_id: str, known: KnownRepository | None) -> bool:
    """Whether it cannot be seen and nobody knows why; when it moved or was deleted, that is dealt with."""
    try:
        home = turn.road.history.read_repository(repository_id).repository.project_id
    except (NotFound, Forbidden):
        if not _is_gone(turn, repository_id, known):
            return True
        _remove(turn, repository_id, "deleted")
        return False
    if home.lower() == turn.link.project_id.lower():
        return True  # the list is older than this answer, or leaves it out
    _hand_over(turn, repository_id, home)
    return False


def _hand_over(turn: Round, repository_id: str, home: str) -> None:
    """It is in another project now: it goes to the link of that one, if there is one."""
    target = turn.services.links.find_project(turn.link.connection_id, home)
    if target is None:
        _remove(turn, repository_id, "moved")
        return
    turn.services.ledger.move_repository(turn.link.installation_id, repository_id, target.id)
    turn.services.known_repositories.save(target.id, repository_id, KnownRepository(ELSEWHERE))
    turn.services.known_repositories.forget(turn.link.id, repository_id)
    turn.services.marks.forget_part(turn.link.id, repository_id)
    want_reconcile(turn.services, target.id)
    log.info("reconcile.handed_over", link=turn.link.id, repository=repository_id)


def _is_gone(turn: Round, repository_id: str, known: KnownRepository | None) -> bool:
    """Whether it lies in the recycle bin, or could not be seen for a day."""
    if repository_id in _look_in_bin(turn):
        return True
    now = turn.services.now()
    missing_since = known.missing_since if known and known.missing_since is not None else now
    fingerprint = known.fingerprint if known else ""
    kept = KnownRepository(fingerprint, missing_since)
    turn.services.known_repositories.save(turn.link.id, repository_id, kept)
    return now - missing_since >= GONE_AFTER


def _look_in_bin(turn: Round) -> frozenset[str]:
    """Once in a turn, and only when something is missing."""
    if turn.deleted is None:
        try:
            turn.deleted = list_deleted(turn.client, turn.link.project_id)
        except (NotFound, Forbidden) as error:
            log.info("reconcile.no_recycle_bin", link=turn.link.id, error=type(error).__name__)
            turn.deleted = frozenset()
    return turn.deleted


def _remove(turn: Round, repository_id: str, why: str) -> None:
    turn.send((Removal("repository", repository_id, turn.observe(), repository_id),))
    turn.services.known_repositories.save(turn.link.id, repository_id, KnownRepository(REMOVED))
    turn.services.marks.forget_part(turn.link.id, repository_id)
    turn.removed.add(repository_id)
    log.info("reconcile.removed", link=turn.link.id, repository=repository_id, why=why)
