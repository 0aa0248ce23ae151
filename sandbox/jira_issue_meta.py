"""What can be set where: create and edit metadata, fields, statuses, priorities, types, settings of the site.

developer.atlassian.com/cloud/jira/platform/rest/v3: groups issues, issue-fields, projects, issue-priorities
"""

from typing import TYPE_CHECKING, Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, actor, note_objects, page_of, tracker_of, visible
from sandbox.jira_issue_parts import (
    named_body,
    part_body,
    priority_body,
    status_body,
    type_body,
)
from sandbox.jira_issue_values import Place, place_of
from sandbox.jira_scheme import Field, IssueType, Scheme

if TYPE_CHECKING:
    from sandbox.jira_site import JiraSite, Project

PAGE, MOST = 50, 200
NEEDS = {"reporter": "MODIFY_REPORTER", "assignee": "ASSIGN_ISSUES", "duedate": "SCHEDULE_ISSUES"}


def add_meta_calls(calls: PlatformCalls) -> None:
    base = "/issue/createmeta/<project>/issuetypes"
    calls.add("GET", base, list_create_types, scope="READ")
    calls.add("GET", f"{base}/<type_id>", list_create_fields, scope="READ")
    calls.add("GET", "/issue/<issue>/editmeta", read_edit_fields, scope="READ")
    calls.add("GET", "/project/<project>/statuses", list_statuses, scope="READ")
    calls.add("GET", "/project/<project>/hierarchy", read_hierarchy, scope="READ")
    calls.add("GET", "/issuetype/project", list_types, scope="READ")


def find_creatable(caller: Caller, name: str) -> "Project":
    """A project the caller may create issues in. Raises Refused with 400, as the document says."""
    found = caller.site.find_project(name)
    if found is None or not tracker_of(caller).allows(actor(caller), "CREATE_ISSUES", found.id):
        raise Refused(400, f"No project could be found with key '{name}', or you may not create issues in it.")
    return found


def find_browsable(caller: Caller, name: str) -> "Project":
    """Raises Refused with 404."""
    found = caller.site.find_project(name)
    if found is None or not tracker_of(caller).allows(actor(caller), "BROWSE_PROJECTS", found.id):
        raise Refused(404, f"No project could be found with key '{name}'.")
    return found


def list_create_types(caller: Caller, project: str) -> Answer:
    found = tracker_of(caller).scheme(find_creatable(caller, project).id).types
    start, size = page_of(usual=PAGE, most=MOST)
    listed = [type_body(caller.site, one) for one in found[start : start + size]]
    note_objects(len(listed))
    return {"startAt": start, "maxResults": size, "total": len(found), "issueTypes": listed}, 200


def list_create_fields(caller: Caller, project: str, type_id: str) -> Answer:
    """A page of the fields of the create screen that the caller may set."""
    place = create_place(caller, project, type_id)
    screen = [(name, needed) for name, needed in place.scheme.screens[type_id].items() if settable(place, name)]
    start, size = page_of(usual=PAGE, most=MOST)
    known = place.tracker.catalogue.fields
    listed = [
        field_metadata(caller.site, place, known[name], required=needed) | {"fieldId": name}
        for name, needed in screen[start : start + size]
    ]
    note_objects(len(listed))
    return {"startAt": start, "maxResults": size, "total": len(screen), "fields": listed}, 200


def create_place(caller: Caller, project: str, type_id: str) -> Place:
    found = find_creatable(caller, project)
    scheme = tracker_of(caller).scheme(found.id)
    type_ = next((one for one in scheme.types if one.id == type_id), None)
    if type_ is None:
        raise Refused(400, f"The issue type '{type_id}' does not exist in this project.")
    return Place(tracker_of(caller), found.id, scheme, type_, actor(caller))


def settable(place: Place, field_id: str) -> bool:
    """A field that needs a permission of its own is not offered without it; a parent only where there is a level."""
    if field_id == "parent":
        return any(one.level == place.type.level + 1 for one in place.scheme.types)
    sprint = place.tracker.catalogue.fields[field_id].kind == "sprint"
    needed = "SCHEDULE_ISSUES" if sprint else NEEDS.get(field_id)
    return needed is None or place.allows(needed)


