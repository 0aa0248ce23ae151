from dataclasses import replace

import pytest

from domain.changes import Entity, Removal
from domain.devinfo import branch_id, map_deletion, map_push, map_rename
from domain.facts import PushFacts
from domain.issue_keys import KeyRules
from domain.records import ChangedFile, Person, RefUpdate, RepositoryDeleted, RepositoryRenamed
from tests.domain.devinfo_rig import ANY, AT, COMMIT, INES, MILLISECONDS, SHA, SHELF, WHEN, one_branch, one_commit, push


def test_a_push_sends_only_commits_with_a_key():
    plain = replace(COMMIT, id="b" * 40, message="no key")
    changes = map_push(push(), PushFacts((COMMIT, plain)), ANY, AT)
    assert [change.id for change in changes] == [SHA]


def test_a_commit_that_is_listed_twice_is_sent_once():
    assert len(map_push(push(), PushFacts((COMMIT, COMMIT)), ANY, AT)) == 1


def test_the_sequence_is_the_time_of_the_event_in_milliseconds():
    entity = one_commit(COMMIT)
    assert entity.sequence == entity.body["updateSequenceId"] == MILLISECONDS
    assert entity.repository["updateSequenceId"] == MILLISECONDS


def test_a_commit_with_two_parents_is_a_merge():
    assert one_commit(replace(COMMIT, parents=("1", "2"))).body["flags"] == ["MERGE_COMMIT"]
    assert "flags" not in one_commit(replace(COMMIT, parents=("1",))).body
    assert "flags" not in one_commit(COMMIT).body


def test_ten_files_are_sent_and_all_are_counted():
    files = tuple(ChangedFile(f"/f{number}", "ADDED") for number in range(12))
    body = one_commit(replace(COMMIT, files=files, file_count=4711)).body
    assert [file["path"] for file in body["files"]] == [f"f{number}" for number in range(10)]
    assert body["fileCount"] == 4711


def test_a_file_that_jira_would_refuse_is_left_out_and_counted():
    files = (
        ChangedFile("/" + "x" * 1025, "ADDED"),
        ChangedFile("/" + "製" * 300, "ADDED"),
        ChangedFile("/ok", "MOVED"),
    )
    body = one_commit(replace(COMMIT, files=files, file_count=3)).body
    assert [(file["path"], file["changeType"]) for file in body["files"]] == [("ok", "MOVED")]
    assert body["fileCount"] == 3


def test_keys_over_the_cap_are_dropped_from_the_end_and_counted():
    message = " ".join(f"OPS-{number}" for number in range(1, 506))
    entity = one_commit(replace(COMMIT, message=message))
    assert entity.keys == tuple(f"OPS-{number}" for number in range(1, 501))
    assert entity.body["issueKeys"] == list(entity.keys)
    assert entity.dropped_keys == 5


def test_junk_cannot_push_real_keys_over_the_cap():
    message = " ".join([*(f"UTF-{number}" for number in range(1, 600)), "OPS-1"])
    assert one_commit(replace(COMMIT, message=message), KeyRules(projects=frozenset({"OPS"}))).keys == ("OPS-1",)


def test_a_key_beyond_the_cut_of_the_message_still_counts():
    entity = one_commit(replace(COMMIT, message="x" * 2000 + " OPS-77"))
    assert entity.keys == ("OPS-77",)
    assert entity.body["message"] == "x" * 1024


@pytest.mark.parametrize(
    ("person", "body"),
    [
        (INES, {"name": "Ines Okafor", "email": "ines@larkspur.example"}),
        (Person("", None), {"name": "Unknown"}),
        (Person("n" * 300, "m" * 250 + "@x.example"), {"name": "n" * 255}),
    ],
)
def test_an_author_has_a_name_and_a_mail_that_fits(person, body):
    assert one_commit(replace(COMMIT, author=person)).body["author"] == body


def test_a_branch_with_a_key_is_sent_with_its_head():
    branch = one_branch("feature/OPS-5", replace(COMMIT, message="no key here"))
    assert (branch.kind, branch.id, branch.keys) == ("branch", branch_id("feature/OPS-5"), ("OPS-5",))
    assert branch.body["lastCommit"]["id"] == SHA
    assert branch.body["lastCommit"]["issueKeys"] == ["OPS-5"]


def test_a_branch_without_a_key_or_without_a_known_head_is_not_sent():
    updates = (RefUpdate("refs/heads/main", None, SHA), RefUpdate("refs/heads/OPS-9", None, SHA))
    assert map_push(push(*updates), PushFacts((), {"refs/heads/main": COMMIT}), ANY, AT) == ()
    assert map_push(push(*updates), PushFacts(), ANY, AT) == ()


@pytest.mark.parametrize("name", ["OPS-5", "no-key-at-all", "feature/größe"])
def test_a_deleted_branch_is_removed_whatever_its_name(name):
    changes = map_push(push(RefUpdate(f"refs/heads/{name}", SHA, None)), PushFacts(), ANY, AT)
    assert changes == (Removal("branch", branch_id(name), MILLISECONDS, "r-1"),)


def test_tags_change_nothing():
    updates = (RefUpdate("refs/tags/OPS-1", None, SHA), RefUpdate("refs/tags/OPS-2", SHA, None))
    assert map_push(push(*updates), PushFacts((), {"refs/tags/OPS-1": COMMIT}), ANY, AT) == ()


def test_a_branch_with_a_very_long_name_keeps_whole_addresses():
    name = "OPS-5-" + "製" * 300
    body = one_branch(name).body
    assert body["name"] == name
    assert body["url"] == "https://dev.azure.com/larkspur/Tools/_git/shelf/branches"
    assert "createPullRequestUrl" not in body
    assert one_branch("OPS-5-" + "x" * 600).body["name"] == "OPS-5-" + "x" * 506


def test_a_renamed_repository_keeps_its_id():
    (change,) = map_rename(RepositoryRenamed(replace(SHELF, name="n" * 300), WHEN), AT)
    assert isinstance(change, Entity)
    assert (change.kind, change.id, change.keys) == ("repository", "r-1", ())
    assert change.body["name"] == "n" * 255
    assert change.repository == change.body


def test_a_deleted_repository_is_removed():
    assert map_deletion(RepositoryDeleted("r-1", "p-1", WHEN)) == (Removal("repository", "r-1", MILLISECONDS, "r-1"),)
