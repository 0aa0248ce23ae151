"""/api/dead-letters: events that Jira did not take, with the reason. Their bodies are never shown."""

from datetime import UTC, datetime
from typing import Annotated

from flask import Blueprint
from pydantic import AfterValidator, Field

from app.access import admit_admins, current_site
from app.api import ApiModel, api_view, read_query
from domain.errors import UnknownObject, WrongState
from services import Services
from store.dead_letters import DeadLetter
from store.links import Link

PAGE_SIZE = 100


def require_cursor(value: str) -> str:
    """For pydantic: a place in the list, as `next` gave it."""
    if not (value.isascii() and value.isdigit()):
        raise ValueError("is no place in this list; take `next` of the page before, or leave it out")
    return value


class DeadLetterQuery(ApiModel):
    """`after`: the `next` of the page before; without it the list begins with the newest."""

    after: Annotated[str, Field(max_length=12), AfterValidator(require_cursor)] | None = None


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


class AllRetried(ApiModel):
    """How many went back to their inboxes; those of unlinked projects stay where they are."""

    retried: int


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/dead-letters`."""
    blueprint = Blueprint("dead_letters", __name__, url_prefix="/api/dead-letters")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(list_dead_letters), methods=["GET"])
    blueprint.add_url_rule("/retry", view_func=services.bind(retry_dead_letters), methods=["POST"])
    blueprint.add_url_rule("/<letter_id>/retry", view_func=services.bind(retry_dead_letter), methods=["POST"])
    return blueprint


@api_view(answer=DeadLetterList, query=DeadLetterQuery)
def list_dead_letters(services: Services) -> DeadLetterList:
    """List dead letters, newest first, a hundred at a time."""
    site = current_site()
    start = int(read_query(DeadLetterQuery).after or 0)
    links = {link.id: link for link in services.links.list_for(site.id)}
    letters = services.dead_letters.list_for(site.id, count=PAGE_SIZE, offset=start)
    end = start + PAGE_SIZE
    return DeadLetterList(
        items=tuple(show_letter(letter, links.get(letter.link_id)) for letter in letters),
        next=str(end) if services.dead_letters.count(site.id) > end else None,
    )


@api_view(answer=Retried, status=202)
def retry_dead_letter(services: Services, letter_id: str) -> tuple[Retried, int]:
    """Put a dead letter back at the end of its inbox. Not possible once its project was unlinked."""
    _require_link(services, letter_id)
    inbox = services.dead_letters.retry(current_site().id, letter_id, services.now())
    if inbox is None:
        raise UnknownObject("There is no such dead letter. It was retried, or it is older than seven days.")
    services.queue.poke_quietly(inbox)
    return Retried(id=letter_id), 202


@api_view(answer=AllRetried, status=202)
def retry_dead_letters(services: Services) -> tuple[AllRetried, int]:
    """Put every dead letter back at the end of its inbox, the oldest first."""
    site = current_site()
    linked = {link.id for link in services.links.list_for(site.id)}
    letters = [one for one in services.dead_letters.list_for(site.id, count=0) if one.link_id in linked]
    inboxes = [services.dead_letters.retry(site.id, letter.id, services.now()) for letter in reversed(letters)]
    found = [inbox for inbox in inboxes if inbox is not None]
    for inbox in dict.fromkeys(found):
        services.queue.poke_quietly(inbox)
    return AllRetried(retried=len(found)), 202


def _require_link(services: Services, letter_id: str) -> None:
    """Raises WrongState when the link of a letter is gone. An unknown letter is for the caller to tell."""
    site = current_site()
    letter = next((one for one in services.dead_letters.list_for(site.id, count=0) if one.id == letter_id), None)
    if letter and services.links.find(letter.link_id) is None:
        raise WrongState("The project of this event is not linked any more, so there is nowhere to send it.")


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
