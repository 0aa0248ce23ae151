"""Asking what a person or the app may do.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, actor, note_objects, sent_object
from sandbox.jira_permissions import GLOBAL, PROJECT

MOST = 1000  # projects, and issues


def add_permission_calls(calls: PlatformCalls) -> None:
    calls.add("POST", "/permissions/check", check_permissions, scope="READ")
    calls.add("GET", "/mypermissions", read_own_permissions, scope="READ")


def check_permissions(caller: Caller) -> Answer:
    """Which of the permissions a person, or the app itself, has; an app may ask for anybody. Raises Refused."""
    body = sent_object()
    account = body.get("accountId") or actor(caller)
    if account != actor(caller) and account not in caller.site.people:
        raise Refused(400, "The account does not exist on this site.")
    asked = [name for name in body.get("globalPermissions") or () if name]
    refuse_unknown(asked, GLOBAL)
    held = [name for name in asked if not GLOBAL[name] or caller.site.tracker.administers(account)]
    granted = [one for wanted in body.get("projectPermissions") or () for one in grants(caller, account, wanted)]
    return {"globalPermissions": held, "projectPermissions": granted}, 200


def grants(caller: Caller, account: str, wanted: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """For each permission the projects and issues where it is held, if any; unknown ids are left out."""
    projects, issues = wanted.get("projects") or [], wanted.get("issues") or []
    names = [name for name in wanted.get("permissions") or () if name]
    refuse_unknown(names, PROJECT)
    if max(len(projects), len(issues)) > MOST:
        raise Refused(400, f"A maximum of {MOST} projects and {MOST} issues can be checked.")
    note_objects(len(projects) + len(issues))
    home = issue_homes(caller)
    places = {project.id for project in caller.site.projects.values()}
    tracker = caller.site.tracker
    for name in names:
        inside = [one for one in projects if str(one) in places and tracker.allows(account, name, str(one))]
        seen = [one for one in issues if home(one) and not tracker.permissions.hides(account, str(one))]
        on = [one for one in seen if tracker.allows(account, name, home(one))]
        if inside or on:
            yield {"permission": name, "projects": inside, "issues": on}


def issue_homes(caller: Caller) -> Callable[[Any], str]:
    """A function from an issue's id to its project's id, empty for an unknown issue."""

    def home(issue_id: Any) -> str:
        record = caller.site.tracker.records.get(str(issue_id))
        return record.state.project if record else ""

    return home


def refuse_unknown(names: Iterable[str], known: Iterable[str]) -> None:
    unknown = [name for name in names if name not in set(known)]
    if unknown:
        raise Refused(400, f"Unrecognized permission: {', '.join(unknown)}")


def read_own_permissions(caller: Caller) -> Answer:
    """What the app may do, on the site or in the project or issue of the query. Raises Refused with 400 or 404."""
    names = [name for name in request.args.get("permissions", "").split(",") if name]
    if not names:
        raise Refused(400, "The 'permissions' query parameter is required.")
    refuse_unknown(names, [*GLOBAL, *PROJECT])
    places = asked_projects(caller)
    return {"permissions": {name: own_permission(caller, name, places) for name in names}}, 200


def asked_projects(caller: Caller) -> list[str]:
    """Ids of the projects that count."""
    site, query = caller.site, request.args
    issue, project = query.get("issueId") or query.get("issueKey"), query.get("projectId") or query.get("projectKey")
    if issue:
        record = site.tracker.record(issue)
        found = [record.state.project] if record else []
    elif project:
        known = site.find_project(project)
        found = [known.id] if known else []
    else:
        return [one.id for one in site.projects.values()]
    if not [one for one in found if site.tracker.allows(actor(caller), "BROWSE_PROJECTS", one)]:
        raise Refused(404, "The project or issue does not exist, or you do not have permission to see it.")
    return found


def own_permission(caller: Caller, name: str, places: list[str]) -> dict[str, Any]:
    tracker, account = caller.site.tracker, actor(caller)
    if name in GLOBAL:
        kind, held = "GLOBAL", not GLOBAL[name] or tracker.administers(account)
    else:
        kind, held = "PROJECT", any(tracker.allows(account, name, one) for one in places)
    words = name.replace("_", " ").capitalize()
    return {"id": name, "key": name, "name": words, "type": kind, "description": "", "havePermission": held}
