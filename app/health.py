"""/api/health: whether events still flow, per connection and project. Reads what is known here; only the state of
subscriptions is read from Azure DevOps, once a minute at most.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint

from app.access import admit_admins, current_site
from app.api import ApiModel, ConcernView, api_view
from app.connections import show_problems
from app.dead_letters import moment
from app.projects import SubscriptionView, show_subscription
from linkage.hook_states import refresh_subscriptions
from services import Services
from store.connections import Connection, TokenState
from store.links import Link
from store.pulses import Pulse

COUNTED_LETTERS = 1000  # at most, each is looked at


class CredentialView(ApiModel):
    state: TokenState
    problems: tuple[ConcernView, ...]


class InboxView(ApiModel):
    """Events that wait for Jira. `oldestAgeSeconds` is null when none does."""

    depth: int
    oldest_age_seconds: int | None


class EventView(ApiModel):
    at: datetime
    type: str


class AnswerView(ApiModel):
    """What Jira said last, and counts since the project was linked."""

    at: datetime
    words: str
    accepted: int
    failed: int
    unknown_keys: int


class LinkHealth(ApiModel):
    project_id: str
    subscriptions: tuple[SubscriptionView, ...]
    inbox: InboxView
    last_event: EventView | None
    last_answer: AnswerView | None


class ConnectionHealth(ApiModel):
    id: str
    organization: str
    credential: CredentialView
    links: tuple[LinkHealth, ...]
    dead_letters: int


class HealthList(ApiModel):
    items: tuple[ConnectionHealth, ...]
    next: str | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/health`."""
    blueprint = Blueprint("health", __name__, url_prefix="/api/health")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(show_health), methods=["GET"])
    return blueprint


@api_view(answer=HealthList)
def show_health(services: Services) -> HealthList:
    """Show credential, subscriptions, inbox, last event and last answer of Jira for every connection."""
    return read_health(services, current_site().id)


def read_health(services: Services, installation_id: str) -> HealthList:
    """The health of a site's connections, for the API and the command line."""
    letters = services.dead_letters.list_for(installation_id, COUNTED_LETTERS)
    dead = Counter(letter.link_id for letter in letters)
    found = services.connections.list_for(installation_id)
    return HealthList(items=tuple(read_connection(services, connection, dead) for connection in found))


def read_connection(services: Services, connection: Connection, dead: Mapping[str, int]) -> ConnectionHealth:
    links = services.links.list_connection(connection.id)
    if links:
        refresh_subscriptions(services, connection, links)
    return ConnectionHealth(
        id=connection.id,
        organization=connection.organization,
        credential=CredentialView(state=connection.token_state, problems=show_problems(connection)),
        links=tuple(read_link(services, link) for link in links),
        dead_letters=sum(dead.get(link.id, 0) for link in links),
    )


def read_link(services: Services, link: Link) -> LinkHealth:
    depth, oldest = services.queue.depth(link.id)
    pulse = services.pulses.read(link.id)
    age = None if oldest is None else max(0, services.now() - oldest) // 1000
    return LinkHealth(
        project_id=link.project_id,
        subscriptions=tuple(show_subscription(row) for row in services.links.list_subscriptions(link.id)),
        inbox=InboxView(depth=depth, oldest_age_seconds=age),
        last_event=show_event(pulse),
        last_answer=show_answer(pulse),
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
