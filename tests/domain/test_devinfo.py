import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import jira_limits as limits
from domain.devinfo import branch_id, map_deletion, map_pull_request, map_push, map_rename
from domain.events import parse_event
from domain.issue_keys import KeyRules
from domain.jira_limits import cut_text, iso_time, sequence_of
from domain.records import (
    ChangedFile,
    Commit,
    Entity,
    Person,
    PullRequest,
    PullRequestChanged,
    PullRequestFacts,
    Push,
    PushFacts,
    RefUpdate,
    Removal,
    Repository,
    RepositoryDeleted,
    RepositoryRenamed,
    Reviewer,
    Source,
)
from tests.domain.git_bodies import BODIES, SOURCE, map_event, read_body, requests_of
from tests.domain.official import bulk_schema, check_devinfo_of_old, check_request, read_reference

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in BODIES.glob("git.*.json"))
ANY = KeyRules()
AT = Source("c-1", "https://dev.azure.com/larkspur", "p-1")
SHELF = Repository("r-1", "shelf", "p-1", "Tools", "main")
WHEN = datetime(2026, 3, 2, 9, 15, 0, 123456, UTC)
MILLISECONDS = 1772442900123
INES = Person("Ines Okafor", "ines@larkspur.example")
SHA = "a1b2c3d4" * 5
COMMIT = Commit(SHA, "OPS-1 work", INES, WHEN)


def push(*updates: RefUpdate) -> Push:
    return Push(SHELF, 1, updates, (), WHEN)


def one_commit(commit: Commit, rules: KeyRules = ANY) -> Any:
    (entity,) = map_push(push(), PushFacts((commit,)), rules, AT)
    return entity


def one_branch(name: str, head: Commit = COMMIT) -> Any:
    ref = f"refs/heads/{name}"
    (entity,) = map_push(push(RefUpdate(ref, None, head.id)), PushFacts((), {ref: head}), ANY, AT)
    return entity


SHOWN = PullRequest(
    id=7, repository=SHELF, title="OPS-1 title", description="", status="active", draft=False, author=INES,
    reviewers=(), source_branch="topic", target_branch="main", source_repository=None, created=WHEN, closed=None,
)  # fmt: skip


def one_pull_request(facts: PullRequestFacts = PullRequestFacts(), **changes: Any) -> Any:  # noqa: B008 (frozen)
    (change,) = map_pull_request(PullRequestChanged(replace(SHOWN, **changes), WHEN), facts, ANY, AT)
    return change


# --- whole requests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_jira_gets_exactly_the_recorded_requests(name):
    assert requests_of(read_body(name)) == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_every_recorded_request_has_its_event():
    assert sorted(path.stem for path in GOLDEN.glob("git.*.json")) == NAMES


@pytest.mark.specs
@pytest.mark.parametrize("name", NAMES)
def test_the_official_specification_takes_every_request(name):
    for request in requests_of(read_body(name)):
        check_request(request["method"], request["api"], request["path"], request.get("body"))


@pytest.mark.specs
@pytest.mark.parametrize("name", NAMES)
def test_the_older_specification_takes_every_body(name):
    for request in requests_of(read_body(name)):
        if "body" in request:
            check_devinfo_of_old(request["body"])


@pytest.mark.parametrize("name", NAMES)
def test_the_limits_that_are_only_prose_are_kept(name):
    for request in requests_of(read_body(name)):
        for repository in request.get("body", {}).get("repositories", ()):
            assert re.fullmatch(r"[A-Za-z0-9~._-]{1,1024}", repository["id"])
            for kind in ("commits", "branches", "pullRequests"):
                ids = [entity["id"] for entity in repository.get(kind, ())]
                assert len(ids) == len(set(ids))
                assert all(re.fullmatch(r"[A-Za-z0-9~._-]{1,1024}", one) for one in ids)
                for entity in repository.get(kind, ()):
                    assert all(
                        re.fullmatch(r"[A-Z][A-Z0-9_]{1,255}-[1-9][0-9]{0,254}", key) for key in entity["issueKeys"]
                    )


SAMPLE_PULL_REQUEST = "/repository/{}/pull_request/1"
FABRIKAM = "4bc14d40-c903-45e2-872e-0462c7748079"
CONTOSO = "c2c2c2c2-dddd-eeee-ffff-a3a3a3a3a3a3"


