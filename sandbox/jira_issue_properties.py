"""Properties of issues and of comments: JSON that apps keep there.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties, .../api-group-issue-comment-properties
"""

from typing import Any

import orjson
from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer, sent_body
from sandbox.jira_issue_calls import PlatformCalls, actor, note_objects, tracker_of, visible, writable
from sandbox.jira_issue_comments import find_comment, own_comment
from sandbox.jira_issue_draft import check_property

NO_EDIT = "You do not have permission to edit this issue."


def add_property_calls(calls: PlatformCalls) -> None:
    one, of_comment = "/issue/<issue>/properties/<key>", "/comment/<comment>/properties/<key>"
    calls.add("GET", "/issue/<issue>/properties", list_properties, scope="READ")
    calls.add("GET", one, read_property, scope="READ")
    calls.add("PUT", one, store_property, scope="WRITE")
    calls.add("DELETE", one, delete_property, scope="DELETE")
    calls.add("GET", of_comment, read_comment_property, scope="READ")
    calls.add("PUT", of_comment, store_comment_property, scope="WRITE")


def list_properties(caller: Caller, issue: str) -> Answer:
    record = visible(caller, issue)
    base = f"{caller.site.base_url}/rest/api/3/issue/{record.id}/properties"
    note_objects(len(record.state.properties))
    return {"keys": [{"self": f"{base}/{key}", "key": key} for key in record.state.properties]}, 200


def read_property(caller: Caller, issue: str, key: str) -> Answer:
    found = visible(caller, issue).state.properties.get(key)
    if found is None:
        raise missing(key)
    note_objects(1)
    return {"key": key, "value": orjson.Fragment(found)}, 200


def missing(key: str) -> Refused:
    return Refused(404, f"The property with key '{key}' does not exist.")


def sent_value(key: str) -> bytes:
    """Raises Refused with 400."""
    if not request.get_data().strip():
        raise Refused(400, "The property value must not be empty.")
    return check_property(key, sent_body())


def store_property(caller: Caller, issue: str, key: str) -> Answer:
    """201 when it is new. Raises Refused with 400, 403 or 404."""
    record, tracker = writable(caller, issue, "EDIT_ISSUES", Refused(403, NO_EDIT)), tracker_of(caller)
    value = sent_value(key)
    with caller.site.lock:
        held = record.state.properties
        known = key in held
        if not known and len(held) >= tracker.limits.properties:
            raise Refused(400, f"The issue has reached the limit of {tracker.limits.properties} properties.")
        tracker.write(record, actor(caller), properties={**held, key: value})
    return None, 200 if known else 201


def delete_property(caller: Caller, issue: str, key: str) -> Answer:
    record = writable(caller, issue, "EDIT_ISSUES", Refused(403, NO_EDIT))
    if key not in record.state.properties:
        raise missing(key)
    with caller.site.lock:
        kept = {name: value for name, value in record.state.properties.items() if name != key}
        tracker_of(caller).write(record, actor(caller), properties=kept)
    return None, 204


def read_comment_property(caller: Caller, comment: str, key: str) -> Answer:
    _, found = find_comment(caller, comment)
    if key not in found.properties:
        raise missing(key)
    note_objects(1)
    return {"key": key, "value": found.properties[key]}, 200


def store_comment_property(caller: Caller, comment: str, key: str) -> Answer:
    """201 when it is new. Raises Refused with 400, 403 or 404."""
    value: Any = orjson.loads(sent_value(key))
    _, found = own_comment(caller, comment, "EDIT", status=403)
    known = key in found.properties
    with caller.site.lock:
        found.properties = {**found.properties, key: value}
    return None, 200 if known else 201
