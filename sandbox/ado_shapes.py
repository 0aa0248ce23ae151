"""The JSON of the core and Git API, as Azure DevOps REST 7.1 writes it. `base` is the organization's address."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from sandbox.ado_clock import offset_stamp, second_stamp, stamp
from sandbox.ado_model import (
    Comment,
    Commit,
    FileChange,
    Json,
    Project,
    PullRequest,
    Push,
    RefUpdate,
    Repository,
    Reviewer,
    Thread,
    User,
)

COMMENT_LIMIT = 200  # lists cut a longer commit message and say so; the true limit is not published
DESCRIPTION_LIMIT = 400  # lists cut a longer pull request description


def wrap(items: list[Json]) -> Json:
    return {"count": len(items), "value": items}


def identity_json(user: User, base: str) -> Json:
    avatar = f"{base}/_apis/GraphProfile/MemberAvatars/{user.descriptor}"
    return {
        "displayName": user.name,
        "url": f"{base}/_apis/Identities/{user.id}",
        "_links": {"avatar": {"href": avatar}},
        "id": user.id,
        "uniqueName": user.mail,
        "imageUrl": avatar,
        "descriptor": user.descriptor,
    }


def project_json(project: Project, base: str) -> Json:
    return {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "url": f"{base}/_apis/projects/{project.id}",
        "state": "wellFormed",
        "revision": project.revision,
        "visibility": "private",
        "lastUpdateTime": offset_stamp(project.updated),
    }


def repository_url(repository: Repository, base: str) -> str:
    return f"{base}/{repository.project.id}/_apis/git/repositories/{repository.id}"


def remote_url(repository: Repository, base: str) -> str:
    return f"{base}/{quote(repository.project.name)}/_git/{quote(repository.name)}"


def repository_json(repository: Repository, base: str) -> Json:
    """The full form; an empty repository has no `defaultBranch`."""
    found: Json = {
        "id": repository.id,
        "name": repository.name,
        "url": repository_url(repository, base),
        "project": project_json(repository.project, base),
        "size": 700 * len(repository.commits),
        "remoteUrl": remote_url(repository, base),
        "sshUrl": f"git@ssh.example.test:v3/{quote(repository.project.name)}/{quote(repository.name)}",
        "webUrl": remote_url(repository, base),
        "isDisabled": repository.disabled,
        "isInMaintenance": False,
    }
    return found | ({"defaultBranch": repository.default_branch} if repository.default_branch else {})


def deleted_json(repository: Repository, when: datetime, base: str) -> Json:
    """A repository in the recycle bin."""
    shown = {"id": repository.id, "name": repository.name, "project": project_json(repository.project, base)}
    return shown | {"createdDate": stamp(repository.project.updated), "deletedDate": stamp(when)}


def author_json(commit: Commit) -> Json:
    return {"name": commit.author_name, "email": commit.author_mail, "date": second_stamp(commit.date)}


def commit_url(repository: Repository, commit_id: str, base: str) -> str:
    return f"{repository_url(repository, base)}/commits/{commit_id}"


def change_counts(commit: Commit) -> Json:
    counts: Json = {}
    for change in commit.files:
        counts[change.kind.title()] = counts.get(change.kind.title(), 0) + 1
    return counts


def commit_json(repository: Repository, commit: Commit, base: str) -> Json:
    """A commit in a list."""
    return commits_json(repository, [commit], base)[0]


def commits_json(repository: Repository, commits: Iterable[Commit], base: str) -> list[Json]:
    """Commits in a list. What they share is made once: a page may hold thousands."""
    home, web = f"{repository_url(repository, base)}/commits/", f"{remote_url(repository, base)}/commit/"
    return [listed_commit(commit, home + commit.id, web + commit.id) for commit in commits]


def listed_commit(commit: Commit, url: str, web: str) -> Json:
    cut, author = len(commit.message) > COMMENT_LIMIT, author_json(commit)
    shown: Json = {
        "commitId": commit.id,
        "author": author,
        "committer": author,
        "comment": commit.message[:COMMENT_LIMIT] if cut else commit.message,
        "changeCounts": change_counts(commit),
        "url": url,
        "remoteUrl": web,
    }
    return shown | ({"commentTruncated": True} if cut else {})


def change_json(repository: Repository, commit: Commit, change: FileChange, base: str) -> Json:
    item = {
        "objectId": commit.id[::-1],
        "gitObjectType": "blob",
        "commitId": commit.id,
        "path": change.path,
        "url": f"{repository_url(repository, base)}/items{quote(change.path)}?versionType=Commit&version={commit.id}",
    }
    shown: Json = {"item": item, "changeType": change.kind}
    return shown | ({"sourceServerItem": change.old_path} if change.old_path else {})


def full_commit_json(repository: Repository, commit: Commit, base: str, change_count: int) -> Json:
    """One commit: whole message, parents, push, and the first `change_count` changes."""
    shown = commit_json(repository, commit, base)
    shown.pop("commentTruncated", None)
    shown |= {"treeId": commit.id[::-1], "parents": list(commit.parents), "comment": commit.message}
    shown |= push_ref_json(repository, commit, base)
    if change_count:
        shown["changes"] = [change_json(repository, commit, c, base) for c in commit.files[:change_count]]
    return shown


def push_ref_json(repository: Repository, commit: Commit, base: str) -> Json:
    """`push` of a commit; empty for a commit that nobody pushed, as the preview of a merge."""
    push = repository.push_of.get(commit.id)
    if push is None:
        return {}
    return {"push": {"pushedBy": identity_json(push.user, base), "pushId": push.id, "date": stamp(push.date)}}


def ref_update_json(repository: Repository, update: RefUpdate) -> Json:
    return {
        "repositoryId": repository.id,
        "name": update.name,
        "oldObjectId": update.old,
        "newObjectId": update.new,
    }


def push_json(repository: Repository, push: Push, base: str) -> Json:
    """A push in a list; commits and ref updates are added where they were asked for."""
    url = f"{repository_url(repository, base)}/pushes/{push.id}"
    return {
        "pushedBy": identity_json(push.user, base),
        "pushId": push.id,
        "date": stamp(push.date),
        "url": url,
        "_links": {
            "self": {"href": url},
            "repository": {"href": repository_url(repository, base)},
            "commits": {"href": f"{url}/commits"},
        },
    }


def ref_json(repository: Repository, name: str, base: str) -> Json:
    shown: Json = {
        "name": name,
        "objectId": repository.refs[name],
        "url": f"{repository_url(repository, base)}/refs?filter={quote(name.removeprefix('refs/'), safe='')}",
    }
    creator, locker = repository.creators.get(name), repository.locks.get(name)
    locked = {"isLocked": True, "isLockedBy": identity_json(locker, base)} if locker else {}
    return shown | ({"creator": identity_json(creator, base)} if creator else {}) | locked


def commit_ref(repository: Repository, commit_id: str, base: str) -> Json:
    return {"commitId": commit_id, "url": commit_url(repository, commit_id, base)}


def pull_url(pull: PullRequest, base: str) -> str:
    return f"{repository_url(pull.repository, base)}/pullRequests/{pull.id}"


def reviewer_json(pull: PullRequest, reviewer: Reviewer, base: str) -> Json:
    shown = identity_json(reviewer.user, base)
    return {
        "reviewerUrl": f"{pull_url(pull, base)}/reviewers/{reviewer.user.id}",
        "vote": reviewer.vote,
        "hasDeclined": False,
        "isRequired": reviewer.required,
        "isFlagged": False,
    } | shown


def pull_json(pull: PullRequest, base: str) -> Json:
    """A pull request as the API gives it."""
    repository = pull.repository
    shown: Json = {
        "repository": repository_json(repository, base),
        "pullRequestId": pull.id,
        "codeReviewId": pull.id,
        "status": pull.status,
        "createdBy": identity_json(pull.author, base),
        "creationDate": stamp(pull.created),
        "title": pull.title,
        "description": pull.description,
        "sourceRefName": pull.source,
        "targetRefName": pull.target,
        "mergeStatus": "succeeded",
        "isDraft": pull.draft,
        "mergeId": pull.merge_id,
        "lastMergeSourceCommit": commit_ref(repository, pull.source_commit, base),
        "lastMergeTargetCommit": commit_ref(repository, pull.target_commit, base),
        "lastMergeCommit": commit_ref(repository, pull.merge_commit, base),
        "reviewers": [reviewer_json(pull, reviewer, base) for reviewer in pull.reviewers],
        "labels": [label_json(pull, label, base) for label in pull.labels],
        "url": pull_url(pull, base),
        "supportsIterations": True,
        "artifactId": f"vstfs:///Git/PullRequestId/{repository.project.id}%2f{repository.id}%2f{pull.id}",
    }
    if pull.closed:
        shown["closedDate"] = stamp(pull.closed)
    if pull.closed_by:
        shown["closedBy"] = identity_json(pull.closed_by, base)
    if pull.merge_strategy:
        shown["completionOptions"] = {"mergeStrategy": pull.merge_strategy, "deleteSourceBranch": False}
    return shown


def label_json(pull: PullRequest, label: str, base: str) -> Json:
    return {"id": label, "name": pull.labels[label], "active": True, "url": f"{pull_url(pull, base)}/labels/{label}"}


def comment_json(pull: PullRequest, thread: Thread, comment: Comment, base: str) -> Json:
    url = f"{pull_url(pull, base)}/threads/{thread.id}/comments/{comment.id}"
    shown: Json = {
        "id": comment.id,
        "parentCommentId": comment.parent,
        "author": identity_json(comment.author, base),
        "publishedDate": stamp(comment.published),
        "lastUpdatedDate": stamp(comment.updated),
        "lastContentUpdatedDate": stamp(comment.updated),
        "commentType": comment.kind,
        "_links": {
            "self": {"href": url},
            "repository": {"href": repository_url(pull.repository, base)},
            "threads": {"href": f"{pull_url(pull, base)}/threads/{thread.id}"},
        },
    }
    return shown | ({"isDeleted": True} if comment.deleted else {"content": comment.content})


def thread_json(pull: PullRequest, thread: Thread, base: str) -> Json:
    return {
        "id": thread.id,
        "publishedDate": stamp(thread.published),
        "lastUpdatedDate": stamp(max(comment.updated for comment in thread.comments)),
        "comments": [comment_json(pull, thread, comment, base) for comment in thread.comments],
        "status": thread.status,
        "properties": {},
        "isDeleted": all(comment.deleted for comment in thread.comments),
        "_links": {"self": {"href": f"{pull_url(pull, base)}/threads/{thread.id}"}},
    }
