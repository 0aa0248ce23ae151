"""Connecting an organization, for the API and the command line: check the token, keep it sealed, forget it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import SecretStr

from app.linking import closing_links, forget_in_jira, unsubscribe_link
from domain.addresses import read_organization
from domain.errors import BadInput, Fault
from linkage.holding import hold
from linkage.token_check import Problem, TokenReport, check_token
from services import Services
from store.connections import Connection
from store.installations import Installation

log = structlog.get_logger("crosswalk.connections")


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection whose token was just checked; `user_name` is told to the person and not kept."""

    connection: Connection
    user_name: str


def connect_organization(services: Services, installation: Installation, address: str, token: SecretStr) -> Connected:
    """Connect what a person pasted. The same organization twice is the same connection with a new token.

    Raises BadInput with faults for `/organizationUrl` and `/token`.
    """
    wanted = read_organization(address, services.settings.ado_hosts)
    fresh = _trimmed(token)
    report = check_token(services, wanted.url, fresh)
    with hold(services, f"connect:{installation.id}:{wanted.url}"):
        found = services.connections.find_organization(installation.id, wanted.url)
        if found:
            return _keep_token(services, found, fresh, report)
        made = services.connections.add(
            installation.id, organization=wanted.organization, organization_url=wanted.url,
            instance_id=report.instance_id, token=fresh, problems=_records(report), now=services.now(),
        )  # fmt: skip
    log.info("connection.added", connection=made.id, problems=len(report.problems))
    return Connected(made, report.user_name)


def replace_token(services: Services, connection: Connection, token: SecretStr) -> Connected:
    """Put a new token in place and wake the events that waited for it. Raises BadInput with a fault for `/token`."""
    fresh = _trimmed(token)
    return _keep_token(services, connection, fresh, check_token(services, connection.organization_url, fresh))


def remove_connection(services: Services, installation: Installation, connection: Connection) -> tuple[Problem, ...]:
    """Remove subscriptions, waiting events, what Jira was sent, and the token. Returns what had to be left behind.

    Raises Retryable when a system cannot be reached: then the rest is still here and the call can be repeated.
    """
    links = services.links.list_connection(connection.id)
    left = [problem for link in links for problem in unsubscribe_link(services, connection, link)]
    with closing_links(services, links):
        left += forget_in_jira(services, installation, {"connectionId": connection.id})
        for link in links:
            services.links.delete(link.id)
    services.connections.delete(connection.id)
    log.info("connection.removed", connection=connection.id, links=len(links), left=len(left))
    return tuple(dict.fromkeys(left))


def _keep_token(services: Services, found: Connection, token: SecretStr, report: TokenReport) -> Connected:
    services.connections.replace_token(found, token, _records(report))
    for link in services.links.list_connection(found.id):
        services.queue.wake(link.id, services.now())
    log.info("connection.token_replaced", connection=found.id, problems=len(report.problems))
    kept = services.connections.find(found.installation_id, found.id)
    return Connected(kept or found, report.user_name)


def _records(report: TokenReport) -> Sequence[dict[str, Any]]:
    return [problem.as_record() for problem in report.problems]


def _trimmed(token: SecretStr) -> SecretStr:
    """A pasted token without the line break that often comes along. Raises BadInput for one that cannot be a token."""
    value = token.get_secret_value().strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        text = "Paste the personal access token as Azure DevOps showed it: letters and digits without spaces."
        raise BadInput(text, (Fault("/token", text),))
    return SecretStr(value)
