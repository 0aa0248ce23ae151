"""Branches over REST: exact names, what is in the way, and answers that say no with status 200."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from clients.ado import AdoClient
from clients.ado_branches import Branch, BranchesApi
from clients.hosts import ado_hosts
from clients.http import HttpClient
from domain.errors import Conflict, Unreadable
from domain.ref_answers import RefAnswer
from tests.clients.ado_contract import check_call

REPOSITORY = "2f3d611a-f012-4b39-b157-8db63f380226"
BELOW = f"/larkspur/_apis/git/repositories/{REPOSITORY}"
SHA = "a" * 40


@pytest.fixture
def branches(wire):
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({wire.host})))
    return BranchesApi(AdoClient(f"{wire.url}/larkspur", SecretStr("Bearer x"), http))


@pytest.fixture
def answer(wire):
    return lambda *entries, **headers: wire.will_answer(
        body=json.dumps({"count": len(entries), "value": entries}), **headers
    )


def ref(name: str, **others: Any) -> dict[str, Any]:
    return {"name": f"refs/heads/{name}", "objectId": SHA} | others


def named(name: str, creator: str | None = None) -> Branch:
    return Branch(name, SHA, creator)


def asked(wire: Any) -> list[dict[str, str]]:
    """The query of each call, without the version of the API."""
    queries = [dict(parse_qsl(call["QUERY_STRING"])) for call in wire.asked]
    return [{name: value for name, value in query.items() if name != "api-version"} for query in queries]


def test_branches_are_searched_by_a_part_of_their_name(branches, wire, answer):
    answer(ref("feature/SHOP-1"), ref("main"))
    assert branches.list_branches(REPOSITORY, "a", 50) == (named("feature/SHOP-1"), named("main"))
    assert asked(wire) == [{"filter": "heads/", "filterContains": "a", "$top": "50"}]
    assert wire.asked[0]["PATH_INFO"] == f"{BELOW}/refs"


def test_without_a_part_all_are_listed(branches, wire, answer):
    answer()
    assert branches.list_branches(REPOSITORY, "", 50) == ()
    assert asked(wire) == [{"filter": "heads/", "$top": "50"}]


def test_a_branch_is_found_by_its_whole_name_wherever_it_stands_in_the_list(branches, wire, answer):
    answer(ref("main-2"), x_ms_continuationtoken="next")
    answer(ref("main", creator={"id": "someone"}), ref("main/x"), x_ms_continuationtoken="more")
    assert branches.find_branch(REPOSITORY, "main") == named("main", "someone")
    assert asked(wire) == [
        {"filter": "heads/main", "$top": "100"},
        {"filter": "heads/main", "$top": "100", "continuationToken": "next"},
    ]


def test_a_branch_that_others_only_begin_with_is_not_there(branches, answer):
    answer(ref("main-2"), ref("main/x"))
    assert branches.find_branch(REPOSITORY, "main") is None


def test_what_may_be_in_the_way_of_a_branch_is_asked_for_in_two_calls(branches, wire, answer):
    answer(ref("Feature/SHOP-1"))
    answer(ref("feature/SHOP-2"), ref("features"))
    assert branches.list_near(REPOSITORY, "feature/SHOP-1") == (named("Feature/SHOP-1"),)
    assert asked(wire) == [
        {"filter": "heads/", "filterContains": "feature/SHOP-1", "$top": "1000"},
        {"filter": "heads/feature", "$top": "100"},
    ]


def test_a_folder_that_is_a_branch_is_in_the_way_and_nothing_is_asked_below_it(branches, wire, answer):
    answer()
    answer(ref("a"), ref("ab"))
    assert branches.list_near(REPOSITORY, "a/b/c") == (named("a"),)
    assert len(wire.asked) == 2


def test_each_folder_that_exists_is_asked_for_the_next(branches, wire, answer):
    answer()
    answer(ref("a/x"))
    answer(ref("a/b"))
    assert branches.list_near(REPOSITORY, "a/b/c") == (named("a/b"),)
    assert [query["filter"] for query in asked(wire)] == ["heads/", "heads/a", "heads/a/b"]


def test_a_branch_is_made_where_none_was(branches, wire, answer):
    answer({"success": True, "updateStatus": "succeeded"})
    assert branches.create_branch(REPOSITORY, "feature/SHOP-1", SHA) == RefAnswer("succeeded", success=True)
    assert json.loads(wire.asked[0]["body"]) == [
        {"name": "refs/heads/feature/SHOP-1", "oldObjectId": "0" * 40, "newObjectId": SHA}
    ]


def test_a_refusal_in_a_200_answer_is_read_with_its_words(branches, answer):
    answer({"success": False, "updateStatus": "rejectedByPlugin", "customMessage": "No.", "rejectedBy": "Guard"})
    found = branches.create_branch(REPOSITORY, "x", SHA)
    assert found == RefAnswer("rejectedByPlugin", success=False, message="No.", rejected_by="Guard")


@pytest.mark.parametrize("entries", [[], [{"success": True}, {"success": True}]])
def test_an_answer_that_is_not_for_this_one_branch_is_unreadable(branches, answer, entries):
    answer(*entries)
    with pytest.raises(Unreadable, match="entries for one branch"):
        branches.create_branch(REPOSITORY, "x", SHA)


def test_a_draft_pull_request_is_opened(branches, wire):
    wire.will_answer(201, json.dumps({"pullRequestId": 7}))
    assert branches.open_draft(REPOSITORY, "feature/SHOP-1", "main", "SHOP-1 Mend") == 7
    assert json.loads(wire.asked[0]["body"]) == {
        "sourceRefName": "refs/heads/feature/SHOP-1",
        "targetRefName": "refs/heads/main",
        "title": "SHOP-1 Mend",
        "isDraft": True,
    }


def test_the_open_pull_request_between_two_branches_is_found(branches, wire, answer):
    wire.will_answer(409, json.dumps({"message": "TF401179: An active pull request exists already."}))
    with pytest.raises(Conflict):
        branches.open_draft(REPOSITORY, "x", "main", "SHOP-1")
    answer({"pullRequestId": 7})
    answer()
    assert branches.find_open_pull(REPOSITORY, "x", "main") == 7
    assert branches.find_open_pull(REPOSITORY, "x", "main") is None


def test_every_call_is_one_that_azure_devops_describes(specs, branches, wire, answer):
    answer()
    answer()
    answer({"success": True})
    wire.will_answer(201, json.dumps({"pullRequestId": 7}))
    answer()
    branches.list_near(REPOSITORY, "a/b")
    branches.create_branch(REPOSITORY, "a", SHA)
    branches.open_draft(REPOSITORY, "a", "main", "t")
    branches.find_open_pull(REPOSITORY, "a", "main")
    for call in wire.asked:
        path = "/{organization}" + call["PATH_INFO"].removeprefix("/larkspur")
        check_call(specs, call["REQUEST_METHOD"], path, call["QUERY_STRING"])
    assert len(wire.asked) == 5
