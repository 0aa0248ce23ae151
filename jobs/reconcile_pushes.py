"""Pushes of one repository, a hundred at a time: the later ones decide what became of what the earlier ones brought."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clients.ado_history import PULLS_PAGE
from domain.records import Push
from jobs.devinfo import Road
from jobs.force_push import Move, find_vanished, moves_of
from jobs.history_pages import Reading, Window, read_cursor, write_cursor
from jobs.history_pushes import tell_pushes
from jobs.reconcile_round import Round

SEEN = "seen"  # the mark that says when something last went on in a repository
PUSHES_TOGETHER = PULLS_PAGE  # one list


@dataclass(frozen=True, slots=True)
class PushReader:
    """A reader of what pushes brought and moved, and of commits that a forced push among them took away.

    Notes that something goes on in their repository.
    """

    turn: Round

    def __call__(self, road: Road, window: Window, cursor: str | None) -> Reading:
        skip = read_cursor(cursor).get("skip", 0)
        pushes = list_together(road, window, skip)
        if not pushes and not skip:
            return Reading((), None, 0)
        self.turn.move(SEEN, self.turn.services.now(), window.require_repository().id)
        changes, refused = tell_pushes(road, pushes)
        is_last = len(pushes) < PUSHES_TOGETHER
        # what earlier pages sent may have gone in this one, or while they were read
        moved = list_every(road, window) if is_last and skip else pushes
        found = find_vanished(road, moves_in(moved), changes)
        # what is gone was looked up just now, and may have been sent long after the push that threw it away
        vanished = (replace(one, sequence=max(one.sequence, window.observed)) for one in found)
        left = None if is_last else write_cursor(skip=skip + PUSHES_TOGETHER)
        return Reading((*changes, *vanished), left, len(pushes), refused=refused)


def list_together(road: Road, window: Window, skip: int) -> Sequence[Push]:
    """Pushes with the branches they moved, newest first."""
    return road.history.list_pushes(window.require_repository(), window.since, skip=skip, top=PUSHES_TOGETHER)


def list_every(road: Road, window: Window) -> Sequence[Push]:
    found: list[Push] = []
    while page := list_together(road, window, len(found)):
        found += page
        if len(page) < PUSHES_TOGETHER:
            break
    return found


def moves_in(pushes: Sequence[Push]) -> tuple[Move, ...]:
    """In the order in which they happened."""
    return tuple(move for push in reversed(pushes) for move in moves_of(push))
