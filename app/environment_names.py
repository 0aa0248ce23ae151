"""The names of environments that linked projects deploy to, read from Azure DevOps; one project that cannot be read
stops no other.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from clients.ado_pipelines import PipelinesApi
from clients.ado_projects import list_projects
from domain.errors import CallError
from services import Services
from store.connections import Connection
from store.links import Link

LINKS_READ = 100  # projects; each costs two calls or more
PROJECT_NAMES = 2000  # environments of one project
READS_AT_ONCE = 8
Kind = Literal["environment", "release definition"]


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """Where a name is used: an environment of YAML pipelines, or a classic release definition."""

    name: str
    connection_id: str
    project_id: str
    project: str
    kind: Kind
    definition: str | None = None


@dataclass(slots=True)
class PlaceList:
    """What was found, and a sentence for each thing that could not be read."""

    places: list[NamedPlace] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LinkedProject:
    """A linked project with the client that reads it; `name` is its id when nobody tells its name."""

    link: Link
    name: str
    pipelines: PipelinesApi

    def place(self, name: str, kind: Kind, definition: str | None = None) -> NamedPlace:
        return NamedPlace(name, self.link.connection_id, self.link.project_id, self.name, kind, definition)


def list_places(services: Services, installation_id: str) -> PlaceList:
    """Every environment of the linked projects of a site, within the bounds above."""
    found = PlaceList()
    projects: list[LinkedProject] = []
    for connection in services.connections.list_for(installation_id):
        projects += _open_projects(services, connection, found)
    if len(projects) > LINKS_READ:
        found.failures.append(f"Only {LINKS_READ} of {len(projects)} linked projects were looked at.")
    with ThreadPoolExecutor(max_workers=READS_AT_ONCE) as pool:
        for part in pool.map(_read_project, projects[:LINKS_READ]):
            found.places += part.places
            found.failures += part.failures
    return found


def _open_projects(services: Services, connection: Connection, found: PlaceList) -> Iterable[LinkedProject]:
    links = services.links.list_connection(connection.id)
    if not links:
        return ()
    try:
        client = services.ado(connection)
        names: Mapping[str, str] = {project.id: project.name for project in list_projects(client)}
    except CallError as error:
        found.failures.append(f"The projects of {connection.organization} could not be read: {error}")
        return ()
    pipelines = PipelinesApi(client)
    return tuple(LinkedProject(link, names.get(link.project_id, link.project_id), pipelines) for link in links)


def _read_project(project: LinkedProject) -> PlaceList:
    found = PlaceList()
    readers: Mapping[str, Callable[[LinkedProject], Iterable[NamedPlace]]] = {
        "environments": _yaml_places, "release definitions": _release_places,
    }  # fmt: skip
    for what, read in readers.items():
        try:
            found.places += islice(read(project), PROJECT_NAMES)
        except CallError as error:
            found.failures.append(f"The {what} of {project.name} could not be read: {error}")
    return found


def _yaml_places(project: LinkedProject) -> Iterable[NamedPlace]:
    for environment in project.pipelines.list_environments(project.link.project_id):
        yield project.place(environment.name, "environment")


def _release_places(project: LinkedProject) -> Iterable[NamedPlace]:
    for stage in project.pipelines.list_release_stages(project.link.project_id):
        yield project.place(stage.name, "release definition", stage.definition)
