"""Branches of a repository whose names have keys, as they are now, each with its last commit."""

from collections.abc import Mapping

from clients.history_answers import BranchHead
from domain.facts import PushFacts
from domain.git_events import BRANCH_PREFIX
from domain.issue_keys import find_keys
from domain.records import Commit, Push, RefUpdate, Repository
from domain.selection import narrow_rules, why_no_repository
from jobs.devinfo import Road, knowing
from jobs.history_commits import list_heads
from jobs.history_pages import Reading, Window, flatten, read_cursor, read_whole, sift, write_cursor
from jobs.mapping import map_pushed

BRANCHES_AT_ONCE = 100  # each costs a call, because the list shows too little of the last commit


def read_branches(road: Road, window: Window, cursor: str | None) -> Reading:
    """The newest branches, then all of them by name: names keep their places while people push.

    Most repositories have fewer branches with keys than the first page takes. Raises the CallError of a call.
    """
    repository = window.require_repository()
    if why_no_repository(road.settings, repository):
        return Reading((), None, 0)
    listed = list_heads(road.history, repository)
    heads = listed.entries
    informed = knowing(road, (head.name for head in heads))
    rules = narrow_rules(road.settings, informed.rules, repository)
    keyed = [head for head in heads if find_keys(rules, head.name)]
    if cursor is None:
        page = sorted(keyed, key=lambda head: head.moved, reverse=True)[:BRANCHES_AT_ONCE]
        after = "" if len(page) < len(keyed) else None
    else:
        rest = sorted((head for head in keyed if head.name > read_cursor(cursor)["after"]), key=lambda head: head.name)
        page = rest[:BRANCHES_AT_ONCE]
        after = page[-1].name if len(page) < len(rest) else None
    left = write_cursor(after=after) if after is not None else None
    seen = listed.seen if left is None else len(page)
    whole, unread = read_whole(repository.id, [head.commit for head in page], informed)
    pushes = ((head.commit.id, describe_head(head, whole, window, repository)) for head in page)
    mapped, untold = sift(road, "branch", lambda push: map_pushed(*push, informed), pushes)
    lost = listed.refused if left is None else 0
    return Reading(flatten(mapped), left, seen, len(keyed), refused=lost + unread + untold)


def describe_head(
    head: BranchHead, whole: Mapping[str, Commit], window: Window, repository: Repository
) -> tuple[Push, PushFacts]:
    """A push that made the branch; its last commit as it was listed when it cannot be read."""
    ref = BRANCH_PREFIX + head.name
    push = Push(repository, 0, (RefUpdate(ref, None, head.commit.id),), (), window.happened)
    return push, PushFacts(heads={ref: whole.get(head.commit.id, head.commit)})
