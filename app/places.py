"""Where something that was pasted may be: the linked projects it can mean, and the repositories in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from app.asking import Asking
from clients.ado import AdoClient
from clients.ado_history import HistoryApi
from clients.ado_projects import read_project
from domain.lanes import Lane
from domain.pasted import Pasted
from domain.records import Repository
from services import Services
from store.connections import Connection
from store.links import Link

LANE: Lane = "reconcile"  # a question must not slow down what is live


@dataclass(frozen=True, slots=True)
class Place:
    """A linked project and a client for its organization."""

    link: Link
    connection: Connection
    client: AdoClient


@dataclass(frozen=True, slots=True)
class Places:
    """`open`: the projects to ask. `paused`: connections of others, which cannot be asked.

    `link_ids`: what was sent for these links may be meant. `complete`: it is known which project an address names.
    """

    open: tuple[Place, ...]
    paused: tuple[Connection, ...]
    link_ids: frozenset[str]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Homes:
    """Repositories with their places. `complete`: every place told of its own."""

    found: tuple[tuple[Place, Repository], ...]
    complete: bool

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(repository.id for _place, repository in self.found)


def open_places(services: Services, installation_id: str, pasted: Pasted, asking: Asking) -> Places:
    """The linked projects that `pasted` can mean: all of them, or those of its organization and project."""
    every = services.links.list_for(installation_id)
    linked = {link.connection_id for link in every}
    named = [one for one in services.connections.list_for(installation_id) if one.id in linked and _fits(one, pasted)]
    ready = {one.id: one for one in named if not one.is_paused}
    clients = {key: services.ado(one, LANE) for key, one in ready.items()}
    links = [link for link in every if link.connection_id in {one.id for one in named}]
    places = Places(
        tuple(Place(link, ready[link.connection_id], clients[link.connection_id]) for link in links
              if link.connection_id in ready),
        tuple(one for one in named if one.is_paused),
        frozenset(link.id for link in links),
    )  # fmt: skip
    return _keep_project(places, pasted.project, asking) if pasted.project else places


def _fits(connection: Connection, pasted: Pasted) -> bool:
    return pasted.organization in {None, connection.organization_url.lower()}


def _keep_project(places: Places, project: str, asking: Asking) -> Places:
    """The one project of that name, which may be a former one."""
    clients = {place.connection.id: place.client for place in places.open}
    answers = asking.ask_all(partial(read_project, client, project, former=True) for client in clients.values())
    ids = {answer.found.id.casefold() for answer in answers if answer.found}
    if not all(answer.told for answer in answers):
        return Places((), places.paused, places.link_ids, complete=False)
    kept = tuple(place for place in places.open if place.link.project_id.casefold() in ids)
    lost = {place.link.id for place in places.open} - {place.link.id for place in kept}
    return Places(kept, places.paused, places.link_ids - lost)


def list_homes(places: Sequence[Place], asking: Asking, known: Collection[str] = ()) -> Homes:
    """The repositories of some places; those whose id is `known` come first."""
    answers = asking.ask_all(partial(_list_repositories, place) for place in places)
    pairs = [
        (place, repository) for place, answer in zip(places, answers, strict=True) for repository in answer.found or ()
    ]
    # a project that is not to be seen is told as one that is not there
    complete = all(answer.found is not None for answer in answers)
    return Homes(tuple(sorted(pairs, key=lambda pair: pair[1].id not in known)), complete)


def named_homes(places: Sequence[Place], asking: Asking, name: str) -> Homes:
    """The repositories of that name or id."""
    homes = list_homes(places, asking)
    wanted = name.casefold()
    kept = (pair for pair in homes.found if wanted in {pair[1].id.casefold(), pair[1].name.casefold()})
    return Homes(tuple(kept), homes.complete)


def _list_repositories(place: Place) -> tuple[Repository, ...]:
    return tuple(state.repository for state in HistoryApi(place.client).list_repositories(place.link.project_id))
