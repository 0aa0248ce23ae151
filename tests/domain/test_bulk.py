from collections import Counter
from typing import get_args

import pytest

from domain import bulk
from domain.bulk import Request, body_size, pack_requests, split_request
from domain.changes import Change, Entity, Kind, Removal, identity_of
from tests.domain.bulk_rig import AT, commits, entity, listed, repository, sent
from tests.domain.official import bulk_schema, check_request

NAMED = {"commits", "branches", "pullRequests"}


def test_nothing_to_tell_makes_no_request():
    assert pack_requests([], AT) == ()


def test_entities_of_one_repository_share_its_newest_name():
    changes = [entity("commit", "a", 1), entity("branch", "b", 9), entity("pull_request", "7", 3)]
    (request,) = pack_requests(changes, AT)
    assert request == Request(
        "POST",
        "devinfo",
        "/bulk",
        {},
        {
            "preventTransitions": False,
            "operationType": "NORMAL",
            "repositories": [
                repository("r-1", 9, "name at 9")
                | {
                    "commits": [changes[0].body],
                    "branches": [changes[1].body],
                    "pullRequests": [changes[2].body],
                }
            ],
            "properties": {"connectionId": "c-1", "projectId": "p-1"},
            "providerMetadata": {"product": "Azure DevOps"},
        },
        tuple(changes),
    )


def test_a_renamed_repository_goes_with_its_entities_or_alone():
    body = repository("r-1", 9, "new name")
    renamed = Entity("repository", "r-1", 9, (), body, "r-1", body)
    (alone,) = pack_requests([renamed], AT)
    (together,) = pack_requests([entity("commit", "a", 1), renamed], AT)
    assert alone.body is not None
    assert together.body is not None
    assert alone.body["repositories"] == [body]
    assert together.body["repositories"] == [body | {"commits": [entity("commit", "a", 1).body]}]


def test_backfill_starts_no_transition():
    (request,) = pack_requests(commits(1), AT, backfill=True)
    assert request.body is not None
    assert (request.body["preventTransitions"], request.body["operationType"]) == (True, "BACKFILL")


@pytest.mark.parametrize(
    ("removal", "path"),
    [
        (Removal("branch", "~c3bc", 5, "r-1"), "/repository/r-1/branch/~c3bc"),
        (Removal("commit", "ab", 5, "r-1"), "/repository/r-1/commit/ab"),
        (Removal("pull_request", "88", 5, "r/1"), "/repository/r%2F1/pull_request/88"),
    ],
)
def test_a_removal_is_a_delete_that_spares_what_is_newer(removal, path):
    assert pack_requests([removal], AT) == (
        Request("DELETE", "devinfo", path, {"_updateSequenceId": "5"}, None, (removal,)),
    )


def test_a_removed_build_and_a_removed_deployment_have_paths_of_their_own():
    build, deployment = Removal("build", "p-1-7/12", 5), Removal("deployment", "p-1-7/prod/eu west/12", 5)
    assert pack_requests([build, deployment], AT) == (
        Request("DELETE", "builds", "/pipelines/p-1-7/builds/12", {}, None, (build,)),
        Request(
            "DELETE",
            "deployments",
            "/pipelines/p-1-7/environments/prod%2Feu%20west/deployments/12",
            {},
            None,
            (deployment,),
        ),
    )


def test_a_removed_repository_is_removed_from_all_three_apis():
    gone = Removal("repository", "r-1", 5, "r-1")
    query = {"repositoryId": "r-1"}
    assert pack_requests([gone], AT) == (
        Request("DELETE", "devinfo", "/repository/r-1", {"_updateSequenceId": "5"}, None, (gone,)),
        Request("DELETE", "builds", "/bulkByProperties", query, None, (gone,)),
        Request("DELETE", "deployments", "/bulkByProperties", query, None, (gone,)),
    )


def test_whole_repositories_go_first_and_single_things_last():
    changes: list[Change] = [
        Removal("branch", "b", 9, "r-2"),
        listed("deployment", "p/e/1"),
        listed("build", "p/1"),
        entity("commit", "a", 9),
        Removal("repository", "r-1", 5, "r-1"),
    ]
    newer = [listed("build", "p/1", 9), listed("deployment", "p/e/1", 9)]
    requests = pack_requests([*changes, *newer], AT)
    assert [(request.method, request.api) for request in requests] == [
        ("DELETE", "devinfo"),
        ("DELETE", "builds"),
        ("DELETE", "deployments"),
        ("POST", "devinfo"),
        ("POST", "builds"),
        ("POST", "deployments"),
        ("DELETE", "devinfo"),
    ]


def test_a_request_has_four_hundred_of_a_kind_per_repository_at_most():
    requests = pack_requests([*commits(900), *(entity("branch", f"b{number}") for number in range(5))], AT)
    assert [len(request.changes) for request in requests] == [400, 400, 105]


def test_a_request_has_a_thousand_entities_at_most():
    changes = [change for name in "abcde" for change in commits(300, name)]
    requests = pack_requests(changes, AT)
    assert [len(request.changes) for request in requests] == [1000, 500]


