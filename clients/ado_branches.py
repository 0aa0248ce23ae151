"""Branches of Azure Repos as a person sees and makes them; the client carries that person's own token.

Which repositories there are is read by `ado_history`. Whether the person may write to one is told by making a branch
and by nothing before: the call that evaluates permissions names no scope, so a token that is limited to code cannot
make it (https://learn.microsoft.com/rest/api/azure/devops/security/permissions/has-permissions).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clients.ado import AdoClient, listed, read_answer
from domain.branch_names import folders_above
from domain.errors import BadEvent
from domain.git_events import BRANCH_PREFIX, NO_OBJECT, branch_name
from domain.json_fields import flag, number, optional_text, text
from domain.records import Json
from domain.ref_answers import RefAnswer

PAGE = 100
MOST_REFS = 1000  # `$top` of refs takes no more


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch by its name without refs/heads/. `creator_id`: who made it, None when that is not told."""

    name: str
    commit: str
    creator_id: str | None


class BranchesApi:
    """The branches of one organization. Every method raises the CallError of the answer.

    https://learn.microsoft.com/rest/api/azure/devops/git/refs/list: `filter` is a prefix, `filterContains` is not.
    """

    def __init__(self, client: AdoClient) -> None:
        self._client = client

    def list_branches(self, repository_id: str, part: str, most: int) -> tuple[Branch, ...]:
        """The first `most` branches with `part` in their names (all of them for ''), in the order of Azure DevOps."""
        return self._page(repository_id, "", most, part)

    def find_branch(self, repository_id: str, name: str) -> Branch | None:
        """The branch of exactly this name. The list has all that begin with it, so it may take several pages."""
        query: dict[str, Any] = {"filter": _short(name), "$top": PAGE}
        for page in self._client.pages(*_below(repository_id, "refs"), **query):
            found = (read_answer(_branch_from, shape) for shape in page)
            match = next((branch for branch in found if branch.name == name), None)
            if match:
                return match
        return None

    def list_near(self, repository_id: str, name: str) -> tuple[Branch, ...]:
        """What may be in the way of a branch: those with its name in theirs, and those that are folders of it.

        One call, and one for each folder that exists. A folder that is a branch has no branches in it and its own name
        comes before those that go on from it, so the first page tells.
        """
        near = list(self._page(repository_id, "", MOST_REFS, name))
        for folder in folders_above(name):
            page = self._page(repository_id, folder, PAGE)
            near += [branch for branch in page if branch.name == folder]
            if not any(branch.name.startswith(f"{folder}/") for branch in page):
                break
        return tuple(near)

    def create_branch(self, repository_id: str, name: str, commit: str) -> RefAnswer:
        """Have a new branch end at `commit`; what Azure DevOps says to it, also when it refuses.

        https://learn.microsoft.com/rest/api/azure/devops/git/refs/update-refs
        """
        update = {"name": BRANCH_PREFIX + name, "oldObjectId": NO_OBJECT, "newObjectId": commit}
        return read_answer(_parse_update, self._client.post(*_below(repository_id, "refs"), json=[update]))

    def open_draft(self, repository_id: str, source: str, target: str, title: str) -> int:
        """Open a draft pull request between two branches; its number. Raises Conflict when there is one already.

        It may have no changes yet: the API asks for none.
        https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests/create
        """
        body = {"sourceRefName": BRANCH_PREFIX + source, "targetRefName": BRANCH_PREFIX + target, "title": title,
                "isDraft": True}  # fmt: skip
        return read_answer(_pull_number, self._client.post(*_below(repository_id, "pullrequests"), json=body))

    def find_open_pull(self, repository_id: str, source: str, target: str) -> int | None:
        """The number of the active pull request between two branches; there is one at most.

        https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests/get-pull-requests
        """
        criteria = {
            "status": "active",
            "sourceRefName": BRANCH_PREFIX + source,
            "targetRefName": BRANCH_PREFIX + target,
        }
        query: dict[str, Any] = {f"searchCriteria.{name}": value for name, value in criteria.items()} | {"$top": 1}
        found = read_answer(listed, self._client.get(*_below(repository_id, "pullrequests"), **query))
        return read_answer(_pull_number, found[0]) if found else None

    def _page(self, repository_id: str, prefix: str, most: int, part: str = "") -> tuple[Branch, ...]:
        query: dict[str, Any] = {"filter": _short(prefix), "filterContains": part or None, "$top": most}
        shapes, _token = self._client.page(*_below(repository_id, "refs"), **query)
        return tuple(read_answer(_branch_from, shape) for shape in shapes)


def _below(repository_id: str, *segments: str) -> Sequence[str]:
    return ("_apis", "git", "repositories", repository_id, *segments)


def _short(name: str) -> str:
    """A branch as `filter` wants it: what follows refs/."""
    return BRANCH_PREFIX.removeprefix("refs/") + name


def _branch_from(shape: Json) -> Branch:
    creator = optional_text(shape, "creator", "id")
    return Branch(branch_name(text(shape, "name")), text(shape, "objectId"), creator)


def _parse_update(answer: Json) -> RefAnswer:
    results = listed(answer)
    if len(results) != 1:
        raise BadEvent(f"value has {len(results)} entries for one branch")
    return RefAnswer(
        status=optional_text(results[0], "updateStatus") or "",
        success=flag(results[0], "success"),
        message=optional_text(results[0], "customMessage") or "",
        rejected_by=optional_text(results[0], "rejectedBy") or "",
    )


def _pull_number(shape: Json) -> int:
    return number(shape, "pullRequestId")
