"""What stands behind the ids of the ledger for one issue, read now: nothing of it is kept.

Branches and pull requests are read from Azure DevOps as the caller. Builds and deployments are read from Jira, as it
has them: a person's sign-in opens code alone, and whoever may see the development panel of an issue may see them.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from app.asking import ADO_SECONDS, Asking
from clients.ado import AdoClient
from clients.ado_git import GitApi
from clients.ado_history import HistoryApi
from clients.jira import JiraClient
from clients.jira_runs import StoredRun, read_build, read_deployment
from domain.changes import Kind, Source
from domain.devinfo import branch_of_id
from domain.errors import AppError, Forbidden, NotFound, Unavailable
from domain.records import PullRequest, Repository
from linkage.persons import ado_as
from services import Services
from store.connections import Connection
from store.installations import Installation
from store.ledger import SentRow

SHOWN = 20  # of each kind
ROWS_READ = 500  # of the ledger, the newest; commits are among them
GOING = frozenset({"removing", "gone"})
JIRA = ""  # stands for Jira among the ids of connections
KINDS: tuple[Kind, ...] = ("branch", "pull_request", "build", "deployment")
Content = Repository | PullRequest | StoredRun
LATE = Unavailable("Azure DevOps", None, "it did not answer in time; try again in a moment")
NO_PANEL = Forbidden("Jira", None, "you may not see the development panel of this issue")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, on which site. `sees_runs`: whether that person may see the development panel of the issue."""

    services: Services
    site: Installation
    account_id: str
    sees_runs: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The project a row belongs to. `client` acts as the reader; where there is none it is the reason."""

    source: Source
    client: AdoClient | AppError


@dataclass(frozen=True, slots=True)
class ShownBranch:
    name: str
    source: Source
    repository: Repository


@dataclass(frozen=True, slots=True)
class ShownPull:
    source: Source
    pull_request: PullRequest


@dataclass(frozen=True, slots=True)
class ShownRun:
    id: str
    run: StoredRun


@dataclass(slots=True)
class IssueContent:
    """What could be read. `hidden`: how many things could not. `failed`: why, by connection id (JIRA for Jira)."""

    branches: list[ShownBranch] = field(default_factory=list)
    pull_requests: list[ShownPull] = field(default_factory=list)
    builds: list[ShownRun] = field(default_factory=list)
    deployments: list[ShownRun] = field(default_factory=list)
    hidden: int = 0
    failed: dict[str, AppError] = field(default_factory=dict)


def read_content(reader: Reader, issue_key: str) -> IssueContent:
    """What was sent for an issue, the newest first, as far as the reader may see it."""
    sent = reader.services.ledger.list_issue(reader.site.id, issue_key, ROWS_READ)
    present = [row for row in sent if row.state not in GOING]
    rows = [row for kind in KINDS for row in [one for one in present if one.kind == kind][:SHOWN]]
    places = _find_places(reader, rows)
    found = _look_up_all(reader, [row for row in rows if row.link_id in places], places)
    content = IssueContent()
    for row in rows:
        place = places.get(row.link_id)
        if place:
            _add(content, row, place, found[_key(row)])
        else:
            content.hidden += 1
    return content


def _find_places(reader: Reader, rows: Iterable[SentRow]) -> Mapping[str, Place]:
    """By link id. A project that is not linked any more has no place."""
    wanted = {row.link_id for row in rows}
    links = [link for link in reader.services.links.list_for(reader.site.id) if link.id in wanted]
    used = {link.connection_id for link in links}
    connections = {one.id: one for one in reader.services.connections.list_for(reader.site.id) if one.id in used}
    clients = {key: _open_client(reader, one) for key, one in connections.items()}
    return {
        link.id: Place(
            Source(link.connection_id, connections[link.connection_id].organization_url, link.project_id),
            clients[link.connection_id],
        )
        for link in links
    }


def _open_client(reader: Reader, connection: Connection) -> AdoClient | AppError:
    try:
        return ado_as(reader.services, connection, reader.account_id)
    except AppError as error:
        return error


def _look_up_all(
    reader: Reader, rows: Iterable[SentRow], places: Mapping[str, Place]
) -> Mapping[Hashable, Content | AppError]:
    """What the rows stand for, or the error that keeps it away."""
    jira = reader.services.jira(reader.site)
    lookups = {_key(row): partial(_look_up, reader, jira, places[row.link_id], row) for row in rows}
    with Asking(ADO_SECONDS) as asking:
        answers = asking.ask_all(lookups.values())
    return {key: answer.found or LATE for key, answer in zip(lookups, answers, strict=True)}


def _key(row: SentRow) -> Hashable:
    """What is looked up for a row: the branches of one repository need one look-up."""
    return (row.link_id, row.within) if row.kind == "branch" else row.id


def _look_up(reader: Reader, jira: JiraClient, place: Place, row: SentRow) -> Content | AppError:
    try:
        if row.kind in RUNS:
            return RUNS[row.kind](jira, row.entity_id) if reader.sees_runs else NO_PANEL
        if isinstance(place.client, AppError):
            return place.client
        if row.kind == "branch":
            return HistoryApi(place.client).read_repository(row.within).repository
        return GitApi(place.client).read_pull_request(row.within, int(row.entity_id))
    except AppError as error:
        return error


def _add(content: IssueContent, row: SentRow, place: Place, found: Content | AppError) -> None:
    name = branch_of_id(row.entity_id)
    match found:
        case Repository() if name:
            content.branches.append(ShownBranch(name, place.source, found))
        case PullRequest():
            content.pull_requests.append(ShownPull(place.source, found))
        case StoredRun() if row.kind == "build":
            content.builds.append(ShownRun(row.entity_id, found))
        case StoredRun():
            content.deployments.append(ShownRun(row.entity_id, found))
        case _:
            content.hidden += 1
    if isinstance(found, AppError) and not isinstance(found, NotFound | Forbidden):
        content.failed[JIRA if row.kind in RUNS else place.source.connection_id] = found


RUNS: Mapping[Kind, Callable[[JiraClient, str], StoredRun]] = {"build": read_build, "deployment": read_deployment}
