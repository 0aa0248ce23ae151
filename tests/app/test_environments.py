"""Types of environments over the API: what there is, what a table would make of it, and a table from a repository."""

import pytest

from app import environment_names, repositories
from app.asking import LATE
from domain.environments import TYPE_WORDS
from tests.app.actions import add_fault, list_calls, pointers

FILE = "/.jira/config.yml"
MAPPING = """
deployments:
  environmentMapping:
    staging:
      - "canary*"
    production:
      - "live*"
      - "prod{1,2}"
    preview:
      - "pr-*"
  services: {ids: [x]}
"""


def preview(site, names, **body):
    answer = site.call("POST", "/api/environments/preview", {"names": names} | body)
    assert answer.status_code == 200, answer.text
    return {item["name"]: (item["type"], item["reason"]) for item in answer.json()["items"]}


def listed(site):
    answer = site.call("GET", "/api/environments")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def repository(site, connection, linked, webshop):
    """The first repository of the linked project, as the picker shows it."""
    answer = site.call("GET", f"/api/connections/{connection['id']}/repositories")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"][0]


@pytest.fixture
def take(site, connection, repository):
    """Import from the repository after its file was written; the answer."""

    def call(text, repository_id=None):
        if text is not None:
            site.organization.put_file(repository["name"], FILE, text)
        body = {"connectionId": connection["id"], "repositoryId": repository_id or repository["id"]}
        return site.call("POST", "/api/environments/import", body)

    return call


def test_a_preview_tells_type_and_reason(site):
    assert preview(site, ["qa1", "banana"]) == {
        "qa1": ("testing", "the word “qa” stands for testing"),
        "banana": ("unmapped", "no word of the name stands for a type"),
    }


def test_a_preview_of_a_table_changes_nothing(site):
    table = {"staging": ["qa?"], "production": ["q*"]}
    tried = preview(site, ["qa1", "quay"], mapping=table)
    assert tried["qa1"] == ("staging", "the table of this site says that “qa?” is staging")
    assert tried["quay"][0] == "production"
    assert preview(site, ["qa1"])["qa1"][0] == "testing"


def test_without_a_table_the_preview_goes_by_that_of_the_site(site):
    site.call("PUT", "/api/settings", {"environmentMapping": {"production": ["qa*"]}})
    assert preview(site, ["qa1"])["qa1"][0] == "production"
    assert preview(site, ["qa1"], mapping={})["qa1"][0] == "testing"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/names"),
        ({"names": ["x"] * 1001}, "/names"),
        ({"names": ["x" * 501]}, "/names/0"),
        ({"names": [], "mapping": {"prod": []}}, "/mapping/prod"),
    ],
)
def test_a_preview_without_sense_is_refused(body, pointer, site):
    answer = site.call("POST", "/api/environments/preview", body)
    assert (answer.status_code, pointers(answer)) == (422, [pointer])


def test_a_site_without_links_has_no_environments(site, connection):
    assert listed(site) == {"items": [], "next": None, "problems": []}


def test_every_environment_of_a_linked_project_is_listed_with_its_use(site, connection, linked, webshop):
    found = {item["name"]: item for item in listed(site)["items"]}
    assert {name: item["type"] for name, item in found.items()} == {
        "production": "production", "Production": "production", "qa1": "testing", "Staging": "staging",
    }  # fmt: skip
    (place,) = found["Staging"]["places"]
    assert place == {
        "connectionId": connection["id"], "projectId": webshop, "project": "Webshop", "kind": "release definition",
        "definition": "shop-classic",
    }  # fmt: skip
    (place,) = found["qa1"]["places"]
    assert (place["kind"], place["definition"]) == ("environment", None)
    assert found["qa1"]["reason"] == "the word “qa” stands for testing"


def test_a_part_that_cannot_be_read_is_told_and_the_rest_is_shown(site, connection, linked):
    add_fault(site.ado, "release/definitions", 403)
    found = listed(site)
    assert {item["name"] for item in found["items"]} == {"qa1", "production"}
    (problem,) = found["problems"]
    assert "release definitions of Webshop could not be read" in problem["detail"]


def test_what_does_not_answer_in_time_is_told_and_the_rest_is_shown(site, connection, linked, monkeypatch):
    monkeypatch.setattr(environment_names, "ADO_SECONDS", 1.0)
    add_fault(site.ado, "release/definitions", None, delay_ms=2_000)
    found = listed(site)
    assert {item["name"] for item in found["items"]} == {"qa1", "production"}
    assert [problem["detail"] for problem in found["problems"]] == [f"The release definitions of Webshop {LATE}"]


