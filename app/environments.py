"""/api/environments: which type each environment has in Jira and why, a try-out of a table, and the import of one."""

from collections.abc import Iterable
from typing import Annotated

from flask import Blueprint
from pydantic import Field

from app.access import admit_admins, current_site, require_connection
from app.api import ApiModel, ConcernView, api_view, read_body
from app.config_files import decode_yaml
from app.environment_names import Kind, NamedPlace, list_places
from app.site_settings import Globs
from clients.ado_git import GitApi
from clients.ado_history import HistoryApi
from domain.environment_files import FILE_PATH, ImportedMapping, import_mapping
from domain.environments import EnvironmentMapping, EnvironmentType, explain_type
from domain.errors import BadInput, Fault, NotFound, UnknownObject
from domain.records import Repository
from services import Services
from store.connections import Connection

NAMES_TRIED = 500
NAME_CHARACTERS = 255
TRIALS = 50_000  # names times patterns of one preview
PLACES_SHOWN = 20  # of one name
REPOSITORY_POINTER = "/repositoryId"
Mapped = dict[EnvironmentType, Globs]


class Trial(ApiModel):
    """Names, and the table to try on them; without one that of the site."""

    names: Annotated[tuple[Annotated[str, Field(max_length=NAME_CHARACTERS)], ...], Field(max_length=NAMES_TRIED)]
    mapping: Mapped | None = None


class TypedName(ApiModel):
    """To be read as `qa1 → testing, because …`."""

    name: str
    type: EnvironmentType
    reason: str


class TrialList(ApiModel):
    items: tuple[TypedName, ...]
    next: str | None = None


class PlaceView(ApiModel):
    """Where the name is used; `definition` is the classic release definition, null for a YAML environment."""

    connection_id: str
    project_id: str
    project: str
    kind: Kind
    definition: str | None


class EnvironmentView(TypedName):
    """`places`: the first 20 of `count`."""

    places: tuple[PlaceView, ...]
    count: int


class EnvironmentList(ApiModel):
    """`problems` tells what could not be read."""

    items: tuple[EnvironmentView, ...]
    next: str | None = None
    problems: tuple[ConcernView, ...] = ()


class ImportBody(ApiModel):
    """A repository of a linked project that has a `.jira/config.yml` on its default branch."""

    connection_id: str = Field(max_length=64)
    repository_id: str = Field(min_length=1, max_length=64)


class ImportView(ApiModel):
    """A table to be put into the settings; nothing was changed. `ignored`: what of the file was left out, and why."""

    mapping: dict[EnvironmentType, tuple[str, ...]]
    ignored: tuple[str, ...]
    source: str


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/environments`."""
    blueprint = Blueprint("environments", __name__, url_prefix="/api/environments")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(list_environments), methods=["GET"])
    blueprint.add_url_rule("/preview", view_func=services.bind(preview_mapping), methods=["POST"])
    blueprint.add_url_rule("/import", view_func=services.bind(import_file), methods=["POST"])
    return blueprint


@api_view(answer=EnvironmentList)
def list_environments(services: Services) -> EnvironmentList:
    """List the environments of all linked projects by name, each with its type, the reason and where it is used."""
    site = current_site()
    mapping = services.settings_book.read(site.id).settings.environments
    found = list_places(services, site.id)
    problems = (ConcernView(code="not_read", severity="warning", detail=detail) for detail in found.failures)
    return EnvironmentList(items=show_places(found.places, mapping), problems=tuple(problems))


@api_view(body=Trial, answer=TrialList)
def preview_mapping(services: Services) -> TrialList:
    """Tell the type of each name under a table, without changing anything."""
    body = read_body(Trial)
    kept = services.settings_book.read(current_site().id).settings.environments
    mapping: EnvironmentMapping = kept if body.mapping is None else body.mapping
    if len(body.names) * sum(len(globs) for globs in mapping.values()) > TRIALS:
        raise BadInput("That is too much for one preview. Try fewer names at once.", (Fault("/names", "fewer names"),))
    return TrialList(items=tuple(type_name(name, mapping) for name in body.names))


@api_view(body=ImportBody, answer=ImportView)
def import_file(services: Services) -> ImportView:
    """Read the environment mapping of a repository's `.jira/config.yml`. Nothing is changed: put it in the settings."""
    body = read_body(ImportBody)
    connection = require_connection(services, body.connection_id)
    repository, found = read_mapping(services, connection, body.repository_id)
    branch = repository.default_branch or "its default branch"
    source = f"{repository.project}/{repository.name}, {FILE_PATH.removeprefix('/')} on {branch}"
    return ImportView(mapping=dict(found.mapping), ignored=found.ignored, source=source)


def read_mapping(services: Services, connection: Connection, repository_id: str) -> tuple[Repository, ImportedMapping]:
    """Raises UnknownObject for a repository outside of the linked projects, BadInput for a file that cannot be read."""
    client = services.ado(connection)
    try:
        repository = HistoryApi(client).read_repository(repository_id).repository
    except NotFound:
        raise UnknownObject("There is no such repository in a linked project. Load the list again.") from None
    if services.links.find_project(connection.id, repository.project_id) is None:
        raise UnknownObject("There is no such repository in a linked project. Load the list again.")
    try:
        text = GitApi(client).read_file(repository.id, FILE_PATH)
    except NotFound:
        detail = f"{repository.name} has no {FILE_PATH.removeprefix('/')} on its default branch."
        raise BadInput(detail, (Fault(REPOSITORY_POINTER, detail),)) from None
    return repository, import_mapping(decode_yaml(text, name=FILE_PATH.removeprefix("/"), pointer=REPOSITORY_POINTER))


def type_name(name: str, mapping: EnvironmentMapping) -> TypedName:
    kind, reason = explain_type(name, mapping)
    return TypedName(name=name, type=kind, reason=reason)


def show_places(places: Iterable[NamedPlace], mapping: EnvironmentMapping) -> tuple[EnvironmentView, ...]:
    by_name: dict[str, list[NamedPlace]] = {}
    for place in places:
        by_name.setdefault(place.name, []).append(place)
    ordered = sorted(by_name.items(), key=lambda item: item[0].casefold())
    return tuple(show_name(name, found, mapping) for name, found in ordered)


def show_name(name: str, found: list[NamedPlace], mapping: EnvironmentMapping) -> EnvironmentView:
    shown = tuple(
        PlaceView(
            connection_id=place.connection_id, project_id=place.project_id, project=place.project, kind=place.kind,
            definition=place.definition,
        )
        for place in found[:PLACES_SHOWN]
    )  # fmt: skip
    kind, reason = explain_type(name, mapping)
    return EnvironmentView(name=name, type=kind, reason=reason, places=shown, count=len(found))
