"""The Git half of the Azure DevOps stand-in: what can be read, page by page, and branches made over REST."""

from collections.abc import Iterator

import pytest

from sandbox.ado import AdoOrganization
from sandbox.ado_model import ZERO_ID
from tests.sandbox.ado_rig import AdoRig, running_ado


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


@pytest.fixture
def home(ado: AdoRig) -> str:
    return f"{ado.project.name}/_apis/git/repositories/{ado.repository.id}"


def test_the_same_seed_gives_the_same_organization_at_any_size() -> None:
    first, second, other = (
        {found.id: dict(found.refs) for found in made.repositories.values()}
        for made in (AdoOrganization.seeded(seed=seed, projects=3, repositories=4) for seed in (5, 5, 6))
    )
    assert first == second
    assert len(first) == 3 * 4
    assert not set(first) & set(other)


def test_projects_come_page_by_page(ado: AdoRig) -> None:
    first = ado.call("GET", "_apis/projects", query={"$top": 1})
    token = first.headers["x-ms-continuationtoken"]
    last = ado.call("GET", "_apis/projects", query={"$top": 1, "continuationToken": token})
    assert [page.json()["value"][0]["name"] for page in (first, last)] == ["Webshop", "Platform Tools"]
    assert "x-ms-continuationtoken" not in last.headers


def test_a_project_is_found_by_name_with_a_space_and_by_id_in_any_case(ado: AdoRig) -> None:
    by_name = ado.get("platform tools/_apis/git/repositories")
    assert {found["project"]["name"] for found in by_name["value"]} == {"Platform Tools"}
    assert ado.get("_apis/git/repositories")["count"] == 6
    assert ado.get(f"_apis/projects/{ado.project.id.upper()}")["name"] == "Webshop"
    assert ado.call("GET", "Nowhere/_apis/git/repositories").status_code == 404


def test_a_push_shows_commits_and_refs_only_when_asked(ado: AdoRig, home: str) -> None:
    bare = ado.get(f"{home}/pushes/1")
    full = ado.get(f"{home}/pushes/1", includeCommits=100, includeRefUpdates="true")
    assert (bare["commits"], "refUpdates" in bare) == ([], False)
    assert full["refUpdates"][0]["newObjectId"] == full["commits"][0]["commitId"]


def test_commits_of_a_push_and_of_a_range_are_the_same(ado: AdoRig, home: str) -> None:
    made = ado.control("push", repository=ado.repository.id, commits=["SHOP-1 one", "SHOP-1 two"], branch="range")
    by_push = ado.get(f"{home}/commits", pushId=made["pushId"])
    body = {
        "itemVersion": {"versionType": "commit", "version": made["newObjectId"]},
        "compareVersion": {"versionType": "branch", "version": "main"},
    }
    by_range = ado.call("POST", f"{home}/commitsbatch", json=body).json()
    assert [commit["comment"] for commit in by_push["value"]] == ["SHOP-1 two", "SHOP-1 one"]
    assert by_range["value"] == by_push["value"]


def test_a_commit_tells_parents_and_counts_and_its_changes_come_in_pages(ado: AdoRig, home: str) -> None:
    files = ["/a.py", {"path": "/b.py", "kind": "add"}, {"path": "/c.py", "kind": "rename", "old_path": "/d.py"}]
    made = ado.control(
        "push", repository=ado.repository.id, branch="files", commits=[{"message": "SHOP-3 files", "files": files}]
    )
    commit = ado.get(f"{home}/commits/{made['newObjectId']}", changeCount=1)
    second = ado.get(f"{home}/commits/{made['newObjectId']}/changes", top=2, skip=1)
    assert commit["changeCounts"] == {"Edit": 1, "Add": 1, "Rename": 1}
    assert commit["parents"] == [ado.repository.refs["refs/heads/main"]]
    assert commit["push"]["pushId"] == made["pushId"]
    assert [change["item"]["path"] for change in commit["changes"]] == ["/a.py"]
    assert [change["changeType"] for change in second["changes"]] == ["add", "rename"]


def test_a_long_message_is_cut_in_lists_and_whole_in_the_commit(ado: AdoRig, home: str) -> None:
    message = "SHOP-4 " + "x" * 300
    made = ado.control("push", repository=ado.repository.id, branch="long", commits=[message])
    listed = ado.get(f"{home}/commits", pushId=made["pushId"])["value"][0]
    assert (listed["commentTruncated"], len(listed["comment"])) == (True, 200)
    assert ado.get(f"{home}/commits/{made['newObjectId']}")["comment"] == message


def test_refs_are_filtered_by_prefix_and_come_page_by_page(ado: AdoRig, home: str) -> None:
    for branch in ("topic/1", "topic/2", "topical"):
        ado.control("push", repository=ado.repository.id, branch=branch)
    found = []
    token: str | None = "0"
    while token is not None:
        page = ado.call("GET", f"{home}/refs", filter="heads/topic", continuationToken=token, query={"$top": 2})
        found += [ref["name"] for ref in page.json()["value"]]
        token = page.headers.get("x-ms-continuationtoken")
    assert found == ["refs/heads/topic/1", "refs/heads/topic/2", "refs/heads/topical"]


