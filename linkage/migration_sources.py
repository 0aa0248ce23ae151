"""As whom a migration reads Azure DevOps: with the token of its connection, or as the person who lent it their sign-in.

Secrets are read when a turn or a question opens its source, and are in memory only.
"""

from collections.abc import Callable

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

NO_RIGHT = (
    "The person as whom this migration reads may not read this in Azure DevOps. Grant the right there, or choose with "
    "whose rights it reads"
)
READER_GONE = (
    "This migration read as a person whose Jira account Crosswalk does not know any more. Open it on the page of "
    "migrations and choose with whose rights it reads."
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
        return ado_as(services, connection, migration.reader, Use(MIGRATIONS, lane, tally))
    except SignInNeeded:
        raise
    except (AccessDenied, WrongState) as error:  # nothing is wrong with the person: a run waits for it to pass
        raise Unavailable(ENTRA, None, f"the sign-in of the person cannot be renewed now. {error}") from None


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


def reads_as_person(migration: Migration) -> bool:
    """Whether the connection's own token has nothing to do with how a migration reads."""
    return migration.read_as == "person"
