"""/api/health: whether events still flow, per connection and project. Reads what is known here; only the state of
subscriptions is read from Azure DevOps, once a minute at most.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint

from app.access import admit_admins, current_site
from app.api import ConcernView, api_view
from app.asking import Asking
from app.backfills import is_stalled, show_wait
from app.dead_letters import moment
from app.health_views import (
    AnswerView,
    BackfillBrief,
    ConnectionHealth,
    CredentialView,
    ErasingView,
    EventView,
    HealthList,
    InboxView,
    LatencyView,
    LightView,
    LinkHealth,
    RateView,
    ReconciledView,
)
from app.projects import show_subscription
from domain.lights import Signs, light_of, worst_first
from linkage.credentials import present_problems
from linkage.erasing import ERASURES, erasure_problem, erasure_problems
from linkage.failed_readings import failed_problem
from linkage.hook_states import refresh_subscriptions
from linkage.reconciling import known_up_to
from linkage.resting_hooks import resting_problems
from services import Services
from store.connections import Connection
from store.dead_letters import KEEP_SECONDS
from store.erasures import Erasure
from store.links import Link
from store.pulses import Pulse
from store.rate_states import RateState

STATES_SECONDS = 5.0  # how long Azure DevOps may keep a request waiting for the states of subscriptions
Depths = Mapping[str, tuple[int, int | None]]  # by link: events that wait, and since when (ms)
HELD_MILLISECONDS = 70 * 60_000  # who waits is tried again within an hour; after this nobody works on it


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/health`."""
    blueprint = Blueprint("health", __name__, url_prefix="/api/health")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(show_health), methods=["GET"])
    return blueprint


@api_view(answer=HealthList)
def show_health(services: Services) -> HealthList:
    """Show the light of every connection: credential, subscriptions, inbox, latency, history, rates, dead letters."""
    refresh_states(services, current_site().id)
    return read_health(services, current_site().id)


def refresh_states(services: Services, installation_id: str) -> None:
    """Read the states of all subscriptions of a site, those that nobody read within the last minute.

    What comes too late for this request is noted for the next one.
    """
    pairs = [(one, services.links.list_connection(one.id)) for one in services.connections.list_for(installation_id)]
    with Asking(STATES_SECONDS) as asking:
        asking.ask_all(partial(refresh_subscriptions, services, one, links) for one, links in pairs if links)


def read_health(services: Services, installation_id: str) -> HealthList:
    """The health of a site's connections as it is known here: for the API, commands and metrics."""
    dead = services.dead_letters.count_links(installation_id)
    depths = services.queue.depths([link.id for link in services.links.list_for(installation_id)])
    found = services.connections.list_for(installation_id)
    return HealthList(
        items=tuple(read_connection(services, connection, dead, depths) for connection in found),
        jira=show_rates(services, installation_id),
        erasing=tuple(show_erasing(erasure) for erasure in services.erasures.list_for(installation_id)),
    )


def read_connection(
    services: Services, connection: Connection, dead: Mapping[str, int], depths: Depths
) -> ConnectionHealth:  # fmt: skip
    links = services.links.list_connection(connection.id)
    shown = tuple(read_link(services, link, depths) for link in links)
    letters = sum(dead.get(link.id, 0) for link in links)
    told = [one for one in present_problems(connection) if one.code not in ERASURES]  # those as of now come below
    told += erasure_problems(services, connection.installation_id, connection.id)
    problems = tuple(ConcernView.model_validate(one.as_record()) for one in told)
    rates = show_rates(services, connection.id)
    slowing = (*rates, *show_rates(services, connection.installation_id))
    ends = connection.token_expires_at
    return ConnectionHealth(
        id=connection.id,
        organization=connection.organization,
        light=show_light(problems, shown, letters, slowing, now=services.now()),
        credential=CredentialView(
            state=connection.token_state, expires_at=None if ends is None else moment(ends), problems=problems
        ),
        links=shown,
        rates=rates,
        dead_letters=letters,
    )


def read_link(services: Services, link: Link, depths: Depths) -> LinkHealth:
    depth, oldest = depths.get(link.id, (0, None))
    pulse, latency = services.pulses.read(link.id), services.latencies.read(link.id, services.now())
    age = None if oldest is None else max(0, services.now() - oldest) // 1000
    return LinkHealth(
        project_id=link.project_id,
        subscriptions=tuple(show_subscription(row) for row in services.links.list_subscriptions(link.id)),
        problems=tuple(ConcernView.model_validate(problem) for problem in list_problems(services, link)),
        inbox=InboxView(depth=depth, oldest_age_seconds=age, waits_for=find_wait(pulse, oldest, services.now())),
        last_event=show_event(pulse),
        last_answer=show_answer(pulse),
        latency=LatencyView(count=latency.count, p50_milliseconds=latency.p50, p95_milliseconds=latency.p95),
        backfill=read_backfill(services, link),
        reconciled=read_reconciled(services, link, pulse),
        to_send_again=services.ledger.count_stale(link.id),
    )


