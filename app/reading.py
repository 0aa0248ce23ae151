"""As whom a migration reads Azure DevOps, for the API: who may lend it their sign-in, and which projects it sees."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from clients.ado_projects import Project, list_projects, read_project
from domain.errors import BadInput, Fault, Forbidden, NotFound, SignInNeeded, Unauthorized, WrongState
from domain.sign_in_purposes import MIGRATIONS
from linkage.migration_duties import wake_migration
from linkage.migration_sources import lacks_reader
from linkage.persons import Use, ado_as
from linkage.tenants import learn_tenant, sign_in_method
from services import Services
from store.connections import Connection
from store.migrations import Migration
from store.scans import OPEN

log = structlog.get_logger("crosswalk.migration")

USE = Use(MIGRATIONS)


def find_source(services: Services, connection: Connection, project: str, reader: str | None) -> Project:
    """A project by id or name, as `reader` sees it, an Atlassian account; None: as the token of the connection does.

    Raises BadInput when there is none, what `list_sources` raises, and the CallError of an answer.
    """
    name = connection.organization
    try:
        if reader is None:
            return read_project(services.ado(connection), project)
        with _told(connection):
            return read_project(ado_as(services, _require_entra(services, connection), reader, USE), project)
    except NotFound:
        eyes = "the token does not see it" if reader is None else "you do not see it"
        text = f"The organization {name} has no such project, or {eyes}."
        raise BadInput(text, (Fault("/project", text),)) from None


def list_sources(services: Services, connection: Connection, reader: str) -> Sequence[Project]:
    """Every project that `reader` sees, an Atlassian account.

    Raises SignInNeeded when they are not signed in for migrations, WrongState where nobody signs in by Entra, and the
    CallError of an answer.
    """
    with _told(connection):
        return list_projects(ado_as(services, _require_entra(services, connection), reader, USE))


def find_identity(services: Services, connection: Connection, reader: str | None) -> str | None:
    """Who an account is in the organization; None for none, and for one that is not signed in."""
    person = services.people.find(connection.id, reader) if reader else None
    return person.ado_id if person else None


def confirm_lent(services: Services, connection: Connection, reader: str | None, identity: str | None) -> None:
    """Called after it is written as whom a migration reads: who signed out meanwhile, or in as another one, lent
    nothing.
    """
    person = services.people.find(connection.id, reader) if reader else None
    is_here = person is not None and person.state != "ended" and person.ado_id == identity
    if reader and not is_here:
        services.migrations.take_back(connection.id, reader)


def choose_reader(services: Services, connection: Connection, migration: Migration, reader: str | None) -> None:
    """Let a migration read as `reader` from now on; None: with the token of the connection. Whichever it is must see
    its project. When that is somebody else, what the scan found counts no more, and one that has not ended begins anew.
    What waits for a reader goes on.

    Raises what `find_source` raises, WrongState while a run works whose reader can read.
    """
    identity = find_identity(services, connection, reader)  # before it is asked what they see: see `open_source`
    find_source(services, connection, migration.project_id, reader)
    wanted = ("person" if reader else "connection", reader, identity)
    if wanted != (migration.read_as, migration.reader, migration.reader_ado_id):
        scan = services.scans.find_progress(migration.id)
        services.migrations.set_reader(
            migration.id, reader, services.now(), ado_id=identity, despite_run=lacks_reader(services, migration)
        )  # fmt: skip
        confirm_lent(services, connection, reader, identity)
        if scan and scan.state in OPEN:
            services.scans.start(migration.id, services.now())
        log.info("migration.reader_chosen", migration=migration.id, by_person=reader is not None)
    wake_migration(services, migration.id)


def _require_entra(services: Services, connection: Connection) -> Connection:
    """The connection with its tenant. Raises WrongState where people do not sign in to it by Entra: a token of a
    person's own was given for branches.
    """
    present = connection
    if services.settings.entra_client_id and sign_in_method(services, connection) != "entra":
        present = learn_tenant(services, connection)
    if sign_in_method(services, present) != "entra":
        raise WrongState(
            f"People do not sign in to {connection.organization} with Microsoft Entra here, so a migration cannot read "
            "as yourself. Let it read with the token of the organization.",
            code="no_entra",
        )
    return present


@contextmanager
def _told(connection: Connection) -> Iterator[None]:
    """What is asked as the caller is told to the caller."""
    name = connection.organization
    try:
        yield
    except SignInNeeded:
        raise SignInNeeded(
            f"Sign in to Azure DevOps ({name}) for migrations first: Microsoft then asks whether Crosswalk may read "
            "work items and projects in your name."
        ) from None
    except (Unauthorized, Forbidden):
        raise WrongState(
            f"You are signed in to Azure DevOps ({name}), and may not read its projects. Ask an administrator of "
            f"{name} for the right, or let the migration read with the token of the organization.",
            code="no_right",
        ) from None
