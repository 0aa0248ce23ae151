"""Sends anew what Jira holds of a repository under an old name or address: somebody renamed or moved something.

Goes by the ledger, not by history, so that however old a commit is, its link works again. What the site's choices leave
out by now stays as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from domain.changes import Change, Entity, Kind, Removal
from domain.devinfo import map_rename
from domain.errors import NotFound
from domain.facts import PushFacts
from domain.fingerprints import fingerprint_of
from domain.records import Json, PullRequest, PullRequestChanged, Push, Repository, RepositoryRenamed
from jobs.devinfo import Road, knowing
from jobs.git_facts import gather_pull_request
from jobs.history_pages import Asked, Found, Reader, Reading, Window, at_once, read_cursor, write_cursor
from jobs.history_pulls import map_shown
from jobs.mapping import map_event, map_pushed
from jobs.reconcile_branches import compare_branches, window_of
from jobs.reconcile_round import Round
from store.ledger import LOST, ROWS_AT_ONCE, SentRow

ASKED_AT_ONCE = 50  # each costs a call or two


def renew_repository(turn: Round, repository: Repository) -> bool:
    """Send a repository and everything of it anew; False when the turn ended before. Raises CallError, LinkClosed.

    A build names its repository too, but is reached by an address of its own; it follows with its next news.
    """
    tell_name(turn, repository)
    return compare_branches(turn, repository) and renew_rows(turn, repository)


def tell_name(turn: Round, repository: Repository) -> None:
    """Send a repository as it is called and reached now. Raises CallError, LinkClosed."""
    turn.send(map_event(RepositoryRenamed(repository, window_of(turn, repository).happened), turn.road))


def renew_rows(turn: Round, repository: Repository) -> bool:
    """Send commits under an old address and all pull requests anew; False when the turn ended before."""
    readers: Mapping[str, Reader] = {"old commits": CommitRereader(), "old pull requests": PullRereader()}
    return all(turn.read_through(job, reader, 0, repository) for job, reader in readers.items())


def is_outdated(turn: Round, described: Entity) -> bool:
    """Whether Jira was sent something of a repository under another name or address than it has now.

    Commits show it; those that Jira lost do not. Where there are none nobody knows, and all is looked at once.
    """
    after: str | None = ""
    while after is not None:
        rows = _page_rows(turn.road, described.id, "commit", after)
        if any(row.fingerprint not in {LOST, _commit_fingerprint(row, described.body)} for row in rows):
            return True
        if not rows:
            return not after
        after = rows[-1].entity_id if len(rows) == ROWS_AT_ONCE else None
    return False


def describe_repository(road: Road, window: Window) -> Entity:
    """A repository as it is called and reached now."""
    changes = map_rename(RepositoryRenamed(window.require_repository(), window.happened), road.source)
    return next(change for change in changes if isinstance(change, Entity))


@dataclass(frozen=True, slots=True)
class CommitRereader:
    """Reads a page of the commits that were sent otherwise, or only of those that are stale, as they are now; and the
    removal of those that Azure DevOps no longer has.
    """

    stale: bool = False

    def __call__(self, road: Road, window: Window, cursor: str | None) -> Reading:
        repository = window.require_repository()
        body = describe_repository(road, window).body

        def is_old(row: SentRow) -> bool:
            return row.state == "stale" or row.fingerprint != _commit_fingerprint(row, body)

        page, left = _page_after(road, repository.id, "commit", cursor, stale=self.stale, is_old=is_old)
        found = at_once(_or_none(lambda row: road.git.read_commit(repository.id, row.entity_id)), page)
        commits = tuple(commit for commit in found if commit is not None)
        informed = knowing(road, (commit.message for commit in commits))
        told = map_pushed(Push(repository, 0, (), (), window.happened), PushFacts(commits), informed)
        return Reading((*told, *_remove_lost("commit", page, found, window)), left, len(page))


@dataclass(frozen=True, slots=True)
class PullRereader:
    """Reads a page of the pull requests that were sent, or only of those that are stale, as they are now."""

    stale: bool = False

    def __call__(self, road: Road, window: Window, cursor: str | None) -> Reading:
        repository = window.require_repository()
        page, left = _page_after(road, repository.id, "pull_request", cursor, stale=self.stale)
        found = at_once(_or_none(lambda row: road.git.read_pull_request(repository.id, int(row.entity_id))), page)
        told = at_once(partial(_tell_pull, road, window), [shown for shown in found if shown is not None])
        changes = tuple(change for changes in told for change in changes)
        return Reading((*changes, *_remove_lost("pull_request", page, found, window)), left, len(page))


def _tell_pull(road: Road, window: Window, shown: PullRequest) -> tuple[Change, ...]:
    informed = knowing(road, (shown.title, shown.source_branch, shown.description))
    facts = gather_pull_request(PullRequestChanged(shown, window.happened), road.git)
    return map_shown(shown, facts, informed, window)


def _commit_fingerprint(row: SentRow, repository: Json) -> str:
    """What the fingerprint of a commit would be if it were sent now with the keys it has."""
    return fingerprint_of(Entity("commit", row.entity_id, 0, row.keys, {}, row.within, repository))


def _page_after(
    road: Road, repository_id: str, kind: Kind, cursor: str | None, *, stale: bool,
    is_old: Callable[[SentRow], bool] = lambda row: True,
) -> tuple[list[SentRow], str | None]:  # fmt: skip
    """The next rows that `is_old` names, and the cursor after them. By id, because new rows come in meanwhile."""
    rows = _page_rows(road, repository_id, kind, read_cursor(cursor).get("after", ""), stale=stale)
    old = [row for row in rows if is_old(row)]
    if len(old) > ASKED_AT_ONCE:
        return old[:ASKED_AT_ONCE], write_cursor(after=old[ASKED_AT_ONCE - 1].entity_id)
    return old, write_cursor(after=rows[-1].entity_id) if len(rows) == ROWS_AT_ONCE else None


def _page_rows(road: Road, repository_id: str, kind: Kind, after: str, *, stale: bool = False) -> Sequence[SentRow]:
    where = (road.installation_id, road.link_id, repository_id, kind)
    return road.ledger.page_inside(*where, after=after, limit=ROWS_AT_ONCE, stale=stale)


def _remove_lost(
    kind: Kind, page: Sequence[SentRow], found: Sequence[object], window: Window
) -> tuple[Removal, ...]:  # fmt: skip
    lost = (row.entity_id for row, answer in zip(page, found, strict=True) if answer is None)
    return tuple(Removal(kind, name, window.observed, window.require_repository().id) for name in lost)


def _or_none(read: Callable[[Asked], Found]) -> Callable[[Asked], Found | None]:
    def attempt(asked: Asked) -> Found | None:
        try:
            return read(asked)
        except NotFound:
            return None

    return attempt
