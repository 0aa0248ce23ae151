"""People of the Jira stand-in: what each may see, what is told of them, reports of their accounts."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.jira_rig import JiraRig, running_rig

REPORT = "/rest/atlassian-connect/latest/report-accounts"
HELD = "2026-11-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def shared() -> Iterator[JiraRig]:
    with running_rig() as rig:
        yield rig


@pytest.fixture
def jira(shared: JiraRig) -> Iterator[JiraRig]:
    """The shared site, which has broken no rule of its documents at the end."""
    yield shared
    site, mel = shared.site, shared.site.member.account_id
    assert [one for one in site.violations if one["what"] == "answer"] == []
    for project in site.projects.values():
        site.tracker.permissions.allow(mel, project.id, "BROWSE_PROJECTS")
    for issue in site.issues.values():
        site.tracker.permissions.hide_issue(mel, issue.id, hidden=False)
    site.accounts.closed.clear()
    site.accounts.changed.clear()


def seen(jira: JiraRig, account: str, issues: list[int], projects: list[int]) -> tuple[list[int], list[int]]:
    """Of these issues and projects those that the account may browse."""
    asked = {"permissions": ["BROWSE_PROJECTS"], "issues": issues, "projects": projects}
    body = {"accountId": account, "projectPermissions": [asked]}
    answer = jira.call("POST", "/rest/api/3/permissions/check", body)
    assert answer.status_code == 200, answer.text
    granted = answer.json()["projectPermissions"]
    return (granted[0]["issues"], granted[0]["projects"]) if granted else ([], [])


def test_who_may_not_browse_a_project_sees_neither_it_nor_its_issues(jira: JiraRig) -> None:
    mel, ada = jira.site.member.account_id, jira.site.admin.account_id
    shop, ops = (jira.site.projects[key] for key in ("SHOP", "OPS"))
    issues = [int(jira.site.issues[key].id) for key in ("SHOP-1", "OPS-1")]
    projects = [int(shop.id), int(ops.id)]
    assert seen(jira, mel, issues, projects) == (issues, projects)
    denied = {"account": mel, "project": "SHOP"}
    assert jira.control("POST", "permissions", denied).status_code == 204
    assert seen(jira, mel, issues, projects) == (issues[1:], projects[1:])
    assert seen(jira, mel, issues[:1], []) == ([], [])
    assert seen(jira, ada, issues, projects) == (issues, projects)
    jira.control("POST", "permissions", denied | {"denied": False})
    assert seen(jira, mel, issues, projects) == (issues, projects)


def test_one_issue_can_be_kept_from_one_person(jira: JiraRig) -> None:
    mel = jira.site.member.account_id
    issues = [int(jira.site.issues[key].id) for key in ("SHOP-1", "SHOP-2")]
    assert jira.control("POST", "hide-issue", {"account": mel, "key": "SHOP-1"}).status_code == 204
    assert seen(jira, mel, issues, []) == (issues[1:], [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("permissions", {"account": "nobody", "project": "SHOP"}),
        ("hide-issue", {"account": "nobody", "key": "SHOP-1"}),
    ],
)
def test_people_and_issues_that_are_not_there_are_told(jira: JiraRig, path: str, body: Any) -> None:
    assert jira.control("POST", path, body).status_code == 404


def test_a_person_is_told_by_account_id(jira: JiraRig) -> None:
    mel = jira.site.member
    shown = jira.call("GET", f"/rest/api/3/user?accountId={mel.account_id}").json()
    assert (shown["displayName"], shown["accountType"], shown["active"]) == ("Mel Member", "atlassian", True)
    assert jira.call("GET", "/rest/api/3/user?accountId=nobody").status_code == 404


def test_people_can_be_added(jira: JiraRig) -> None:
    made = jira.control("POST", "people", {"name": "Una User", "email": "una@example.com"}).json()
    assert made["account"] in [one["account"] for one in jira.control("GET", "people").json()]
    shown = jira.call("GET", f"/rest/api/3/user?accountId={made['account']}").json()
    assert shown["displayName"] == "Una User"


def test_issues_tell_summary_and_type(jira: JiraRig) -> None:
    types = {
        jira.call("GET", f"/rest/api/3/issue/{key}?fields=summary,issuetype").json()["fields"]["issuetype"]["name"]
        for key in jira.site.issues
    }
    assert len(types) > 1


def test_a_report_is_answered_by_what_became_of_the_accounts(jira: JiraRig) -> None:
    jira.control("POST", "accounts", {"account": "gone", "status": "closed"})
    jira.control("POST", "accounts", {"account": "renamed", "status": "updated", "when": "2026-11-02T00:00:00Z"})
    jira.control("POST", "accounts", {"account": "old-news", "status": "updated", "when": "2026-10-01T00:00:00Z"})
    names = ("gone", "renamed", "old-news", "steady")
    answer = jira.call("POST", REPORT, {"accounts": [{"accountId": name, "updatedAt": HELD} for name in names]})
    quiet = jira.call("POST", REPORT, {"accounts": [{"accountId": "steady", "updatedAt": HELD}]})
    assert answer.json()["accounts"] == [
        {"accountId": "gone", "status": "closed"},
        {"accountId": "renamed", "status": "updated"},
    ]
    assert (answer.headers["Cycle-Period"], quiet.status_code, quiet.content) == ("P7D", 204, b"")
    assert jira.control("GET", "accounts").json()["reported"][-5:] == [*names, "steady"]


@pytest.mark.parametrize(
    "accounts",
    [
        [],
        [{"accountId": f"a{number}", "updatedAt": HELD} for number in range(91)],
        [{"accountId": "a"}],
        [{"accountId": "a", "updatedAt": "yesterday"}],
        [{"accountId": "a", "updatedAt": "2026-11-01T00:00:00"}],
        [{"accountId": "a", "updatedAt": HELD}, {"accountId": "a", "updatedAt": HELD}],
    ],
)
def test_a_report_that_is_not_by_the_book_is_refused(jira: JiraRig, accounts: list[Any]) -> None:
    assert jira.call("POST", REPORT, {"accounts": accounts}).status_code == 400


def test_a_report_can_be_put_off_and_needs_a_signature(jira: JiraRig) -> None:
    jira.control("POST", "throttle", {"retry_after": 7, "path": "report-accounts"})
    body = {"accounts": [{"accountId": "a", "updatedAt": HELD}]}
    refused = jira.call("POST", REPORT, body)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert jira.call("POST", REPORT, body, token="forged").status_code == 401
