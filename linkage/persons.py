"""People's own sign-ins to Azure DevOps: a client that acts as one of them, and forgetting them."""

import structlog
from pydantic import SecretStr

from clients.ado import AdoClient, bearer_header, token_header
from domain.errors import SignInNeeded, UnknownObject
from linkage.person_secrets import PersonSecret, read_secret
from services import Services
from store.connections import Connection
from store.people import Person

log = structlog.get_logger("crosswalk.people")

USE_MILLISECONDS = 3600 * 1000  # when somebody was here is kept to the hour


def ado_as(services: Services, connection: Connection, account_id: str) -> AdoClient:
    """A client that acts as a person in an organization.

    Raises SignInNeeded when that person is not signed in to it, or not any more.
    """
    person = services.people.find(connection.id, account_id)
    if person is None or person.state == "ended":
        raise needs_sign_in(connection, ended=person is not None)
    secret = _read_secret(services, connection, person)
    _note_use(services, person)
    gate = services.governor.gate(person.id, "live")  # Azure DevOps limits each identity by itself
    return AdoClient(connection.organization_url, _authorization(secret), services.ado_http, gate)


def forget_person(services: Services, person: Person) -> None:
    """Forget a sign-in: the row first, so that nothing uses the secret any more, then the secret. Safe to repeat."""
    services.people.delete(person.id)
    services.tokens.forget(person.installation_id, person.reference)
    log.info("person.forgotten", installation=person.installation_id, connection=person.connection_id)


def needs_sign_in(connection: Connection, *, ended: bool) -> SignInNeeded:
    """What a person is told who has no sign-in, or one that `ended`."""
    name = connection.organization
    if ended:
        return SignInNeeded(f"Your sign-in to Azure DevOps ({name}) does not count any more. Sign in again.")
    return SignInNeeded(f"Sign in to Azure DevOps ({name}) first: Crosswalk acts there as you, never as itself.")


def _read_secret(services: Services, connection: Connection, person: Person) -> PersonSecret:
    try:
        return read_secret(services.tokens.read(person.installation_id, person.reference))
    except UnknownObject:
        raise needs_sign_in(connection, ended=True) from None


def _authorization(secret: PersonSecret) -> SecretStr:
    return token_header(secret) if isinstance(secret, SecretStr) else bearer_header(secret.access_token)


def _note_use(services: Services, person: Person) -> None:
    now = services.now()
    if now - person.used_at >= USE_MILLISECONDS:
        services.people.note_use(person.id, now)
