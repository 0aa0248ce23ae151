"""Where branches for an issue can be made: the repositories of linked projects, read as the person who asks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from app.access import current_caller
from app.asking import ADO_SECONDS, Asking
from clients.ado import AdoClient
from clients.ado_history import HistoryApi
from clients.history_answers import RepositoryState
from domain.changes import Source
from domain.errors import AppError, Forbidden, NotFound, Unavailable, UnknownObject
from domain.issue_keys import KeyRules
from domain.records import Repository
from domain.selection import narrow_rules, why_no_repository
from domain.site_settings import SiteSettings
from linkage.persons import ado_as
from services import Services
from store.connections import Connection
from store.links import Link

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NOT_TO_BE_SEEN = (NotFound, Forbidden)  # Azure DevOps hides what a person may not read in both ways
NO_REPOSITORY = (
    "There is no such repository for this issue: it is not there, you may not read it in Azure DevOps, or its project "
    "is not linked to the project of this issue."
)


@dataclass(frozen=True, slots=True)
class Home:
    """A repository that an issue's branches may be in, and a client that acts there as the caller."""

    connection: Connection
    link: Link
    state: RepositoryState
    client: AdoClient

    @property
    def repository(self) -> Repository:
        return self.state.repository

    @property
    def source(self) -> Source:
        """What web addresses are made of."""
        return Source(self.connection.id, self.connection.organization_url, self.link.project_id)


@dataclass(frozen=True, slots=True)
class Homes:
    """Repositories that could be read, and the connections of which none could, with why."""

    found: tuple[Home, ...]
    failed: Mapping[str, AppError]  # by connection id


def read_homes(services: Services, project: str) -> Homes:
    """Every repository of linked projects that the caller may read and that may link to a Jira project."""
    failed: dict[str, AppError] = {}
    open_clients = _open_clients(services, project, failed)
    lookups = [partial(_list_states, client, link) for _connection, link, client in open_clients]
    with Asking(ADO_SECONDS) as asking:
        answers = asking.ask_all(lookups)
    settings = services.settings_book.read(current_caller().installation.id).settings
    found: list[Home] = []
    for (connection, link, client), answer in zip(open_clients, answers, strict=True):
        states = answer.found if answer.told else Unavailable("Azure DevOps", None, "it did not answer in time")
        if isinstance(states, AppError):
            failed[connection.id] = states
            continue
        usable = (
            state for state in states or () if not state.disabled and is_open(settings, project, state.repository)
        )
        found += (Home(connection, link, state, client) for state in usable)
    return Homes(tuple(found), failed)


def require_home(services: Services, project: str, repository_id: str) -> Home:
    """The repository of an id, when it may link to a Jira project. Asks one connection after the other.

    Raises UnknownObject when there is none for the caller; SignInNeeded or a CallError when it may be where the caller
    is not signed in, or in an organization that does not answer.
    """
    if not GUID.fullmatch(repository_id):
        raise UnknownObject(NO_REPOSITORY)
    unasked: AppError | None = None
    for connection, links in _open_links(services, project):
        try:
            client = ado_as(services, connection, current_caller().account_id)
            state = HistoryApi(client).read_repository(repository_id)
        except NOT_TO_BE_SEEN:
            continue
        except AppError as error:
            unasked = unasked or error
        else:
            home = Home(connection, _link_of(links, state.repository), state, client)
            _require_open(services, project, home.repository)
            return home
    raise unasked or UnknownObject(NO_REPOSITORY)


def is_open(settings: SiteSettings, project: str, repository: Repository) -> bool:
    """Whether the settings let a repository link to a Jira project."""
    allowed = narrow_rules(settings, KeyRules(), repository).allowed
    return why_no_repository(settings, repository) is None and (allowed is None or project in allowed)


def _link_of(links: Iterable[Link], repository: Repository) -> Link:
    wanted = repository.project_id.casefold()
    found = next((link for link in links if link.project_id.casefold() == wanted), None)
    if found is None:
        raise UnknownObject(NO_REPOSITORY)
    return found


def _require_open(services: Services, project: str, repository: Repository) -> None:
    settings = services.settings_book.read(current_caller().installation.id).settings
    if not is_open(settings, project, repository):
        raise UnknownObject(NO_REPOSITORY)


def _open_clients(
    services: Services, project: str, failed: dict[str, AppError]
) -> list[tuple[Connection, Link, AdoClient]]:
    """Each open link with a client that acts as the caller; `failed` gets the connections that have none, and why."""
    clients: list[tuple[Connection, Link, AdoClient]] = []
    for connection, links in _open_links(services, project):
        try:
            client = ado_as(services, connection, current_caller().account_id)
        except AppError as error:
            failed[connection.id] = error
        else:
            clients += ((connection, link, client) for link in links)
    return clients


def _open_links(services: Services, project: str) -> Iterable[tuple[Connection, Sequence[Link]]]:
    """Each connection with those of its links that may send to a Jira project."""
    site = current_caller().installation
    former = services.project_keys.read_former(site.id)
    every = [link for link in services.links.list_for(site.id) if _may_send(link, project, former)]
    for connection in services.connections.list_for(site.id):
        links = [link for link in every if link.connection_id == connection.id]
        if links:
            yield connection, links


def _may_send(link: Link, project: str, former: Mapping[str, str]) -> bool:
    """A link that was made for a project may send to it under the key it has now."""
    named = link.jira_projects
    return named is None or project in named or project in {former.get(name, name) for name in named}


def _list_states(client: AdoClient, link: Link) -> tuple[RepositoryState, ...] | AppError:
    try:
        return HistoryApi(client).list_repositories(link.project_id)
    except NOT_TO_BE_SEEN:
        return ()
    except AppError as error:
        return error
