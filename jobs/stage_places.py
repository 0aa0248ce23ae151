"""Where a stage of a YAML run deployed, as the deployment records of the project's environments show it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from clients.ado_pipelines import RECORDS_PAGE, PipelinesApi
from clients.pipeline_answers import Environment, EnvironmentRecord
from domain.errors import NotFound
from domain.records import StageChanged
from domain.site_settings import DEFAULTS, PartialMeans

RECORDS_READ = 500  # how far back one environment is read for this run and for the last success
SUCCESSES: dict[PartialMeans, frozenset[str]] = {
    "failed": frozenset({"succeeded"}), "successful": frozenset({"succeeded", "succeededWithIssues"}),
}  # fmt: skip
PARTIAL_IS = DEFAULTS.partial_deployment_is


class StageMemory(Protocol):
    """Remembers environments by pipeline and a text; forgetting costs a search, never a deployment."""

    def recall(self, pipeline_id: int, stage: str) -> tuple[int, ...] | None: ...

    def remember(self, pipeline_id: int, stage: str, environments: tuple[int, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """An environment as its records show it to one stage of one run.

    `own`: the records of this attempt. `last_success`: of this pipeline's other runs before it. `last_run`: the newest
    other run whose stage of the same name came here.
    """

    environment: Environment
    own: tuple[EnvironmentRecord, ...]
    last_success: EnvironmentRecord | None
    last_run: int


@dataclass(frozen=True, slots=True)
class Search:
    """One stage event and what is needed to follow it."""

    event: StageChanged
    pipelines: PipelinesApi
    memory: StageMemory
    partial_is: PartialMeans = PARTIAL_IS  # whether what partly succeeded before counts as being there

    @property
    def announced_name(self) -> str:
        """Under this the memory keeps the environments where the waiting stage was announced."""
        return f"{self.event.stage_name} waiting {self.event.run_id}.{self.event.attempt}"

    def recall(self, name: str) -> tuple[int, ...] | None:
        return self.memory.recall(self.event.pipeline_id, name)

    def remember(self, name: str, environments: Iterable[int]) -> None:
        kept = tuple(sorted(environments))
        if self.recall(name) != kept:
            self.memory.remember(self.event.pipeline_id, name, kept)


def look_at(search: Search, known: tuple[int, ...] | None) -> tuple[Place, ...]:
    """The environments with the ids `known`, all of the project for None."""
    if known == ():
        return ()
    try:
        environments = search.pipelines.list_environments(search.event.project_id)
    except NotFound:  # the project went away since
        return ()
    return tuple(read_place(search, found) for found in environments if known is None or found.id in known)


def visits(places: tuple[Place, ...]) -> tuple[int, ...]:
    """The environments of all records of this attempt, one for each record."""
    return tuple(sorted(place.environment.id for place in places for _ in place.own))


def with_records(places: tuple[Place, ...]) -> tuple[Place, ...]:
    return tuple(place for place in places if place.own)


def read_place(search: Search, environment: Environment) -> Place:
    """Read an environment's records, newest first, until all that can matter is known."""
    event = search.event
    seen: list[EnvironmentRecord] = []
    entries = search.pipelines.list_environment_records(event.project_id, environment.id)
    for page in pages_of(islice(entries, RECORDS_READ)):
        seen += page
        place = place_of(search, environment, seen)
        if place.last_success and (place.own or event.state == "waiting"):
            break
        if not place.own and event.state != "waiting" and is_before(page, event):
            break
    return place_of(search, environment, seen)


def pages_of(entries: Iterator[EnvironmentRecord]) -> Iterator[list[EnvironmentRecord]]:
    """The entries in the portions in which they are fetched."""
    while page := list(islice(entries, RECORDS_PAGE)):
        yield page


def is_before(page: list[EnvironmentRecord], event: StageChanged) -> bool:
    """True when the page reaches back to before the run existed; a run of unknown age is on the first page or not."""
    created = event.run_created
    return created is None or any(entry.queued is not None and entry.queued < created for entry in page)


def place_of(search: Search, environment: Environment, seen: list[EnvironmentRecord]) -> Place:
    event, successes = search.event, SUCCESSES[search.partial_is]
    mine = [entry for entry in seen if entry.pipeline_id == event.pipeline_id]
    own = tuple(entry for entry in mine if is_own(entry, event))
    others = [entry for entry in mine if entry.run_id != event.run_id]
    first = min((entry.id for entry in own), default=None)
    earlier = (entry for entry in others if entry.result in successes and (first is None or entry.id < first))
    last_run = max((entry.run_id for entry in others if entry.stage_name == event.stage_name), default=0)
    return Place(environment, own, max(earlier, key=lambda entry: entry.id, default=None), last_run)


def is_own(entry: EnvironmentRecord, event: StageChanged) -> bool:
    wanted = (event.run_id, event.stage_name, event.attempt)
    return (entry.run_id, entry.stage_name, entry.stage_attempt) == wanted
