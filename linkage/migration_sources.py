"""As whom a migration reads Azure DevOps: with the token of its connection, or as the person who lent it their sign-in.

Secrets are read when a turn or a question opens its source, and are in memory only.
"""

from collections.abc import Callable

import structlog

from clients.ado import SYSTEM as ADO
from clients.ado import AdoClient
from clients.entra import SYSTEM as ENTRA
from clients.gates import Tally
from domain.errors import AccessDenied, Forbidden, SignInNeeded, Unauthorized, Unavailable, WrongState
from domain.kept_words import mark_of
from domain.lanes import Lane
from domain.sign_in_purposes import MIGRATIONS
from linkage.persons import READER_NEEDED, Use, ado_as
from services import Services
from store.connections import Connection
from store.migrations import Migration
from store.people import Person

log = structlog.get_logger("crosswalk.migration")

NOT_RENEWED = (
    "the sign-in of the person as whom this migration reads cannot be renewed now. If it stays, tell whoever runs "
    "Crosswalk: its log names the reason."
)
NO_RIGHT = (
    "The person as whom this migration reads may not read this in Azure DevOps. Grant the right there, or choose with "
    "whose rights it reads"
)
READER_GONE = (
    "The person as whom this migration read Azure DevOps signed out, uses another account there now, or is not known "
    "any more. Open it on the page of migrations and choose with whose rights it reads."
)

NO_ADMIN = (
    "The person as whom this migration reads Azure DevOps is no Jira administrator any more. Choose anew with whose "
    "rights it reads."
)


def open_source(
    services: Services, connection: Connection, migration: Migration, *, lane: Lane = "live", tally: Tally | None = None
) -> AdoClient:  # fmt: skip
    """A client that reads for a migration, its calls counted.

    Raises Unauthorized when the token of the connection was erased; SignInNeeded when its person is not signed in, or
    is not known any more; Retryable when the sign-in cannot be renewed now, whatever keeps it from that.
    """
    if not reads_as_person(migration):
        return services.ado(connection, lane, tally)
    if migration.reader is None:
        raise SignInNeeded(READER_GONE, code=READER_NEEDED)
    try:
        use = Use(MIGRATIONS, lane, tally, migration.reader_ado_id or "")
        return ado_as(services, connection, migration.reader, use)
    except SignInNeeded:
        raise
    except (AccessDenied, WrongState) as error:  # nothing is wrong with the person: a run waits for it to pass
        log.warning("migration.reader_not_renewed", migration=migration.id, fault=error.code)
        raise Unavailable(ENTRA, None, NOT_RENEWED) from None  # its own words are for the person themself


def source_opener(
    services: Services, lane: Lane = "live", tally: Tally | None = None
) -> Callable[[Connection, Migration], AdoClient]:  # fmt: skip
    """`open_source` for the engine of migrations, which does not know as whom one reads."""
    return lambda connection, migration: open_source(services, connection, migration, lane=lane, tally=tally)


def find_refusal(error: Exception) -> str | None:
    """In words, that the person as whom a migration reads lacks a right; None for any other error."""
    if not isinstance(error, (Unauthorized, Forbidden)) or error.system != ADO:
        return None
    return f"{NO_RIGHT} ({mark_of(error)})."


def require_lender_admin(services: Services, migration: Migration) -> None:
    """What a person lent as an administrator ends with that right. Raises WrongState when Jira says that they are none
    any more, and the CallError of its answer.
    """
    site = services.installations.find(migration.installation_id)
    if site and migration.reader and not services.jira(site).is_admin(migration.reader):
        raise WrongState(NO_ADMIN, code="reader_no_admin")


def find_lender(services: Services, migration: Migration) -> Person | None:
    """The sign-in by which a migration reads; None when it reads as nobody, or that person is not signed in."""
    if migration.reader is None:
        return None
    person = services.people.find(migration.connection_id, migration.reader)
    fits = person is not None and person.method == "entra" and person.ado_id == migration.reader_ado_id
    return person if fits else None


def lacks_reader(services: Services, migration: Migration) -> bool:
    """Whether a migration waits for the person as whom it reads: then whoever takes it over takes nothing away."""
    if not reads_as_person(migration):
        return False
    lender = find_lender(services, migration)
    if lender is None or lender.state == "ended":
        return True
    return any(_waits_for_person(services, run_id) for run_id in services.runs.list_open(migration.id))


def _waits_for_person(services: Services, run_id: str) -> bool:
    run = services.runs.find(run_id)
    return run is not None and run.waiting is not None and run.waiting.code == READER_NEEDED


def reads_as_person(migration: Migration) -> bool:
    """Whether the connection's own token has nothing to do with how a migration reads."""
    return migration.read_as == "person"
