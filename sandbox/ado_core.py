"""Who the caller is, and the projects of an organization."""

from sandbox.ado_access import require_project, sees_project
from sandbox.ado_errors import bad_request
from sandbox.ado_model import Json, Project, User
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import project_json
from sandbox.ado_state import OrganizationState
from sandbox.wit_process import Process

core_routes = Routes()


@core_routes.get("connectionData", "connection", project="none")
def show_connection(call: Call) -> Json:
    """The cheapest check of a token. Not in the official documents; preview only."""
    user = call.token.user
    shown = {
        "id": user.id,
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{call.organization.id}\\{user.mail}",
        "subjectDescriptor": user.descriptor,
        "providerDisplayName": user.name,
        "isActive": True,
        "properties": {"Account": {"$type": "System.String", "$value": user.mail}},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }
    return {
        "authenticatedUser": shown,
        "authorizedUser": shown,
        "instanceId": call.organization.id,
        "deploymentId": call.organization.collection_id,
        "deploymentType": "hosted",
        "locationServiceData": {"serviceOwner": "00025394-6065-48ca-87d9-7f5672854ef7"},
    }


@core_routes.get("projects", "core", project="none")
def list_projects(call: Call) -> Page:
    state = call.text("stateFilter") or "wellFormed"
    organization, user = call.organization, call.token.user
    known = organization.projects.values() if state in {"wellFormed", "all"} else ()
    found = [project for project in known if sees_project(organization, user, project)]
    skip = call.number("$skip", 0)
    return call.page(found[skip:], lambda project: project_json(project, call.base))


@core_routes.get("projects/{projectId}", "core", project="none")
def show_project(call: Call, project_id: str) -> Json:
    """With `includeCapabilities` it says what the code is kept in; with `includeHistory` a former name will do."""
    known = call.organization.find_project(project_id, former=call.flag("includeHistory"))
    found = require_project(call.organization, call.token.user, known, project_id)
    team = {
        "id": found.id,
        "name": f"{found.name} Team",
        "url": f"{call.base}/_apis/projects/{found.id}/teams/{found.id}",
    }
    links = {"self": {"href": f"{call.base}/_apis/projects/{found.id}"}}
    shown = project_json(found, call.base) | {"_links": links, "defaultTeam": team}
    if call.flag("includeCapabilities"):
        shown["capabilities"] = capabilities_of(found, call.organization.work.process_of(found))
    return shown


def capabilities_of(project: Project, process: Process) -> Json:
    has_git, has_tfvc = project.source_control != "Tfvc", project.source_control != "Git"
    return {
        "processTemplate": {"templateName": process.name, "templateTypeId": process.id},
        "versioncontrol": {
            "sourceControlType": "Git" if project.source_control == "Git" else "Tfvc",
            "gitEnabled": str(has_git), "tfvcEnabled": str(has_tfvc),
        },
    }  # fmt: skip


@core_routes.get("identities", "identity", project="none")
def list_identities(call: Call) -> Page:
    """By ids, or by a search for name or mail (`searchFilter` General)."""
    if call.text("searchFilter") not in {None, "General"}:
        raise bad_request("The stand-in only knows the search filter General.")
    wanted = set((call.text("identityIds") or "").split(","))
    text = (call.text("filterValue") or "").casefold()
    found = [
        user
        for user in call.organization.users.values()
        if user.id in wanted or (text and text in f"{user.name} {user.mail}".casefold())
    ]
    return Page([identity_of(user, call.organization) for user in found])


def identity_of(user: User, organization: OrganizationState) -> Json:
    """Who left or was disabled is found too, and not active."""
    away = organization.removed_users | organization.work.inactive_people
    return {
        "id": user.id,
        "subjectDescriptor": user.descriptor,
        "providerDisplayName": user.name,
        "isActive": user.id not in away,
        "isContainer": False,
        "members": [],
        "memberOf": [],
        "resourceVersion": 2,
        "metaTypeId": 0,
    }
