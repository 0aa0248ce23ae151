"""What Jira shall hold of pushes, pull requests and repositories: commits, branches, pull requests.

Pure: everything that had to be looked up comes in as facts. Body shapes and required fields:
https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from domain import jira_limits as limits
from domain import web_links
from domain.changes import Change, Entity, Removal, Source
from domain.facts import PullRequestFacts, PushFacts
from domain.git_events import BRANCH_PREFIX, branch_name
from domain.issue_keys import KeyRules, find_keys
from domain.jira_limits import cap_keys, cut_text, iso_time, sequence_of
from domain.records import (
    ChangedFile,
    Commit,
    Json,
    Person,
    PullRequest,
    PullRequestChanged,
    Push,
    RefUpdate,
    Repository,
    RepositoryDeleted,
    RepositoryRenamed,
)

DISPLAY_ID_CHARACTERS = 8  # as Azure DevOps shows a commit
APPROVING_VOTES = frozenset({10, 5})  # approved, approved with suggestions
UNKNOWN_PERSON = "Unknown"  # older texts of the API require a name
# A draft is OPEN: the status has no word for it, and `DRAFT`, which some senders use, is in no published text.
STATUSES = {"active": "OPEN", "completed": "MERGED", "abandoned": "DECLINED"}
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and when: the repository a change belongs to, its connection, the sequence number of the event."""

    repository: Repository
    source: Source
    sequence: int


def map_push(push: Push, facts: PushFacts, rules: KeyRules, source: Source) -> tuple[Change, ...]:
    """The commits whose message has a key, then one change per branch of the push; tags change nothing."""
    place = _Place(push.repository, source, sequence_of(push.happened))
    commits = {commit.id: commit for commit in facts.commits}
    mapped = [_map_commit(commit, rules, place) for commit in commits.values()]
    heads = facts.heads or {}
    branches = [update for update in push.updates if update.ref.startswith(BRANCH_PREFIX)]
    mapped += [_map_update(update, heads.get(update.ref), rules, place) for update in branches]
    return tuple(change for change in mapped if change is not None)


def map_pull_request(
    event: PullRequestChanged, facts: PullRequestFacts, rules: KeyRules, source: Source
) -> tuple[Change, ...]:
    """The pull request as it is now; its removal when no key is left in title, source branch and description."""
    shown = event.pull_request
    sequence = sequence_of(event.happened)
    description = shown.description if facts.description is None else facts.description
    keys, dropped = cap_keys(find_keys(rules, shown.title, shown.source_branch, description))
    if not keys:
        return (Removal("pull_request", str(shown.id), sequence, shown.repository.id),)
    body = _pull_request_body(event, keys, facts.comment_count, source)
    return (_entity("pull_request", body, _Place(shown.repository, source, sequence), dropped),)


def map_rename(event: RepositoryRenamed, source: Source) -> tuple[Change, ...]:
    """The repository with its new name and address; ids come from GUIDs, so nothing below it moves."""
    place = _Place(event.repository, source, sequence_of(event.happened))
    body = _repository_body(place)
    return (Entity("repository", event.repository.id, place.sequence, (), body, event.repository.id, body),)


def map_deletion(event: RepositoryDeleted) -> tuple[Change, ...]:
    """The removal of the repository with all that was sent for it."""
    return (Removal("repository", event.repository_id, sequence_of(event.happened), event.repository_id),)


def branch_id(name: str) -> str:
    """A different id for every branch name, made of the letters Jira allows and short enough.

    A plain name is its own id; any other is `~` and its bytes in hex; one too long for that is `~~` and its SHA-256.
    """
    if _PLAIN_ID.fullmatch(name) and len(name) <= limits.ENTITY_ID_CHARACTERS:
        return name
    encoded = "~" + name.encode().hex()
    if len(encoded) <= limits.ENTITY_ID_CHARACTERS:
        return encoded
    return "~~" + hashlib.sha256(name.encode()).hexdigest()


def branch_of_id(identity: str) -> str | None:
    """The name whose `branch_id` is `identity`; None for one that was too long to be told from it."""
    if identity.startswith("~~"):
        return None
    return bytes.fromhex(identity[1:]).decode() if identity.startswith("~") else identity


def _map_commit(commit: Commit, rules: KeyRules, place: _Place) -> Change | None:
    keys, dropped = cap_keys(find_keys(rules, commit.message))
    return _entity("commit", _commit_body(commit, keys, place), place, dropped) if keys else None


def _map_update(update: RefUpdate, head: Commit | None, rules: KeyRules, place: _Place) -> Change | None:
    name = branch_name(update.ref)
    if update.new is None:  # whatever its name: it may have been sent under rules that have changed since
        return Removal("branch", branch_id(name), place.sequence, place.repository.id)
    keys, dropped = cap_keys(find_keys(rules, name))
    if not keys or head is None:  # Jira takes no branch without its last commit
        return None
    return _entity("branch", _branch_body(name, head, keys, place), place, dropped)


