"""Transitions: which there are for an issue now, and doing one.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues (Get transitions, Transition issue)
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
    sent_object,
    tracker_of,
    visible,
    writable,
)
from sandbox.jira_issue_changes import field_items, status_item
from sandbox.jira_issue_draft import Faults
from sandbox.jira_issue_meta import field_metadata
from sandbox.jira_issue_parts import status_body
from sandbox.jira_issue_record import Record
from sandbox.jira_issue_references import read_value
from sandbox.jira_issue_updates import Additions, check_update, read_additions
from sandbox.jira_issue_values import BadValue, Place, not_settable, place_of
from sandbox.jira_scheme import Transition
from sandbox.jira_tracker import IssueTracker

WITH_TRANSITION = frozenset({"comment", "worklog", "issuelinks"})


def add_transition_calls(calls: PlatformCalls) -> None:
    calls.add("GET", "/issue/<issue>/transitions", list_transitions, scope="READ")
    calls.add("POST", "/issue/<issue>/transitions", do_transition, scope="WRITE")


def leaving(tracker: IssueTracker, record: Record) -> list[Transition]:
    """What the workflow allows in the issue's status, without a look at conditions."""
    return tracker.scheme(record.state.project).workflow(record.state.type).leaving(record.state.status)


def list_transitions(caller: Caller, issue: str) -> Answer:
    """Empty for somebody who may not transition; `expand=transitions.fields` tells the screens."""
    record, tracker = visible(caller, issue), tracker_of(caller)
    wanted, hidden = request.args.get("transitionId"), request.args.get("includeUnavailableTransitions") == "true"
    found = [one for one in leaving(tracker, record) if wanted in {None, one.id} and (hidden or not one.hidden)]
    if not tracker.allows(actor(caller), "TRANSITION_ISSUES", record.state.project):
        found = []
    note_objects(len(found))
    fields = "transitions.fields" in request.args.get("expand", "")
    place = place_of(tracker, record, actor(caller))
    return {"expand": "transitions", "transitions": [shown(caller, place, one, fields=fields) for one in found]}, 200


def shown(caller: Caller, place: Place, found: Transition, *, fields: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": found.id,
        "name": found.name,
        "to": status_body(caller.site, place.tracker.catalogue.statuses[found.to]),
        "hasScreen": bool(found.screen),
        "isGlobal": not found.sources,
        "isInitial": False,
        "isAvailable": not found.hidden,
        "isConditional": found.hidden,
        "looped": False,
    }
    if fields:
        known = place.tracker.catalogue.fields
        body["fields"] = {
            name: field_metadata(caller.site, place, known[name], required=needed)
            for name, needed in found.screen.items()
        }
    return body


def do_transition(caller: Caller, issue: str) -> Answer:
    """Raises Refused with 400, 404 or 413."""
    body, tracker, account = sent_object(), tracker_of(caller), actor(caller)
    record = visible(caller, issue)
    wanted = str((body.get("transition") or {}).get("id") or "")
    if not wanted:
        raise Refused(400, "Missing 'transition' identifier")
    invalid = Refused(400, f"Transition id '{wanted}' is not valid for this issue.")
    writable(caller, issue, "TRANSITION_ISSUES", invalid)
    found = next((one for one in leaving(tracker, record) if one.id == wanted and not one.hidden), None)
    if found is None:
        raise invalid
    place = place_of(tracker, record, account)
    fields, additions = read_screen(place, found, body)
    with caller.site.lock:
        move(tracker, record, found, fields, account, metadata=body.get("historyMetadata"))
        for text in additions.comments:
            tracker.add_comment(record, account, text)
    return None, 204


def read_screen(place: Place, found: Transition, body: Mapping[str, Any]) -> tuple[dict[str, Any], Additions]:
    """The fields of the transition's screen. Raises FieldsRefused."""
    given, update = dict(body.get("fields") or {}), dict(body.get("update") or {})
    faults = Faults()
    check_update(given, update, faults.errors)
    given |= {name: ops[-1]["set"] for name, ops in update.items() if name not in WITH_TRANSITION and "set" in ops[-1]}
    fields: dict[str, Any] = {}
    for name, value in given.items():
        try:
            if name not in found.screen:
                raise BadValue(not_settable(name))
            fields[name] = read_value(place, place.tracker.catalogue.fields[name], value)
        except BadValue as error:
            faults.note(name, error)
    for name, needed in found.screen.items():
        if needed and not fields.get(name):
            faults.errors.setdefault(name, f"{place.tracker.catalogue.fields[name].name} is required.")
    additions = read_additions(place, update, WITH_TRANSITION, faults.note)
    faults.end()
    return fields, additions


def move(
    tracker: IssueTracker,
    record: Record,
    found: Transition,
    fields: Mapping[str, Any],
    author: str,
    *,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Change the status, and the fields of the screen, as one change of the history."""
    before = record.state
    after = {name: value for name, value in {**before.fields, **fields}.items() if value is not None}
    items = (*field_items(tracker, before.fields, after), status_item(tracker, before.status, found.to))
    tracker.write(record, author, items, metadata=metadata, fields=after, status=found.to)


def transition_new(tracker: IssueTracker, record: Record, wanted: str, author: str) -> dict[str, Any]:
    """The transition that came with a create request, as its answer tells how it went; the issue is there anyway."""
    found = next((one for one in leaving(tracker, record) if one.id == wanted and not one.hidden), None)
    errors: dict[str, Any] = {"errorMessages": [], "errors": {}}
    if found is None or not tracker.allows(author, "TRANSITION_ISSUES", record.state.project):
        errors["errorMessages"] = [f"Transition id '{wanted}' is not valid for this issue."]
        return {"status": 400, "errorCollection": errors}
    try:
        read_screen(place_of(tracker, record, author), found, {})
    except FieldsRefused as refused:
        return {"status": 400, "errorCollection": errors | {"errors": refused.errors}}
    move(tracker, record, found, {}, author)
    return {"status": 200, "errorCollection": errors}
