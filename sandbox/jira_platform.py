"""The few calls of the Jira platform REST API v3 that the app needs, for apps that sign as Connect.

developer.atlassian.com/cloud/jira/platform/rest/v3
"""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.jira_access import Access, Caller, Refused
from sandbox.jira_calls import Answer, as_json, error_collection
from sandbox.jira_contract import JiraContract
from sandbox.jira_issue_calls import PlatformCalls
from sandbox.jira_permission_calls import add_permission_calls
from sandbox.jira_person_calls import add_person_calls
from sandbox.jira_project_details import project_details
from sandbox.jira_site import JiraSite, Project

PAGE = 50


def platform_blueprint(access: Access, contract: JiraContract) -> Blueprint:
    """The calls below `/rest/api/3`."""
    blueprint = Blueprint("platform", __name__, url_prefix="/rest/api/3")
    calls = PlatformCalls(blueprint, access, contract)
    calls.add("GET", "/project/search", search_projects, scope="READ")
    calls.add("GET", "/project/<id_or_key>", read_project, scope="READ")
    add_permission_calls(calls)
    add_person_calls(calls)
    calls.add("GET", "/myself", read_myself, scope="READ")
    calls.add("GET", "/serverInfo", read_server, scope="READ")

    @blueprint.route("/search", methods=["GET", "POST"])
    def removed_search() -> Response:
        # the document still lists it; the service has answered 410 since CHANGE-2046
        sentence = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
        return as_json(error_collection((sentence,)), 410)

    return blueprint


def search_projects(caller: Caller) -> Answer:
    """A page of projects in the order of their keys."""
    site = caller.site
    start, size = int(request.args.get("startAt", 0)), int(request.args.get("maxResults", PAGE))
    keys, text = request.args.getlist("keys"), request.args.get("query", "").lower()
    ids = request.args.getlist("id")
    found = [
        project
        for key, project in sorted(site.projects.items())
        if (not keys or key in keys)
        and (not ids or project.id in ids)
        and (text in key.lower() or text in project.name.lower())
    ]
    page: dict[str, Any] = {
        "self": f"{site.base_url}/rest/api/3/project/search?startAt={start}&maxResults={size}",
        "startAt": start,
        "maxResults": size,
        "total": len(found),
        "isLast": start + size >= len(found),
        "values": [project_body(site, project) for project in found[start : start + size]],
    }
    if not page["isLast"]:
        page["nextPage"] = f"{site.base_url}/rest/api/3/project/search?startAt={start + size}&maxResults={size}"
    return page, 200


def read_project(caller: Caller, id_or_key: str) -> Answer:
    """By id, key or a former key; the answer has the key of now. Raises Refused with 404."""
    found = caller.site.find_project(id_or_key)
    if found is None:
        raise Refused(404, f"No project could be found with key '{id_or_key}'.")
    return project_body(caller.site, found) | project_details(caller.site, found), 200


def project_body(site: JiraSite, project: Project) -> dict[str, Any]:
    team = site.tracker.scheme(project.id).style == "team"
    return {
        "self": f"{site.base_url}/rest/api/3/project/{project.id}",
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "projectTypeKey": "software",
        "simplified": team,
        "style": "next-gen" if team else "classic",
        "isPrivate": False,
    }


def read_myself(caller: Caller) -> Answer:
    """The user that Jira made for the app."""
    return {
        "self": f"{caller.site.base_url}/rest/api/3/user?accountId=app-{caller.provider}",
        "accountId": f"app-{caller.provider}",
        "accountType": "app",
        "displayName": caller.provider,
        "active": True,
        "timeZone": "Etc/UTC",
        "locale": "en_US",
    }, 200


def read_server(caller: Caller) -> Answer:
    return {
        "baseUrl": caller.site.base_url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100275,
        "serverTitle": "Jira",
    }, 200
