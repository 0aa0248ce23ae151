"""What administrators do in the Azure DevOps stand-in: names, places, rights on single repositories, tokens."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.ado_seed import TOKENS
from tests.sandbox.ado_rig import AdoRig, running_ado

REPOSITORIES = "_apis/git/repositories"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


def test_a_moved_repository_keeps_its_id_and_is_found_in_its_new_project_only(ado: AdoRig) -> None:
    moved = ado.control("move_repository", repository="shop-web", project="Platform Tools")
    assert (moved["repositoryId"], moved["project"]) == (ado.repository.id, "Platform Tools")
    assert ado.get(f"{REPOSITORIES}/{ado.repository.id}")["project"]["name"] == "Platform Tools"
    assert ado.call("GET", f"Webshop/{REPOSITORIES}/{ado.repository.id}").status_code == 404
    names = [found["name"] for found in ado.get(f"Platform Tools/{REPOSITORIES}")["value"]]
    assert "shop-web" in names
    assert ado.get("Platform Tools/_apis/git/pullrequests")["count"] == 4
    assert [event.draft.event_type for event in ado.organization.events] == []


def test_a_moved_repository_sends_its_events_for_the_new_project(ado: AdoRig) -> None:
    ado.subscribe("git.push")
    ado.control("move_repository", repository="shop-web", project="Platform Tools")
    ado.control("push", repository="shop-web", commits=["SHOP-1"])
    ado.settle()
    assert ado.receiver.bodies == []


def test_a_renamed_project_answers_its_new_name_and_its_id(ado: AdoRig) -> None:
    ado.control("rename_project", project="Webshop", name="Storefront")
    assert ado.get(f"Storefront/{REPOSITORIES}")["count"] == 3
    assert ado.get(f"_apis/projects/{ado.project.id}")["name"] == "Storefront"
    assert ado.call("GET", "_apis/projects/Webshop").status_code == 404
    assert ado.get("_apis/projects/Webshop", includeHistory="true")["id"] == ado.project.id
    assert ado.control("rename_project", expect=400, project="Storefront", name="platform tools")["message"]


def test_a_renamed_organization_leaves_its_old_address(ado: AdoRig) -> None:
    secret, query = ("", TOKENS["write"]), {"api-version": "7.1"}
    before = ado.get("_apis/connectionData", version="7.1-preview")["instanceId"]
    ado.control("rename_organization", name="umbrella")
    old = requests.get(f"{ado.url}/acme/_apis/projects", params=query, auth=secret, timeout=10)
    new = requests.get(f"{ado.url}/umbrella/_apis/projects", params=query, auth=secret, timeout=10)
    who = requests.get(
        f"{ado.url}/umbrella/_apis/connectionData", params={"api-version": "7.1-preview"}, auth=secret, timeout=10
    ).json()
    assert (old.status_code, new.status_code, who["instanceId"]) == (404, 200, before)
    assert new.json()["value"][0]["url"].startswith(f"{ado.url}/umbrella/")
    assert ado.state()["organization"] == "umbrella"  # the control goes by both names


def test_events_after_a_renaming_name_the_new_address(ado: AdoRig) -> None:
    ado.subscribe("git.push")
    ado.control("rename_organization", name="umbrella")
    ado.control("push", repository="shop-web", commits=["SHOP-1"])
    ado.settle()
    (body,) = ado.receiver.bodies
    assert body["resourceContainers"]["collection"]["baseUrl"] == f"{ado.url}/umbrella/"
    assert body["resource"]["repository"]["remoteUrl"] == f"{ado.url}/umbrella/Webshop/_git/shop-web"


@pytest.mark.parametrize(("status", "code", "listed"), [(404, "TF401019", False), (403, "TF401027", True)])
def test_one_repository_is_refused_while_the_others_answer(ado: AdoRig, status: int, code: str, listed: bool) -> None:
    ado.control("deny_repository", repository="shop-web", status=status)
    answer = ado.call("GET", f"{REPOSITORIES}/{ado.repository.id}/refs")
    assert (answer.status_code, answer.json()["message"][:8]) == (status, code)
    assert ado.call("GET", f"{REPOSITORIES}/{ado.repository.id}").status_code == status
    names = [found["name"] for found in ado.get(f"Webshop/{REPOSITORIES}")["value"]]
    assert ("shop-web" in names, "shop-api" in names) == (listed, True)
    in_project = ado.get("Webshop/_apis/git/pullrequests")["value"]
    assert "shop-web" not in {pull["repository"]["name"] for pull in in_project}
    ado.get(f"{REPOSITORIES}/{ado.organization.find_repository('shop-api').id}/refs")
    other = ado.call("GET", f"{REPOSITORIES}/{ado.repository.id}/refs", token="no-hooks")
    assert other.status_code == 200
    ado.control("deny_repository", repository="shop-web", denied=False)
    assert ado.call("GET", f"{REPOSITORIES}/{ado.repository.id}/refs").status_code == 200


def test_an_empty_repository_has_no_commits_and_no_branches_to_count(ado: AdoRig) -> None:
    made = ado.control("create_repository", name="empty", project="Webshop")
    home = f"{REPOSITORIES}/{made['repositoryId']}"
    assert made["defaultBranch"] is None
    assert ado.get(f"{home}/refs")["value"] == ado.get(f"{home}/commits")["value"] == ado.get(f"{home}/pushes")["value"]
    assert "defaultBranch" not in ado.get(home)
    stats = ado.call("GET", f"{home}/stats/branches")
    assert (stats.status_code, stats.json()["message"][:8]) == (404, "VS403403")


def test_a_new_repository_is_told(ado: AdoRig) -> None:
    ado.subscribe("git.repo.created")
    made = ado.control("create_repository", name="brand new", project="Webshop")
    ado.settle()
    (body,) = ado.receiver.bodies
    assert body["resource"]["repository"]["id"] == made["repositoryId"]
    assert body["resourceVersion"] == "1.0-preview.1"


def capabilities(ado: AdoRig, project: str) -> Any:
    return ado.get(f"_apis/projects/{project}", includeCapabilities="true")["capabilities"]["versioncontrol"]


def test_a_project_may_keep_code_in_both(ado: AdoRig) -> None:
    ado.control("add_project", name="Old Vault", source_control="Both")
    assert (capabilities(ado, "Old Vault")["gitEnabled"], capabilities(ado, "Old Vault")["tfvcEnabled"]) == (
        "True", "True",
    )  # fmt: skip
    assert ado.control("create_repository", name="vault", project="Old Vault")


def test_a_tfvc_project_says_so_and_has_no_repositories(ado: AdoRig) -> None:
    ado.control("add_project", name="Old Vault", source_control="Tfvc")
    assert capabilities(ado, "Old Vault")["sourceControlType"] == "Tfvc"
    assert capabilities(ado, "Webshop") == {
        "sourceControlType": "Git",
        "gitEnabled": "True",
        "tfvcEnabled": "False",
    }
    assert ado.get(f"Old Vault/{REPOSITORIES}")["value"] == []
    assert "capabilities" not in ado.get("_apis/projects/Webshop")
    assert ado.control("create_repository", expect=400, name="x", project="Old Vault")["message"]


def test_a_token_ends_when_its_time_is_changed(ado: AdoRig) -> None:
    ended = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    ado.control("expire_token", secret=TOKENS["write"], expires=ended)
    assert ado.call("GET", "_apis/projects").status_code == 401
    assert ado.control("expire_token", secret=TOKENS["write"], expires=None)["expires"] is None
    assert ado.call("GET", "_apis/projects").status_code == 200
    assert ado.control("expire_token", expect=404, secret="nobody's", expires=None)["message"]


def test_a_disabled_repository_comes_back(ado: AdoRig) -> None:
    ado.control("disable_repository", repository="shop-web")
    assert ado.call("GET", f"{REPOSITORIES}/{ado.repository.id}/refs").status_code == 404
    ado.control("disable_repository", repository="shop-web", disabled=False)
    assert ado.call("GET", f"{REPOSITORIES}/{ado.repository.id}/refs").status_code == 200
