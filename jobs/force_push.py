"""Commits that a branch lost: somebody rewrote what was pushed, and Jira shall not go on showing what is no more.

In doubt a commit stays: it is shown once too often rather than lost.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from clients.ado_git import GitApi
from domain.changes import Change, Entity, Identity, Removal
from domain.errors import Forbidden, NotFound, Rejected, Unreadable
from domain.git_events import BRANCH_PREFIX
from domain.jira_limits import sequence_of
from domain.records import Event, Push
from jobs.devinfo import Road

log = structlog.get_logger("crosswalk.force_push")

MOST_STOPS = 10  # places that a branch was at within one batch and that it may have left behind
FEWEST_CALLS = 3  # to find out what a branch lost and that no other branch has it


@dataclass(frozen=True, slots=True)
class Move:
    """A branch that was moved from one commit to another, at `sequence` (ms)."""

    repository_id: str
    ref: str
    old: str
    new: str
    sequence: int


@dataclass(slots=True)
class Budget:
    """How many calls may still be made for branches that were set back, and how many commits read of each.

    `cut`: how often that was not enough. What was lost then stays in Jira until somebody with more looks again.
    """

    calls: int
    commits: int
    cut: int = 0

    @classmethod
    def live(cls) -> "Budget":
        """For a batch that people wait for."""
        return cls(calls=60, commits=2_000)

    @classmethod
    def patient(cls) -> "Budget":
        """For whoever reads history."""
        return cls(calls=600, commits=20_000)


@dataclass(frozen=True, slots=True)
class Loss:
    """`commits`, newest first, are gone from a branch that was at `old`; `bases`: where that and its new end meet.

    `wanted`: those of the commits that Jira may show.
    """

    repository_id: str
    old: str
    bases: frozenset[str]
    commits: Sequence[str]
    wanted: frozenset[str]


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


def find_vanished(
    road: Road, moves: Sequence[Move], changes: Sequence[Change], budget: Budget | None = None
) -> tuple[Removal, ...]:  # fmt: skip
    """The removals of commits that the branches of a batch lost, also of those that only the batch itself tells of.

    Events may come in another order than the pushes were made. `budget` (a patient one) tells afterwards whether it was
    enough. Raises Retryable or Unauthorized.
    """
    budget = budget or Budget.patient()
    if "commits" not in road.kinds:
        return ()
    branches: dict[tuple[str, str], list[Move]] = {}
    for move in sorted(moves, key=lambda move: move.sequence):
        branches.setdefault((move.repository_id, move.ref), []).append(move)
    return tuple(removal for hops in branches.values() for removal in _follow_branch(road, hops, changes, budget))


def vanished_commits(
    road: Road, repository_id: str, old: str, new: str, *, sequence: int, also: Collection[str] = (),
    budget: Budget | None = None,
) -> tuple[Removal, ...]:  # fmt: skip
    """The removals, as of `sequence` (ms), of commits that a branch had at `old`, has not at `new`, and that no branch
    has any more: of those that Jira was sent, and of `also`.

    One call when nothing was lost. Raises Retryable or Unauthorized; what cannot be read for good stays as it is.
    """
    try:
        vanished = _list_vanished(road, repository_id, old, new, also=also, budget=budget or Budget.patient())
    except (NotFound, Forbidden, Rejected, Unreadable) as error:
        log.info("force_push.unread", link=road.link_id, repository=repository_id, error=type(error).__name__)
        return ()
    if vanished:
        log.info("force_push.vanished", link=road.link_id, repository=repository_id, commits=len(vanished))
    return tuple(Removal("commit", sha, sequence, repository_id) for sha in vanished)


def _follow_branch(road: Road, hops: Sequence[Move], changes: Sequence[Change], budget: Budget) -> tuple[Removal, ...]:
    """From where a branch was before the batch to where it is after it, and from each stop that was left behind."""
    first, last = hops[0], hops[-1]
    told = {
        change.id
        for change in changes
        if isinstance(change, Entity) and change.kind == "commit" and change.repository_id == last.repository_id
    }
    if not told and not road.ledger.has_repository_commits(road.link_id, last.repository_id):
        return ()
    passed = dict.fromkeys(stop for hop in hops for stop in (hop.old, hop.new) if stop not in {first.old, last.new})
    stops = [stop for stop in passed if not _goes_on(road, last.repository_id, stop, last.new)]
    left = [first.old, *(_left_stops(road.git, last.repository_id, first.old, last.new, stops) if stops else ())]
    found = [
        removal
        for stop in left
        if stop != last.new
        for removal in vanished_commits(
            road, last.repository_id, stop, last.new, sequence=last.sequence, also=told, budget=budget
        )
    ]
    return tuple(dict.fromkeys(found))


def _left_stops(git: GitApi, repository_id: str, old: str, new: str, stops: Iterable[str]) -> list[str]:
    """Those of `stops` that are not among what `new` has and `old` had not; in one call mostly."""
    try:
        kept = {commit.id for commit in git.list_commits_between(repository_id, old, new)} if old != new else set()
    except NotFound:
        kept = set()
    return [stop for stop in stops if stop not in kept][-MOST_STOPS:]


def _list_vanished(
    road: Road, repository_id: str, old: str, new: str, *, also: Collection[str], budget: Budget
) -> list[str]:  # fmt: skip
    """The oldest first."""
    if _goes_on(road, repository_id, old, new):
        return []
    bases = road.git.list_merge_bases(repository_id, old, new)
    if old in bases:
        return []
    if budget.calls < FEWEST_CALLS:
        return _give_up(budget, repository_id)
    budget.calls -= FEWEST_CALLS
    lost = road.git.list_lost_commits(repository_id, old, new, budget.commits)
    wanted = _known_commits(road, repository_id, lost) | (set(also) & set(lost))
    if not wanted:
        return []
    loss = Loss(repository_id, old, bases, lost, frozenset(wanted))
    free = _drop_held(road.git, loss, budget)
    return [sha for sha in reversed(lost) if sha in free]


def _goes_on(road: Road, repository_id: str, old: str, new: str) -> bool:
    """Whether it is known already, by the commits that were looked up, that `new` goes on from `old`."""
    ahead, met = [new], {new}
    while ahead:
        parents = road.parents.get((repository_id, ahead.pop()), ())
        if old in parents:
            return True
        ahead += [sha for sha in parents if sha not in met]
        met.update(parents)
    return False


def _known_commits(road: Road, repository_id: str, shas: Sequence[str]) -> set[str]:
    identities: list[Identity] = [("commit", repository_id, sha) for sha in shas]
    return {sha for _kind, _within, sha in road.ledger.find_many(road.installation_id, identities)}


def _drop_held(git: GitApi, loss: Loss, budget: Budget) -> Collection[str]:
    """Those of the wanted commits that no branch has; none of them as long as that is not known of every branch."""
    if len(loss.commits) >= budget.commits:
        return _give_up(budget, loss.repository_id, loss)
    missing = git.count_missing(loss.repository_id, loss.old)
    if 0 in missing.values():
        return ()
    holders = _find_holders(git, loss, missing)
    if len(holders) > budget.calls:
        return _give_up(budget, loss.repository_id, loss, len(holders))
    free = set(loss.wanted)
    for tip in holders:
        if not free:
            break
        budget.calls -= 1
        free &= set(git.list_lost_commits(loss.repository_id, loss.old, tip, budget.commits))
    return free


def _find_holders(git: GitApi, loss: Loss, missing: Mapping[str, int]) -> Sequence[str]:
    """The last commits of the branches that may have some of what was lost.

    A branch lacks so many of all commits up to the old end (`missing`), and so many of those up to where the two ends
    meet: the rest is what it lacks of the lost ones. One that came meanwhile is looked at, and every one when the ends
    meet in several places.
    """
    if len(loss.bases) > 1:
        return list(missing)
    base = next(iter(loss.bases), None)
    before = git.count_missing(loss.repository_id, base) if base else dict.fromkeys(missing, 0)
    return [tip for tip, count in missing.items() if tip not in before or count - before[tip] != len(loss.commits)]


def _give_up(budget: Budget, repository_id: str, loss: Loss | None = None, branches: int = 0) -> list[str]:
    budget.cut += 1
    log.warning(
        "force_push.cut", repository=repository_id, lost=len(loss.commits) if loss else 0,
        wanted=len(loss.wanted) if loss else 0, branches=branches, calls=budget.calls,
    )  # fmt: skip
    return []
