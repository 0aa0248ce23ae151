"""Entities under the keys their issues have now: bodies as the bulk calls take them."""

from domain.changes import Entity, Removal
from domain.moved_keys import readdress

MOVED = {"SHOP-1": "OPS-30"}


def entity(kind, body, keys=("SHOP-1", "SHOP-2")):
    return Entity(kind, "thing", 1000, keys, body, "repository-1", {"id": "repository-1", "updateSequenceId": 1000})


def test_a_commit_names_the_new_key_and_is_a_millisecond_later():
    commit = entity("commit", {"id": "thing", "issueKeys": ["SHOP-1", "SHOP-2"], "updateSequenceId": 1000})
    (renewed,) = readdress([commit], MOVED)
    assert (renewed.keys, renewed.sequence) == (("OPS-30", "SHOP-2"), 1001)
    assert renewed.body == {"id": "thing", "issueKeys": ["OPS-30", "SHOP-2"], "updateSequenceId": 1001}


def test_the_last_commit_of_a_branch_follows():
    last = {"id": "sha", "issueKeys": ["SHOP-1"], "updateSequenceId": 1000}
    branch = entity("branch", {"issueKeys": ["SHOP-1"], "updateSequenceId": 1000, "lastCommit": last}, ("SHOP-1",))
    (renewed,) = readdress([branch], MOVED)
    assert renewed.body["lastCommit"] == {"id": "sha", "issueKeys": ["OPS-30"], "updateSequenceId": 1001}


def test_a_deployment_names_it_in_its_associations_and_keeps_its_commits():
    commits = {"associationType": "commit", "values": [{"commitHash": "sha", "repositoryId": "r"}]}
    issues = {"associationType": "issueIdOrKeys", "values": ["SHOP-1", "SHOP-2"]}
    body = {"associations": [issues, commits], "updateSequenceNumber": 1000}
    (renewed,) = readdress([entity("deployment", body)], MOVED)
    assert renewed.body["associations"] == [issues | {"values": ["OPS-30", "SHOP-2"]}, commits]
    assert renewed.body["updateSequenceNumber"] == 1001


def test_a_key_that_is_there_already_is_named_once():
    commit = entity("commit", {"issueKeys": ["SHOP-1", "OPS-30"], "updateSequenceId": 1}, ("SHOP-1", "OPS-30"))
    (renewed,) = readdress([commit], MOVED)
    assert renewed.body["issueKeys"] == ["OPS-30"]


def test_what_names_nothing_that_moved_and_what_is_removed_is_left_out():
    other = entity("commit", {"issueKeys": ["SHOP-2"], "updateSequenceId": 1}, ("SHOP-2",))
    assert readdress([other, Removal("commit", "thing", 1, "repository-1")], MOVED) == ()
