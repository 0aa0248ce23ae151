"""What stands on an issue, by the ids of the ledger and with the words of now, for whoever may see it."""

import pytest

from tests.app.actions import add_fault
from tests.app.branch_fixtures import desk, shared_desk
from tests.app.branch_rig import TOMASZ

__all__ = ["desk", "shared_desk"]


@pytest.fixture(scope="module")
def worked(shared_desk):
    """An issue with a branch, a pull request from it, a build and a deployment; the keys of all are its own."""
    organization = shared_desk.organization
    key = shared_desk.site.add_issue("SHOP", "Weigh the parcel").key
    branch = f"feature/{key}-weigh"
    organization.push("shop-web", [{"message": f"{key} weigh"}], branch=branch)
    pull = organization.open_pull_request("shop-web", branch, f"{key} weigh it", draft=True)
    pipeline = next(
        one for one in organization.pipelines.values() if one.repository.name == "shop-web" and len(one.stages) > 1
    )
    organization.push("shop-web", [{"message": f"{key} and more"}], branch="main")
    organization.run_pipeline(pipeline)
    shared_desk.town.work()
    return key, branch, pull


@pytest.fixture
def work(desk, worked):
    return lambda: desk.get(f"/api/issue-work?issueKey={worked[0]}")


def test_everything_on_an_issue_is_shown_with_its_words_and_addresses(desk, worked, work):
    _key, branch, pull = worked
    home = f"{desk.town.organization_url}/Webshop/_git/shop-web"
    found = work()
    assert (found["hidden"], found["problems"]) == (0, [])
    assert found["branches"] == [
        {"name": branch, "url": f"{home}?version=GB{branch.replace('/', '%2F')}", "repository": "Webshop/shop-web"}
    ]
    assert found["pullRequests"] == [
        {
            "id": pull.id, "title": pull.title, "url": f"{home}/pullrequest/{pull.id}", "status": "draft",
            "repository": "Webshop/shop-web",
        }
    ]  # fmt: skip
    (build,) = found["builds"]
    assert (build["state"], "shop-deploy" in build["name"], "_build/results" in build["url"]) == (
        "in_progress",
        True,
        True,
    )
    assert [(one["environment"], one["state"]) for one in found["deployments"]] == [("qa1", "successful")]


def test_words_are_those_of_now(desk, worked, work):
    pull = worked[2]
    desk.organization.update_pull_request(pull.id, title="Weigh it well", status="abandoned")
    (shown,) = work()["pullRequests"]
    assert (shown["title"], shown["status"]) == ("Weigh it well", "declined")
    desk.organization.update_pull_request(pull.id, title=f"{worked[0]} weigh it", status="active")


@pytest.mark.parametrize("status", [403, 404])
def test_what_the_person_may_not_read_is_only_counted(desk, work, status):
    desk.organization.deny_repository("shop-web", user=TOMASZ, status=status)
    found = work()
    assert (found["branches"], found["pullRequests"], found["hidden"], found["problems"]) == ([], [], 2, [])
    assert len(found["builds"]) == 1


def test_without_a_sign_in_the_code_is_hidden_and_the_rest_is_shown(desk, work):
    desk.services.people.delete(desk.sign_in().id)
    found = work()
    assert (found["branches"], found["pullRequests"], found["hidden"]) == ([], [], 2)
    assert [(one["code"], one["connectionId"]) for one in found["problems"]] == [("sign_in_needed", desk.connection.id)]
    assert [len(found["builds"]), len(found["deployments"])] == [1, 1]


def test_builds_and_deployments_are_for_those_who_may_see_the_development_panel(desk, work):
    desk.site.tracker.permissions.deny(desk.member, desk.site.projects["SHOP"].id, "VIEW_DEV_TOOLS")
    found = work()
    assert (found["builds"], found["deployments"], found["hidden"], found["problems"]) == ([], [], 2, [])
    assert len(found["branches"]) == 1


def test_what_does_not_answer_is_a_problem_and_hides_nothing_else(desk, work):
    add_fault(desk.town.jira, "/rest/builds/", 503, times=2)  # one quick retry
    found = work()
    assert (found["builds"], found["hidden"], len(found["deployments"]), len(found["branches"])) == ([], 1, 1, 1)
    assert [(one["code"], one["connectionId"]) for one in found["problems"]] == [("not_read", None)]


def test_a_branch_that_is_gone_is_gone_here_when_azure_devops_has_told(desk):
    key = desk.site.add_issue("SHOP", "Short").key
    desk.organization.push("shop-web", branch=f"{key}-short", base="main")
    desk.town.work()
    assert len(desk.get(f"/api/issue-work?issueKey={key}")["branches"]) == 1
    desk.organization.delete_branch("shop-web", f"{key}-short")
    desk.town.work()
    found = desk.get(f"/api/issue-work?issueKey={key}")
    assert (found["branches"], found["hidden"]) == ([], 0)


def test_an_issue_without_work_has_none_and_one_that_is_not_to_be_seen_is_not_found(desk, worked):
    key = desk.site.add_issue("SHOP", "Nothing yet").key
    found = desk.get(f"/api/issue-work?issueKey={key}")
    assert found == {
        "branches": [], "pullRequests": [], "builds": [], "deployments": [], "hidden": 0, "problems": [],
    }  # fmt: skip
    desk.site.tracker.permissions.deny(desk.member, desk.site.projects["SHOP"].id, "BROWSE_PROJECTS")
    assert desk.call("GET", f"/api/issue-work?issueKey={worked[0]}").status_code == 404
