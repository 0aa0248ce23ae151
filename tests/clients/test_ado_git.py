import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from clients.ado import AdoClient
from clients.ado_git import CHANGES_ASKED, COMMIT_PAGE, GitApi, MergedPull
from clients.discussions import Discussion
from clients.hosts import ado_hosts
from clients.http import HttpClient
from domain.errors import NotFound, Permanent
from domain.records import ChangedFile, Commit, Person
from tests.clients.ado_contract import check_call
from tests.domain.git_bodies import REPOSITORY_ID, read_body
from tests.domain.official import SPECS, spec_present

BELOW = f"/larkspur/_apis/git/repositories/{REPOSITORY_ID}"
SHA = "a" * 40
AUTHORED = datetime(2026, 3, 2, 9, 14, 5, tzinfo=UTC)
PULL_REQUEST = json.loads(read_body("git.pullrequest.updated"))["resource"]


@pytest.fixture
def git(wire):
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({wire.host})))
    return GitApi(AdoClient(f"{wire.url}/larkspur", SecretStr("Basic eA=="), http))


@pytest.fixture
def answer(wire):
    def give(body: Any, **headers: str) -> None:
        wire.will_answer(body=json.dumps(body), **headers)

    return give


def asked(wire: Any) -> list[tuple[str, dict[str, str]]]:
    """Path and query of each call, without the version of the API."""
    calls = [(request["PATH_INFO"], dict(parse_qsl(request["QUERY_STRING"]))) for request in wire.asked]
    return [(path, {name: value for name, value in query.items() if name != "api-version"}) for path, query in calls]


def commit_json(sha: str = SHA, **others: Any) -> dict[str, Any]:
    author = {"name": "Ines Okafor", "email": "ines@larkspur.example", "date": "2026-03-02T09:14:05Z"}
    return {"commitId": sha, "author": author, "committer": author, "comment": "OPS-1 work"} | others


def change_json(path: str, change: str = "edit", **item: Any) -> dict[str, Any]:
    return {"item": {"path": path, "gitObjectType": "blob"} | item, "changeType": change}


def listed(*entries: Any) -> dict[str, Any]:
    return {"count": len(entries), "value": list(entries)}


def known(sha: str = SHA, **others: Any) -> Commit:
    return Commit(sha, "OPS-1 work", Person("Ines Okafor", "ines@larkspur.example"), AUTHORED, **others)


def test_a_commit_is_read_with_parents_and_files(git, wire, answer):
    changes = [change_json("/src", "add", isFolder=True), change_json("/src/a.py", "add"), change_json("/b.py")]
    answer(commit_json(parents=["b" * 40, "c" * 40], changes=changes, changeCounts={"Add": 2, "Edit": 1}))
    files = (ChangedFile("/src/a.py", "ADDED"), ChangedFile("/b.py", "MODIFIED"))
    commit = git.read_commit(REPOSITORY_ID, SHA)
    assert commit == known(parents=("b" * 40, "c" * 40), files=files, file_count=2)
    assert asked(wire) == [(f"{BELOW}/commits/{SHA}", {"changeCount": str(CHANGES_ASKED)})]


def test_a_large_commit_shows_ten_files_and_its_true_number(git, answer):
    changes = [change_json(f"/{number}.py", "add") for number in range(CHANGES_ASKED)]
    answer(commit_json(parents=[], changes=changes, changeCounts={"Add": 400, "Edit": 56}))
    commit = git.read_commit(REPOSITORY_ID, SHA)
    assert [file.path for file in commit.files] == [f"/{number}.py" for number in range(10)]
    assert (commit.file_count, commit.parents) == (456, ())


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("add", "ADDED"),
        ("edit", "MODIFIED"),
        ("delete", "DELETED"),
        ("rename", "MOVED"),
        ("edit, rename", "MOVED"),
        ("Delete, SourceRename", "DELETED"),
        ("undelete", "ADDED"),
        ("branch", "COPIED"),
        ("encoding", "MODIFIED"),
        ("property", "UNKNOWN"),
        (None, "UNKNOWN"),
    ],
)
def test_every_kind_of_change_has_a_word_of_jira(git, answer, word, change):
    answer(commit_json(changes=[change_json("/a") | {"changeType": word}]))
    assert git.read_commit(REPOSITORY_ID, SHA).files == (ChangedFile("/a", change),)


