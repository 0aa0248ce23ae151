"""The Git API: lists of commits, single commits and their changes.

https://learn.microsoft.com/rest/api/azure/devops/git/commits
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.ado_clock import parse_time
from sandbox.ado_errors import AdoError, bad_request, no_version
from sandbox.ado_git import REPOSITORY, repository_of
from sandbox.ado_history import listed_commits, resolve_version
from sandbox.ado_model import Commit, Json, Repository
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import change_counts, change_json, commits_json, full_commit_json, push_ref_json

COMMIT_FILTERS = (
    "itemVersion.version", "itemVersion.versionType", "compareVersion.version", "compareVersion.versionType",
    "fromDate", "toDate", "author", "user", "ids", "itemPath", "includePushData",
)  # fmt: skip
# everything a batch may ask for; what changes nothing here is among it
BATCH_CRITERIA = frozenset({
    "itemVersion", "compareVersion", "fromDate", "toDate", "author", "user", "ids", "itemPath", "includePushData",
    "showOldestCommitsFirst", "includeLinks", "includeUserImageUrl", "includeWorkItems", "$skip", "$top",
})  # fmt: skip
MOST, FARTHEST = 50_000, 3_000_000  # $top and $skip
commit_routes = Routes()


@commit_routes.get(f"{REPOSITORY}/commits", "git", project="optional")
def list_commits(call: Call, repository_id: str) -> Page:
    """Of a push, or by search criteria."""
    repository = repository_of(call, repository_id)
    if call.text("pushId"):
        push = next((push for push in repository.pushes if push.id == call.number("pushId", 0)), None)
        commits = [repository.commits[name] for name in push.commits] if push else []
        return Page(commits_json(repository, call.slice(commits, "skip", "top", 100), call.base))
    given = {name: call.text(f"searchCriteria.{name}") for name in COMMIT_FILTERS}
    criteria = given | {
        "itemVersion": version_of(given, "itemVersion"),
        "compareVersion": version_of(given, "compareVersion"),
        "ids": [name for name in (given["ids"] or "").split(",") if name],
        "includePushData": (given["includePushData"] or "").lower() == "true",
        "showOldestCommitsFirst": call.flag("searchCriteria.showOldestCommitsFirst"),
    }
    skip, top = call.number("searchCriteria.$skip", 0), call.number("searchCriteria.$top", 100)
    return show_commits(call, repository, criteria, skip=skip, top=top)


@commit_routes.add("POST", f"{REPOSITORY}/commitsbatch", "git", project="optional")
def list_commit_batch(call: Call, repository_id: str) -> Page:
    """By ids, or what `itemVersion` has and `compareVersion` has not."""
    repository, criteria = repository_of(call, repository_id), call.body()
    left = set(criteria) - BATCH_CRITERIA
    if left:
        raise AdoError(501, "NotImplementedException", f"The stand-in does not know {', '.join(sorted(left))} here.")
    skip = call.number("$skip", criteria.get("$skip") or 0)
    top = call.number("$top", criteria.get("$top") or 100)
    return show_commits(call, repository, criteria, skip=skip, top=top)


def show_commits(call: Call, repository: Repository, criteria: Mapping[str, Any], *, skip: int, top: int) -> Page:
    """One page of what the criteria find. Raises AdoError."""
    if not (0 <= top <= MOST and 0 <= skip <= FARTHEST):
        raise bad_request(f"$top is from 0 to {MOST} and $skip from 0 to {FARTHEST}.")
    found = search_commits(repository, criteria)
    if criteria.get("showOldestCommitsFirst"):
        found = found[::-1]
    page = found[skip : skip + top]
    shown = commits_json(repository, page, call.base)
    if criteria.get("includePushData"):
        shown = [
            entry | push_ref_json(repository, commit, call.base) for commit, entry in zip(page, shown, strict=True)
        ]
    return Page(shown)


def version_of(given: Mapping[str, str | None], name: str) -> Json | None:
    version = given[f"{name}.version"]
    return {"version": version, "versionType": given[f"{name}.versionType"] or "branch"} if version else None


def search_commits(repository: Repository, criteria: Mapping[str, Any]) -> Sequence[Commit]:
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
    found = in_range(
        listed_commits(repository, item, compare), bound(criteria.get("fromDate")), bound(criteria.get("toDate"))
    )
    if not any(criteria.get(name) for name in ("author", "user", "itemPath")):
        return found
    return [commit for commit in found if fits_commit(commit, criteria)]


def in_range(commits: Sequence[Commit], start: datetime | None, end: datetime | None) -> Sequence[Commit]:
    """Of commits by falling date those from `start` to `end`."""
    first = bisect_left(commits, -end.timestamp(), key=backwards) if end else 0
    last = bisect_right(commits, -start.timestamp(), key=backwards) if start else len(commits)
    return commits[first:last] if start or end else commits


def backwards(commit: Commit) -> float:
    return -commit.date.timestamp()


def fits_commit(commit: Commit, criteria: Mapping[str, Any]) -> bool:
    """Author and committer are one person here. `itemPath` is a file or a folder."""
    people = f"{commit.author_name} {commit.author_mail}".casefold()
    path = "/" + (criteria.get("itemPath") or "").strip("/")
    return all((criteria.get(name) or "").casefold() in people for name in ("author", "user")) and (
        path == "/" or any(file.path == path or file.path.startswith(path + "/") for file in commit.files)
    )


def resolve(repository: Repository, version: Mapping[str, Any] | None) -> str | None:
    if not version or not version.get("version"):
        return None
    return resolve_version(repository, version["version"], version.get("versionType") or "branch")


def bound(text: str | None) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except ValueError:
        raise bad_request(f"The value '{text}' is not a date.") from None


@commit_routes.get(f"{REPOSITORY}/commits/{{commitId}}", "git", project="optional")
def show_commit(call: Call, repository_id: str, commit_id: str) -> Json:
    repository = repository_of(call, repository_id)
    commit = repository.commits[resolve_version(repository, commit_id, "commit")]
    return full_commit_json(repository, commit, call.base, call.number("changeCount", 0))


@commit_routes.get(f"{REPOSITORY}/commits/{{commitId}}/changes", "git", project="optional")
def list_changes(call: Call, repository_id: str, commit_id: str) -> Json:
    """The changed files; the counts are of all of them."""
    repository = repository_of(call, repository_id)
    commit = repository.commits[resolve_version(repository, commit_id, "commit")]
    files = call.slice(list(commit.files), "skip", "top", 100)
    changes = [change_json(repository, commit, change, call.base) for change in files]
    return {"changeCounts": change_counts(commit), "changes": changes}
