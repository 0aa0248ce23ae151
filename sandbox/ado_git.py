"""The Git API: repositories, refs, pushes and commits.

https://learn.microsoft.com/rest/api/azure/devops/git
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.ado_clock import parse_time
from sandbox.ado_errors import bad_request, no_repository, no_version, not_found
from sandbox.ado_history import commits_between, resolve_version
from sandbox.ado_model import ZERO_ID, Commit, Json, RefUpdate, Repository
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import (
    change_counts,
    change_json,
    commit_json,
    full_commit_json,
    push_json,
    ref_json,
    ref_update_json,
    repository_json,
)

REPOSITORY = "git/repositories/{repositoryId}"
BAD_REF = re.compile(r"[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{|//|/\.|^\.|\.lock(/|$)|/$|\.$")
COMMIT_FILTERS = (
    "itemVersion.version", "itemVersion.versionType", "compareVersion.version", "compareVersion.versionType",
    "fromDate", "toDate", "author", "ids",
)  # fmt: skip
git_routes = Routes()


def repository_of(call: Call, name: str) -> Repository:
    """Content of a disabled repository is not there. Raises AdoError."""
    found = call.organization.find_repository(name, call.project.id if call.project else None)
    if found.disabled:
        raise no_repository(name)
    return found


@git_routes.get("git/repositories", "git", project="optional")
def list_repositories(call: Call) -> Page:
    """All in one answer: this list has no pages. Disabled repositories are in it."""
    every = call.organization.repositories.values()
    found = [repository for repository in every if call.project is None or repository.project is call.project]
    return Page([repository_json(repository, call.base) for repository in found])


@git_routes.get(REPOSITORY, "git", project="optional")
def show_repository(call: Call, repository_id: str) -> Json:
    found = call.organization.find_repository(repository_id, call.project.id if call.project else None)
    return repository_json(found, call.base)


@git_routes.get(f"{REPOSITORY}/refs", "git", project="optional")
def list_refs(call: Call, repository_id: str) -> Page:
    """`filter` is a prefix of the name after `refs/`."""
    repository = repository_of(call, repository_id)
    start, part = "refs/" + (call.text("filter") or ""), (call.text("filterContains") or "").lower()
    names = sorted(name for name in repository.refs if name.startswith(start) and part in name.lower())
    return call.page(names, lambda name: ref_json(repository, name, call.base), default=1000)


@git_routes.add("POST", f"{REPOSITORY}/refs", "git-write", project="optional")
def update_refs(call: Call, repository_id: str) -> Page:
    """Create, move or delete refs. A refusal is told in a 200 answer."""
    repository = repository_of(call, repository_id)
    results = []
    for wanted in call.body():
        update = RefUpdate(wanted["name"], wanted["oldObjectId"], wanted["newObjectId"])
        status = judge_update(repository, update)
        if status == "succeeded":
            call.organization.apply_push(repository, (update,), [], call.token.user)
        shown = ref_update_json(repository, update) | {"isLocked": False, "updateStatus": status}
        results.append(shown | {"success": status == "succeeded"})
    return Page(results)


def judge_update(repository: Repository, update: RefUpdate) -> str:
    """`updateStatus` of a ref update."""
    name = update.name.removeprefix("refs/heads/")
    if not update.name.startswith(("refs/heads/", "refs/tags/")) or BAD_REF.search(name) or not name:
        return "invalidRefName"
    current = repository.refs.get(update.name, ZERO_ID)
    if current != update.old:
        return "staleOldObjectId"
    if update.new != ZERO_ID and update.new not in repository.commits:
        return "unresolvableToCommit"
    clash = any(
        other != update.name
        and (other.casefold() == update.name.casefold() or nested(other, update.name) or nested(update.name, other))
        for other in repository.refs
    )
    return "refNameConflict" if clash and current == ZERO_ID else "succeeded"


def nested(outer: str, inner: str) -> bool:
    return inner.startswith(outer + "/")


@git_routes.get(f"{REPOSITORY}/pushes", "git", project="optional")
def list_pushes(call: Call, repository_id: str) -> Page:
    """Newest first."""
    repository = repository_of(call, repository_id)
    start, end = call.time("searchCriteria.fromDate"), call.time("searchCriteria.toDate")
    ref, pusher = call.text("searchCriteria.refName"), call.text("searchCriteria.pusherId")
    found = [
        push
        for push in reversed(repository.pushes)
        if (start is None or push.date >= start)
        and (end is None or push.date <= end)
        and (ref is None or ref in {update.name for update in push.updates})
        and pusher in {None, push.user.id}
    ]
    updates = call.flag("searchCriteria.includeRefUpdates")
    return Page([
        push_json(repository, push, call.base)
        | ({"refUpdates": [ref_update_json(repository, u) for u in push.updates]} if updates else {})
        for push in call.slice(found, "$skip", "$top", 100)
    ])  # fmt: skip


@git_routes.get(f"{REPOSITORY}/pushes/{{pushId}}", "git", project="optional")
def show_push(call: Call, repository_id: str, push_id: int) -> Json:
    """The commits only come with `includeCommits`, the refs with `includeRefUpdates`."""
    repository = repository_of(call, repository_id)
    push = next((push for push in repository.pushes if push.id == push_id), None)
    if push is None:
        raise not_found("GitPushNotFoundException", f"TF401173: The push {push_id} could not be found.")
    names = push.commits[: call.number("includeCommits", 0)]
    shown = push_json(repository, push, call.base)
    shown["commits"] = [commit_json(repository, repository.commits[name], call.base) for name in names]
    if call.flag("includeRefUpdates"):
        shown["refUpdates"] = [ref_update_json(repository, update) for update in push.updates]
    return shown | {"repository": repository_json(repository, call.base)}


@git_routes.get(f"{REPOSITORY}/commits", "git", project="optional")
def list_commits(call: Call, repository_id: str) -> Page:
    """Of a push, or by search criteria."""
    repository = repository_of(call, repository_id)
    if call.text("pushId"):
        push = next((push for push in repository.pushes if push.id == call.number("pushId", 0)), None)
        commits = [repository.commits[name] for name in push.commits] if push else []
        return show_commits(call, repository, call.slice(commits, "skip", "top", 100))
    given = {name: call.text(f"searchCriteria.{name}") for name in COMMIT_FILTERS}
    criteria = given | {
        "itemVersion": version_of(given, "itemVersion"),
        "compareVersion": version_of(given, "compareVersion"),
        "ids": [name for name in (given["ids"] or "").split(",") if name],
    }
    found = list(search_commits(repository, criteria))
    if call.flag("searchCriteria.showOldestCommitsFirst"):
        found.reverse()
    return show_commits(call, repository, call.slice(found, "searchCriteria.$skip", "searchCriteria.$top", 100))


@git_routes.add("POST", f"{REPOSITORY}/commitsbatch", "git", project="optional")
def list_commit_batch(call: Call, repository_id: str) -> Page:
    """By ids, or what `itemVersion` has and `compareVersion` has not."""
    repository = repository_of(call, repository_id)
    found = list(search_commits(repository, call.body()))
    return show_commits(call, repository, call.slice(found, "$skip", "$top", 100))


def version_of(given: Mapping[str, str | None], name: str) -> Json | None:
    version = given[f"{name}.version"]
    return {"version": version, "versionType": given[f"{name}.versionType"] or "branch"} if version else None


def search_commits(repository: Repository, criteria: Mapping[str, Any]) -> Iterable[Commit]:
    """Newest first. Raises AdoError for a version that cannot be found."""
    if ids := criteria.get("ids"):
        missing = [name for name in ids if name not in repository.commits]
        if missing:
            raise no_version("Commit", missing[0], repository.name)
        return [repository.commits[name] for name in ids]
    if not repository.refs:
        return []
    item = resolve(repository, criteria.get("itemVersion")) or resolve_version(
        repository, repository.default_branch or ""
    )
    compare = resolve(repository, criteria.get("compareVersion"))
    start, end = bound(criteria.get("fromDate")), bound(criteria.get("toDate"))
    author = (criteria.get("author") or "").casefold()
    return [
        commit
        for commit in commits_between(repository, item, compare)
        if (start is None or commit.date >= start)
        and (end is None or commit.date <= end)
        and author in f"{commit.author_name} {commit.author_mail}".casefold()
    ]


def resolve(repository: Repository, version: Mapping[str, Any] | None) -> str | None:
    if not version or not version.get("version"):
        return None
    return resolve_version(repository, version["version"], version.get("versionType") or "branch")


def bound(text: str | None) -> Any:
    try:
        return parse_time(text) if text else None
    except ValueError:
        raise bad_request(f"The value '{text}' is not a date.") from None


def show_commits(call: Call, repository: Repository, commits: Iterable[Commit]) -> Page:
    return Page([commit_json(repository, commit, call.base) for commit in commits])


@git_routes.get(f"{REPOSITORY}/commits/{{commitId}}", "git", project="optional")
def show_commit(call: Call, repository_id: str, commit_id: str) -> Json:
    repository = repository_of(call, repository_id)
    commit = repository.commits[resolve_version(repository, commit_id, "commit")]
    return full_commit_json(repository, commit, call.base, call.number("changeCount", 0))


@git_routes.get(f"{REPOSITORY}/commits/{{commitId}}/changes", "git", project="optional")
def list_changes(call: Call, repository_id: str, commit_id: str) -> Json:
    """The changed files; the counts are of all of them."""
    repository = repository_of(call, repository_id)
    commit = repository.commits[resolve_version(repository, commit_id, "commit")]
    files = call.slice(list(commit.files), "skip", "top", 100)
    changes = [change_json(repository, commit, change, call.base) for change in files]
    return {"changeCounts": change_counts(commit), "changes": changes}
