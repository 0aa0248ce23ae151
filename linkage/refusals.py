"""Refusals of Azure DevOps in words that tell an administrator who lacks which right and who can grant it."""

from typing import NoReturn

from clients.ado import AdoClient
from clients.ado_projects import Project
from domain.errors import CallError, Forbidden, Unauthorized
from services import Services
from store.connections import Connection

# https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference
HOOK_NAMESPACE = "cb594ebe-87dd-4fc9-ac2c-6a10a4c92046"


def explain_projects(services: Services, connection: Connection, client: AdoClient, error: CallError) -> NoReturn:
    """Projects could not be read. Raises Forbidden, or Unauthorized when the token itself ended."""
    person = _require_valid(services, connection, client, error)
    words = (
        f"the token of {person} may not read projects; replace it with one that has the scope Project and Team (Read)"
    )
    raise Forbidden("Azure DevOps", error.status, words) from None


def explain_hooks(
    services: Services, connection: Connection, client: AdoClient, project: Project, error: CallError,
    *, kept: bool = False,
) -> NoReturn:  # fmt: skip
    """Subscriptions could not be seen, made or removed. Raises Forbidden, or Unauthorized when the token itself ended.

    Azure DevOps answers 401 to a missing scope of the token and 403 to a missing permission of its owner. Words that
    are `kept` name nobody.
    """
    found = _require_valid(services, connection, client, error)
    person = "The owner of the token" if kept else found
    words = _scope_words(project) if isinstance(error, Unauthorized) else _right_words(person, project)
    raise Forbidden("Azure DevOps", error.status, words) from None


def _require_valid(services: Services, connection: Connection, client: AdoClient, error: CallError) -> str:
    """Who the token is. Raises Unauthorized when it is nobody's any more, and notes that."""
    try:
        return client.read_connection().user_name
    except Unauthorized:
        services.connections.set_token_state(connection.id, "refused")
    text = f"the token of {connection.organization} is not accepted any more; replace it with a new one"
    raise Unauthorized("Azure DevOps", error.status, text) from None


def _right_words(person: str, project: Project) -> str:
    return (
        f"{person} may not manage the service hooks of {project.name}; nothing was changed. An administrator of that "
        "project must make that person a project administrator, or grant View, Edit and Delete subscriptions (az "
        f"devops security permission update, namespace {HOOK_NAMESPACE}, token PublisherSecurity/{project.id}). "
        "Then try again."
    )


def _scope_words(project: Project) -> str:
    return (
        f"the token lacks a scope that the service hooks of {project.name} need; nothing was changed. Replace it with "
        "one that has Code (Read) and Build (Read), for classic releases Release (Read) too, or link without the kinds "
        "that it cannot read."
    )
