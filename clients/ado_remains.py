"""What is left in Azure Repos of what Jira was told: the heads of branches, and repositories that were deleted.

Reads only. Source: https://learn.microsoft.com/rest/api/azure/devops/git/
"""

from collections.abc import Mapping
from typing import Any

from clients.ado import AdoClient, listed, read_answer
from domain.git_events import BRANCH_PREFIX
from domain.json_fields import text

HEADS_PAGE = 1000


def list_heads(client: AdoClient, repository_id: str) -> Mapping[str, str]:
    """Every branch (`refs/heads/...`) and the commit it ends at. Raises NotFound for a repository that is gone.

    https://learn.microsoft.com/rest/api/azure/devops/git/refs/list
    """
    query: dict[str, Any] = {"filter": BRANCH_PREFIX.removeprefix("refs/"), "$top": HEADS_PAGE}
    pages = client.pages("_apis", "git", "repositories", repository_id, "refs", **query)
    shapes = [shape for page in pages for shape in page]
    return {read_answer(lambda one: text(one, "name"), shape): str(shape.get("objectId", "")) for shape in shapes}


def list_deleted(client: AdoClient, project: str) -> frozenset[str]:
    """The ids of repositories that were deleted within the last 30 days; Azure DevOps keeps them in a recycle bin.

    https://learn.microsoft.com/rest/api/azure/devops/git/repositories/get-recycle-bin-repositories
    """
    answer = client.get(project, "_apis", "git", "recycleBin", "repositories")
    shapes = read_answer(listed, answer)
    return frozenset(read_answer(lambda one: text(one, "id"), shape).lower() for shape in shapes)
