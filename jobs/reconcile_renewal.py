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
from domain.fingerprints import fingerprint_of
from domain.records import Json, PullRequest, PullRequestChanged, Push, PushFacts, Repository, RepositoryRenamed
from jobs.devinfo import Road, knowing
from jobs.git_facts import gather_pull_request
from jobs.history_pages import Asked, Found, Reader, Reading, Window, at_once, read_cursor, write_cursor
from jobs.mapping import map_event, map_pulled, map_pushed
from jobs.reconcile_branches import compare_branches, window_of
from jobs.reconcile_round import Round
from store.ledger import Ledger, SentRow

ROWS_AT_ONCE = 50  # each costs a call or two


def renew_repository(turn: Round, repository: Repository) -> bool:
    """Send a repository and everything of it anew; False when the turn ended before. Raises CallError, LinkClosed.

    A build names its repository too, but is reached by an address of its own; it follows with its next news.
    """
    window = window_of(turn, repository)
    turn.send(map_event(RepositoryRenamed(repository, window.happened), turn.road))
    return compare_branches(turn, repository) and renew_rows(turn, repository, is_old=lambda row: True)


def renew_rows(turn: Round, repository: Repository, *, is_old: Callable[[SentRow], bool]) -> bool:
    """Send commits and pull requests anew: commits under an old address, and of the rest those that `is_old` names."""
    readers: Mapping[str, Reader] = {"old commits": reread_commits, "old pull requests": PullRereader(is_old)}
    return all(turn.read_through(kind, reader, 0, repository) for kind, reader in readers.items())


def is_outdated(ledger: Ledger, link_id: str, described: Entity) -> bool:
    """Whether Jira was sent something of a repository under another name or address than it has now.

    Commits show it. Where there are none nobody knows, and all is looked at once.
    """
    rows = ledger.list_repository(link_id, described.id)
    commits = [row for row in rows if row.kind == "commit"]
    return not commits or any(row.fingerprint != _commit_fingerprint(row, described.body) for row in commits)


def is_stale(row: SentRow) -> bool:
    """Whether nobody knows what Jira holds of it."""
    return row.state == "stale"


def describe_repository(road: Road, window: Window) -> Entity:
    """A repository as it is called and reached now."""
    changes = map_rename(RepositoryRenamed(window.require_repository(), window.happened), road.source)
    return next(change for change in changes if isinstance(change, Entity))


def reread_commits(road: Road, window: Window, cursor: str | None) -> Reading:
    """A page of the commits that were sent otherwise; the removal of those that Azure DevOps no longer has."""
    repository = window.require_repository()
    body = describe_repository(road, window).body
    rows = road.ledger.list_repository(road.link_id, repository.id, "commit")
    old = [row for row in rows if is_stale(row) or row.fingerprint != _commit_fingerprint(row, body)]
    page, left = _page_after(old, cursor)
    found = at_once(_or_none(lambda row: road.git.read_commit(repository.id, row.entity_id)), page)
    commits = tuple(commit for commit in found if commit is not None)
    informed = knowing(road, (commit.message for commit in commits))
    told = map_pushed(Push(repository, 0, (), (), window.happened), PushFacts(commits), informed)
    return Reading((*told, *_remove_lost("commit", page, found, window)), left, len(page))


@dataclass(frozen=True, slots=True)
class PullRereader:
    """Reads a page of the pull requests that were sent and that `is_old` names, as they are now."""

    is_old: Callable[[SentRow], bool]

    def __call__(self, road: Road, window: Window, cursor: str | None) -> Reading:
        repository = window.require_repository()
        rows = road.ledger.list_repository(road.link_id, repository.id, "pull_request")
        page, left = _page_after([row for row in rows if self.is_old(row)], cursor)
        found = at_once(_or_none(lambda row: road.git.read_pull_request(repository.id, int(row.entity_id))), page)
        told = at_once(partial(_tell_pull, road, window), [shown for shown in found if shown is not None])
        changes = tuple(change for changes in told for change in changes)
        return Reading((*changes, *_remove_lost("pull_request", page, found, window)), left, len(page))


def _tell_pull(road: Road, window: Window, shown: PullRequest) -> tuple[Change, ...]:
    event = PullRequestChanged(shown, window.happened, updated=shown.closed or shown.created)
    informed = knowing(road, (shown.title, shown.source_branch, shown.description))
    return map_pulled(event, gather_pull_request(event, road.git), informed)


def _commit_fingerprint(row: SentRow, repository: Json) -> str:
    """What the fingerprint of a commit would be if it were sent now with the keys it has."""
    return fingerprint_of(Entity("commit", row.entity_id, 0, row.keys, {}, row.within, repository))


def _page_after(rows: Sequence[SentRow], cursor: str | None) -> tuple[list[SentRow], str | None]:
    """By id, because new rows come in while the old ones are read."""
    after = read_cursor(cursor).get("after", "")
    rest = sorted((row for row in rows if row.entity_id > after), key=lambda row: row.entity_id)
    page = rest[:ROWS_AT_ONCE]
    return page, write_cursor(after=page[-1].entity_id) if len(page) < len(rest) else None


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
