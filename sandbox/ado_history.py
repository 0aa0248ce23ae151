"""Walks through the commits of a repository. Newest first, as Azure DevOps lists them."""

import heapq
from collections.abc import Iterator, Mapping

from sandbox.ado_errors import no_version
from sandbox.ado_model import Commit, FileChange, Repository

NEW, OLD, STALE = 1, 2, 4
WALKS_KEPT = 8  # in each repository; a client pages through one walk at a time


def walk_history(commits: Mapping[str, Commit], heads: list[str]) -> Iterator[Commit]:
    """Every commit that can be reached from `heads`, once, by date."""
    seen = set(heads)
    heap = [(-commits[head].date.timestamp(), head) for head in seen if head in commits]
    heapq.heapify(heap)
    while heap:
        commit = commits[heapq.heappop(heap)[1]]
        yield commit
        for parent in commit.parents:
            if parent not in seen and parent in commits:
                seen.add(parent)
                heapq.heappush(heap, (-commits[parent].date.timestamp(), parent))


def commits_between(repository: Repository, new: str, old: str | None) -> list[Commit]:
    """What `new` has and `old` has not, newest first; everything of `new` without an `old`.

    Both sides are walked down by generation, so a commit's marks are complete when its turn comes.
    """
    marks = {new: NEW}
    if old is not None and old in repository.commits:
        marks[old] = marks.get(old, 0) | OLD
    heap = [(-repository.commits[name].generation, name) for name in marks]
    heapq.heapify(heap)
    open_ends = sum(mark == NEW for mark in marks.values())
    found = []
    while heap and open_ends:
        commit = repository.commits[heapq.heappop(heap)[1]]
        if marks[commit.id] == NEW:
            found.append(commit)
            open_ends -= 1
        for parent in commit.parents:
            before = marks.get(parent, 0)
            marks[parent] = before | marks[commit.id]
            open_ends += (marks[parent] == NEW) - (before == NEW)
            if not before:
                heapq.heappush(heap, (-repository.commits[parent].generation, parent))
    return sorted(found, key=lambda commit: (commit.date, commit.generation), reverse=True)


def listed_commits(repository: Repository, new: str, old: str | None) -> list[Commit]:
    """As `commits_between`; remembered, because every page of a long list asks again. What a commit has never changes.

    The list is shared: do not change it.
    """
    walks, place = repository.walks, (new, old)
    if place not in walks:
        walks[place] = commits_between(repository, new, old)
        if len(walks) > WALKS_KEPT:
            walks.popitem(last=False)
    walks.move_to_end(place)
    return walks[place]


def merge_bases(repository: Repository, one: str, other: str) -> list[str]:
    """The best common ancestors of two commits: those that no other common ancestor descends from."""
    marks = {one: NEW}
    marks[other] = marks.get(other, 0) | OLD
    heap = [(-repository.commits[name].generation, name) for name in marks]
    heapq.heapify(heap)
    found = []
    while any(not marks[name] & STALE for _, name in heap):
        name = heapq.heappop(heap)[1]
        mark = marks[name]
        if mark & (NEW | OLD) == NEW | OLD:
            if not mark & STALE:
                found.append(name)
            mark |= STALE
        for parent in repository.commits[name].parents:
            if parent not in marks:
                heapq.heappush(heap, (-repository.commits[parent].generation, parent))
            marks[parent] = marks.get(parent, 0) | mark
    return found


def find_file(repository: Repository, head: str, path: str) -> tuple[Commit, FileChange] | None:
    """The newest commit of `head`'s history that changed a file, and the change; None when there is no such file."""
    for commit in listed_commits(repository, head, None):
        for change in commit.files:
            if change.path == path:
                return None if change.kind == "delete" else (commit, change)
            if change.old_path == path:
                return None
    return None


def resolve_version(repository: Repository, version: str, kind: str = "branch") -> str:
    """The commit id of a branch, tag or commit name. Raises AdoError (TF401175)."""
    if kind == "commit":
        found = version.lower() if version.lower() in repository.commits else None
    else:
        prefix = "refs/tags/" if kind == "tag" else "refs/heads/"
        found = repository.refs.get(version if version.startswith("refs/") else prefix + version)
    if found is None:
        raise no_version(kind.title(), version, repository.name)
    return found
