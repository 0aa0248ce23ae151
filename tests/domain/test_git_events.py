import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import BadEvent
from domain.git_events import PARSERS, branch_name
from domain.records import (
    Commit,
    Ignored,
    Person,
    PullRequestChanged,
    Push,
    RefUpdate,
    Repository,
    RepositoryDeleted,
    RepositoryRenamed,
    Reviewer,
)
from tests.domain.event_reading import parse_event
from tests.domain.git_bodies import PROJECT_ID, REPOSITORY_ID, read_body
from tests.domain.official import read_reference

LEDGER = Repository(REPOSITORY_ID, "ledger api", PROJECT_ID, "Platform Tools", "main")
INES = Person("Ines Okafor", "ines@larkspur.example")
TARO = Person("Taro Lind", "taro@larkspur.example")
TWO = "73cb24f0db5c4c93af3b53a312104380e9c5c5cd"


def read(name: str) -> Any:
    return parse_event(read_body(name))


def changed(name: str, **resource: Any) -> Any:
    body = copy.deepcopy(json.loads(read_body(name)))
    body["resource"].update(resource)
    return parse_event(json.dumps(body).encode())


def test_a_push_tells_repository_refs_and_commits():
    push = read("git.push")
    assert push == Push(
        repository=LEDGER,
        push_id=311,
        updates=(RefUpdate("refs/heads/main", "4255e3f7adbdbe11e6ac1301b62eda8019646bf6", TWO),),
        commits=(
            Commit(
                id=TWO,
                message="ops-12 led-3: keep the rounding of half cents\n\nSee UTF-8 and OPS-12 again.",
                author=INES,
                authored=datetime(2026, 3, 2, 9, 14, 5, tzinfo=UTC),
            ),
            Commit(
                id="392451d790d97ac7eed705adfa44c74854f6da1a",
                message="Tidy the imports",
                author=TARO,
                authored=datetime(2026, 3, 2, 9, 14, 5, tzinfo=UTC),
            ),
        ),
        happened=datetime(2026, 3, 2, 9, 15, 0, 123456, UTC),
    )


def test_forty_zeros_mean_that_a_side_does_not_exist():
    assert read("git.push.branch-created").updates[0].old is None
    assert read("git.push.branch-created").updates[0].new == TWO
    assert read("git.push.branch-deleted").updates[0].new is None


def test_a_push_may_list_no_commits():
    assert read("git.push.branch-created").commits == ()
    assert changed("git.push", commits=None).commits == ()


def test_a_commit_whose_message_is_cut_says_so():
    commit = {"commitId": "a" * 40, "comment": "OPS-1", "author": {"date": "2026-03-02T09:14:05Z"}}
    push = changed("git.push", commits=[commit | {"commentTruncated": True}])
    assert push.commits[0].message_cut is True
    assert push.commits[0].author == Person("", None)


def test_a_pull_request_tells_state_people_and_branches():
    event = read("git.pullrequest.completed")
    shown = event.pull_request
    assert (shown.id, shown.status, shown.draft) == (88, "completed", False)
    assert shown.reviewers == (Reviewer(TARO, 10), Reviewer(Person("Mira Velez", "mira@larkspur.example"), -5))
    assert (shown.source_branch, shown.target_branch) == ("feature/OPS-14-retry räume", "main")
    assert shown.source_repository is None
    assert shown.closed == datetime(2026, 3, 3, 6, 29, 59, 111222, UTC)
    assert event.happened == datetime(2026, 3, 3, 6, 30, 0, 765432, UTC)


def test_created_updated_merged_and_commented_are_read_alike():
    shown = read("git.pullrequest.updated").pull_request
    assert read("git.pullrequest.comment").pull_request == shown
    assert replace(read("git.pullrequest.merged").pull_request, status="active", closed=None) == shown
    assert replace(read("git.pullrequest.created").pull_request, reviewers=shown.reviewers) == shown


def test_a_draft_without_a_description_is_read():
    shown = read("git.pullrequest.draft").pull_request
    assert (shown.draft, shown.description) == (True, "")


def test_an_account_that_is_no_address_is_no_mail():
    assert read("git.pullrequest.fork").pull_request.author == Person("Build\\Service", None)


