"""Puts together what is known of something pasted or of an issue, within a time that a request may take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.asking import ADO_SECONDS, Asking
from app.lookups import Search, find_pasted
from app.places import LANE, Places, open_places
from app.standings import NOUNS, Standing, events_of, stand_found, stand_sent, state_of, words_of
from domain.changes import Identity
from domain.devinfo import branch_id
from domain.issue_keys import Candidate, KeyRules, explain_keys
from domain.pasted import FULL_SHA, Pasted, read_pasted
from domain.verdicts import Case, Verdict, judge_case, judge_issue, judge_several, judge_text
from linkage.credentials import state_problem
from linkage.key_rules import confirm_projects, read_rules
from services import Services
from store.installations import Installation
from store.ledger import SentRow
from store.links import Link
from store.traces import Trace

SENT_SHOWN = 200
JIRA_SECONDS = 5.0  # with what Azure DevOps may take, how long a request may hold its thread


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was understood (`kind`, `id`), the keys, what was sent, the events that told of it, and the verdict.

    `places`: each of the things that the text names, when there are several.
    """

    kind: str
    id: str
    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()
    sent: tuple[SentRow, ...] = ()
    events: tuple[Trace, ...] = ()
    places: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What Azure DevOps and the ledger know of something pasted."""

    places: Places
    search: Search
    sent: tuple[SentRow, ...]


def explain_text(services: Services, installation: Installation, text: str) -> Explanation:
    """Of anything pasted: a thing of Azure DevOps when it looks like one and is there, else the keys of the text.

    Raises the CallError of Jira when it cannot say which keys count.
    """
    pasted = _read_text(services, installation, text)
    if pasted.kind == "text":
        return _explain_plain(services, installation, text)
    known = _look_up(services, installation, _complete_hash(services, installation, pasted))
    if pasted.is_guess and not known.search.findings:
        return _explain_plain(services, installation, text)
    if known.search.findings:
        return _join(pasted, _stand_findings(services, installation, known))
    if known.sent:
        return _join(pasted, _stand_rows(services, installation, known))
    return _explain_unknown(services, installation, pasted, known)


def _read_text(services: Services, installation: Installation, text: str) -> Pasted:
    """What it looks like; a plain word is a branch when Jira was sent one of that name."""
    pasted, named = read_pasted(text), read_pasted(f"refs/heads/{text.strip()}")
    if pasted.kind != "text" or named.kind != "branch":
        return pasted
    rows = services.ledger.find_entity(installation.id, branch_id(named.id))
    return named if any(row.kind == "branch" for row in rows) else pasted


def _explain_plain(services: Services, installation: Installation, text: str) -> Explanation:
    candidates = explain_keys(_site_rules(services, installation, text), text)
    return Explanation("text", "", judge_text(candidates), candidates)


def explain_issue(services: Services, installation: Installation, key: str) -> Explanation:
    """Everything that was sent for an issue, the newest first. Raises as `explain_text`."""
    found = services.ledger.list_issue(installation.id, key, SENT_SHOWN + 1)
    sent = tuple(found[:SENT_SHOWN])
    candidates = explain_keys(_site_rules(services, installation, key), key)
    verdict = judge_issue(key, [state_of(row) for row in sent], candidates, capped=len(found) > len(sent))
    return Explanation("issue", key, verdict, candidates, sent)


def _complete_hash(services: Services, installation: Installation, pasted: Pasted) -> Pasted:
    """With the whole hash of a commit of which the beginning was pasted, when just one is known that Jira was sent or
    that an event told of lately.
    """
    if pasted.kind != "commit" or len(pasted.id) == FULL_SHA:
        return pasted
    sent = {row.entity_id for row in services.ledger.find_entity(installation.id, pasted.id) if row.kind == "commit"}
    links = services.links.list_for(installation.id)
    told = {one for link in links for one in services.traces.list_ids(link.id, f"commit:{pasted.id}")}
    whole = sent | {one.removeprefix("commit:") for one in told}
    return replace(pasted, id=whole.pop()) if len(whole) == 1 else pasted


def _look_up(services: Services, installation: Installation, pasted: Pasted) -> Known:
    identity = branch_id(pasted.id) if pasted.kind == "branch" else pasted.id
    kinds = {"pull_request", "build"} if pasted.kind == "number" else {pasted.kind}
    rows = [row for row in services.ledger.find_entity(installation.id, identity) if row.kind in kinds]
    with Asking(ADO_SECONDS) as asking:
        places = open_places(services, installation.id, pasted, asking)
        search = find_pasted(places, pasted, {row.within for row in rows}, asking)
    if pasted.organization:
        rows = [row for row in rows if row.link_id in places.link_ids and _is_inside(row, search)]
    return Known(places, search, tuple(rows))


def _is_inside(row: SentRow, search: Search) -> bool:
    return search.repositories is None or row.within in search.repositories


def _stand_findings(services: Services, installation: Installation, known: Known) -> list[Standing]:
    settings = services.settings_book.read(installation.id).settings
    deployments: list[Identity] = [("deployment", None, one.id) for one in known.search.findings]
    sent = (*known.sent, *services.ledger.find_many(installation.id, deployments).values())
    with Asking(JIRA_SECONDS) as asking:
        standings = []
        for found in known.search.findings:
            texts = words_of(found, settings).texts
            ask = partial(_link_rules, services, installation, found.place.link, texts)
            rules = asking.ask_one(ask, "Jira")
            standings.append(stand_found(services, found, settings, rules, sent))
    return standings


def _stand_rows(services: Services, installation: Installation, known: Known) -> list[Standing]:
    seen = False if known.search.complete and not known.places.paused else None
    links = services.links.list_for(installation.id)
    return [stand_sent(services, row, links, seen=seen) for row in known.sent]


def _explain_unknown(services: Services, installation: Installation, pasted: Pasted, known: Known) -> Explanation:
    """Of what neither Azure DevOps nor the ledger is known to have."""
    paused = (state_problem(connection) for connection in known.places.paused)
    words = next((problem.detail for problem in paused if problem), None)
    case = Case(NOUNS.get(pasted.kind, "thing"), seen=False if known.search.complete else None, paused=words)
    links = [link for link in services.links.list_for(installation.id) if link.id in known.places.link_ids]
    identity = branch_id(pasted.id) if pasted.kind == "branch" else pasted.id
    events = events_of(services, links, (f"{pasted.kind}:{identity}",))
    return Explanation(pasted.kind, pasted.id, judge_case(case), events=events)


def _join(pasted: Pasted, standings: Sequence[Standing]) -> Explanation:
    """One thing as it stands; several together, with what holds for all of them."""
    first, several = standings[0], len(standings) > 1
    kinds = {one.kind for one in standings}
    identity = first.id if len({one.id for one in standings}) == 1 else pasted.id
    return Explanation(
        first.kind if len(kinds) == 1 else pasted.kind,
        identity,
        judge_several([one.verdict for one in standings]),
        tuple(dict.fromkeys(found for one in standings for found in one.candidates)) if several else first.candidates,
        tuple(row for one in standings for row in one.sent),
        tuple(sorted((trace for one in standings for trace in one.events), key=lambda trace: -trace.at)),
        tuple(standings) if several else (),
    )


def _site_rules(services: Services, installation: Installation, text: str) -> KeyRules:
    """The rules for text that belongs to no project yet: the projects that some link may send to."""
    links = services.links.list_for(installation.id)
    if not links:
        return KeyRules()
    with Asking(JIRA_SECONDS) as asking:
        rules = asking.ask_one(partial(_every_rules, services, installation, links, text), "Jira")
    allowed = [one.allowed for one in rules]
    together = None if None in allowed else _union(one for one in allowed if one is not None)
    return replace(rules[-1], allowed=together)  # the last one knows what was asked for the others


def _every_rules(
    services: Services, installation: Installation, links: Iterable[Link], text: str
) -> tuple[KeyRules, ...]:
    return tuple(_link_rules(services, installation, link, (text,)) for link in links)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _link_rules(services: Services, installation: Installation, link: Link, texts: Sequence[str]) -> KeyRules:
    jira = services.jira(installation, LANE)
    settings = services.settings_book.read(installation.id).settings
    rules = read_rules(services, installation, link, jira, settings)
    return confirm_projects(services, installation, jira, rules, texts)
