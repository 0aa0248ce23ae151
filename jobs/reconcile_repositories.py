"""What became of the repositories of a linked project: renamed, moved to another project, disabled, deleted.

No event may have told of it. A disabled one keeps what was sent; one that is gone takes it along.
"""

import hashlib
from collections.abc import Mapping, Sequence

import structlog

from clients.ado_remains import list_deleted
from clients.history_answers import RepositoryState
from domain.changes import Entity, Kind, Removal
from domain.errors import Forbidden, NotFound, Permanent, Unauthorized
from domain.fingerprints import fingerprint_of
from domain.subscriptions import LinkKind
from jobs.history import READERS
from jobs.reconcile_branches import window_of
from jobs.reconcile_renewal import describe_repository, is_outdated, is_stale, renew_repository, renew_rows
from jobs.reconcile_round import DAY, Round, log_failure
from linkage.reconciling import want_reconcile
from store.known_repositories import REMOVED, KnownRepository
from store.marks import WHOLE

log = structlog.get_logger("crosswalk.reconcile")

# A repository that cannot be seen and is not in the recycle bin may only be hidden from the token by mistake
GONE_AFTER = 24 * 3600 * 1000  # ms
RUNS_KEPT = 30 * 24 * 3600 * 1000  # ms; Azure DevOps deletes older runs unless told otherwise
STALE = "stale"  # the mark that says when everything stale was last sent anew
RUN_KINDS: Mapping[Kind, LinkKind] = {"build": "builds", "deployment": "deployments"}
ELSEWHERE = ""  # the fingerprint of an address in another project: everything is to be sent anew


def list_present(turn: Round) -> Sequence[RepositoryState]:
    """Every repository of the project, after those that left it are dealt with. Raises CallError, LinkClosed."""
    present = turn.road.history.list_repositories(turn.link.project_id)
    sent = turn.services.ledger.list_repositories(turn.link.id)
    known = turn.services.known_repositories.read(turn.link.id)
    there = {state.repository.id for state in present}
    removed = {name for name, kept in known.items() if kept.fingerprint == REMOVED} - there - sent.keys()
    for repository_id in sorted({*sent, *known} - there - removed - {WHOLE}):
        _follow_missing(turn, repository_id, known.get(repository_id))
    turn.removed |= removed
    return present


def keep_addresses(turn: Round, present: Sequence[RepositoryState]) -> bool:
    """Send anew what is in Jira under old names and addresses; False when the turn ended before. A repository that
    cannot be read fails alone. Raises Retryable, Unauthorized, LinkClosed.
    """
    sent = turn.services.ledger.list_repositories(turn.link.id)
    known = turn.services.known_repositories.read(turn.link.id)
    for state in present:
        name = state.repository.id
        try:
            if not _keep_address(turn, state, known.get(name), is_sent=name in sent):
                return False
        except Unauthorized:
            raise
        except Permanent as error:
            log_failure(turn, state.repository, error)
    return _keep_run_addresses(turn, known.get(WHOLE))


def send_stale(turn: Round, present: Sequence[RepositoryState]) -> bool:
    """Send anew what Jira may have lost; False when the turn ended before. Raises CallError, LinkClosed.

    Once a day, because what the site's choices leave out by now stays as it is.
    """
    rows = turn.services.ledger.list_stale(turn.link.id)
    if not rows or not turn.is_due(STALE, every=DAY) or _is_filling(turn):
        return True
    began = turn.services.now()
    named = {row.repository_id for row in rows if row.kind in {"commit", "pull_request"}}
    readable = [state.repository for state in present if not state.disabled and state.repository.id in named]
    runs = {kind: [row.sequence for row in rows if row.kind == word] for word, kind in RUN_KINDS.items()}
    oldest = {kind: min(found) for kind, found in runs.items() if found and kind in turn.road.kinds}
    done = all(renew_rows(turn, repository, is_old=is_stale) for repository in readable) and all(
        turn.read_through(f"old {kind}", READERS[kind], since) for kind, since in oldest.items()
    )
    if done:
        turn.move(STALE, began)
    return done


def _is_filling(turn: Round) -> bool:
    """Whether a back-fill is under way: it reads by the thousand what would be read one by one here."""
    found = turn.services.backfills.find(turn.link.id)
    return found is not None and found.state in {"queued", "running"}


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
            turn.again = True
            return True
        log.info("reconcile.renewed", link=turn.link.id, repository=repository.id)
    turn.services.known_repositories.save(turn.link.id, repository.id, kept)
    return True


def _has_changed(turn: Round, described: Entity, known: KnownRepository | None, fingerprint: str) -> bool:
    """One that is seen for the first time is judged by what was sent of it."""
    if known is None:
        return is_outdated(turn.services.ledger, turn.link.id, described)
    return known.fingerprint != fingerprint


def _keep_run_addresses(turn: Round, known: KnownRepository | None) -> bool:
    """Runs and releases are reached by ids below the organization, so only its own name is in their addresses."""
    kept = KnownRepository(hashlib.sha256(turn.road.source.organization_url.encode()).hexdigest())
    if known is not None and known != kept:
        since = turn.services.now() - RUNS_KEPT
        kinds = [kind for kind in RUN_KINDS.values() if kind in turn.road.kinds]
        if not all(turn.read_through(f"old {kind}", READERS[kind], since) for kind in kinds):
            return False
    if known != kept:
        turn.services.known_repositories.save(turn.link.id, WHOLE, kept)
    return True


def _follow_missing(turn: Round, repository_id: str, known: KnownRepository | None) -> None:
    """It moved, was deleted, or cannot be seen."""
    try:
        home = turn.road.history.read_repository(repository_id).repository.project_id
    except (NotFound, Forbidden):
        if _is_gone(turn, repository_id, known):
            _remove(turn, repository_id, "deleted")
        return
    if home.lower() == turn.link.project_id.lower():
        return  # the list is older than this answer, or leaves it out
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
