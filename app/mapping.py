"""/api/migrations/{id}/mapping: what becomes of everything, as one document, in JSON or YAML. Every version is kept."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import Field

from app.access import admit_admins
from app.api import JSON_TYPE, ApiModel, also_as, api_view, check_document, in_forms, read_query
from app.config_files import decode_yaml, encode_yaml
from app.dead_letters import moment
from app.mapping_views import (
    DifferenceList,
    DifferenceView,
    MappingBody,
    MappingView,
    SavedMapping,
    VersionList,
    VersionView,
)
from app.migrations import require_migration
from domain.errors import UnknownObject
from domain.mapping_documents import diff_mappings, read_mapping, write_mapping
from domain.mapping_records import NO_MAPPING
from domain.mapping_records import Mapping as WorkMapping
from domain.records import Json
from services import Services
from store.migrations import Migration

YAML = "application/yaml"  # https://www.rfc-editor.org/rfc/rfc9512
YAML_TYPES = (YAML, "application/x-yaml", "text/yaml", "text/x-yaml")
YAML_BYTES = 2 * 1024 * 1024  # as much as any body may have
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class VersionQuery(ApiModel):
    """An older version; the newest when it is left out."""

    version: Version | None = None


class DiffQuery(ApiModel):
    """Two versions; by default the newest and the one before it."""

    from_: Annotated[Version | None, Field(alias="from")] = None
    to: Version | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with the mapping of a migration."""
    blueprint = Blueprint("mapping", __name__, url_prefix="/api/migrations/<migration_id>/mapping")
    admit_admins(blueprint, services)
    written = services.bind(write_yaml)
    shown = also_as(services.bind(show_mapping), dict.fromkeys(YAML_TYPES, written))
    blueprint.add_url_rule("", view_func=shown, methods=["GET"])
    blueprint.add_url_rule("", view_func=_by_content(services), methods=["PUT"], endpoint="put")
    blueprint.add_url_rule("/versions", view_func=services.bind(list_versions), methods=["GET"])
    blueprint.add_url_rule("/diff", view_func=services.bind(compare_versions), methods=["GET"])
    return blueprint


@api_view(query=VersionQuery, answer=MappingView)
def show_mapping(services: Services, migration_id: str) -> MappingView:
    """Show the mapping; it may be put again as it is."""
    migration = require_migration(services, migration_id)
    return MappingView.model_validate(require_document(services, migration, read_query(VersionQuery).version))


def write_yaml(services: Services, migration_id: str) -> Response:
    """The same as YAML, to be edited and put again."""
    migration = require_migration(services, migration_id)
    asked = check_document(VersionQuery, request.args.to_dict())  # spectree checks what is asked of the JSON form alone
    document = require_document(services, migration, asked.version)
    return Response(encode_yaml(document), content_type=f"{YAML}; charset=utf-8")


@api_view(body=MappingBody, answer=SavedMapping)
def put_mapping(services: Services, migration_id: str) -> SavedMapping:
    """Save the mapping, as JSON or YAML. Runs that have begun keep the version they began with."""
    migration = require_migration(services, migration_id)
    return SavedMapping(version=save_mapping(services, migration, request.get_json()))


def put_yaml(services: Services, migration_id: str) -> Response:
    migration = require_migration(services, migration_id)
    saved = SavedMapping(version=save_mapping(services, migration, parse_yaml(request.get_data())))
    return Response(saved.model_dump_json(), content_type=JSON_TYPE)


@api_view(answer=VersionList)
def list_versions(services: Services, migration_id: str) -> VersionList:
    """List the versions that are kept, the newest first."""
    found = services.mappings.list_versions(require_migration(services, migration_id).id)
    return VersionList(items=tuple(VersionView(version=one.version, at=moment(one.at)) for one in found))


@api_view(query=DiffQuery, answer=DifferenceList)
def compare_versions(services: Services, migration_id: str) -> DifferenceList:
    """Show what differs between two versions of the mapping."""
    migration, asked = require_migration(services, migration_id), read_query(DiffQuery)
    newer = asked.to or migration.mapping_version
    older = asked.from_ or max(newer - 1, 1)
    found = diff_mappings(
        require_mapping_of(services, migration, older), require_mapping_of(services, migration, newer)
    )
    return DifferenceList(items=tuple(
        DifferenceView(section=one.section, source=one.source, change=one.change,
                       before=dict(one.before) if one.before else None, after=dict(one.after) if one.after else None)
        for one in found
    ))  # fmt: skip


def save_mapping(services: Services, migration: Migration, document: object) -> int:
    """Make a document the mapping of a migration; its version. Raises BadInput that lists every fault."""
    mapping = read_mapping(document)
    return services.mappings.put(migration.id, write_mapping(mapping), services.now())


def parse_yaml(body: bytes) -> object:
    """The plain data of a mapping in YAML. Raises BadInput."""
    text = body.decode("utf-8-sig", "replace")
    return decode_yaml(text, name="The mapping", pointer="", typed=True, most_bytes=YAML_BYTES)


def require_document(services: Services, migration: Migration, version: int | None = None) -> Json:
    """The document of a version, the newest unless one is named. Raises UnknownObject."""
    document = services.mappings.read(migration.id, version)
    if document is None:
        raise UnknownObject(f"Version {version} of the mapping is not kept." if version else NO_MAPPING)
    return document


def require_mapping_of(services: Services, migration: Migration, version: int | None = None) -> WorkMapping:
    """The mapping of a version. Raises UnknownObject."""
    return read_mapping(require_document(services, migration, version))


def _by_content(services: Services) -> Callable[[str], Response]:
    """A body in YAML is told by its Content-Type; everything else has to be JSON."""
    json_view, yaml_view = services.bind(put_mapping), services.bind(put_yaml)

    def put(migration_id: str) -> Response:
        return (yaml_view if request.mimetype in YAML_TYPES else json_view)(migration_id)

    return in_forms(update_wrapper(put, json_view), YAML_TYPES)
