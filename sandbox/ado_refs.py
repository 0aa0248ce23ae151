"""The Git API: branches and tags, read, made, moved and deleted.

https://learn.microsoft.com/rest/api/azure/devops/git/refs/update-refs
"""

import re
from dataclasses import dataclass

from sandbox.ado_errors import bad_request
from sandbox.ado_git import REPOSITORY, repository_of
from sandbox.ado_history import commits_between
from sandbox.ado_model import REF_SUCCESSES, ZERO_ID, Json, RefUpdate, Repository, User
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import ref_json, ref_update_json
from sandbox.ado_state import OrganizationState

BAD_REF = re.compile(r"[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{|//|/\.|^[./]|\.lock(/|$)|/$|\.$|^@$")
HEADS, TAGS, NOTES = "refs/heads/", "refs/tags/", "refs/notes/"
CREATING = {  # the right that a new ref needs, and what its absence is called
    HEADS: ("CreateBranch", "createBranchPermissionRequired"),
    TAGS: ("CreateTag", "createTagPermissionRequired"),
    NOTES: ("ManageNote", "manageNotePermissionRequired"),
}
ref_routes = Routes()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one update; message and source explain a refusal."""

    status: str
    message: str | None = None
    rejected_by: str | None = None


@ref_routes.get(f"{REPOSITORY}/refs", "git", project="optional")
def list_refs(call: Call, repository_id: str) -> Page:
    """`filter` is a prefix of the name after `refs/`."""
    repository = repository_of(call, repository_id)
    start, part = "refs/" + (call.text("filter") or ""), (call.text("filterContains") or "").lower()
    names = sorted(name for name in repository.refs if name.startswith(start) and part in name.lower())
    return call.page(names, lambda name: ref_json(repository, name, call.base), default=1000)


@ref_routes.add("POST", f"{REPOSITORY}/refs", "git-write", project="optional")
def update_refs(call: Call, repository_id: str) -> Page:
    """Create, move or delete refs as the caller. A refusal is told in a 200 answer."""
    repository, user = repository_of(call, repository_id), call.token.user
    results = []
    for wanted in call.body():
        update = read_update(wanted)
        verdict = judge_update(call.organization, repository, update, user)
        if verdict.status == "succeeded":
            call.organization.apply_push(repository, (update,), [], user)
        results.append(result_json(repository, update, verdict))
    return Page(results)


def read_update(wanted: Json) -> RefUpdate:
    """Raises AdoError (400) for an update without name and object ids."""
    try:
        return RefUpdate(wanted["name"], wanted["oldObjectId"], wanted["newObjectId"])
    except (KeyError, TypeError):
        raise bad_request("TF401035: A ref update needs a name, an oldObjectId and a newObjectId.") from None


def result_json(repository: Repository, update: RefUpdate, verdict: Verdict) -> Json:
    shown = ref_update_json(repository, update) | {
        "isLocked": update.name in repository.locks,
        "updateStatus": verdict.status,
        "success": verdict.status in REF_SUCCESSES,
    }
    told = {"customMessage": verdict.message, "rejectedBy": verdict.rejected_by}
    return shown | {name: text for name, text in told.items() if text}


def judge_update(
    organization: OrganizationState, repository: Repository, update: RefUpdate, user: User
) -> Verdict:  # fmt: skip
    """By the one refusal that was asked for, else by the name, the person's rights and what is in the repository."""
    if organization.ref_refusals:
        return Verdict(*organization.ref_refusals.pop(0))
    status = (
        judge_name(update)
        or judge_rights(organization, repository, update, user)
        or judge_objects(repository, update)
        or ("locked" if repository.locks.get(update.name, user) != user else "")
        or judge_force(organization, repository, update, user)
    )
    return Verdict(status) if status else judge_policies(repository, update)


def judge_name(update: RefUpdate) -> str:
    kind = next((start for start in CREATING if update.name.startswith(start)), None)
    name = update.name.removeprefix(kind or "")
    return "invalidRefName" if kind is None or not name or BAD_REF.search(name) else ""


def judge_rights(organization: OrganizationState, repository: Repository, update: RefUpdate, user: User) -> str:
    denied = organization.denied_git.get((user.id, repository.id), set())
    if "GenericContribute" in denied:
        return "writePermissionRequired"
    creates = update.old == ZERO_ID and update.new != ZERO_ID
    right, status = next(found for start, found in CREATING.items() if update.name.startswith(start))
    return status if creates and right in denied else ""


def judge_objects(repository: Repository, update: RefUpdate) -> str:
    current = repository.refs.get(update.name, ZERO_ID)
    if current != update.old:
        return "staleOldObjectId"
    if update.new == ZERO_ID:
        return "" if current != ZERO_ID else "succeededNonExistentRef"
    if update.new not in repository.commits:
        return "unresolvableToCommit"
    return "refNameConflict" if current == ZERO_ID and clashes(repository, update.name.casefold()) else ""


def clashes(repository: Repository, wanted: str) -> bool:
    """Whether a ref differs in case only, or one of the two is a folder of the other."""
    return any(
        known == wanted or known.startswith(wanted + "/") or wanted.startswith(known + "/")
        for known in map(str.casefold, repository.refs)
    )


def judge_force(organization: OrganizationState, repository: Repository, update: RefUpdate, user: User) -> str:
    """To lose commits a person needs a right, but on a branch of their own making."""
    mine = repository.creators.get(update.name) == user
    denied = "ForcePush" in organization.denied_git.get((user.id, repository.id), set())
    if mine or not denied or update.old == ZERO_ID:
        return ""
    loses = update.new == ZERO_ID or bool(commits_between(repository, update.old, update.new))
    return "forcePushRequired" if loses else ""


def judge_policies(repository: Repository, update: RefUpdate) -> Verdict:
    for policy in repository.policies:
        if policy.covers(update.name):
            return Verdict("rejectedByPolicy", policy.message, policy.name)
    return Verdict("succeeded")
