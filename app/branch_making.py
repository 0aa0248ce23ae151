"""Making a branch in Azure DevOps as the person who asks, once however often the button is pressed.

Jira is told nothing here: the branch gets there when Azure DevOps reports the push, as every other branch does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from app.branch_places import Home
from clients.ado_branches import Branch, BranchesApi
from domain.branch_names import NameFault, find_collision
from domain.errors import AccessDenied, AppError, BadInput, Conflict, Fault, Forbidden, Unauthorized, WrongState
from domain.issue_keys import KeyRules, find_keys
from domain.ref_answers import ref_refusal
from domain.selection import why_no_branch
from domain.site_settings import SiteSettings
from domain.web_links import branch_url, branches_url, pull_request_url
from linkage.holding import hold
from services import Services
from store.branch_marks import branch_mark
from store.links import Link
from store.people import Person

log = structlog.get_logger("crosswalk.branches")

BUSY = "This branch is being made just now. Look at the branches of the repository in a moment."
EMPTY = "This repository is empty, so there is nothing a branch could begin from. Push a first commit to it."
DISABLED = "This repository is disabled in Azure DevOps. Choose another one, or have it enabled."
NO_RIGHT = "Azure DevOps does not let you do this here. Ask for the permission Contribute in this repository."
NO_DRAFT = "The branch was made, but no pull request could be opened:"
IN_THE_WAY = frozenset({"exists", "name_conflict"})  # refusals for which something can be shown


@dataclass(frozen=True, slots=True)
class Wanted:
    """A branch that somebody wants: both names without refs/heads/, both checked."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft pull request: its number, None when none could be opened; `note` says why in that case."""

    number: int | None
    note: str | None = None


def make_branch(services: Services, home: Home, person: Person, wanted: Wanted) -> None:
    """Make the branch, unless this person made it within the last minute.

    Raises BadInput for a source that is not there, WrongState or AccessDenied when Azure DevOps refuses, with its
    reason and with the address of what is in the way.
    """
    _require_content(home)
    name = f"branch:{person.id}:{branch_mark(home.repository.id, wanted.name)}"
    with hold(services, name, words=BUSY), _told_rights():
        if not _was_made(services, home, person, wanted.name):
            _make_new(services, home, person, wanted)
    services.branch_marks.note_repository(person.id, home.repository.id)


def open_draft(home: Home, wanted: Wanted, title: str) -> Draft:
    """A draft pull request into the source branch, or the one there is. The branch stays when none can be opened."""
    api, repository = BranchesApi(home.client), home.repository.id
    try:
        try:
            return Draft(api.open_draft(repository, wanted.name, wanted.source, title))
        except Conflict as error:
            found = api.find_open_pull(repository, wanted.name, wanted.source)
            return Draft(found, None if found else f"{NO_DRAFT} {error}")
    except AppError as error:
        return Draft(None, f"{NO_DRAFT} {error}")


def branch_address(home: Home, name: str) -> str:
    """The web address of a branch."""
    return branch_url(home.source, home.repository, name) or branches_url(home.source, home.repository)


def pull_address(home: Home, number: int) -> str:
    """The web address of a pull request."""
    return pull_request_url(home.source, home.repository, number)


def find_way(home: Home, name: str) -> NameFault | None:
    """What keeps a branch of this name from being made in a repository, as Azure DevOps has it now."""
    near = BranchesApi(home.client).list_near(home.repository.id, name)
    return find_collision(name, {branch.name: branch_address(home, branch.name) for branch in near})


def link_notes(settings: SiteSettings, issue_key: str, name: str, link: Link | None) -> tuple[str, ...]:
    """Why a branch of this name will not be shown on its issue; nothing when it will. `link`: of its project."""
    notes = []
    project = issue_key.rpartition("-")[0]
    if issue_key not in find_keys(KeyRules(projects=frozenset({project})), name):
        notes.append(f"{issue_key} is not in the name, so Jira will not show the branch on the issue.")
    kinds = settings.kinds
    if (link and "branches" not in link.kinds) or (kinds is not None and "branches" not in kinds):
        notes.append("The administrators have chosen not to send branches of this project, so Jira will not show it.")
    ignored = why_no_branch(settings, name)
    if ignored:
        notes.append(f"Jira will not show the branch: {ignored}.")
    return tuple(notes)


def _require_content(home: Home) -> None:
    if home.state.disabled:
        raise WrongState(DISABLED, code="disabled_repository")
    if home.state.empty:
        raise WrongState(EMPTY, code="empty_repository")


def _was_made(services: Services, home: Home, person: Person, name: str) -> bool:
    """Whether this person set out to make the branch a moment ago, and it is there as it was meant."""
    commit = services.branch_marks.find_made(person.id, home.repository.id, name)
    if commit is None:
        return False
    branch = BranchesApi(home.client).find_branch(home.repository.id, name)
    return branch is not None and branch.commit == commit and _is_own(branch, person)


def _is_own(branch: Branch, person: Person) -> bool:
    return branch.creator_id is None or branch.creator_id.casefold() == person.ado_id.casefold()


def _make_new(services: Services, home: Home, person: Person, wanted: Wanted) -> None:
    api, repository = BranchesApi(home.client), home.repository.id
    source = api.find_branch(repository, wanted.source)
    if source is None:
        words = f"There is no branch {wanted.source} any more. Choose the source again."
        raise BadInput(words, (Fault("/source", words),), code="source_gone")
    services.branch_marks.note_made(person.id, repository, wanted.name, source.commit)
    refusal = ref_refusal(api.create_branch(repository, wanted.name, source.commit))
    if refusal:
        services.branch_marks.forget_made(person.id, repository, wanted.name)
        raise _shown(refusal, home, wanted.name)
    log.info("branch.created", connection=home.connection.id, repository=repository, person=person.id,
             installation=home.connection.installation_id)  # fmt: skip


def _shown(refusal: AppError, home: Home, name: str) -> AppError:
    """The refusal with what is in the way, where something is."""
    found = find_way(home, name) if refusal.code in IN_THE_WAY else None
    return WrongState(found.detail, code=refusal.code, url=found.url) if found else refusal


@contextmanager
def _told_rights() -> Iterator[None]:
    """A right that the person or the token lacks is told as such; it is no fault of what was sent."""
    try:
        yield
    except (Forbidden, Unauthorized) as error:
        raise AccessDenied(f"{NO_RIGHT} Azure DevOps says: {error.detail}", code="no_write") from None
