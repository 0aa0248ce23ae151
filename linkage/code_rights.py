"""Whether a token may read and write code, found out without writing anything."""

from collections.abc import Iterable

from clients.ado import AdoClient, listed, read_answer
from domain.errors import Forbidden, Permanent, Unauthorized
from domain.json_fields import flag, text

Rights = tuple[bool | None, bool | None]


def read_code_rights(client: AdoClient, project_ids: Iterable[str]) -> Rights:
    """Whether the token may read code and whether it may write it; None where that cannot be told, because none of
    these projects shows a repository. Raises Retryable.
    """
    read: bool | None = None
    for project_id in project_ids:
        try:
            repositories = _list_repositories(client, project_id)
        except (Unauthorized, Forbidden):
            read = read or False
            continue
        except Permanent:  # says nothing about rights
            continue
        read = True
        for repository_id in repositories[:1]:
            return True, _may_write(client, project_id, repository_id)
    return read, None if read else read


def _may_write(client: AdoClient, project_id: str, repository_id: str) -> bool | None:
    """Ask to update no branch at all. Azure DevOps looks at the scopes of a token before it looks at what is asked, and
    answers a missing one with 401; with the scope nothing is left to do, and it says so or finds fault with that.

    https://learn.microsoft.com/rest/api/azure/devops/git/refs/update-refs
    """
    try:
        client.post(project_id, "_apis", "git", "repositories", repository_id, "refs", json=[])
    except Unauthorized:
        return False
    except Forbidden:
        return None  # a permission of the owner, not the token's scope
    except Permanent:
        return True
    return True


def _list_repositories(client: AdoClient, project_id: str) -> list[str]:
    shapes = read_answer(listed, client.get(project_id, "_apis", "git", "repositories"))
    return [read_answer(lambda shape: text(shape, "id"), shape) for shape in shapes if not flag(shape, "isDisabled")]
