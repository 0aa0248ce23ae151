"""A Jira project as a migration finds it: types with their fields and workflows, sprints, components, limits, rights.

Reads only. Nothing is known by id beforehand: fields are told by their schema.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (issues, projects, permissions, attachments)
https://developer.atlassian.com/cloud/jira/software/rest/ (boards)
"""

from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from clients.jira import JiraClient
from clients.jira_answers import read_jira, read_list, read_pages
from clients.jira_boards import BoardFacts, read_board
from clients.jira_flows import explore_type
from domain.errors import Forbidden, NotFound
from domain.json_fields import flag, number, optional_text, record, records, text
from domain.records import Json
from domain.target_sites import Style, TargetField, TargetLinkType, TargetProject, TargetStatus, TargetType

# https://support.atlassian.com/jira-cloud-administration/docs/permissions-for-company-managed-projects/
PERMISSIONS = (
    "ADD_COMMENTS", "ADMINISTER_PROJECTS", "ASSIGN_ISSUES", "BROWSE_PROJECTS", "CREATE_ATTACHMENTS", "CREATE_ISSUES",
    "EDIT_ISSUES", "LINK_ISSUES", "MANAGE_SPRINTS_PERMISSION", "MODIFY_REPORTER", "SCHEDULE_ISSUES",
    "TRANSITION_ISSUES",
)  # fmt: skip
AT_ONCE = 8  # calls; none of them is slow, and a person or a run waits for all
OPTION_KINDS = frozenset({"option", "priority", "resolution"})


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project in short. `key` is the one of now."""

    id: str
    key: str
    style: Style


def read_target(
    client: JiraClient, project: str, *, board: int | None = None, fresh: Sequence[str] = (), explores: bool = True
) -> TargetProject:
    """Everything of a project (a key or an id) that a mapping may name and a check has to look at.

    `board`: the one whose sprints count; without it the only board of the project that has sprints. `fresh`: ids of
    issues made just now, which the search index may not know yet. Without `explores` the ways through the workflows
    are left out. What does not need another answer is asked at once. Raises NotFound for a project that the app may
    not see.
    """
    facts = find_project(client, project)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="target") as threads:
        held = threads.submit(read_permissions, client, facts)
        links = threads.submit(read_link_types, client)
        board_ = threads.submit(read_board, client, facts.id, board)
        files = threads.submit(client.send, "GET", "platform", "/attachment/meta", endpoint="attachment-meta")
        components = threads.submit(read_components, client, facts)
        types = read_types(client, facts, threads, held)
        if explores:
            types = tuple(threads.map(lambda one: explore_type(client, facts.key, one, fresh), types))
        return TargetProject(
            id=facts.id,
            key=facts.key,
            style=facts.style,
            types=types,
            priorities=collect_priorities(types),
            link_types=links.result() or (),
            components=components.result(),
            **board_values(board_.result()),
            **file_values(files.result()),
            permissions=held.result(),
            link_issues_enabled=links.result() is not None,
        )


def find_project(client: JiraClient, project: str) -> ProjectFacts:
    """https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-get"""
    answer = client.send("GET", "platform", f"/project/{quote(project, safe='')}", endpoint="project")
    style: Style = "team" if answer.get("simplified") or answer.get("style") == "next-gen" else "company"
    return read_jira(lambda found: ProjectFacts(text(found, "id"), text(found, "key"), style), answer)


def read_permissions(client: JiraClient, project: ProjectFacts) -> frozenset[str]:
    """What the app itself may do in the project.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-permissions-check-post
    """
    wanted = {"permissions": list(PERMISSIONS), "projects": [int(project.id)]}
    body = {"projectPermissions": [wanted]}
    answer = client.send("POST", "platform", "/permissions/check", body=body, endpoint="permissions")
    granted = read_jira(lambda found: records(found, "projectPermissions"), answer)
    return frozenset(str(one.get("permission")) for one in granted if one.get("projects"))


def read_types(
    client: JiraClient, project: ProjectFacts, threads: Executor, held: Future[frozenset[str]]
) -> tuple[TargetType, ...]:
    """The issue types of the project, the highest level first, with the fields that the app can set in a new issue.

    Who may not create issues is told no fields. `held`: what the app may do.
    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-issuetypes-get
    """
    states = threads.submit(read_statuses, client, project)
    may_create = "CREATE_ISSUES" in held.result()
    if may_create:
        base = f"/issue/createmeta/{project.id}/issuetypes"
        found = list(read_pages(client, "platform", base, "issueTypes", endpoint="createmeta"))
    else:
        query = {"projectId": project.id}
        found = list(read_list(client.send("GET", "platform", "/issuetype/project", query, endpoint="types")))
    statuses = states.result()
    types = [read_jira(lambda entry: _type_from(entry, statuses), entry) for entry in found]
    if may_create:
        fields = threads.map(lambda one: read_fields(client, project, one.id), types)
        types = [replace(one, fields=own) for one, own in zip(types, fields, strict=True)]
    return tuple(sorted(types, key=lambda one: -one.level))


def read_fields(client: JiraClient, project: ProjectFacts, type_id: str) -> tuple[TargetField, ...]:
    """What the create screen of a type takes from the app.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-issuetypes-issuetypeid-get
    """
    path = f"/issue/createmeta/{project.id}/issuetypes/{type_id}"
    pages = read_pages(client, "platform", path, "fields", endpoint="createmeta")
    return tuple(read_jira(_field_from, entry) for entry in pages)


def read_statuses(client: JiraClient, project: ProjectFacts) -> dict[str, tuple[TargetStatus, ...]]:
    """Statuses by issue type, whether an issue can get into them or not.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-statuses-get
    """
    found = read_list(client.send("GET", "platform", f"/project/{project.id}/statuses", endpoint="statuses"))
    return {
        read_jira(lambda one: text(one, "id"), entry): read_jira(
            lambda one: tuple(map(_status_from, records(one, "statuses"))), entry
        )
        for entry in found
    }


def read_link_types(client: JiraClient) -> tuple[TargetLinkType, ...] | None:
    """None where the site has issue linking turned off.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-link-types/#api-rest-api-3-issuelinktype-get
    """
    try:
        answer = client.send("GET", "platform", "/issueLinkType", endpoint="link-type")
    except NotFound:
        return None
    return read_jira(lambda found: tuple(map(_link_type_from, records(found, "issueLinkTypes"))), answer)


def read_components(client: JiraClient, project: ProjectFacts) -> dict[str, str]:
    """Ids by name; none for who may not see them.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-project-projectidorkey-component-get
    """
    try:
        path = f"/project/{project.id}/component"
        pages = list(read_pages(client, "platform", path, "values", endpoint="component"))
    except (Forbidden, NotFound):
        return {}
    return dict(read_jira(lambda one: (text(one, "name"), text(one, "id")), entry) for entry in pages)


def collect_priorities(types: Sequence[TargetType]) -> dict[str, str]:
    """Ids by name of the priorities that the project's own types take, the highest first, as Jira orders them."""
    fields = (field for one in types if (field := one.find_field("priority")) is not None)
    return {name: found for field in fields for name, found in field.options.items()}


