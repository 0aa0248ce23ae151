"""Issues of Jira, and what a person may do with them; asked by the app, for whoever is named.

Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (issues, permissions).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from clients.jira import JiraClient
from clients.jira_answers import read_jira
from domain.errors import NotFound
from domain.json_fields import records, text
from domain.records import Json

BROWSE = "BROWSE_PROJECTS"
VIEW_DEVELOPMENT = "VIEW_DEV_TOOLS"  # who may see the development panel of an issue
FIELDS = ("summary", "issuetype", "project")


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
    query = {"fields": ",".join(FIELDS)}
    try:
        answer = client.send("GET", "platform", f"/issue/{quote(key, safe='')}", query)
    except NotFound:
        return None
    return read_jira(_issue_from, answer)


def search_issues(client: JiraClient, jql: str, most: int) -> tuple[Issue, ...]:
    """The first `most` issues of a bounded query that the app may see. What is newer than some seconds may be missing.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post
    """
    body = {"jql": jql, "fields": list(FIELDS), "maxResults": most}
    answer = client.send("POST", "platform", "/search/jql", body=body, endpoint="search")
    return read_jira(lambda found: tuple(map(_issue_from, records(found, "issues"))), answer)


def fetch_issues(client: JiraClient, keys: Sequence[str]) -> tuple[Issue, ...]:
    """Those of at most 100 issues that the app may see, in the order of the keys, never behind the times. One that is
    called otherwise now comes first; one that Jira cannot give just now is left out.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulkfetch-post
    """
    body = {"issueIdsOrKeys": list(keys), "fields": list(FIELDS)}
    answer = client.send("POST", "platform", "/issue/bulkfetch", body=body, endpoint="bulkfetch")
    issues = read_jira(lambda told: tuple(map(_issue_from, records(told, "issues"))), answer)
    found = {issue.key: issue for issue in issues}
    moved = [issue for issue in issues if issue.key not in keys]
    return (*moved, *(found[key] for key in keys if key in found))


def held_permissions(client: JiraClient, account_id: str, issue_id: str, names: Collection[str]) -> frozenset[str]:
    """Which of some project permissions a person has for an issue, its security level included.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-permissions-check-post
    """
    granted = _check_permissions(client, account_id, names, [issue_id])
    return frozenset(str(row.get("permission")) for row in granted if int(issue_id) in row.get("issues", ()))


def keep_visible(client: JiraClient, account_id: str, issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """Those of some issues that a person may browse; asks nothing when there are none."""
    if not issues:
        return ()
    granted = _check_permissions(client, account_id, (BROWSE,), [issue.id for issue in issues])
    seen = {number for row in granted for number in row.get("issues", ()) if row.get("permission") == BROWSE}
    return tuple(issue for issue in issues if int(issue.id) in seen)


def _check_permissions(
    client: JiraClient, account_id: str, names: Collection[str], issue_ids: Sequence[str]
) -> tuple[Json, ...]:
    wanted = {"permissions": sorted(names), "issues": [int(issue_id) for issue_id in issue_ids]}
    body = {"accountId": account_id, "projectPermissions": [wanted]}
    answer = client.send("POST", "platform", "/permissions/check", body=body)
    return read_jira(lambda found: records(found, "projectPermissions"), answer)


def _issue_from(answer: Mapping[str, Any]) -> Issue:
    return Issue(
        id=text(answer, "id"),
        key=text(answer, "key"),
        project=text(answer, "fields", "project", "key"),
        summary=text(answer, "fields", "summary"),
        type=text(answer, "fields", "issuetype", "name"),
    )