@pytest.mark.specs
@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("git.push", []),
        ("git.pullrequest.created", [("DELETE", "devinfo", SAMPLE_PULL_REQUEST.format(FABRIKAM))]),
        ("git.pullrequest.updated", [("DELETE", "devinfo", SAMPLE_PULL_REQUEST.format(FABRIKAM))]),
        ("git.pullrequest.merged", [("DELETE", "devinfo", SAMPLE_PULL_REQUEST.format(CONTOSO))]),
        (
            "ms.vss-code.git-pullrequest-comment-event",
            [("DELETE", "devinfo", SAMPLE_PULL_REQUEST.format(CONTOSO))],
        ),
        ("git.repo.renamed", [("POST", "devinfo", "/bulk")]),
        (
            "git.repo.deleted",
            [
                ("DELETE", "devinfo", f"/repository/{CONTOSO}"),
                ("DELETE", "builds", "/bulkByProperties"),
                ("DELETE", "deployments", "/bulkByProperties"),
            ],
        ),
        ("git.repo.created", []),
        ("git.repo.forked", []),
        ("git.repo.statuschanged", []),
    ],
)
def test_the_samples_of_the_documentation_name_no_issue(name, calls):
    requests = requests_of(json.dumps(read_reference(f"ado_events/{name}.json")).encode())
    assert [(request["method"], request["api"], request["path"]) for request in requests] == calls
    for request in requests:
        check_request(request["method"], request["api"], request["path"], request.get("body"))


@pytest.mark.specs
@pytest.mark.parametrize(
    ("name", "key", "kind"),
    [
        ("git.push", "FIB-33", "commit"),
        ("git.pullrequest.created", "FIB-33", "pull_request"),
        ("git.pullrequest.updated", "FIB-33", "pull_request"),
        ("git.pullrequest.merged", "FIB-33", "pull_request"),
    ],
)
def test_the_samples_with_a_key_put_in_reach_the_issue(name, key, kind):
    body = read_reference(f"ado_events/{name}.json")
    if kind == "commit":
        body["resource"]["commits"][0]["comment"] += f" {key}"
    else:
        body["resource"]["title"] += f" {key}"
    event = parse_event(json.dumps(body).encode())
    changes = (
        map_push(event, PushFacts(event.commits), ANY, SOURCE)
        if isinstance(event, Push)
        else map_pull_request(event, PullRequestFacts(), ANY, SOURCE)  # type: ignore[arg-type]  # the table says which
    )
    assert [(change.kind, change.keys) for change in changes if isinstance(change, Entity)] == [(kind, (key,))]


# --- pushes --------------------------------------------------------------------------------------------------------


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


# --- pull requests -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "word"),
    [("active", "OPEN"), ("completed", "MERGED"), ("abandoned", "DECLINED"), ("notSet", "UNKNOWN")],
)
def test_a_pull_request_has_the_status_of_jira(status, word):
    assert one_pull_request(status=status).body["status"] == word


def test_a_draft_is_open():
    assert one_pull_request(draft=True).body["status"] == "OPEN"


def test_keys_come_from_title_then_branch_then_description():
    change = one_pull_request(description="OPS-3 OPS-1", source_branch="OPS-2-x", title="OPS-1")
    assert change.keys == ("OPS-1", "OPS-2", "OPS-3")


def test_the_whole_description_counts_when_the_event_cut_it():
    change = one_pull_request(PullRequestFacts(0, "tail OPS-9"), title="none", description="cut")
    assert change.keys == ("OPS-9",)


def test_a_pull_request_whose_last_key_is_gone_is_removed():
    assert one_pull_request(title="none") == Removal("pull_request", "7", MILLISECONDS, "r-1")


@pytest.mark.parametrize(
    ("vote", "word"),
    [(10, "APPROVED"), (5, "APPROVED"), (0, "UNAPPROVED"), (-5, "UNAPPROVED"), (-10, "UNAPPROVED")],
)
def test_votes_are_approvals(vote, word):
    body = one_pull_request(reviewers=(Reviewer(INES, vote),)).body
    expected = {"name": "Ines Okafor", "email": "ines@larkspur.example", "approvalStatus": word}
    assert body["reviewers"] == [expected]


def test_a_mail_too_long_for_a_reviewer_is_left_out():
    mail = "m" * 244 + "@x.example"
    assert len(mail) == 254
    reviewers = (Reviewer(Person("A", mail), 0), Reviewer(Person("B", "m" + mail), 0))
    assert ["email" in reviewer for reviewer in one_pull_request(reviewers=reviewers).body["reviewers"]] == [
        True,
        False,
    ]


def test_branch_and_pull_request_have_the_very_same_branch_address():
    name = "feature/OPS-5 größe+#?&"
    assert one_pull_request(source_branch=name).body["sourceBranchUrl"] == one_branch(name).body["url"]


def test_a_pull_request_from_a_fork_points_to_the_branch_in_the_fork():
    fork = replace(SHELF, id="r-2", name="copy")
    body = one_pull_request(source_repository=fork).body
    assert body["sourceBranchUrl"] == "https://dev.azure.com/larkspur/Tools/_git/copy?version=GBtopic"
    assert body["destinationBranchUrl"] == "https://dev.azure.com/larkspur/Tools/_git/shelf?version=GBmain"


def test_an_address_too_long_is_left_out_of_a_pull_request():
    body = one_pull_request(source_branch="製" * 300, target_branch="製" * 300).body
    assert "sourceBranchUrl" not in body
    assert "destinationBranchUrl" not in body