def board_values(board: BoardFacts | None) -> dict[str, Any]:
    if board is None:
        return {"has_sprints": False}
    return {
        "board_id": board.id,
        "board_kind": board.kind,
        "has_sprints": board.has_sprints,
        "sprints": board.sprints,
        "estimate_field": board.estimate_field,
    }


def file_values(meta: Json) -> dict[str, Any]:
    enabled = read_jira(lambda found: flag(found, "enabled"), meta)
    limit = read_jira(lambda found: number(found, "uploadLimit"), meta) if enabled else 0
    return {"upload_limit": limit, "attachments_enabled": enabled}


def _type_from(entry: Json, statuses: dict[str, tuple[TargetStatus, ...]]) -> TargetType:
    type_id = text(entry, "id")
    level = number(entry, "hierarchyLevel")
    return TargetType(type_id, text(entry, "name"), level, statuses=statuses.get(type_id, ()), is_explored=False)


def _field_from(entry: Json) -> TargetField:
    schema = record(entry, "schema")
    kind = text(schema, "type")
    named = optional_text(schema, "custom") or optional_text(schema, "system") or kind
    items = optional_text(schema, "items") or ""
    has_options = kind in OPTION_KINDS or items in OPTION_KINDS
    choices = records(entry, "allowedValues") if has_options else ()
    return TargetField(
        id=optional_text(entry, "fieldId") or text(entry, "key"),
        name=text(entry, "name"),
        schema=named,
        kind=kind,
        items=items,
        required=flag(entry, "required"),
        has_default=flag(entry, "hasDefaultValue"),
        options=dict(_option_from(choice) for choice in choices),
    )


def _option_from(choice: Json) -> tuple[str, str]:
    """Options of select fields have a `value`, priorities a `name`."""
    return optional_text(choice, "value") or text(choice, "name"), text(choice, "id")


def _status_from(entry: Json) -> TargetStatus:
    return TargetStatus(text(entry, "id"), text(entry, "name"), text(entry, "statusCategory", "key"))


def _link_type_from(entry: Json) -> TargetLinkType:
    return TargetLinkType(text(entry, "id"), text(entry, "name"), text(entry, "inward"), text(entry, "outward"))
