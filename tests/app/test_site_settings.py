"""The settings of a site over the API: defaults, replaced as a whole, every fault with its place."""

from typing import Any

import pytest

from tests.app.actions import add_fault, pointers

PATH = "/api/settings"
DEFAULTS: dict[str, Any] = {
    "kinds": None,
    "repositories": {"only": [], "never": []},
    "pipelines": {"only": [], "never": []},
    "repositoryProjects": [],
    "ignoredBranches": [],
    "ignoredAuthors": [],
    "partialBuildIs": "failed",
    "partialDeploymentIs": "successful",
    "pathFilters": [],
    "environmentMapping": {},
    "branchTemplate": "feature/{key}-{summary}",
    "branches": {
        "enabled": True,
        "offProjects": [],
        "nameRule": None,
        "templates": [],
        "draftPullRequest": True,
    },
    "changedAt": None,
}
CHOSEN = {
    "kinds": ["commits", "builds"],
    "repositories": {"only": ["shop-*"], "never": ["*-old"]},
    "pipelines": {"only": [], "never": ["nightly*"]},
    "repositoryProjects": [{"repositories": "shop-*", "projects": ["SHOP"]}],
    "ignoredBranches": ["dependabot/*"],
    "ignoredAuthors": ["*[bot]"],
    "partialBuildIs": "successful",
    "partialDeploymentIs": "failed",
    "pathFilters": [{"pipelines": "shop", "paths": ["services/shop", "libs/**/prices*"]}],
    "environmentMapping": {"staging": ["live-check*"], "production": ["live*"], "development": []},
    "branchTemplate": "{type}/{key}-{summary}",
    "branches": {
        "enabled": False,
        "offProjects": ["OPS", "SHOP"],
        "nameRule": {"only": ["feature/*"], "never": ["*wip*"]},
        "templates": [{"issueType": "Bug", "template": "bugfix/{key}"}, {"issueType": "*", "template": "{key}"}],
        "draftPullRequest": False,
    },
}


def put(site, document):
    return site.call("PUT", PATH, document)


def shown(site):
    answer = site.call("GET", PATH)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_site_that_chose_nothing_has_the_defaults(site):
    found = shown(site)
    assert "start the import of history again" in found.pop("effect")
    assert found == DEFAULTS


def test_what_is_put_is_what_is_shown_and_when(site):
    answer = put(site, CHOSEN)
    assert answer.status_code == 200, answer.text
    found = shown(site)
    assert answer.json() == found
    assert {name: found[name] for name in CHOSEN} == CHOSEN
    assert list(found["environmentMapping"]) == ["staging", "production", "development"]
    assert found["changedAt"].startswith("20")


def test_a_put_replaces_the_whole_document(site):
    put(site, CHOSEN)
    put(site, {"ignoredBranches": ["wip/*"]})
    found = shown(site)
    assert {name: found[name] for name in DEFAULTS if name != "changedAt"} == (
        {name: value for name, value in DEFAULTS.items() if name != "changedAt"} | {"ignoredBranches": ["wip/*"]}
    )


def test_what_a_get_gave_can_be_put_back(site):
    put(site, CHOSEN)
    before = shown(site)
    answer = put(site, before)
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in CHOSEN} == CHOSEN


def test_a_put_from_before_there_were_branches_allows_them(site):
    put(site, CHOSEN)
    put(site, {name: value for name, value in CHOSEN.items() if name != "branches"})
    assert shown(site)["branches"] == DEFAULTS["branches"]


