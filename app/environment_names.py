"""The names of environments that linked projects deploy to, read from Azure DevOps. What cannot be read, or not in
time, stops nothing else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Literal

from app.asking import ADO_SECONDS, LATE, Asking
from clients.ado_pipelines import PipelinesApi
from clients.ado_projects import list_projects
from domain.errors import CallError, SecretError
from services import Services
from store.connections import Connection
from store.links import Link

LINKS_READ = 100  # projects; each costs two calls or more
PROJECT_NAMES = 2000  # environments of one project
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
    with Asking(ADO_SECONDS) as asking:
        projects = _open_projects(services, installation_id, asking, found)
        if len(projects) > LINKS_READ:
            found.failures.append(f"Only {LINKS_READ} of {len(projects)} linked projects were looked at.")
        reads = [(project, what) for project in projects[:LINKS_READ] for what in READERS]
        answers = asking.ask_all(partial(_read_part, *read) for read in reads)
    for (project, what), answer in zip(reads, answers, strict=True):
        part = answer.found or PlaceList(failures=[f"The {what} of {project.name} {LATE}"])
        found.places += part.places
        found.failures += part.failures
    return found


def _open_projects(services: Services, installation_id: str, asking: Asking, found: PlaceList) -> list[LinkedProject]:
    """The linked projects of the organizations that answer; of the others a sentence is put to the failures."""
    every = services.connections.list_for(installation_id)
    linked = {one.id: links for one in every if (links := services.links.list_connection(one.id))}
    asked = [one for one in every if one.id in linked]
    answers = asking.ask_all(partial(_open_connection, services, one, linked[one.id]) for one in asked)
    opened: list[LinkedProject] = []
    for connection, answer in zip(asked, answers, strict=True):
        if answer.found is None:
            found.failures.append(f"The projects of {connection.organization} {LATE}")
        elif isinstance(answer.found, str):
            found.failures.append(answer.found)
        else:
            opened += answer.found
    return opened


def _open_connection(
    services: Services, connection: Connection, links: Sequence[Link]
) -> Sequence[LinkedProject] | str:
    """Its linked projects, or in a sentence why they cannot be read."""
    try:
        client = services.ado(connection)
        names: Mapping[str, str] = {project.id: project.name for project in list_projects(client)}
    except (CallError, SecretError) as error:
        return f"The projects of {connection.organization} could not be read: {error}"
    pipelines = PipelinesApi(client)
    return [LinkedProject(link, names.get(link.project_id, link.project_id), pipelines) for link in links]


def _read_part(project: LinkedProject, what: str) -> PlaceList:
    try:
        return PlaceList(list(islice(READERS[what](project), PROJECT_NAMES)))
    except CallError as error:
        return PlaceList(failures=[f"The {what} of {project.name} could not be read: {error}"])


def _yaml_places(project: LinkedProject) -> Iterable[NamedPlace]:
    for environment in project.pipelines.list_environments(project.link.project_id):
        yield project.place(environment.name, "environment")


def _release_places(project: LinkedProject) -> Iterable[NamedPlace]:
    for stage in project.pipelines.list_release_stages(project.link.project_id):
        yield project.place(stage.name, "release definition", stage.definition)


READERS: Mapping[str, Callable[[LinkedProject], Iterable[NamedPlace]]] = {
    "environments": _yaml_places, "release definitions": _release_places,
}  # fmt: skip
