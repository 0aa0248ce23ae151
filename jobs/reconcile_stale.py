"""Sends anew what Jira may have lost. What cannot be sent any more, by the site's choices or because Azure DevOps has
it no more, is settled, so that nobody looks for it for ever.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import partial

from clients.history_answers import RepositoryState
from domain.changes import Kind
from domain.records import Repository
from domain.subscriptions import LinkKind
from jobs.history_pages import Reader
from jobs.reconcile_branches import compare_branches
from jobs.reconcile_failures import Ending, attempt
from jobs.reconcile_reading import RUN_KINDS, reread_runs
from jobs.reconcile_renewal import CommitRereader, PullRereader, tell_name
from jobs.reconcile_round import DAY, Round
from linkage.reconciling import ASKED
from store.ledger import StalePlace
from store.marks import WHOLE

STALE = "stale"  # the mark that says when everything stale was last sent anew
DEVELOPMENT: Mapping[Kind, LinkKind] = {"branch": "branches", "commit": "commits", "pull_request": "pullRequests"}
READERS: Mapping[Kind, Reader] = {"commit": CommitRereader(stale=True), "pull_request": PullRereader(stale=True)}


def send_stale(turn: Round, present: Sequence[RepositoryState]) -> bool:
    """Send anew what is stale in the repositories that can be read; False when the turn ended before. Raises as
    `attempt` does.

    Once a day, or when everything is asked for: what is left belongs to kinds and places that cannot be read now.
    """
    places = turn.services.ledger.list_stale(turn.link.id)
    if not places or not turn.is_due(STALE, every=DAY) or _is_filling(turn):
        return True
    began, endings = turn.services.now(), set[Ending]()
    for ending in _send_places(turn, places, present):
        if ending == "over":
            return False
        endings.add(ending)
    if "failed" not in endings:
        turn.move(STALE, began)
    return True


def _is_filling(turn: Round) -> bool:
    """Whether a back-fill is under way: it reads by the thousand what would be read one by one here."""
    found = turn.services.backfills.find(turn.link.id)
    return found is not None and found.state in {"queued", "running"}


def _send_places(turn: Round, places: Sequence[StalePlace], present: Sequence[RepositoryState]) -> Iterator[Ending]:
    for state in present:
        name = state.repository.id
        kinds = {place.kind for place in places if place.repository_id == name} & {*DEVELOPMENT, "repository"}
        if kinds and not state.disabled:
            yield attempt(turn, STALE, name, partial(_send_repository, turn, state.repository, kinds))
    for word, kind in RUN_KINDS.items():
        oldest = [place.oldest for place in places if place.kind == word]
        if oldest and kind in turn.road.kinds:
            yield _send_runs(turn, word, kind, turn.reach_back(min(oldest)))


def _send_repository(turn: Round, repository: Repository, kinds: Set[Kind]) -> bool:
    wanted = [word for word, kind in DEVELOPMENT.items() if word in kinds and kind in turn.road.kinds]
    if not all(_send_kind(turn, repository, word) for word in wanted):
        return False
    if turn.services.ledger.holds_development(turn.link.id, repository.id):
        if "repository" in kinds:
            tell_name(turn, repository)
    else:
        _settle(turn, "repository", repository.id, turn.services.now())
    return True


def _send_kind(turn: Round, repository: Repository, word: Kind) -> bool:
    began = turn.services.now()
    if word == "branch":
        done = compare_branches(turn, repository)
    else:
        job = f"stale {DEVELOPMENT[word]}"
        done = turn.read_through(job, READERS[word], 0, repository)
        began = turn.mark(job, repository.id)
    if done:
        _settle(turn, word, repository.id, began)
    return done


def _send_runs(turn: Round, word: Kind, kind: LinkKind, since: int) -> Ending:
    job = f"stale {kind}"
    ending = reread_runs(turn, job, kind, since)
    if ending == "done":
        _settle(turn, word, None, turn.mark(job))
    return ending


def _settle(turn: Round, word: Kind, repository_id: str | None, began: int) -> None:
    """When everything was asked for since the reading began (ms), Jira may have lost more; then it is read again."""
    asked = turn.services.marks.read(turn.link.id).get((ASKED, WHOLE), 0)
    if asked <= began:
        turn.services.ledger.settle_stale(turn.link.installation_id, turn.link.id, word, repository_id, began)
