"""Jira projects and their boards, as far as it takes to choose a target of a migration.

Sources: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/,
https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from clients.jira import PROJECT_PAGE, Api, JiraClient
from clients.jira_answers import read_jira, read_list
from domain.errors import BadEvent, Forbidden, NotFound, Rejected, Unreadable
from domain.json_fields import number, records, text
from domain.records import Json

MOST_PAGES = 40  # 2,000 projects or boards: more than a person chooses from


@dataclass(frozen=True, slots=True)
class JiraProject:
    """A project; its name is shown and not kept."""

    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class JiraBoard:
    """A board; `kind` is scrum, kanban or simple."""

    id: int
    name: str
    kind: str


def find_project(client: JiraClient, key: str) -> JiraProject | None:
    """The project of a key (`GET /rest/api/3/project/{key}`), None when there is none that the app may see.

    Raises Forbidden for a site whose door does not open projects.
    """
    try:
        return _read_project(client.send("GET", "platform", f"/project/{quote(key, safe='')}"))
    except NotFound:
        return None
    except BadEvent as error:
        raise _unreadable(error) from None


def list_projects(client: JiraClient) -> tuple[JiraProject, ...]:
    """Every project that the app may see, by key (`GET /rest/api/3/project/search`). Raises as `find_project`."""
    query = {"orderBy": "key"}
    try:
        return tuple(_read_project(one) for one in _pages(client, "platform", "/project/search", query))
    except BadEvent as error:
        raise _unreadable(error) from None


def list_boards(client: JiraClient, project_key: str) -> tuple[JiraBoard, ...]:
    """The boards of a project (`GET /rest/agile/1.0/board?projectKeyOrId=`); none where Jira Software is not there."""
    try:
        found = _pages(client, "agile", "/board", {"projectKeyOrId": project_key})
        return tuple(JiraBoard(number(one, "id"), text(one, "name"), text(one, "type")) for one in found)
    except (Forbidden, NotFound, Rejected):
        return ()
    except BadEvent as error:
        raise _unreadable(error) from None


def name_types(client: JiraClient, project_id: str) -> Mapping[str, str]:
    """The names of the issue types of a project, by id (`GET /rest/api/3/issuetype/project`). Raises as `find_project`.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/#api-rest-api-3-issuetype-project-get
    """
    found = read_list(client.send("GET", "platform", "/issuetype/project", {"projectId": project_id}))
    return dict(read_jira(_read_type, shape) for shape in found)


def _pages(client: JiraClient, api: Api, path: str, query: Mapping[str, str]) -> list[Json]:
    found: list[Json] = []
    for _page in range(MOST_PAGES):
        asked = {**query, "startAt": str(len(found)), "maxResults": str(PROJECT_PAGE)}
        page = client.send("GET", api, path, asked)
        values = records(page, "values")
        found += values
        if page.get("isLast", True) or not values:
            break
    return found


def _read_project(shape: Json) -> JiraProject:
    return JiraProject(text(shape, "id"), text(shape, "key"), text(shape, "name"))


def _read_type(shape: Json) -> tuple[str, str]:
    return text(shape, "id"), text(shape, "name")


def _unreadable(error: BadEvent) -> Unreadable:
    return Unreadable("Jira", None, f"its answer cannot be read: {error}")
