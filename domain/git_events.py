"""Events of Azure Repos as records: pushes, pull requests, comments, repositories.

The shapes of repository, commit and pull request are the same in events and in the REST API, so `clients` reads them
here too. Source: https://learn.microsoft.com/azure/devops/service-hooks/events
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from domain.json_fields import (
    flag,
    moment,
    number,
    optional_moment,
    optional_record,
    optional_text,
    parse_record,
    parse_records,
    text,
)
from domain.records import (
    Commit,
    Event,
    Ignored,
    Json,
    Person,
    PullRequest,
    PullRequestChanged,
    Push,
    RefUpdate,
    Repository,
    RepositoryDeleted,
    RepositoryRenamed,
    Reviewer,
)

BRANCH_PREFIX = "refs/heads/"
NO_OBJECT = "0" * 40  # the side of a ref update that does not exist
Status = Literal["active", "abandoned", "completed", "notSet"]
STATUSES: Mapping[str, Status] = {"active": "active", "abandoned": "abandoned", "completed": "completed"}


def parse_push(body: Json, happened: datetime) -> Push:
    """A `git.push` body. `commits` may be absent and has no documented length."""
    return Push(
        repository=parse_record(parse_repository, body, "resource", "repository"),
        push_id=number(body, "resource", "pushId"),
        updates=parse_records(parse_update, body, "resource", "refUpdates"),
        commits=parse_records(parse_commit, body, "resource", "commits"),
        happened=happened,
    )


def parse_pull_request_change(body: Json, happened: datetime) -> PullRequestChanged:
    """A `git.pullrequest.created`, `.updated` or `.merged` body: all show the pull request as it is now."""
    return PullRequestChanged(parse_record(parse_pull_request, body, "resource"), happened)


def parse_comment(body: Json, happened: datetime) -> PullRequestChanged:
    """A pull request comment event; the comment itself is not read, only counted later."""
    return PullRequestChanged(parse_record(parse_pull_request, body, "resource", "pullRequest"), happened)


def parse_rename(body: Json, happened: datetime) -> RepositoryRenamed:
    """A `git.repo.renamed` body."""
    repository = parse_record(parse_repository, body, "resource", "repository")
    name = optional_text(body, "resource", "newName") or repository.name
    return RepositoryRenamed(replace(repository, name=name), happened)


def parse_deletion(body: Json, happened: datetime) -> RepositoryDeleted:
    """A `git.repo.deleted` body, which has no repository object."""
    repository_id = text(body, "resource", "repositoryId").lower()
    return RepositoryDeleted(repository_id, text(body, "resource", "project", "id"), happened)


def parse_repository(shape: Json) -> Repository:
    """A GitRepository object. Raises BadEvent."""
    default = optional_text(shape, "defaultBranch")  # absent while the repository is empty
    return Repository(
        id=text(shape, "id").lower(),
        name=text(shape, "name"),
        project_id=text(shape, "project", "id"),
        project=text(shape, "project", "name"),
        default_branch=branch_name(default) if default else None,
    )


def parse_commit(shape: Json) -> Commit:
    """A GitCommitRef object, without parents and files. Raises BadEvent."""
    return Commit(
        id=text(shape, "commitId"),
        message=optional_text(shape, "comment") or "",
        author=Person(optional_text(shape, "author", "name") or "", optional_text(shape, "author", "email") or None),
        authored=moment(shape, "author", "date"),
        message_cut=flag(shape, "commentTruncated"),
    )


def parse_pull_request(shape: Json) -> PullRequest:
    """A GitPullRequest object. Raises BadEvent."""
    return PullRequest(
        id=number(shape, "pullRequestId"),
        repository=parse_record(parse_repository, shape, "repository"),
        title=text(shape, "title"),
        description=optional_text(shape, "description") or "",
        status=STATUSES.get(text(shape, "status"), "notSet"),
        draft=flag(shape, "isDraft"),
        author=parse_record(parse_identity, shape, "createdBy"),
        reviewers=tuple(reviewer for reviewer in parse_records(_parse_reviewer, shape, "reviewers") if reviewer),
        source_branch=branch_name(text(shape, "sourceRefName")),
        target_branch=branch_name(text(shape, "targetRefName")),
        source_repository=_parse_fork(shape),
        created=moment(shape, "creationDate"),
        closed=optional_moment(shape, "closedDate"),
    )


def parse_identity(shape: Json) -> Person:
    """An IdentityRef. `uniqueName` is a mail address, `domain\\address`, an account or an id of a service."""
    unique = (optional_text(shape, "uniqueName") or "").rpartition("\\")[2]
    return Person(optional_text(shape, "displayName") or "", unique if "@" in unique else None)


def branch_name(ref: str) -> str:
    """The name people see: `refs/heads/feature/x` is `feature/x`; any other ref stays as it is."""
    return ref.removeprefix(BRANCH_PREFIX)


def parse_update(shape: Json) -> RefUpdate:
    """A GitRefUpdate object. Raises BadEvent."""
    old, new = (_parse_object(text(shape, side)) for side in ("oldObjectId", "newObjectId"))
    return RefUpdate(text(shape, "name"), old, new)


def _parse_object(sha: str) -> str | None:
    return None if sha == NO_OBJECT else sha


def _parse_reviewer(shape: Json) -> Reviewer | None:
    """None for a team: it stands in the list with the vote of a member, who stands in it as well."""
    return None if flag(shape, "isContainer") else Reviewer(parse_identity(shape), number(shape, "vote"))


def _parse_fork(shape: Json) -> Repository | None:
    """The repository the source branch is in when it is another one; a fork that was deleted shows less of itself."""
    if optional_record(shape, "forkSource", "repository", "project") is None:
        return None
    return parse_record(parse_repository, shape, "forkSource", "repository")


def _ignore(reason: str) -> Callable[[Json, datetime], Event]:
    return lambda body, happened: Ignored(reason, happened)


PARSERS: Mapping[str, Callable[[Json, datetime], Event]] = {
    "git.push": parse_push,
    "git.pullrequest.created": parse_pull_request_change,
    "git.pullrequest.updated": parse_pull_request_change,
    "git.pullrequest.merged": parse_pull_request_change,
    "ms.vss-code.git-pullrequest-comment-event": parse_comment,
    "git.repo.renamed": parse_rename,
    "git.repo.deleted": parse_deletion,
    "git.repo.created": _ignore("repository created"),
    "git.repo.forked": _ignore("repository forked"),
    "git.repo.statuschanged": _ignore("repository status changed"),
}
