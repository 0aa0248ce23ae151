"""The Git API: repositories and pushes.

https://learn.microsoft.com/rest/api/azure/devops/git
"""

from sandbox.ado_access import is_hidden, repository_refusal
from sandbox.ado_errors import no_repository, not_found
from sandbox.ado_model import Json, Repository
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import commit_json, deleted_json, push_json, ref_update_json, repository_json

REPOSITORY = "git/repositories/{repositoryId}"
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
