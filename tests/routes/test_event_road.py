"""The main road, wire to wire: install, connect, link, then what people do in Azure DevOps stands on the Jira issue."""

import pytest

from sandbox.ado_seed import TOKENS

KEY = "SHOP-1"


def connect(town):
    answer = town.call("POST", "/api/connections", {"organizationUrl": town.organization_url, "token": TOKENS["full"]})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def link_webshop(town, **choice):
    project = town.organization.find_project("Webshop")
    answer = town.call("PUT", f"/api/connections/{connect(town)}/projects/{project.id}", choice)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def linked_town(open_town):
    link_webshop(open_town)
    return open_town


def healthy(town):
    """Nobody had to refuse anything on the way."""
    assert town.site.violations == []
    assert town.organization.violations == []
    installation = town.services.installations.list_all()[0]
    assert [letter.reason for letter in town.services.dead_letters.list_for(installation.id)] == []


def deployments(town, key=KEY):
    """Environment name to its type and the state of the deployment."""
    shown = town.site.panel(key)["deployments"]
    return {one["environment"]["displayName"]: (one["environment"]["type"], one["state"]) for one in shown}


def test_a_pushed_commit_is_on_its_issue(linked_town):
    town = linked_town
    town.organization.push("shop-web", [{"message": f"{KEY} round prices, see SHOP-2 and UTF-8"}])
    town.work()
    for key in (KEY, "SHOP-2"):
        (commit,) = town.site.panel(key)["commits"]
        assert commit["message"] == f"{KEY} round prices, see SHOP-2 and UTF-8"
    healthy(town)


def test_a_branch_comes_moves_and_goes(linked_town):
    town = linked_town
    name = f"feature/{KEY}-basket"
    town.organization.push("shop-web", [{"message": "first"}], branch=name)
    town.work()
    (branch,) = town.site.panel(KEY)["branches"]
    assert (branch["name"], branch["lastCommit"]["message"]) == (name, "first")
    town.organization.push("shop-web", [{"message": "second"}], branch=name)
    town.work()
    (branch,) = town.site.panel(KEY)["branches"]
    assert branch["lastCommit"]["message"] == "second"
    town.organization.delete_branch("shop-web", name)
    town.work()
    assert town.site.panel(KEY)["branches"] == []
    healthy(town)


def test_a_pull_request_is_opened_approved_commented_and_completed(linked_town):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": "work"}], branch="topic")
    pull = organization.open_pull_request("shop-web", "topic", f"{KEY} round prices", reviewers=["Tomasz Baran"])
    town.work()
    (shown,) = town.site.panel(KEY)["pullRequests"]
    assert shown["status"] == "OPEN"
    organization.vote(pull.id, 10, user="Tomasz Baran")
    organization.comment_pull_request(pull.id, "nice")
    town.work()
    (shown,) = town.site.panel(KEY)["pullRequests"]
    assert shown["commentCount"] == 1
    assert [reviewer["approvalStatus"] for reviewer in shown["reviewers"]] == ["APPROVED"]
    organization.update_pull_request(pull.id, status="completed")
    town.work()
    (shown,) = town.site.panel(KEY)["pullRequests"]
    assert shown["status"] == "MERGED"
    healthy(town)


def test_a_pull_request_leaves_the_issue_when_its_last_key_is_edited_out(linked_town):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": "work"}], branch="topic")
    pull = organization.open_pull_request("shop-web", "topic", f"{KEY} round prices")
    town.work()
    organization.update_pull_request(pull.id, title="round prices")
    organization.vote(pull.id, 5, user="Tomasz Baran")
    town.work()
    assert town.site.panel(KEY)["pullRequests"] == []
    healthy(town)


def test_a_pipeline_run_is_a_build_and_its_stages_are_deployments(linked_town):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    pipeline = next(p for p in organization.pipelines.values() if p.repository.name == "shop-web" and len(p.stages) > 1)
    run = organization.run_pipeline(pipeline, tests={"total": 3, "passed": 3})
    town.work()
    (build,) = town.site.panel(KEY)["builds"]
    assert build["state"] == "in_progress"
    assert deployments(town) == {"qa1": ("testing", "successful")}
    organization.approve_stage(run.id)
    town.work()
    (build,) = town.site.panel(KEY)["builds"]
    assert build["state"] == "successful"
    assert deployments(town) == {"qa1": ("testing", "successful"), "production": ("production", "successful")}
    healthy(town)


def test_a_classic_release_is_a_deployment(linked_town):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    definition = next(iter(organization.release_definitions.values()))
    run = organization.run_pipeline(definition.pipeline)
    organization.deploy_release(definition.id, run=run.id, environment=definition.environments[0])
    town.work()
    assert deployments(town)[definition.environments[0]][1] == "successful"
    healthy(town)
