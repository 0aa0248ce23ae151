"""Where something that was pasted may be, what cannot be asked, and how long a question may take."""

import threading
from urllib.parse import urlencode

import pytest

from sandbox.ado import create_ado
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_seed import TOKENS
from sandbox.server import serve
from tests.app.actions import add_fault, connect, list_calls, only_site, push_commit, stored


def ask(site, **query):
    return site.call("GET", f"/api/explain?{urlencode(query)}")


def explain(site, text):
    answer = ask(site, text=text)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def neighbour():
    """Another organization: its pull requests and builds have the same numbers."""
    return AdoOrganization.seeded("beta", seed=2)


@pytest.fixture
def neighbour_url(neighbour):
    with serve(create_ado(neighbour)) as server:
        yield f"{server.url}/beta"
    neighbour.stop()


@pytest.fixture
def settings_changes(town, neighbour_url):
    host = neighbour_url.removeprefix("http://").removesuffix("/beta")
    return town.settings() | {"ado_hosts": frozenset({town.ado.removeprefix("http://"), host})}


@pytest.fixture
def both(site, linked, neighbour, neighbour_url):
    """The first project of each organization is linked; the connection of the neighbour."""
    answer = connect(site, TOKENS["full"].replace("acme", "beta"), neighbour_url)
    assert answer.status_code == 201, answer.text
    project = next(iter(neighbour.projects))
    assert site.call("PUT", f"/api/connections/{answer.json()['id']}/projects/{project}", {}).status_code == 200
    return answer.json()["id"]


def open_pull(organization, title):
    repository = next(iter(organization.repositories.values()))
    organization.push(repository, [{"message": "start"}], branch="topic")
    return organization.open_pull_request(repository, "topic", title)


def pull_address(url, pull):
    return f"{url}/{pull.repository.project.name}/_git/{pull.repository.name}/pullrequest/{pull.id}"


@pytest.fixture
def pulls(site, both, neighbour):
    """Pull requests of the same number, delivered; one names an issue."""
    own, other = open_pull(site.organization, "SHOP-2 a topic"), open_pull(neighbour, "a topic")
    assert own.id == other.id
    neighbour.wait_idle(10)
    site.work()
    return own, other


def test_an_address_means_its_own_organization(site, both, pulls, neighbour_url):
    own, other = pulls

    assert explain(site, pull_address(site.organization_url, own))["verdict"]["code"] == "accepted"
    found = explain(site, pull_address(neighbour_url, other))
    assert (found["verdict"]["code"], found["sent"], found["places"]) == ("no_key", [], [])


def test_a_number_that_several_organizations_have_is_told_by_place(site, connection, both, pulls):
    found = explain(site, f"!{pulls[0].id}")

    assert found["verdict"]["code"] == "several"
    assert {(one["connectionId"], one["verdict"]["code"]) for one in found["places"]} == {
        (connection["id"], "accepted"), (both, "no_key"),
    }  # fmt: skip
    assert {one["repository"] for one in found["places"]} == {pull.repository.name for pull in pulls}


def test_an_organization_that_is_not_connected_is_not_confused_with_one_that_is(site, pulls):
    found = explain(site, pull_address("https://dev.azure.com/gamma", pulls[0]))

    assert (found["verdict"]["code"], found["sent"]) == ("not_found", [])


@pytest.mark.parametrize(("project", "repository"), [("Platform Tools", "shop-web"), ("Webshop", "shop-api")])
def test_an_address_of_another_project_or_repository_is_not_answered_with_this_one(site, pulls, project, repository):
    found = explain(site, f"{site.organization_url}/{project}/_git/{repository}/pullrequest/{pulls[0].id}")

    assert (found["verdict"]["code"], found["sent"]) == ("not_found", [])


def test_a_commit_in_another_repository_than_its_address_says(site, linked, webshop):
    sha = push_commit(site, webshop)

    assert explain(site, f"{site.organization_url}/Webshop/_git/shop-web/commit/{sha}")["verdict"]["code"] == "accepted"
    found = explain(site, f"{site.organization_url}/Webshop/_git/shop-api/commit/{sha}")
    assert (found["verdict"]["code"], found["sent"]) == ("not_found", [])


def test_a_former_name_of_the_project_will_do(site, linked, webshop):
    sha = push_commit(site, webshop)
    site.organization.rename_project("Webshop", "Market")

    assert explain(site, f"{site.organization_url}/Webshop/_git/shop-web/commit/{sha}")["verdict"]["code"] == "accepted"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
def test_repositories_that_cannot_be_listed_leave_the_search_incomplete(site, linked, status):
    add_fault(site.ado, "/_apis/git/repositories$", status)

    assert explain(site, "f" * 40)["verdict"]["code"] == "not_looked_up"


def test_a_project_that_cannot_be_read_leaves_the_search_incomplete(site, linked):
    add_fault(site.ado, "/_apis/projects/Webshop", 403)

    address = f"{site.organization_url}/Webshop/_git/shop-web/commit/{'f' * 40}"
    assert explain(site, address)["verdict"]["code"] == "not_looked_up"


@pytest.mark.parametrize(("state", "words"), [("refused", "expired or was revoked"), ("gone", "renamed")])
def test_a_paused_connection_is_told_and_not_asked(site, linked, state, words):
    site.services.connections.set_token_state(stored(site)[0].id, state)
    before = len(list_calls(site.ado, "GET", "/"))

    found = explain(site, "f" * 40)

    assert found["verdict"]["code"] == "connection_paused"
    assert words in found["verdict"]["sentence"]
    assert len(list_calls(site.ado, "GET", "/")) == before


def test_what_jira_was_sent_is_told_while_the_connection_is_paused(site, linked, webshop):
    sha = push_commit(site, webshop)
    site.services.connections.set_token_state(stored(site)[0].id, "refused")

    assert explain(site, sha)["verdict"]["code"] == "accepted"


def test_azure_devops_being_late_does_not_hold_the_request(site, linked, monkeypatch):
    monkeypatch.setattr("app.explaining.ADO_SECONDS", 0.2)
    add_fault(site.ado, "/_apis/git/repositories", None, delay_ms=1500, method="GET")

    assert explain(site, "f" * 40)["verdict"]["code"] == "not_looked_up"


def test_jira_being_late_does_not_hold_the_request(site, linked, monkeypatch):
    monkeypatch.setattr("app.explaining.JIRA_SECONDS", 0.2)
    site.services.project_keys.forget_tenant(only_site(site.services).id)
    add_fault(site.jira, "/rest/api/", None, delay_ms=1500, method="GET")

    answer = ask(site, text="NOPE-1")

    assert answer.status_code == 502
    assert "did not answer in time" in answer.json()["detail"]


def test_a_site_asks_one_question_at_a_time(site, linked):
    add_fault(site.ado, "/_apis/git/repositories", None, delay_ms=1500, method="GET", times=1)
    answers = []
    first = threading.Thread(target=lambda: answers.append(explain(site, "f" * 40)))
    first.start()
    held = f"crosswalk:hold:explain:{only_site(site.services).id}"
    while not site.services.redis.exists(held):
        assert first.is_alive()

    second = ask(site, text="SHOP-1")
    first.join(20)

    assert second.status_code == 409
    assert "just now" in second.json()["detail"]
    assert answers[0]["verdict"]["code"] == "not_found"
    assert ask(site, text="SHOP-1").status_code == 200