@pytest.mark.parametrize(
    ("address", "what"), [("/api/environments", "The projects of acme"), ("repositories", "The repositories of")]
)
@pytest.mark.usefixtures("linked")
def test_an_organization_that_hangs_does_not_hold_the_request(site, connection, monkeypatch, address, what):
    for module in (environment_names, repositories):
        monkeypatch.setattr(module, "ADO_SECONDS", 0.2)
    add_fault(site.ado, "_apis/(projects|git/repositories)", None, delay_ms=1_000)
    path = address if address.startswith("/") else f"/api/connections/{connection['id']}/{address}"
    found = site.call("GET", path).json()
    (problem,) = found["problems"]
    assert found["items"] == []
    assert problem["detail"].startswith(what)
    assert problem["detail"].endswith(LATE)


def test_a_token_that_cannot_be_opened_is_told(site, connection, linked):
    with site.services.engine.begin() as database:
        database.exec_driver_sql("UPDATE connections SET token = 'nothing that was sealed'")
    found = listed(site)
    assert found["items"] == []
    assert found["problems"][0]["detail"].startswith("The projects of acme could not be read")


def test_a_connection_whose_token_ended_is_told(site, connection, linked):
    add_fault(site.ado, "_apis/projects", 401)
    found = listed(site)
    assert found["items"] == []
    assert "acme" in found["problems"][0]["detail"]


def test_repositories_of_linked_projects_only_are_offered(site, connection, linked, webshop):
    answer = site.call("GET", f"/api/connections/{connection['id']}/repositories").json()
    names = sorted(one.name for one in site.organization.repositories.values() if one.project.id == webshop)
    assert [item["name"] for item in answer["items"]] == names
    assert {(item["projectId"], item["project"]) for item in answer["items"]} == {(webshop, "Webshop")}
    assert answer["problems"] == []


def test_repositories_that_cannot_be_read_are_told(site, connection, linked, webshop):
    add_fault(site.ado, "git/repositories$", 403)
    answer = site.call("GET", f"/api/connections/{connection['id']}/repositories").json()
    assert answer["items"] == []
    assert webshop in answer["problems"][0]["detail"]


def test_a_table_is_taken_from_the_default_branch_and_nothing_is_changed(take, site, repository):
    answer = take(MAPPING)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert list(found["mapping"].items()) == [("staging", ["canary*"]), ("production", ["live*"])]
    assert found["source"] == f"Webshop/{repository['name']}, .jira/config.yml on main"
    wide, unknown = found["ignored"]
    assert "“prod{1,2}” of production is a wider pattern" in wide
    assert f"“preview” is no type; there are {', '.join(TYPE_WORDS)}" == unknown
    assert site.call("GET", "/api/settings").json()["environmentMapping"] == {}


def test_what_was_imported_can_be_put_into_the_settings(take, site):
    mapping = take(MAPPING).json()["mapping"]
    assert site.call("PUT", "/api/settings", {"environmentMapping": mapping}).status_code == 200
    assert preview(site, ["canary-2"])["canary-2"][0] == "staging"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "has no .jira/config.yml on its default branch"),
        ("a: [", "no valid YAML (line 1)"),
        ("a: &a [x]\nb: *a", "uses an alias"),
        ("[" * 30 + "]" * 30, "nested more than 20 levels"),
        ("[" * 60000, "nested more than 20 levels"),
        ("x" * 70_000, "larger than 64 KB"),
        ("? [a]\n: b", "no valid YAML"),
        ("a: \x07", "no valid YAML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(text, words, take):
    answer = take(text)
    assert (answer.status_code, pointers(answer)) == (422, ["/repositoryId"])
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "", "just words", "deployments: []", "deployments: {environmentMapping: null}", "a: 2026-13-45",
        "a: !!python/object:os.system {}",
    ],
)  # fmt: skip
def test_a_file_that_says_nothing_of_environments_gives_an_empty_table_and_says_so(text, take):
    found = take(text or "\n").json()
    assert (found["mapping"], found["ignored"]) == ({}, ["the file has no deployments.environmentMapping"])


def test_a_repository_outside_of_the_linked_projects_is_not_there(take, site, webshop):
    other = next(one for one in site.organization.repositories.values() if one.project.id != webshop)
    assert take(None, repository_id=other.id).status_code == 404
    assert list_calls(site.ado, "GET", f"{other.id}/items") == []
    assert take(None, repository_id="0" * 8).status_code == 404


def test_the_connection_of_another_site_is_not_there(site, repository):
    body = {"connectionId": "11111111-0000-4000-8000-000000000000", "repositoryId": repository["id"]}
    assert site.call("POST", "/api/environments/import", body).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/preview"), ("POST", "/import")])
def test_only_administrators_may_ask(method, path, site):
    body: dict[str, str] | None = {} if method == "POST" else None
    member = site.site.member.account_id
    assert site.call(method, f"/api/environments{path}", body, account=member).status_code == 403
