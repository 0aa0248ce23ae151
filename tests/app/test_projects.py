import pytest

from domain.subscriptions import ALL_KINDS
from sandbox.ado_seed import TOKENS
from store.queue import INBOXES
from tests.app.actions import add_fault, kept_link, push_commit


def test_projects_are_listed_with_those_that_are_linked(site, projects, linked, webshop):
    items = site.call("GET", projects).json()["items"]

    assert [(item["name"], item["linked"]) for item in items] == [("Platform Tools", False), ("Webshop", True)]
    assert items[1]["kinds"] == list(ALL_KINDS)
    assert items[1]["jiraProjects"] is None


def test_a_linked_project_that_the_token_sees_no_more_stays_in_the_list(site, projects, linked, webshop):
    del site.organization.projects[webshop]

    items = site.call("GET", projects).json()["items"]

    assert {"id": webshop, "name": webshop, "linked": True} == {
        name: items[1][name] for name in ("id", "name", "linked")
    }


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_token_that_ended_is_noted(site, connection, projects, webshop, method):
    site.organization.tokens.clear()

    answer = site.call(
        method, projects if method == "GET" else f"{projects}/{webshop}", {} if method == "PUT" else None
    )

    assert answer.status_code == 422
    assert "replace it with a new one" in answer.json()["detail"]
    assert site.call("GET", "/api/health").json()["items"][0]["credential"]["state"] == "refused"


def test_a_token_that_lost_the_right_to_read_projects_is_told(site, connection, projects):
    token = site.organization.tokens[TOKENS["full"]]
    token.scopes = frozenset({"vso.code"})

    answer = site.call("GET", projects)

    assert answer.status_code == 422
    assert "Project and Team (Read)" in answer.json()["detail"]


def test_azure_devops_being_away_leaves_nothing(site, connection, link, webshop):
    add_fault(site.ado, "hooks/subscriptions$", 503, method="POST")

    assert link().status_code == 502
    assert kept_link(site, connection, webshop) is None


def test_an_unknown_project_is_not_found(site, link):
    assert link(project="9b3a3e57-0000-4000-8000-000000000000").status_code == 404
    assert site.organization.subscriptions == {}


def test_jira_projects_are_kept_as_jira_writes_them(site, connection, link, webshop):
    assert link({"jiraProjects": ["shop", "OPS", "SHOP"]}).json()["jiraProjects"] == ["SHOP", "OPS"]
    assert link({"kinds": ["commits"]}).json()["jiraProjects"] == ["SHOP", "OPS"]
    assert link({"jiraProjects": None}).json()["jiraProjects"] is None


def test_jira_projects_that_do_not_exist_are_named(site, link):
    answer = link({"jiraProjects": ["SHOP", "NOPE"]})

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/jiraProjects/1"]
    assert site.organization.subscriptions == {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kinds": ["commits", "wikis"]}, "/kinds/1"),
        ({"kinds": []}, "/kinds"),
        ({"jiraProjects": []}, "/jiraProjects"),
        ({"jiraProjects": ["A B"]}, "/jiraProjects/0"),
        ({"backfillSince": "yesterday"}, "/backfillSince"),
    ],
)
def test_a_wrong_choice_is_refused(site, link, body, pointer):
    answer = link(body)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert site.organization.subscriptions == {}


def test_a_backfill_date_is_kept_until_another_comes(link):
    assert link({"backfillSince": "2026-01-31"}).json()["backfillSince"] == "2026-01-31"
    assert link({"kinds": ["commits"]}).json()["backfillSince"] == "2026-01-31"
    changed = link({"backfillSince": "2025-06-01"}).json()
    assert (changed["backfillSince"], changed["kinds"]) == ("2025-06-01", ["commits"])


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_token_that_is_taken_again_is_not_shown_as_refused(site, connection, link, projects, method):
    site.services.connections.set_token_state(connection["id"], "refused")

    answer = site.call("GET", projects) if method == "GET" else link()

    assert answer.status_code == 200
    assert site.call("GET", "/api/connections").json()["items"][0]["tokenState"] == "ok"


