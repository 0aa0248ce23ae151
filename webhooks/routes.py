"""POST /webhooks/ado/{hook}. Answers 202, 401, 413 or 503 and nothing else: see `docs/architecture.md`, design rule 1.

Azure DevOps stops sending new events after any answer but 2xx, 408, 502, 503, 504
(https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot).
"""

from collections.abc import Iterable
from typing import cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Blueprint, Flask, Response, request
from werkzeug.datastructures import Authorization
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from domain.errors import BadEvent, StoreUnavailable, Unauthenticated, UnknownObject
from domain.events import read_envelope
from domain.records import Envelope
from services import Services
from store.links import Link
from store.queue import Entry
from webhooks.verify import WRONG, HookBook

log = structlog.get_logger("crosswalk.webhooks")

PREFIX = "/webhooks/ado/"
MAX_BODY = 2 * 1024 * 1024  # Azure DevOps' own limit for a payload
REFUSALS = (Unauthenticated, RequestEntityTooLarge, StoreUnavailable)
REFUSAL = "crosswalk.refusal"  # where the reason stands in the environment of a request
ANSWER = [("Content-Length", "0"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]


def routes(services: Services) -> Blueprint:
    """The blueprint with the one address that Azure DevOps calls."""
    blueprint = Blueprint("webhooks", __name__)
    mouth = Mouth(services)
    blueprint.add_url_rule(f"{PREFIX}<hook>", "receive", show_refusal, methods=["POST"])
    blueprint.record_once(lambda state: mouth.open_before(cast("Flask", state.app)))
    blueprint.after_request(name_the_way_in)
    return blueprint


class Mouth:
    """Takes events before Flask does: they come by the hundred, and all that an accepted one needs is 202.

    A refusal goes on to Flask, whose error table words it.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._book = HookBook(services)

    def open_before(self, app: Flask) -> None:
        """From now on `app` gets what is no event, and refusals."""
        inner: WSGIApplication = app.wsgi_app

        def take(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            path = environ.get("PATH_INFO", "")
            hook = path[len(PREFIX) :] if path.startswith(PREFIX) else ""
            if not hook or "/" in hook or environ["REQUEST_METHOD"] != "POST":
                return inner(environ, start_response)
            try:
                receive_safely(self._services, self._book, hook, environ)
            except REFUSALS as refusal:
                environ[REFUSAL] = refusal
                return inner(environ, start_response)
            start_response("202 ACCEPTED", ANSWER)
            return ()

        app.wsgi_app = take  # type: ignore[method-assign]  # as Flask's own documents do


def show_refusal(hook: str) -> Response:
    raise request.environ[REFUSAL]


def receive_safely(services: Services, book: HookBook, hook: str, environ: WSGIEnvironment) -> None:
    """`receive`, with every trouble of our own as StoreUnavailable (503): Azure DevOps then sends again."""
    try:
        receive(services, book, hook, environ)
    except REFUSALS:
        raise
    except Exception as error:
        log.error("webhook.not_safe", error=type(error).__name__)
        raise StoreUnavailable("This event could not be made safe. Send it again.") from None


def name_the_way_in(response: Response) -> Response:
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Crosswalk"'
    return response


def receive(services: Services, book: HookBook, hook: str, environ: WSGIEnvironment) -> None:
    """Verify the sender and store the event durably. The body is read only after the secret matched."""
    link = book.find_sender(hook, Authorization.from_header(environ.get("HTTP_AUTHORIZATION")))
    body = read_body(environ)
    try:
        envelope = read_envelope(body)
    except BadEvent as error:
        quarantine(services, link, body, str(error))
        return
    try:
        stored = services.queue.put(
            link.id, envelope.inbox, identity=identity_of(envelope), event_type=envelope.event_type, body=body,
            now=services.now(),
        )  # fmt: skip
    except UnknownObject:
        raise Unauthenticated(WRONG) from None
    # one line for each would cost as much as all the rest here; the pulse, the inbox and `batch.done` tell of it too
    if stored:
        log.debug("webhook.stored", link=link.id, event_type=envelope.event_type)
    else:
        log.info("webhook.seen", link=link.id, event_type=envelope.event_type)


def read_body(environ: WSGIEnvironment) -> bytes:
    """The body, cut off while reading. Raises RequestEntityTooLarge over 2 MiB, whether or not its length was told.

    Raises ClientDisconnected when it breaks off. A told length is read in one go. A stream that told none is silently
    cut at the limit by Werkzeug, so one byte more than the limit is read.
    """
    told = environ.get("CONTENT_LENGTH", "")
    if told.isdecimal() and int(told) <= MAX_BODY:
        body: bytes = environ["wsgi.input"].read(int(told))
        if len(body) < int(told):
            raise ClientDisconnected
        return body
    body = get_input_stream(environ, max_content_length=MAX_BODY + 1).read()
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
