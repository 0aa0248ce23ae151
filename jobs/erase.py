"""Goes on with erasures that were not proved at once: tells Jira again and looks, until nothing is left.

Of a project that was linked again, what the new link did not send goes piece by piece.
"""

import time
from collections.abc import Sequence

import structlog

from clients.jira import JiraClient
from domain.bulk import Request, pack_requests
from domain.changes import Kind, Removal
from domain.errors import CallError, NotFound, WrongState
from linkage.erasing import FIRST_WAIT, NOWHERE, doomed_rows, find_remains, remove_row, tell_jira
from linkage.holding import hold
from services import Services
from store.erasures import Erasure
from store.ledger import Outcome, Sender, SentRow

log = structlog.get_logger("crosswalk.erasing")

LONGEST_WAIT = 3_600_000  # ms
GIVEN_UP = 24 * 3_600_000
SOON = 5_000
HOLD_SECONDS = 2.0
TURN_SECONDS = 10.0
ROWS_AT_ONCE = 50
# A repository takes commits, branches and pull requests along, so they come last; builds and deployments it does not
PIECES: tuple[tuple[Kind, ...], ...] = (("build", "deployment"), ("repository",), ("commit", "branch", "pull_request"))


def erase_site(services: Services, installation_id: str) -> int | None:
    """Try every erasure of a site once; returns when to try again (ms), None when nothing is left to try."""
    site = services.installations.find(installation_id)
    if site is None or site.state != "installed":  # Jira erased all of it itself
        services.erasures.forget_tenant(installation_id)
        return None
    client = services.jira(site, "reconcile")
    told = [one for one in services.erasures.list_for(installation_id) if one.state == "told"]
    dues = [_erase(services, client, one) for one in told]
    return min((due for due in dues if due is not None), default=None)


def _erase(services: Services, client: JiraClient, erasure: Erasure) -> int | None:
    """One erasure: when it is to be tried again (ms), None when it has ended."""
    try:
        name = f"link:{erasure.properties['connectionId']}:{erasure.properties.get('projectId', '')}"
        with hold(services, name, wait_seconds=HOLD_SECONDS):
            if not _is_linked_again(services, erasure):
                proved = _try_once(services, client, erasure)
            elif not (proved := _remove_pieces(services, client, erasure)) and not _is_old(services, erasure):
                return services.now() + SOON
    except (CallError, WrongState) as error:
        log.info("erasing.waiting", erasure=erasure.id, error=type(error).__name__)
        proved = False
    if proved:
        services.ledger.forget_stale(erasure.installation_id, erasure.links)
        services.erasures.delete(erasure.id)
        log.info("erasing.proved", erasure=erasure.id, tries=erasure.tries + 1)
        return None
    return _wait(services, erasure)


def _wait(services: Services, erasure: Erasure) -> int | None:
    services.erasures.note_try(erasure.id)
    if not _is_old(services, erasure):
        return services.now() + int(min(FIRST_WAIT * 2 ** min(erasure.tries, 20), LONGEST_WAIT))
    services.erasures.give_up(erasure.id)
    log.error("erasing.given_up", erasure=erasure.id, tries=erasure.tries + 1)
    return None


def _is_old(services: Services, erasure: Erasure) -> bool:
    return services.now() - erasure.created_at >= GIVEN_UP


def _try_once(services: Services, client: JiraClient, erasure: Erasure) -> bool:
    """Tell Jira again, and delete by id what it shows nevertheless. True when it shows nothing. Raises CallError."""
    tell_jira(client, erasure.properties)
    left = find_remains(client, erasure.properties, doomed_rows(services, erasure.links))
    for row in left.rows:
        remove_row(client, row)
    return not left


def _is_linked_again(services: Services, erasure: Erasure) -> bool:
    """What was sent for the new link must stay: nothing can be deleted by the properties, which are the same."""
    project_id = erasure.properties.get("projectId")
    if project_id is None:
        return False
    return services.links.find_project(erasure.properties["connectionId"], project_id) is not None


def _remove_pieces(services: Services, client: JiraClient, erasure: Erasure) -> bool:
    """Delete by id what the link before sent and the new one did not; False when the turn ended before.

    What both sent has the new link in its row of the ledger. Raises CallError.
    """
    services.ledger.mark_links_stale(
        erasure.installation_id, erasure.links
    )  # also what an earlier turn began with and did not end
    ends = time.monotonic() + TURN_SECONDS
    for kinds in PIECES:
        while rows := services.ledger.list_stale_kinds(erasure.links, kinds, ROWS_AT_ONCE):
            _remove_rows(services, client, erasure, rows)
            if time.monotonic() > ends:
                return False
    return True


def _remove_rows(services: Services, client: JiraClient, erasure: Erasure, rows: Sequence[SentRow]) -> None:
    """As any removal is sent, so that what the new link sends at this moment wins."""
    sender = Sender(erasure.installation_id, erasure.links[0], "reconcile", services.now())
    removals = [Removal(row.kind, row.entity_id, row.sequence, row.repository_id) for row in rows]
    plan = services.ledger.begin(sender, removals)
    for request in pack_requests(plan.changes, NOWHERE):
        if request.path != "/bulkByProperties":  # builds and deployments of a repository that the new link may have
            _delete(client, request)
    services.ledger.finish(sender, [Outcome(change) for change in plan.changes])


def _delete(client: JiraClient, request: Request) -> None:
    try:
        client.send("DELETE", request.api, request.path, request.query)
    except NotFound:
        return  # it is gone already
