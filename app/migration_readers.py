"""/api/migrations/{id}/reader and /api/migration-sources: as whom a migration reads, and which projects people see.

Everybody lets one read as themselves only. Whoever may edit it may take it over, or set it back to the connection.
"""

from typing import Literal

from flask import Blueprint

from app.access import admit_admins, current_caller, require_connection
from app.api import ApiModel, api_view, read_body, read_query
from app.migrations import MigrationView, NewReadAs, read_by, require_migration, view_migration
from app.reading import choose_reader, list_sources
from services import Services


class ReaderBody(ApiModel):
    """`connection`: with the token of the organization; `me`: as the caller, by their Microsoft Entra sign-in."""

    read_as: NewReadAs


class SourceQuery(ApiModel):
    """What the token of the organization sees is listed with its connection."""

    read_as: Literal["me"]


class SourceView(ApiModel):
    id: str
    name: str


class SourceList(ApiModel):
    items: tuple[SourceView, ...]
    next: str | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with the reader of a migration, and the projects to choose from before there is one."""
    blueprint = Blueprint("migration_readers", __name__, url_prefix="/api")
    admit_admins(blueprint, services)
    blueprint.add_url_rule(
        "/migrations/<migration_id>/reader", view_func=services.bind(put_reader), methods=["PUT"]
    )  # fmt: skip
    blueprint.add_url_rule("/migration-sources/<connection_id>/projects", view_func=services.bind(list_projects_seen))
    return blueprint


@api_view(body=ReaderBody, answer=MigrationView)
def put_reader(services: Services, migration_id: str) -> MigrationView:
    """Choose with whose rights a migration reads. Scans and runs that wait for it go on."""
    body = read_body(ReaderBody)
    migration = require_migration(services, migration_id)
    connection = require_connection(services, migration.connection_id)
    choose_reader(services, connection, migration, read_by(body.read_as))
    return view_migration(services, require_migration(services, migration_id), current_caller().account_id)


@api_view(query=SourceQuery, answer=SourceList)
def list_projects_seen(services: Services, connection_id: str) -> SourceList:
    """List the projects of an organization that a migration may read as the caller."""
    connection = require_connection(services, connection_id)
    read_query(SourceQuery)
    found = list_sources(services, connection, current_caller().account_id)
    return SourceList(items=tuple(SourceView(id=one.id, name=one.name) for one in found))