def test_a_request_has_a_hundred_repositories_at_most_and_each_once():
    changes = [change for turn in range(2) for change in (entity("commit", f"{turn}", 5, f"r-{n}") for n in range(150))]
    requests = pack_requests(changes, AT)
    ids = [[one["id"] for one in request.body["repositories"]] for request in requests if request.body]
    assert [len(one) for one in ids] == [100, 50]
    assert all(len(one) == len(set(one)) for one in ids)
    assert [len(request.changes) for request in requests] == [200, 100]


@pytest.mark.parametrize("kind", ["build", "deployment"])
def test_builds_and_deployments_go_by_the_hundred_and_by_repository(kind):
    changes = [listed(kind, f"p/{number}", repository_id="r-1") for number in range(250)]
    changes += [listed(kind, "p/x", repository_id=None), listed(kind, "p/y", repository_id="r-2")]
    requests = pack_requests(changes, AT)
    assert [len(request.changes) for request in requests] == [100, 100, 50, 1, 1]
    assert [request.body["properties"] for request in requests if request.body] == [
        *({"connectionId": "c-1", "projectId": "p-1", "repositoryId": "r-1"},) * 3,
        {"connectionId": "c-1", "projectId": "p-1"},
        {"connectionId": "c-1", "projectId": "p-1", "repositoryId": "r-2"},
    ]
    assert requests[0].api == f"{kind}s"
    assert requests[0].body == {
        "properties": {"connectionId": "c-1", "projectId": "p-1", "repositoryId": "r-1"},
        f"{kind}s": [change.body for change in changes[:100]],
        "providerMetadata": {"product": "Azure DevOps"},
    }


@pytest.mark.parametrize("kind", ["commit", "branch", "pull_request", "build", "deployment"])
def test_a_body_stays_below_the_size_jira_may_refuse(kind):
    make = listed if kind in {"build", "deployment"} else entity
    changes = [make(kind, f"p/{number}", text="ß" * 20_000) for number in range(60)]
    requests = pack_requests(changes, AT)
    assert len(requests) == 3
    assert all(body_size(request.body) < bulk.BODY_BYTES + 10_000 for request in requests if request.body)
    assert sent(requests) == changes


def test_an_entity_larger_than_a_body_goes_alone():
    changes = [entity("commit", name, text="x" * 1_000_000) for name in "abc"]
    assert [len(request.changes) for request in pack_requests(changes, AT)] == [1, 1, 1]


def test_every_change_is_in_exactly_one_bulk_request():
    changes = [*commits(950, "r-1"), *commits(950, "r-2"), *(listed("build", f"p/{n}") for n in range(120))]
    counts = Counter(identity_of(change) for change in sent(pack_requests(changes, AT)))
    assert set(counts.values()) == {1}
    assert len(counts) == len(changes)


@pytest.mark.specs
def test_the_limits_are_those_of_the_specification():
    devinfo = bulk_schema("devinfo")["properties"]
    repositories = devinfo["repositories"]
    assert repositories["maxItems"] == bulk.DEVINFO_REPOSITORIES
    assert (
        f"Maximum number of entities across all repositories is {bulk.DEVINFO_ENTITIES}" in repositories["description"]
    )
    for name in NAMED:
        assert repositories["items"]["properties"][name]["maxItems"] == bulk.REPOSITORY_ENTITIES
    for api in ("builds", "deployments"):
        assert bulk_schema(api)["properties"][api]["maxItems"] == bulk.LISTED_ENTITIES
    assert set(bulk.LISTS.values()) == NAMED
    assert {*bulk.LISTS, *bulk.LISTED, "repository"} == set(get_args(Kind))


@pytest.mark.specs
def test_every_delete_is_a_call_of_the_specification():
    removals = [
        Removal("repository", "r-9", 1, "r-9"),
        Removal("commit", "a", 1, "r-1"),
        Removal("branch", "a", 1, "r-1"),
        Removal("pull_request", "1", 1, "r-1"),
        Removal("build", "p/1", 1),
        Removal("deployment", "p/e/1", 1),
    ]
    requests = pack_requests(removals, AT)
    assert len(requests) == 8
    for request in requests:
        check_request(request.method, request.api, request.path, request.body)


@pytest.mark.parametrize(
    "changes",
    [
        commits(7),
        [listed("build", f"p/{number}") for number in range(7)],
        [listed("deployment", f"p/e/{number}") for number in range(7)],
    ],
)
def test_a_split_request_is_two_with_the_same_frame(changes):
    (whole,) = pack_requests(changes, AT)
    first, second = split_request(whole)
    assert (first.changes, second.changes) == (tuple(changes[:3]), tuple(changes[3:]))
    assert first == pack_requests(changes[:3], AT)[0]
    assert second == pack_requests(changes[3:], AT)[0]


def test_a_split_backfill_stays_one():
    (whole,) = pack_requests(commits(2), AT, backfill=True)
    assert split_request(whole) == tuple(pack_requests([change], AT, backfill=True)[0] for change in commits(2))


def test_one_entity_and_a_removal_cannot_be_split():
    for changes in (commits(1), [Removal("branch", "b", 1, "r-1")]):
        (request,) = pack_requests(changes, AT)
        with pytest.raises(ValueError, match="two entities"):
            split_request(request)


def test_the_size_of_a_body_is_that_of_its_utf8():
    assert body_size({"a": "é"}) == len('{"a":"é"}'.encode())
