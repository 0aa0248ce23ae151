"""People's own sign-ins to Azure DevOps: a client that acts as one of them, and forgetting them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from pydantic import SecretStr

from clients.ado import SYSTEM, AdoClient
from clients.entra import EntraRefusal
from clients.gates import CountedGate, Gate, Tally
from domain.errors import SignInNeeded, Unauthorized, Unavailable, UnknownObject
from domain.lanes import Lane
from domain.sign_in_faults import FaultCode, refuse_sign_in
from domain.sign_in_purposes import BRANCHES, MIGRATIONS, SignInPurpose
from linkage.holding import hold
from linkage.migration_duties import wake_migration
from linkage.person_secrets import PersonSecret, Proof, acts_alike, header_of, read_secret, secret_of, write_secret
from services import Services
from store.connections import Connection
from store.people import Person, SignInMethod

log = structlog.get_logger("crosswalk.people")

USE_MILLISECONDS = 3600 * 1000  # when somebody was here is kept to the hour
AHEAD_MILLISECONDS = 2 * 60 * 1000  # a token is renewed this long before its end
RENEWING = "Your sign-in to Azure DevOps is being renewed just now. Try again in a moment."
RENEWED = "the sign-in by which this was asked has been renewed since. Try again in a moment."
KEEPING = "Somebody else signs in to this organization, or it is being removed. Try again in a moment."
READER_NEEDED = "reader_sign_in_needed"  # a migration waits for the sign-in of the person as whom it reads
NO_CONSENT: FaultCode = "admin_consent_needed"
# Crosswalk's own secret is refused, or what Microsoft said cannot be read: the refresh token may be as good as before
NOT_OVER: frozenset[FaultCode] = frozenset({"app_credentials", "answer_unusable", "refused"})


@dataclass(frozen=True, slots=True)
class Use:
    """What a sign-in is used for, in which lane of its person, and where the calls are counted. `ado_id`: who the
    person must be in the organization; None: whoever signed in.
    """

    purpose: SignInPurpose = BRANCHES
    lane: Lane = "live"
    tally: Tally | None = None
    ado_id: str | None = None


def ado_as(services: Services, connection: Connection, account_id: str, use: Use = Use()) -> AdoClient:
    """A client that acts as a person in an organization.

    Raises SignInNeeded when that person is not signed in to it, or not any more, or not for this purpose (its calls
    raise that, too); Retryable when Entra cannot be reached to renew the sign-in.
    """
    person = services.people.find(connection.id, account_id)
    if person is None or person.state == "ended" or not _may_serve(person, use):
        raise needs_sign_in(connection, ended=person is not None, purpose=use.purpose)
    secret = _read_secret(services, connection, person, use)
    if not _serves(services, secret, use):
        secret = _renew(services, connection, person, use)
    _note_use(services, person)
    return _person_client(services, connection, person, secret, use)


def client_with(services: Services, connection: Connection, proof: Proof) -> AdoClient:
    """A client with what a person has just signed in by, which is not kept yet."""
    purpose = BRANCHES if isinstance(proof, SecretStr) else proof.purpose
    return AdoClient(connection.organization_url, header_of(secret_of(proof), purpose), services.ado_http)


def _person_client(
    services: Services, connection: Connection, person: Person, secret: PersonSecret, use: Use
) -> AdoClient:  # fmt: skip
    """Azure DevOps limits each person alone."""
    gate: Gate = services.governor.gate(person.id, use.lane)
    counted = CountedGate(gate, use.tally) if use.tally else gate
    on_refusal = _noticing_end(services, connection, person, secret, use)
    header = header_of(secret, use.purpose)
    return AdoClient(connection.organization_url, header, services.ado_http, counted, on_refusal)


def _may_serve(person: Person, use: Use) -> bool:
    """Migrations read by Entra alone: a token of a person's own was given for branches. And as whom they were lent."""
    if use.ado_id not in {None, person.ado_id}:
        return False
    return use.purpose == BRANCHES or person.method == "entra"


