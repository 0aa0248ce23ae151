"""Commits that a branch lost: somebody rewrote what was pushed, and Jira shall not go on showing what is no more.

In doubt a commit stays: it is shown once too often rather than lost.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import structlog

from clients.ado_git import GitApi
from domain.changes import Change, Entity, Identity, Removal
from domain.errors import Forbidden, NotFound, Rejected
from domain.git_events import BRANCH_PREFIX
from domain.jira_limits import sequence_of
from domain.records import Event, Push
from jobs.devinfo import Road

log = structlog.get_logger("crosswalk.force_push")

LOST_COMMITS = 2_000  # read of one branch
MOST_STOPS = 10  # places that a branch was at within one batch and that it may have left behind
MOST_ASKED = 50  # commits of one branch that are looked for on other branches
MOST_ROOTS = 5  # calls that answer for every branch of the repository


@dataclass(frozen=True, slots=True)
class Move:
    """A branch that was moved from one commit to another, at `sequence` (ms)."""

    repository_id: str
    ref: str
    old: str
    new: str
    sequence: int


def moves_of(event: Event) -> tuple[Move, ...]:
    """What a push moved: branches that were there before and are there after it."""
    if not isinstance(event, Push):
        return ()
    sequence = sequence_of(event.happened)
    return tuple(
        Move(event.repository.id, update.ref, update.old, update.new, sequence)
        for update in event.updates
        if update.ref.startswith(BRANCH_PREFIX) and update.old and update.new
    )


def find_vanished(road: Road, moves: Sequence[Move], changes: Sequence[Change]) -> tuple[Removal, ...]:
    """The removals of commits that the branches of a batch lost, also of those that only the batch itself tells of.

    Events may come in another order than the pushes were made. Raises Retryable or Unauthorized.
    """
    if "commits" not in road.kinds:
        return ()
    branches: dict[tuple[str, str], list[Move]] = {}
    for move in sorted(moves, key=lambda move: move.sequence):
        branches.setdefault((move.repository_id, move.ref), []).append(move)
    return tuple(removal for hops in branches.values() for removal in _follow_branch(road, hops, changes))


def vanished_commits(
    road: Road, repository_id: str, old: str, new: str, *, sequence: int, also: Collection[str] = ()
) -> tuple[Removal, ...]:
    """The removals, as of `sequence` (ms), of commits that a branch had at `old`, has not at `new`, and that no branch
    has any more: of those that Jira was sent, and of `also`.

    One call when nothing was lost. Raises Retryable or Unauthorized; what cannot be read for good stays as it is.
    """
    try:
        lost = road.git.list_lost_commits(repository_id, old, new, LOST_COMMITS)
        wanted = _known_commits(road, repository_id, lost) | set(also)
        vanished = _drop_held(road.git, repository_id, [sha for sha in reversed(lost) if sha in wanted])
    except (NotFound, Forbidden, Rejected) as error:
        log.info("force_push.unread", link=road.link_id, repository=repository_id, error=type(error).__name__)
        return ()
    if vanished:
        log.info("force_push.vanished", link=road.link_id, repository=repository_id, commits=len(vanished))
    return tuple(Removal("commit", sha, sequence, repository_id) for sha in vanished)


def _follow_branch(road: Road, hops: Sequence[Move], changes: Sequence[Change]) -> tuple[Removal, ...]:
    """From where a branch was before the batch to where it is after it, and from each stop that was left behind."""
    first, last = hops[0], hops[-1]
    told = {
        change.id
        for change in changes
        if isinstance(change, Entity) and change.kind == "commit" and change.repository_id == last.repository_id
    }
    if not told and not road.ledger.has_repository_commits(road.link_id, last.repository_id):
        return ()
    stops = dict.fromkeys(stop for hop in hops for stop in (hop.old, hop.new) if stop not in {first.old, last.new})
    left = [first.old, *(_left_stops(road.git, last.repository_id, first.old, last.new, stops) if stops else ())]
    found = [
        removal
        for stop in left
        if stop != last.new
        for removal in vanished_commits(road, last.repository_id, stop, last.new, sequence=last.sequence, also=told)
    ]
    return tuple(dict.fromkeys(found))


def _left_stops(git: GitApi, repository_id: str, old: str, new: str, stops: Iterable[str]) -> list[str]:
    """Those of `stops` that are not among what `new` has and `old` had not; in one call mostly."""
    try:
        kept = {commit.id for commit in git.list_commits_between(repository_id, old, new)} if old != new else set()
    except NotFound:
        kept = set()
    return [stop for stop in stops if stop not in kept][-MOST_STOPS:]


def _known_commits(road: Road, repository_id: str, shas: Sequence[str]) -> set[str]:
    identities: list[Identity] = [("commit", repository_id, sha) for sha in shas]
    return {sha for _kind, _within, sha in road.ledger.find_many(road.installation_id, identities)}


def _drop_held(git: GitApi, repository_id: str, commits: Sequence[str]) -> list[str]:
    """Those of `commits` (the oldest first) that no branch has.

    A commit that no branch has is asked for once: whatever goes on from it is on no branch either.
    """
    roots: list[str] = []
    free = []
    asked = 0
    for sha in commits[:MOST_ASKED]:
        if any(root in git.list_merge_bases(repository_id, root, sha) for root in roots):
            free.append(sha)
        elif asked < MOST_ROOTS:
            asked += 1
            if not git.is_on_branch(repository_id, sha):
                roots.append(sha)
                free.append(sha)
    return free
