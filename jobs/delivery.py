"""Sends packed requests to Jira and reads what it says of each entity; one bad entity does not sink the rest."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from clients.jira import JiraClient
from domain.answers import read_answer
from domain.bulk import Request, split_request
from domain.changes import Entity, Identity, identity_of
from domain.errors import NotFound, Rejected, TooLarge

log = structlog.get_logger("crosswalk.delivery")


@dataclass(slots=True)
class Delivery:
    """What became of a batch: how many Jira took, which it refused and why, which keys it did not know."""

    accepted: int = 0
    calls: int = 0
    failed: dict[Identity, str] = field(default_factory=dict)
    sent_keys: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


def send_requests(requests: Iterable[Request], jira: JiraClient) -> Delivery:
    """Send in order. Raises Retryable, Unauthorized or Forbidden at the first such answer: nothing is lost by that,
    because every write can be repeated (the sequence number decides).
    """
    delivery = Delivery()
    for request in requests:
        _send(request, jira, delivery)
    return delivery


def _send(request: Request, jira: JiraClient, delivery: Delivery) -> None:
    delivery.calls += 1
    try:
        body = jira.send(request.method, request.api, request.path, request.query, request.body)
    except NotFound:
        if request.method != "DELETE":
            raise
        delivery.accepted += len(request.changes)  # what is to be removed is not there
        return
    except (Rejected, TooLarge) as error:
        _bisect(request, error, jira, delivery)
        return
    reading = read_answer(request, body)
    delivery.accepted += reading.accepted
    delivery.failed.update(reading.failed)
    delivery.unknown.update(reading.unknown)
    delivery.sent_keys.update(key for c in request.changes if isinstance(c, Entity) for key in c.keys)
    for who in reading.failed:
        log.warning("jira.refused", kind=who[0])


def _bisect(request: Request, error: Rejected | TooLarge, jira: JiraClient, delivery: Delivery) -> None:
    """Halve a refused request until the entity that Jira refuses stands alone."""
    if len(request.changes) <= 1 or request.method == "DELETE":
        delivery.failed.update({identity_of(change): str(error) for change in request.changes})
        return
    for half in split_request(request):
        _send(half, jira, delivery)
