"""The Git API: repositories, refs and pushes.

https://learn.microsoft.com/rest/api/azure/devops/git
"""

import re

from sandbox.ado_access import is_hidden, repository_refusal
from sandbox.ado_errors import no_repository, not_found
from sandbox.ado_model import ZERO_ID, Json, RefUpdate, Repository
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import commit_json, deleted_json, push_json, ref_json, ref_update_json, repository_json

REPOSITORY = "git/repositories/{repositoryId}"
BAD_REF = re.compile(r"[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{|//|/\.|^\.|\.lock(/|$)|/$|\.$")
git_routes = Routes()


def repository_of(call: Call, name: str) -> Repository:
    """Content of a disabled repository is not there, nor that of one the person may not read. Raises AdoError."""
    found = call.organization.find_repository(name, call.project.id if call.project else None)
    if refused := repository_refusal(call.organization, call.token.user, found, name):
        raise refused
    if found.disabled:
        raise no_repository(name)
    return found


@git_routes.get("git/repositories", "git", project="optional")
def list_repositories(call: Call) -> Page:
    """All in one answer: this list has no pages. Disabled repositories are in it, those hidden from the person not."""
    organization, user = call.organization, call.token.user
    found = [
        repository
        for repository in organization.repositories.values()
        if (call.project is None or repository.project is call.project)
        and not is_hidden(organization, user, repository)
    ]
    return Page([repository_json(repository, call.base) for repository in found])


@git_routes.get("git/recycleBin/repositories", "git")
def list_recycled(call: Call) -> Page:
    """The repositories of a project that were deleted lately."""
    recycled = call.organization.recycled.values()
    return Page([deleted_json(found, when, call.base) for found, when in recycled if found.project is call.home])


@git_routes.get(REPOSITORY, "git", project="optional")
def show_repository(call: Call, repository_id: str) -> Json:
    """A disabled one too."""
    found = call.organization.find_repository(repository_id, call.project.id if call.project else None)
    if refused := repository_refusal(call.organization, call.token.user, found, repository_id):
        raise refused
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
        for push in sorted(repository.pushes, key=lambda push: (push.date, push.id), reverse=True)
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
