"""Searching by JQL: pages by token, an index that lags behind, and issues that are looked at as they are now.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search, .../search-and-reconcile
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, actor, note_objects, sent_object, tracker_of
from sandbox.jira_issue_render import Selection, issue_body, select_fields
from sandbox.jira_search_jql import JqlFault, parse_jql
from sandbox.jira_search_plan import Searcher

PAGE, MOST, MOST_WITH_FIELDS = 50, 5_000, 100
MOST_PROPERTIES, MOST_RECONCILED = 5, 50
TOKENS_KEPT = 100
LEAN = frozenset({"id", "key"})


@dataclass(frozen=True, slots=True)
class Found:
    """What is left of a search after a page. `query` is a digest: a token goes with the query it was given for."""

    query: str
    ids: tuple[str, ...]
    at: int


def add_search_calls(calls: PlatformCalls) -> None:
    calls.add("GET", "/search/jql", search_by_query, scope="READ")
    calls.add("POST", "/search/jql", search_by_body, scope="READ")
    calls.add("POST", "/search/approximate-count", count, scope="READ")


def search_by_query(caller: Caller) -> Answer:
    lists = ("fields", "properties", "reconcileIssues")
    wanted: dict[str, Any] = {name: words(name) for name in lists if name in request.args}
    wanted |= {name: request.args[name] for name in ("jql", "nextPageToken") if name in request.args}
    size = request.args.get("maxResults", "")
    if size:
        wanted["maxResults"] = int(size) if size.isdigit() else size
    return search(caller, wanted), 200


def words(name: str) -> list[str]:
    return [word for given in request.args.getlist(name) for word in given.split(",") if word]


def search_by_body(caller: Caller) -> Answer:
    return search(caller, sent_object()), 200


def search(caller: Caller, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """One page. Raises Refused with 400."""
    properties, newer = wanted.get("properties") or [], [str(one) for one in wanted.get("reconcileIssues") or ()]
    if len(properties) > MOST_PROPERTIES:
        raise Refused(400, f"A maximum of {MOST_PROPERTIES} issue properties can be requested.")
    if len(newer) > MOST_RECONCILED:
        raise Refused(400, f"A maximum of {MOST_RECONCILED} issues can be reconciled.")
    chosen = select_fields(wanted.get("fields") or (), "id")
    lean = chosen.named <= LEAN and not properties
    size = wanted.get("maxResults", PAGE)
    if not isinstance(size, int) or size < 1:
        raise Refused(400, "The value of maxResults must be 1 or more.")
    size = min(size, MOST if lean else MOST_WITH_FIELDS)
    found = find(caller, wanted, newer)
    page, rest = found.ids[found.at : found.at + size], found.at + size
    body: dict[str, Any] = {"isLast": rest >= len(found.ids)}
    if not body["isLast"]:
        body["nextPageToken"] = keep_page(caller, Found(found.query, found.ids, rest))
    records = [record for one in page if (record := tracker_of(caller).records.get(one))]
    body["issues"] = [shown(caller, record.id, chosen, properties) for record in records]
    note_objects(len(records))
    return body


def shown(caller: Caller, issue_id: str, chosen: Selection, properties: list[str]) -> dict[str, Any]:
    """Only the id where nothing else is asked for."""
    if chosen.named == {"id"} and not properties:
        return {"id": issue_id}
    body = issue_body(caller.site, tracker_of(caller).records[issue_id], chosen, properties)
    if not body["fields"]:
        del body["fields"]
    return body


def find(caller: Caller, wanted: Mapping[str, Any], newer: list[str]) -> Found:
    """The search itself, or where its earlier page ended. Raises Refused with 400."""
    digest = hashlib.sha256(f"{wanted.get('jql')}\0{newer}".encode()).hexdigest()
    token = wanted.get("nextPageToken")
    if token:
        kept = tracker_of(caller).pages.get(token)
        if kept is None or kept.query != digest:
            raise Refused(400, "The provided next page token is invalid or expired.")
        return Found(kept.query, kept.ids, kept.at)
    return Found(digest, tuple(run(caller, wanted.get("jql"), newer)), 0)


def run(caller: Caller, jql: str | None, newer: list[str]) -> list[str]:
    tracker = tracker_of(caller)
    tracker.declare_properties()
    try:
        return Searcher(tracker, actor(caller)).search(parse_jql(jql or ""), newer)
    except JqlFault as error:
        raise Refused(400, str(error)) from None


def keep_page(caller: Caller, found: Found) -> str:
    """A token for the next page; the oldest tokens are forgotten."""
    pages, token = tracker_of(caller).pages, secrets.token_urlsafe(24)
    with caller.site.lock:
        pages[token] = found
        for old in list(pages)[:-TOKENS_KEPT]:
            del pages[old]
    return token


def count(caller: Caller) -> Answer:
    """How many the index knows; no more is promised."""
    note_objects(1)
    return {"count": len(run(caller, sent_object().get("jql"), []))}, 200
