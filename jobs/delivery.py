"""Sends packed requests to Jira and reads what it says of each entity; one bad entity does not sink the rest."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from clients.jira import JiraClient
from domain.answers import read_answer
from domain.bulk import Request, split_request
from domain.changes import Change, Entity, Identity, identity_of
from domain.errors import NotFound, Rejected, TooLarge
from domain.novelty import Novelty

log = structlog.get_logger("crosswalk.delivery")


@dataclass(slots=True)
class Delivery:
    """What became of a batch: how many Jira took, which it refused and why, which keys it did not know.

    `answered`: everything Jira was sent and answered, refused or not. `unsent`: what it was not sent, and why not.
    """

    accepted: int = 0
    calls: int = 0
    failed: dict[Identity, str] = field(default_factory=dict)
    sent_keys: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    answered: dict[Identity, Change] = field(default_factory=dict)
    unsent: dict[Identity, Novelty] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        """How many things Jira was not sent, because it has them or newer ones, or never had what is to go."""
        return len(self.unsent)

    def add(self, other: "Delivery") -> None:
        """Count in what became of a later batch; what it says of an entity is what holds."""
        self.accepted += other.accepted
        self.calls += other.calls
        self.failed.update(other.failed)
        self.sent_keys |= other.sent_keys
        self.unknown |= other.unknown
        self.answered.update(other.answered)
        self.unsent.update(other.unsent)


def send_requests(requests: Iterable[Request], jira: JiraClient, delivery: Delivery | None = None) -> Delivery:
    """Send in order. Raises Retryable, Unauthorized or Forbidden at the first such answer: nothing is lost by that,
    because every write can be repeated (the sequence number decides). What was answered until then is in `delivery`.
    """
    told = Delivery() if delivery is None else delivery
    for request in requests:
        _send(request, jira, told)
    return told


def _send(request: Request, jira: JiraClient, delivery: Delivery) -> None:
    delivery.calls += 1
    try:
        body = jira.send(request.method, request.api, request.path, request.query, request.body)
    except NotFound:
        if request.method != "DELETE":
            raise
        delivery.accepted += len(request.changes)  # what is to be removed is not there
        _note_answered(request, delivery)
        return
    except (Rejected, TooLarge) as error:
        _bisect(request, error, jira, delivery)
        return
    reading = read_answer(request, body)
    delivery.accepted += reading.accepted
    delivery.failed.update(reading.failed)
    delivery.unknown.update(reading.unknown)
    delivery.sent_keys.update(key for c in request.changes if isinstance(c, Entity) for key in c.keys)
    _note_answered(request, delivery)
    for who in reading.failed:
        log.warning("jira.refused", kind=who[0])


def _bisect(request: Request, error: Rejected | TooLarge, jira: JiraClient, delivery: Delivery) -> None:
    """Halve a refused request until the entity that Jira refuses stands alone."""
    if len(request.changes) <= 1 or request.method == "DELETE":
        delivery.failed.update({identity_of(change): str(error) for change in request.changes})
        _note_answered(request, delivery)
        return
    for half in split_request(request):
        _send(half, jira, delivery)


def _note_answered(request: Request, delivery: Delivery) -> None:
    delivery.answered.update((identity_of(change), change) for change in request.changes)
