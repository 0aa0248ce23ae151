"""The event bodies of Azure Repos that the tests use, with what a look-up would have found for them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.bulk import pack_requests
from domain.changes import Change, Source
from domain.devinfo import map_deletion, map_pull_request, map_push, map_rename
from domain.facts import PullRequestFacts, PushFacts
from domain.git_events import branch_name
from domain.issue_keys import KeyRules, find_keys
from domain.records import (
    ChangedFile,
    Commit,
    Event,
    Ignored,
    Person,
    PullRequestChanged,
    Push,
    RepositoryDeleted,
    RepositoryRenamed,
)
from tests.domain.event_reading import parse_event

BODIES = Path(__file__).parents[1] / "bodies" / "ado"
RULES = KeyRules(projects=frozenset({"OPS", "LED"}))
PROJECT_ID = "0b7a2f7e-51c3-4d55-8a0c-6e1f2d3c4b5a"
REPOSITORY_ID = "5d1e6c0a-7c1f-4b6e-9f0e-3a2b1c4d5e6f"
SOURCE = Source("connection-7", "https://dev.azure.com/larkspur", PROJECT_ID)
COMMENTS = 4
MERGE = "ed1e1c267f43b98da96a1ce3cb471d0ac85050b5"
EDIT = (ChangedFile("/src/ledger/rounding.py", "MODIFIED"), ChangedFile("/docs/größe & maß.md", "DELETED"))
MANY = tuple(ChangedFile(f"/src/part {number}.py", "ADDED") for number in range(12))


def read_body(name: str) -> bytes:
    return (BODIES / f"{name}.json").read_bytes()


def facts_of(push: Push) -> PushFacts:
    """The commits with keys, whole; the head of a branch that brought no commit is an older one."""
    known = {commit.id: complete(commit) for commit in push.commits}
    heads = {
        update.ref: known.get(update.new) or complete(head_of(update.new, push))
        for update in push.updates
        if update.new and find_keys(RULES, branch_name(update.ref))
    }
    return PushFacts(tuple(commit for commit in known.values() if find_keys(RULES, commit.message)), heads)


def complete(commit: Commit) -> Commit:
    if commit.id == MERGE:
        return replace(commit, parents=("1" * 40, "2" * 40), files=MANY, file_count=12)
    return replace(commit, parents=("1" * 40,), files=EDIT, file_count=2)


def head_of(sha: str, push: Push) -> Commit:
    return Commit(sha, "Work of the day before", Person("Taro Lind", "taro@larkspur.example"), push.happened)


def map_event(event: Event) -> tuple[Change, ...]:
    match event:
        case Push():
            return map_push(event, facts_of(event), RULES, SOURCE)
        case PullRequestChanged():
            return map_pull_request(event, PullRequestFacts(COMMENTS), RULES, SOURCE)
        case RepositoryRenamed():
            return map_rename(event, SOURCE)
        case RepositoryDeleted():
            return map_deletion(event)
        case Ignored():
            return ()
    raise AssertionError(f"no Git event: {type(event).__name__}")


def requests_of(body: bytes) -> list[dict[str, Any]]:
    """What Jira gets for one body, as plain JSON."""
    requests = pack_requests(map_event(parse_event(body)), SOURCE)
    return [
        {"method": request.method, "api": request.api, "path": request.path, "query": dict(request.query)}
        | ({} if request.body is None else {"body": request.body})
        for request in requests
    ]
