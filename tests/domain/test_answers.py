import pytest

from domain.answers import read_answer
from domain.bulk import Request
from domain.changes import Entity, Removal, identity_of


def commit(sha, *keys):
    return Entity("commit", sha, 1, keys, {}, repository_id="repo", repository={})


def build(number, *keys):
    return Entity("build", f"p-1/{number}", 1, keys, {}, repository_id="repo")


def deployment(number, *keys):
    return Entity("deployment", f"p-1/env/{number}", 1, keys, {})


def request(api, *changes):
    return Request(method="POST", api=api, path="/bulk", query={}, body={}, changes=changes)


def test_an_accepted_batch_counts_every_change():
    reading = read_answer(request("devinfo", commit("a", "SHOP-1"), commit("b", "SHOP-2")), {})
    assert (reading.accepted, reading.failed, reading.unknown) == (2, {}, frozenset())


def test_a_removal_is_answered_without_a_body():
    removal = Removal("branch", "main", 1, repository_id="repo")
    assert read_answer(request("devinfo", removal), None).accepted == 1


def test_a_failed_entity_is_named_with_jiras_words():
    answer = {"failedDevinfoEntities": {"repo": {"commits": [{"id": "a", "errorMessages": [{"message": "bad url"}]}]}}}
    reading = read_answer(request("devinfo", commit("a", "SHOP-1"), commit("b", "SHOP-1")), answer)
    assert reading.failed == {("commit", "repo", "a"): "bad url"}
    assert reading.accepted == 1


def test_a_failed_repository_fails_every_change_of_it():
    other = Entity("commit", "c", 1, ("SHOP-1",), {}, repository_id="other", repository={})
    answer = {"failedDevinfoEntities": {"repo": {"errorMessages": [{"message": "no"}, {"message": "name"}]}}}
    reading = read_answer(request("devinfo", commit("a", "SHOP-1"), other), answer)
    assert reading.failed == {("commit", "repo", "a"): "no; name"}


@pytest.mark.parametrize(
    ("api", "change", "answer"),
    [
        (
            "builds",
            build(7, "SHOP-1"),
            {"rejectedBuilds": [{"key": {"pipelineId": "p-1", "buildNumber": 7}, "errors": [{"message": "bad"}]}]},
        ),
        (
            "deployments",
            deployment(7, "SHOP-1"),
            {
                "rejectedDeployments": [
                    {
                        "key": {"pipelineId": "p-1", "environmentId": "env", "deploymentSequenceNumber": 7},
                        "errors": [{"message": "bad"}],
                    }
                ]
            },
        ),
    ],
)
class TestRejections:
    def test_a_rejected_one_is_a_failure(self, api, change, answer):
        assert read_answer(request(api, change), answer).failed == {identity_of(change): "bad"}

    def test_one_rejected_for_unknown_keys_alone_is_not(self, api, change, answer):
        reading = read_answer(request(api, change), answer | {"unknownIssueKeys": ["SHOP-1"]})
        assert reading.failed == {}
        assert reading.unknown == {"SHOP-1"}
        assert reading.accepted == 0
