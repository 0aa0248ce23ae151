"""One issue of Jira, what a person may do with it, and the builds and deployments on it."""

import json

import pytest
from pydantic import SecretStr

from clients.hosts import AllowedHosts
from clients.http import HttpClient
from clients.jira import ConnectSigner, JiraClient
from clients.jira_issues import (
    BROWSE,
    VIEW_DEVELOPMENT,
    Issue,
    fetch_issues,
    find_issue,
    held_permissions,
    keep_visible,
    search_issues,
)
from clients.jira_runs import StoredRun, read_build, read_deployment
from domain.errors import NotFound, Unreadable

ISSUE = {
    "id": "10001",
    "key": "SHOP-7",
    "fields": {"summary": "Round prices", "issuetype": {"name": "Bug"}, "project": {"key": "SHOP"}},
}
BUILD = {"displayName": "shop 7", "url": "https://dev.azure.com/acme", "state": "failed"}


@pytest.fixture
def jira(wire):
    http = HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({wire.host})))
    return JiraClient(ConnectSigner("crosswalk", wire.url, "client-1", SecretStr("s" * 40)), http)


def test_an_issue_is_read_with_the_words_a_name_is_made_of(wire, jira):
    wire.will_answer(body=json.dumps(ISSUE))
    assert find_issue(jira, "SHOP-7") == Issue("10001", "SHOP-7", "SHOP", "Round prices", "Bug")
    (asked,) = wire.asked
    assert (asked["PATH_INFO"], asked["QUERY_STRING"]) == (
        "/rest/api/3/issue/SHOP-7",
        "fields=summary%2Cissuetype%2Cproject",
    )


def test_an_issue_that_the_app_may_not_see_is_none(wire, jira):
    wire.will_answer(404, json.dumps({"errorMessages": ["Issue does not exist."]}))
    assert find_issue(jira, "SHOP-7") is None


@pytest.mark.parametrize("answer", [ISSUE | {"fields": {}}, {}, ISSUE | {"id": 7}])
def test_an_issue_that_cannot_be_read_is_told(wire, jira, answer):
    wire.will_answer(body=json.dumps(answer))
    with pytest.raises(Unreadable, match="cannot be read"):
        find_issue(jira, "SHOP-7")


@pytest.mark.parametrize(
    ("granted", "held"),
    [
        ([{"permission": BROWSE, "issues": [10001], "projects": []}], {BROWSE}),
        ([{"permission": BROWSE, "issues": [10002]}, {"permission": VIEW_DEVELOPMENT, "issues": [10001]}],
         {VIEW_DEVELOPMENT}),
        ([{"permission": BROWSE, "projects": [10001]}], set()),
        ([], set()),
    ],
)  # fmt: skip
def test_only_what_is_granted_for_this_very_issue_is_held(wire, jira, granted, held):
    wire.will_answer(body=json.dumps({"projectPermissions": granted, "globalPermissions": []}))
    assert held_permissions(jira, "account-1", "10001", {BROWSE, VIEW_DEVELOPMENT}) == held
    assert json.loads(wire.asked[0]["body"]) == {
        "accountId": "account-1",
        "projectPermissions": [{"permissions": ["BROWSE_PROJECTS", "VIEW_DEV_TOOLS"], "issues": [10001]}],
    }


def named(key, number):
    return ISSUE | {"id": str(number), "key": key}


def test_a_search_asks_for_no_more_than_is_shown(wire, jira):
    wire.will_answer(body=json.dumps({"issues": [ISSUE], "isLast": True}))
    assert [issue.key for issue in search_issues(jira, 'summary ~ "round*"', 10)] == ["SHOP-7"]
    (asked,) = wire.asked
    assert (asked["PATH_INFO"], asked["QUERY_STRING"]) == ("/rest/api/3/search/jql", "")
    assert json.loads(asked["body"]) == {
        "jql": 'summary ~ "round*"', "fields": ["summary", "issuetype", "project"], "maxResults": 10,
    }  # fmt: skip


def test_issues_come_in_the_order_of_their_keys_and_one_that_moved_comes_first(wire, jira):
    found = [named("SHOP-71", 1), named("OPS-2", 2), named("SHOP-7", 3)]
    wire.will_answer(body=json.dumps({"issues": found, "issueErrors": []}))
    issues = fetch_issues(jira, ("SHOP-7", "SHOP-70", "SHOP-71"))
    assert [issue.key for issue in issues] == ["OPS-2", "SHOP-7", "SHOP-71"]
    (asked,) = wire.asked
    assert (asked["PATH_INFO"], asked["QUERY_STRING"]) == ("/rest/api/3/issue/bulkfetch", "")


def test_only_issues_that_the_person_may_browse_are_kept(wire, jira):
    issues = [Issue(str(number), f"SHOP-{number}", "SHOP", "Round prices", "Bug") for number in (1, 2, 3)]
    granted = [{"permission": BROWSE, "issues": [1, 3]}, {"permission": VIEW_DEVELOPMENT, "issues": [2]}]
    wire.will_answer(body=json.dumps({"projectPermissions": granted, "globalPermissions": []}))
    assert [issue.key for issue in keep_visible(jira, "account-1", issues)] == ["SHOP-1", "SHOP-3"]
    assert keep_visible(jira, "account-1", ()) == ()
    assert len(wire.asked) == 1


@pytest.mark.parametrize("answer", [{"issues": [{}]}, {"issues": "none"}])
def test_issues_that_cannot_be_read_are_told(wire, jira, answer):
    wire.will_answer(body=json.dumps(answer))
    wire.will_answer(body=json.dumps(answer))
    with pytest.raises(Unreadable, match="cannot be read"):
        search_issues(jira, 'summary ~ "round*"', 10)
    with pytest.raises(Unreadable, match="cannot be read"):
        fetch_issues(jira, ("SHOP-7",))


def test_a_build_and_a_deployment_are_read_by_the_ids_of_the_ledger(wire, jira):
    wire.will_answer(body=json.dumps(BUILD))
    wire.will_answer(body=json.dumps(BUILD | {"environment": {"displayName": "qa1"}}))
    assert read_build(jira, "p-1/7") == StoredRun("shop 7", "https://dev.azure.com/acme", "failed", None)
    assert read_deployment(jira, "p-1/e-2/7").environment == "qa1"
    assert [asked["PATH_INFO"] for asked in wire.asked] == [
        "/rest/builds/0.1/pipelines/p-1/builds/7",
        "/rest/deployments/0.1/pipelines/p-1/environments/e-2/deployments/7",
    ]


def test_a_build_that_jira_lost_or_that_cannot_be_read_is_told(wire, jira):
    wire.will_answer(404)
    with pytest.raises(NotFound):
        read_build(jira, "p-1/7")
    wire.will_answer(body="{}")
    with pytest.raises(Unreadable, match="displayName is missing"):
        read_build(jira, "p-1/7")
