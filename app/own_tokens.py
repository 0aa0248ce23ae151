"""A person's own token of Azure DevOps, for organizations to which Microsoft Entra signs nobody in."""

from typing import NoReturn

from pydantic import SecretStr

from app.connecting import trim_token
from clients.ado import AdoClient, ConnectionData
from domain.errors import BadInput, Fault, Forbidden, NotFound, Unauthorized, WrongState
from linkage.code_rights import read_code_rights
from linkage.persons import client_with, keep_person
from linkage.tenants import learn_tenant, sign_in_method
from services import Services
from store.connections import Connection
from store.people import Person

NEEDED = "Make one for this organization with the scope Code (Read & write)."


def keep_own_token(services: Services, connection: Connection, account_id: str, token: SecretStr) -> Person:
    """Keep a person's own token after it was proved: whose it is, for which organization, and that it may write code.

    Raises BadInput with a fault for `/token`, WrongState where people sign in by Entra, Retryable when Azure DevOps
    cannot say now.
    """
    present = learn_tenant(services, connection) if services.settings.entra_client_id else connection
    if sign_in_method(services, present) == "entra":
        name = connection.organization
        raise WrongState(f"People sign in to {name} with their Microsoft account. Press Sign in instead of a token.")
    fresh = trim_token(token)
    client = client_with(services, connection, fresh)
    owner = _read_owner(client, connection)
    _require_rights(services, client, connection)
    return keep_person(services, connection, account_id, owner.user_id, fresh)


def _read_owner(client: AdoClient, connection: Connection) -> ConnectionData:
    name = connection.organization
    try:
        owner = client.read_connection()
    except (Unauthorized, Forbidden):
        _refuse(f"{name} does not accept this token: it is wrong, has expired or is for another organization. {NEEDED}")
    except NotFound:
        raise WrongState(f"No organization answers at the address of {name}. Ask your Jira administrator.") from None
    if owner.instance_id != connection.instance_id:
        raise WrongState(f"Another organization answers at the address of {name}. Ask your Jira administrator.")
    return owner


def _require_rights(services: Services, client: AdoClient, connection: Connection) -> None:
    """Where no linked project shows a repository to this person it cannot be told, and the first branch will show."""
    projects = [link.project_id for link in services.links.list_connection(connection.id)]
    reads, writes = read_code_rights(client, projects)
    if reads is False:
        _refuse(f"This token may not read code. {NEEDED}")
    if writes is False:
        _refuse(f"This token may read code and not write it, so it cannot make a branch. {NEEDED}")


def _refuse(detail: str) -> NoReturn:
    raise BadInput(detail, (Fault("/token", detail),)) from None
