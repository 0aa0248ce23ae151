"""Puts together what is known of a thing or an issue: Azure DevOps, the rules, the settings, the ledger, the events."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.lookups import Finding, Search, find_pasted, open_places
from domain.devinfo import branch_id
from domain.issue_keys import Candidate, KeyRules, explain_keys
from domain.pasted import Pasted, read_pasted
from domain.selection import (
    narrow_rules,
    why_no_author,
    why_no_branch,
    why_no_pipeline,
    why_no_pull_request,
    why_no_repository,
)
from domain.site_settings import SiteSettings
from domain.verdicts import Case, SentState, Verdict, judge_case, judge_text
from linkage.key_rules import confirm_projects, read_rules
from services import Services
from store.installations import Installation
from store.ledger import SentRow
from store.links import Link
from store.traces import Trace

SENT_SHOWN = 200
EVENTS_SHOWN = 50
NOUNS = {"commit": "commit", "branch": "branch", "pull_request": "pull request", "build": "build"}
KIND_WORDS = {"commit": "commits", "branch": "branches", "pull_request": "pullRequests", "build": "builds"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was understood (`kind`, `id`), the keys, what was sent, the events that told of it, and the verdict."""

    kind: str
    id: str
    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()
    sent: tuple[SentRow, ...] = ()
    events: tuple[Trace, ...] = ()


def explain_text(services: Services, installation: Installation, text: str) -> Explanation:
    """Of anything pasted: a thing of Azure DevOps when it looks like one and is there, else the keys of the text."""
    pasted = read_pasted(text)
    if pasted.kind == "text":
        candidates = explain_keys(_site_rules(services, installation, text), text)
        return Explanation("text", "", judge_text(candidates), candidates)
    sent = _sent_rows(services, installation, pasted)
    search = find_pasted(open_places(services, installation.id), pasted, {row.within for row in sent})
    if not search.findings:
        return _explain_unseen(services, installation, pasted, search, sent)
    return _explain_finding(services, installation, search.findings[0], sent)


def explain_issue(services: Services, installation: Installation, key: str) -> Explanation:
    """Everything that was sent for an issue, the newest first."""
    sent = tuple(services.ledger.list_issue(installation.id, key, SENT_SHOWN))
    candidates = explain_keys(_site_rules(services, installation, key), key)
    return Explanation("issue", key, _judge_issue(key, sent, candidates), candidates, sent)


def _judge_issue(key: str, sent: Sequence[SentRow], candidates: tuple[Candidate, ...]) -> Verdict:
    lost = [row for row in sent if row.state in {"failed", "unknown"}]
    if sent and not lost:
        return Verdict("accepted", f"Jira accepted everything that was sent for {key}: {len(sent)} in all.")
    if sent:
        return Verdict("accepted_in_part", f"{len(sent)} things were sent for {key}; {len(lost)} did not arrive.")
    if any(found.refused for found in candidates):
        return judge_text(candidates)
    words = f"Nothing was sent for {key}. Paste the commit, branch or pull request that you miss to learn why."
    return Verdict("nothing_sent", words)


def _sent_rows(services: Services, installation: Installation, pasted: Pasted) -> tuple[SentRow, ...]:
    identity = branch_id(pasted.id) if pasted.kind == "branch" else pasted.id
    rows = services.ledger.find_entity(installation.id, identity)
    kinds = {"pull_request", "build"} if pasted.kind == "number" else {pasted.kind}
    return tuple(row for row in rows if row.kind in kinds)


def _explain_unseen(
    services: Services, installation: Installation, pasted: Pasted, search: Search, sent: tuple[SentRow, ...]
) -> Explanation:
    """What Azure DevOps does not have, or does not have any more; the ledger may still know it."""
    kind = sent[0].kind if sent else pasted.kind
    case = Case(NOUNS.get(kind, "thing"), seen=False if search.complete else None, sent=_state_of(sent))
    events = _events_of(
        services, services.links.list_for(installation.id), kind, sent[0].entity_id if sent else pasted.id
    )
    return Explanation(kind, pasted.id, judge_case(case), (), sent, events)


def _explain_finding(
    services: Services, installation: Installation, found: Finding, sent: tuple[SentRow, ...]
) -> Explanation:
    link = found.place.link
    settings = services.settings_book.read(installation.id).settings
    rules = _link_rules(services, installation, link, found.texts)
    candidates = explain_keys(narrow_rules(settings, rules, found.repository), *found.texts)
    own = tuple(row for row in sent if row.kind == found.kind)
    events = _events_of(services, [link], found.kind, found.id)
    case = Case(
        NOUNS[found.kind], seen=True, kind_sent=_is_sent(found.kind, link, settings),
        excluded=_why_not(settings, found), candidates=candidates, sent=_state_of(own),
        dead=_dead_reason(services, installation, events), waiting=services.queue.depth(link.id)[0],
    )  # fmt: skip
    return Explanation(found.kind, found.id, judge_case(case), candidates, own, events)


def _state_of(sent: Sequence[SentRow]) -> SentState | None:
    if not sent:
        return None
    row = max(sent, key=lambda one: one.sent_at)
    return SentState(row.state, row.answer, row.keys, row.unknown_keys)


def _is_sent(kind: str, link: Link, settings: SiteSettings) -> bool:
    word = KIND_WORDS[kind]
    return word in link.kinds and (settings.kinds is None or word in settings.kinds)


def _why_not(settings: SiteSettings, found: Finding) -> str | None:
    if found.pull_request:
        return why_no_pull_request(settings, found.pull_request)
    return (
        why_no_repository(settings, found.repository)
        or (why_no_branch(settings, found.branch) if found.branch else None)
        or why_no_author(settings, found.author)
        or (why_no_pipeline(settings, found.pipeline) if found.pipeline else None)
    )


def _events_of(services: Services, links: Sequence[Link], kind: str, identity: str) -> tuple[Trace, ...]:
    wanted = {f"{kind}:{identity}"}
    found = [trace for link in links for trace in services.traces.find(link.id, wanted)]
    return tuple(sorted(found, key=lambda trace: -trace.at)[:EVENTS_SHOWN])


def _dead_reason(services: Services, installation: Installation, events: Sequence[Trace]) -> str | None:
    """Why the event that told of it was given up, when the newest one was."""
    return events[0].words if events and events[0].outcome == "dead" else None


def _site_rules(services: Services, installation: Installation, text: str) -> KeyRules:
    """The rules for text that belongs to no project yet: the projects that some link may send to."""
    links = services.links.list_for(installation.id)
    if not links:
        return KeyRules()
    rules = [_link_rules(services, installation, link, (text,)) for link in links]
    allowed = [one.allowed for one in rules]
    together = None if None in allowed else frozenset().union(*(one for one in allowed if one is not None))
    return KeyRules(rules[0].projects, together, rules[0].refused)


def _link_rules(services: Services, installation: Installation, link: Link, texts: Sequence[str]) -> KeyRules:
    jira = services.jira(installation)
    rules = read_rules(services, installation, link, jira)
    return confirm_projects(services, installation, jira, rules, texts)
