"""The Git API: how far branches are apart, what differs between two versions, and where two commits meet."""

from collections.abc import Mapping

from sandbox.ado_errors import no_branches, no_version
from sandbox.ado_git import REPOSITORY, repository_of
from sandbox.ado_history import listed_commits, merge_bases, resolve_version
from sandbox.ado_model import Commit, FileChange, Json, Repository
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import change_json, commit_json

HEADS = "refs/heads/"
BASES = "git/repositories/{repositoryNameOrId}/commits/{commitId}/mergebases"
compare_routes = Routes()


def version_in(call: Call, repository: Repository, version: str, kind: str) -> str:
    """The commit that two parameters of the query name; without them that of the default branch. Raises AdoError."""
    name = call.text(version) or repository.default_branch
    if not repository.refs or name is None:
        raise no_branches(repository.name)
    return resolve_version(repository, name, call.text(kind) or "branch")


@compare_routes.get(f"{REPOSITORY}/stats/branches", "git", project="optional")
def list_branch_stats(call: Call, repository_id: str) -> Page | Json:
    """Every branch against the base (the default branch); with `name` that one only.

    https://learn.microsoft.com/rest/api/azure/devops/git/stats
    """
    repository = repository_of(call, repository_id)
    base = version_in(call, repository, "baseVersionDescriptor.version", "baseVersionDescriptor.versionType")
    if name := call.text("name"):
        ref = HEADS + name.removeprefix(HEADS)
        if ref not in repository.refs:
            raise no_version("Branch", name, repository.name)
        return stats_json(call, repository, ref, base)
    names = sorted(ref for ref in repository.refs if ref.startswith(HEADS))
    return Page([stats_json(call, repository, ref, base) for ref in names])


def stats_json(call: Call, repository: Repository, ref: str, base: str) -> Json:
    head = repository.refs[ref]
    ahead, behind = distance(repository, head, base)
    return {
        "commit": tip_json(call, repository, repository.commits[head]),
        "name": ref.removeprefix(HEADS),
        "aheadCount": ahead,
        "behindCount": behind,
        "isBaseVersion": head == base,
    }


def tip_json(call: Call, repository: Repository, commit: Commit) -> Json:
    """The commit at the end of a branch: no counts, no page of its own, but its parents."""
    shown = commit_json(repository, commit, call.base)
    kept = {name: value for name, value in shown.items() if name not in {"changeCounts", "remoteUrl"}}
    return {"parents": list(commit.parents), "treeId": commit.id[::-1]} | kept


def distance(repository: Repository, head: str, base: str) -> tuple[int, int]:
    """How many commits `head` has that `base` has not, and the other way round."""
    return len(listed_commits(repository, head, base)), len(listed_commits(repository, base, head))


@compare_routes.get(f"{REPOSITORY}/diffs/commits", "git", project="optional")
def show_difference(call: Call, repository_id: str) -> Json:
    """What the target has that the base has not; `$top` and `$skip` page through the files.

    https://learn.microsoft.com/rest/api/azure/devops/git/diffs/get
    """
    repository = repository_of(call, repository_id)
    base = version_in(call, repository, "baseVersion", "baseVersionType")
    target = version_in(call, repository, "targetVersion", "targetVersionType")
    ahead, behind = distance(repository, target, base)
    files = changed_files(repository, target, base)
    if not call.flag("diffCommonCommit"):
        files = dict(undone_files(repository, target, base)) | files
    changes = list(files.values())
    page = call.slice(changes, "$skip", "$top", 100)
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.kind.title()] = counts.get(change.kind.title(), 0) + 1
    shown = {
        "allChangesIncluded": len(page) == len(changes),
        "changeCounts": counts,
        "changes": [change_json(repository, repository.commits[target], change, call.base) for change in page],
        "baseCommit": base,
        "targetCommit": target,
        "aheadCount": ahead,
        "behindCount": behind,
    }
    common = merge_bases(repository, base, target)
    return shown | ({"commonCommit": common[0]} if common else {})


def changed_files(repository: Repository, new: str, old: str) -> dict[str, FileChange]:
    """By path the newest change of each file in what `new` has and `old` has not."""
    found: dict[str, FileChange] = {}
    for commit in listed_commits(repository, new, old):
        for change in commit.files:
            found.setdefault(change.path, change)
    return found


def undone_files(repository: Repository, target: str, base: str) -> Mapping[str, FileChange]:
    """What only the base has changed looks undone from the target."""
    undone = {"add": "delete", "delete": "add"}
    return {
        path: FileChange(path, "delete" if undone.get(change.kind) == "delete" else "add")
        if change.kind in undone
        else FileChange(path)
        for path, change in changed_files(repository, base, target).items()
    }


@compare_routes.get(BASES, "git", project="optional")
def list_merge_bases(call: Call, repository_name_or_id: str, commit_id: str) -> Page:
    """The best common ancestors of two commits of one repository.

    https://learn.microsoft.com/rest/api/azure/devops/git/merge-bases/list
    """
    repository = repository_of(call, repository_name_or_id)
    other = resolve_version(repository, call.text("otherCommitId") or "", "commit")
    found = merge_bases(repository, resolve_version(repository, commit_id, "commit"), other)
    return Page([tip_json(call, repository, repository.commits[name]) for name in found])
