"""Editing and deleting issues.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues (Edit issue, Delete issue)
"""

from collections.abc import Mapping
from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, actor, note_writes, sent_object, tracker_of, visible, writable
from sandbox.jira_issue_changes import field_items
from sandbox.jira_issue_draft import Faults, may_set, missing_sentence, read_properties
from sandbox.jira_issue_links import make_link
from sandbox.jira_issue_record import Item, Record
from sandbox.jira_issue_references import type_of
from sandbox.jira_issue_render import issue_body, select_fields
from sandbox.jira_issue_updates import ADDED, Additions, apply_operations, check_update, read_additions
from sandbox.jira_issue_values import BadValue, Place, not_settable, place_of
from sandbox.jira_scheme import Field

SILENT = "To discard the user notification either admin or project admin permissions are required."
OVERRIDES = ("overrideScreenSecurity", "overrideEditableFlag")


def add_edit_calls(calls: PlatformCalls) -> None:
    calls.add("PUT", "/issue/<issue>", edit_issue, scope="WRITE")
    calls.add("DELETE", "/issue/<issue>", delete_issue, scope="DELETE")


def edit_issue(caller: Caller, issue: str) -> Answer:
    """Raises Refused with 400, 403, 404 or 413. A transition in the body is ignored."""
    record, body, tracker = visible(caller, issue), sent_object(), tracker_of(caller)
    check_flags(caller, record)
    place = place_of(tracker, record, actor(caller))
    writable(caller, issue, "BROWSE_PROJECTS", Refused(404))
    faults = Faults()
    fields = edited_fields(place, record, body, faults)
    update = body.get("update") or {}
    additions = read_additions(place, update, ADDED, faults.note)
    faults.end()
    properties = read_properties(body.get("properties") or ())
    type_id = fields.pop("issuetype", record.state.type)
    with caller.site.lock:
        items = field_items(tracker, record.state.fields, fields)
        if type_id != record.state.type:
            items += (type_item(place, type_id),)
        changed = {"fields": fields, "type": type_id, "properties": {**record.state.properties, **properties}}
        tracker.write(record, place.actor, items, metadata=body.get("historyMetadata"), **changed)
        add_all(place, record, additions)
    if request.args.get("returnIssue") == "true":
        return issue_body(caller.site, record, select_fields((), "*all")), 200
    return None, 204


def check_flags(caller: Caller, record: Record) -> None:
    """Who may be silent and who may override screens. Raises Refused with 403."""
    tracker, account = tracker_of(caller), actor(caller)
    if any(request.args.get(name) == "true" for name in OVERRIDES) and not tracker.administers(account):
        raise Refused(403, "Only apps whose user has the Administer Jira permission can override screen security.")
    silent = request.args.get("notifyUsers") == "false" and not tracker.administers(account)
    if silent and not tracker.allows(account, "ADMINISTER_PROJECTS", record.state.project):
        raise Refused(403, SILENT)


def edited_fields(place: Place, record: Record, body: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """All fields as they will be; `issuetype` among them when it changes. Faults are noted."""
    given, update = body.get("fields") or {}, body.get("update") or {}
    check_update(given, update, faults.errors)
    found = dict(record.state.fields)
    work = {name: [{"set": value}] for name, value in given.items()}
    work |= {name: operations for name, operations in update.items() if name not in ADDED}
    for name, operations in work.items():
        try:
            put_value(place, record, found, name, operations)
        except BadValue as error:
            faults.note(name, error)
    return found


def put_value(place: Place, record: Record, found: dict[str, Any], name: str, operations: list[Any]) -> None:
    """Change one field in `found`. Raises BadValue."""
    if name == "issuetype":
        found[name] = changed_type(place, operations[-1].get("set"))
        return
    field = editable(place, name, operations)
    value = apply_operations(place, field, found.get(name), operations)
    if field.kind == "sprint":
        value = with_past_sprints(place, found.get(name), value)
    if value is None or value == ():
        check_clearing(place, field)
        found.pop(name, None)
    else:
        found[name] = value


def editable(place: Place, name: str, operations: list[Any]) -> Field:
    """The field, if the edit screen or an override lets it be set. Raises BadValue."""
    field = place.tracker.catalogue.fields.get(name)
    override = request.args.get("overrideScreenSecurity") == "true"
    on_screen = override or name in place.scheme.settable(place.type.id)
    last = operations[-1].get("set") if operations else None
    if field is None or name == "project" or not on_screen or not place.allows("EDIT_ISSUES"):
        raise BadValue(not_settable(name))
    if not may_set(place, name, last):
        raise BadValue(not_settable(name))
    return field


def check_clearing(place: Place, field: Field) -> None:
    """Raises BadValue when the field must have a value."""
    if place.scheme.screens[place.type.id].get(field.id) or field.id == "reporter":
        raise BadValue(missing_sentence(field))
    if field.id == "parent" and place.type.subtask:
        raise BadValue("Subtasks must have a parent work item.")


def with_past_sprints(place: Place, before: tuple[int, ...] | None, after: tuple[int, ...] | None) -> Any:
    """Closed sprints stay in the field for good; of the others there is one."""
    sprints = place.tracker.agile.sprints
    past = [one for one in before or () if one in sprints and sprints[one].state == "closed"]
    return (*past, *(after or ())) or None


def changed_type(place: Place, value: Any) -> str:
    """A type of the same level with the same workflow. Raises BadValue."""
    found = type_of(place.scheme, value)
    flows = place.scheme.workflows
    if not place.allows("EDIT_ISSUES"):
        raise BadValue(not_settable("issuetype"))
    if found.level != place.type.level or flows[found.id] is not flows[place.type.id]:
        raise BadValue("The issue type selected is invalid.")
    return found.id


def type_item(place: Place, after: str) -> Item:
    types = place.tracker.catalogue.types
    return Item("issuetype", place.type.id, place.type.name, after, types[after].name)


def add_all(place: Place, record: Record, additions: Additions) -> None:
    """Store the comments, worklogs and links that came along. Raises LimitReached."""
    tracker, author = place.tracker, place.actor
    for text in additions.comments:
        tracker.add_comment(record, author, text)
    for one in additions.worklogs:
        tracker.add_worklog(record, author, started=one.started, seconds=one.seconds, comment=one.comment)
    for type_, other, source in additions.links:
        end = tracker.records[other]
        make_link(tracker, author, type_, *((record, end) if source else (end, record)))


def delete_issue(caller: Caller, issue: str) -> Answer:
    """With its subtasks where asked for; what else is below it stays without a parent. Raises Refused."""
    refusal = Refused(403, "You do not have permission to delete issues in this project.")
    record, tracker = writable(caller, issue, "DELETE_ISSUES", refusal), tracker_of(caller)
    below = tracker.children(record)
    subtasks = [one for one in below if place_of(tracker, one, actor(caller)).type.subtask]
    if subtasks and request.args.get("deleteSubtasks", "false") != "true":
        key = tracker.issue(record).key
        sentence = "You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks."
        raise Refused(400, f"The issue '{key}' has subtasks. {sentence}")
    with caller.site.lock:
        for one in below:
            if one in subtasks:
                tracker.remove(one)
            else:
                without = {name: value for name, value in one.state.fields.items() if name != "parent"}
                tracker.write(one, actor(caller), fields=without)
        tracker.remove(record)
    note_writes(1 + len(subtasks))
    return None, 204
