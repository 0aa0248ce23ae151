"""Links between issues, and from issues to somewhere else.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links, .../api-group-issue-remote-links
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, actor, note_objects, sent_object, tracker_of, visible, writable
from sandbox.jira_issue_changes import link_item
from sandbox.jira_issue_parts import link_type_body, linked_body
from sandbox.jira_issue_record import Link, Record, RemoteLink, Text
from sandbox.jira_issue_updates import read_body
from sandbox.jira_issue_values import BadValue, place_of
from sandbox.jira_scheme import LinkType, find_named
from sandbox.jira_tracker import IssueTracker, LimitReached

NO_RIGHT = "You do not have permission to link issues."
LONGEST_GLOBAL_ID, LONGEST_URL, LONGEST_TITLE = 255, 2_000, 255


def add_link_calls(calls: PlatformCalls) -> None:
    remote = "/issue/<issue>/remotelink"
    calls.add("GET", "/issueLinkType", list_types, scope="READ")
    calls.add("POST", "/issueLink", create_link, scope="WRITE", touches=linked_ids)
    calls.add("GET", "/issueLink/<link>", read_one, scope="READ")
    calls.add("DELETE", "/issueLink/<link>", delete_link, scope="DELETE")
    calls.add("POST", remote, store_remote, scope="WRITE")
    calls.add("GET", remote, list_remote, scope="READ")
    calls.add("DELETE", remote, delete_remote, scope="DELETE")


def list_types(caller: Caller) -> Answer:
    found = tracker_of(caller).catalogue.link_types
    note_objects(len(found))
    return {"issueLinkTypes": [link_type_body(caller.site, one) for one in found]}, 200


def linked_ids(caller: Caller) -> Iterable[str]:
    """Both ends of a new link, for the limit of writes on one issue."""
    body = request.get_json(silent=True)
    ends = [body.get(name) for name in ("inwardIssue", "outwardIssue")] if isinstance(body, dict) else []
    names = [str(end.get("id") or end.get("key")) for end in ends if isinstance(end, dict)]
    return [record.id for name in names if (record := tracker_of(caller).record(name))]


def create_link(caller: Caller) -> Answer:
    """A link for each call, also when there is one like it. Raises Refused with 400 or 404, and LimitReached."""
    body, tracker = sent_object("type", "inwardIssue", "outwardIssue"), tracker_of(caller)
    type_ = find_link_type(tracker, body["type"])
    inward = end_of(caller, body["inwardIssue"], "BROWSE_PROJECTS")
    outward = end_of(caller, body["outwardIssue"], "LINK_ISSUES")
    comment = new_comment(caller, outward, body.get("comment"))
    with caller.site.lock:
        make_link(tracker, actor(caller), type_, inward, outward)
        if comment is not None:
            tracker.add_comment(outward, actor(caller), comment)
    return None, 201


def find_link_type(tracker: IssueTracker, wanted: Mapping[str, Any]) -> LinkType:
    """By id or name. Raises Refused with 404."""
    name = wanted.get("id") or wanted.get("name")
    found = find_named(tracker.catalogue.link_types, str(name))
    if found is None:
        word = "id" if wanted.get("id") else "name"
        raise Refused(404, f"No issue link type with {word} '{name}' found.")
    return found


def end_of(caller: Caller, wanted: Mapping[str, Any], permission: str) -> Record:
    """One end of a new link; only the outward one's project must let the caller link."""
    name = str(wanted.get("id") or wanted.get("key"))
    issue = caller.site.find_issue(name)
    refusal = Refused(404, f"No Link Issue Permission for issue '{issue.key if issue else name}'")
    return writable(caller, name, permission, refusal)


def new_comment(caller: Caller, record: Record, sent: Any) -> Text | None:
    """The comment that comes with a link. Raises Refused with 400, and then no link is made."""
    if sent is None:
        return None
    tracker = tracker_of(caller)
    try:
        return read_body(place_of(tracker, record, actor(caller)), sent)
    except BadValue as error:
        raise Refused(400, str(error)) from None


def make_link(tracker: IssueTracker, author: str, type_: LinkType, inward: Record, outward: Record) -> Link:
    """Raises Refused with 400 for a link to itself, LimitReached for one too many."""
    if inward.id == outward.id:
        raise Refused(400, "You cannot link an issue to itself.")
    if max(len(inward.links), len(outward.links)) >= tracker.limits.links:
        raise LimitReached("linked issues", tracker.limits.links)
    link = Link(tracker.new_id(), type_.id, inward.id, outward.id)
    tracker.links[link.id] = link
    for record in (inward, outward):
        record.links.append(link)
        tracker.write(record, author, (link_item(tracker, record, link),))
    return link


