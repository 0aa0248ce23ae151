"""The guard of a connection: is its token accepted, are its rights there, do all its subscriptions tell us of events?

Looks every quarter of an hour, because probation lasts twenty minutes at least: what it makes us miss is noticed.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace

import structlog

from clients.ado_hooks import HooksApi
from domain.errors import BadInput, CallError, Forbidden, Permanent, Retryable, SecretError, Unauthorized
from domain.hook_faults import find_strays
from domain.records import Json
from domain.subscriptions import find_hook
from jobs.hook_rounds import is_stray_of, watch_links
from jobs.hook_watch import SOON, Watch
from jobs.hook_words import STRAYS, secret_problem, stray_problem
from jobs.retry import ordered_wait
from linkage.clocks import DIFFERS, clock_ahead, clock_problem
from linkage.credentials import confirm_owner, expiry_problem, forget_rights, rights_are_due
from linkage.erasing import ERASURES, erasure_problems
from linkage.refusals import keep_access
from linkage.tenants import learn_tenant
from linkage.token_check import NO_HOOKS, READ_SCOPES, Problem, check_token
from services import Services
from store.connections import Connection
from store.links import Link

log = structlog.get_logger("crosswalk.guard")

PERIOD = 15 * 60_000  # ms
JITTER = 60_000
# The codes of what is told anew by each look: without a call; when the token is used; when its hooks are listed.
LOCAL = frozenset({"token_expires", DIFFERS}) | ERASURES
ACCESS = frozenset({"access_refused", "secret_unreadable"})
HOOKS = frozenset({NO_HOOKS.code, STRAYS})
POWERLESS = Problem(
    "token_powerless", "error", "The token opens nothing that Jira could show, or may not even list projects. Replace "
    f"it with one that has the scopes Project and Team (Read), {READ_SCOPES}.",
)  # fmt: skip


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
        return services.now() + max(SOON, ordered_wait(error))


def _usual(services: Services) -> int:
    return services.now() + PERIOD + secrets.randbelow(JITTER)


def _guard(services: Services, connection: Connection) -> int | None:
    """Each step keeps what it found before the next one may fail. Raises Retryable."""
    present = _keep_problems(services, connection, _kept(connection))
    if present.token_state == "erased":  # noqa: S105  # a state; `state_problem` tells it
        return None
    owner_id = _find_owner(services, present)
    if owner_id is None:
        return None
    rights = _rights(services, present)
    present = _keep_problems(services, present, [*rights, *_only(present, HOOKS)])
    found = _list_hooks(services, present)
    if found is None:
        _keep_problems(services, present, [*rights, NO_HOOKS])
        return None
    links = services.links.list_connection(present.id)
    strays = _find_strays(services, links, found)
    _keep_problems(services, present, [*rights, *_tell_homeless(services, links, strays)])
    return watch_links(Watch(services, present, services.ado(present, "reconcile"), owner_id, found), links, strays)


def _find_owner(services: Services, connection: Connection) -> str | None:
    """Whose token it is; None when that pauses everything, and then it is told. Raises Retryable."""
    try:
        owner = confirm_owner(services, connection)
    except Permanent as error:
        refusal = Problem("access_refused", "error", keep_access(error))
    except SecretError as error:
        log.warning("guard.no_secret", connection=connection.id, error=type(error).__name__)
        refusal = secret_problem(f"token of {connection.organization}", error)
    else:
        if owner is None:  # the state tells why
            _keep_problems(services, connection, _kept(connection, but=ACCESS))
        return owner.user_id if owner else None
    _keep_problems(services, connection, [*_kept(connection, but=ACCESS), refusal])
    return None


def _rights(services: Services, connection: Connection) -> Sequence[Problem]:
    """What the token may not do, as looked at today; as before when Azure DevOps cannot say now."""
    token = services.connections.read_token(connection)
    known = _kept(connection, but=ACCESS | HOOKS)
    if token is None or not rights_are_due(services, connection.id):
        return known
    learn_tenant(services, connection)
    try:
        found = check_token(services, connection.organization_url, token).problems
    except BadInput:
        return [POWERLESS]
    except CallError as error:
        log.info("guard.rights_unread", connection=connection.id, error=type(error).__name__)
        forget_rights(services, connection.id)
        return known
    return [problem for problem in found if problem.code not in HOOKS]


def _list_hooks(services: Services, connection: Connection) -> Sequence[Json] | None:
    """Every web hook that the token sees, None when it may not look."""
    try:
        return HooksApi(services.ado(connection, "reconcile")).list_all()
    except (Unauthorized, Forbidden):
        return None


def _find_strays(services: Services, links: Sequence[Link], found: Sequence[Json]) -> Sequence[Json]:
    own = {link.id for link in links}
    hooks = {hook for one in found if (hook := find_hook(one, services.settings.public_url))}
    owners = {hook: services.links.find_hook(hook) for hook in hooks}
    known = {row.id for link in links for row in services.links.list_subscriptions(link.id)}
    foreign = {hook for hook, owner in owners.items() if owner and owner.id not in own}
    return find_strays(found, services.settings.public_url, known_ids=known, foreign_hooks=foreign)


def _tell_homeless(services: Services, links: Sequence[Link], strays: Sequence[Json]) -> Sequence[Problem]:
    """What is told of hand-made hooks that belong to no link."""
    url = services.settings.public_url
    left = [stray for stray in strays if not any(is_stray_of(stray, link, url) for link in links)]
    return [stray_problem(left)] if left else []


def _kept(connection: Connection, *, but: Collection[str] = ()) -> Sequence[Problem]:
    """What was told before, of what is not looked at by every look."""
    return [Problem(**kept) for kept in connection.problems if kept["code"] not in {*LOCAL, *but}]


def _only(connection: Connection, codes: Collection[str]) -> Sequence[Problem]:
    return [problem for problem in _kept(connection) if problem.code in codes]


def _keep_problems(services: Services, connection: Connection, problems: Sequence[Problem]) -> Connection:
    """Keep these with what is known without a call. Returns the connection as it is kept."""
    ending = expiry_problem(connection.organization, connection.token_expires_at, services.now())
    erasing = erasure_problems(services, connection.installation_id, connection.id)
    ahead = clock_ahead(services, connection)
    clock = clock_problem(ahead)
    if clock and all(kept["code"] != DIFFERS for kept in connection.problems):
        log.warning("clock.differs", connection=connection.id, milliseconds=ahead)
    told = [*problems, *(one for one in (ending, clock) if one), *erasing]
    records = tuple(problem.as_record() for problem in told)
    if records != connection.problems:
        services.connections.set_problems(connection.id, records)
    return replace(connection, problems=records)
