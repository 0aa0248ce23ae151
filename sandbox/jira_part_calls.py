"""Components and versions of projects.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components, .../api-group-project-versions
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import (
    FieldsRefused,
    PlatformCalls,
    actor,
    note_objects,
    page_body,
    page_of,
    sent_object,
    tracker_of,
)
from sandbox.jira_issue_meta import find_browsable
from sandbox.jira_tracker import IssueTracker, Part

PAGE = 50
LONGEST = 255
NO_RIGHT = "You do not have permission to administer this project."
ASSIGNEE_TYPES = frozenset({"PROJECT_DEFAULT", "COMPONENT_LEAD", "PROJECT_LEAD", "UNASSIGNED"})


def add_part_calls(calls: PlatformCalls) -> None:
    calls.add("POST", "/component", create_component, scope="PROJECT_ADMIN")
    calls.add("GET", "/component/<part>", read_component, scope="READ")
    calls.add("DELETE", "/component/<part>", delete_component, scope="PROJECT_ADMIN")
    calls.add("GET", "/project/<project>/component", page_components, scope="READ")
    calls.add("GET", "/project/<project>/components", list_components, scope="READ")
    calls.add("POST", "/version", create_version, scope="PROJECT_ADMIN")
    calls.add("DELETE", "/version/<part>", delete_version, scope="PROJECT_ADMIN")
    calls.add("GET", "/project/<project>/version", page_versions, scope="READ")
    calls.add("GET", "/project/<project>/versions", list_versions, scope="READ")


def administered(caller: Caller, name: str, *, status: int) -> str:
    """The id of a project the caller administers. Raises Refused."""
    project, tracker = find_browsable(caller, name), tracker_of(caller)
    if not tracker.allows(actor(caller), "ADMINISTER_PROJECTS", project.id):
        raise Refused(status, NO_RIGHT)
    if project.id in tracker.archived_projects:
        raise Refused(400, "The project is archived.")
    return project.id


def checked_name(parts: Iterable[Part], project_id: str, body: Mapping[str, Any], word: str) -> str:
    """Raises FieldsRefused with 400."""
    name = (body.get("name") or "").strip()
    if not name:
        raise FieldsRefused({"name": f"The {word} name specified is invalid - cannot be an empty string."})
    if len(name) > LONGEST:
        raise FieldsRefused({"name": f"The {word} name must not exceed {LONGEST} characters in length."})
    if any(one.name.casefold() == name.casefold() for one in parts if one.project == project_id):
        raise FieldsRefused({"name": f"A {word} with the name {name} already exists in this project."})
    return name


def create_component(caller: Caller) -> Answer:
    """One at a time; its name is unique in the project. Raises Refused with 400, 403 or 404."""
    body, tracker = sent_object(), tracker_of(caller)
    project = body.get("project") or body.get("projectId")
    if not project:
        raise FieldsRefused({"project": "The project is required."})
    project_id = administered(caller, str(project), status=403)
    if body.get("assigneeType", "PROJECT_DEFAULT") not in ASSIGNEE_TYPES:
        raise FieldsRefused({"assigneeType": "The assignee type is invalid."})
    if body.get("leadAccountId") and body["leadAccountId"] not in caller.site.people:
        raise FieldsRefused({"leadAccountId": f"The user {body['leadAccountId']} does not exist."})
    with caller.site.lock:
        name = checked_name(tracker.components.values(), project_id, body, "component")
        made = Part(tracker.new_id(), project_id, name, {"description": body.get("description") or ""})
        tracker.components[made.id] = made
    return component_body(caller, made), 201


def component_body(caller: Caller, part: Part) -> dict[str, Any]:
    project = caller.site.find_project(part.project)
    return {
        "self": f"{caller.site.base_url}/rest/api/3/component/{part.id}",
        "id": part.id,
        "name": part.name,
        "description": part.details["description"],
        "assigneeType": "PROJECT_DEFAULT",
        "realAssigneeType": "PROJECT_DEFAULT",
        "isAssigneeTypeValid": False,
        "project": project.key if project else "",
        "projectId": int(part.project),
    }


def find_part(caller: Caller, parts: Mapping[str, Part], part_id: str, word: str) -> Part:
    """Raises Refused with 404."""
    found = parts.get(part_id)
    if found is None:
        raise Refused(404, f"The {word} with id {part_id} does not exist.")
    find_browsable(caller, found.project)
    return found


def read_component(caller: Caller, part: str) -> Answer:
    note_objects(1)
    return component_body(caller, find_part(caller, tracker_of(caller).components, part, "component")), 200


def delete_component(caller: Caller, part: str) -> Answer:
    """Issues lose it, or get the one of `moveIssuesTo`. Raises Refused with 403 or 404."""
    tracker = tracker_of(caller)
    found = find_part(caller, tracker.components, part, "component")
    administered(caller, found.project, status=403)
    target = request.args.get("moveIssuesTo")
    if target:
        find_part(caller, tracker.components, target, "component")
    with caller.site.lock:
        del tracker.components[part]
        take_away(tracker, ("components",), part, target, actor(caller))
    return None, 204


def take_away(tracker: IssueTracker, names: Iterable[str], part: str, target: str | None, author: str) -> None:
    """Replace an id in lists of all issues, or drop it."""
    for record in tracker.records.values():
        for name in names:
            held = record.state.fields.get(name, ())
            if part in held:
                kept = tuple(dict.fromkeys(target if one == part else one for one in held if target or one != part))
                tracker.write(record, author, fields={**record.state.fields, name: kept})


def parts_of(caller: Caller, parts: Mapping[str, Part], project: str) -> list[Part]:
    """Of one project, by name."""
    found = find_browsable(caller, project)
    text = request.args.get("query", "").lower()
    own = (one for one in parts.values() if one.project == found.id and text in one.name.lower())
    return sorted(own, key=lambda one: one.name.casefold())


def list_components(caller: Caller, project: str) -> Answer:
    found = parts_of(caller, tracker_of(caller).components, project)
    note_objects(len(found))
    return [component_body(caller, one) for one in found], 200


def page_components(caller: Caller, project: str) -> Answer:
    """With the number of issues of each."""
    tracker = tracker_of(caller)
    found = parts_of(caller, tracker.components, project)
    start, size = page_of(usual=PAGE, most=PAGE)

    def show(part: Part) -> dict[str, Any]:
        count = sum(part.id in one.state.fields.get("components", ()) for one in tuple(tracker.records.values()))
        return component_body(caller, part) | {"issueCount": count}

    page = page_body(found, start, size, show=show)
    note_objects(len(page["values"]))
    return page, 200


def create_version(caller: Caller) -> Answer:
    """Raises Refused with 400 or 404, also for somebody who does not administer the project."""
    body, tracker = sent_object(), tracker_of(caller)
    project = body.get("projectId") or body.get("project")
    if not project:
        raise FieldsRefused({"projectId": "The project is required."})
    project_id = administered(caller, str(project), status=404)
    details: dict[str, Any] = {"released": bool(body.get("released")), "archived": bool(body.get("archived"))}
    details |= {name: checked_date(name, body[name]) for name in ("startDate", "releaseDate") if body.get(name)}
    if details.get("startDate", "") > details.get("releaseDate", "9999"):
        raise FieldsRefused({"startDate": "The start date must be before the release date."})
    with caller.site.lock:
        name = checked_name(tracker.versions.values(), project_id, body, "version")
        made = Part(tracker.new_id(), project_id, name, details | {"description": body.get("description") or ""})
        tracker.versions[made.id] = made
    return version_body(caller, made), 201


def checked_date(name: str, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise FieldsRefused({name: f"Error parsing date string: {value}"}) from None


def version_body(caller: Caller, part: Part) -> dict[str, Any]:
    address = f"{caller.site.base_url}/rest/api/3/version/{part.id}"
    return {"self": address, "id": part.id, "name": part.name, "projectId": int(part.project)} | dict(part.details)


def delete_version(caller: Caller, part: str) -> Answer:
    """Issues lose it, or get another one."""
    tracker = tracker_of(caller)
    found = find_part(caller, tracker.versions, part, "version")
    administered(caller, found.project, status=401)
    with caller.site.lock:
        del tracker.versions[part]
        take_away(tracker, ("fixVersions",), part, request.args.get("moveFixIssuesTo"), actor(caller))
        take_away(tracker, ("versions",), part, request.args.get("moveAffectedIssuesTo"), actor(caller))
    return None, 204


def list_versions(caller: Caller, project: str) -> Answer:
    found = parts_of(caller, tracker_of(caller).versions, project)
    note_objects(len(found))
    return [version_body(caller, one) for one in found], 200


def page_versions(caller: Caller, project: str) -> Answer:
    start, size = page_of(usual=PAGE, most=PAGE)
    found = parts_of(caller, tracker_of(caller).versions, project)
    page = page_body(found, start, size, show=lambda one: version_body(caller, one))
    note_objects(len(page["values"]))
    return page, 200