def find_link(caller: Caller, link_id: str) -> Link:
    """Raises Refused with 404."""
    if not link_id.isdigit():
        raise Refused(400, f"The issue link id '{link_id}' is not valid.")
    found = tracker_of(caller).links.get(link_id)
    if found is None:
        raise Refused(404, f"No issue link with id '{link_id}' exists.")
    return found


def read_one(caller: Caller, link: str) -> Answer:
    found, tracker = find_link(caller, link), tracker_of(caller)
    kind = next(one for one in tracker.catalogue.link_types if one.id == found.type)
    note_objects(1)
    return {
        "id": found.id,
        "self": f"{caller.site.base_url}/rest/api/3/issueLink/{found.id}",
        "type": link_type_body(caller.site, kind),
        "inwardIssue": short(linked_body(caller.site, visible(caller, found.inward))),
        "outwardIssue": short(linked_body(caller.site, visible(caller, found.outward))),
    }, 200


def short(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("id", "key", "self")}


def delete_link(caller: Caller, link: str) -> Answer:
    found = find_link(caller, link)
    writable(caller, found.inward, "LINK_ISSUES", Refused(404, NO_RIGHT))
    with caller.site.lock:
        tracker_of(caller).unlink(found)
    return None, 204


def store_remote(caller: Caller, issue: str) -> Answer:
    """Make a remote link, or replace the one with the same `globalId`. Raises Refused and LimitReached."""
    record = writable(caller, issue, "LINK_ISSUES", Refused(403, NO_RIGHT))
    body, tracker = sent_object("object"), tracker_of(caller)
    check_remote(body)
    global_id = body.get("globalId") or ""
    kept: dict[str, Any] = {name: body[name] for name in ("application", "relationship", "object") if name in body}
    with caller.site.lock:
        known = next((one for one in record.remote_links if global_id and one.global_id == global_id), None)
        if known is None and len(record.remote_links) >= tracker.limits.remote_links:
            raise LimitReached("remote links", tracker.limits.remote_links)
        made = RemoteLink(known.id if known else int(tracker.new_id()), global_id, kept)
        record.remote_links = [one for one in record.remote_links if one is not known] + [made]
        tracker.write(record, actor(caller))
    address = f"{caller.site.base_url}/rest/api/3/issue/{record.id}/remotelink/{made.id}"
    return {"id": made.id, "self": address}, 200 if known else 201


def check_remote(body: Mapping[str, Any]) -> None:
    """Raises Refused with 400."""
    found = {"url": "", "title": ""} | body["object"]
    if len(body.get("globalId") or "") > LONGEST_GLOBAL_ID:
        raise Refused(400, f"globalId must not be longer than {LONGEST_GLOBAL_ID} characters.")
    if not found["url"].startswith(("http://", "https://")) or len(found["url"]) > LONGEST_URL:
        raise Refused(400, "object.url must be a valid URL.")
    if not found["title"].strip() or len(found["title"]) > LONGEST_TITLE:
        raise Refused(400, f"object.title must be 1 to {LONGEST_TITLE} characters long.")


def list_remote(caller: Caller, issue: str) -> Answer:
    """All of an issue, or the one of a `globalId`; with 404 when there is none."""
    record, global_id = visible(caller, issue), request.args.get("globalId")
    note_objects(len(record.remote_links))
    if global_id is None:
        return [remote_body(caller, record, one) for one in record.remote_links], 200
    found = next((one for one in record.remote_links if one.global_id == global_id), None)
    if found is None:
        raise Refused(404, f"No remote issue link with globalId '{global_id}' exists for this issue.")
    return remote_body(caller, record, found), 200


def remote_body(caller: Caller, record: Record, found: RemoteLink) -> dict[str, Any]:
    address = f"{caller.site.base_url}/rest/api/3/issue/{record.id}/remotelink/{found.id}"
    named = {"globalId": found.global_id} if found.global_id else {}
    return {"id": found.id, "self": address} | named | dict(found.body)


def delete_remote(caller: Caller, issue: str) -> Answer:
    record, global_id = writable(caller, issue, "LINK_ISSUES", Refused(403, NO_RIGHT)), request.args.get("globalId")
    if not global_id:
        raise Refused(400, "globalId is required.")
    kept = [one for one in record.remote_links if one.global_id != global_id]
    if len(kept) == len(record.remote_links):
        raise Refused(404, f"No remote issue link with globalId '{global_id}' exists for this issue.")
    with caller.site.lock:
        record.remote_links = kept
        tracker_of(caller).write(record, actor(caller))
    return None, 204