@pytest.mark.parametrize("named", [str.upper, lambda _: "webshop", lambda _: "Webshop"])
def test_a_project_is_unlinked_by_its_name_and_in_any_case(site, connection, link, webshop, named):
    link()
    projects = f"/api/connections/{connection['id']}/projects"
    assert site.call("DELETE", f"{projects}/{named(webshop)}").status_code == 200
    assert kept_link(site, connection, webshop) is None


@pytest.mark.parametrize("name", ["Platform Tools", "No such project"])
def test_unlinking_a_name_that_is_not_linked_is_not_found(site, projects, linked, name):
    assert site.call("DELETE", f"{projects}/{name}").status_code == 404


def test_unlinking_removes_subscriptions_events_and_what_jira_was_sent(site, connection, projects, link, webshop):
    linked = link().json()
    tools = list(site.organization.projects)[1]
    link(project=tools)
    push_commit(site, webshop, "SHOP-5 Mend the basket")
    push_commit(site, tools, "OPS-5 Mend the build")
    site.organization.subscriptions.pop(linked["subscriptions"][0]["id"])
    kept = kept_link(site, connection, webshop)
    site.services.queue.put(kept.id, "repo", identity="9", event_type="git.push", body=b"{}", now=1)

    answer = site.call("DELETE", f"{projects}/{webshop}")

    assert (answer.status_code, answer.json()) == (200, {"problems": []})
    assert {one.project_id for one in site.organization.subscriptions.values()} == {tools}
    assert site.site.development.panel("SHOP-5")["commits"] == []
    assert len(site.site.development.panel("OPS-5")["commits"]) == 1
    assert kept_link(site, connection, webshop) is None
    assert site.services.redis.zcard(INBOXES) == 0
    assert site.organization.violations == site.site.violations == []


def test_unlinking_what_is_not_linked_is_not_found(site, projects, webshop):
    assert site.call("DELETE", f"{projects}/{webshop}").status_code == 404


def test_unlinking_without_the_right_to_list_removes_what_is_known(site, projects, linked, webshop):
    add_fault(site.ado, "hooks/subscriptions$", 403, method="GET")

    assert site.call("DELETE", f"{projects}/{webshop}").json() == {"problems": []}
    assert site.organization.subscriptions == {}


def test_unlinking_goes_on_when_jira_refuses(site, projects, linked, webshop):
    add_fault(site.jira, "bulkByProperties", 403)

    answer = site.call("DELETE", f"{projects}/{webshop}")

    assert [problem["code"] for problem in answer.json()["problems"]] == ["jira_data_left"]
    assert site.organization.subscriptions == {}


def test_unlinking_can_be_repeated_after_an_outage(site, connection, projects, linked, webshop):
    add_fault(site.ado, "hooks/subscriptions/", 503, method="DELETE", times=2)

    assert site.call("DELETE", f"{projects}/{webshop}").status_code == 502
    assert kept_link(site, connection, webshop) is not None
    assert site.call("DELETE", f"{projects}/{webshop}").status_code == 200
    assert site.organization.subscriptions == {}


def test_after_an_unlinking_that_failed_what_was_dropped_is_read(site, connection, projects, linked, webshop):
    link = kept_link(site, connection, webshop)
    site.services.redis.zrem("crosswalk:duties:reconcile", link.id)
    add_fault(site.jira, "bulkByProperties", 503, times=5)

    assert site.call("DELETE", f"{projects}/{webshop}").status_code == 502
    assert link.id in site.services.duties.list_due("reconcile")


def test_a_link_that_somebody_else_changes_is_not_possible_now(site, connection, link, webshop, monkeypatch):
    monkeypatch.setattr("linkage.holding.WAIT_SECONDS", 0.05)
    with site.services.redis.lock(f"crosswalk:hold:link:{connection['id']}:{webshop}", timeout=30):
        assert link().status_code == 409
    assert link().status_code == 200
