"""/api/migrations: from a project of Azure DevOps into a Jira project. Made and deleted here; the rest has files of its
own.
"""

from datetime import datetime
from typing import Annotated, Literal

from flask import Blueprint, Response
from pydantic import Field

from app.access import admit_admins, current_caller, current_site, require_connection
from app.api import ApiModel, api_view, read_body
from app.dead_letters import moment
from app.migrating import delete_migration, make_migration, require_migration_of
from clients.jira_projects import list_boards, list_projects
from domain.run_states import Phase, RunKind, RunState
from linkage.migration_sources import find_lender
from services import Services
from store.migrations import Migration, Options, Scope
from store.people import PersonState
from store.runs import RunGlance

# What a migration has come to: a scan of its own states, then a mapping, then the state of its newest run
MigrationState = Literal[
    "new", "scanning", "scan_failed", "scanned", "mapped", "queued", "running", "pausing", "paused", "done", "failed",
    "cancelled", "rolled_back",
]  # fmt: skip
SCAN_STATES: dict[RunState, MigrationState] = {
    "queued": "scanning", "running": "scanning", "failed": "scan_failed", "done": "scanned",
}  # fmt: skip
# With the token of the organization, as the caller, as somebody else, or as somebody who is not known any more
ShownReadAs = Literal["connection", "me", "other", "nobody"]
NewReadAs = Literal["connection", "me"]
ReaderState = PersonState | Literal["signed_out"]
TYPES = 100
Name = Annotated[str, Field(min_length=1, max_length=255)]


class ScopeBody(ApiModel):
    """What is left out does not narrow: an area and all below it; some types; a condition in WIQL, as after WHERE."""

    area_path: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    types: Annotated[tuple[Name, ...], Field(max_length=TYPES)] = ()
    wiql: Annotated[str, Field(min_length=1, max_length=8000)] | None = None


class OptionsBody(ApiModel):
    """What is taken along. `history` is kept for a later version: a check says that it is not taken along yet."""

    comments: bool = True
    attachments: bool = True
    links: bool = True
    history: bool = False


class NewMigrationBody(ApiModel):
    """`project`: its id or name in Azure DevOps. `jiraProject`: its key. `board`: id of the board for sprints.

    `readAs`: with the token of the organization, or as the caller, who signed in with Microsoft Entra for migrations.
    """

    connection_id: Annotated[str, Field(min_length=1, max_length=36)]
    project: Name
    jira_project: Annotated[str, Field(min_length=1, max_length=64)]
    board: Annotated[int, Field(ge=1)] | None = None
    scope: ScopeBody = ScopeBody()
    options: OptionsBody = OptionsBody()
    read_as: NewReadAs = "connection"


class MigrationMade(ApiModel):
    id: str
    state: MigrationState


class ProjectPart(ApiModel):
    id: str
    name: str


class ScanPart(ApiModel):
    id: str
    state: RunState
    done: int
    total: int | None


class RunPart(ApiModel):
    """`broken`: how much failed or differs; null before it has ended."""

    id: str
    kind: RunKind
    state: RunState
    phase: Phase
    started_at: datetime
    broken: int | None


class MigrationView(ApiModel):
    """`scan` and `run` are the newest, null when there was none; `mappingVersion` is 0 while there is no mapping.

    `organization` is null when it was removed since. `readerState`: the sign-in of the person as whom it reads, null
    when it reads as none.
    """

    id: str
    state: MigrationState
    connection_id: str
    organization: str | None
    project: ProjectPart
    jira_project: str
    jira_project_id: str
    board: int | None
    scope: ScopeBody
    options: OptionsBody
    read_as: ShownReadAs
    reader_state: ReaderState | None
    mapping_version: int
    scan: ScanPart | None
    run: RunPart | None
    created_at: datetime
    changed_at: datetime


class MigrationList(ApiModel):
    items: tuple[MigrationView, ...]
    next: str | None = None


class TargetView(ApiModel):
    id: str
    key: str
    name: str


class TargetList(ApiModel):
    items: tuple[TargetView, ...]
    next: str | None = None


class BoardView(ApiModel):
    """`kind`: scrum, kanban or simple. Only boards with sprints take iterations."""

    id: int
    name: str
    kind: str


