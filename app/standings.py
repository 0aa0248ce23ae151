"""How one thing stands: from its place in Azure DevOps over the rules and settings to what Jira was sent of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.findings import Finding
from domain.builds import BUILD_KEYS
from domain.issue_keys import Candidate, KeyRules, explain_keys
from domain.jira_limits import ENTITY_KEYS
from domain.selection import (
    narrow_rules,
    path_filters,
    select_shipped,
    why_no_author,
    why_no_branch,
    why_no_pipeline,
    why_no_pull_request,
    why_no_repository,
)
from domain.site_settings import SiteSettings
from domain.verdicts import Case, SentState, Verdict, judge_case
from services import Services
from store.ledger import SentRow
from store.links import Link
from store.traces import Trace

EVENTS_SHOWN = 50
NOUNS = {
    "commit": "commit", "branch": "branch", "pull_request": "pull request", "build": "build",
    "deployment": "deployment", "release": "release", "environment": "environment",
}  # fmt: skip
KIND_WORDS = {
    "commit": "commits", "branch": "branches", "pull_request": "pullRequests", "build": "builds",
    "deployment": "deployments",
}  # fmt: skip
FILTERED = "its changes count only where they touch the paths that the settings name"


@dataclass(frozen=True, slots=True)
class Standing:
    """One thing in one place. `project` and `repository` are names, None when only the ledger knows of it."""

    kind: str
    id: str
    link_id: str
    verdict: Verdict
    repository_id: str | None = None
    project: str | None = None
    repository: str | None = None
    candidates: tuple[Candidate, ...] = ()
    sent: tuple[SentRow, ...] = ()
    events: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What of a finding counts as its words, and in words, which part of what was read in part."""

    texts: tuple[str, ...]
    unread: str | None


def words_of(found: Finding, settings: SiteSettings) -> Words:
    """Its texts and those of the parts it brings, as the settings count them."""
    if found.shipped and path_filters(settings, found.pipeline):
        return Words(found.texts, FILTERED)
    parts = select_shipped(settings, found.shipped)
    left_out = found.kind == "deployment" and why_no_repository(settings, found.repository)
    return Words((*(() if left_out else found.texts), *(text for part in parts for text in part.texts)), found.unread)


def stand_found(
    services: Services, found: Finding, settings: SiteSettings, rules: KeyRules, sent: Sequence[SentRow]
) -> Standing:
    """Of a thing that Azure DevOps has. `rules`: of its link, for its words. `sent`: rows that may be of it."""
    link, words = found.place.link, words_of(found, settings)
    candidates = explain_keys(narrow_rules(settings, rules, found.repository), *words.texts)
    own = tuple(row for row in sent if _is_of(row, found))
    events = events_of(services, [link], (f"{found.kind}:{found.id}", *found.told_as))
    case = Case(
        NOUNS[found.kind], seen=True, kind_sent=_is_sent(found.kind, link, settings),
        excluded=_why_not(settings, found), nothing=found.nothing, candidates=candidates, unread=words.unread,
        sent=newest_state(own), dead=_dead_reason(events), waiting=services.queue.depth(link.id)[0],
        over_cap=_count_beyond(found.kind, candidates),
    )  # fmt: skip
    home = found.repository
    return Standing(
        found.kind, found.id, link.id, judge_case(case), home.id if home else None, home.project if home else None,
        home.name if home else None, candidates, own, events,
    )  # fmt: skip


def stand_sent(services: Services, row: SentRow, links: Sequence[Link], *, seen: bool | None) -> Standing:
    """Of a thing that only the ledger knows. `seen`: False when Azure DevOps does not have it, None when it cannot be
    said.
    """
    identity = row.entity_id.rpartition("/")[2] if row.kind == "build" else row.entity_id
    own = [link for link in links if link.id == row.link_id]
    events = events_of(services, own, (f"{row.kind}:{identity}",))
    verdict = judge_case(Case(NOUNS[row.kind], seen=seen, sent=newest_state([row])))
    return Standing(row.kind, identity, row.link_id, verdict, row.repository_id, sent=(row,), events=events)


def newest_state(sent: Sequence[SentRow]) -> SentState | None:
    return state_of(max(sent, key=lambda row: row.sent_at)) if sent else None


def state_of(row: SentRow) -> SentState:
    return SentState(row.state, row.answer, row.keys, row.unknown_keys)


def events_of(services: Services, links: Sequence[Link], told_as: Sequence[str]) -> tuple[Trace, ...]:
    """The events of some links that told of a thing by one of its ids (as in `Trace`), the newest first."""
    found = [trace for link in links for trace in services.traces.find(link.id, told_as)]
    return tuple(sorted(found, key=lambda trace: -trace.at)[:EVENTS_SHOWN])


def _is_of(row: SentRow, found: Finding) -> bool:
    """Numbers and commits repeat: in other organizations, and in forks."""
    if row.kind != found.kind or row.link_id != found.place.link.id:
        return False
    if row.kind in {"build", "deployment"}:
        return row.entity_id.endswith(f"/{found.id}") or row.entity_id == found.id
    return found.repository is not None and row.within == found.repository.id


def _count_beyond(kind: str, candidates: Sequence[Candidate]) -> int:
    """How many of the issues that count are too many for Jira, whether an event of it is remembered or not."""
    most = BUILD_KEYS if kind == "build" else ENTITY_KEYS
    return max(0, len({found.key for found in candidates if found.refused is None}) - most)


def _is_sent(kind: str, link: Link, settings: SiteSettings) -> bool:
    word = KIND_WORDS[kind]
    return word in link.kinds and (settings.kinds is None or word in settings.kinds)


def _why_not(settings: SiteSettings, found: Finding) -> str | None:
    if found.pull_request:
        return why_no_pull_request(settings, found.pull_request)
    if found.kind == "deployment":  # what is left out of its repository does not count, and the rest does
        return why_no_pipeline(settings, found.pipeline) if found.pipeline else None
    return (
        why_no_repository(settings, found.repository)
        or (why_no_branch(settings, found.branch) if found.branch else None)
        or why_no_author(settings, found.author)
        or (why_no_pipeline(settings, found.pipeline) if found.pipeline else None)
    )


def _dead_reason(events: Sequence[Trace]) -> str | None:
    """Why the event that told of it was given up, when the newest one was."""
    return events[0].words if events and events[0].outcome == "dead" else None
