"""Pushes of one repository, a hundred at a time: the later ones decide what became of what the earlier ones brought."""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.ado_history import PULLS_PAGE
from domain.changes import Change
from domain.records import Push
from jobs.devinfo import Road
from jobs.force_push import Move, find_vanished, moves_of
from jobs.history import Reading, Window, read_pushes
from jobs.history_pages import read_cursor
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
        pushes = list_together(road, window, read_cursor(cursor).get("skip", 0))
        if not pushes:
            return Reading((), None, 0)
        self.turn.move(SEEN, self.turn.services.now(), window.require_repository().id)
        changes, left = read_together(road, window, cursor, len(pushes))
        if left is None and cursor is not None:  # what earlier readings sent may have gone in this one
            pushes = list_every(road, window)
        vanished = find_vanished(road, moves_in(pushes), changes)
        return Reading((*changes, *vanished), left, len(pushes))


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


def read_together(
    road: Road, window: Window, cursor: str | None, count: int
) -> tuple[tuple[Change, ...], str | None]:  # fmt: skip
    """What the next `count` pushes changed, and the cursor after them."""
    changes: list[Change] = []
    while count > 0:
        page = read_pushes(road, window, cursor)
        changes += page.changes
        count, cursor = count - page.seen, page.cursor
        if cursor is None:
            break
    return tuple(changes), cursor


def moves_in(pushes: Sequence[Push]) -> tuple[Move, ...]:
    """In the order in which they happened."""
    return tuple(move for push in reversed(pushes) for move in moves_of(push))
