"""The second door: a site that trusts us by OAuth credentials its own admin made, set up from the command line."""

import pytest
import requests

from sandbox.ado_seed import TOKENS

KEY = "SHOP-1"


@pytest.fixture
def credentials(town):
    return requests.post(f"{town.jira}/_control/oauth-credentials", timeout=5).json()


@pytest.fixture
def open_town(town, services):
    """The application is open and nobody installed it."""
    town.open(services)
    return town


@pytest.fixture
def run(open_town, app):
    runner = app.test_cli_runner()

    def run(*arguments, secret=""):
        done = runner.invoke(args=["crosswalk", *arguments], input=f"{secret}\n")
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture
def added(open_town, credentials, run):
    run(
        "add-site", open_town.jira, "--client-id", credentials["clientId"], "--secret-stdin",
        secret=credentials["clientSecret"],
    )  # fmt: skip
    run("connect-organization", open_town.jira, open_town.organization_url, "--token-stdin", secret=TOKENS["full"])
    return open_town


def test_an_event_reaches_the_issue_without_any_app(added, run):
    run("link-project", added.jira, added.organization_url, "Webshop")
    added.organization.push("shop-web", [{"message": f"{KEY} round prices"}], branch=f"feature/{KEY}")
    added.work()
    panel = added.site.panel(KEY)
    assert [commit["message"] for commit in panel["commits"]] == [f"{KEY} round prices"]
    assert [branch["name"] for branch in panel["branches"]] == [f"feature/{KEY}"]
    assert added.site.violations == []
    assert "accepted" in run("status")


def test_builds_and_deployments_go_the_same_way(added, run):
    run("link-project", added.jira, added.organization_url, "Webshop")
    added.organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    pipeline = next(p for p in added.organization.pipelines.values() if p.repository.name == "shop-web")
    added.organization.run_pipeline(pipeline.id)
    added.work()
    panel = added.site.panel(KEY)
    assert len(panel["builds"]) == 1
    assert panel["deployments"]


def test_jira_teaches_which_projects_do_not_exist(added, run):
    run("link-project", added.jira, added.organization_url, "Webshop")
    (installation,) = added.services.installations.list_all()
    added.organization.push("shop-web", [{"message": f"{KEY} needs lodash-3, not lodash-4 or lodash-5"}])
    added.work()
    refused = added.services.project_keys.read_refused(installation.id, added.services.now())
    assert refused == {"LODASH"}
    added.organization.push("shop-web", [{"message": "lodash-4 again"}])
    requests.delete(f"{added.atlassian}/_control/calls", timeout=5)
    added.work()
    calls = requests.get(f"{added.atlassian}/_control/calls", timeout=5).json()
    assert [call for call in calls if call["path"].endswith("/bulk")] == []


def test_the_operator_may_name_the_projects(added, run):
    run("link-project", added.jira, added.organization_url, "Webshop", "--jira-project", "OPS")
    added.organization.push("shop-web", [{"message": f"{KEY} and OPS-2 in UTF-8"}])
    added.work()
    assert added.site.panel(KEY)["commits"] == []
    assert len(added.site.panel("OPS-2")["commits"]) == 1


def test_a_bearer_is_renewed_before_its_end(added, run):
    requests.post(f"{added.atlassian}/_control/token-lifetime", json={"seconds": 1}, timeout=5)
    run("link-project", added.jira, added.organization_url, "Webshop")
    for number in range(3):
        added.organization.push("shop-web", [{"message": f"{KEY} number {number}"}])
        added.work()
    assert len(added.site.panel(KEY)["commits"]) == 3


def test_unlinking_takes_back_what_was_sent(added, run):
    run("link-project", added.jira, added.organization_url, "Webshop")
    added.organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    added.work()
    run("unlink-project", added.jira, added.organization_url, "Webshop")
    assert added.site.panel(KEY)["commits"] == []
    assert added.organization.subscriptions == {}


def test_a_bearer_revoked_before_its_end_is_renewed_at_once(added, run):
    run("link-project", added.jira, added.organization_url, "Webshop")
    for number in range(2):
        added.organization.push("shop-web", [{"message": f"{KEY} number {number}"}])
        added.work(rounds=1)
        requests.post(f"{added.atlassian}/_control/revoke-tokens", timeout=5)
    assert len(added.site.panel(KEY)["commits"]) == 2
