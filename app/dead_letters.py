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
RETRIED_AT_ONCE = 500


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
    """`count`: how many there are. `dropped`: how many older ones were too many to be kept."""

    items: tuple[DeadLetterView, ...]
    next: str | None = None
    count: int
    dropped: int


class Retried(ApiModel):
    id: str


class RetryQuery(ApiModel):
    """`before`: of the answer before; without it everything that was given up until now is meant."""

    before: datetime | None = None


class AllRetried(ApiModel):
    """How many went back to their inboxes, and how many are `left`: call again with `before` until there are none.

    What is given up once more meanwhile is not among them; what belongs to unlinked projects stays where it is.
    """

    retried: int
    left: int
    before: datetime


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
    end, count = start + PAGE_SIZE, services.dead_letters.count(site.id)
    return DeadLetterList(
        items=tuple(show_letter(letter, links.get(letter.link_id)) for letter in letters),
        next=str(end) if count > end else None,
        count=count,
        dropped=services.dead_letters.count_dropped(site.id),
    )


@api_view(answer=Retried, status=202)
def retry_dead_letter(services: Services, letter_id: str) -> tuple[Retried, int]:
    """Put a dead letter back at the end of its inbox. Not possible once its project was unlinked."""
    site = current_site()
    letter = services.dead_letters.find(site.id, letter_id)
    if letter and services.links.find(letter.link_id) is None:
        raise WrongState("The project of this event is not linked any more, so there is nowhere to send it.")
    inbox = services.dead_letters.retry(site.id, letter_id, services.now())
    if inbox is None:
        raise UnknownObject("There is no such dead letter. It was retried, or it is older than seven days.")
    services.queue.poke_quietly(inbox)
    return Retried(id=letter_id), 202


@api_view(answer=AllRetried, query=RetryQuery, status=202)
def retry_dead_letters(services: Services) -> tuple[AllRetried, int]:
    """Put dead letters back at the end of their inboxes, the oldest first, five hundred at most."""
    asked = read_query(RetryQuery).before
    return retry_portion(services, current_site().id, milliseconds(asked) if asked else services.now() + 1), 202


def retry_portion(services: Services, installation_id: str, before: int) -> AllRetried:
    """Put letters that were given up before `before` (ms) back, RETRIED_AT_ONCE at most, and have workers told."""
    inboxes, staying = retry_oldest(services, installation_id, before)
    for inbox in dict.fromkeys(inboxes):
        services.queue.poke_quietly(inbox)
    left = services.dead_letters.count(installation_id, before) - staying
    return AllRetried(retried=len(inboxes), left=left, before=moment(before))


def retry_oldest(services: Services, installation_id: str, before: int) -> tuple[list[str], int]:
    """The inboxes that up to RETRIED_AT_ONCE letters went back to, and how many of those that were looked at stay,
    because their projects are not linked any more.
    """
    linked = {link.id for link in services.links.list_for(installation_id)}
    inboxes: list[str] = []
    staying = 0
    while (wanted := RETRIED_AT_ONCE - len(inboxes)) and (
        letters := services.dead_letters.list_oldest(installation_id, before, count=wanted, offset=staying)
    ):
        for letter in letters:
            if letter.link_id not in linked:
                staying += 1
            elif inbox := services.dead_letters.retry(installation_id, letter.id, services.now()):
                inboxes.append(inbox)
    return inboxes, staying


def show_letter(letter: DeadLetter, link: Link | None) -> DeadLetterView:
    return DeadLetterView(
        id=letter.id,
        connection_id=link.connection_id if link else None,
        project_id=link.project_id if link else None,
        event_type=letter.event_type,
        reason=letter.reason,
        at=moment(letter.at),
    )


def moment(at: int) -> datetime:
    """A time in ms as an aware one in UTC; the API writes it as ISO 8601."""
    return datetime.fromtimestamp(at / 1000, UTC)


def milliseconds(told: datetime) -> int:
    """What `moment` made of it; a time without a zone is in UTC."""
    aware = told if told.tzinfo else told.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
