"""The guard of a connection: is its token accepted, are its rights there, do all its subscriptions tell us of events?

Looks every quarter of an hour, because probation lasts twenty minutes at least: what it makes us miss is noticed.
"""

import secrets
import time
from collections.abc import Sequence

import structlog

from clients.ado import ConnectionData
from clients.ado_hooks import HooksApi
from domain.errors import BadInput, Forbidden, Permanent, Retryable, SecretError, Unauthorized, WrongState
from domain.hook_faults import find_strays
from domain.records import Json
from domain.subscriptions import find_hook, project_of
from jobs.hook_watch import Watch, watch_link
from jobs.hook_words import stray_problem
from linkage.credentials import confirm_owner, expiry_problem, forget_rights, rights_are_due
from linkage.erasing import erasure_problems
from linkage.token_check import NO_HOOKS, Problem, check_token
from services import Services
from store.connections import Connection
from store.links import Link

log = structlog.get_logger("crosswalk.guard")

PERIOD = 15 * 60_000  # ms
JITTER = 60_000
SOON = 60_000
LONGEST_ORDER = 3_600_000  # however long the other side asks us to wait
TURN_SECONDS = 15.0
# told anew by each look
OWN_CODES = frozenset({
    "no_hooks", "hooks_made_by_hand", "token_expires", "access_refused", "erasing", "jira_data_left",
})  # fmt: skip


def guard_connection(services: Services, connection_id: str) -> int | None:
    """Look at one connection; returns when to look again (ms), None when there is nothing to guard."""
    connection = services.connections.find_any(connection_id)
    site = services.installations.find(connection.installation_id) if connection else None
    if connection is None or site is None or site.state != "installed":
        return None
    try:
        return _guard(services, connection) or _usual(services)
    except Retryable as error:
        log.info("guard.waiting", connection=connection.id, error=type(error).__name__)
        return services.now() + max(SOON, min(int((error.retry_after or 0) * 1000), LONGEST_ORDER))
    except WrongState:  # somebody changes a link just now
        return services.now() + SOON
    except SecretError as error:
        log.warning("guard.no_secret", connection=connection.id, error=type(error).__name__)
        return _usual(services)


def _usual(services: Services) -> int:
    return services.now() + PERIOD + secrets.randbelow(JITTER)


def _guard(services: Services, connection: Connection) -> int | None:
    if connection.token_state == "erased":  # noqa: S105  # a state; `state_problem` tells it
        return None
    try:
        owner = confirm_owner(services, connection)
    except Permanent as error:
        words = f"Azure DevOps refuses Crosswalk, whatever the token: {error.detail}"
        _keep_problems(services, connection, [*_kept(connection), Problem("access_refused", "error", words)])
        return None
    if owner is None:
        return None
    erasing = erasure_problems(services, connection.installation_id, connection.id)
    problems = [*_rights(services, connection), *_ending(services, connection), *erasing]
    found, due = _list_hooks(services, connection), None
    if found is None:
        problems.append(NO_HOOKS)
    else:
        strays, due = _guard_links(services, connection, owner, found)
        problems += strays
    _keep_problems(services, connection, problems)
    return due


def _rights(services: Services, connection: Connection) -> Sequence[Problem]:
    """What the token may not do, as looked at today."""
    token = services.connections.read_token(connection)
    if token is None or not rights_are_due(services, connection.id):
        return _kept(connection)
    try:
        found = check_token(services, connection.organization_url, token).problems
    except BadInput as error:
        return [Problem("token_powerless", "error", str(error))]
    except Retryable:
        forget_rights(services, connection.id)
        raise
    return [problem for problem in found if problem.code not in OWN_CODES]


def _kept(connection: Connection) -> Sequence[Problem]:
    return [Problem(**kept) for kept in connection.problems if kept["code"] not in OWN_CODES]


def _ending(services: Services, connection: Connection) -> Sequence[Problem]:
    found = expiry_problem(connection.organization, connection.token_expires_at, services.now())
    return [found] if found else []


def _list_hooks(services: Services, connection: Connection) -> Sequence[Json] | None:
    """Every web hook that the token sees, None when it may not look."""
    try:
        return HooksApi(services.ado(connection, "reconcile")).list_all()
    except (Unauthorized, Forbidden):
        return None


def _guard_links(
    services: Services, connection: Connection, owner: ConnectionData, found: Sequence[Json]
) -> tuple[Sequence[Problem], int | None]:
    """Look at every link, as many as the turn allows. Returns hand-made hooks that belong to none, and when to come
    again before the usual time.
    """
    watch = Watch(services, connection, services.ado(connection, "reconcile"), owner.user_id, found)
    ends = time.monotonic() + TURN_SECONDS
    links = services.links.list_connection(connection.id)
    strays = _find_strays(services, links, found)
    dues: list[int | None] = []
    for link in links:
        if time.monotonic() > ends:
            dues.append(services.now())
            break
        own = [one for one in strays if _is_of(one, link, services.settings.public_url)]
        dues.append(watch_link(watch, link, [stray_problem(own)] if own else []))
    left = [one for one in strays if not any(_is_of(one, link, services.settings.public_url) for link in links)]
    return [stray_problem(left)] if left else [], min((due for due in dues if due is not None), default=None)


def _find_strays(services: Services, links: Sequence[Link], found: Sequence[Json]) -> Sequence[Json]:
    own = {link.id for link in links}
    hooks = {hook for one in found if (hook := find_hook(one, services.settings.public_url))}
    owners = {hook: services.links.find_hook(hook) for hook in hooks}
    known = {row.id for link in links for row in services.links.list_subscriptions(link.id)}
    foreign = {hook for hook, owner in owners.items() if owner and owner.id not in own}
    return find_strays(found, services.settings.public_url, known_ids=known, foreign_hooks=foreign)


def _is_of(stray: Json, link: Link, public_url: str) -> bool:
    return find_hook(stray, public_url) == link.hook or project_of(stray) == link.project_id.lower()


def _keep_problems(services: Services, connection: Connection, problems: Sequence[Problem]) -> None:
    records = tuple(problem.as_record() for problem in problems)
    if records != connection.problems:
        services.connections.set_problems(connection.id, records)
