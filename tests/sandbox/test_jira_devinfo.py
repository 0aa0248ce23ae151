"""Development information at the stand-in: what is taken, what is refused, what replaces what."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.contract import find_specs
from tests.sandbox.jira_rig import KEY, JiraRig, branch, commit, pull_request, repository, running_rig

BULK = "/rest/devinfo/0.10/bulk"
REPOSITORY = "/rest/devinfo/0.10/repository/repo-1"


@pytest.fixture(scope="module")
def running() -> Iterator[JiraRig]:
    with running_rig() as rig:
        yield rig


@pytest.fixture
def rig(running: JiraRig) -> JiraRig:
    running.site.development.forget(KEY)
    running.site.violations.clear()
    return running


def store(rig: JiraRig, *, properties: dict[str, str] | None = None, **lists: Any) -> dict[str, Any]:
    answer = rig.send("devinfo", repositories=[repository(**lists)], properties=properties or {})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def test_everything_valid_is_accepted_and_shown_on_its_issue(rig: JiraRig) -> None:
    answer = store(rig, commits=[commit()], branches=[branch()], pullRequests=[pull_request()])
    accepted = {"commits": [f"{1:040x}"], "branches": ["shop-1"], "pullRequests": ["7"]}
    assert answer == {
        "acceptedDevinfoEntities": {"repo-1": accepted},
        "failedDevinfoEntities": {},
        "unknownIssueKeys": [],
    }
    panel = rig.site.panel("SHOP-1")
    assert [len(panel[name]) for name in ("commits", "branches", "pullRequests", "builds", "deployments")] == [
        1,
        1,
        1,
        0,
        0,
    ]
    assert panel["commits"][0]["repository"]["name"] == "scale"
    assert rig.site.panel("SHOP-2")["commits"] == []
    assert rig.site.violations == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"repositories": []}, 400),
        ({"repositories": [1]}, 400),
        ({"repositories": [repository(), repository()]}, 400),
        ({"repositories": [repository(commits=[commit(), commit()])]}, 400),
        ({"repositories": [repository()], "properties": {f"p{n}": "x" for n in range(6)}}, 400),
        ({"repositories": [repository()], "properties": {"_p": "x"}}, 400),
        ({"repositories": [repository()], "properties": {"a:b": "x"}}, 400),
        ({"repositories": [repository()], "properties": {"a": "x" * 256}}, 400),
        ({"repositories": [repository()], "properties": {"a": 1}}, 400),
        ({"repositories": [repository()], "operationType": "SLOW"}, 400),
        ({"repositories": [repository(id=f"r{n}") for n in range(101)]}, 413),
        ({"repositories": [repository(commits=[commit(n, files=[]) for n in range(401)])]}, 413),
        ({"repositories": [repository(id=f"r{r}", commits=list(map(commit, range(251)))) for r in range(4)]}, 413),
    ],
)
def test_a_request_that_is_wrong_as_a_whole_is_refused_and_stores_nothing(
    rig: JiraRig, body: dict[str, Any], status: int
) -> None:
    answer = rig.call("POST", BULK, body)
    assert answer.status_code == status
    assert answer.json()["errorMessages"][0]["message"]
    assert rig.site.snapshot() == {}


def test_a_body_that_is_not_json_is_refused(rig: JiraRig) -> None:
    headers = {"Authorization": f"JWT {rig.token('POST', BULK)}", "Content-Type": "application/json"}
    assert rig.http.post(rig.site_url + BULK, data=b"{", headers=headers).status_code == 400


def keys(count: int) -> list[str]:
    return [f"SHOP-{number}" for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("listed", "entity"),
    [
        ("commits", commit(id="feature/x")),
        ("commits", commit(id="a" * 1025)),
        ("commits", commit(issueKeys=[])),
        ("commits", commit(issueKeys=keys(501))),
        ("commits", commit(issueKeys=["1SHOP-1"])),
        ("commits", commit(issueKeys=["SHOP"])),
        ("commits", {name: value for name, value in commit().items() if name != "issueKeys"}),
        ("commits", commit(associations=[{"associationType": "people", "values": ["x"]}])),
        ("commits", commit(associations=[{"associationType": "issueKeys", "values": keys(501)}])),
        ("commits", commit(message="m" * 1025)),
        ("commits", commit(files=commit()["files"] * 11)),
        ("commits", commit(files=[commit()["files"][0] | {"changeType": "CHANGED"}])),
        ("commits", commit(files=[{"path": "/x"}])),
        ("commits", commit(flags=["DRAFT"])),
        ("commits", commit(authorTimestamp="2024-05-06T07:08:09")),
        ("commits", commit(authorTimestamp="yesterday")),
        ("commits", commit(author={"email": "a" * 256})),
        ("commits", commit(updateSequenceId="10")),
        ("commits", commit(updateSequenceId=2**63)),
        ("commits", commit(fileCount=-1)),
        ("commits", commit(url="/relative")),
        ("branches", branch(id="feature/SHOP-1")),
        ("branches", branch(name="n" * 513)),
        ("branches", branch(url="https://dev.example.com/" + "u" * 2000)),
        ("branches", branch(lastCommit={})),
        ("branches", branch(createPullRequestUrl=7)),
        ("pullRequests", pull_request(status="DRAFT")),
        ("pullRequests", pull_request(title="t" * 1025)),
        ("pullRequests", pull_request(sourceBranch="b" * 256)),
        ("pullRequests", pull_request(reviewers=[{"approvalStatus": "MAYBE"}])),
        ("pullRequests", pull_request(reviewers=[{"email": "a" * 255}])),
    ],
)
def test_a_wrong_entity_fails_alone(rig: JiraRig, listed: str, entity: dict[str, Any]) -> None:
    good = commit(99)
    lists: dict[str, Any] = {"commits": [good]}
    lists[listed] = [entity, *lists.get(listed, [])]
    answer = store(rig, **lists)
    failed = answer["failedDevinfoEntities"]["repo-1"][listed][0]
    assert failed["id"] == entity["id"]
    assert failed["errorMessages"][0]["message"]
    assert answer["acceptedDevinfoEntities"]["repo-1"]["commits"] == [good["id"]]
    assert [found["id"] for found in rig.site.panel("SHOP-1")["commits"]] == [good["id"]]
    assert "entity" in {violation["what"] for violation in rig.site.violations}


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "acme/scale"},
        {"name": "n" * 256},
        {"url": "scale"},
        {"updateSequenceId": None},
        {"description": "d" * 1025},
    ],
)
def test_a_wrong_repository_fails_with_everything_in_it(rig: JiraRig, changes: dict[str, Any]) -> None:
    answer = store(rig, commits=[commit()], **changes)
    name = changes.get("id", "repo-1")
    assert answer["failedDevinfoEntities"][name]["errorMessages"]
    assert answer["acceptedDevinfoEntities"] == {}
    assert rig.site.snapshot() == {}


def test_unknown_keys_are_named_and_the_known_ones_count(rig: JiraRig) -> None:
    answer = store(rig, commits=[commit(1, issueKeys=["UTF-8", "SHOP-1", "shop-2"]), commit(2, issueKeys=["SHA-256"])])
    assert answer["unknownIssueKeys"] == ["UTF-8", "shop-2", "SHA-256"]
    assert len(answer["acceptedDevinfoEntities"]["repo-1"]["commits"]) == 2
    assert list(rig.site.snapshot()[KEY]["commit"]) == [f"repo-1/{1:040x}"]


def test_associations_stand_for_issue_keys(rig: JiraRig) -> None:
    number = rig.site.issues["SHOP-2"].id
    sent = commit(associations=[{"associationType": "issueIdOrKeys", "values": [number, "OPS-1"]}])
    del sent["issueKeys"]
    assert store(rig, commits=[sent])["failedDevinfoEntities"] == {}
    assert rig.site.panel("SHOP-2")["commits"]
    assert rig.site.panel("OPS-1")["commits"]
    assert rig.site.violations == []


@pytest.mark.parametrize(("sequence", "message"), [(9, "old"), (10, "old"), (11, "new")])
def test_only_a_higher_sequence_number_replaces(rig: JiraRig, sequence: int, message: str) -> None:
    store(rig, commits=[commit(message="old")])
    answer = store(rig, commits=[commit(message="new", updateSequenceId=sequence)])
    assert answer["acceptedDevinfoEntities"]["repo-1"]["commits"] == [f"{1:040x}"]
    assert rig.site.panel("SHOP-1")["commits"][0]["message"] == message


def test_a_newer_entity_moves_to_its_new_issues(rig: JiraRig) -> None:
    store(rig, pullRequests=[pull_request()])
    store(rig, pullRequests=[pull_request(issueKeys=["SHOP-2"], updateSequenceId=11)])
    assert rig.site.panel("SHOP-1")["pullRequests"] == []
    assert len(rig.site.panel("SHOP-2")["pullRequests"]) == 1


def test_stored_data_becomes_visible_after_the_lag(rig: JiraRig) -> None:
    rig.control("POST", "lag", {"ms": 60_000})
    try:
        store(rig, commits=[commit()])
        assert rig.site.panel("SHOP-1")["commits"] == []
        assert rig.call("GET", REPOSITORY).status_code == 404
        assert list(rig.site.snapshot()[KEY]) == ["commit", "repository"]
    finally:
        rig.control("POST", "lag", {"ms": 0})


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (f"{REPOSITORY}/commit/{1:040x}", ["branches", "pullRequests"]),
        (f"{REPOSITORY}/branch/shop-1", ["commits", "pullRequests"]),
        (f"{REPOSITORY}/pull_request/7", ["commits", "branches"]),
        (f"{REPOSITORY}/pull_request/7?_updateSequenceId=10", ["commits", "branches"]),
        (f"{REPOSITORY}/pull_request/7?_updateSequenceId=9", ["commits", "branches", "pullRequests"]),
        (f"{REPOSITORY}/pull_request/unknown", ["commits", "branches", "pullRequests"]),
        (REPOSITORY, []),
        (f"{REPOSITORY}?_updateSequenceId=10", []),
        (f"{REPOSITORY}?_updateSequenceId=9", ["commits", "branches", "pullRequests"]),
    ],
)
def test_deleting_removes_what_is_not_newer(rig: JiraRig, path: str, left: list[str]) -> None:
    store(rig, commits=[commit()], branches=[branch()], pullRequests=[pull_request()])
    assert rig.call("DELETE", path).status_code == 202
    assert [name for name, found in rig.site.panel("SHOP-1").items() if found] == left
    assert rig.site.violations == []


@pytest.mark.parametrize("path", [f"{REPOSITORY}/tag/v1", f"{REPOSITORY}/commit/x?_updateSequenceId=soon"])
def test_a_wrong_delete_is_refused(rig: JiraRig, path: str) -> None:
    assert rig.call("DELETE", path).status_code == 400


@pytest.mark.parametrize(
    ("query", "gone"),
    [
        ("site=a", True),
        ("site=a&link=1", True),
        ("site=a&link=2", False),
        ("site=b", False),
        ("site=a&_updateSequenceId=1", True),
    ],
)
def test_deleting_by_properties_needs_all_of_them(rig: JiraRig, query: str, gone: bool) -> None:
    store(rig, commits=[commit()], properties={"site": "a", "link": "1"})
    assert rig.call("DELETE", f"/rest/devinfo/0.10/bulkByProperties?{query}").status_code == 202
    assert (rig.site.snapshot() == {}) is gone


@pytest.mark.parametrize(
    ("query", "exists"),
    [("site=a", True), ("site=b", False), ("site=a&_updateSequenceId=10", True), ("site=a&_updateSequenceId=9", False)],
)
def test_existing_properties_are_found(rig: JiraRig, query: str, exists: bool) -> None:
    store(rig, properties={"site": "a"})
    answer = rig.call("GET", f"/rest/devinfo/0.10/existsByProperties?{query}")
    assert answer.json() == {"hasDataMatchingProperties": exists}


@pytest.mark.parametrize("method", ["DELETE", "GET"])
def test_properties_must_be_named(rig: JiraRig, method: str) -> None:
    call = "bulkByProperties" if method == "DELETE" else "existsByProperties"
    assert rig.call(method, f"/rest/devinfo/0.10/{call}").status_code == 400


def test_a_repository_reads_back_as_it_was_sent(rig: JiraRig) -> None:
    assert rig.call("GET", REPOSITORY).status_code == 404
    store(rig, commits=[commit()], branches=[branch()])
    assert rig.call("GET", REPOSITORY).json() == repository(commits=[commit()], branches=[branch()], pullRequests=[])
    assert rig.site.violations == []


@pytest.mark.specs
@pytest.mark.skipif(find_specs() is None, reason="no official documents (SPECS_DIR)")
def test_what_only_the_official_document_forbids_is_refused_and_recorded(rig: JiraRig) -> None:
    body = {"repositories": [repository(commits=[commit()])], "providerMetadata": {"product": 7}}
    assert rig.call("POST", BULK, body).status_code == 400
    assert rig.site.violations[0]["reasons"] == ['request: providerMetadata/product: 7 is not of type "string"']
    assert rig.site.snapshot() == {}