def _entity(kind: Literal["commit", "branch", "pull_request"], body: Json, place: _Place, dropped: int) -> Entity:
    keys = tuple(body["issueKeys"])
    above = _repository_body(place)
    return Entity(kind, body["id"], place.sequence, keys, body, place.repository.id, above, dropped)


def _repository_body(place: _Place) -> Json:
    return {
        "id": place.repository.id,
        "name": cut_text(place.repository.name, limits.REPOSITORY_NAME_CHARACTERS),
        "url": web_links.repository_url(place.source, place.repository),
        "updateSequenceId": place.sequence,
    }


def _commit_body(commit: Commit, keys: tuple[str, ...], place: _Place) -> Json:
    return (
        {
            "id": commit.id,
            "hash": commit.id,  # replaced by `id` in newer texts, required in older ones
            "issueKeys": list(keys),
            "updateSequenceId": place.sequence,
            "message": cut_text(commit.message, limits.MESSAGE_CHARACTERS),
            "author": _person_body(commit.author, limits.AUTHOR_MAIL_CHARACTERS),
            "authorTimestamp": iso_time(commit.authored),
            "displayId": commit.id[:DISPLAY_ID_CHARACTERS],
            "fileCount": commit.file_count or 0,
            "url": web_links.commit_url(place.source, place.repository, commit.id),
            "files": _file_bodies(commit, place),
        }
        | ({"flags": ["MERGE_COMMIT"]} if len(commit.parents or ()) > 1 else {})
    )


def _file_bodies(commit: Commit, place: _Place) -> list[Json]:
    bodies = (_file_body(file, commit.id, place) for file in commit.files or ())
    return [body for body in bodies if body is not None][: limits.COMMIT_FILES]


def _file_body(file: ChangedFile, sha: str, place: _Place) -> Json | None:
    """None for a file whose path or address Jira would refuse; it is still counted. Azure DevOps counts no lines."""
    url = web_links.file_url(place.source, place.repository, sha, file)
    path = file.path.removeprefix("/")
    if url is None or path != cut_text(path, limits.FILE_PATH_CHARACTERS):
        return None
    return {"path": path, "url": url, "changeType": file.change, "linesAdded": 0, "linesRemoved": 0}


def _branch_body(name: str, head: Commit, keys: tuple[str, ...], place: _Place) -> Json:
    at = (place.source, place.repository)
    opener = web_links.create_pull_request_url(*at, name)
    return {
        "id": branch_id(name),
        "issueKeys": list(keys),
        "updateSequenceId": place.sequence,
        "name": cut_text(name, limits.BRANCH_NAME_CHARACTERS),
        "lastCommit": _commit_body(head, keys, place),
        "url": web_links.branch_url(*at, name) or web_links.branches_url(*at),
    } | ({"createPullRequestUrl": opener} if opener else {})


def _pull_request_body(event: PullRequestChanged, keys: tuple[str, ...], comments: int, source: Source) -> Json:
    shown = event.pull_request
    return {
        "id": str(shown.id),
        "issueKeys": list(keys),
        "updateSequenceId": sequence_of(event.happened),
        "status": STATUSES.get(shown.status, "UNKNOWN"),
        "title": cut_text(shown.title, limits.TITLE_CHARACTERS),
        "author": _person_body(shown.author, limits.AUTHOR_MAIL_CHARACTERS),
        "commentCount": comments,
        "displayId": f"!{shown.id}",  # as Azure DevOps writes it
        "lastUpdate": iso_time(event.updated or event.happened),
        "url": web_links.pull_request_url(source, shown.repository, shown.id),
        "reviewers": [
            _person_body(reviewer.person, limits.REVIEWER_MAIL_CHARACTERS)
            | {"approvalStatus": "APPROVED" if reviewer.vote in APPROVING_VOTES else "UNAPPROVED"}
            for reviewer in shown.reviewers
        ],
    } | _pull_request_branches(shown, source)


def _pull_request_branches(shown: PullRequest, source: Source) -> dict[str, object]:
    """Both ends, with the very addresses the branch entities have; an address too long is left out."""
    begin = web_links.branch_url(source, shown.source_repository or shown.repository, shown.source_branch)
    end = web_links.branch_url(source, shown.repository, shown.target_branch)
    return {
        "sourceBranch": cut_text(shown.source_branch, limits.PULL_REQUEST_BRANCH_CHARACTERS),
        "destinationBranch": cut_text(shown.target_branch, limits.PULL_REQUEST_BRANCH_CHARACTERS),
        **({"sourceBranchUrl": begin} if begin else {}),
        **({"destinationBranchUrl": end} if end else {}),
    }


def _person_body(person: Person, mail_characters: int) -> dict[str, str]:
    """Jira finds its user by the mail address; the name, deprecated, is shown when there is none."""
    mail = person.email if person.email and len(person.email) <= mail_characters else None
    name = cut_text(person.name, limits.PERSON_NAME_CHARACTERS) or UNKNOWN_PERSON
    return {"name": name} | ({"email": mail} if mail else {})
