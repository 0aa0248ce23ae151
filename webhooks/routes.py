"""POST /webhooks/ado/{hook}. Answers 202, 401, 413 or 503 and nothing else: see `docs/architecture.md`, design rule 1.

Azure DevOps stops sending new events after any answer but 2xx, 408, 502, 503, 504
(https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot).
"""

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from domain.errors import BadEvent, Unauthenticated
from domain.events import read_envelope
from domain.records import Envelope
from services import Services
from store.links import Link
from store.queue import Entry
from webhooks.verify import HookBook

log = structlog.get_logger("crosswalk.webhooks")

MAX_BODY = 2 * 1024 * 1024  # Azure DevOps' own limit for a payload
RETRY_SECONDS = "5"


def routes(services: Services) -> Blueprint:
    """The blueprint with the one address that Azure DevOps calls."""
    blueprint = Blueprint("webhooks", __name__)
    book = HookBook(services)
    blueprint.add_url_rule(
        "/webhooks/ado/<hook>", "receive", lambda hook: receive(services, book, hook), methods=["POST"]
    )
    blueprint.register_error_handler(Unauthenticated, lambda error: Response(str(error), 401))
    blueprint.register_error_handler(RequestEntityTooLarge, lambda _error: Response("over 2 MiB", 413))
    blueprint.register_error_handler(Exception, answer_later)
    return blueprint


def receive(services: Services, book: HookBook, hook: str) -> Response:
    """Verify the sender, store the event durably, answer 202. The body is read only after the secret matched."""
    link = book.find_sender(hook, request.authorization)
    request.max_content_length = MAX_BODY
    body = request.get_data(cache=False)
    try:
        envelope = read_envelope(body)
    except BadEvent as error:
        quarantine(services, link, body, str(error))
        return Response(status=202)
    stored = services.queue.put(
        link.id, envelope.inbox, identity=identity_of(envelope), event_type=envelope.event_type, body=body,
        now=services.now(),
    )  # fmt: skip
    log.info("webhook.stored" if stored else "webhook.seen", link=link.id, event_type=envelope.event_type)
    return Response(status=202)


def identity_of(envelope: Envelope) -> str:
    """What makes two deliveries the same: subscription and notification; the event's own id where those lack."""
    if envelope.subscription_id and envelope.notification_id >= 0:
        return f"{envelope.subscription_id}:{envelope.notification_id}"
    return f"event:{envelope.event_id}"


def quarantine(services: Services, link: Link, body: bytes, reason: str) -> None:
    """Keep a body that cannot be read among the dead letters, with the reason."""
    now = services.now()
    inbox = f"{link.id}/unreadable"
    entry = Entry("0-0", body, now, "unreadable")
    services.dead_letters.bury(link.installation_id, inbox, entry, reason, now)
    log.warning("webhook.quarantined", link=link.id, bytes=len(body))


def answer_later(error: Exception) -> Response:
    """Our own trouble, whatever it is: ask Azure DevOps to send again."""
    log.error("webhook.not_safe", error=type(error).__name__)
    return Response("try again", 503, headers={"Retry-After": RETRY_SECONDS})
