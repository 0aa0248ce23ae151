"""What the answer for one project tells beyond its name: types, components, versions, lead, whether it is archived."""

from typing import TYPE_CHECKING, Any

from sandbox.jira_issue_parts import part_body, type_body, user_body

if TYPE_CHECKING:
    from sandbox.jira_site import JiraSite, Project


def project_details(site: "JiraSite", project: "Project") -> dict[str, Any]:
    """Fields of a project that lists of projects leave out."""
    tracker = site.tracker
    found: dict[str, Any] = {
        "issueTypes": [type_body(site, one) for one in tracker.scheme(project.id).types],
        "components": [part_body(site, one) for one in tracker.components.values() if one.project == project.id],
        "versions": [part_body(site, one) for one in tracker.versions.values() if one.project == project.id],
        "lead": user_body(site, site.admin.account_id),
        "assigneeType": "PROJECT_LEAD" if project.id in tracker.default_assignees else "UNASSIGNED",
    }
    return found | ({"archived": True} if project.id in tracker.archived_projects else {})
