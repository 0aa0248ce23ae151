"""Looks at the subscriptions of one link and repairs what Azure DevOps or somebody broke, with a new secret.

What a person switched off is left alone and told. Safe to kill: the kept states say what was missed until it is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from clients.ado import AdoClient
from clients.ado_hooks import HooksApi
from clients.ado_projects import read_project
from domain.errors import Forbidden, NotFound, SecretError, Unauthorized
from domain.hook_faults import OWNER_INACTIVE, RESTING, is_owned_by, judge_hook, repair_pause
from domain.records import Json
from domain.subscriptions import ENABLED, hook_address, wanted_subscriptions
from jobs.hook_words import (
    STRAYS,
    TOLD_REPAIRS,
    failing_problem,
    project_problem,
    refused_problem,
    rights_problem,
    secret_problem,
)
from linkage.holding import hold
from linkage.hook_rotation import has_passed, is_half_done
from linkage.hook_set import HookSet
from linkage.reconciling import want_reconcile
from linkage.refusals import keep_hooks
from linkage.resting_hooks import resting_problems
from linkage.token_check import Problem
from services import Services
from store.connections import Connection
from store.links import Link
from store.repairs import Repairs

log = structlog.get_logger("crosswalk.guard")

SOON = 60_000  # ms
HOLD_SECONDS = 2.0  # somebody who changes a link just now is not waited for: the guard comes again


@dataclass(frozen=True, slots=True)
class Watch:
    """One look at all subscriptions that the token of a connection sees; `owner_id` is whose token it is."""

    services: Services
    connection: Connection
    client: AdoClient
    owner_id: str
    found: Sequence[Json]


@dataclass(frozen=True, slots=True)
class Findings:
    """By event type: the state now, and the state kept from the last look ('' when there was none)."""

    states: Mapping[str, str]
    before: Mapping[str, str]
    remade: frozenset[str]  # whose owner is gone, and somebody else's token is here now

    @property
    def broken(self) -> frozenset[str]:
        """What is to be repaired. What a person switched on again may still have a secret of long ago."""
        found = {name for name, state in self.states.items() if state not in {ENABLED, *RESTING}}
        woken = {name for name, state in self.states.items() if state == ENABLED and self.before[name] in RESTING}
        return frozenset(found | woken | self.remade)

    @property
    def has_missed(self) -> bool:
        """Whether one is in order again that was not: what happened meanwhile is missing."""
        return any(state == ENABLED and self.before[name] not in {"", ENABLED} for name, state in self.states.items())

    @property
    def told(self) -> Mapping[str, str]:
        """Which are told a new secret, with the state to keep until what they missed is read."""
        kept = {name: state for name, state in self.states.items() if state not in RESTING or name in self.remade}
        return {name: (self.before[name] or ENABLED) if state == ENABLED else state for name, state in kept.items()}

    @property
    def is_calm(self) -> bool:
        return not self.broken and self.states == self.before


def watch_link(watch: Watch, link: Link, told: Sequence[Problem] = ()) -> int | None:
    """Bring one link in order and keep what a person must know of it, besides what is `told` already.

    Returns when it must be looked at again (ms) if that is before the usual time. Raises Retryable, WrongState when
    somebody changes the link.
    """
    try:
        findings = find_states(watch, link)
        if findings.is_calm and link.previous_digest is None:
            _keep_problems(watch, link, [*told, *_problems(watch, link, findings)])
            return None
        with hold(watch.services, f"link:{watch.connection.id}:{link.project_id}", wait_seconds=HOLD_SECONDS):
            present = watch.services.links.find(link.id)
            return _act(watch, present, find_states(watch, present), told) if present else None
    except (Unauthorized, Forbidden, NotFound) as error:
        _keep_problems(watch, link, [*told, _refusal(watch, link, error)])
    except SecretError as error:
        _keep_problems(watch, link, [*told, secret_problem("secret of this project's subscriptions", error)])
        return watch.services.now() + SOON
    return None


def keep_told(watch: Watch, link: Link, told: Sequence[Problem]) -> None:
    """Keep what is `told` of a link that cannot be looked at, beside what was found the last time."""
    before = (Problem(**kept) for kept in link.problems if kept["code"] != STRAYS)
    _keep_problems(watch, link, [*told, *before])


def find_states(watch: Watch, link: Link) -> Findings:
    """The states of every subscription a link needs. Raises Forbidden where the token may not look."""
    rows = {row.event_type: row for row in watch.services.links.list_subscriptions(link.id)}
    listed = {str(one["id"]): one for one in watch.found}
    address = hook_address(watch.services.settings.public_url, link.hook)
    states, remade = {}, set()
    for want in wanted_subscriptions(link.kinds, link.project_id, address):
        row = rows.get(want.event_type)
        found = listed.get(row.id) if row else None
        if row and found is None:  # a list leaves out what the token may not see
            found = HooksApi(watch.client).find(row.id, want.publisher)
        states[want.event_type] = judge_hook(found, want)
        if found and states[want.event_type] == OWNER_INACTIVE and not is_owned_by(found, watch.owner_id):
            remade.add(want.event_type)
    before = {name: rows[name].status if name in rows else "" for name in states}
    return Findings(states, before, frozenset(remade))


def _act(watch: Watch, link: Link, findings: Findings, told: Sequence[Problem]) -> int | None:
    """Repair unless it is too early, have read what was missed, and only then call it in order."""
    services, now = watch.services, watch.services.now()
    _keep_states(services, link, {name: state for name, state in findings.states.items() if state != ENABLED})
    due = _next_repair(services, link) if findings.broken else None
    left = findings.broken if due and due > now else frozenset(_repair(watch, link, findings))
    mended = findings.broken - left
    if mended or findings.has_missed:
        want_reconcile(services, link.id)
    states = {name: ENABLED if name in mended else state for name, state in findings.states.items()}
    _keep_states(services, link, {name: state for name, state in states.items() if name not in left})
    refused = [refused_problem(sorted(left))] if left and not (due and due > now) else []
    _keep_problems(watch, link, [*told, *refused, *_problems(watch, link, replace(findings, states=states))])
    return due if left else None


def _next_repair(services: Services, link: Link) -> int:
    repair = Repairs(services.redis).read(link.id)
    return repair.last_at + repair_pause(repair.count)


def _repair(watch: Watch, link: Link, findings: Findings) -> tuple[str, ...]:
    """Give every subscription that is not left alone a new secret, or the one of a repair that was cut short."""
    services = watch.services
    if not findings.broken and not link.is_rotating:
        _end_rotation(services, link)
        return ()
    if not is_half_done(services, link):
        services.links.begin_rotation(link)
    hooks = HookSet(services, HooksApi(watch.client), link)
    refused = hooks.mend(watch.found, findings.told, remade=findings.remade)
    if not refused:
        services.links.note_told(link.id, services.now())
    if findings.broken:
        Repairs(services.redis).note(link.id, services.now())
        log.info("guard.repaired", link=link.id, broken=len(findings.broken), refused=len(refused))
    return refused


def _end_rotation(services: Services, link: Link) -> None:
    """The old secret is over once nothing that was sent with it can be on its way any more."""
    if has_passed(services, link):
        services.links.end_rotation(link.id)


def _problems(watch: Watch, link: Link, findings: Findings) -> list[Problem]:
    services = watch.services
    problems = list(resting_problems(findings.states))
    repair = Repairs(services.redis).read(link.id)
    recent = services.now() - repair.last_at < 2 * repair_pause(repair.count)
    if repair.count >= TOLD_REPAIRS and recent:
        problems.append(failing_problem(repair.count, services.settings.public_url))
    return problems


def _refusal(watch: Watch, link: Link, error: Unauthorized | Forbidden | NotFound) -> Problem:
    """What a missing right means, with who must grant it, or that the project is gone. Raises Retryable."""
    try:
        read_project(watch.client, link.project_id)
    except NotFound:
        return project_problem()
    except (Unauthorized, Forbidden) as refused:
        error = refused
    return rights_problem(keep_hooks(watch.services, watch.connection, watch.client, link.project_id, error))


def _keep_states(services: Services, link: Link, states: Mapping[str, str]) -> None:
    for row in services.links.list_subscriptions(link.id):
        state = states.get(row.event_type, row.status)
        if state != row.status:
            services.links.save_subscription(replace(row, status=state))


def _keep_problems(watch: Watch, link: Link, problems: Sequence[Problem]) -> None:
    records = tuple(problem.as_record() for problem in problems)
    if records != link.problems:
        watch.services.links.set_problems(link.id, records)