def test_the_commits_between_two_are_listed_page_by_page(git, wire, answer):
    full = [commit_json(f"{number:040x}") for number in range(COMMIT_PAGE)]
    answer(listed(commit_json(), *full[1:]))
    answer(listed(commit_json("b" * 40, commentTruncated=True, changeCounts={"Add": 1, "Edit": 2})))
    commits = git.list_commits_between(REPOSITORY_ID, "0" * 40, SHA)
    assert len(commits) == COMMIT_PAGE + 1
    assert commits[0] == known(file_count=0)
    assert commits[-1] == known("b" * 40, file_count=3, message_cut=True)
    assert [query["$skip"] for _, query in asked(wire)] == ["0", str(COMMIT_PAGE)]
    assert json.loads(wire.asked[0]["body"]) == {
        "itemVersion": {"versionType": "commit", "version": SHA},
        "compareVersion": {"versionType": "commit", "version": "0" * 40},
    }


def test_the_range_is_asked_the_other_way_round_when_the_new_end_is_missing(git, wire, answer):
    answer(listed(commit_json("d" * 40)))
    answer(listed(commit_json()))
    assert [commit.id for commit in git.list_commits_between(REPOSITORY_ID, "0" * 40, SHA)] == [SHA]
    assert json.loads(wire.asked[1]["body"])["itemVersion"]["version"] == "0" * 40


def test_a_branch_that_was_set_back_got_no_commits(git, answer):
    answer(listed())
    answer(listed(commit_json("d" * 40)))
    assert git.list_commits_between(REPOSITORY_ID, "d" * 40, SHA) == ()


def test_the_commits_of_a_push_are_listed_page_by_page(git, wire, answer):
    answer(listed(*(commit_json(f"{number:040x}") for number in range(COMMIT_PAGE))))
    answer(listed())
    assert len(git.list_push_commits(REPOSITORY_ID, 311)) == COMMIT_PAGE
    paging = {"pushId": "311", "top": str(COMMIT_PAGE), "includeLinks": "false"}
    assert asked(wire) == [
        (f"{BELOW}/commits", paging | {"skip": "0"}),
        (f"{BELOW}/commits", paging | {"skip": str(COMMIT_PAGE)}),
    ]


def test_a_pull_request_is_read_as_its_event_tells_it(git, wire, answer):
    answer(PULL_REQUEST)
    shown = git.read_pull_request(REPOSITORY_ID, 88)
    assert (shown.id, shown.title, shown.source_branch) == (88, PULL_REQUEST["title"], "feature/OPS-14-retry räume")
    assert asked(wire) == [(f"{BELOW}/pullrequests/88", {})]


def test_completed_pull_requests_are_found_by_the_commits_they_made(git, wire, answer):
    person = {"displayName": "Ines Okafor", "uniqueName": "ines@larkspur.example"}
    shape = {"pullRequestId": 12, "title": "OPS-1", "status": "completed", "sourceRefName": "refs/heads/topic"}
    other = {"pullRequestId": 13, "status": "active"}
    answer({"results": [{SHA.upper(): [shape | {"createdBy": person, "description": "Why"}, other]}, {}]})
    assert git.find_merged(REPOSITORY_ID, [SHA]) == {
        SHA: (MergedPull(12, "OPS-1", "topic", "Why", Person("Ines Okafor", "ines@larkspur.example")),)
    }
    assert asked(wire) == [(f"{BELOW}/pullrequestquery", {})]
    assert json.loads(wire.asked[0]["body"]) == {"queries": [{"type": "lastMergeCommit", "items": [SHA]}]}


