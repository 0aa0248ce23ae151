"""Where a person can make branches for an issue, and from which branches."""

import pytest
from pydantic import SecretStr

from linkage.persons import keep_person
from sandbox.ado import create_ado
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_seed import TOKENS
from sandbox.server import serve
from tests.app.actions import add_fault, list_calls
from tests.app.branch_fixtures import desk, shared_desk
from tests.app.branch_rig import TOMASZ

__all__ = ["desk", "shared_desk"]


def listed(desk, **query):
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    return desk.get(f"/api/repositories?issueKey=SHOP-1{asked}")


def names(desk, **query):
    return [item["name"] for item in listed(desk, **query)["items"]]


def branches(desk, repository=None, **query):
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    repository_id = repository or desk.repository.id
    return desk.call("GET", f"/api/repositories/{repository_id}/branches?issueKey=SHOP-1{asked}")


def test_the_repositories_of_linked_projects_are_listed_with_what_a_form_needs(desk):
    found = listed(desk, q="shop-web")
    assert (found["next"], found["problems"]) == (None, [])
    assert found["items"] == [
        {
            "id": desk.repository.id,
            "name": "shop-web",
            "project": "Webshop",
            "connectionId": desk.connection.id,
            "organization": "acme",
            "defaultBranch": "main",
            "empty": False,
            "url": f"{desk.town.organization_url}/Webshop/_git/shop-web",
            "recent": False,
        }
    ]
    assert {item["project"] for item in listed(desk)["items"]} == {"Webshop"}


def test_a_search_goes_over_projects_and_names_in_any_case(desk):
    assert names(desk, q="SHOP-W") == ["shop-web"]
    assert names(desk, q="webshop/") == names(desk)
    assert names(desk, q="nothing") == []


def test_a_project_that_may_not_send_to_the_jira_project_has_none(desk):
    desk.link(jiraProjects=["OPS"])
    assert names(desk) == []
    assert branches(desk).status_code == 404
    desk.link(jiraProjects=["OPS", "SHOP"])
    assert "shop-web" in names(desk)


@pytest.mark.parametrize(
    "settings",
    [
        {"repositories": {"never": ["*-web"]}},
        {"repositories": {"only": ["Webshop/shop-api"]}},
        {"repositoryProjects": [{"repositories": "*-web", "projects": ["OPS"]}]},
    ],
)
def test_a_repository_that_the_settings_keep_from_the_project_is_not_there(desk, settings):
    desk.choose(**settings)
    assert "shop-web" not in names(desk)
    answer = branches(desk)
    assert answer.status_code == 404
    assert "not linked to the project of this issue" in answer.json()["detail"]


def test_what_the_person_may_not_read_in_azure_devops_is_not_there(desk):
    desk.organization.deny_repository("shop-web", user=TOMASZ)
    assert "shop-web" not in names(desk)
    assert branches(desk).status_code == 404


def test_the_repository_used_last_comes_first_then_those_where_something_happened(desk):
    organization = desk.organization
    for name in ("aaa-first", "zzz-active"):
        organization.create_repository(name, "Webshop")
    organization.push("zzz-active", [{"message": "SHOP-1 begin"}], branch="main")
    desk.town.work()
    assert names(desk)[0] == "zzz-active"
    assert desk.make().status_code == 201
    items = listed(desk)["items"]
    assert [item["name"] for item in items if item["recent"]] == [items[0]["name"]] == ["shop-web"]
    assert names(desk)[1:3] == ["zzz-active", "aaa-first"]


def test_an_empty_repository_says_so_and_has_no_branches(desk):
    made = desk.organization.create_repository("shop-empty", "Webshop")
    (item,) = listed(desk, q="shop-empty")["items"]
    assert (item["empty"], item["defaultBranch"]) == (True, None)
    assert branches(desk, made.id).json() == {"items": [], "next": None}


def test_a_disabled_repository_is_not_listed(desk):
    desk.organization.create_repository("shop-off", "Webshop")
    desk.organization.disable_repository("shop-off")
    assert names(desk, q="shop-off") == []