def keep_person(
    services: Services, connection: Connection, account_id: str, ado_id: str, proof: Proof
) -> Person:  # fmt: skip
    """Keep a sign-in that was just proven, in place of the one before. Migrations that read as somebody else by this
    account read as nobody then.

    Raises UnknownObject when the connection or its site is gone, WrongState when somebody is at it for long,
    Unavailable when Azure DevOps did not tell who it is.
    """
    if not ado_id:  # who it is decides whose branch is whose
        raise refuse_sign_in("answer_unusable", connection.organization)
    method: SignInMethod = "token" if isinstance(proof, SecretStr) else "entra"
    with (
        hold(services, _room(connection), words=KEEPING),
        hold(services, _lock(connection, account_id), words=RENEWING),
    ):
        _require_present(services, connection)
        found = services.people.find(connection.id, account_id)
        if found and found.ado_id != ado_id:  # so that whoever is about to act as the one before acts as nobody
            services.tokens.forget(found.installation_id, found.reference)
        services.migrations.take_back(connection.id, account_id, but_for=ado_id)
        reference = _keep_secret(services, connection, found, write_secret(secret_of(proof)))
        person = services.people.save(
            connection.installation_id, connection.id, account_id, ado_id=ado_id, method=method, reference=reference,
            now=services.now(),
        )  # fmt: skip
    log.info("person.signed_in", installation=person.installation_id, connection=connection.id, method=method)
    for migration_id in services.migrations.list_lent(connection.id, account_id):
        wake_migration(services, migration_id)  # what waited for it goes on now
    return person


def forget_person(services: Services, person: Person) -> None:
    """Forget a sign-in: it ends first, so that nothing uses the secret any more, and no migration reads as this person
    from then on, also after another sign-in. Safe to repeat: the row, which knows where the secret is, goes last.
    """
    services.people.mark_ended(person, services.now())
    services.tokens.forget(person.installation_id, person.reference)
    services.migrations.take_back(person.connection_id, person.account_id)
    services.people.delete(person.id)
    log.info("person.forgotten", installation=person.installation_id, connection=person.connection_id)


def remove_people(services: Services, connection: Connection, then: Callable[[], None]) -> None:
    """Forget everybody who signed in to a connection, and do what removes it before anybody else can sign in."""
    with hold(services, _room(connection), words=KEEPING):
        for person in services.people.list_connection(connection.id):
            forget_person(services, person)
        services.migrations.forget_lenders(connection.id)
        then()


def needs_sign_in(
    connection: Connection, *, ended: bool, purpose: SignInPurpose = BRANCHES, mark: str = ""
) -> SignInNeeded:  # fmt: skip
    """What a person is told who has no sign-in, or one that `ended`; of a migration whoever looks at it, who may be
    somebody else. `mark`: Microsoft's number of a refusal.
    """
    name = connection.organization
    if purpose == MIGRATIONS:
        words = f"The person as whom this migration reads {name} has to sign in to Azure DevOps again"
        return SignInNeeded(f"{words} ({mark})." if mark else f"{words}.", code=READER_NEEDED)
    if ended:
        return SignInNeeded(f"Your sign-in to Azure DevOps ({name}) does not count any more. Sign in again.")
    return SignInNeeded(f"Sign in to Azure DevOps ({name}) first: Crosswalk acts there as you, never as itself.")


def _renew(services: Services, connection: Connection, person: Person, use: Use) -> PersonSecret:
    """One process at a time renews; the others find what it kept."""
    with hold(services, _lock(connection, person.account_id), words=RENEWING):
        secret = _read_secret(services, connection, person, use)
        if isinstance(secret, SecretStr) or _serves(services, secret, use):
            return secret
        if not services.settings.entra_client_id:  # it was taken out of the settings since
            raise refuse_sign_in("not_configured", connection.organization, purpose=use.purpose)
        try:
            entra = services.entra(connection.tenant_id)
            fresh = entra.refresh(secret.refresh_token, services.now(), use.purpose)
        except EntraRefusal as refusal:
            raise _told_refusal(services, connection, person, refusal, use) from None
        renewed = secret.renewed(fresh)
        try:
            services.tokens.replace(person.installation_id, person.reference, write_secret(renewed))
        except UnknownObject:  # forgotten meanwhile
            raise needs_sign_in(connection, ended=True, purpose=use.purpose) from None
    log.info("person.renewed", installation=person.installation_id, connection=connection.id, purpose=use.purpose)
    return renewed


