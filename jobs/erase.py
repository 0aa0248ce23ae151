"""Goes on with erasures that were not proved at once: tells Jira again and looks, until nothing is left."""

import structlog

from clients.jira import JiraClient
from domain.errors import CallError, WrongState
from linkage.erasing import FIRST_WAIT, doomed_rows, find_remains, remove_row, tell_jira
from linkage.holding import hold
from services import Services
from store.erasures import Erasure

log = structlog.get_logger("crosswalk.erasing")

LONGEST_WAIT = 3_600_000  # ms
GIVEN_UP = 24 * 3_600_000


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
        with hold(services, f"link:{erasure.properties['connectionId']}:{erasure.properties.get('projectId', '')}"):
            proved = _is_linked_again(services, erasure) or _try_once(services, client, erasure)
    except (CallError, WrongState) as error:
        log.info("erasing.waiting", erasure=erasure.id, error=type(error).__name__)
        proved = False
    if proved:
        services.ledger.forget_stale(erasure.links)
        services.erasures.delete(erasure.id)
        log.info("erasing.proved", erasure=erasure.id, tries=erasure.tries + 1)
        return None
    return _wait(services, erasure)


def _wait(services: Services, erasure: Erasure) -> int | None:
    services.erasures.note_try(erasure.id)
    if services.now() - erasure.created_at < GIVEN_UP:
        return services.now() + int(min(FIRST_WAIT * 2 ** min(erasure.tries, 20), LONGEST_WAIT))
    services.erasures.give_up(erasure.id)
    log.error("erasing.given_up", erasure=erasure.id, tries=erasure.tries + 1)
    return None


def _try_once(services: Services, client: JiraClient, erasure: Erasure) -> bool:
    """Tell Jira again, and delete by id what it shows nevertheless. True when it shows nothing. Raises CallError."""
    tell_jira(client, erasure.properties)
    left = find_remains(client, erasure.properties, doomed_rows(services, erasure.links))
    for row in left.rows:
        remove_row(client, row)
    return not left


def _is_linked_again(services: Services, erasure: Erasure) -> bool:
    """What is in Jira now was sent for the new link, and must stay."""
    project_id = erasure.properties.get("projectId")
    if project_id is None:
        return False
    return services.links.find_project(erasure.properties["connectionId"], project_id) is not None