@pytest.mark.parametrize(
    ("name", "commit", "status"),
    [
        ("refs/heads/rest-1", None, "succeeded"),
        ("refs/heads/main", None, "staleOldObjectId"),
        ("refs/heads/bad name", None, "invalidRefName"),
        ("refs/heads/MAIN", None, "refNameConflict"),
        ("refs/heads/main/below", None, "refNameConflict"),
        ("refs/heads/rest-2", "f" * 40, "unresolvableToCommit"),
    ],
)
def test_a_refused_branch_is_told_in_a_200_answer(
    ado: AdoRig, home: str, name: str, commit: str | None, status: str
) -> None:
    new = commit or ado.repository.refs["refs/heads/main"]
    body = [{"name": name, "oldObjectId": ZERO_ID, "newObjectId": new}]
    answer = ado.call("POST", f"{home}/refs", json=body)
    result = answer.json()["value"][0]
    assert (answer.status_code, result["updateStatus"], result["success"]) == (200, status, status == "succeeded")


def test_making_a_branch_needs_the_write_scope(ado: AdoRig, home: str) -> None:
    assert ado.call("POST", f"{home}/refs", token="code-only", json=[]).status_code == 401


def test_pull_requests_are_active_unless_all_are_asked_for(ado: AdoRig, home: str) -> None:
    opened = ado.control("push", repository=ado.repository.id, branch="pull-list", commits=["SHOP-5"])
    number = ado.control("open_pull_request", repository=ado.repository.id, source="pull-list", title="SHOP-5")[
        "pullRequestId"
    ]
    ado.control("update_pull_request", number=number, status="abandoned")
    active = [pull["pullRequestId"] for pull in ado.get(f"{home}/pullrequests")["value"]]
    every = ado.get(f"{home}/pullrequests", query={"searchCriteria.status": "all"})["value"]
    assert number not in active
    assert number in [pull["pullRequestId"] for pull in every]
    commits = ado.get(f"{home}/pullRequests/{number}/commits")["value"]
    assert [commit["commitId"] for commit in commits] == opened["commits"]


def test_threads_labels_and_votes_can_be_read(ado: AdoRig, home: str) -> None:
    ado.control("push", repository=ado.repository.id, branch="talk", commits=["SHOP-6"])
    number = ado.control(
        "open_pull_request", repository=ado.repository.id, source="talk", title="SHOP-6", labels=["urgent"]
    )["pullRequestId"]
    ado.control("vote", number=number, value=10, user="Yuki Onodera")
    ado.control("comment_pull_request", number=number, content="Looks good")
    pull = ado.get(f"_apis/git/pullrequests/{number}")
    assert [(one["displayName"], one["vote"]) for one in pull["reviewers"]] == [("Yuki Onodera", 10)]
    assert [label["name"] for label in ado.get(f"{home}/pullRequests/{number}/labels")["value"]] == ["urgent"]
    threads = ado.get(f"{home}/pullRequests/{number}/threads")["value"]
    first = [thread["comments"][0] for thread in threads]
    assert [one["content"] for one in first if one["commentType"] == "text"] == ["Looks good"]
    assert "Yuki Onodera voted 10" in [one["content"] for one in first if one["commentType"] == "system"]


def test_completing_moves_the_target_to_a_merge_commit(ado: AdoRig, home: str) -> None:
    source = ado.control("push", repository=ado.repository.id, branch="merge-me", commits=["SHOP-7"])["newObjectId"]
    before = ado.repository.refs["refs/heads/main"]
    number = ado.control("open_pull_request", repository=ado.repository.id, source="merge-me", title="SHOP-7")[
        "pullRequestId"
    ]
    ado.control("update_pull_request", number=number, status="completed", delete_source=True)
    pull = ado.get(f"{home}/pullRequests/{number}")
    merge = ado.get(f"{home}/commits/{pull['lastMergeCommit']['commitId']}")
    assert (pull["status"], merge["parents"]) == ("completed", [before, source])
    assert ado.repository.refs["refs/heads/main"] == merge["commitId"]
    assert "refs/heads/merge-me" not in ado.repository.refs


def test_content_of_a_disabled_repository_is_not_there(ado: AdoRig) -> None:
    other = list(ado.organization.repositories.values())[2]
    ado.control("disable_repository", repository=other.id)
    assert ado.call("GET", f"_apis/git/repositories/{other.id}/refs").status_code == 404
    assert ado.get(f"_apis/git/repositories/{other.id}")["isDisabled"] is True


def test_a_renamed_repository_keeps_its_id_and_a_deleted_one_is_gone(ado: AdoRig) -> None:
    other = list(ado.organization.repositories.values())[-1]
    ado.control("rename_repository", repository=other.id, name="renamed")
    assert ado.get(f"_apis/git/repositories/{other.id}")["name"] == "renamed"
    ado.control("delete_repository", repository=other.id)
    assert ado.call("GET", f"_apis/git/repositories/{other.id}").status_code == 404


def test_a_deleted_repository_lies_in_the_recycle_bin_of_its_project(ado: AdoRig) -> None:
    bin_of = "{}/_apis/git/recycleBin/repositories"
    assert ado.call("GET", bin_of.format(ado.project.name)).json()["value"] == []
    deleted = ado.organization.delete_repository(ado.repository.id)
    (shown,) = ado.call("GET", bin_of.format(ado.project.name)).json()["value"]
    assert (shown["id"], shown["name"], shown["project"]["id"]) == (deleted.id, deleted.name, ado.project.id)
    assert ado.call("GET", bin_of.format("Platform Tools")).json()["value"] == []