def _needs_consent(connection: Connection, use: Use, mark: str) -> SignInNeeded:
    """The sign-in stays, and may be good for the other purpose; for this one Microsoft has to ask its person."""
    if use.purpose == MIGRATIONS:
        return needs_sign_in(connection, ended=False, purpose=MIGRATIONS, mark=mark)
    return SignInNeeded(
        f"Crosswalk may not read and write code in {connection.organization} in your name, or not any more. Sign in "
        "once more: Microsoft then asks whether it may" + (f" ({mark})." if mark else ".")
    )


def _told_refusal(
    services: Services, connection: Connection, person: Person, refusal: EntraRefusal, use: Use
) -> Exception:  # fmt: skip
    """What a refused renewal means: the sign-in is over, unless nothing was said of it but of one purpose at most."""
    log.warning("person.not_renewed", connection=connection.id, fault=refusal.fault, mark=refusal.mark)
    if refusal.fault == NO_CONSENT:
        return _needs_consent(connection, use, refusal.mark)
    told = refuse_sign_in(refusal.fault, connection.organization, purpose=use.purpose, mark=refusal.mark)
    if refusal.fault in NOT_OVER:
        return told
    services.people.mark_ended(person, services.now())
    if use.purpose == MIGRATIONS:
        return needs_sign_in(connection, ended=True, purpose=MIGRATIONS, mark=refusal.mark)
    return SignInNeeded(str(told))


def _noticing_end(
    services: Services, connection: Connection, person: Person, secret: PersonSecret, use: Use
) -> Callable[[], None]:  # fmt: skip
    """What a client does when it is answered 401: its access token may have ended or been renewed since it was opened,
    a scope may be missing, or the sign-in is over. Raises Unavailable in the first case, SignInNeeded in the last.
    """

    def notice() -> None:
        kept = _read_secret(services, connection, person, use)
        if not (_serves(services, secret, use) and acts_alike(secret, kept, use.purpose)):
            raise Unavailable(SYSTEM, None, RENEWED)  # who tries again opens it anew
        try:
            header = header_of(secret, use.purpose)
            AdoClient(connection.organization_url, header, services.ado_http).read_connection()
        except Unauthorized:
            services.people.mark_ended(person, services.now())
            log.info("person.ended", installation=person.installation_id, connection=connection.id)
            raise needs_sign_in(connection, ended=True, purpose=use.purpose) from None

    return notice


def _keep_secret(services: Services, connection: Connection, found: Person | None, secret: SecretStr) -> str:
    """The reference of the secret: that of before, whose value is replaced in one step, where there is one."""
    if found:
        try:
            services.tokens.replace(found.installation_id, found.reference, secret)
        except UnknownObject:
            return services.tokens.put(connection.installation_id, "person", secret)
        return found.reference
    return services.tokens.put(connection.installation_id, "person", secret)


def _require_present(services: Services, connection: Connection) -> None:
    site = services.installations.find(connection.installation_id)
    present = services.connections.find(connection.installation_id, connection.id)
    if present is None or site is None or site.state != "installed":
        raise UnknownObject(f"{connection.organization} is not connected to this Jira site any more.")


def _read_secret(services: Services, connection: Connection, person: Person, use: Use) -> PersonSecret:
    try:
        return read_secret(services.tokens.read(person.installation_id, person.reference))
    except UnknownObject:
        raise needs_sign_in(connection, ended=True, purpose=use.purpose) from None


def _serves(services: Services, secret: PersonSecret, use: Use) -> bool:
    """Whether there is an access token for this purpose that does not end soon; a token of a person's own always is."""
    if isinstance(secret, SecretStr):
        return True
    held = secret.access.get(use.purpose)
    return held is not None and held.expires_at - services.now() >= AHEAD_MILLISECONDS


def _note_use(services: Services, person: Person) -> None:
    now = services.now()
    if now - person.used_at >= USE_MILLISECONDS:
        services.people.note_use(person.id, now)


def _room(connection: Connection) -> str:
    return f"people:{connection.id}"


def _lock(connection: Connection, account_id: str) -> str:
    return f"person:{connection.id}:{hashlib.sha256(account_id.encode()).hexdigest()}"
