"""Has Jira delete what it was sent for a link or a connection, and proves that it did.

Deleting is asynchronous in all three APIs. Development information can be asked for by property; builds and deployments
cannot, so what the ledger knows of them is read one by one.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from clients.jira import Api, JiraClient
from domain.bulk import Request, pack_requests
from domain.changes import Kind, Removal, Source
from domain.errors import NotFound, Permanent, Retryable
from linkage.token_check import Problem
from services import Services
from store.erasures import Erasure
from store.installations import Installation
from store.ledger import SentRow

log = structlog.get_logger("crosswalk.erasing")

SENT_APIS: tuple[Api, ...] = ("devinfo", "builds", "deployments")
READABLE: tuple[Kind, ...] = ("repository", "build", "deployment")  # a repository stands for all that is in it
PROVED_ROWS = 200  # all of them, or a sample of so many
READS_AT_ONCE = 8
PROOF_SECONDS = 5.0  # while a person waits
ASK_SECONDS = 0.25
FIRST_WAIT = 5_000  # ms
FRESH = 300_000  # ms
NOWHERE = Source("", "", "")  # removals do not say where they come from
ERASING = Problem(
    "erasing", "warning", "Jira was told to delete what it was sent and has not done so yet. Crosswalk asks again "
    "until it is proved; there is nothing to do.",
)  # fmt: skip
LEFT = Problem(
    "jira_data_left", "error", "Jira was told for a day to delete what it was sent and still shows some of it. "
    "Uninstall and install Crosswalk in Jira to have it removed, or ask Atlassian's support.",
)  # fmt: skip
ERASURES = frozenset({ERASING.code, LEFT.code})


@dataclass(frozen=True, slots=True)
class Remains:
    """What Jira still has: rows of the ledger, and whether any repository carries the properties."""

    rows: Sequence[SentRow]
    repositories: bool

    def __bool__(self) -> bool:
        return bool(self.rows) or self.repositories


def erase_sent(
    services: Services, installation: Installation, properties: Mapping[str, str], links: Sequence[str]
) -> tuple[Problem, ...]:  # fmt: skip
    """Have Jira delete what carries `properties` and what was sent for `links` (ids), and prove it within seconds.

    Returns what is not proved yet; a worker goes on with it. Raises Retryable when Jira cannot be told.
    """
    services.ledger.mark_links_stale(installation.id, links)
    client = services.jira(installation)
    try:
        tell_jira(client, properties)
        problem = None if await_proof(services, client, properties, links) else ERASING
    except Permanent as error:
        words = f"Jira keeps what it was sent: {error.detail} Crosswalk tries again for a day."
        problem = Problem("jira_data_left", "warning", words)
    if problem is None:
        services.ledger.forget_stale(installation.id, links)
        return ()
    now = services.now()
    services.erasures.add(installation.id, properties, links, now)
    services.duties.want("erase", installation.id, now + FIRST_WAIT)
    log.info("erasing.begun", installation=installation.id, links=len(links))
    return (problem,)


def tell_jira(client: JiraClient, properties: Mapping[str, str]) -> None:
    """Raises CallError. https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/"""
    for api in SENT_APIS:
        client.send("DELETE", api, "/bulkByProperties", properties)


def await_proof(
    services: Services, client: JiraClient, properties: Mapping[str, str], links: Collection[str]
) -> bool:  # fmt: skip
    """Whether Jira is seen to have nothing left within PROOF_SECONDS. Raises Permanent."""
    ends = time.monotonic() + PROOF_SECONDS
    rows = doomed_rows(services, links)
    while True:
        try:
            left = find_remains(client, properties, rows)
        except Retryable:
            return False
        if not left or time.monotonic() + ASK_SECONDS > ends:
            return not left
        rows = left.rows
        time.sleep(ASK_SECONDS)


def doomed_rows(services: Services, links: Collection[str]) -> Sequence[SentRow]:
    """What of the ledger is read to prove that links are gone: all, or the newest of each kind."""
    found = services.ledger.list_stale_kinds(links, READABLE, PROVED_ROWS + 1)
    if len(found) <= PROVED_ROWS:
        return found
    share = PROVED_ROWS // len(READABLE)
    return [row for kind in READABLE for row in services.ledger.list_stale_kinds(links, (kind,), share)]


def find_remains(client: JiraClient, properties: Mapping[str, str], rows: Sequence[SentRow]) -> Remains:
    """What of `rows`, and of the repositories with `properties`, Jira still has. Raises CallError.

    https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/
    """
    with ThreadPoolExecutor(READS_AT_ONCE) as pool:
        there = list(pool.map(lambda row: is_there(client, row), rows))
    left = [row for row, present in zip(rows, there, strict=True) if present]
    answer = client.send("GET", "devinfo", "/existsByProperties", properties)
    return Remains(left, bool(answer["hasDataMatchingProperties"]))


def is_there(client: JiraClient, row: SentRow) -> bool:
    """Whether Jira has what a row stands for. Raises CallError."""
    request = next(removals(row))
    try:
        client.send("GET", request.api, request.path)
    except NotFound:
        return False
    return True


def remove_row(client: JiraClient, row: SentRow) -> None:
    """Delete one thing by its id: what was sent under other properties than it would be now. Raises CallError."""
    for request in removals(row):
        query = {name: value for name, value in request.query.items() if name != "_updateSequenceId"}
        client.send("DELETE", request.api, request.path, query)


def removals(row: SentRow) -> Iterator[Request]:
    """The calls that delete what a row stands for; the first one's path is also where it is read."""
    removal = Removal(row.kind, row.entity_id, row.sequence, row.repository_id)
    return iter(pack_requests([removal], NOWHERE))


def erasure_problem(erasure: Erasure) -> Problem:
    """What is told of one."""
    return LEFT if erasure.state == "failed" else ERASING


def erasure_problems(services: Services, installation_id: str, connection_id: str) -> Sequence[Problem]:
    """What is told of a connection while, or because, something of it could not be proved gone."""
    open_ones = services.erasures.list_for(installation_id)
    found = {erasure_problem(one) for one in open_ones if _is_of(one, connection_id)}
    return [problem for problem in (LEFT, ERASING) if problem in found]


def is_being_erased(services: Services, installation_id: str, connection_id: str, project_id: str) -> bool:
    """Whether Jira was told a moment ago to delete what a project sent: it might delete what is sent now as well."""
    lately = services.now() - FRESH
    sent = {"connectionId": connection_id, "projectId": project_id}
    open_ones = services.erasures.list_for(installation_id)
    return any(one.properties == sent and one.state == "told" and one.created_at > lately for one in open_ones)


def _is_of(erasure: Erasure, connection_id: str) -> bool:
    return erasure.properties.get("connectionId") == connection_id
