"""Fields, priorities, resolutions, statuses and settings of the whole site.

developer.atlassian.com/cloud/jira/platform/rest/v3: groups issue-fields, issue-priorities, jira-settings
"""

from typing import Any

from flask import request

from sandbox.jira_access import Caller
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, note_objects, page_body, page_of, tracker_of
from sandbox.jira_issue_parts import named_body, priority_body, status_body, type_body
from sandbox.jira_scheme import Field, Option

PAGE = 50
USUAL_PRIORITY = "3"


def add_field_calls(calls: PlatformCalls) -> None:
    calls.add("GET", "/field", list_fields, scope="READ")
    calls.add("GET", "/field/search", search_fields, scope="NONE")
    calls.add("GET", "/priority/search", search_priorities, scope="READ")
    calls.add("GET", "/resolution/search", search_resolutions, scope="READ")
    calls.add("GET", "/status", list_statuses, scope="READ")
    calls.add("GET", "/issuetype", list_types, scope="READ")
    calls.add("GET", "/configuration", read_configuration, scope="READ")


def list_fields(caller: Caller) -> Answer:
    """All of them at once, those of team-managed projects with their scope."""
    found = list(tracker_of(caller).catalogue.fields.values())
    note_objects(len(found))
    return [field_details(one) for one in found], 200


def field_details(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "custom": bool(field.custom),
        "orderable": field.kind != "fixed",
        "navigable": True,
        "searchable": True,
        "clauseNames": [f"cf[{field.id.rpartition('_')[2]}]", field.name] if field.custom else [field.id],
        "schema": field.schema(),
    }
    if field.scope:
        found["scope"] = {"type": "PROJECT", "project": {"id": field.scope}}
    return found


def search_fields(caller: Caller) -> Answer:
    """Pages of the fields of company-managed projects; `type`, `id` and `query` filter."""
    kinds = {word for given in request.args.getlist("type") for word in given.split(",")}
    ids = {word for given in request.args.getlist("id") for word in given.split(",")}
    text = request.args.get("query", "").lower()
    found = [
        one
        for one in tracker_of(caller).catalogue.fields.values()
        if not one.scope
        and (not kinds or ("custom" if one.custom else "system") in kinds)
        and (not ids or one.id in ids)
        and text in one.name.lower()
    ]
    start, size = page_of(usual=PAGE, most=PAGE)
    page = page_body(found, start, size, show=searched_field)
    note_objects(len(page["values"]))
    return page, 200


def searched_field(field: Field) -> dict[str, Any]:
    return {"id": field.id, "name": field.name, "schema": field.schema(), "description": "", "key": field.id}


def search_priorities(caller: Caller) -> Answer:
    """Pages of priorities, the default one marked."""
    ids, name = request.args.getlist("id"), request.args.get("priorityName")
    default_only = request.args.get("onlyDefault") == "true"
    found = [
        one
        for one in tracker_of(caller).catalogue.priorities
        if (not ids or one.id in ids) and name in {None, one.name} and (not default_only or one.id == USUAL_PRIORITY)
    ]
    start, size = page_of(usual=PAGE, most=PAGE)

    def show(found: Option) -> dict[str, Any]:
        default = {"isDefault": found.id == USUAL_PRIORITY, "description": "", "statusColor": "#cccccc"}
        return priority_body(caller.site, found.id) | default

    page = page_body(found, start, size, show=show)
    note_objects(len(page["values"]))
    return page, 200


def search_resolutions(caller: Caller) -> Answer:
    start, size = page_of(usual=PAGE, most=PAGE)
    found = list(tracker_of(caller).catalogue.resolutions)
    page = page_body(found, start, size, show=lambda one: named_body(caller.site, "resolution", one))
    note_objects(len(page["values"]))
    return page, 200


def list_statuses(caller: Caller) -> Answer:
    """Those of all workflows."""
    found = tracker_of(caller).catalogue.statuses.values()
    note_objects(len(found))
    return [status_body(caller.site, one) for one in found], 200


def list_types(caller: Caller) -> Answer:
    found = tracker_of(caller).catalogue.types.values()
    note_objects(len(found))
    return [type_body(caller.site, one) for one in found], 200


def read_configuration(caller: Caller) -> Answer:
    return {
        "votingEnabled": True,
        "watchingEnabled": True,
        "unassignedIssuesAllowed": True,
        "subTasksEnabled": True,
        "issueLinkingEnabled": True,
        "timeTrackingEnabled": True,
        "attachmentsEnabled": True,
        "timeTrackingConfiguration": {
            "workingHoursPerDay": 8.0,
            "workingDaysPerWeek": 5.0,
            "timeFormat": "pretty",
            "defaultUnit": "minute",
        },
    }, 200
