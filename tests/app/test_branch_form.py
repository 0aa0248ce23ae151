"""What the form for a new branch begins with, and for whom."""

import pytest
import requests

from tests.app.actions import pointers
from tests.app.branch_fixtures import desk, shared_desk

__all__ = ["desk", "shared_desk"]


def form(desk, key="SHOP-1"):
    return desk.call("GET", f"/api/branch-form?issueKey={key}")


@pytest.fixture
def issue(desk):
    return desk.site.add_issue("SHOP", "Größe prüfen: 製造 & Preis", "Bug")


def test_a_name_and_a_title_are_proposed_for_the_issue(desk, issue):
    assert form(desk, issue.key.lower()).json() == {
        "issueKey": issue.key,
        "summary": "Größe prüfen: 製造 & Preis",
        "issueType": "Bug",
        "name": f"feature/{issue.key}-Grosse-prufen-Preis",
        "template": "feature/{key}-{summary}",
        "off": None,
        "draftPullRequest": True,
        "pullRequestTitle": f"{issue.key} Größe prüfen: 製造 & Preis",
    }


def test_the_template_of_the_issue_type_comes_before_the_common_one(desk, issue):
    templates = [{"issueType": "story", "template": "{key}"}, {"issueType": "bu*", "template": "{type}/{key}"}]
    desk.choose(branchTemplate="work/{key}", branches={"templates": templates, "draftPullRequest": False})
    found = form(desk, issue.key).json()
    assert (found["name"], found["template"]) == (f"bug/{issue.key}", "{type}/{key}")
    assert found["draftPullRequest"] is False
    other = desk.site.add_issue("SHOP", "x", "Task")
    assert form(desk, other.key).json()["name"] == f"work/{other.key}"


@pytest.mark.parametrize(
    ("branches", "words"),
    [
        ({"enabled": False}, "switched off making branches."),
        ({"offProjects": ["SHOP"]}, "for SHOP."),
        ({"offProjects": ["OPS"]}, None),
    ],
)
def test_where_branches_are_switched_off_the_form_says_so(desk, branches, words):
    desk.choose(branches=branches)
    off = form(desk).json()["off"]
    assert off is None if words is None else words in off


def test_an_issue_that_moved_is_told_by_the_key_it_has_now(desk):
    issue = desk.site.add_issue("SHOP", "Move me")
    former = issue.key
    present = desk.site.move_issue(former, "OPS").key
    assert form(desk, former).json()["name"] == f"feature/{present}-Move-me"


@pytest.mark.parametrize("key", ["SHOP-999", "NONE-1"])
def test_an_issue_that_is_not_there_is_not_found(desk, key):
    assert form(desk, key).status_code == 404


def test_an_issue_that_the_person_may_not_see_is_not_found_and_told_in_the_same_words(desk):
    there, absent = form(desk, "OPS-1").status_code, form(desk, "OPS-999").json()["detail"]
    desk.site.tracker.permissions.deny(desk.member, desk.site.projects["OPS"].id, "BROWSE_PROJECTS")
    answer = form(desk, "OPS-1")
    assert (there, answer.status_code) == (200, 404)
    assert answer.json()["detail"] == absent.replace("OPS-999", "OPS-1")
    assert form(desk, "SHOP-1").status_code == 200


def test_what_is_no_key_is_a_fault(desk):
    answer = form(desk, "SHOP")
    assert (answer.status_code, pointers(answer)) == (422, ["/issueKey"])


def test_a_stranger_gets_nothing(desk):
    paths = ["branch-form", "repositories", "issue-work", f"repositories/{desk.repository.id}/branches"]
    answers = [requests.get(f"{desk.town.app_url}/api/{path}?issueKey=SHOP-1", timeout=5) for path in paths]
    posts = [
        requests.post(f"{desk.town.app_url}/api/{path}", json={}, timeout=5) for path in ("branches", "branches/check")
    ]
    assert [answer.status_code for answer in (*answers, *posts)] == [401] * 6
