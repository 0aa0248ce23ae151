"""Connecting an organization, for the API and the command line: check the token, keep it sealed, forget it again."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog
from pydantic import SecretStr

from app.backfilling import begin_backfill, default_since
from app.linking import closing_links, unsubscribe_link
from domain.addresses import OrganizationAddress, read_organization
from domain.errors import BadInput, Fault, WrongState
from linkage.credentials import DAY, end_of, expiry_problem, forget_rights, note_rights, resume_connection
from linkage.erasing import erase_sent
from linkage.guard_places import forget_place
from linkage.holding import hold
from linkage.persons import remove_people
from linkage.tenants import learn_tenant
from linkage.token_check import Problem, TokenReport, check_token
from services import Services
from store.connections import Connection
from store.installations import Installation
from store.links import Link
from store.repairs import Repairs

log = structlog.get_logger("crosswalk.connections")

FIRST_LOOK = 15 * 60_000  # ms


@dataclass(frozen=True, slots=True)
class CheckedToken:
    """A token that was accepted a moment ago, at an address, with the end a person named (ms)."""

    address: OrganizationAddress
    token: SecretStr
    expires_at: int | None
    report: TokenReport


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection whose token was just checked; `user_name` is told to the person and not kept."""

    connection: Connection
    user_name: str


def connect_organization(
    services: Services, installation: Installation, address: str, token: SecretStr, expires_on: date | None = None
) -> Connected:
    """Connect what a person pasted. The same organization twice, also under a new name, is the same connection with a
    new token. `expires_on`: the day the token ends, None when nobody said it.

    Raises BadInput with faults for `/organizationUrl`, `/token` and `/expiresOn`, WrongState when another organization
    was connected at this address.
    """
    wanted = read_organization(address, services.settings.ado_hosts)
    checked = _check(services, wanted, token, expires_on)
    with hold(services, f"connect:{installation.id}:{checked.report.instance_id}"):
        found = services.connections.find_instance(installation.id, checked.report.instance_id)
        if found:
            return _keep(services, found, checked)
        _require_free(services, installation, wanted)
        made = services.connections.add(
            installation.id, organization=wanted.organization, organization_url=wanted.url,
            instance_id=checked.report.instance_id, token=checked.token, problems=_records(services, checked),
            now=services.now(), token_expires_at=checked.expires_at,
        )  # fmt: skip
    learn_tenant(services, made)
    note_rights(services, made.id)
    services.duties.want("guard", made.id, services.now() + FIRST_LOOK)
    log.info("connection.added", connection=made.id, problems=len(made.problems))
    return Connected(made, checked.report.user_name)


def replace_token(
    services: Services, connection: Connection, token: SecretStr, expires_on: date | None = None,
    address: str | None = None,
) -> Connected:  # fmt: skip
    """Put a new token in place, and the new `address` of a renamed organization; what waited goes on.

    Raises BadInput with faults for `/token`, `/expiresOn` and `/organizationUrl`.
    """
    present = OrganizationAddress(connection.organization, connection.organization_url)
    wanted = read_organization(address, services.settings.ado_hosts) if address else present
    checked = _check(services, wanted, token, expires_on)
    if checked.report.instance_id != connection.instance_id:
        raise _another_organization(connection, moved=address is not None)
    return _keep(services, connection, checked)


def want_check(services: Services, connection: Connection) -> None:
    """Have the token, its rights and every subscription looked at now; what was tried in vain is tried again."""
    forget_rights(services, connection.id)
    forget_place(services, connection.id)
    for link in services.links.list_connection(connection.id):
        Repairs(services.redis).forget(link.id)
    services.duties.want("guard", connection.id, services.now())


def remove_connection(services: Services, installation: Installation, connection: Connection) -> tuple[Problem, ...]:
    """Remove subscriptions, waiting events, what Jira was sent, and the token. Returns what had to be left behind.

    Raises Retryable when a system cannot be reached, WrongState when somebody changes a link just now: then the rest is
    still here and the call can be repeated.
    """
    left: list[Problem] = []
    with ExitStack() as held:
        before = services.links.list_connection(connection.id)
        renewals = [held.enter_context(hold(services, f"link:{connection.id}:{link.project_id}")) for link in before]
        links = [link for link in before if services.links.find(link.id)]
        for link in links:
            left += unsubscribe_link(services, connection, link)
            for renew in renewals:  # of many links the last one comes late
                renew()
        _erase_links(services, installation, connection, links, left)
        remove_people(services, connection, lambda: services.connections.delete(connection.id))
    log.info("connection.removed", connection=connection.id, links=len(links), left=len(left))
    return tuple(dict.fromkeys(left))