def test_a_pull_request_from_a_fork_knows_the_fork():
    fork = read("git.pullrequest.fork").pull_request.source_repository
    assert fork == replace(LEDGER, id="e1f2a3b4-c5d6-4e7f-8a9b-0c1d2e3f4a5b", name="ledger-api-taro")


@pytest.mark.parametrize("fork", [None, {}, {"repository": None}, {"repository": {"id": "x", "name": "gone"}}])
def test_a_fork_that_was_deleted_is_left_out(fork):
    assert changed("git.pullrequest.fork", forkSource=fork).pull_request.source_repository is None


def test_a_status_nobody_knows_is_not_set():
    assert changed("git.pullrequest.updated", status="all").pull_request.status == "notSet"


def test_a_rename_has_the_new_name():
    renamed = read("git.repo.renamed")
    happened = datetime(2026, 3, 6, 8, 0, 0, 250000, UTC)
    assert renamed == RepositoryRenamed(replace(LEDGER, name="ledger & books"), happened)
    assert changed("git.repo.renamed", newName=None).repository.name == "ledger & books"
    assert changed("git.repo.renamed", newName="later").repository.name == "later"


def test_a_deletion_knows_the_repository_by_its_id():
    assert read("git.repo.deleted") == RepositoryDeleted(REPOSITORY_ID, PROJECT_ID, datetime(2026, 3, 7, 8, tzinfo=UTC))


def test_an_empty_repository_has_no_default_branch():
    body = json.loads(read_body("git.push"))
    del body["resource"]["repository"]["defaultBranch"]
    push = parse_event(json.dumps(body).encode())
    assert isinstance(push, Push)
    assert push.repository.default_branch is None


@pytest.mark.parametrize(
    ("event_type", "reason"),
    [
        ("git.repo.created", "repository created"),
        ("git.repo.forked", "repository forked"),
        ("git.repo.statuschanged", "repository status changed"),
    ],
)
def test_what_changes_nothing_in_jira_is_ignored_with_a_reason(event_type, reason):
    happened = datetime(2026, 3, 8, tzinfo=UTC)
    assert PARSERS[event_type]({}, happened) == Ignored(reason, happened)


@pytest.mark.parametrize(
    ("name", "resource", "reason"),
    [
        ("git.push", {"pushId": None}, "resource.pushId is missing"),
        ("git.push", {"repository": {"id": "x", "name": "y"}}, "resource.repository.project.id is missing"),
        ("git.push", {"refUpdates": [{"name": 5}]}, "resource.refUpdates[0].oldObjectId is missing"),
        ("git.push", {"commits": [{"commitId": "a"}]}, "resource.commits[0].author.date is missing"),
        ("git.pullrequest.updated", {"title": None}, "resource.title is missing"),
        (
            "git.pullrequest.updated",
            {"reviewers": [{"vote": "10"}]},
            "resource.reviewers[0].vote is not a whole number",
        ),
        ("git.pullrequest.updated", {"createdBy": "Ines"}, "resource.createdBy is not an object"),
        ("git.pullrequest.comment", {"pullRequest": None}, "resource.pullRequest is missing"),
        ("git.repo.renamed", {"repository": None}, "resource.repository is missing"),
        ("git.repo.deleted", {"repositoryId": None}, "resource.repositoryId is missing"),
    ],
)
def test_what_a_body_lacks_is_named(name, resource, reason):
    with pytest.raises(BadEvent) as refused:
        changed(name, **resource)
    assert str(refused.value) == reason


def test_only_branches_lose_their_prefix():
    assert branch_name("refs/heads/feature/x") == "feature/x"
    assert branch_name("refs/tags/v1") == "refs/tags/v1"


@pytest.mark.specs
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("git.push", Push),
        ("git.pullrequest.created", PullRequestChanged),
        ("git.pullrequest.updated", PullRequestChanged),
        ("git.pullrequest.merged", PullRequestChanged),
        ("ms.vss-code.git-pullrequest-comment-event", PullRequestChanged),
        ("git.repo.renamed", RepositoryRenamed),
        ("git.repo.deleted", RepositoryDeleted),
        ("git.repo.created", Ignored),
        ("git.repo.forked", Ignored),
        ("git.repo.statuschanged", Ignored),
    ],
)
def test_every_git_sample_of_the_documentation_is_read(name, kind):
    assert type(parse_event(json.dumps(read_reference(f"ado_events/{name}.json")).encode())) is kind