def field_metadata(site: "JiraSite", place: Place, field: Field, *, required: bool) -> dict[str, Any]:
    """A field as create, edit and transition metadata describe it."""
    subtask = field.id == "parent" and place.type.subtask
    default = place.scheme.defaults.get(field.id)
    found: dict[str, Any] = {
        "required": required or subtask,
        "schema": field.schema(),
        "name": field.name,
        "key": field.id,
        "hasDefaultValue": default is not None or field.id == "reporter",
        "operations": field.operations(),
    }
    choices = allowed_values(site, place, field)
    return found | ({} if choices is None else {"allowedValues": choices})


def allowed_values(site: "JiraSite", place: Place, field: Field) -> list[Any] | None:
    """The choices of a field; None where there is no list."""
    tracker = place.tracker
    if field.kind == "priority":
        return [priority_body(site, one.id) for one in tracker.catalogue.priorities]
    if field.kind == "resolution":
        return [named_body(site, "resolution", one) for one in tracker.catalogue.resolutions]
    if field.kind in {"option", "options"}:
        address = f"{site.base_url}/rest/api/3/customFieldOption"
        return [{"self": f"{address}/{one.id}", "value": one.name, "id": one.id} for one in field.options]
    if field.kind in {"components", "versions"}:
        parts = tracker.components if field.kind == "components" else tracker.versions
        return [part_body(site, one) for one in parts.values() if one.project == place.project]
    if field.kind == "issuetype":
        return [type_body(site, place.type)]
    return None


def read_edit_fields(caller: Caller, issue: str) -> Answer:
    """The fields of the edit screen; none for somebody who may not edit."""
    place = place_of(tracker_of(caller), visible(caller, issue), actor(caller))
    names = sorted(place.scheme.settable(place.type.id) - {"project"}) if place.allows("EDIT_ISSUES") else []
    needed, known = place.scheme.screens[place.type.id], place.tracker.catalogue.fields
    note_objects(1)
    return {
        "fields": {
            name: field_metadata(caller.site, place, known[name], required=needed.get(name, False))
            for name in names
            if settable(place, name)
        }
    }, 200


def list_statuses(caller: Caller, project: str) -> Answer:
    """The statuses of each type of a project, in the workflow's order, reachable or not."""
    scheme = tracker_of(caller).scheme(find_browsable(caller, project).id)
    note_objects(len(scheme.types))
    return [statuses_body(caller, scheme, one) for one in scheme.types], 200


def statuses_body(caller: Caller, scheme: Scheme, type_: IssueType) -> dict[str, Any]:
    return {
        "self": f"{caller.site.base_url}/rest/api/3/issuetype/{type_.id}",
        "id": type_.id,
        "name": type_.name,
        "subtask": type_.subtask,
        "statuses": [status_body(caller.site, one) for one in scheme.workflow(type_.id).statuses],
    }


def list_types(caller: Caller) -> Answer:
    """The types of a project, `level` filters."""
    found = find_browsable(caller, request.args.get("projectId", ""))
    level = request.args.get("level")
    types = [one for one in tracker_of(caller).scheme(found.id).types if level in {None, str(one.level)}]
    note_objects(len(types))
    return [type_body(caller.site, one) for one in types], 200


def read_hierarchy(caller: Caller, project: str) -> Answer:
    """The levels of a team-managed project. Raises Refused with 400 for another one."""
    found = find_browsable(caller, project)
    scheme = tracker_of(caller).scheme(found.id)
    if scheme.style != "team":
        raise Refused(400, "This operation is for team-managed projects only.")
    levels = sorted({one.level for one in scheme.types}, reverse=True)
    types = {level: [one for one in scheme.types if one.level == level] for level in levels}
    note_objects(1)
    return {
        "projectId": int(found.id),
        "hierarchy": [
            {"level": level, "name": types[level][0].name, "issueTypes": [{"id": int(one.id)} for one in types[level]]}
            for level in levels
        ],
    }, 200
