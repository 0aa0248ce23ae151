"""The YAML file of a migration: from where, into what, what is taken along, and the mapping. One file, one migration.

It names a migration by what it says, so it holds no id: the same file finds the same migration again, and one with
another scope or other options is another migration.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api import ApiModel, check_document
from app.command_line import require_organization
from app.config_files import decode_yaml, encode_yaml
from app.mapping import YAML_BYTES, save_mapping
from app.migrating import make_migration
from app.migrations import Name, OptionsBody, ScopeBody
from app.sites import require_site
from domain.errors import BadInput, Fault, UnknownObject
from domain.records import Json
from linkage.migration_sources import reads_as_person
from services import Services
from store.installations import Installation
from store.migrations import Migration, Options, ReadAs, Scope

STANDARD_INPUT = "-"
NO_PERSON = (
    "There is no such migration that reads as a person yet, and a command runs as nobody. Make it on the page of "
    "migrations, signed in as yourself; then this file finds it. Or leave readAs out to read with the token."
)


class MigrationFile(ApiModel):
    """`site`: the address of Jira. `organization`: name or address. `project`: name or id. `jiraProject`: key.

    Without a `mapping` the one that is saved already counts; without `readAs` it is the migration however it reads.
    """

    site: Name
    organization: Name
    project: Name
    jira_project: Annotated[str, Field(min_length=1, max_length=64)]
    board: Annotated[int, Field(ge=1)] | None = None
    scope: ScopeBody = ScopeBody()
    options: OptionsBody = OptionsBody()
    read_as: ReadAs | None = None
    mapping: dict[str, Any] | None = None


def open_migration(services: Services, named: str, *, with_mapping: bool = False) -> Migration:
    """The migration that a file describes, made when there is none, or the one of an id. With `with_mapping` the
    mapping in the file is saved as the migration's. Raises BadInput with every fault, UnknownObject.
    """
    if is_id(named):
        return require_known(services, named)
    file = read_file(named)
    site = require_site(services, file.site)
    migration = _find_alike(services, site, file) or _make(services, site, file)
    if not with_mapping or file.mapping is None:
        return migration
    return replace(migration, mapping_version=_save(services, migration, file.mapping))


def require_known(services: Services, migration_id: str) -> Migration:
    """The migration of an id, on whatever site. Raises UnknownObject."""
    found = services.migrations.find(migration_id)
    if found is None:
        raise UnknownObject(f"There is no migration {migration_id}. `migration list SITE` shows all.")
    return found


def read_file(name: str) -> MigrationFile:
    """The content of a file, `-` being standard input. Raises BadInput with every fault, OSError."""
    text = sys.stdin.read() if name == STANDARD_INPUT else Path(name).read_text(encoding="utf-8-sig", errors="replace")
    return check_document(MigrationFile, decode_yaml(text, name=name, pointer="", typed=True, most_bytes=YAML_BYTES))


def write_file(services: Services, migration: Migration, mapping: Json | None) -> str:
    """A migration as the text of its file, with this mapping. Raises UnknownObject when its organization is gone."""
    site = services.installations.find(migration.installation_id)
    connection = services.connections.find(migration.installation_id, migration.connection_id)
    if site is None or connection is None:
        raise UnknownObject("The site or the organization of this migration was removed.")
    file = MigrationFile(
        site=site.base_url, organization=connection.organization_url, project=migration.project_name,
        jira_project=migration.jira_project, board=migration.board_id,
        scope=ScopeBody.model_validate(migration.scope, from_attributes=True),
        options=OptionsBody.model_validate(migration.options, from_attributes=True),
        read_as=migration.read_as if reads_as_person(migration) else None,
    )  # fmt: skip
    document = file.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"scope"})
    narrowed = file.scope.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return encode_yaml(document | ({"scope": narrowed} if narrowed else {}) | ({"mapping": mapping} if mapping else {}))


def is_id(named: str) -> bool:
    """Whether it is the id of a migration; everything else is the name of a file."""
    try:
        return str(UUID(named)) == named
    except ValueError:
        return False


def _find_alike(services: Services, site: Installation, file: MigrationFile) -> Migration | None:
    """The newest migration that says the same as the file."""
    connection = require_organization(services, site, file.organization)
    wanted = (connection.id, file.jira_project, file.board, _scope(file), _options(file))
    for known in services.migrations.list_for(site.id):
        said = (known.connection_id, known.jira_project, known.board_id, known.scope, known.options)
        names = {known.project_id.casefold(), known.project_name.casefold()}
        if said == wanted and file.project.casefold() in names and file.read_as in {None, known.read_as}:
            return known
    return None


def _make(services: Services, site: Installation, file: MigrationFile) -> Migration:
    """Raises BadInput for one that is to read as a person: only that person can lend their sign-in."""
    if file.read_as == "person":
        raise BadInput(NO_PERSON, (Fault("/readAs", NO_PERSON),))
    connection = require_organization(services, site, file.organization)
    return make_migration(
        services, site, connection, project=file.project, jira_project=file.jira_project, board=file.board,
        scope=_scope(file), options=_options(file),
    )  # fmt: skip


def _save(services: Services, migration: Migration, mapping: Json) -> int:
    try:
        return save_mapping(services, migration, mapping)
    except BadInput as error:
        faults = tuple(Fault(f"/mapping{fault.pointer}", fault.detail) for fault in error.faults)
        raise BadInput("Some values of the mapping cannot be accepted; each is listed.", faults) from None


def _scope(file: MigrationFile) -> Scope:
    return Scope(file.scope.area_path, file.scope.types, file.scope.wiql)


def _options(file: MigrationFile) -> Options:
    return Options(**file.options.model_dump(by_alias=False))
