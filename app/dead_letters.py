"""/api/dead-letters: events that Jira did not take, with the reason. Their bodies are never shown."""

from datetime import UTC, datetime

from flask import Blueprint

from app.access import admit_admins, current_site
from app.api import ApiModel, api_view
from domain.errors import UnknownObject
from services import Services
from store.dead_letters import DeadLetter
from store.links import Link


class DeadLetterView(ApiModel):
    """`connectionId` and `projectId` are null when the project was unlinked since."""

    id: str
    connection_id: str | None
    project_id: str | None
    event_type: str
    reason: str
    at: datetime


class DeadLetterList(ApiModel):
    items: tuple[DeadLetterView, ...]
    next: str | None = None


class Retried(ApiModel):
    id: str


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/dead-letters`."""
    blueprint = Blueprint("dead_letters", __name__, url_prefix="/api/dead-letters")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(list_dead_letters), methods=["GET"])
    blueprint.add_url_rule("/<letter_id>/retry", view_func=services.bind(retry_dead_letter), methods=["POST"])
    return blueprint


@api_view(answer=DeadLetterList)
def list_dead_letters(services: Services) -> DeadLetterList:
    """List the newest hundred dead letters, newest first."""
    site = current_site()
    links = {link.id: link for link in services.links.list_for(site.id)}
    letters = services.dead_letters.list_for(site.id)
    return DeadLetterList(items=tuple(show_letter(letter, links.get(letter.link_id)) for letter in letters))


@api_view(answer=Retried, status=202)
def retry_dead_letter(services: Services, letter_id: str) -> tuple[Retried, int]:
    """Put a dead letter back at the end of its inbox."""
    inbox = services.dead_letters.retry(current_site().id, letter_id, services.now())
    if inbox is None:
        raise UnknownObject("There is no such dead letter. It was retried, or it is older than seven days.")
    services.queue.poke("drain", inbox)
    return Retried(id=letter_id), 202


def show_letter(letter: DeadLetter, link: Link | None) -> DeadLetterView:
    return DeadLetterView(
        id=letter.id,
        connection_id=link.connection_id if link else None,
        project_id=link.project_id if link else None,
        event_type=letter.event_type,
        reason=letter.reason,
        at=moment(letter.at),
    )


def moment(milliseconds: int) -> datetime:
    """An aware time in UTC; the API writes it as ISO 8601."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
