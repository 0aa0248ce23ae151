"""One issue of Jira, and what a person may do with it; asked by the app, for whoever is named.

Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (issues, permissions).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from clients.jira import JiraClient
from domain.errors import BadEvent, NotFound, Unreadable
from domain.json_fields import records, text

BROWSE = "BROWSE_PROJECTS"
VIEW_DEVELOPMENT = "VIEW_DEV_TOOLS"  # who may see the development panel of an issue


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it is called now; `project` is the key of its project. Its words pass through and are never kept."""

    id: str
    key: str
    project: str
    summary: str
    type: str


def find_issue(client: JiraClient, key: str) -> Issue | None:
    """The issue that is or was known as `key`, None when there is none that the app may see.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
    """
    query = {"fields": "summary,issuetype,project"}
    try:
        answer = client.send("GET", "platform", f"/issue/{quote(key, safe='')}", query)
    except NotFound:
        return None
    try:
        return _issue_from(answer)
    except BadEvent as error:
        raise Unreadable("Jira", None, f"its answer cannot be read: {error}") from None


def held_permissions(client: JiraClient, account_id: str, issue_id: str, names: Collection[str]) -> frozenset[str]:
    """Which of some project permissions a person has for an issue, its security level included.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-permissions-check-post
    """
    wanted = {"permissions": sorted(names), "issues": [int(issue_id)]}
    body = {"accountId": account_id, "projectPermissions": [wanted]}
    answer = client.send("POST", "platform", "/permissions/check", body=body)
    granted = records(answer, "projectPermissions")
    return frozenset(str(row.get("permission")) for row in granted if int(issue_id) in row.get("issues", ()))


def _issue_from(answer: Mapping[str, Any]) -> Issue:
    return Issue(
        id=text(answer, "id"),
        key=text(answer, "key"),
        project=text(answer, "fields", "project", "key"),
        summary=text(answer, "fields", "summary"),
        type=text(answer, "fields", "issuetype", "name"),
    )
