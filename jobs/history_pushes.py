"""Pushes of a repository, told again as their events told them or would have: commits, branches, deleted branches.

Their own times are the sequence numbers: a push says how a branch was then, not how it is now.
"""

from collections.abc import Sequence
from dataclasses import replace

from clients.ado_git import GitApi
from domain.changes import Change
from domain.errors import NotFound
from domain.records import Push
from jobs.devinfo import Road
from jobs.history_pages import flatten, sift
from jobs.mapping import map_event


def tell_pushes(road: Road, pushes: Sequence[Push]) -> tuple[tuple[Change, ...], int]:
    """What pushes, the newest first, changed as their events would tell it, and how many cannot be told."""
    oldest_first = ((push.push_id, push) for push in reversed(pushes))
    mapped, refused = sift(road, "push", lambda push: map_event(with_commits(push, road.git), road), oldest_first)
    return flatten(mapped), refused


def with_commits(push: Push, git: GitApi) -> Push:
    """The push with the commits it brought, as its event lists them; one that only deletes brings none."""
    if not any(update.new for update in push.updates):
        return push
    try:
        return replace(push, commits=git.list_push_commits(push.repository.id, push.push_id))
    except NotFound:  # the repository is told to be gone by whoever asks for its next page
        return push
