"""Finds what somebody asks about in Azure DevOps and in what Jira was sent; a handful of reads, nothing is kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from clients.ado import AdoClient
from clients.ado_git import GitApi
from clients.ado_history import HistoryApi
from clients.ado_pipelines import PipelinesApi
from domain.devinfo import branch_id
from domain.errors import CallError, NotFound, Permanent
from domain.pasted import FULL_SHA, Pasted
from domain.records import Commit, Person, PullRequest, Repository
from services import Services
from store.connections import Connection
from store.links import Link

ASKED_REPOSITORIES = 60  # a hash without its repository is looked for in so many, those of the linked projects
ASKED_AT_ONCE = 8
BUILD_MESSAGES = 50
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Place:
    """A linked project and a client for its organization."""

    link: Link
    connection: Connection
    client: AdoClient


@dataclass(frozen=True, slots=True)
class Finding:
    """A thing that Azure DevOps has. `texts` pass through and are never kept or shown."""

    place: Place
    kind: str  # as `domain.changes.Kind`
    id: str
    repository: Repository | None
    texts: tuple[str, ...]
    author: Person | None = None
    branch: str | None = None
    pipeline: str | None = None
    pull_request: PullRequest | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, and whether every place was asked and answered."""

    findings: tuple[Finding, ...]
    complete: bool


def open_places(services: Services, installation_id: str) -> tuple[Place, ...]:
    """Every linked project of a site whose connection has a token."""
    connections = {one.id: one for one in services.connections.list_for(installation_id)}
    clients = {key: services.ado(one) for key, one in connections.items() if one.token_state != "erased"}  # noqa: S105  # a state
    return tuple(
        Place(link, connections[link.connection_id], clients[link.connection_id])
        for link in services.links.list_for(installation_id)
        if link.connection_id in clients
    )


def find_pasted(places: Sequence[Place], pasted: Pasted, known: Iterable[str] = ()) -> Search:
    """What `pasted` names. `known`: repositories in which the ledger has it; they are asked first."""
    lookups = list(LOOKUPS[pasted.kind](places, pasted, tuple(known)))
    if not lookups:
        return Search((), complete=False)
    with ThreadPoolExecutor(max_workers=ASKED_AT_ONCE) as pool:
        answers = list(pool.map(_ask, lookups))
    findings = tuple(found for found, _asked in answers if found is not None)
    everywhere = len(lookups) < ASKED_REPOSITORIES and all(asked for _found, asked in answers)
    return Search(findings, complete=bool(findings) or everywhere)


def _ask(lookup: Callable[[], Found]) -> tuple[Found | None, bool]:
    """The answer, None when it is not there; and whether Azure DevOps said so."""
    try:
        return lookup(), True
    except NotFound:
        return None, True
    except CallError:
        return None, False


def _find_commit(places: Sequence[Place], pasted: Pasted, known: tuple[str, ...]) -> Iterator[Callable[[], Finding]]:
    if len(pasted.id) < FULL_SHA:  # Azure DevOps knows a commit by its whole hash only
        return
    candidates = _repositories(places, pasted, known)
    for place, repository in islice(candidates, ASKED_REPOSITORIES):
        yield partial(_read_commit, place, repository, pasted.id)


def _read_commit(place: Place, repository: Repository, sha: str) -> Finding:
    commit: Commit = GitApi(place.client).read_commit(repository.id, sha)
    return Finding(place, "commit", commit.id, repository, (commit.message,), author=commit.author)


def _find_pull(places: Sequence[Place], pasted: Pasted, known: tuple[str, ...]) -> Iterator[Callable[[], Finding]]:
    """Pull requests are numbered over a whole organization, so one call for each is enough."""
    for place in {place.connection.id: place for place in places}.values():
        yield partial(_read_pull, places, place, int(pasted.id))


def _read_pull(places: Sequence[Place], asked: Place, number: int) -> Finding:
    shown = GitApi(asked.client).find_pull_request(number)
    own = (place for place in places if place.connection.id == asked.connection.id)
    place = next((place for place in own if place.link.project_id == shown.repository.project_id), None)
    if place is None:
        raise NotFound("Azure DevOps", 404, "its project is not linked")
    texts = (shown.title, shown.source_branch, shown.description)
    return Finding(place, "pull_request", str(shown.id), shown.repository, texts, shown.author, pull_request=shown)


def _find_build(places: Sequence[Place], pasted: Pasted, known: tuple[str, ...]) -> Iterator[Callable[[], Finding]]:
    for place in places:
        yield partial(_read_build, place, int(pasted.id))


def _read_build(place: Place, number: int) -> Finding:
    api = PipelinesApi(place.client)
    build = api.read_build(place.link.project_id, number)
    changes = api.list_build_changes(place.link.project_id, number)[:BUILD_MESSAGES]
    texts = (build.branch or "", *(change.message for change in changes))
    return Finding(place, "build", str(build.id), None, texts)


def _find_branch(places: Sequence[Place], pasted: Pasted, known: tuple[str, ...]) -> Iterator[Callable[[], Finding]]:
    """A branch is told by its name alone; which repositories have it is read from the ledger."""
    for place, repository in islice(_repositories(places, pasted, known), 1 if pasted.repository else len(known)):
        yield partial(_name_branch, place, repository, pasted.id)


def _name_branch(place: Place, repository: Repository, name: str) -> Finding:
    return Finding(place, "branch", branch_id(name), repository, (name,), branch=name)


def _find_number(places: Sequence[Place], pasted: Pasted, known: tuple[str, ...]) -> Iterator[Callable[[], Finding]]:
    yield from _find_pull(places, pasted, known)
    yield from _find_build(places, pasted, known)


def _find_nothing(places: Sequence[Place], pasted: Pasted, known: tuple[str, ...]) -> Iterator[Callable[[], Finding]]:
    return iter(())


LOOKUPS = {
    "commit": _find_commit, "pull_request": _find_pull, "build": _find_build, "branch": _find_branch,
    "number": _find_number, "text": _find_nothing,
}  # fmt: skip


def _repositories(
    places: Sequence[Place], pasted: Pasted, known: tuple[str, ...]
) -> Iterator[tuple[Place, Repository]]:
    """The repositories to ask: that of the address, else those of the ledger first and then the others."""
    every = [(place, repository) for place in places for repository in _list_safely(place)]
    if pasted.repository:
        wanted = pasted.repository.casefold()
        every = [(p, r) for p, r in every if wanted in {r.id.casefold(), r.name.casefold()} and _is_home(r, pasted)]
    yield from sorted(every, key=lambda pair: pair[1].id not in known)


def _is_home(repository: Repository, pasted: Pasted) -> bool:
    project = (pasted.project or "").casefold()
    # the address of a repository that is called like its project leaves the project out
    return project in {repository.project.casefold(), repository.project_id.casefold()} or (
        repository.project.casefold() == repository.name.casefold()
    )


def _list_safely(place: Place) -> tuple[Repository, ...]:
    try:
        return tuple(s.repository for s in HistoryApi(place.client).list_repositories(place.link.project_id))
    except Permanent:  # the project or the right is gone: its repositories cannot be asked
        return ()