def _erase_links(
    services: Services, installation: Installation, connection: Connection, links: Sequence[Link], left: list[Problem]
) -> None:  # fmt: skip
    """Have Jira forget what they sent, and forget them; what is not proved yet is put to what is `left`."""
    with closing_links(services, links):
        left += erase_sent(services, installation, {"connectionId": connection.id}, [link.id for link in links])
        for link in links:
            services.links.delete(link.id)


def _check(
    services: Services, wanted: OrganizationAddress, token: SecretStr, expires_on: date | None
) -> CheckedToken:  # fmt: skip
    fresh = trim_token(token)
    expires_at = end_of(expires_on) if expires_on else None
    if expires_at is not None and expires_at <= services.now() - DAY:
        text = "This day is over. Write the day on which the token ends, or leave it out."
        raise BadInput(text, (Fault("/expiresOn", text),))
    return CheckedToken(wanted, fresh, expires_at, check_token(services, wanted.url, fresh))


def _require_free(services: Services, installation: Installation, wanted: OrganizationAddress) -> None:
    """A renamed organization leaves its name to others. Raises WrongState while a connection still goes by it."""
    if services.connections.find_organization(installation.id, wanted.url):
        raise WrongState(
            f"{wanted.url} was connected when it was another organization. Enter the new address of that connection, "
            "or remove it, and connect this one then."
        )


def _keep(services: Services, found: Connection, checked: CheckedToken) -> Connected:
    """Put a checked token in place of the old one, and the address where it was checked."""
    moved = checked.address.url != found.organization_url
    if moved:
        services.connections.move(found.id, checked.address.organization, checked.address.url)
    problems = _records(services, checked)
    services.connections.replace_token(found, checked.token, problems, checked.expires_at)
    note_rights(services, found.id)
    kept = services.connections.find(found.installation_id, found.id) or found
    if moved:  # the next reconciliation finds that all addresses are old
        log.info("connection.moved", connection=found.id)
    if found.token_state == "erased":  # noqa: S105  # a state
        _send_again(services, found)
    learn_tenant(services, kept)
    resume_connection(services, kept)
    log.info("connection.token_replaced", connection=found.id, problems=len(problems))
    return Connected(kept, checked.report.user_name)


def _send_again(services: Services, connection: Connection) -> None:
    """The app was installed again, and Jira holds nothing. History is read as from the day a person chose; what was
    sent before that day follows by reconciliation, entity by entity.
    """
    for link in services.links.list_connection(connection.id):
        chosen = link.backfill_since
        begin_backfill(services, link, date.fromisoformat(chosen) if chosen else default_since(services))


def _another_organization(connection: Connection, *, moved: bool) -> BadInput:
    if not moved:
        return _address_fault(
            f"{connection.organization_url} is another organization now: was {connection.organization} renamed? Enter "
            "its new address."
        )
    return _address_fault(
        f"This is not the organization that was connected as {connection.organization}. Connect it as one of its own, "
        "and remove this connection when it is not needed any more."
    )


def _address_fault(text: str) -> BadInput:
    return BadInput(text, (Fault("/organizationUrl", text),))


def _records(services: Services, checked: CheckedToken) -> Sequence[dict[str, Any]]:
    ending = expiry_problem(checked.address.organization, checked.expires_at, services.now())
    return [problem.as_record() for problem in (*checked.report.problems, *([ending] if ending else []))]


def trim_token(token: SecretStr) -> SecretStr:
    """A pasted token without the line break that often comes along. Raises BadInput for one that cannot be a token."""
    value = token.get_secret_value().strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        text = "Paste the personal access token as Azure DevOps showed it: letters and digits without spaces."
        raise BadInput(text, (Fault("/token", text),))
    return SecretStr(value)
