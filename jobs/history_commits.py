"""Commits of a repository: those of the default branch, then what every other branch has of its own.

All branch ends are noted once, at the beginning, by their commits: what can be reached from a commit never changes, so
no push, merge or deletion makes a hole in the list. What is pushed meanwhile is told by events.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from clients.ado_git import COMMIT_PAGE
from clients.ado_history import HistoryApi
from clients.history_answers import BranchHead
from domain.errors import NotFound
from domain.issue_keys import find_keys
from domain.records import Commit, Push, PushFacts, Repository
from domain.selection import narrow_rules, why_no_branch, why_no_repository
from jobs.devinfo import Road, knowing
from jobs.history_pages import Reading, Window, read_cursor, read_whole, write_cursor
from jobs.mapping import map_pushed

PAGES_AT_ONCE = 8  # most branches have few commits of their own, so several fit into one reading
CUT_AT_ONCE = 150  # messages that a list cuts, each of which costs a call


@dataclass(frozen=True, slots=True)
class Walk:
    """What is left to read: the ends of branches, the first of them from its commit number `skip` on.

    `base` is the end of the default branch, None when that is not told.
    """

    base: str | None
    heads: tuple[str, ...]
    skip: int = 0
    turned: bool | None = None

    def advance(self, commits: int, *, ended: bool, turned: bool) -> "Walk":
        if ended:
            return replace(self, heads=self.heads[1:], skip=0, turned=None)
        return replace(self, skip=self.skip + commits, turned=turned)


def read_commits(road: Road, window: Window, cursor: str | None) -> Reading:
    """A page of up to about a thousand commits, without their files. Raises the CallError of a call."""
    repository = window.require_repository()
    walk = parse_walk(cursor) if cursor else begin_walk(road, window, repository)
    try:
        walk, found = walk_on(road.history, window, repository, walk)
    except NotFound:
        if cursor is None:
            raise
        # an end it noted was pushed over and collected since; when the repository itself is gone, this tells
        return read_commits(road, window, None)
    push = Push(repository, 0, (), (), window.happened)
    whole = read_whole(repository.id, [commit for commit in found if commit.message_cut], road.git)
    commits = [whole.get(commit.id, commit) for commit in found]
    informed = knowing(road, (commit.message for commit in commits))
    rules = narrow_rules(road.settings, informed.rules, repository)
    named = tuple(commit for commit in commits if find_keys(rules, commit.message))
    return Reading(map_pushed(push, PushFacts(named), informed), write_walk(walk), len(found))


def begin_walk(road: Road, window: Window, repository: Repository) -> Walk:
    """Every end where commits of the window may be, the default branch first, then the newest; ignored branches not."""
    if why_no_repository(road.settings, repository):
        return Walk(None, ())
    heads = list_heads(road.history, repository)
    base = next((head.commit.id for head in heads if head.is_default), None)
    told = [head for head in heads if head.moved >= window.since and not why_no_branch(road.settings, head.name)]
    wanted = sorted((head for head in told if head.is_default or head.ahead), key=_turn)
    return Walk(base, tuple(dict.fromkeys(head.commit.id for head in wanted)))


def list_heads(history: HistoryApi, repository: Repository) -> tuple[BranchHead, ...]:
    """The branches of a repository, none while it is empty. Raises NotFound when it is gone or disabled."""
    try:
        return history.list_branches(repository.id)
    except NotFound:
        state = history.read_repository(repository.id)
        if state.disabled or not state.empty:
            raise
        return ()


def walk_on(history: HistoryApi, window: Window, repository: Repository, walk: Walk) -> tuple[Walk, list[Commit]]:
    """The next commits and what is left after them. A page with many cut messages is read in parts."""
    found: list[Commit] = []
    for _ in range(PAGES_AT_ONCE):
        if not walk.heads or len(found) >= COMMIT_PAGE or count_cut(found) >= CUT_AT_ONCE:
            break
        head = walk.heads[0]
        page = history.list_commits(
            repository.id, head, beside=walk.base if head != walk.base else None, since=window.since, skip=walk.skip,
            turned=walk.turned,
        )  # fmt: skip
        taken = take_some(page.commits, CUT_AT_ONCE - count_cut(found))
        ended = len(taken) == len(page.commits) < COMMIT_PAGE
        walk = walk.advance(len(taken), ended=ended, turned=page.turned)
        found += taken
    return walk, found


def take_some(commits: tuple[Commit, ...], cut: int) -> tuple[Commit, ...]:
    """The commits up to the one whose message is number `cut` of those that are cut."""
    places = [place for place, commit in enumerate(commits) if commit.message_cut]
    return commits[: places[cut - 1] + 1] if len(places) > cut else commits


def count_cut(commits: Iterable[Commit]) -> int:
    return sum(commit.message_cut for commit in commits)


def write_walk(walk: Walk) -> str | None:
    """None when nothing is left."""
    if not walk.heads:
        return None
    return write_cursor(base=walk.base, heads=" ".join(walk.heads), skip=walk.skip, turned=walk.turned)


def parse_walk(cursor: str) -> Walk:
    parts = read_cursor(cursor)
    return Walk(parts.get("base"), tuple(parts["heads"].split()), parts["skip"], parts.get("turned"))


def _turn(head: BranchHead) -> tuple[bool, float]:
    return not head.is_default, -head.moved.timestamp()
