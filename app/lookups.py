"""Finds what somebody asks about in Azure DevOps; a handful of reads, nothing is kept."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from app.asking import Asking
from app.build_words import read_build
from app.deployment_words import find_environment, find_releases, read_environment, read_release
from app.findings import Finding
from app.places import Homes, Place, Places, list_homes, named_homes
from clients.ado_git import GitApi
from clients.ado_history import HistoryApi
from domain.devinfo import branch_id
from domain.errors import NotFound
from domain.pasted import FULL_SHA, Pasted
from domain.records import Repository

ASKED_REPOSITORIES = 60  # a hash without its repository is looked for in so many, those of the linked projects
LISTED_REPOSITORIES = 20  # and the beginning of one in the newest commits of so many
NEWEST_COMMITS = 500
Lookup = Callable[[], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, and whether every place was asked and answered.

    `repositories`: the ids of those that the address names, None when none is named or they could not be listed.
    """

    findings: tuple[Finding, ...]
    complete: bool
    repositories: frozenset[str] | None = None


def find_pasted(places: Places, pasted: Pasted, known: Collection[str], asking: Asking) -> Search:
    """What `pasted` names. `known`: repositories in which the ledger has it; they are asked first."""
    homes = None
    if pasted.repository:
        homes = named_homes(places.open, asking, pasted.repository)
        if not homes.found:
            return Search((), places.complete and homes.complete, homes.ids if homes.complete else None)
    elif pasted.kind in {"commit", "branch"}:
        homes = list_homes(places.open, asking, known) if _can_ask(pasted, known) else Homes((), complete=False)
    lookups = list(_lookups(places.open, pasted, homes, known))
    answers = asking.ask_all(lookups)
    findings = tuple(finding for answer in answers for finding in answer.found or ())
    complete = all(answer.told for answer in answers) and places.complete and (homes is None or homes.complete)
    ids = homes.ids if homes and pasted.repository else None
    return Search(findings, complete and not _is_cut(pasted, homes), ids)


def _can_ask(pasted: Pasted, known: Collection[str]) -> bool:
    """Every repository may have a branch of some name."""
    return pasted.kind == "commit" or bool(known)


def _is_cut(pasted: Pasted, homes: Homes | None) -> bool:
    """Azure DevOps finds a commit by its whole hash only; a deployment it does not find by its number."""
    if pasted.kind == "deployment" or (pasted.kind == "commit" and len(pasted.id) < FULL_SHA):
        return True
    return homes is not None and not pasted.repository and len(homes.found) > ASKED_REPOSITORIES


def _lookups(places: Sequence[Place], pasted: Pasted, homes: Homes | None, known: Collection[str]) -> Iterator[Lookup]:
    pairs = homes.found if homes else ()
    match pasted.kind:
        case "commit" if len(pasted.id) == FULL_SHA:
            yield from (partial(_read_commit, *pair, pasted.id) for pair in pairs[:ASKED_REPOSITORIES])
        case "commit":
            yield from (partial(_search_commit, *pair, pasted.id) for pair in pairs[:LISTED_REPOSITORIES])
        case "branch":
            meant = pairs if pasted.repository else [pair for pair in pairs if pair[1].id in known]
            yield from (partial(_read_branch, *pair, pasted.id) for pair in meant[:ASKED_REPOSITORIES])
        case "pull_request" | "number" | "build":
            yield from _numbered_lookups(places, pasted, homes)
        case "release" | "environment":
            yield from (partial(_read_deployments, place, pasted) for place in places)


def _numbered_lookups(places: Sequence[Place], pasted: Pasted, homes: Homes | None) -> Iterator[Lookup]:
    if pasted.kind != "build":  # pull requests are numbered over a whole organization: one call for each is enough
        one_each = {place.connection.id: place for place in places}
        meant_ids = homes.ids if homes else None
        yield from (partial(_read_pull, places, place, int(pasted.id), meant_ids) for place in one_each.values())
    if pasted.kind != "pull_request":
        yield from (partial(_read_run, place, int(pasted.id)) for place in places)


def _read_run(place: Place, number: int) -> tuple[Finding, ...]:
    return (read_build(place, number),)


def _read_deployments(place: Place, pasted: Pasted) -> tuple[Finding, ...]:
    """Of a release or an environment, by its number or its name."""
    if pasted.kind == "environment":
        return find_environment(place, pasted.id) if pasted.is_guess else read_environment(place, int(pasted.id))
    if pasted.is_guess:
        return find_releases(place, pasted.id)
    return read_release(place, int(pasted.id), int(pasted.stage) if pasted.stage else None)


def _read_commit(place: Place, repository: Repository, sha: str) -> tuple[Finding, ...]:
    commit = GitApi(place.client).read_commit(repository.id, sha)
    return (Finding(place, "commit", commit.id, repository, (commit.message,), author=commit.author),)


def _search_commit(place: Place, repository: Repository, beginning: str) -> tuple[Finding, ...]:
    """Among the newest commits of the default branch."""
    shas = HistoryApi(place.client).list_newest(repository.id, NEWEST_COMMITS)
    found = [sha for sha in shas if sha.startswith(beginning)]
    return tuple(finding for sha in found for finding in _read_commit(place, repository, sha))


def _read_branch(place: Place, repository: Repository, name: str) -> tuple[Finding, ...]:
    if not GitApi(place.client).has_branch(repository.id, name):
        raise NotFound("Azure DevOps", 404, "there is no such branch")
    return (Finding(place, "branch", branch_id(name), repository, (name,), branch=name),)


def _read_pull(
    places: Sequence[Place], asked: Place, number: int, meant: Collection[str] | None
) -> tuple[Finding, ...]:  # fmt: skip
    """`meant`: the ids of the repositories in which it must be, None for all."""
    shown = GitApi(asked.client).find_pull_request(number)
    own = (place for place in places if place.connection.id == asked.connection.id)
    place = next((place for place in own if place.link.project_id == shown.repository.project_id), None)
    if place is None or (meant is not None and shown.repository.id not in meant):
        raise NotFound("Azure DevOps", 404, "it is in another project or repository")
    texts = (shown.title, shown.source_branch, shown.description)
    identity = str(shown.id)
    return (Finding(place, "pull_request", identity, shown.repository, texts, shown.author, pull_request=shown),)
