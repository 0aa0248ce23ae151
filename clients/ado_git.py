"""What we ask Azure Repos: commits and pull requests. Reads only.

Every path is below the organization, because repositories are named by their GUID. The answers have the shapes of the
events, so `domain.git_events` reads both. Reference: https://learn.microsoft.com/rest/api/azure/devops/git/
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from clients.ado import AdoClient, read_answer
from clients.discussions import Discussion, discussion_from
from domain.git_events import branch_name, parse_commit, parse_identity, parse_pull_request
from domain.jira_limits import COMMIT_FILES
from domain.json_fields import flag, number, optional_record, optional_text, record, records, text
from domain.records import ChangedFile, Commit, Json, Person, PullRequest

COMMIT_PAGE = 1000  # commitsbatch takes up to 50,000; a page of 1,000 is about half a megabyte
# The first changes of a commit are asked for, folders among them; asking for some more leaves ten files mostly
CHANGES_ASKED = 40
PATHS_READ = 1000  # of one commit, for the path filter of a pipeline
REFS_PAGE = 100
# Lists of pull requests cut the description here; one this long is read again
# https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests/get-pull-requests
WHOLE_DESCRIPTION = 400
Change = Literal["ADDED", "COPIED", "DELETED", "MODIFIED", "MOVED", "UNKNOWN"]
# `changeType` is one word or several: "edit, rename". The first of these that is among them counts.
CHANGE_WORDS: tuple[tuple[str, Change], ...] = (
    ("rename", "MOVED"), ("add", "ADDED"), ("undelete", "ADDED"), ("delete", "DELETED"), ("branch", "COPIED"),
    ("edit", "MODIFIED"), ("encoding", "MODIFIED"), ("merge", "MODIFIED"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MergedPull:
    """A completed pull request, as far as its words matter. `source_branch` is without refs/heads/."""

    id: int
    title: str
    source_branch: str
    description: str
    author: Person | None


class GitApi:
    """The Git part of one organization. Every method raises the CallError of the answer."""

    def __init__(self, client: AdoClient) -> None:
        self._client = client

    def read_commit(self, repository_id: str, sha: str) -> Commit:
        """A commit with its whole message, its parents, the first ten files and the true number of files.

        https://learn.microsoft.com/rest/api/azure/devops/git/commits/get
        """
        path = _below(repository_id, "commits", sha)
        return read_answer(_parse_whole_commit, self._client.get(*path, changeCount=CHANGES_ASKED))

    def list_commits_between(self, repository_id: str, old: str, new: str) -> tuple[Commit, ...]:
        """The commits `new` has and `old` has not, newest first; messages may be cut.

        https://learn.microsoft.com/rest/api/azure/devops/git/commits/get-commits-batch says neither which of
        `itemVersion` and `compareVersion` is the newer side, and users have it both ways. The right way round lists
        `new` itself, the wrong one never does, so the other one is asked when the first answer lacks it.
        """
        for item, compare in ((new, old), (old, new)):
            pages = self._walk(repository_id, item, compare)
            first = next(pages)
            if any(commit.id == new for commit in first):
                return (*first, *(commit for page in pages for commit in page))
        return ()

    def list_lost_commits(self, repository_id: str, old: str, new: str, most: int) -> tuple[str, ...]:
        """The ids of the first `most` commits or some more that `old` has and `new` has not, newest first. `new` must
        not go on from `old`: `list_merge_bases` tells. Raises NotFound when either was collected.
        """
        for item, compare in ((old, new), (new, old)):  # see list_commits_between
            pages = self._walk(repository_id, item, compare)
            first = [commit.id for commit in next(pages)]
            if old not in first:
                continue
            while len(first) < most and (page := next(pages, None)):
                first += [commit.id for commit in page]
            return tuple(first)
        return ()

    def list_merge_bases(self, repository_id: str, one: str, other: str) -> frozenset[str]:
        """Where two commits meet; one of the two when the other goes on from it. Raises NotFound for one that is gone.

        https://learn.microsoft.com/rest/api/azure/devops/git/merge-bases/list
        """
        path = _below(repository_id, "commits", one, "mergebases")
        return read_answer(_parse_ids, self._client.get(*path, otherCommitId=other))

    def count_missing(self, repository_id: str, sha: str) -> Mapping[str, int]:
        """How many commits, of those that `sha` has and itself, each branch lacks: by the last commit of the branch.

        One call whatever the number of branches. https://learn.microsoft.com/rest/api/azure/devops/git/stats/list
        """
        base: dict[str, Any] = {f"baseVersionDescriptor.{name}": value for name, value in _version(sha).items()}
        return read_answer(_parse_behind, self._client.get(*_below(repository_id, "stats", "branches"), **base))

    def list_push_commits(self, repository_id: str, push_id: int) -> tuple[Commit, ...]:
        """The commits that came with a push; messages may be cut.

        https://learn.microsoft.com/rest/api/azure/devops/git/commits/get-push-commits
        """
        path = _below(repository_id, "commits")

        def ask(skip: int) -> Any:
            return self._client.get(*path, pushId=push_id, top=COMMIT_PAGE, skip=skip, includeLinks="false")

        return tuple(commit for page in _commit_pages(ask) for commit in page)

    def read_pull_request(self, repository_id: str, pull_request_id: int) -> PullRequest:
        """A pull request with its whole description.

        https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests/get-pull-request
        """
        path = _below(repository_id, "pullrequests", pull_request_id)
        return read_answer(parse_pull_request, self._client.get(*path))

    def find_merged(self, repository_id: str, shas: Sequence[str]) -> Mapping[str, tuple[MergedPull, ...]]:
        """The completed pull requests that made these commits by merge, squash or rebase, by commit; in one call.

        Descriptions may be cut. https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-query/get
        """
        body = {"queries": [{"type": "lastMergeCommit", "items": list(shas)}]}
        return read_answer(_parse_merged, self._client.post(*_below(repository_id, "pullrequestquery"), json=body))

    def list_changed_paths(self, repository_id: str, sha: str) -> tuple[str, ...]:
        """What a commit changed against its first parent: the first PATHS_READ paths, in one call.

        https://learn.microsoft.com/rest/api/azure/devops/git/commits/get-changes
        """
        answer = self._client.get(*_below(repository_id, "commits", sha, "changes"), top=PATHS_READ)
        return read_answer(_parse_paths, answer)

    def find_pull_request(self, pull_request_id: int) -> PullRequest:
        """A pull request by its number, which is one of a kind in its organization.

        https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests/get-pull-request-by-id
        """
        return read_answer(parse_pull_request, self._client.get("_apis", "git", "pullrequests", pull_request_id))

    def has_branch(self, repository_id: str, name: str) -> bool:
        """Whether there is a branch of just this name, without refs/heads/.

        `filter` is a prefix, so names that go on after it come too.
        https://learn.microsoft.com/rest/api/azure/devops/git/refs/list
        """
        query: dict[str, Any] = {"filter": f"heads/{name}", "$top": REFS_PAGE}
        pages = self._client.pages(*_below(repository_id, "refs"), **query)
        return any(read_answer(_name_of, shape) == f"refs/heads/{name}" for page in pages for shape in page)

    def read_file(self, repository_id: str, path: str) -> str:
        """The text of a file on the default branch. Raises NotFound when there is none.

        https://learn.microsoft.com/rest/api/azure/devops/git/items/get
        """
        answer = self._client.get(*_below(repository_id, "items"), path=path, includeContent="true")
        return read_answer(_parse_content, answer)

    def read_discussion(self, repository_id: str, pull_request_id: int) -> Discussion:
        """How many comments a pull request has, and when it was commented, voted on or moved last.

        https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads/list
        """
        path = _below(repository_id, "pullRequests", pull_request_id, "threads")
        return read_answer(discussion_from, self._client.get(*path))

    def _walk(self, repository_id: str, item: str, compare: str) -> Iterator[tuple[Commit, ...]]:
        path = _below(repository_id, "commitsbatch")
        criteria = {"itemVersion": _version(item), "compareVersion": _version(compare)}

        def ask(skip: int) -> Any:
            paging: dict[str, Any] = {"$top": COMMIT_PAGE, "$skip": skip}
            return self._client.post(*path, json=criteria, **paging)

        return _commit_pages(ask)


def _below(repository_id: str, *segments: str | int) -> tuple[str | int, ...]:
    return ("_apis", "git", "repositories", repository_id, *segments)


def _version(sha: str) -> Mapping[str, str]:
    return {"versionType": "commit", "version": sha}


def _commit_pages(ask: Callable[[int], Any]) -> Iterator[tuple[Commit, ...]]:
    """Pages until one is not full; the first is always there, even when it is empty."""
    skip = 0
    while True:
        page = read_answer(_parse_commits, ask(skip))
        yield page
        if len(page) < COMMIT_PAGE:
            return
        skip += len(page)


def _parse_commits(answer: Json) -> tuple[Commit, ...]:
    return tuple(parse_listed_commit(shape) for shape in records(answer, "value"))


def _parse_ids(answer: Json) -> frozenset[str]:
    return frozenset(text(shape, "commitId") for shape in records(answer, "value"))


def _parse_behind(answer: Json) -> Mapping[str, int]:
    return {text(shape, "commit", "commitId"): number(shape, "behindCount") for shape in records(answer, "value")}


def parse_listed_commit(shape: Json) -> Commit:
    """A commit of a list, without parents and files; its message may be cut. Raises BadEvent."""
    return replace(parse_commit(shape), file_count=_change_count(shape))


def _parse_whole_commit(shape: Json) -> Commit:
    changes = records(shape, "changes")
    files = tuple(_parse_file(change) for change in changes if not flag(change, "item", "isFolder"))
    count = len(files) if len(changes) < CHANGES_ASKED else _change_count(shape)
    parents = tuple(str(parent) for parent in shape.get("parents") or ())
    known = parse_commit(shape)
    return replace(known, parents=parents, files=files[:COMMIT_FILES], file_count=count, message_cut=False)


def _change_count(shape: Json) -> int:
    """The sum over all kinds of change; it counts folders that came or went, so a list that is whole is better."""
    counts = optional_record(shape, "changeCounts") or {}
    return sum(number(counts, kind) for kind in counts)


def _parse_file(shape: Json) -> ChangedFile:
    words = set((optional_text(shape, "changeType") or "").lower().replace(",", " ").split())
    change: Change = next((meaning for word, meaning in CHANGE_WORDS if word in words), "UNKNOWN")
    return ChangedFile(text(record(shape, "item"), "path"), change)


def _parse_merged(answer: Json) -> Mapping[str, tuple[MergedPull, ...]]:
    """`results` has one object for each query, from commit to pull requests."""
    found: dict[str, tuple[MergedPull, ...]] = {}
    for result in records(answer, "results"):
        for sha in result:
            shapes = (shape for shape in records(result, sha) if optional_text(shape, "status") == "completed")
            found[sha.lower()] = (*found.get(sha.lower(), ()), *(_parse_pull(shape) for shape in shapes))
    return found


def _parse_pull(shape: Json) -> MergedPull:
    author = optional_record(shape, "createdBy")
    return MergedPull(
        id=number(shape, "pullRequestId"),
        title=optional_text(shape, "title") or "",
        source_branch=branch_name(optional_text(shape, "sourceRefName") or ""),
        description=optional_text(shape, "description") or "",
        author=parse_identity(author) if author else None,
    )


def _name_of(shape: Json) -> str:
    return text(shape, "name")


def _parse_content(answer: Json) -> str:
    return optional_text(answer, "content") or ""


def _parse_paths(answer: Json) -> tuple[str, ...]:
    return tuple(text(change, "item", "path") for change in records(answer, "changes"))