def test_keys_are_kept_as_jira_writes_them_and_patterns_without_spaces_around(site):
    put(site, {"repositoryProjects": [{"repositories": " shop-* ", "projects": ["shop"]}]})
    assert shown(site)["repositoryProjects"] == [{"repositories": "shop-*", "projects": ["SHOP"]}]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"kinds": ["commits", "tags"]}, "/kinds/1"),
        ({"repositories": {"only": [""]}}, "/repositories/only/0"),
        ({"repositories": {"never": ["x" * 201]}}, "/repositories/never/0"),
        ({"repositories": {"sometimes": []}}, "/repositories/sometimes"),
        ({"pipelines": {"only": ["x"] * 101}}, "/pipelines/only"),
        ({"ignoredBranches": "wip/*"}, "/ignoredBranches"),
        ({"ignoredAuthors": ["a\nb"]}, "/ignoredAuthors/0"),
        ({"ignoredAuthors": [None]}, "/ignoredAuthors/0"),
        ({"repositoryProjects": [{"repositories": "*", "projects": []}]}, "/repositoryProjects/0/projects"),
        ({"repositoryProjects": [{"repositories": "*", "projects": ["1X"]}]}, "/repositoryProjects/0/projects/0"),
        ({"repositoryProjects": [{"projects": ["SHOP"]}]}, "/repositoryProjects/0/repositories"),
        ({"partialBuildIs": "unknown"}, "/partialBuildIs"),
        ({"partialDeploymentIs": None}, "/partialDeploymentIs"),
        ({"pathFilters": [{"pipelines": "*", "paths": []}]}, "/pathFilters/0/paths"),
        ({"environmentMapping": {"prod": ["live"]}}, "/environmentMapping/prod"),
        ({"environmentMapping": {"production": "live"}}, "/environmentMapping/production"),
        ({"branchTemplate": "feature/{summary}"}, "/branchTemplate"),
        ({"branchTemplate": "{key}-{user}"}, "/branchTemplate"),
        ({"branches": {"enabled": "no"}}, "/branches/enabled"),
        ({"branches": None}, "/branches"),
        ({"branches": {"offProjects": ["1X"]}}, "/branches/offProjects/0"),
        ({"branches": {"nameRule": {"only": [""]}}}, "/branches/nameRule/only/0"),
        ({"branches": {"nameRule": "feature/*"}}, "/branches/nameRule"),
        (
            {"branches": {"templates": [{"issueType": "Bug", "template": "{summary}"}]}},
            "/branches/templates/0/template",
        ),
        ({"branches": {"templates": [{"template": "{key}"}]}}, "/branches/templates/0/issueType"),
        ({"branches": {"templates": [{"issueType": "*", "template": "{key}"}] * 101}}, "/branches/templates"),
        ({"branches": {"draftPullRequest": 1}}, "/branches/draftPullRequest"),
        ({"branches": {"draft": True}}, "/branches/draft"),
        ({"colour": "blue"}, "/colour"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(document, pointer, site):
    answer = put(site, document)
    assert answer.status_code == 422
    assert pointers(answer) == [pointer]
    assert all(fault["detail"] for fault in answer.json()["errors"])
    assert shown(site)["changedAt"] is None


def test_all_faults_are_told_at_once_with_what_is_allowed(site):
    answer = put(site, {"kinds": ["x"], "branchTemplate": "{x}", "partialBuildIs": "y"})
    faults = {fault["pointer"]: fault["detail"] for fault in answer.json()["errors"]}
    assert set(faults) == {"/kinds/0", "/branchTemplate", "/partialBuildIs"}
    assert "'pullRequests'" in faults["/kinds/0"]
    assert "{key}, {summary}, {type}" in faults["/branchTemplate"]
    assert "'successful'" in faults["/partialBuildIs"]


def test_jira_projects_that_do_not_exist_are_told_with_their_place(site):
    rows = [
        {"repositories": "a", "projects": ["SHOP"]},
        {"repositories": "b", "projects": ["SHOP", "NONE"]},
        {"repositories": "c", "projects": ["NADA"]},
    ]
    answer = put(site, {"repositoryProjects": rows, "branches": {"offProjects": ["OPS", "NADA"]}})
    assert (answer.status_code, pointers(answer)) == (
        422,
        ["/repositoryProjects/1/projects/1", "/repositoryProjects/2/projects/0", "/branches/offProjects/1"],
    )


def test_a_site_that_may_not_list_its_projects_is_believed(site):
    add_fault(site.jira, "/rest/api/3/project/search", 403)
    answer = put(site, {"repositoryProjects": [{"repositories": "a", "projects": ["NONE"]}]})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_only_administrators_see_and_change_settings(method, site):
    person = site.site.member
    assert site.call(method, PATH, {} if method == "PUT" else None, account=person.account_id).status_code == 403
