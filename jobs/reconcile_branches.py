"""Branches of one repository beside what Jira has of them: those that are gone are taken away, those that moved sent.

Reads the ends of all branches, and the last commit only of those that Jira shows otherwise.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from clients.ado_remains import list_heads
from domain.changes import Entity, Removal
from domain.devinfo import branch_id
from domain.facts import PushFacts
from domain.fingerprints import fingerprint_of
from domain.git_events import branch_name
from domain.records import Commit, Person, Push, RefUpdate, Repository
from jobs.devinfo import Road, knowing
from jobs.history_pages import Window
from jobs.mapping import map_event, map_pushed
from jobs.reconcile_round import Round, as_time
from store.ledger import SentRow

BRANCHES_AT_ONCE = 50  # each costs a call
NOBODY = Person("", None)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def compare_branches(turn: Round, repository: Repository) -> bool:
    """Bring Jira's branches of a repository in line with it; False when the turn ended before: what was sent counts.

    Raises the CallError of a call, LinkClosed.
    """
    if turn.is_over():
        return False
    window = window_of(turn, repository)  # before the heads are listed: what moves from then on is newer
    heads = list_heads(turn.client, repository.id)
    rows = turn.services.ledger.list_repository(turn.link.id, repository.id, "branch")
    turn.send(find_gone(rows, heads, window))
    road = knowing(turn.road, heads)
    told = {row.entity_id for row in rows}
    shown = heads if turn.has_history else {ref: sha for ref, sha in heads.items() if _id_of(ref) in told}
    moved = find_moved(rows, shown, window, road)
    for start in range(0, len(moved), BRANCHES_AT_ONCE):
        if turn.is_over():
            return False
        page = moved[start : start + BRANCHES_AT_ONCE]
        turn.send(map_event(Push(repository, 0, page, (), window.happened), road))
        turn.worked = True
    return True


def find_gone(rows: Sequence[SentRow], heads: Mapping[str, str], window: Window) -> tuple[Removal, ...]:
    """The removal of each branch that Jira was sent and that is no more."""
    there = {_id_of(ref) for ref in heads}
    repository = window.require_repository()
    gone = (row.entity_id for row in rows if row.entity_id not in there)
    return tuple(Removal("branch", name, window.observed, repository.id) for name in gone)


def find_moved(
    rows: Sequence[SentRow], heads: Mapping[str, str], window: Window, road: Road
) -> tuple[RefUpdate, ...]:  # fmt: skip
    """The branches with a key that Jira was never sent or was sent otherwise: with another end, name or address."""
    sent = {row.entity_id: row.fingerprint for row in rows if row.state != "stale"}
    outlined = outline_branches(heads, window, road)
    known = {entity.id for entity in outlined if sent.get(entity.id) == fingerprint_of(entity)}
    wanted = {entity.id for entity in outlined} - known
    return tuple(RefUpdate(ref, None, sha) for ref, sha in heads.items() if _id_of(ref) in wanted)


def outline_branches(heads: Mapping[str, str], window: Window, road: Road) -> tuple[Entity, ...]:
    """Every branch with a key as far as it is known without its last commit; enough for its fingerprint."""
    updates = tuple(RefUpdate(ref, None, sha) for ref, sha in heads.items())
    ends = {ref: Commit(sha, "", NOBODY, BEGINNING) for ref, sha in heads.items()}
    push = Push(window.require_repository(), 0, updates, (), window.happened)
    changes = map_pushed(push, PushFacts(heads=ends), road)
    return tuple(change for change in changes if isinstance(change, Entity) and change.kind == "branch")


def _id_of(ref: str) -> str:
    return branch_id(branch_name(ref))


def window_of(turn: Round, repository: Repository) -> Window:
    """What is so now."""
    observed = turn.observe()
    return Window(repository, as_time(observed), observed)