def test_texts_are_cut_to_what_jira_takes():
    body = one_pull_request(title="OPS-1 " + "t" * 2000, source_branch="s" * 300, target_branch="d" * 300).body
    assert (len(body["title"]), len(body["sourceBranch"]), len(body["destinationBranch"])) == (1024, 255, 255)


def test_keys_over_the_cap_of_a_pull_request_are_counted():
    description = " ".join(f"OPS-{number}" for number in range(2, 600))
    change = one_pull_request(description=description)
    assert (len(change.keys), change.dropped_keys) == (500, 99)


def test_the_number_of_comments_and_the_last_update_are_told():
    body = one_pull_request(PullRequestFacts(3)).body
    assert (body["commentCount"], body["lastUpdate"]) == (3, "2026-03-02T09:15:00+00:00")


# --- repositories --------------------------------------------------------------------------------------------------


def test_a_renamed_repository_keeps_its_id():
    (change,) = map_rename(RepositoryRenamed(replace(SHELF, name="n" * 300), WHEN), AT)
    assert isinstance(change, Entity)
    assert (change.kind, change.id, change.keys) == ("repository", "r-1", ())
    assert change.body["name"] == "n" * 255
    assert change.repository == change.body


def test_a_deleted_repository_is_removed():
    assert map_deletion(RepositoryDeleted("r-1", "p-1", WHEN)) == (Removal("repository", "r-1", MILLISECONDS, "r-1"),)


def test_the_same_events_read_twice_give_equal_changes():
    for name in NAMES:
        assert map_event(parse_event(read_body(name))) == map_event(parse_event(read_body(name)))


# --- branch ids ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("main", "main"),
        ("OPS-1_x.y", "OPS-1_x.y"),
        ("feature/something-cool", "~666561747572652f736f6d657468696e672d636f6f6c"),
        ("~main", "~7e6d61696e"),
        ("..", "~2e2e"),
        ("ü", "~c3bc"),
    ],
)
def test_a_branch_id_is_the_name_or_its_bytes(name, encoded):
    assert branch_id(name) == encoded


def test_a_branch_name_of_any_length_has_an_id_that_fits():
    ids = [
        branch_id("x" * 1024),
        branch_id("x" * 1025),
        branch_id("/" * 511),
        branch_id("/" * 512),
        branch_id("/" * 513),
    ]
    assert len(set(ids)) == 5
    assert [len(one) for one in ids] == [1024, 66, 1023, 66, 66]


@settings(deadline=None, database=None)
@given(st.lists(st.text(st.sampled_from("ab~/.-é"), max_size=6), max_size=60))
def test_two_branches_never_share_an_id(names):
    assert len({branch_id(name) for name in names}) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z0-9~._-]{1,1024}", branch_id(name)) for name in names)


# --- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [("abc", 3, "abc"), ("abcd", 3, "abc"), ("a🎉b", 2, "a"), ("a🎉b", 3, "a🎉"), ("", 5, "")],
)
def test_text_is_cut_by_the_count_of_java_and_never_inside_a_character(text, limit, kept):
    assert cut_text(text, limit) == kept


def test_sequences_grow_with_time_to_the_millisecond():
    assert sequence_of(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert sequence_of(WHEN + timedelta(milliseconds=1)) == sequence_of(WHEN) + 1


def test_times_are_told_in_utc():
    assert iso_time(datetime.fromisoformat("2026-03-02T11:15:00.9+02:00")) == "2026-03-02T09:15:00+00:00"


@pytest.mark.specs
def test_the_limits_are_those_of_the_specification():
    repository = bulk_schema("devinfo")["properties"]["repositories"]["items"]["properties"]
    commit, branch, pull_request = (
        repository[name]["items"]["properties"] for name in ("commits", "branches", "pullRequests")
    )
    assert repository["name"]["maxLength"] == limits.REPOSITORY_NAME_CHARACTERS
    assert repository["id"]["maxLength"] == branch["id"]["maxLength"] == limits.ENTITY_ID_CHARACTERS
    assert commit["issueKeys"]["maxItems"] == branch["issueKeys"]["maxItems"] == limits.ENTITY_KEYS
    assert commit["message"]["maxLength"] == limits.MESSAGE_CHARACTERS
    assert commit["files"]["maxItems"] == limits.COMMIT_FILES
    assert commit["files"]["items"]["properties"]["path"]["maxLength"] == limits.FILE_PATH_CHARACTERS
    assert commit["author"]["properties"]["email"]["maxLength"] == limits.AUTHOR_MAIL_CHARACTERS
    assert branch["name"]["maxLength"] == limits.BRANCH_NAME_CHARACTERS
    assert pull_request["title"]["maxLength"] == limits.TITLE_CHARACTERS
    assert pull_request["sourceBranch"]["maxLength"] == limits.PULL_REQUEST_BRANCH_CHARACTERS
    reviewer = pull_request["reviewers"]["items"]["properties"]
    assert reviewer["email"]["maxLength"] == limits.REVIEWER_MAIL_CHARACTERS
    assert reviewer["name"]["maxLength"] == limits.PERSON_NAME_CHARACTERS
