"""POST /webhooks/ado/{hook}. Answers 202, 401, 413 or 503 and nothing else: see `docs/architecture.md`, design rule 1.

Azure DevOps stops sending new events after any answer but 2xx, 408, 502, 503, 504
(https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot).
"""

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from domain.errors import BadEvent, StoreUnavailable, Unauthenticated, UnknownObject
from domain.events import read_envelope
from domain.records import Envelope
from services import Services
from store.links import Link
from store.queue import Entry
from webhooks.verify import WRONG, HookBook

log = structlog.get_logger("crosswalk.webhooks")

MAX_BODY = 2 * 1024 * 1024  # Azure DevOps' own limit for a payload


def routes(services: Services) -> Blueprint:
    """The blueprint with the one address that Azure DevOps calls."""
    blueprint = Blueprint("webhooks", __name__)
    book = HookBook(services)
    blueprint.add_url_rule(
        "/webhooks/ado/<hook>", "receive", lambda hook: receive_safely(services, book, hook), methods=["POST"]
    )
    blueprint.after_request(name_the_way_in)
    return blueprint


def receive_safely(services: Services, book: HookBook, hook: str) -> Response:
    """`receive`, with every trouble of our own as StoreUnavailable (503): Azure DevOps then sends again."""
    try:
        return receive(services, book, hook)
    except (Unauthenticated, RequestEntityTooLarge, StoreUnavailable):
        raise
    except Exception as error:
        log.error("webhook.not_safe", error=type(error).__name__)
        raise StoreUnavailable("This event could not be made safe. Send it again.") from None


def name_the_way_in(response: Response) -> Response:
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Crosswalk"'
    return response


def receive(services: Services, book: HookBook, hook: str) -> Response:
    """Verify the sender, store the event durably, answer 202. The body is read only after the secret matched."""
    link = book.find_sender(hook, request.authorization)
    body = read_body()
    try:
        envelope = read_envelope(body)
    except BadEvent as error:
        quarantine(services, link, body, str(error))
        return Response(status=202)
    try:
        stored = services.queue.put(
            link.id, envelope.inbox, identity=identity_of(envelope), event_type=envelope.event_type, body=body,
            now=services.now(),
        )  # fmt: skip
    except UnknownObject:
        raise Unauthenticated(WRONG) from None
    log.info("webhook.stored" if stored else "webhook.seen", link=link.id, event_type=envelope.event_type)
    return Response(status=202)


def read_body() -> bytes:
    """The body, cut off while reading. Raises RequestEntityTooLarge over 2 MiB, whether or not its length was told.

    A stream that told no length is silently cut at the limit by Werkzeug, so one byte more than the limit is read.
    """
    request.max_content_length = MAX_BODY + 1
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


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
