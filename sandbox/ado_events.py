"""Service hook events: what every one has, and the bodies of code events. Shapes as in Microsoft's event reference.

https://learn.microsoft.com/azure/devops/service-hooks/events
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.ado_clock import NEVER, offset_stamp, stamp
from sandbox.ado_model import (
    ZERO_ID,
    Comment,
    Commit,
    Json,
    Project,
    PullRequest,
    Push,
    Repository,
    Thread,
    User,
)
from sandbox.ado_shapes import (
    author_json,
    comment_json,
    commit_ref,
    commit_url,
    identity_json,
    pull_json,
    pull_url,
    remote_url,
    repository_url,
)

COMMITS_IN_PUSH = 25  # a longer push is cut; the true limit is not published (unverified)
# what an answer of the API holds and the events of version 1.0 do not
NOT_IN_PULL_EVENT = frozenset(
    {"labels", "supportsIterations", "artifactId", "codeReviewId", "completionOptions", "closedBy"}
)


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event before it has an id and a time. `filters` are the values that subscription inputs are compared with."""

    event_type: str
    project: Project
    resource: Json
    message: Json
    filters: Mapping[str, str]
    detailed: Json


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    created: datetime
    draft: EventDraft


def say(text: str, html: str | None = None, markdown: str | None = None) -> Json:
    """The three forms of a message."""
    return {"text": text, "html": html or text, "markdown": markdown or text}


def event_project(project: Project, base: str) -> Json:
    """The short form of a project inside code events."""
    return {
        "id": project.id,
        "name": project.name,
        "url": f"{base}/_apis/projects/{project.id}",
        "state": "wellFormed",
        "visibility": "unchanged",
        "lastUpdateTime": NEVER,
    }


def event_repository(repository: Repository, base: str) -> Json:
    shown: Json = {
        "id": repository.id,
        "name": repository.name,
        "url": repository_url(repository, base),
        "project": event_project(repository.project, base),
        "remoteUrl": remote_url(repository, base),
    }
    return shown | ({"defaultBranch": repository.default_branch} if repository.default_branch else {})


def short_ref(name: str) -> str:
    return name.removeprefix("refs/heads/").removeprefix("refs/tags/")


def push_commit(repository: Repository, commit: Commit, base: str) -> Json:
    """A commit inside a push: no parents, no files."""
    author = author_json(commit)
    url = commit_url(repository, commit.id, base)
    return {"commitId": commit.id, "author": author, "committer": author, "comment": commit.message, "url": url}


def push_event(repository: Repository, push: Push, base: str) -> EventDraft:
    """`git.push`. A push without new commits (branch made or deleted) has no `commits`."""
    update = push.updates[0]
    branch, name, url = short_ref(update.name), repository.name, remote_url(repository, base)
    commits = [repository.commits[commit] for commit in push.commits[:COMMITS_IN_PUSH]]
    verb = "deleted" if update.new == ZERO_ID else "pushed updates to"
    link = f"{url}?version=GB{branch}"
    message = say(
        f"{push.user.name} {verb} {branch} of {name}.",
        f'{push.user.name} {verb} <a href="{link}">{branch}</a> of <a href="{url}">{name}</a>.',
        f"{push.user.name} {verb} [{branch}]({link}) of [{name}]({url}).",
    )
    lines = "".join(f"\n - {commit.message.splitlines()[0]} {commit.id[:8]}" for commit in commits if commit.message)
    resource = {
        **({"commits": [push_commit(repository, commit, base) for commit in commits]} if commits else {}),
        "refUpdates": [{"name": u.name, "oldObjectId": u.old, "newObjectId": u.new} for u in push.updates],
        "repository": event_repository(repository, base),
        "pushedBy": identity_json(push.user, base),
        "pushId": push.id,
        "date": stamp(push.date),
        "url": f"{repository_url(repository, base)}/pushes/{push.id}",
        "_links": push_links(repository, push, base),
    }
    filters = {"repository": repository.id, "branch": branch, "pushedBy": push.user.id}
    return EventDraft("git.push", repository.project, resource, message, filters, say(message["text"] + lines))


def push_links(repository: Repository, push: Push, base: str) -> Json:
    home = repository_url(repository, base)
    return {
        "self": {"href": f"{home}/pushes/{push.id}"},
        "repository": {"href": home},
        "commits": {"href": f"{home}/pushes/{push.id}/commits"},
        "pusher": {"href": f"{base}/_apis/Identities/{push.user.id}"},
        "refs": {"href": f"{home}/refs/heads/{short_ref(push.updates[0].name)}"},
    }


def event_pull(pull: PullRequest, base: str, *, commits: bool = True, links: bool = True) -> Json:
    """A pull request as events carry it: no labels, commits are ids only."""
    shown = {name: value for name, value in pull_json(pull, base).items() if name not in NOT_IN_PULL_EVENT}
    shown["repository"] = event_repository(pull.repository, base)
    if commits:
        shown["commits"] = [commit_ref(pull.repository, commit, base) for commit in pull.commits]
    web = {"web": {"href": f"{pull_web(pull, base)}#view=discussion"}}
    return shown | ({"_links": web | {"statuses": {"href": f"{pull_url(pull, base)}/statuses"}}} if links else {})


