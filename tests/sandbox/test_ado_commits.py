"""Commits of the Azure DevOps stand-in: pages of long lists, and how versions compare."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.ado import AdoOrganization
from sandbox.ado_history import commits_between, merge_bases
from tests.sandbox.ado_rig import AdoRig, running_ado

SINCE, UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 2_500


@pytest.fixture(scope="module")
def running() -> Iterator[AdoRig]:
    organization = AdoOrganization.seeded()
    made = organization.create_repository("long", "Webshop")
    organization.plant_commits(made, COUNT, template="SHOP-{issue} change {number}", since=SINCE, until=UNTIL)
    organization.plant_commits(made, 3, branch="topic", since=UNTIL, until=UNTIL + timedelta(days=3))
    with running_ado(organization) as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


@pytest.fixture
def home(running: AdoRig) -> str:
    return f"Webshop/_apis/git/repositories/{running.organization.find_repository('long').id}"


def batch(rig: AdoRig, home: str, criteria: dict[str, Any], **query: int) -> list[Any]:
    params = {f"${name}": value for name, value in query.items()}
    answer = rig.call("POST", f"{home}/commitsbatch", json=criteria, query=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["value"])


def branch(name: str) -> dict[str, str]:
    return {"versionType": "branch", "version": name}


def numbers(commits: list[Any]) -> list[int]:
    return [int(commit["comment"].rpartition(" ")[2]) for commit in commits]


def test_pages_of_a_thousand_hold_every_commit_once_newest_first(running: AdoRig, home: str) -> None:
    pages = [batch(running, home, {"itemVersion": branch("main")}, top=1000, skip=skip) for skip in (0, 1000, 2000)]
    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert numbers([commit for page in pages for commit in page]) == list(range(COUNT, 0, -1))


def test_both_lists_of_commits_page_alike(running: AdoRig, home: str) -> None:
    query = {"searchCriteria.itemVersion.version": "main", "searchCriteria.$top": 7, "searchCriteria.$skip": 5}
    by_get = running.get(f"{home}/commits", query=query)["value"]
    assert by_get == batch(running, home, {"itemVersion": branch("main")}, top=7, skip=5)
    assert len(running.get(f"{home}/commits")["value"]) == 100


def test_compare_version_leaves_only_what_a_branch_adds(running: AdoRig, home: str) -> None:
    found = batch(running, home, {"itemVersion": branch("topic"), "compareVersion": branch("main")}, top=1000)
    assert numbers(found) == [3, 2, 1]


def test_dates_bound_a_list_on_both_sides_inclusively(running: AdoRig, home: str) -> None:
    every = batch(running, home, {"itemVersion": branch("main")}, top=COUNT)
    first, last = every[100]["author"]["date"], every[90]["author"]["date"]
    tops = running.organization.find_repository("long").commits
    dates = [tops[commit["commitId"]].date for commit in every]
    start, end = dates[100].isoformat(), dates[90].isoformat()
    found = batch(running, home, {"itemVersion": branch("main"), "fromDate": start, "toDate": end}, top=COUNT)
    assert [commit["commitId"] for commit in found] == [commit["commitId"] for commit in every[90:101]]
    assert (found[-1]["author"]["date"], found[0]["author"]["date"]) == (first, last)


def test_oldest_first_pushes_and_paths_are_given_when_asked(running: AdoRig, home: str) -> None:
    oldest = batch(running, home, {"itemVersion": branch("main"), "showOldestCommitsFirst": True}, top=1)
    pushed = batch(running, home, {"itemVersion": branch("main"), "includePushData": True}, top=1)
    by_path = batch(running, home, {"itemVersion": branch("main"), "itemPath": "/src/part_0.py"}, top=2)
    assert numbers(oldest) == [1]
    assert pushed[0]["push"]["pushId"] == running.organization.find_repository("long").pushes[-2].id
    assert numbers(by_path) == [2481, 2441]


@pytest.mark.parametrize(
    ("criteria", "query", "status"),
    [
        ({"fromCommitId": "a"}, {}, 501),
        ({}, {"$top": 50_001}, 400),
        ({}, {"$skip": 3_000_001}, 400),
        ({"itemVersion": {"version": "gone", "versionType": "branch"}}, {}, 404),
        ({"ids": ["f" * 40]}, {}, 404),
    ],
)
def test_what_cannot_be_listed_is_refused(
    running: AdoRig, home: str, criteria: dict[str, Any], query: dict[str, int], status: int
) -> None:
    assert running.call("POST", f"{home}/commitsbatch", json=criteria, query=query).status_code == status


def test_a_page_of_a_thousand_takes_less_than_fifty_milliseconds(running: AdoRig, home: str) -> None:
    batch(running, home, {"itemVersion": branch("main")}, top=1000)

    def spent(skip: int) -> float:
        began = time.process_time()  # of client and stand-in together; other processes do not count
        batch(running, home, {"itemVersion": branch("main")}, top=1000, skip=skip)
        return time.process_time() - began

    assert min(spent(skip) for skip in (0, 500, 1000, 1500, 0, 500)) < 0.05


def test_branch_stats_count_ahead_and_behind_of_the_default_branch(running: AdoRig) -> None:
    organization = running.organization
    made = organization.create_repository("stats", "Webshop")
    organization.push(made, ["one", "two"], branch="main")
    organization.push(made, ["mine"], branch="topic")
    organization.push(made, ["theirs 1", "theirs 2"], branch="main")
    path = f"_apis/git/repositories/{made.id}/stats/branches"
    found = {entry["name"]: entry for entry in running.get(path)["value"]}
    counts = {name: (entry["aheadCount"], entry["behindCount"]) for name, entry in found.items()}
    assert counts == {"main": (0, 0), "topic": (1, 2)}
    assert [name for name, entry in found.items() if entry["isBaseVersion"]] == ["main"]
    assert (found["topic"]["commit"]["comment"], "changeCounts" in found["topic"]["commit"]) == ("mine", False)
    against = {"baseVersionDescriptor.version": "topic", "baseVersionDescriptor.versionType": "branch"}
    one = running.get(path, query={"name": "main"} | against)
    assert (one["name"], one["aheadCount"], one["behindCount"]) == ("main", 2, 1)
    assert running.call("GET", path, query={"name": "gone"}).status_code == 404


def test_a_difference_counts_commits_and_files_and_names_where_it_began(running: AdoRig) -> None:
    organization = running.organization
    made = organization.create_repository("differences", "Webshop")
    start = organization.push(made, [{"message": "one", "files": ["/a.py"]}], branch="main").commits[0]
    tip = organization.push(made, [{"message": "mine", "files": ["/b.py", "/c.py"]}], branch="topic").commits[0]
    organization.push(made, [{"message": "theirs", "files": [{"path": "/d.py", "kind": "add"}]}], branch="main")
    path, query = f"_apis/git/repositories/{made.id}/diffs/commits", {"baseVersion": "main", "targetVersion": "topic"}
    common = running.get(path, query=query | {"diffCommonCommit": "true", "$top": 1})
    assert (common["aheadCount"], common["behindCount"], common["commonCommit"]) == (1, 1, start)
    assert (common["targetCommit"], common["changeCounts"], common["allChangesIncluded"]) == (tip, {"Edit": 2}, False)
    assert [change["item"]["path"] for change in common["changes"]] == ["/b.py"]
    full = running.get(path, query={"targetVersion": tip, "targetVersionType": "commit"})
    assert {change["item"]["path"]: change["changeType"] for change in full["changes"]} == {
        "/b.py": "edit",
        "/c.py": "edit",
        "/d.py": "delete",
    }


def test_merge_bases_are_the_nearest_common_ancestors(running: AdoRig) -> None:
    organization = running.organization
    made = organization.create_repository("bases", "Webshop")
    organization.push(made, ["root", "fork here"], branch="main")
    fork = made.refs["refs/heads/main"]
    mine = organization.push(made, ["mine"], branch="topic").commits[0]
    theirs = organization.push(made, ["theirs"], branch="main").commits[0]
    path = f"_apis/git/repositories/{made.id}/commits/{theirs}/mergebases"
    assert [found["commitId"] for found in running.get(path, otherCommitId=mine)["value"]] == [fork]
    assert running.get(path, otherCommitId=theirs)["value"][0]["commitId"] == theirs
    assert running.call("GET", path, otherCommitId="f" * 40).status_code == 404


def test_crossed_merges_have_two_merge_bases() -> None:
    organization = AdoOrganization.seeded(repositories=1)
    made = organization.create_repository("crossed", "Webshop")
    author = ("Mara", "mara@acme.example")
    root = organization.add_commit(made, "root", (), author)
    one, two = (organization.add_commit(made, text, (root.id,), author) for text in ("one", "two"))
    left = organization.add_commit(made, "left", (one.id, two.id), author)
    right = organization.add_commit(made, "right", (two.id, one.id), author)
    assert set(merge_bases(made, left.id, right.id)) == {one.id, two.id}
    assert [found.message for found in commits_between(made, left.id, right.id)] == ["left"]
    lone = organization.add_commit(made, "lone", (), author)
    assert merge_bases(made, left.id, lone.id) == []
