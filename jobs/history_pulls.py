"""Pull requests: all that are open, then those that were closed in the window.

Whatever was opened in the window is one or the other. When one was edited is not listed anywhere, so each is told as it
is now. It is dated by its closing or opening, or by the last vote, comment or push when that came later.
"""

from datetime import datetime, timedelta

from clients.ado_git import WHOLE_DESCRIPTION
from clients.ado_history import PULLS_PAGE
from clients.history_answers import Page
from domain.changes import Change, Entity
from domain.facts import PullRequestFacts
from domain.issue_keys import find_keys
from domain.json_fields import parse_moment
from domain.records import Json, PullRequest, PullRequestChanged
from domain.selection import narrow_rules, why_no_pull_request
from jobs.devinfo import Road, knowing
from jobs.git_facts import gather_pull_request
from jobs.history_pages import Reading, Window, flatten, read_cursor, sift, write_cursor
from jobs.mapping import map_pulled

KIND = "pull_request"
SECOND = timedelta(seconds=1)  # times in questions are cut to seconds
# Closed ones are asked for by their place; one that is opened again meanwhile moves those behind it forward by one
OVERLAP = 10


def read_pull_requests(road: Road, window: Window, cursor: str | None) -> Reading:
    """A page of up to PULLS_PAGE pull requests of a repository or of the project. Raises the CallError of a call.

    Only those with a key are told. While reconciling also those without: their removal, because a key may have been
    edited out.
    """
    parts = read_cursor(cursor)
    closed = parts.get("phase") == "closed"
    found = list_closed(road, window, parts) if closed else list_open(road, window, parts)
    fresh = [(shown.id, shown) for shown in found.entries if (shown.status == "active") is not closed]
    informed = knowing(road, (text for _, shown in fresh for text in _texts(shown)))
    gathered, lost = sift(road, KIND, lambda shown: (shown, gather_shown(shown, informed)), fresh)
    informed = knowing(informed, (facts.description for _, facts in gathered if facts.description))
    told = ((one[0].id, one) for one in gathered)
    mapped, untold = sift(road, KIND, lambda one: map_shown(*one, informed, window), told)
    left = go_on_closed(found, parts) if closed else go_on_open(found, parts)
    return Reading(flatten(mapped), left, len(fresh) + found.refused, refused=found.refused + lost + untold)


def list_open(road: Road, window: Window, parts: Json) -> Page[PullRequest]:
    until = parse_moment(parts["until"]) if "until" in parts else None
    return _list(road, window, status="active", until=until, skip=parts.get("skip", 0))


def list_closed(road: Road, window: Window, parts: Json) -> Page[PullRequest]:
    return _list(road, window, since=window.since, skip=parts.get("skip", 0))


def go_on_open(found: Page[PullRequest], parts: Json) -> str:
    """By the time the last one was opened: places move when pull requests are closed, times do not."""
    if found.seen < PULLS_PAGE:
        return write_cursor(phase="closed")
    oldest = min((shown.created for shown in found.entries), default=None)
    until = (oldest.replace(microsecond=0) + SECOND).isoformat() if oldest else parts.get("until")
    if oldest is None or ("until" in parts and until >= parts["until"]):  # all unreadable, or of one second
        return write_cursor(phase="open", until=parts.get("until"), skip=parts.get("skip", 0) + PULLS_PAGE)
    return write_cursor(phase="open", until=until)


def go_on_closed(found: Page[PullRequest], parts: Json) -> str | None:
    if found.seen < PULLS_PAGE:
        return None
    return write_cursor(phase="closed", skip=parts.get("skip", 0) + PULLS_PAGE - OVERLAP)


def gather_shown(shown: PullRequest, road: Road) -> PullRequestFacts:
    """Comments and the whole description are asked for when the pull request has a key, or may have one."""
    rules = narrow_rules(road.settings, road.rules, shown.repository)
    named = find_keys(rules, *_texts(shown)) or len(shown.description) >= WHOLE_DESCRIPTION
    if not named or why_no_pull_request(road.settings, shown):
        return PullRequestFacts()
    return gather_pull_request(PullRequestChanged(shown, shown.created), road.git)


def map_shown(shown: PullRequest, facts: PullRequestFacts, road: Road, window: Window) -> tuple[Change, ...]:
    ended = shown.closed or shown.created
    event = PullRequestChanged(shown, window.happened, updated=max(ended, facts.touched or ended))
    changes = map_pulled(event, facts, road)
    return tuple(change for change in changes if isinstance(change, Entity) or road.lane == "reconcile")


def _list(
    road: Road, window: Window, *, status: str = "all", since: datetime | None = None, until: datetime | None = None,
    skip: int,
) -> Page[PullRequest]:  # fmt: skip
    repository = window.repository
    return road.history.list_pull_requests(
        road.source.project_id, repository_id=repository.id if repository else None, status=status,
        by="closed" if since else "created", since=since, until=until, skip=skip,
    )  # fmt: skip


def _texts(shown: PullRequest) -> tuple[str, str, str]:
    return shown.title, shown.source_branch, shown.description
