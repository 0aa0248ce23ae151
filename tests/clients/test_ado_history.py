"""What we ask Azure DevOps about the past, over a real connection, and what we make of the answers."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from clients.ado import AdoClient
from clients.ado_git import COMMIT_PAGE
from clients.ado_history import HistoryApi
from clients.history_answers import ListedRelease, StageNow
from clients.hosts import ado_hosts
from clients.http import HttpClient
from domain.errors import NotFound, Permanent
from domain.records import RefUpdate, Repository
from tests.clients.ado_contract import check_call
from tests.domain.git_bodies import REPOSITORY_ID
from tests.domain.official import SPECS, spec_present

PROJECT = "0b7a2f7e-51c3-4d55-8a0c-6e1f2d3c4b5a"
BELOW = f"/larkspur/_apis/git/repositories/{REPOSITORY_ID}"
REPOSITORY = Repository(REPOSITORY_ID, "ledger", PROJECT, "Ledger", "main")
SINCE = datetime(2026, 6, 1, 12, 30, 15, 999_999, tzinfo=UTC)
HEAD, BASE, OTHER = "a" * 40, "b" * 40, "c" * 40
MOMENTS = {
    "queueTime": "2026-03-02T09:00:00Z",
    "startTime": "2026-03-02T09:01:00Z",
    "finishTime": "2026-03-02T09:09:00Z",
}
BUILD = MOMENTS | {
    "id": 9101, "buildNumber": "20260302.1", "status": "completed", "result": "succeeded",
    "sourceBranch": "refs/heads/main", "sourceVersion": HEAD, "project": {"id": PROJECT, "name": "Ledger"},
    "definition": {"id": 41, "name": "Ledger CI"},
}  # fmt: skip


@pytest.fixture
def history(wire):
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({wire.host})))
    return HistoryApi(AdoClient(f"{wire.url}/larkspur", SecretStr("Basic eA=="), http))


@pytest.fixture
def answer(wire):
    """The next answer: a list of these entries."""
    return lambda *entries, **headers: wire.will_answer(
        body=json.dumps({"count": len(entries), "value": list(entries)}), **headers
    )


def query_of(request: Any) -> dict[str, str]:
    query = dict(parse_qsl(request["QUERY_STRING"]))
    return {name: value for name, value in query.items() if name != "api-version"}


def asked(wire: Any) -> list[tuple[str, dict[str, str]]]:
    return [(request["PATH_INFO"], query_of(request)) for request in wire.asked]


def ends(wire: Any) -> list[tuple[str, str]]:
    """Item and compare version of each question about commits."""
    bodies = [json.loads(request["body"]) for request in wire.asked]
    return [(body["itemVersion"]["version"], body["compareVersion"]["version"]) for body in bodies]


def commit_json(sha: str = HEAD, committed: str = "2026-03-02T09:14:05Z", **others: Any) -> dict[str, Any]:
    author = {"name": "Ines Okafor", "email": "ines@larkspur.example", "date": "2026-03-02T09:14:05Z"}
    return {"commitId": sha, "author": author, "committer": author | {"date": committed}, "comment": "OPS-1"} | others


def repository_json(**others: Any) -> dict[str, Any]:
    project = {"id": PROJECT, "name": "Ledger"}
    return {"id": REPOSITORY_ID, "name": "ledger", "project": project, "defaultBranch": "refs/heads/main"} | others


def pull_json(number: int, **others: Any) -> dict[str, Any]:
    return {
        "pullRequestId": number, "title": "OPS-1", "status": "active", "repository": repository_json(),
        "createdBy": {"displayName": "Ines"}, "sourceRefName": "refs/heads/a", "targetRefName": "refs/heads/main",
        "creationDate": "2026-03-02T09:00:00Z", "reviewers": [],
    } | others  # fmt: skip


# --- repositories and branches -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "told"),
    [({}, (False, False)), ({"isDisabled": True}, (True, False)), ({"defaultBranch": None}, (False, True))],
)
def test_a_repository_says_why_there_may_be_nothing_to_read(history, answer, wire, others, told):
    answer(repository_json(**others))
    wire.will_answer(body=json.dumps(repository_json(**others)))
    (listed,) = history.list_repositories(PROJECT)
    assert ((listed.disabled, listed.empty), listed.repository.name) == (told, "ledger")
    assert history.read_repository(REPOSITORY_ID) == listed
    assert asked(wire) == [(f"/larkspur/{PROJECT}/_apis/git/repositories", {}), (BELOW, {})]


def test_all_branches_come_in_one_answer_with_when_their_ends_moved(history, answer, wire):
    later = "2026-04-01T00:00:00Z"
    answer(
        {"name": "main", "aheadCount": 0, "isBaseVersion": True, "commit": commit_json(BASE)},
        {"name": "feature/x", "aheadCount": 3, "isBaseVersion": False, "commit": commit_json(HEAD, later)},
    )
    main, feature = history.list_branches(REPOSITORY_ID).entries
    assert (main.name, main.commit.id, main.ahead, main.is_default) == ("main", BASE, 0, True)
    assert (feature.name, feature.ahead, feature.is_default) == ("feature/x", 3, False)
    assert feature.moved == datetime(2026, 4, 1, tzinfo=UTC)
    assert asked(wire) == [(f"{BELOW}/stats/branches", {})]


# --- commits -------------------------------------------------------------------------------------------------------


def test_a_page_of_a_branch_is_asked_by_its_last_commit_from_a_time_on(history, answer, wire):
    answer(commit_json(changeCounts={"Add": 1, "Edit": 2}, commentTruncated=True))
    page = history.list_commits(REPOSITORY_ID, HEAD, since=SINCE, skip=2000)
    (commit,) = page.commits
    assert (commit.id, commit.file_count, commit.message_cut) == (HEAD, 3, True)
    assert asked(wire) == [(f"{BELOW}/commitsbatch", {"$top": str(COMMIT_PAGE), "$skip": "2000"})]
    version = {"versionType": "commit", "version": HEAD}
    assert json.loads(wire.asked[0]["body"]) == {"itemVersion": version, "fromDate": "2026-06-01T12:30:15Z"}


def test_what_a_branch_has_beside_another_is_one_call_where_the_first_side_is_the_newer(history, answer, wire):
    answer(commit_json(HEAD), commit_json(OTHER))
    page = history.list_commits(REPOSITORY_ID, HEAD, beside=BASE)
    assert ([commit.id for commit in page.commits], page.turned) == ([HEAD, OTHER], False)
    assert ends(wire) == [(HEAD, BASE)]


@pytest.mark.parametrize("wrong", [[BASE], []])
def test_the_other_way_round_is_found_out_once_and_kept(history, answer, wire, wrong):
    for page in (wrong, [HEAD], [HEAD]):
        answer(*(commit_json(sha) for sha in page))
    first = history.list_commits(REPOSITORY_ID, HEAD, beside=BASE)
    second = history.list_commits(REPOSITORY_ID, HEAD, beside=BASE)
    assert [(found.commits[0].id, found.turned) for found in (first, second)] == [(HEAD, True), (HEAD, True)]
    assert ends(wire) == [(HEAD, BASE), (BASE, HEAD), (BASE, HEAD)]


def test_a_later_page_goes_the_way_of_the_first(history, answer, wire):
    answer(commit_json(OTHER))
    page = history.list_commits(REPOSITORY_ID, HEAD, beside=BASE, skip=1000, turned=True)
    assert [commit.id for commit in page.commits] == [OTHER]
    assert ends(wire) == [(BASE, HEAD)]


def test_a_branch_whose_ends_a_date_hides_is_taken_as_it_is_listed(history, answer, wire):
    answer(commit_json(OTHER))
    answer(commit_json(OTHER))
    assert history.list_commits(REPOSITORY_ID, HEAD, beside=BASE, since=SINCE).commits[0].id == OTHER
    assert len(wire.asked) == 1


def test_a_branch_without_commits_of_its_own_has_none(history, answer):
    answer(commit_json(BASE))
    answer()
    assert history.list_commits(REPOSITORY_ID, HEAD, beside=BASE).commits == ()


# --- pushes and pull requests --------------------------------------------------------------------------------------


def test_a_push_has_its_own_time_and_the_refs_it_moved(history, answer, wire):
    update = {"name": "refs/heads/x", "oldObjectId": HEAD, "newObjectId": "0" * 40}
    answer({"pushId": 7, "date": "2026-06-02T08:00:00.1234567Z", "refUpdates": [update]})
    (push,) = history.list_pushes(REPOSITORY, SINCE, skip=40, top=20)
    assert push.updates == (RefUpdate("refs/heads/x", HEAD, None),)
    assert (push.repository, push.push_id, push.commits) == (REPOSITORY, 7, ())
    assert push.happened == datetime(2026, 6, 2, 8, 0, 0, 123_456, tzinfo=UTC)
    criteria = {"searchCriteria.fromDate": "2026-06-01T12:30:15Z", "searchCriteria.includeRefUpdates": "true"}
    assert asked(wire) == [(f"{BELOW}/pushes", criteria | {"$top": "20", "$skip": "40"})]


def test_pull_requests_are_asked_by_status_and_time(history, answer, wire):
    answer(pull_json(3), pull_json(2))
    answer()
    found = history.list_pull_requests(PROJECT, repository_id=REPOSITORY_ID, status="active", until=SINCE)
    history.list_pull_requests(PROJECT, by="closed", since=SINCE, skip=90)
    assert [shown.id for shown in found.entries] == [3, 2]
    (first, open_ones), (second, closed_ones) = asked(wire)
    assert (first, second) == (f"{BELOW}/pullrequests", f"/larkspur/{PROJECT}/_apis/git/pullrequests")
    assert open_ones == {
        "searchCriteria.status": "active", "searchCriteria.queryTimeRangeType": "created",
        "searchCriteria.maxTime": "2026-06-01T12:30:15Z", "$top": "100", "$skip": "0",
    }  # fmt: skip
    assert closed_ones == {
        "searchCriteria.status": "all", "searchCriteria.queryTimeRangeType": "closed",
        "searchCriteria.minTime": "2026-06-01T12:30:15Z", "$top": "100", "$skip": "90",
    }  # fmt: skip


# --- runs and deployments ------------------------------------------------------------------------------------------


def test_runs_are_listed_with_their_pipeline_and_times_page_by_page(history, answer, wire):
    answer(BUILD, x_ms_continuationtoken="next")
    answer()
    page = history.list_builds(PROJECT, repository_id=REPOSITORY_ID, since=SINCE, top=200)
    (found,) = page.entries
    assert (found.build.id, found.pipeline_id, found.pipeline, page.cursor) == (9101, 41, "Ledger CI", "next")
    assert [moment.minute for moment in (found.queued, found.started, found.finished)] == [0, 1, 9]
    assert history.list_builds(PROJECT, order="ended", status="completed", cursor="next").cursor is None
    (_, first), (_, second) = asked(wire)
    assert first == {
        "queryOrder": "queueTimeDescending", "statusFilter": "all", "minTime": "2026-06-01T12:30:15Z", "$top": "200",
        "repositoryId": REPOSITORY_ID, "repositoryType": "TfsGit",
    }  # fmt: skip
    assert second == {
        "queryOrder": "finishTimeDescending", "statusFilter": "completed", "$top": "50", "continuationToken": "next",
    }  # fmt: skip


def test_a_stage_waits_while_its_checkpoint_is_in_progress(history, wire):
    def stage(name: str, state: str) -> dict[str, Any]:
        return {"id": name, "type": "Stage", "identifier": name, "name": f"{name} it", "state": state, "attempt": 2}

    def check(name: str, state: str) -> dict[str, Any]:
        return {"id": f"{name}-check", "parentId": name, "type": "Checkpoint", "state": state}

    found = [stage("Build", "completed"), check("Build", "completed"), stage("Live", "pending")]
    found += [check("Live", "inProgress"), stage("Later", "pending"), check("Later", "pending")]
    wire.will_answer(body=json.dumps({"records": found}))
    assert history.list_stages(PROJECT, 9101) == (
        StageNow("Build", "Build it", "completed", 2),
        StageNow("Live", "Live it", "waiting", 2),
        StageNow("Later", "Later it", "pending", 2),
    )


@pytest.mark.parametrize(("status", "body"), [(404, '{"message": "gone"}'), (204, "")])
def test_a_run_without_a_timeline_has_no_stages(history, wire, status, body):
    wire.will_answer(status, body)
    assert history.list_stages(PROJECT, 9101) == ()


def test_records_of_an_environment_know_their_pipeline_and_their_end(history, answer, wire):
    answer(
        {"id": 5, "definition": {"id": 41, "name": "Ledger CI"}, "owner": {"id": 9101}, "stageName": "Live"} | MOMENTS,
        x_ms_continuationtoken="older",
    )
    page = history.list_environment_records(PROJECT, 3, top=25, cursor="token")
    (found,) = page.entries
    assert (found.record.id, found.record.run_id, found.pipeline, page.cursor) == (5, 9101, "Ledger CI", "older")
    assert found.finished == datetime(2026, 3, 2, 9, 9, tzinfo=UTC)
    assert asked(wire)[0][1] == {"top": "25", "continuationToken": "token"}


def test_classic_deployments_are_those_that_changed_since(history, answer, wire):
    shown = {
        "id": 640, "release": {"id": 31}, "releaseEnvironment": {"id": 310}, "attempt": 1, "deploymentStatus": "failed",
        "lastModifiedOn": "2026-06-02T08:00:00Z",
    }  # fmt: skip
    answer(shown, x_ms_continuationtoken="639")
    page = history.list_release_deployments(PROJECT, since=SINCE)
    (found,) = page.entries
    assert (found.deployment.id, found.modified, page.cursor) == (640, datetime(2026, 6, 2, 8, tzinfo=UTC), "639")
    assert asked(wire)[0][1] == {"minModifiedTime": "2026-06-01T12:30:15Z", "queryOrder": "descending", "$top": "25"}


def test_releases_that_were_given_up_are_listed_by_when_they_were_made(history, answer, wire):
    answer({"id": 31, "modifiedOn": "2026-06-02T08:00:00Z"}, x_ms_continuationtoken="30")
    page = history.list_abandoned(PROJECT, created=SINCE)
    assert page.entries == (ListedRelease(31, datetime(2026, 6, 2, 8, tzinfo=UTC)),)
    assert page.cursor == "30"
    assert asked(wire)[0][1] == {
        "statusFilter": "abandoned", "minCreatedTime": "2026-06-01T12:30:15Z", "queryOrder": "descending",
        "$top": "100",
    }  # fmt: skip


@pytest.mark.parametrize(("status", "abandoned"), [("abandoned", True), ("active", False)])
def test_a_release_may_have_been_given_up(history, wire, status, abandoned):
    wire.will_answer(body=json.dumps({"status": status}))
    assert history.is_abandoned(PROJECT, 31) is abandoned


# --- what a page knows ---------------------------------------------------------------------------------------------


def test_a_run_of_the_page_is_not_asked_again_and_one_beside_it_once(history, answer, wire):
    answer(BUILD)
    (found,) = history.list_builds(PROJECT).entries
    known = history.know_pipelines([found.build])
    wire.will_answer(body=json.dumps(BUILD | {"id": 9000}))
    assert known.read_build(PROJECT, 9101) == found.build
    assert [known.read_build(PROJECT, 9000).id for _ in range(2)] == [9000, 9000]
    assert known.read_test_counts(PROJECT, 9101) is None
    assert len(wire.asked) == 2


def test_a_run_whose_repository_is_shown_without_its_address_is_asked_again(history, answer, wire):
    answer(BUILD | {"repository": {"id": REPOSITORY_ID, "type": "TfsGit"}})
    (found,) = history.list_builds(PROJECT).entries
    wire.will_answer(body=json.dumps(BUILD))
    assert history.know_pipelines([found.build]).read_build(PROJECT, 9101) != found.build


def test_the_last_success_before_an_old_deployment_is_looked_for_from_its_time_on(history, answer, wire):
    old = {
        "id": 640, "release": {"id": 31}, "releaseEnvironment": {"id": 310}, "attempt": 1,
        "deploymentStatus": "succeeded", "lastModifiedOn": "2026-03-02T10:00:00.5Z",
    }  # fmt: skip
    answer(old)
    known = history.know_pipelines(deployments=history.list_release_deployments(PROJECT, since=SINCE).entries)
    answer(old, old | {"id": 630, "release": {"id": 30}})
    found = known.find_last_success(PROJECT, 5, 9, before=640, release_id=31)
    assert (found.id, asked(wire)[1][1]["maxModifiedTime"]) == (630, "2026-03-02T10:00:01Z")


# --- errors --------------------------------------------------------------------------------------------------------


def test_a_repository_that_is_gone_is_not_found(history, wire):
    wire.will_answer(404, '{"message": "TF401019"}')
    with pytest.raises(NotFound):
        history.list_branches(REPOSITORY_ID)


def test_a_list_of_another_shape_is_an_error_that_says_so(history, wire):
    wire.will_answer(body='{"value": {}}')
    with pytest.raises(Permanent, match="its answer cannot be read: value is not a list"):
        history.list_branches(REPOSITORY_ID)


@pytest.mark.parametrize("bad", [{"name": "main", "commit": {}}, None, [], "words"])
def test_an_entry_of_another_shape_is_counted_and_the_others_are_read(history, answer, bad):
    whole = {"name": "main", "aheadCount": 0, "isBaseVersion": True, "commit": commit_json(BASE)}
    answer(bad, whole)
    found = history.list_branches(REPOSITORY_ID)
    assert ([head.name for head in found.entries], found.refused, found.seen) == (["main"], 1, 2)


def test_a_commit_or_a_pull_request_of_another_shape_is_counted(history, answer):
    answer(commit_json(HEAD), {"commitId": OTHER})
    answer(pull_json(3), {"pullRequestId": 2})
    commits = history.list_commits(REPOSITORY_ID, HEAD)
    pulls = history.list_pull_requests(PROJECT)
    assert ([commit.id for commit in commits.commits], commits.refused) == ([HEAD], 1)
    assert ([shown.id for shown in pulls.entries], pulls.refused) == ([3], 1)


@pytest.mark.specs
def test_every_call_is_one_of_the_official_description(history, wire, answer):
    specs = spec_present(SPECS)
    answer()
    history.list_repositories(PROJECT)
    wire.will_answer(body=json.dumps(repository_json()))
    history.read_repository(REPOSITORY_ID)
    wire.will_answer(body='{"status": "active"}')
    history.is_abandoned(PROJECT, 31)
    for _ in range(8):
        answer()
    history.list_branches(REPOSITORY_ID)
    history.list_commits(REPOSITORY_ID, HEAD, since=SINCE)
    history.list_pushes(REPOSITORY, SINCE)
    history.list_pull_requests(PROJECT, since=SINCE, until=SINCE)
    history.list_pull_requests(PROJECT, repository_id=REPOSITORY_ID, by="closed")
    history.list_builds(PROJECT, repository_id=REPOSITORY_ID, since=SINCE, cursor="token")
    history.list_environment_records(PROJECT, 3, top=25, cursor="token")
    history.list_release_deployments(PROJECT, since=SINCE, cursor="7")
    history.list_stages(PROJECT, 9101)
    answer()
    history.know_pipelines().find_last_success(PROJECT, 5, 9, before=7, release_id=1, until=SINCE)
    assert len(wire.asked) == 13
    for request in wire.asked:
        path = request["PATH_INFO"].removeprefix("/larkspur")
        check_call(specs, request["REQUEST_METHOD"], "/{organization}" + path, request["QUERY_STRING"])
