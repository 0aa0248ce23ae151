"""Making a branch as oneself: checked before, made once, and every answer of Azure DevOps told in words."""

import json
import re

import pytest

from domain.ref_answers import REFUSALS
from logs import hash_tenant
from tests.app.actions import add_fault, add_token, in_parallel, list_calls, pointers
from tests.app.branch_fixtures import desk, shared_desk
from tests.app.branch_rig import TOMASZ
from tests.domain.test_ref_answers import ANSWERS

__all__ = ["desk", "shared_desk"]

STATUS = {"AccessDenied": 403, "WrongState": 409, "BadInput": 422}


def refused(answer, status, code):
    """A problem document with this status and code, with words."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.json()["detail"]


def check(desk, name, repository=True, **changes):
    body = {"issueKey": "SHOP-1", "repositoryId": desk.repository.id if repository else None, "name": name} | changes
    return desk.call("POST", "/api/branches/check", body)


def codes(answer):
    assert answer.status_code == 200, answer.text
    return [fault["code"] for fault in answer.json()["faults"]]


# --- checking a name ---


def test_a_good_name_that_is_free_has_no_fault(desk):
    name = desk.name()
    assert check(desk, name).json() == {"name": name, "faults": [], "notes": []}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", ["empty"]), ("a b~", ["space", "character"]), ("x" * 390, ["too_long"]), ("refs/heads/SHOP-1", ["refs"])],
)
def test_what_git_and_azure_devops_refuse_is_told_without_asking_about_branches(desk, name, expected):
    before = len(list_calls(desk.town.ado, "GET", "/refs"))
    assert codes(check(desk, name)) == expected
    assert codes(check(desk, name, repository=False)) == expected
    assert len(list_calls(desk.town.ado, "GET", "/refs")) == before


def test_the_rule_of_the_administrators_is_told(desk):
    desk.choose(branches={"nameRule": {"only": ["bugfix/*"]}})
    assert codes(check(desk, desk.name())) == ["site_rule"]


def test_where_branches_are_switched_off_no_name_is_checked(desk):
    desk.choose(branches={"offProjects": ["SHOP"]})
    assert "for SHOP." in refused(check(desk, desk.name()), 403, "switched_off")


@pytest.mark.parametrize(
    ("name", "code", "way"),
    [
        ("main", "exists", "main"),
        ("Main", "case", "main"),
        ("main/below", "folder", "main"),
        ("feature", "folder", None),
    ],
)
def test_what_is_in_the_way_is_told_with_its_address(desk, name, code, way):
    (fault,) = check(desk, name).json()["faults"]
    assert fault["code"] == code
    start = f"{desk.town.organization_url}/Webshop/_git/shop-web?version=GB"
    assert fault["url"].startswith(start)
    assert way is None or fault["url"] == start + way


def test_a_name_by_which_jira_will_not_find_the_issue_is_noted(desk):
    assert "SHOP-1 is not in the name" in check(desk, "feature/SHOP-10-x").json()["notes"][0]
    desk.choose(ignoredBranches=["wip/*"], kinds=["commits"])
    notes = check(desk, "wip/SHOP-1").json()["notes"]
    assert ["not to send branches" in notes[0], "ignore branches like “wip/*”" in notes[1]] == [True, True]


# --- making a branch ---


def test_a_branch_is_made_by_the_person_and_told_with_what_is_needed_next(desk, written):
    name = desk.name()
    answer = desk.make(name)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "name": name,
        "url": f"{desk.town.organization_url}/Webshop/_git/shop-web?version=GB{name.replace('/', '%2F')}",
        "command": f"git fetch && git switch {name}",
        "pullRequest": None,
        "notes": [],
    }
    assert desk.repository.refs[f"refs/heads/{name}"] == desk.repository.refs["refs/heads/main"]
    assert desk.pushes_of(name) == [TOMASZ]
    (line,) = [json.loads(line) for line in written().splitlines() if "branch.created" in line]
    person = desk.services.people.find(desk.connection.id, desk.member)
    kept = {name: line[name] for name in ("connection", "repository", "person")}
    assert kept == {
        "connection": hash_tenant(desk.connection.id),
        "repository": desk.repository.id,
        "person": person.id,
    }
    assert name not in str(line)


def test_a_branch_begins_where_its_source_ends(desk):
    source = desk.name()
    tip = desk.organization.push(desk.repository, [{"message": "work"}], branch=source, base="main").commits[0]
    name = desk.name()
    assert desk.make(name, source=source).status_code == 201
    assert desk.repository.refs[f"refs/heads/{name}"] == tip


def test_a_name_that_a_shell_would_read_is_quoted(desk):
    name = f"{desk.name()}$(x);&"
    assert desk.make(name).json()["command"] == f"git fetch && git switch '{name}'"


def test_pressing_twice_makes_one_branch_and_both_are_answered_alike(desk):
    body = desk.wish()
    answers = in_parallel(2, lambda: desk.call("POST", "/api/branches", body))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert desk.pushes_of(body["name"]) == [TOMASZ]


def test_pressing_again_when_no_answer_came_finds_what_was_made(desk):
    body = desk.wish()
    add_fault(desk.town.ado, f"{desk.repository.id}/refs$", None, times=1, drop="after", method="POST")
    first = desk.call("POST", "/api/branches", body)
    assert first.status_code == 502, first.text
    assert desk.has_branch(body["name"])
    assert desk.call("POST", "/api/branches", body).status_code == 201
    assert desk.pushes_of(body["name"]) == [TOMASZ]


def test_a_branch_that_somebody_else_made_a_moment_ago_is_not_taken_for_ones_own(desk):
    name = desk.name()
    person = desk.sign_in()
    desk.services.branch_marks.note_made(person.id, desk.repository.id, name, desk.repository.refs["refs/heads/main"])
    desk.organization.push(desk.repository, branch=name, base="main", user="Mara Lindqvist")
    refused(desk.make(name), 409, "exists")


def test_a_branch_that_went_on_is_not_answered_as_made_again(desk):
    name = desk.name()
    assert desk.make(name).status_code == 201
    desk.organization.push(desk.repository, [{"message": "SHOP-1"}], branch=name, user=TOMASZ)
    refused(desk.make(name), 409, "exists")


def test_after_a_minute_ones_own_branch_exists_like_any_other(desk):
    name = desk.name()
    assert desk.make(name).status_code == 201
    desk.forget_marks()
    answer = desk.make(name)
    assert "There is a branch" in refused(answer, 409, "exists")
    assert answer.json()["url"].endswith(f"?version=GB{name.replace('/', '%2F')}")


@pytest.mark.parametrize(("name", "way"), [("MAIN", "main"), ("main/below", "main"), ("Main/below", None)])
def test_a_name_that_another_branch_is_in_the_way_of_is_told_with_its_address(desk, name, way):
    answer = desk.make(name)
    refused(answer, 409, "name_conflict")
    assert answer.json().get("url") == (way and f"{desk.town.organization_url}/Webshop/_git/shop-web?version=GB{way}")


@pytest.mark.parametrize("status", sorted({*REFUSALS}))
def test_every_refusal_of_azure_devops_is_told_and_nothing_is_made(desk, status):
    kind, code, words = next((kind.__name__, code, words) for name, kind, code, words in ANSWERS if name == status)
    name = desk.name()
    desk.organization.refuse_ref(status, message="Because.", rejected_by="Guard")
    assert words in refused(desk.make(name), STATUS[kind], code)
    assert not desk.has_branch(name)
    assert desk.make(name).status_code == 201


@pytest.mark.parametrize(("right", "code"), [("GenericContribute", "no_write"), ("CreateBranch", "no_create_branch")])
def test_a_right_that_the_person_lacks_is_named(desk, right, code):
    desk.organization.deny_git(desk.repository, right, user=TOMASZ)
    name = desk.name()
    refused(desk.make(name), 403, code)
    assert not desk.has_branch(name)


def test_a_policy_is_told_in_its_own_words(desk):
    desk.organization.protect_branches(desk.repository, "release/*", message="Ask the release team.", name="Names")
    assert "Azure DevOps says (Names): Ask the release team." in refused(desk.make("release/SHOP-1"), 403, "policy")
    desk.organization.protect_branches(desk.repository, "release/*", protected=False)


def test_a_token_that_may_only_read_makes_nothing(desk):
    desk.sign_in(add_token(desk, {"vso.code"}, TOMASZ))
    name = desk.name()
    assert "permission Contribute" in refused(desk.make(name), 403, "no_write")
    assert not desk.has_branch(name)


def test_a_source_that_is_gone_is_told_at_its_field(desk):
    answer = desk.make(source="no/such")
    refused(answer, 422, "source_gone")
    assert pointers(answer) == ["/source"]


def test_an_empty_and_a_disabled_repository_say_what_to_do(desk):
    empty = desk.organization.create_repository("shop-bare", "Webshop")
    assert "Push a first commit" in refused(desk.make(repositoryId=empty.id), 409, "empty_repository")
    desk.organization.push(empty, [{"message": "first"}], branch="main")
    desk.organization.disable_repository("shop-bare")
    refused(desk.make(repositoryId=empty.id), 409, "disabled_repository")


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"name": "a b"}, ["/name"]),
        ({"name": ""}, ["/name"]),
        ({"name": "a..b~"}, ["/name", "/name"]),
        ({"name": "x" * 1001}, ["/name"]),
        ({"source": ""}, ["/source"]),
        ({"issueKey": "SHOP"}, ["/issueKey"]),
        ({"repositoryId": None}, ["/repositoryId"]),
        ({"pullRequest": {"draft": True}}, ["/pullRequest/draft"]),
        ({"colour": "blue"}, ["/colour"]),
    ],
)
def test_wrong_input_is_told_with_its_place_and_nothing_is_asked(desk, changes, places):
    before = len(list_calls(desk.town.ado, "POST", "/refs"))
    answer = desk.make(**{"name": desk.name()} | changes)
    assert (answer.status_code, pointers(answer)) == (422, places)
    assert len(list_calls(desk.town.ado, "POST", "/refs")) == before


def test_what_administrators_do_not_allow_is_not_made(desk):
    name = desk.name()
    desk.choose(branches={"offProjects": ["SHOP"]})
    assert "switched off" in refused(desk.make(name), 403, "switched_off")
    desk.choose(branches={"enabled": False})
    refused(desk.make(name), 403, "switched_off")
    desk.choose(branches={"nameRule": {"never": ["feature/*"]}, "draftPullRequest": False})
    answer = desk.make(name, pullRequest={})
    assert (answer.status_code, pointers(answer)) == (422, ["/name", "/pullRequest"])
    assert not desk.has_branch(name)


def test_what_the_person_may_not_see_or_is_not_linked_is_not_found_and_nothing_is_made(desk):
    name = desk.name()
    other = next(one for one in desk.organization.repositories.values() if one.project.name != "Webshop")
    answers = [desk.make(name, repositoryId=other.id), desk.make(name, issueKey="SHOP-999")]
    desk.link(jiraProjects=["OPS"])
    answers.append(desk.make(name))
    desk.link(jiraProjects=None)
    desk.site.tracker.permissions.deny(desk.member, desk.site.projects["SHOP"].id, "BROWSE_PROJECTS")
    answers.append(desk.make(name))
    assert [answer.status_code for answer in answers] == [404] * 4
    assert not desk.has_branch(name)
    assert f"refs/heads/{name}" not in other.refs


def test_a_kept_yes_of_jira_does_not_make_branches(desk):
    assert codes(check(desk, desk.name())) == []
    desk.site.tracker.permissions.deny(desk.member, desk.site.projects["SHOP"].id, "BROWSE_PROJECTS")
    assert desk.make().status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in_first(desk):
    name = desk.name()
    desk.services.people.delete(desk.sign_in().id)
    refused(desk.make(name), 403, "sign_in_needed")
    assert refused(check(desk, name), 403, "sign_in_needed")
    desk.sign_in("expired")
    assert "Sign in again" in refused(desk.make(name), 403, "sign_in_needed")
    assert not desk.has_branch(name)


def test_jira_is_told_nothing_by_who_makes_a_branch(desk):
    before = [len(list_calls(desk.town.jira, method, "/rest/devinfo")) for method in ("GET", "POST", "PUT", "DELETE")]
    assert desk.make(pullRequest={}).status_code == 201
    after = [len(list_calls(desk.town.jira, method, "/rest/devinfo")) for method in ("GET", "POST", "PUT", "DELETE")]
    assert after == before


# --- a draft pull request ---


def pulls_of(desk, name):
    return [one for one in desk.organization.pull_requests.values() if one.source == f"refs/heads/{name}"]


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ({"title": "Weigh the parcel"}, "SHOP-1 Weigh the parcel"),
        ({"title": "Weigh (shop-1)"}, "Weigh (shop-1)"),
        ({}, None),
    ],
)
def test_a_draft_pull_request_carries_the_key(desk, asked, title):
    name = desk.name()
    answer = desk.make(name, pullRequest=asked)
    (pull,) = pulls_of(desk, name)
    assert answer.json()["pullRequest"] == {
        "id": pull.id, "url": f"{desk.town.organization_url}/Webshop/_git/shop-web/pullrequest/{pull.id}",
    }  # fmt: skip
    assert (pull.draft, pull.author.mail, pull.target) == (True, TOMASZ, "refs/heads/main")
    assert pull.title == (title or f"SHOP-1 {desk.site.find_issue('SHOP-1').summary}")


def test_pressing_twice_opens_one_pull_request(desk):
    body = desk.wish(pullRequest={})
    answers = in_parallel(2, lambda: desk.call("POST", "/api/branches", body))
    assert [answer.status_code for answer in answers] == [201, 201]
    (pull,) = pulls_of(desk, body["name"])
    assert {answer.json()["pullRequest"]["id"] for answer in answers} == {pull.id}


def test_a_branch_stays_when_its_pull_request_is_refused(desk):
    desk.organization.deny_git(desk.repository, "PullRequestContribute", user=TOMASZ)
    name = desk.name()
    answer = desk.make(name, pullRequest={})
    assert (answer.status_code, answer.json()["pullRequest"], desk.has_branch(name)) == (201, None, True)
    assert re.search(r"^The branch was made, but no pull request could be opened: .*PullRequestContribute",
                     answer.json()["notes"][0])  # fmt: skip
