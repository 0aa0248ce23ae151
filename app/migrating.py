"""Migrations, for the API and the command line: made, found, scanned, deleted; runs started and told what to do."""

import structlog

from app.reading import confirm_lent, find_identity, find_source
from clients.jira_projects import JiraProject, find_project, list_boards
from domain.errors import BadInput, Fault, UnknownObject, WrongState
from domain.mapping_records import NO_MAPPING
from domain.run_states import PersonsCall, RunKind, RunState
from domain.scan_reports import NO_SCAN, ScanReport
from domain.work_item_queries import scope_condition
from linkage.left_runs import forget_left_runs
from linkage.migration_duties import wake_run, wake_scan
from linkage.migration_sources import require_lender_admin
from services import Services
from store.connections import Connection
from store.installations import Installation
from store.migrations import Migration, NewMigration, Options, Scope
from store.runs import NewRun, Run
from store.scans import Scan

log = structlog.get_logger("crosswalk.migration")

READING: frozenset[PersonsCall] = frozenset({"resume", "verify", "repair"})  # what reads Azure DevOps again
NO_DELTA = "A delta run is not in this version: start a full one. What is in Jira already is not made twice."


def make_migration(
    services: Services, site: Installation, connection: Connection, *, project: str, jira_project: str,
    board: int | None, scope: Scope, options: Options, reader: str | None = None,
) -> Migration:  # fmt: skip
    """Make a migration; `project` by id or name, `jira_project` by key, `reader` the account as which it reads. Raises
    BadInput when there is no such project or board or the condition is none, SignInNeeded and WrongState for a reader
    who cannot be one, and the CallError of a system that cannot be asked.
    """
    _require_condition(scope)
    identity = find_identity(services, connection, reader)
    source = find_source(services, connection, project, reader)
    target = _find_target(services, site, jira_project)
    if board is not None:
        _require_board(services, site, target, board)
    wanted = NewMigration(
        connection.id, source.id, source.name, target.key, target.id, board_id=board, scope=scope, options=options,
        reader=reader, reader_ado_id=identity,
    )  # fmt: skip
    made = services.migrations.add(site.id, wanted, services.now())
    confirm_lent(services, connection, reader, identity)
    log.info("migration.made", migration=made.id)
    return made


def require_migration_of(services: Services, site: Installation, migration_id: str) -> Migration:
    """A migration of this site. Raises UnknownObject, also for another site's."""
    found = services.migrations.find_own(site.id, migration_id)
    if found is None:
        raise UnknownObject("There is no such migration. Load the list again.")
    return found


def delete_migration(services: Services, migration: Migration) -> None:
    """Delete a migration with its scan, mappings and the rows of its runs; what was made in Jira stays, and so does the
    record of which issue is which work item. Raises WrongState while a run has not ended.
    """
    services.runs.delete_migration(migration.id)
    log.info("migration.deleted", migration=migration.id)
    forget_left_runs(services)


def start_scan(services: Services, migration: Migration) -> Scan:
    """Have the project scanned; one that is under way goes on. Raises WrongState as `require_lender_admin`."""
    _require_connection(services, migration)
    require_lender_admin(services, migration)
    scan_id = services.scans.start(migration.id, services.now())
    wake_scan(services, scan_id)
    log.info("migration.scan_started", migration=migration.id, scan=scan_id)
    return require_scan(services, migration)


def cancel_scan(services: Services, migration: Migration) -> Scan:
    """Stop the scan. Raises UnknownObject when there is none, WrongState when it has ended."""
    found = require_scan(services, migration)
    if not services.scans.cancel(migration.id, services.now()):
        raise WrongState(f"Only a scan that has not ended can be cancelled; this one is {found.state}.")
    return require_scan(services, migration)


def require_scan(services: Services, migration: Migration) -> Scan:
    """Raises UnknownObject when there was none."""
    found = services.scans.find_newest(migration.id)
    if found is None:
        raise UnknownObject("This project was not scanned yet. Start a scan.")
    return found


def require_report(services: Services, migration: Migration) -> tuple[Scan, ScanReport]:
    """A scan that is done, with its report. Raises WrongState."""
    found = services.scans.find_newest(migration.id)
    if found is None or found.state != "done" or found.report is None:
        raise WrongState(NO_SCAN, code="not_scanned")
    return found, found.report


def require_mapping(migration: Migration) -> int:
    """The version of the mapping. Raises WrongState when there is none."""
    if not migration.mapping_version:
        raise WrongState(NO_MAPPING, code="not_mapped")
    return migration.mapping_version


def start_run(services: Services, migration: Migration, kind: RunKind) -> str:
    """Start a run with the mapping as it is; its id. Raises WrongState when another one writes into the same project,
    and when its scan is gone or its reader may not lend any more.

    Whoever calls has asked for a check before.
    """
    _require_connection(services, migration)
    require_lender_admin(services, migration)
    require_report(services, migration)  # a check takes a while, in which somebody else may have become its reader
    wanted = NewRun(
        migration.installation_id, migration.id, migration.connection_id, migration.jira_project_id, kind,
        require_mapping(migration),
    )  # fmt: skip
    run_id = services.runs.start(wanted, services.now())
    wake_run(services, run_id)
    log.info("migration.run_started", migration=migration.id, run=run_id, kind=kind)
    return run_id


def require_kind(kind: RunKind) -> None:
    """Raises WrongState for a kind that is not in this version."""
    if kind == "delta":
        raise WrongState(NO_DELTA, code="not_in_this_version")


def require_run_of(services: Services, site: Installation, run_id: str) -> Run:
    """A run of this site. Raises UnknownObject, also for another site's."""
    found = services.runs.find_own(site.id, run_id)
    if found is None:
        raise UnknownObject("There is no such run. Load the migration again.")
    return found


def change_run(services: Services, run: Run, call: PersonsCall) -> RunState:
    """Pause, resume, cancel, verify or repair a run; the state it is in then. Raises WrongState."""
    migration = services.migrations.find(run.migration_id)
    if migration and call in READING:
        require_lender_admin(services, migration)
    state = services.runs.move(run.id, call, services.now())
    wake_run(services, run.id)
    log.info("migration.run_changed", run=run.id, call=call, state=state)
    return state


def _require_connection(services: Services, migration: Migration) -> None:
    if services.connections.find(migration.installation_id, migration.connection_id) is None:
        raise WrongState("The organization was removed. Connect it again, and make a new migration.", code="no_source")


def _require_condition(scope: Scope) -> None:
    try:
        scope_condition(area_path=scope.area_path, types=scope.types, wiql=scope.wiql)
    except BadInput as error:
        raise BadInput(str(error), (Fault("/scope/wiql", str(error)),), code=error.code) from None


def _find_target(services: Services, site: Installation, key: str) -> JiraProject:
    found = find_project(services.jira(site), key)
    if found is None or found.key != key:
        text = f"The Jira site has no project {key}, or Crosswalk may not see it. Name it by its present key."
        raise BadInput(text, (Fault("/jiraProject", text),))
    return found


def _require_board(services: Services, site: Installation, target: JiraProject, board: int) -> None:
    known = {one.id for one in list_boards(services.jira(site), target.key)}
    if board not in known:
        text = f"The project {target.key} has no board {board}."
        raise BadInput(text, (Fault("/board", text),))