def test_who_is_not_signed_in_is_told_where_to(desk):
    desk.services.people.delete(desk.sign_in().id)
    found = listed(desk)
    assert found["items"] == []
    (problem,) = found["problems"]
    assert (problem["code"], problem["connectionId"]) == ("sign_in_needed", desk.connection.id)
    answer = branches(desk)
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_needed")


def test_a_sign_in_that_azure_devops_refuses_is_told_as_over(desk):
    desk.sign_in("expired")
    (problem,) = listed(desk)["problems"]
    assert (problem["code"], "Sign in again" in problem["detail"]) == ("sign_in_needed", True)


def test_an_organization_that_does_not_answer_is_a_problem_and_no_error(desk):
    add_fault(desk.town.ado, "/Webshop.*/repositories$|/_apis/git/repositories$", 503, times=2)  # one quick retry
    found = listed(desk)
    assert found["items"] == []
    assert [(one["code"], one["connectionId"]) for one in found["problems"]] == [("not_read", desk.connection.id)]


@pytest.fixture
def neighbour(desk):
    """Another organization that is linked, with its repositories; the member is signed in to it as well."""
    organization = AdoOrganization.seeded("globex", seed=2, repositories=1, commits=2)
    with serve(create_ado(organization), port=desk.free_port.release()) as server:
        connection = desk.connect(f"{server.url}/globex", TOKENS["full"].replace("acme", "globex"))
        project = organization.find_project("Webshop")
        desk.link_project(connection, project)
        user = organization.find_user(TOMASZ)
        token = SecretStr(TOKENS["tomasz-code"].replace("acme", "globex"))
        keep_person(desk.services, connection, desk.member, user.id, token)
        yield server, connection, organization
        organization.stop()
        path = f"/api/connections/{connection.id}"
        assert desk.call("DELETE", path, account=desk.site.admin.account_id).ok


def test_several_organizations_are_read_and_one_that_fails_stops_no_other(desk, neighbour):
    server, connection, organization = neighbour
    assert {item["organization"] for item in listed(desk)["items"]} == {"acme", "globex"}
    theirs = next(one for one in organization.repositories.values() if one.project.name == "Webshop")
    assert branches(desk, theirs.id).json()["items"][0] == {"name": "main", "isDefault": True}
    add_fault(server.url, "/_apis/git/", 503)
    found = listed(desk)
    assert {item["organization"] for item in found["items"]} == {"acme"}
    assert [(one["code"], one["connectionId"]) for one in found["problems"]] == [("not_read", connection.id)]
    assert branches(desk).status_code == 200
    assert branches(desk, theirs.id).status_code == 502
    desk.services.people.delete(desk.services.people.find(connection.id, desk.member).id)
    refused = branches(desk, theirs.id)
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_needed")


def test_the_default_branch_comes_first(desk):
    items = branches(desk).json()["items"]
    assert items[0] == {"name": "main", "isDefault": True}
    assert [item["isDefault"] for item in items].count(True) == 1


def test_branches_are_searched_and_fifty_are_shown(desk):
    for number in range(60):
        desk.organization.push(desk.repository, branch=f"aaa/{number}", base="main")
    items = branches(desk).json()["items"]
    assert (len(items), items[0]["name"]) == (50, "main")
    found = [item["name"] for item in branches(desk, q="A/59").json()["items"]]
    assert found == ["aaa/59"]


@pytest.mark.parametrize("repository", ["00000000-0000-0000-0000-000000000000", "shop-web", "x" * 100])
def test_what_names_no_repository_is_not_found(desk, repository):
    assert branches(desk, repository).status_code == 404


def test_a_repository_of_a_project_that_is_not_linked_is_not_found(desk):
    other = next(one for one in desk.organization.repositories.values() if one.project.name != "Webshop")
    assert branches(desk, other.id).status_code == 404


def test_jira_is_asked_once_a_minute_who_may_see_an_issue(desk):
    before = len(list_calls(desk.town.jira, "POST", "/permissions/check"))
    for part in ("a", "ab", "abc"):
        names(desk, q=part)
    assert len(list_calls(desk.town.jira, "POST", "/permissions/check")) == before + 1
