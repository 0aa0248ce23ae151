"""Keys and addresses of a Jira site that change while it is in use: what stays, what is found, what is unknown."""

from collections.abc import Iterator

import pytest

from tests.sandbox.jira_rig import KEY, JiraRig, build, commit, deployment, repository, running_rig


@pytest.fixture
def rig() -> Iterator[JiraRig]:
    with running_rig() as running:
        yield running


def send_all(rig: JiraRig, key: str) -> list[list[str]]:
    """One of each API; the unknown keys of each answer."""
    associations = [{"associationType": "issueKeys", "values": [key]}]
    answers = [
        rig.send("devinfo", repositories=[repository(commits=[commit(issueKeys=[key])])]),
        rig.send("builds", builds=[build(issueKeys=[key])]),
        rig.send("deployments", deployments=[deployment(associations=associations)]),
    ]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    return [list(answer.json()["unknownIssueKeys"]) for answer in answers]


def shown(rig: JiraRig, key: str) -> dict[str, int]:
    return {name: len(found) for name, found in rig.control("GET", f"panel/{key}").json().items() if found}


ALL = {"commits": 1, "builds": 1, "deployments": 1}


def test_a_renamed_project_takes_its_issues_along_with_what_they_show(rig: JiraRig) -> None:
    send_all(rig, "SHOP-1")
    before = rig.site.issues["SHOP-1"].id
    renamed = rig.control("POST", "rename-project", {"old": "SHOP", "new": "STORE"}).json()
    assert renamed["key"] == "STORE"
    assert shown(rig, "STORE-1") == shown(rig, "SHOP-1") == ALL
    assert rig.call("GET", "/rest/api/3/issue/SHOP-1?fields=summary").json()["key"] == "STORE-1"
    assert rig.call("GET", "/rest/api/3/issue/STORE-1?fields=project").json()["id"] == before
    assert rig.site.snapshot()[KEY]["commit"][f"repo-1/{1:040x}"]["keys"] == ["STORE-1"]


def test_a_former_project_key_is_found_alone_but_not_in_the_search(rig: JiraRig) -> None:
    number = rig.site.projects["SHOP"].id
    rig.control("POST", "rename-project", {"old": "SHOP", "new": "STORE"})
    for name in ("SHOP", "STORE", number):
        found = rig.call("GET", f"/rest/api/3/project/{name}").json()
        assert (found["id"], found["key"]) == (number, "STORE")
    assert rig.call("GET", "/rest/api/3/project/NOWHERE").status_code == 404
    assert rig.call("GET", "/rest/api/3/project/search?keys=SHOP").json()["values"] == []
    assert rig.call("GET", "/rest/api/3/project/search?keys=STORE").json()["total"] == 1
    assert rig.call("GET", f"/rest/api/3/project/search?id={number}").json()["values"][0]["key"] == "STORE"


def test_a_former_key_is_unknown_to_development_information(rig: JiraRig) -> None:
    rig.control("POST", "rename-project", {"old": "SHOP", "new": "STORE"})
    assert send_all(rig, "SHOP-1") == [["SHOP-1"]] * 3
    assert shown(rig, "STORE-1") == {}
    assert send_all(rig, "STORE-1") == [[], [], []]
    assert shown(rig, "STORE-1") == ALL


def test_what_is_still_on_its_way_reaches_the_issue_under_its_new_key(rig: JiraRig) -> None:
    rig.site.lag_ms = 60_000
    send_all(rig, "SHOP-1")
    rig.site.rename_project("SHOP", "STORE")
    rig.site.development.settle(everything=True)
    assert shown(rig, "STORE-1") == ALL


def test_new_issues_of_a_renamed_project_count_on(rig: JiraRig) -> None:
    rig.site.rename_project("SHOP", "STORE")
    made = rig.control("POST", "issues", {"project": "STORE", "summary": "Weigh"}).json()
    assert made["key"] == "STORE-4"
    assert rig.control("POST", "rename-project", {"old": "STORE", "new": "OPS"}).status_code == 409
    assert rig.control("POST", "rename-project", {"old": "SHOP", "new": "MORE"}).status_code == 404


def test_a_moved_issue_keeps_its_id_and_its_panel_and_gets_the_next_number(rig: JiraRig) -> None:
    send_all(rig, "SHOP-2")
    before = rig.site.issues["SHOP-2"].id
    moved = rig.control("POST", "move-issue", {"key": "SHOP-2", "project": "OPS"}).json()
    assert moved == {"id": before, "key": "OPS-4"}
    assert shown(rig, "OPS-4") == ALL
    assert send_all(rig, "SHOP-2")[0] == ["SHOP-2"]
    found = rig.call("GET", "/rest/api/3/issue/SHOP-2?fields=project").json()
    assert (found["key"], found["fields"]["project"]["key"]) == ("OPS-4", "OPS")
    assert rig.site.issues["SHOP-3"].key == "SHOP-3"


def test_a_renamed_site_tells_its_apps_and_leads_on_from_its_old_address(rig: JiraRig) -> None:
    old, new = rig.site_url, rig.site_url.replace("127.0.0.1", "localhost")
    secret = rig.site.installations[KEY].shared_secret
    answers = rig.control("POST", "rename-site", {"baseUrl": new}).json()
    event = rig.app.events[-1]
    assert answers == {KEY: 204}
    assert (event["eventType"], event["baseUrl"]) == ("installed", new)
    assert event["clientKey"] == rig.app.events[0]["clientKey"]
    assert event["sharedSecret"] == rig.site.installations[KEY].shared_secret != secret
    led = rig.http.get(f"{old}/rest/api/3/serverInfo?x=1", allow_redirects=False)
    assert (led.status_code, led.headers["Location"]) == (302, f"{new}/rest/api/3/serverInfo?x=1")
    rig.site_url = new
    assert rig.call("GET", "/rest/api/3/serverInfo").json()["baseUrl"] == new


def test_a_post_to_the_old_address_does_not_arrive(rig: JiraRig) -> None:
    rig.control("POST", "rename-site", {"baseUrl": rig.site_url.replace("127.0.0.1", "localhost")})
    answer = rig.send("devinfo", repositories=[repository(commits=[commit()])])
    assert answer.request.method == "GET"  # what a client makes of 302
    assert rig.site.snapshot() == {}


def test_an_app_that_refuses_the_new_address_keeps_its_secret(rig: JiraRig) -> None:
    secret, rig.app.status = rig.site.installations[KEY].shared_secret, 500
    answers = rig.control("POST", "rename-site", {"baseUrl": rig.site_url.replace("127.0.0.1", "localhost")}).json()
    assert answers == {KEY: 500}
    assert rig.site.installations[KEY].shared_secret == secret


def test_uninstalling_forgets_everything_and_a_new_install_starts_empty(rig: JiraRig) -> None:
    send_all(rig, "SHOP-1")
    rig.control("POST", "uninstall")
    assert (rig.site.snapshot(), shown(rig, "SHOP-1")) == ({}, {})
    assert rig.install().status_code == 201
    exists = rig.call("GET", "/rest/devinfo/0.10/repository/repo-1")
    assert (exists.status_code, rig.site.snapshot()) == (404, {})
