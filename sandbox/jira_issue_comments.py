"""Comments: adding, reading, editing, deleting. Their author and date are always those of the call.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments
"""

from collections.abc import Mapping
from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import (
    FieldsRefused,
    PlatformCalls,
    actor,
    note_objects,
    page_of,
    sent_object,
    tracker_of,
    visible,
    writable,
)
from sandbox.jira_issue_draft import check_property
from sandbox.jira_issue_parts import comment_body, properties_of
from sandbox.jira_issue_record import Comment, Record, Text
from sandbox.jira_issue_values import BadDocument, BadValue, check_document

PAGE, MOST_IDS = 100, 1000
NO_COMMENT = "Can not find a comment for the id: {}."


def add_comment_calls(calls: PlatformCalls) -> None:
    all_of, one = "/issue/<issue>/comment", "/issue/<issue>/comment/<comment>"
    calls.add("POST", all_of, add_comment, scope="WRITE")
    calls.add("GET", all_of, list_comments, scope="READ")
    calls.add("GET", one, read_comment, scope="READ")
    calls.add("PUT", one, edit_comment, scope="WRITE")
    calls.add("DELETE", one, delete_comment, scope="DELETE")
    calls.add("POST", "/comment/list", list_by_ids, scope="READ")


def add_comment(caller: Caller, issue: str) -> Answer:
    """Raises Refused with 400, 404 or 413."""
    account, tracker = actor(caller), tracker_of(caller)
    denied = Refused(400, f"{caller.provider}, you do not have the permission to comment on this issue.")
    record, body = writable(caller, issue, "ADD_COMMENTS", denied), sent_object()
    text = checked_text(caller, body.get("body"))
    properties = {one["key"]: one["value"] for one in body.get("properties") or ()}
    for key, value in properties.items():
        check_property(key, value)
    with caller.site.lock:
        made = tracker.add_comment(record, account, text, properties, body.get("visibility"))
    return comment_body(caller.site, record, made), 201


def checked_text(caller: Caller, sent: Any) -> Text:
    """Raises FieldsRefused with 400."""
    if not isinstance(sent, Mapping) or sent.get("type") != "doc":
        raise FieldsRefused({"comment": "Comment body is not valid!"})
    try:
        check_document(tracker_of(caller).texts, sent)
    except BadDocument as error:
        raise FieldsRefused({}, str(error)) from None
    except BadValue as error:
        raise FieldsRefused({"comment": str(error)}) from None
    return tracker_of(caller).texts.keep(sent)


def list_comments(caller: Caller, issue: str) -> Answer:
    """A page, the oldest first unless `orderBy=-created`."""
    record = visible(caller, issue)
    start, size = page_of(usual=PAGE, most=tracker_of(caller).limits.comments)
    found = record.comments[::-1] if request.args.get("orderBy") == "-created" else record.comments
    listed = [comment_body(caller.site, record, one) for one in found[start : start + size]]
    note_objects(len(listed))
    return {"startAt": start, "maxResults": size, "total": len(found), "comments": listed}, 200


def find_comment(caller: Caller, comment_id: str, issue: str | None = None) -> tuple[Record, Comment]:
    """With the issue it is on, which must be `issue` where that is given. Raises Refused with 404."""
    home = tracker_of(caller).comment_homes.get(comment_id, "")
    if issue is not None and visible(caller, issue).id != home:
        raise Refused(404, NO_COMMENT.format(comment_id))
    record = visible(caller, home)
    return record, next(one for one in record.comments if one.id == comment_id)


def own_comment(
    caller: Caller, comment_id: str, verb: str, *, status: int = 400, issue: str | None = None
) -> tuple[Record, Comment]:
    """A comment the caller may EDIT or DELETE. Raises Refused."""
    record, found = find_comment(caller, comment_id, issue)
    tracker, account = tracker_of(caller), actor(caller)
    own = f"{verb}_OWN_COMMENTS" if found.author == account else f"{verb}_ALL_COMMENTS"
    if not any(tracker.allows(account, name, record.state.project) for name in {own, f"{verb}_ALL_COMMENTS"}):
        raise Refused(status, f"You do not have permission to {verb.lower()} this comment.")
    return record, found


def read_comment(caller: Caller, issue: str, comment: str) -> Answer:
    record, found = find_comment(caller, comment, issue)
    note_objects(1)
    return comment_body(caller.site, record, found), 200


def edit_comment(caller: Caller, issue: str, comment: str) -> Answer:
    """Raises Refused with 400 or 404."""
    record, found = own_comment(caller, comment, "EDIT", issue=issue)
    text = checked_text(caller, sent_object().get("body"))
    with caller.site.lock:
        found.body, found.updated = text, tracker_of(caller).now()
        tracker_of(caller).write(record, actor(caller))
    return comment_body(caller.site, record, found), 200


def delete_comment(caller: Caller, issue: str, comment: str) -> Answer:
    """Raises Refused with 400 or 404."""
    record, found = own_comment(caller, comment, "DELETE", issue=issue)
    with caller.site.lock:
        record.comments.remove(found)
        del tracker_of(caller).comment_homes[found.id]
        tracker_of(caller).write(record, actor(caller))
    return None, 204


def list_by_ids(caller: Caller) -> Answer:
    """Up to 1,000 comments wherever they are; `expand=properties` adds what apps keep on them."""
    ids = [str(one) for one in sent_object("ids")["ids"]]
    if not 0 < len(ids) <= MOST_IDS:
        raise Refused(400, f"The request must contain 1 to {MOST_IDS} comment ids.")
    expand, known = "properties" in request.args.get("expand", ""), tracker_of(caller).comment_homes
    found = []
    for record, one in (find_comment(caller, comment_id) for comment_id in ids if comment_id in known):
        kept = {"properties": properties_of(one.properties)} if expand else {}
        found.append(comment_body(caller.site, record, one) | kept)
    note_objects(len(found))
    return {"startAt": 0, "maxResults": MOST_IDS, "total": len(found), "isLast": True, "values": found}, 200
