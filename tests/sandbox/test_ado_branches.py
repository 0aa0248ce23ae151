"""Branches and draft pull requests made over REST by a person: every answer Azure DevOps has, and whose push it is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from sandbox.ado_model import REF_STATUSES, ZERO_ID
from tests.sandbox.ado_rig import AdoRig, running_ado

TOMASZ = "tomasz.baran@acme.example"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


@pytest.fixture
def home(ado: AdoRig) -> str:
    return f"{ado.project.name}/_apis/git/repositories/{ado.repository.id}"


def main_of(ado: AdoRig) -> str:
    return ado.repository.refs["refs/heads/main"]


def update(ado: AdoRig, home: str, name: str, *, old: str = ZERO_ID, new: str | None = None) -> Mapping[str, Any]:
    """One update as Tomasz; the answer for it."""
    body = [{"name": f"refs/heads/{name}", "oldObjectId": old, "newObjectId": new or main_of(ado)}]
    answer = ado.call("POST", f"{home}/refs", token="tomasz-code", json=body)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()["value"][0]
    return found


def test_a_branch_is_pushed_by_who_called(ado: AdoRig, home: str) -> None:
    ado.subscribe("git.push")
    assert update(ado, home, "feature/SHOP-1")["updateStatus"] == "succeeded"
    ado.settle()
    pushed = ado.receiver.of("git.push")[0]["resource"]["pushedBy"]["uniqueName"]
    shown = ado.get(f"{home}/refs", filter="heads/feature/SHOP-1")["value"][0]
    listed = ado.get(f"{home}/pushes", **{"$top": 1})["value"][0]["pushedBy"]["uniqueName"]
    assert (pushed, shown["creator"]["uniqueName"], listed) == (TOMASZ, TOMASZ, TOMASZ)


@pytest.mark.parametrize(
    ("right", "status"),
    [("CreateBranch", "createBranchPermissionRequired"), ("GenericContribute", "writePermissionRequired")],
)
def test_a_missing_right_has_its_status_for_that_person_only(ado: AdoRig, home: str, right: str, status: str) -> None:
    ado.control("deny_git", repository=ado.repository.id, right=right, user=TOMASZ)
    body = [{"name": "refs/heads/by-mara", "oldObjectId": ZERO_ID, "newObjectId": main_of(ado)}]
    mara = ado.call("POST", f"{home}/refs", token="mara-code", json=body).json()["value"][0]
    assert (update(ado, home, "by-tomasz")["updateStatus"], mara["updateStatus"]) == (status, "succeeded")
    assert "refs/heads/by-tomasz" not in ado.repository.refs
    ado.control("deny_git", repository=ado.repository.id, right=right, user=TOMASZ, denied=False)
    assert update(ado, home, "by-tomasz")["success"] is True


def test_a_locked_branch_is_left_alone_by_all_but_who_locked_it(ado: AdoRig, home: str) -> None:
    ado.control("push", repository=ado.repository.id, branch="topic", commits=["SHOP-1"])
    ado.control("lock_branch", repository=ado.repository.id, branch="topic", user="Mara Lindqvist")
    tip = ado.repository.refs["refs/heads/topic"]
    found = update(ado, home, "topic", old=tip, new=main_of(ado))
    shown = ado.get(f"{home}/refs", filter="heads/topic")["value"][0]
    assert (found["updateStatus"], found["isLocked"], shown["isLockedBy"]["displayName"]) == (
        "locked",
        True,
        "Mara Lindqvist",
    )


def test_a_policy_refuses_by_name_with_its_words(ado: AdoRig, home: str) -> None:
    ado.control("protect_branches", repository=ado.repository.id, pattern="release/*", name="Branch names")
    refused, made = update(ado, home, "release/2"), update(ado, home, "feature/2")
    assert (refused["updateStatus"], refused["rejectedBy"]) == ("rejectedByPolicy", "Branch names")
    assert refused["customMessage"].startswith("TF402455")
    assert made["success"] is True


def test_commits_are_lost_only_by_who_may_force_push(ado: AdoRig, home: str) -> None:
    ado.control("push", repository=ado.repository.id, branch="topic", commits=["SHOP-1"], user="Mara Lindqvist")
    ado.control("deny_git", repository=ado.repository.id, right="ForcePush", user=TOMASZ)
    update(ado, home, "mine")
    tip = ado.repository.refs["refs/heads/topic"]
    assert update(ado, home, "topic", old=tip)["updateStatus"] == "forcePushRequired"
    assert update(ado, home, "topic", old=tip, new=ZERO_ID)["updateStatus"] == "forcePushRequired"
    assert update(ado, home, "mine", old=main_of(ado), new=ZERO_ID)["updateStatus"] == "succeeded"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("MAIN", "refNameConflict"),
        ("main/below", "refNameConflict"),
        ("Main/below", "refNameConflict"),
        ("@", "invalidRefName"),
        ("a..b", "invalidRefName"),
        ("a.lock", "invalidRefName"),
        (".a", "invalidRefName"),
        ("a/", "invalidRefName"),
        ("a\\b", "invalidRefName"),
        ("größe", "succeeded"),
    ],
)
def test_names_are_judged_as_git_and_azure_devops_do(ado: AdoRig, home: str, name: str, status: str) -> None:
    assert update(ado, home, name)["updateStatus"] == status


def test_deleting_what_is_not_there_succeeds_without_a_change(ado: AdoRig, home: str) -> None:
    pushes = len(ado.repository.pushes)
    found = update(ado, home, "nothing", new=ZERO_ID)
    assert (found["updateStatus"], found["success"], len(ado.repository.pushes)) == (
        "succeededNonExistentRef",
        True,
        pushes,
    )


def test_an_empty_repository_has_no_default_branch_and_no_commit_to_begin_at(ado: AdoRig) -> None:
    made = ado.control("create_repository", name="empty", project="Webshop")
    home = f"Webshop/_apis/git/repositories/{made['repositoryId']}"
    listed = {found["name"]: found for found in ado.get("Webshop/_apis/git/repositories")["value"]}
    assert ("defaultBranch" in listed["empty"], listed["empty"]["size"]) == (False, 0)
    assert update(ado, home, "first")["updateStatus"] == "unresolvableToCommit"


def test_a_disabled_repository_answers_404(ado: AdoRig, home: str) -> None:
    ado.control("disable_repository", repository=ado.repository.id)
    answer = ado.call("POST", f"{home}/refs", token="tomasz-code", json=[])
    assert (answer.status_code, answer.json()["message"][:8]) == (404, "TF401019")


@pytest.mark.parametrize("status", sorted(REF_STATUSES))
def test_every_status_can_be_asked_for_once(shared_ado: AdoRig, status: str) -> None:
    home = f"Webshop/_apis/git/repositories/{shared_ado.repository.id}"
    shared_ado.control("refuse_ref", status=status, message="Because.", rejected_by="Plugin")
    name = f"asked/{status}"
    asked, after = update(shared_ado, home, name), update(shared_ado, home, name)
    assert (asked["updateStatus"], asked["customMessage"], asked["rejectedBy"]) == (status, "Because.", "Plugin")
    assert after["updateStatus"] == ("staleOldObjectId" if status == "succeeded" else "succeeded")


@pytest.fixture(scope="module")
def shared_ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig


def test_statuses_are_those_of_the_document(specs: Any) -> None:
    document = json.loads((specs / "ado/7.1/git/git.json").read_text("utf-8-sig"))
    assert set(document["definitions"]["GitRefUpdateResult"]["properties"]["updateStatus"]["enum"]) == REF_STATUSES


def pull(ado: AdoRig, home: str, **changes: object) -> requests.Response:
    body = {
        "sourceRefName": "refs/heads/feature/SHOP-1",
        "targetRefName": "refs/heads/main",
        "title": "SHOP-1 Weigh the parcel",
        "isDraft": True,
    } | changes
    return ado.call("POST", f"{home}/pullrequests", token="tomasz-code", json=body)


def test_a_draft_pull_request_is_opened_by_who_called_and_once(ado: AdoRig, home: str) -> None:
    ado.subscribe("git.pullrequest.created")
    update(ado, home, "feature/SHOP-1")
    made, again = pull(ado, home), pull(ado, home)
    ado.settle()
    told = ado.receiver.of("git.pullrequest.created")
    assert (made.status_code, made.json()["isDraft"], made.json()["createdBy"]["uniqueName"]) == (201, True, TOMASZ)
    assert (again.status_code, again.json()["message"][:8], len(told)) == (409, "TF401179", 1)
    ado.control("update_pull_request", number=made.json()["pullRequestId"], status="abandoned")
    assert pull(ado, home).status_code == 201


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sourceRefName": "feature/SHOP-1"}, "must begin with refs/heads/"),
        ({"targetRefName": "refs/heads/feature/SHOP-1"}, "different branches"),
        ({"targetRefName": "refs/heads/gone"}, "TF401398"),
        ({"title": " "}, "title"),
        ({"title": "x" * 401}, "title"),
        ({"description": "x" * 4001}, "description"),
        ({"isDraft": "yes"}, "isDraft"),
    ],
)
def test_a_pull_request_that_makes_no_sense_is_refused(
    ado: AdoRig, home: str, changes: dict[str, object], words: str
) -> None:  # fmt: skip
    update(ado, home, "feature/SHOP-1")
    answer = pull(ado, home, **changes)
    assert (answer.status_code, words in answer.json()["message"]) == (400, True)
    assert not [one for one in ado.organization.pull_requests.values() if one.source.endswith("feature/SHOP-1")]


def test_a_pull_request_needs_its_right_and_the_write_scope(ado: AdoRig, home: str) -> None:
    update(ado, home, "feature/SHOP-1")
    ado.control("deny_git", repository=ado.repository.id, right="PullRequestContribute", user=TOMASZ)
    answer = pull(ado, home)
    assert (answer.status_code, "PullRequestContribute" in answer.json()["message"]) == (403, True)
    assert ado.call("POST", f"{home}/pullrequests", token="code-only", json={}).status_code == 401


def test_branches_are_searched_by_a_part_of_the_name_page_by_page(ado: AdoRig, home: str) -> None:
    for name in ("topic/Basket-1", "topic/basket-2", "other/basket", "topic/none"):
        update(ado, home, name)
    first = ado.call("GET", f"{home}/refs", filter="heads/topic/", filterContains="BASKET", query={"$top": 1})
    token = first.headers["x-ms-continuationtoken"]
    last = ado.call(
        "GET", f"{home}/refs", filter="heads/topic/", filterContains="BASKET",
        query={"$top": 1, "continuationToken": token},
    )  # fmt: skip
    found = [page.json()["value"][0]["name"] for page in (first, last)]
    assert found == ["refs/heads/topic/Basket-1", "refs/heads/topic/basket-2"]
    assert "x-ms-continuationtoken" not in last.headers
