"""Linking a project, for the API and the command line: its hook, its subscriptions, and all of it undone again."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import structlog

from app.backfilling import begin_backfill, default_since, extend_backfill
from clients.ado import AdoClient
from clients.ado_hooks import HooksApi
from clients.ado_projects import Project, list_projects, read_project
from domain.errors import BadInput, Fault, Forbidden, NotFound, Permanent, Unauthorized, UnknownObject, WrongState
from domain.subscriptions import ALL_KINDS, ENABLED
from linkage.erasing import erase_sent, is_being_erased
from linkage.holding import hold
from linkage.hook_set import HookSet
from linkage.reconciling import start_marks, want_reconcile
from linkage.refusals import explain_hooks, explain_projects
from linkage.token_check import Problem
from services import Services
from store.connections import Connection
from store.installations import Installation
from store.links import Link

log = structlog.get_logger("crosswalk.links")

WORKER_SECONDS = 20.0
CLOSED_SECONDS = 300  # longer than the deletion in Jira takes


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """What a person chose. None: as it was; for a new link all kinds, all Jira projects and the history of the day
    that `default_since` names, unless `backfill` is False.
    """

    kinds: tuple[str, ...] | None = None
    jira_projects: tuple[str, ...] | None = None
    every_jira_project: bool = False  # takes back an earlier choice of Jira projects
    since: date | None = None  # read history from this day on
    backfill: bool = True


def visible_projects(services: Services, connection: Connection) -> Sequence[Project]:
    """Every project that the token of a connection sees. Raises Forbidden or Unauthorized with what to do."""
    client = services.ado(connection)
    try:
        return list_projects(client)
    except (Unauthorized, Forbidden) as error:
        explain_projects(services, connection, client, error)


def link_project(
    services: Services, installation: Installation, connection: Connection, project_id: str, *, choice: LinkChoice
) -> Link:
    """Link a project, or bring a linked one in line with a choice. Safe to repeat; on failure nothing new is left.

    Raises UnknownObject for a project that the token does not see, BadInput for Jira projects that do not exist,
    Forbidden naming who must grant which right, Unauthorized for a token that ended.
    """
    client = services.ado(connection)
    project = _find_project(services, connection, client, project_id)
    keys = _check_jira_projects(services, installation, choice.jira_projects)
    with hold(services, f"link:{connection.id}:{project.id}"):
        found = services.links.find_project(connection.id, project.id)
        if found and choice.jira_projects is None and not choice.every_jira_project:
            keys = found.jira_projects
        kinds = _ordered(choice.kinds or (found.kinds if found else ALL_KINDS))
        has_gap = found is not None and _has_gap(services, found)
        link = found or _add_link(services, connection, project, keys, kinds)
        try:
            HookSet(services, HooksApi(client), link, fresh=found is None).align(kinds)
        except (Unauthorized, Forbidden) as error:
            explain_hooks(services, connection, client, project, error)
        finally:
            _drop_unfinished(services, link, fresh=found is None)
        log.info("link.saved", link=link.id, new=found is None, kinds=len(kinds))
        saved = services.links.set_choice(link.id, keys, kinds)
        if has_gap:
            want_reconcile(services, saved.id)
        _read_history(services, saved, choice, found)
        return services.links.find(link.id) or saved


def unlink_project(
    services: Services, installation: Installation, connection: Connection, link: Link
) -> tuple[Problem, ...]:
    """Remove subscriptions, waiting events and what Jira was sent for a project. Returns what had to be left behind.

    Raises Retryable when a system cannot be reached: then the link is still here and the call can be repeated.
    """
    with hold(services, f"link:{connection.id}:{link.project_id}"):
        left = unsubscribe_link(services, connection, link)
        sent = {"connectionId": connection.id, "projectId": link.project_id}
        with closing_links(services, [link]):
            left += erase_sent(services, installation, sent, [link.id])
            services.links.delete(link.id)
    log.info("link.removed", link=link.id, left=len(left))
    return left


@contextmanager
def closing_links(services: Services, links: Sequence[Link]) -> Iterator[None]:
    """Close links for good: nothing more is taken or sent, what waits is dropped, workers have ended their batch.

    When the body fails they are open again, and what was dropped is read. Raises WrongState when a worker does not end
    in time.
    """
    try:
        for link in links:
            services.queue.close_link(link.id, CLOSED_SECONDS)
            services.queue.forget_link(link.id)
        _await_workers(services, links)
        yield
    except BaseException:
        for link in links:
            services.queue.open_link(link.id)
            want_reconcile(services, link.id)
        raise
    for link in links:
        services.queue.forget_link(link.id)
        services.dead_letters.forget_link(link.installation_id, link.id)
        services.traces.forget(link.id)
        services.latencies.forget(link.id, services.now())


def _await_workers(services: Services, links: Sequence[Link]) -> None:
    ends = time.monotonic() + WORKER_SECONDS
    while any(services.queue.is_busy(link.id) for link in links):
        if time.monotonic() > ends:
            raise WrongState("Events of this project are being sent just now. Try again in a minute.")
        time.sleep(0.05)


def unsubscribe_link(services: Services, connection: Connection, link: Link) -> tuple[Problem, ...]:
    """Remove the subscriptions of a link at Azure DevOps. A right or token that is gone is told and does not stop it:
    Azure DevOps itself switches off what we no longer accept. Raises Retryable.
    """
    try:
        hooks = HookSet(services, HooksApi(services.ado(connection)), link)
        try:
            hooks.remove_all()
        except Forbidden:
            hooks.remove_known()
    except Permanent as error:
        return (_left_behind("subscriptions_left", f"Delete them in the project's service hooks: {error.detail}"),)
    return ()


def _find_project(services: Services, connection: Connection, client: AdoClient, project_id: str) -> Project:
    try:
        return read_project(client, project_id)
    except NotFound:
        raise UnknownObject("The token of this connection sees no such project. Load the list again.") from None
    except (Unauthorized, Forbidden) as error:
        explain_projects(services, connection, client, error)


def _add_link(
    services: Services, connection: Connection, project: Project, keys: tuple[str, ...] | None, kinds: tuple[str, ...]
) -> Link:
    if is_being_erased(services, connection.installation_id, connection.id, project.id):
        raise WrongState("Jira still deletes what this project sent before. Link it again in some minutes.")
    made = services.links.add(connection.installation_id, connection.id, project.id, kinds, services.now())
    start_marks(services, made.id)
    return services.links.set_choice(made.id, keys, kinds)


def _has_gap(services: Services, link: Link) -> bool:
    """Whether a subscription was broken until now: what happened meanwhile is missing."""
    return any(row.status != ENABLED for row in services.links.list_subscriptions(link.id))


def _read_history(services: Services, link: Link, choice: LinkChoice, before: Link | None) -> None:
    """Start the back-fill that was chosen, or let it read kinds that are new. The same choice again changes nothing."""
    since = choice.since or (default_since(services) if before is None and choice.backfill else None)
    if since and not (since.isoformat() == link.backfill_since and services.backfills.find(link.id)):
        begin_backfill(services, link, since)
    elif before and not set(link.kinds) <= set(before.kinds):
        extend_backfill(services, link)


def _drop_unfinished(services: Services, link: Link, *, fresh: bool) -> None:
    """A link made for a call that failed has no subscription: nothing will ever arrive for it."""
    if fresh and not services.links.list_subscriptions(link.id):
        services.links.delete(link.id)


def _check_jira_projects(
    services: Services, installation: Installation, keys: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """The chosen keys as Jira writes them, each once. A site that cannot list its projects is believed."""
    if keys is None:
        return None
    chosen = tuple(dict.fromkeys(key.upper() for key in keys))
    try:
        known = services.jira(installation).list_project_keys()
    except Forbidden:
        return chosen
    faults = tuple(
        Fault(f"/jiraProjects/{index}", f"the site has no project {key}")
        for index, key in enumerate(keys)
        if key.upper() not in known
    )
    if faults:
        raise BadInput("Some of these Jira projects do not exist, or Crosswalk may not see them.", faults)
    return chosen


def _ordered(kinds: Iterable[str]) -> tuple[str, ...]:
    chosen = set(kinds)
    return tuple(kind for kind in ALL_KINDS if kind in chosen)


def _left_behind(code: str, detail: str) -> Problem:
    return Problem(code, "warning", detail)
