"""One push, one pull request and what Jira shall hold of them, for tests that change one thing at a time."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from domain.changes import Source
from domain.devinfo import map_pull_request, map_push
from domain.facts import PullRequestFacts, PushFacts
from domain.issue_keys import KeyRules
from domain.records import Commit, Person, PullRequest, PullRequestChanged, Push, RefUpdate, Repository

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
