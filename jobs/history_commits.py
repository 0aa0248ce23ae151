"""Commits of a repository: those of the default branch, then what every other branch has of its own.

All branch ends are noted once, at the beginning, by their commits: what can be reached from a commit never changes, so
no push, merge or deletion makes a hole in the list. All is told as of that moment. What is pushed meanwhile is told by
events, and what was thrown away meanwhile is taken back at the end.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from clients.ado_git import COMMIT_PAGE
from clients.ado_history import HistoryApi
from clients.history_answers import BranchHead, CommitPage, Page
from domain.changes import Change, Removal
from domain.errors import NotFound
from domain.facts import PushFacts
from domain.issue_keys import find_keys
from domain.records import Commit, Push, Repository
from domain.selection import narrow_rules, why_no_branch, why_no_repository
from jobs.devinfo import Road, knowing
from jobs.force_push import Budget, vanished_commits
from jobs.history_pages import Reading, Window, at_once, flatten, read_cursor, read_whole, sift, write_cursor
from jobs.mapping import map_pushed

PAGES_AT_ONCE = 8  # most branches have few commits of their own, so several fit into one reading
CUT_AT_ONCE = 150  # messages that a list cuts, each of which costs a call
MARK_CHARACTERS = 12  # of a branch, whose name is not kept


@dataclass(frozen=True, slots=True)
class Walk:
    """What was noted and what of it is left to read: the ends from number `place` on, the first of them from its commit
    number `skip` on.

    `base` is the end of the default branch, None when that is not told. `ends`: of each branch its last commit, and a
    mark that stands for its name. `noted`: when they were so (ms).
    """

    base: str | None
    ends: tuple[tuple[str, str], ...]
    noted: int
    place: int = 0
    skip: int = 0
    turned: bool | None = None

    @property
    def head(self) -> str | None:
        """The end to read from, None when nothing is left. Several branches may end at one commit."""
        heads = list(dict.fromkeys(sha for sha, _mark in self.ends))
        return heads[self.place] if self.place < len(heads) else None

    def advance(self, commits: int, *, ended: bool, turned: bool) -> "Walk":
        if ended:
            return replace(self, place=self.place + 1, skip=0, turned=None)
        return replace(self, skip=self.skip + commits, turned=turned)


def read_commits(road: Road, window: Window, cursor: str | None) -> Reading:
    """A page of up to about a thousand commits, without their files. Raises the CallError of a call."""
    repository = window.require_repository()
    walk, unread = (parse_walk(cursor), 0) if cursor else begin_walk(road, window, repository)
    try:
        left, found, refused = walk_on(road.history, window, repository, walk)
    except NotFound:
        if cursor is None:
            raise
        # an end it noted was pushed over and collected since; when the repository itself is gone, this tells
        again = read_commits(road, window, None)
        return replace(again, changes=(*again.changes, *take_back(road, window, walk, again.changes)))
    changes, untold = tell_commits(road, replace(window, observed=walk.noted), found)
    if cursor and left.head is None:
        changes = (*changes, *take_back(road, window, walk, changes))
    unread += refused + untold
    return Reading(changes, write_walk(left), len(found) + refused, refused=unread)


def begin_walk(road: Road, window: Window, repository: Repository) -> tuple[Walk, int]:
    """Every end where commits of the window may be, the default branch first, then the newest; ignored branches not.

    With how many branches could not be read.
    """
    if why_no_repository(road.settings, repository):
        return Walk(None, (), window.observed), 0
    listed = list_heads(road.history, repository)
    base = next((head.commit.id for head in listed.entries if head.is_default), None)
    ignored = road.settings
    told = [head for head in listed.entries if head.moved >= window.since and not why_no_branch(ignored, head.name)]
    wanted = sorted((head for head in told if head.is_default or head.ahead), key=_turn)
    ends = tuple((head.commit.id, mark_of(head.name)) for head in wanted)
    return Walk(base, ends, window.observed), listed.refused


def tell_commits(road: Road, window: Window, found: list[Commit]) -> tuple[tuple[Change, ...], int]:
    """Those with keys, and how many could not be read whole or told."""
    repository = window.require_repository()
    whole, unread = read_whole(repository.id, [commit for commit in found if commit.message_cut], road)
    commits = [whole.get(commit.id, commit) for commit in found]
    informed = knowing(road, (commit.message for commit in commits))
    rules = narrow_rules(road.settings, informed.rules, repository)
    named = ((commit.id, PushFacts((commit,))) for commit in commits if find_keys(rules, commit.message))
    push = Push(repository, 0, (), (), window.happened)
    mapped, untold = sift(road, "commit", lambda facts: map_pushed(push, facts, informed), named)
    return flatten(mapped), unread + untold


def take_back(road: Road, window: Window, walk: Walk, told: Collection[Change]) -> tuple[Removal, ...]:
    """The removals of commits that were thrown away since the ends were noted: Jira may not have had them yet when an
    event told of that. `told` is what is about to be sent.
    """
    repository = window.require_repository()
    ends = {mark_of(head.name): head.commit.id for head in list_heads(road.history, repository).entries}
    moved = dict.fromkeys((sha, ends[mark]) for sha, mark in walk.ends if ends.get(mark, sha) != sha)
    also = {change.id for change in told if change.kind == "commit"}
    sequence = max(window.observed, walk.noted)

    def find(move: tuple[str, str]) -> tuple[Removal, ...]:
        return vanished_commits(road, repository.id, *move, sequence=sequence, also=also, budget=Budget.patient())

    return tuple(dict.fromkeys(removal for removals in at_once(find, moved) for removal in removals))


def list_heads(history: HistoryApi, repository: Repository) -> Page[BranchHead]:
    """The branches of a repository, none while it is empty. Raises NotFound when it is gone or disabled."""
    try:
        return history.list_branches(repository.id)
    except NotFound:
        state = history.read_repository(repository.id)
        if state.disabled or not state.empty:
            raise
        return Page((), None)


def walk_on(
    history: HistoryApi, window: Window, repository: Repository, walk: Walk
) -> tuple[Walk, list[Commit], int]:  # fmt: skip
    """What is left after the next commits, these, and how many could not be read. A page with many cut messages is read
    in parts.
    """
    found: list[Commit] = []
    refused = 0
    for _ in range(PAGES_AT_ONCE):
        if walk.head is None or len(found) >= COMMIT_PAGE or count_cut(found) >= CUT_AT_ONCE:
            break
        page = list_page(history, window, repository, walk, walk.head)
        taken = take_some(page.commits, CUT_AT_ONCE - count_cut(found))
        whole = len(taken) == len(page.commits)
        passed = len(taken) + (page.refused if whole else 0)
        walk = walk.advance(passed, ended=whole and passed < COMMIT_PAGE, turned=page.turned)
        found += taken
        refused += page.refused if whole else 0
    return walk, found, refused


def list_page(history: HistoryApi, window: Window, repository: Repository, walk: Walk, head: str) -> CommitPage:
    beside = walk.base if head != walk.base else None
    return history.list_commits(
        repository.id, head, beside=beside, since=window.since, skip=walk.skip, turned=walk.turned
    )


def take_some(commits: tuple[Commit, ...], cut: int) -> tuple[Commit, ...]:
    """The commits up to the one whose message is number `cut` of those that are cut."""
    places = [place for place, commit in enumerate(commits) if commit.message_cut]
    return commits[: places[cut - 1] + 1] if len(places) > cut else commits


def count_cut(commits: Iterable[Commit]) -> int:
    return sum(commit.message_cut for commit in commits)


def write_walk(walk: Walk) -> str | None:
    """None when nothing is left."""
    if walk.head is None:
        return None
    ends = " ".join(f"{sha}.{mark}" for sha, mark in walk.ends)
    return write_cursor(
        base=walk.base, ends=ends, noted=walk.noted, place=walk.place, skip=walk.skip, turned=walk.turned
    )


def parse_walk(cursor: str) -> Walk:
    parts = read_cursor(cursor)
    ends = (end.partition(".") for end in parts["ends"].split())
    marked = tuple((sha, mark) for sha, _dot, mark in ends)
    return Walk(parts.get("base"), marked, parts["noted"], parts["place"], parts["skip"], parts.get("turned"))


def mark_of(branch: str) -> str:
    """Stands for the name of a branch, which is nobody's business to keep."""
    return sha256(branch.encode()).hexdigest()[:MARK_CHARACTERS]


def _turn(head: BranchHead) -> tuple[bool, float]:
    return not head.is_default, -head.moved.timestamp()