class BoardList(ApiModel):
    items: tuple[BoardView, ...]
    next: str | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/migrations`, and with the Jira projects and boards to choose from."""
    blueprint = Blueprint("migrations", __name__, url_prefix="/api")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("/migrations", view_func=services.bind(list_migrations), methods=["GET"])
    blueprint.add_url_rule("/migrations", view_func=services.bind(add_migration), methods=["POST"])
    blueprint.add_url_rule("/migrations/<migration_id>", view_func=services.bind(show_migration), methods=["GET"])
    blueprint.add_url_rule("/migrations/<migration_id>", view_func=services.bind(remove_migration), methods=["DELETE"])
    blueprint.add_url_rule("/migration-targets", view_func=services.bind(list_targets), methods=["GET"])
    blueprint.add_url_rule("/migration-targets/<key>/boards", view_func=services.bind(list_target_boards))
    return blueprint


@api_view(answer=MigrationList)
def list_migrations(services: Services) -> MigrationList:
    """List the migrations of the site, the newest first."""
    found, account = services.migrations.list_for(current_site().id), current_caller().account_id
    return MigrationList(items=tuple(view_migration(services, migration, account) for migration in found))


@api_view(body=NewMigrationBody, answer=MigrationMade, status=201)
def add_migration(services: Services) -> tuple[MigrationMade, int]:
    """Make a migration. Nothing is read or written yet but to see that both projects are there."""
    body = read_body(NewMigrationBody)
    connection = require_connection(services, body.connection_id)
    made = make_migration(
        services, current_site(), connection, project=body.project, jira_project=body.jira_project, board=body.board,
        scope=Scope(body.scope.area_path, body.scope.types, body.scope.wiql),
        options=Options(**body.options.model_dump(by_alias=False)), reader=read_by(body.read_as),
    )  # fmt: skip
    return MigrationMade(id=made.id, state="new"), 201


@api_view(answer=MigrationView)
def show_migration(services: Services, migration_id: str) -> MigrationView:
    """Show a migration and how far it has come."""
    return view_migration(services, require_migration(services, migration_id), current_caller().account_id)


@api_view(answer=None, status=204)
def remove_migration(services: Services, migration_id: str) -> Response:
    """Delete a migration. What it made in Jira stays there."""
    delete_migration(services, require_migration(services, migration_id))
    return Response(status=204)


@api_view(answer=TargetList)
def list_targets(services: Services) -> TargetList:
    """List the Jira projects that a migration may write into."""
    found = list_projects(services.jira(current_site()))
    return TargetList(items=tuple(TargetView(id=one.id, key=one.key, name=one.name) for one in found))


@api_view(answer=BoardList)
def list_target_boards(services: Services, key: str) -> BoardList:
    """List the boards of a Jira project."""
    found = list_boards(services.jira(current_site()), key)
    return BoardList(items=tuple(BoardView(id=one.id, name=one.name, kind=one.kind) for one in found))


def require_migration(services: Services, migration_id: str) -> Migration:
    """A migration of the caller's own site. Raises UnknownObject."""
    return require_migration_of(services, current_site(), migration_id)


def read_by(read_as: NewReadAs) -> str | None:
    """The account of the caller, when it is to be read as them."""
    return current_caller().account_id if read_as == "me" else None


def view_migration(services: Services, migration: Migration, account_id: str | None = None) -> MigrationView:
    """A migration as a person sees it, with its newest scan and run; a command has no `account_id`."""
    connection = services.connections.find(migration.installation_id, migration.connection_id)
    scan = services.scans.find_progress(migration.id)
    run = services.runs.find_newest(migration.id)
    scan_part = ScanPart(id=scan.id, state=scan.state, done=scan.done, total=scan.total) if scan else None
    run_part = _view_run(run) if run else None
    return MigrationView(
        id=migration.id,
        state=name_state(migration, scan_part, run_part),
        connection_id=migration.connection_id,
        organization=connection.organization if connection else None,
        project=ProjectPart(id=migration.project_id, name=migration.project_name),
        jira_project=migration.jira_project,
        jira_project_id=migration.jira_project_id,
        board=migration.board_id,
        scope=ScopeBody(area_path=migration.scope.area_path, types=migration.scope.types, wiql=migration.scope.wiql),
        options=OptionsBody.model_validate(migration.options, from_attributes=True),
        read_as=name_reader(migration, account_id),
        reader_state=find_reader_state(services, migration),
        mapping_version=migration.mapping_version,
        scan=scan_part,
        run=run_part,
        created_at=moment(migration.created_at),
        changed_at=moment(migration.changed_at),
    )


def name_reader(migration: Migration, account_id: str | None) -> ShownReadAs:
    """As whom it reads, told to this person. Who the other is, is told to nobody."""
    if migration.read_as == "connection":
        return "connection"
    if migration.reader is None:
        return "nobody"
    return "me" if migration.reader == account_id else "other"


def find_reader_state(services: Services, migration: Migration) -> ReaderState | None:
    """Whether the person as whom it reads is signed in by Entra."""
    if migration.reader is None:
        return None
    lender = find_lender(services, migration)
    return lender.state if lender else "signed_out"


def _view_run(run: RunGlance) -> RunPart:
    started_at = moment(run.started_at)
    return RunPart(
        id=run.id, kind=run.kind, state=run.state, phase=run.phase, started_at=started_at, broken=run.broken
    )  # fmt: skip


def name_state(migration: Migration, scan: ScanPart | None, run: RunPart | None) -> MigrationState:
    """One word for how far a migration has come: its run tells more than its mapping, and that more than its scan."""
    if run:
        return run.state
    if scan is None or scan.state not in SCAN_STATES:
        return "new"
    found = SCAN_STATES[scan.state]
    return "mapped" if found == "scanned" and migration.mapping_version else found