def pull_web(pull: PullRequest, base: str) -> str:
    return f"{remote_url(pull.repository, base)}/pullrequest/{pull.id}"


def pull_filters(pull: PullRequest) -> dict[str, str]:
    return {
        "repository": pull.repository.id,
        "branch": short_ref(pull.target),
        "pullrequestCreatedBy": pull.author.id,
        "pullrequestReviewersContains": ",".join(reviewer.user.id for reviewer in pull.reviewers),
    }


def pull_event(
    event_type: str, pull: PullRequest, user: User, *, what: str, base: str, notification: str | None = None
) -> EventDraft:  # fmt: skip
    """`git.pullrequest.created`, `.updated` or `.merged`. Nothing in the body says which notification it is."""
    text = f"{user.name} {what}"
    web = pull_web(pull, base)
    message = say(
        f"{text} {pull.id} ({pull.title}) in {pull.repository.name}\r\n{web}\r\n",
        f'{text} <a href="{web}">{pull.id}</a> ({pull.title}) in {pull.repository.name}',
        f"{text} [{pull.id}]({web}) ({pull.title}) in {pull.repository.name}",
    )
    filters = pull_filters(pull) | {"mergeResult": "Succeeded"}
    if notification:
        filters["notificationType"] = notification
    merged, created = event_type == "git.pullrequest.merged", event_type == "git.pullrequest.created"
    resource = event_pull(pull, base, commits=not created, links=merged)
    detailed = say(message["text"] + "\r\n- Merge status: Succeeded\r\n")
    return EventDraft(event_type, pull.repository.project, resource, message, filters, detailed)


def comment_event(pull: PullRequest, thread: Thread, comment: Comment, what: str, base: str) -> EventDraft:
    """`ms.vss-code.git-pullrequest-comment-event`, version 2.0."""
    url = f"{pull_web(pull, base)}?discussionId={thread.id}"
    message = say(
        f"{comment.author.name} has {what} a pull request comment",
        f'{comment.author.name} has <a href="{url}">{what}</a> a pull request comment',
        f"{comment.author.name} has [{what}]({url}) a pull request comment",
    )
    resource = {"comment": comment_json(pull, thread, comment, base), "pullRequest": event_pull(pull, base)}
    detailed = say(f"{message['text']}\r\n{comment.content}\r\n")
    kind = "ms.vss-code.git-pullrequest-comment-event"
    filters = {"repository": pull.repository.id, "branch": short_ref(pull.target)}
    return EventDraft(kind, pull.repository.project, resource, message, filters, detailed)


def full_project(project: Project, base: str) -> Json:
    """The longer form of a project inside repository events."""
    shown = event_project(project, base)
    return shown | {
        "revision": project.revision,
        "visibility": "private",
        "lastUpdateTime": offset_stamp(project.updated),
    }


def changed_repository(repository: Repository, base: str) -> Json:
    shown = event_repository(repository, base) | {"project": full_project(repository.project, base)}
    return shown | {
        "size": 728,
        "sshUrl": f"ssh://git@ssh.example.test/v3/{repository.project.id}/{repository.id}",
        "isDisabled": repository.disabled,
    }


def initiator(user: User) -> Json:
    return {"displayName": user.name, "id": user.id, "uniqueName": user.mail}


def created_event(repository: Repository, user: User, when: datetime, base: str) -> EventDraft:
    resource = {
        "repository": changed_repository(repository, base),
        "initiatedBy": initiator(user),
        "utcTimestamp": stamp(when),
    }
    message = say(f"A new Git repository was created with name {repository.name} and ID {repository.id}.")
    return EventDraft("git.repo.created", repository.project, resource, message, {}, message)


def renamed_event(repository: Repository, old_name: str, user: User, when: datetime, base: str) -> EventDraft:
    resource = {
        "oldName": old_name,
        "newName": repository.name,
        "repository": changed_repository(repository, base),
        "initiatedBy": initiator(user),
        "utcTimestamp": stamp(when),
    }
    message = say(f"Git repository {repository.id} was renamed to {repository.name}.")
    return EventDraft("git.repo.renamed", repository.project, resource, message, {"repository": repository.id}, message)


def deleted_event(repository: Repository, user: User, when: datetime, base: str) -> EventDraft:
    """The repository is gone, so only its id and name are told."""
    resource = {
        "project": full_project(repository.project, base),
        "repositoryId": repository.id,
        "repositoryName": repository.name,
        "isHardDelete": False,
        "initiatedBy": initiator(user),
        "utcTimestamp": stamp(when),
    }
    message = say(f"Git repository {repository.id} was deleted.")
    return EventDraft("git.repo.deleted", repository.project, resource, message, {"repository": repository.id}, message)


def status_event(repository: Repository, user: User, when: datetime, base: str) -> EventDraft:
    resource = {
        "disabled": repository.disabled,
        "repository": changed_repository(repository, base),
        "initiatedBy": initiator(user),
        "utcTimestamp": stamp(when),
    }
    state = "disabled" if repository.disabled else "enabled"
    message = say(f"Git repository {repository.id} with name {repository.name} status was changed: {state}.")
    return EventDraft(
        "git.repo.statuschanged", repository.project, resource, message, {"repository": repository.id}, message
    )
