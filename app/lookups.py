"""Finds what somebody asks about in Azure DevOps; a handful of reads, nothing is kept."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from app.asking import Asking
from app.build_words import read_build
from app.findings import Finding
from app.places import Homes, Place, Places, list_homes, named_homes
from clients.ado_git import GitApi
from domain.devinfo import branch_id
from domain.errors import NotFound
from domain.pasted import FULL_SHA, Pasted
from domain.records import Repository

ASKED_REPOSITORIES = 60  # a hash without its repository is looked for in so many, those of the linked projects
Lookup = Callable[[], Finding]


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
    findings = tuple(answer.found for answer in answers if answer.found)
    complete = all(answer.told for answer in answers) and places.complete and (homes is None or homes.complete)
    ids = homes.ids if homes and pasted.repository else None
    return Search(findings, complete and not _is_cut(pasted, homes), ids)


def _can_ask(pasted: Pasted, known: Collection[str]) -> bool:
    """Azure DevOps knows a commit by its whole hash only, and every repository may have a branch of some name."""
    return len(pasted.id) == FULL_SHA if pasted.kind == "commit" else bool(known)


def _is_cut(pasted: Pasted, homes: Homes | None) -> bool:
    if pasted.kind == "commit" and len(pasted.id) < FULL_SHA:
        return True
    return homes is not None and not pasted.repository and len(homes.found) > ASKED_REPOSITORIES


def _lookups(places: Sequence[Place], pasted: Pasted, homes: Homes | None, known: Collection[str]) -> Iterator[Lookup]:
    pairs = homes.found if homes else ()
    if pasted.kind == "commit" and len(pasted.id) == FULL_SHA:
        yield from (partial(_read_commit, *pair, pasted.id) for pair in pairs[:ASKED_REPOSITORIES])
    if pasted.kind == "branch":
        meant = pairs if pasted.repository else [pair for pair in pairs if pair[1].id in known]
        yield from (partial(_read_branch, *pair, pasted.id) for pair in meant[:ASKED_REPOSITORIES])
    if pasted.kind in {"pull_request", "number"}:  # numbered over a whole organization: one call for each is enough
        one_each = {place.connection.id: place for place in places}
        meant_ids = homes.ids if homes else None
        yield from (partial(_read_pull, places, place, int(pasted.id), meant_ids) for place in one_each.values())
    if pasted.kind in {"build", "number"}:
        yield from (partial(read_build, place, int(pasted.id)) for place in places)


def _read_commit(place: Place, repository: Repository, sha: str) -> Finding:
    commit = GitApi(place.client).read_commit(repository.id, sha)
    return Finding(place, "commit", commit.id, repository, (commit.message,), author=commit.author)


def _read_branch(place: Place, repository: Repository, name: str) -> Finding:
    if not GitApi(place.client).has_branch(repository.id, name):
        raise NotFound("Azure DevOps", 404, "there is no such branch")
    return Finding(place, "branch", branch_id(name), repository, (name,), branch=name)


def _read_pull(places: Sequence[Place], asked: Place, number: int, meant: Collection[str] | None) -> Finding:
    """`meant`: the ids of the repositories in which it must be, None for all."""
    shown = GitApi(asked.client).find_pull_request(number)
    own = (place for place in places if place.connection.id == asked.connection.id)
    place = next((place for place in own if place.link.project_id == shown.repository.project_id), None)
    if place is None or (meant is not None and shown.repository.id not in meant):
        raise NotFound("Azure DevOps", 404, "it is in another project or repository")
    texts = (shown.title, shown.source_branch, shown.description)
    return Finding(place, "pull_request", str(shown.id), shown.repository, texts, shown.author, pull_request=shown)