def list_problems(services: Services, link: Link) -> Sequence[Mapping[str, Any]]:
    """What the guard found wrong, and what reconciliation cannot read."""
    failed = failed_problem(services.readings.list_failures(link.id), services.now())
    return (*link.problems, *([failed.as_record()] if failed else []))


def find_wait(pulse: Pulse, oldest: int | None, now: int) -> str | None:
    """What holds up the events of a link, as the last try told; None when that tells nothing of the oldest (ms)."""
    if oldest is None or pulse.held_at is None or pulse.held_at < max(oldest, now - HELD_MILLISECONDS):
        return None
    return pulse.held


def show_light(
    problems: Iterable[ConcernView], links: Sequence[LinkHealth], letters: int, rates: Sequence[RateView], *, now: int
) -> LightView:
    every = [*problems, *(problem for link in links for problem in link.problems)]
    errors, warnings = worst_first((one.severity, one.detail) for one in every)
    oldest = max(links, key=lambda link: link.inbox.oldest_age_seconds or 0, default=None)
    slowed = next((rate.why for rate in rates if rate.paused_until), None)
    light = light_of(
        Signs(
            linked=len(links),
            errors=errors,
            warnings=warnings,
            statuses=tuple(row.status for link in links for row in link.subscriptions),
            resting=tuple(words for link in links for words in tell_resting(link)),
            waiting=sum(link.inbox.depth for link in links),
            oldest_seconds=max((link.inbox.oldest_age_seconds or 0 for link in links), default=0),
            dead_letters=letters,
            last_answer=find_answer(links, now),
            had_events=any(link.last_event for link in links),
            unsent=sum(link.to_send_again for link in links),
            failed_parts=sum(link.backfill.failed for link in links if link.backfill),
            stalled=tuple(one.backfill.waits_for or "" for one in links if one.backfill and one.backfill.stalled),
            slowed=slowed,
            held=oldest.inbox.waits_for if oldest else None,
        )
    )
    return LightView(color=light.color, word=light.word, sentence=light.sentence)


def find_answer(links: Sequence[LinkHealth], now: int) -> str | None:
    """The newest answer of Jira, None when it is so old that what it refused is no dead letter any more (ms)."""
    since = moment(now - KEEP_SECONDS * 1000)
    answers = [link.last_answer for link in links if link.last_answer and link.last_answer.at >= since]
    return max(answers, key=lambda answer: answer.at).words if answers else None


def tell_resting(link: LinkHealth) -> Iterable[str]:
    return (problem.detail for problem in resting_problems({row.event_type: row.status for row in link.subscriptions}))


def read_backfill(services: Services, link: Link) -> BackfillBrief | None:
    found = services.backfills.find(link.id)
    if found is None:
        return None
    counts, now = services.backfills.count_parts(found.id), services.now()
    failed, stalled = counts.get("failed", 0), is_stalled(found, now)
    waits = show_wait(found, services.backfills.list_parts(found.id), now) if stalled else None
    return BackfillBrief(
        state=found.state, done=counts.get("done", 0) + failed, total=sum(counts.values()), failed=failed,
        incomplete=services.backfills.count_incomplete(found.id), stalled=stalled,
        waits_for=waits.detail if waits else None,
    )  # fmt: skip


def read_reconciled(services: Services, link: Link, pulse: Pulse) -> ReconciledView:
    up_to = known_up_to(services.marks.read(link.id), link.kinds)
    return ReconciledView(
        up_to=None if up_to is None else moment(up_to),
        found=pulse.found,
        found_at=None if pulse.found_at is None else moment(pulse.found_at),
    )


def show_erasing(erasure: Erasure) -> ErasingView:
    problem = erasure_problem(erasure)
    return ErasingView(
        severity=problem.severity,
        detail=problem.detail,
        since=moment(erasure.created_at),
        connection_id=erasure.properties["connectionId"],
        project_id=erasure.properties.get("projectId"),
    )


def show_rates(services: Services, scope: str) -> tuple[RateView, ...]:
    return tuple(show_rate(state) for state in services.governor.read(scope))


def show_rate(state: RateState) -> RateView:
    return RateView(
        system=state.system,
        group=state.group,
        calls_last_minute=state.calls,
        per_second=round(state.allowed, 2),
        paused_until=None if state.paused_until is None else moment(state.paused_until),
        remaining=state.remaining,
        limit=state.limit,
        waits=sum(waits.count for waits in state.waits),
        waited_milliseconds=sum(waits.milliseconds for waits in state.waits),
        why=state.why,
    )


def show_event(pulse: Pulse) -> EventView | None:
    if pulse.last_event_at is None:
        return None
    return EventView(at=moment(pulse.last_event_at), type=pulse.last_event_type or "unknown")


def show_answer(pulse: Pulse) -> AnswerView | None:
    if pulse.last_answer_at is None:
        return None
    return AnswerView(
        at=moment(pulse.last_answer_at),
        words=pulse.last_answer or "",
        accepted=pulse.accepted,
        failed=pulse.failed,
        unknown_keys=pulse.unknown_keys,
    )
