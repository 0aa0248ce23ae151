"""Reading issues: one, a hundred at once, their history, and which are near a limit.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues
"""

from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import (
    PlatformCalls,
    actor,
    note_objects,
    page_body,
    page_of,
    sent_object,
    tracker_of,
    visible,
)
from sandbox.jira_issue_parts import user_body
from sandbox.jira_issue_record import Change, Item, Record, jira_time
from sandbox.jira_issue_render import issue_body, select_fields

MOST_FETCHED = 100
CHANGES = 100
NEAR = 0.8
TOO_MUCH = "The issue could not be returned: the response would be too large."


def add_read_calls(calls: PlatformCalls) -> None:
    calls.add("GET", "/issue/<issue>", read_issue, scope="READ")
    calls.add("POST", "/issue/bulkfetch", fetch_issues, scope="WRITE")
    calls.add("GET", "/issue/<issue>/changelog", list_changes, scope="READ")
    calls.add("GET", "/issue/limit/report", report_limits, scope="READ")


def read_issue(caller: Caller, issue: str) -> Answer:
    """By id, key or former key, with the fields asked for. Raises Refused with 404."""
    record = visible(caller, issue)
    chosen = select_fields(request.args.getlist("fields"), "*all")
    properties = [name for given in request.args.getlist("properties") for name in given.split(",")]
    note_objects(1)
    body = issue_body(caller.site, record, chosen, properties)
    expand = request.args.get("expand", "").split(",")
    known = tracker_of(caller).catalogue.fields
    if "names" in expand:
        body["names"] = {name: known[name].name for name in body["fields"] if name in known}
    if "schema" in expand:
        body["schema"] = {name: known[name].schema() for name in body["fields"] if name in known}
    if "changelog" in expand:
        listed = [change_body(caller, one) for one in record.changes[::-1][:CHANGES]]
        body["changelog"] = {"startAt": 0, "maxResults": CHANGES, "total": len(record.changes), "histories": listed}
    return body, 200


def fetch_issues(caller: Caller) -> Answer:
    """In the order of their ids, as many as fit into an answer (`IssueLimits.fetched`): the others are named
    beside them. What cannot be seen is left out without a word. Raises Refused with 400.
    """
    body, tracker = sent_object("issueIdsOrKeys"), tracker_of(caller)
    names = [str(one) for one in body["issueIdsOrKeys"]]
    if not 0 < len(names) <= MOST_FETCHED:
        raise Refused(400, f"The request must contain 1 to {MOST_FETCHED} issue ids or keys.")
    chosen, account = select_fields(body.get("fields") or (), "*navigable"), actor(caller)
    known = filter(None, map(tracker.record, dict.fromkeys(names)))
    found = {record.id: record for record in known if tracker.sees(account, record)}
    ordered = sorted(found.values(), key=lambda one: int(one.id))
    given, left = ordered[: tracker.limits.fetched], ordered[tracker.limits.fetched :]
    note_objects(len(given))
    issues = [issue_body(caller.site, one, chosen, body.get("properties") or ()) for one in given]
    errors = [{"id": one.id, "errorMessage": TOO_MUCH} for one in left]
    return {"issues": issues, "issueErrors": errors}, 200


def list_changes(caller: Caller, issue: str) -> Answer:
    """The history, the oldest change first."""
    record = visible(caller, issue)
    start, size = page_of(usual=CHANGES, most=CHANGES)
    page = page_body(record.changes, start, size, show=lambda one: change_body(caller, one))
    note_objects(len(page["values"]))
    base = f"{caller.site.base_url}/rest/api/3/issue/{record.id}/changelog"
    page["self"] = f"{base}?startAt={start}&maxResults={size}"
    if not page["isLast"]:
        page["nextPage"] = f"{base}?startAt={start + size}&maxResults={size}"
    return page, 200


def change_body(caller: Caller, change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": change.id,
        "author": user_body(caller.site, change.author),
        "created": jira_time(change.created),
        "items": [item_body(caller, one) for one in change.items],
    }
    return found | ({"historyMetadata": dict(change.metadata)} if change.metadata else {})


def item_body(caller: Caller, item: Item) -> dict[str, Any]:
    field = tracker_of(caller).catalogue.fields.get(item.field)
    found: dict[str, Any] = {
        "field": field.name if field and field.custom else item.field,
        "fieldtype": "custom" if field and field.custom else "jira",
        "fieldId": item.field,
    }
    values = {"from": item.before, "fromString": item.before_words, "to": item.after, "toString": item.after_words}
    return found | {name: value for name, value in values.items() if value is not None}


def report_limits(caller: Caller) -> Answer:
    """Issues at a limit and near one, by kind. Raises Refused with 403."""
    tracker = tracker_of(caller)
    if not tracker.administers(actor(caller)):
        raise Refused(403, "You do not have permission to view the issue limit report.")
    limits = {
        "comment": tracker.limits.comments,
        "worklog": tracker.limits.worklogs,
        "attachment": tracker.limits.attachments,
        "issuelinks": tracker.limits.links,
        "remoteIssueLinks": tracker.limits.remote_links,
    }
    at: dict[str, dict[str, int]] = {name: {} for name in limits}
    near: dict[str, dict[str, int]] = {name: {} for name in limits}
    by_key = request.args.get("isReturningKeys") == "true"
    for record in tracker.records.values():
        name = tracker.issue(record).key if by_key else record.id
        for kind, count in counts(record).items():
            if count >= limits[kind] * NEAR:
                (at if count >= limits[kind] else near)[kind][name] = count
    return {"issuesBreachingLimit": at, "issuesApproachingLimit": near, "limits": limits}, 200


def counts(record: Record) -> dict[str, int]:
    return {
        "comment": len(record.comments),
        "worklog": len(record.worklogs),
        "attachment": len(record.files),
        "issuelinks": len(record.links),
        "remoteIssueLinks": len(record.remote_links),
    }
