"""Tokens of Entra at Azure DevOps: proved by signature, for this resource, of the organization's tenant, by a member.

https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra-oauth
"""

from typing import Any

from flask import Response

from sandbox.ado_errors import SignInNeeded
from sandbox.ado_model import FULL, Token, User
from sandbox.ado_state import OrganizationState
from sandbox.entra_keys import ADO_RESOURCE, BadToken

NO_TENANT = "00000000-0000-0000-0000-000000000000"
EVERYTHING = "user_impersonation"  # what the person may do
NOBODY = "TF400813: The user '' is not authorized to access this resource."


def read_bearer(organization: OrganizationState, encoded: str) -> Token:
    """The person and the scopes behind a token. Raises SignInNeeded."""
    if organization.entra is None:
        raise SignInNeeded(NOBODY)
    try:
        claims = organization.entra.prove(encoded, ADO_RESOURCE)
    except BadToken:
        raise SignInNeeded(NOBODY) from None
    if claims.get("tid") != organization.tenant:
        raise SignInNeeded(NOBODY)
    scopes = frozenset(str(claims.get("scp", "")).replace(EVERYTHING, FULL).split())
    return Token("", find_member(organization, claims), scopes)


def find_member(organization: OrganizationState, claims: dict[str, Any]) -> User:
    """By object id, at the first sign-in by mail address. Raises SignInNeeded for who is not in the organization."""
    oid, mail = str(claims.get("oid", "")), str(claims.get("upn", "")).casefold()
    with organization.lock:
        known = organization.users.get(organization.object_ids.get(oid, ""))
        found = known or next((user for user in organization.users.values() if user.mail.casefold() == mail), None)
        if found is None or found.id in organization.removed_users:
            raise SignInNeeded(f"TF400813: The user '{oid}' is not authorized to access this resource.")
        organization.object_ids[oid] = found.id
        return found


def tell_tenant(organization: OrganizationState, response: Response) -> Response:
    """Every answer names the tenant; a 401 also in its challenge, unless people sign in with personal accounts."""
    tenant = organization.tenant
    if tenant is None:
        return response
    if organization.knobs.tenant_header:
        response.headers["X-VSS-ResourceTenant"] = tenant
    if response.status_code == 401 and tenant != NO_TENANT:
        challenge = f"Bearer authorization_uri=https://login.windows.net/{tenant}"
        response.headers.add("WWW-Authenticate", challenge)
    return response