def test_what_a_pull_request_leaves_out_is_empty(git, answer):
    answer({"results": [{SHA: [{"pullRequestId": 12, "status": "completed"}]}]})
    assert git.find_merged(REPOSITORY_ID, [SHA]) == {SHA: (MergedPull(12, "", "", "", None),)}


def test_the_paths_of_a_commit_are_one_question(git, wire, answer):
    answer({"changes": [{"item": {"path": "/a.py"}}, {"item": {"path": "/sub"}, "changeType": "delete"}]})
    assert git.list_changed_paths(REPOSITORY_ID, SHA) == ("/a.py", "/sub")
    assert asked(wire) == [(f"{BELOW}/commits/{SHA}/changes", {"top": "1000"})]


def test_a_file_is_read_from_the_default_branch(git, wire, answer):
    answer({"path": "/.jira/config.yml", "content": "deployments: räume"})
    assert git.read_file(REPOSITORY_ID, "/.jira/config.yml") == "deployments: räume"
    assert asked(wire) == [(f"{BELOW}/items", {"path": "/.jira/config.yml", "includeContent": "true"})]


def test_only_comments_that_people_wrote_and_left_are_counted(git, wire, answer):
    written = {"id": 1, "commentType": "text"}
    threads = [
        {"comments": [written, {"id": 2, "commentType": "text", "isDeleted": True}, {"id": 3}], "isDeleted": False},
        {"comments": [{"id": 1, "commentType": "system"}, {"id": 2, "commentType": "codeChange"}]},
        {"comments": [written], "isDeleted": True},
        {"comments": None},
    ]
    answer(listed(*threads))
    assert git.read_discussion(REPOSITORY_ID, 88) == Discussion(2)
    assert asked(wire) == [(f"{BELOW}/pullRequests/88/threads", {})]


def test_the_last_vote_or_comment_dates_a_discussion(git, answer):
    days = ("0001-01-01T00:00:00", "2026-11-02T10:00:00.25Z", "2026-11-01T10:00:00Z")
    votes = [{"comments": [{"id": 1, "commentType": "system"}], "lastUpdatedDate": day} for day in days]
    answer(listed(*votes, {"comments": []}))
    assert git.read_discussion(REPOSITORY_ID, 88) == Discussion(0, datetime(2026, 11, 2, 10, 0, 0, 250_000, UTC))


def test_an_answer_of_another_shape_is_an_error_that_names_the_field(git, answer):
    answer({"commitId": SHA})
    with pytest.raises(Permanent, match=r"its answer cannot be read: author\.date is missing"):
        git.read_commit(REPOSITORY_ID, SHA)


def test_a_commit_that_is_gone_is_not_found(git, wire):
    wire.will_answer(404, '{"message": "TF401175"}')
    with pytest.raises(NotFound):
        git.read_commit(REPOSITORY_ID, SHA)


@pytest.mark.specs
def test_every_call_is_one_of_the_official_description(git, wire, answer):
    for body in (commit_json(), listed(commit_json()), listed(), PULL_REQUEST, listed(), {}, {}, {}):
        answer(body)
    git.read_commit(REPOSITORY_ID, SHA)
    git.list_commits_between(REPOSITORY_ID, "0" * 40, SHA)
    git.list_push_commits(REPOSITORY_ID, 1)
    git.read_pull_request(REPOSITORY_ID, 88)
    git.read_discussion(REPOSITORY_ID, 88)
    git.find_merged(REPOSITORY_ID, [SHA])
    git.list_changed_paths(REPOSITORY_ID, SHA)
    git.read_file(REPOSITORY_ID, "/a.yml")
    specs = spec_present(SPECS)
    for request in wire.asked:
        path = request["PATH_INFO"].removeprefix("/larkspur")
        check_call(specs, request["REQUEST_METHOD"], "/{organization}" + path, request["QUERY_STRING"])
    assert len(wire.asked) == 8
