"""In which tenant of Microsoft Entra the people of an organization sign in, and by which method that can be done."""

from dataclasses import replace

import structlog

from clients.ado_tenants import read_tenant
from domain.errors import CallError
from services import Services
from store.connections import NO_TENANT, Connection
from store.people import SignInMethod

log = structlog.get_logger("crosswalk.connections")


def sign_in_method(services: Services, connection: Connection) -> SignInMethod:
    """How people sign in to a connection: by Entra where it is set up here and there, else by a token of their own."""
    ours = bool(services.settings.entra_client_id)
    return "entra" if ours and connection.tenant_id not in {"", NO_TENANT} else "token"


def learn_tenant(services: Services, connection: Connection) -> Connection:
    """Ask the organization for its tenant and keep that. When it does not say now, what is known stays."""
    try:
        found = read_tenant(connection.organization_url, services.ado_http)
    except CallError as error:
        log.info("connection.tenant_unread", connection=connection.id, error=type(error).__name__)
        return connection
    if not found or found == connection.tenant_id:
        return connection
    services.connections.set_tenant(connection.id, found)
    log.info("connection.tenant_learnt", connection=connection.id)
    return replace(connection, tenant_id=found)
