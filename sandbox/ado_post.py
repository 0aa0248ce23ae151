"""The body of a notification as Azure DevOps posts it, and the post itself."""

import threading
from typing import Any

import orjson
import requests

from sandbox.ado_clock import stamp
from sandbox.ado_model import Json
from sandbox.ado_subscriptions import Notification

TIMEOUT = 10.0  # seconds; the real one is not published
KEPT_IN_MINIMAL = frozenset({"id", "url", "name"})


def notification_body(notification: Notification, containers: Json) -> Json:
    """The envelope. `containers` is `resourceContainers`."""
    draft, subscription = notification.event.draft, notification.subscription
    wanted = subscription.consumer_inputs
    body: Json = {
        "subscriptionId": subscription.id,
        "notificationId": notification.id,
        "id": notification.event.id,
        "eventType": draft.event_type,
        "publisherId": subscription.publisher,
        "message": chosen_text(draft.message, wanted.get("messagesToSend")),
        "detailedMessage": chosen_text(draft.detailed, wanted.get("detailedMessagesToSend")),
        "resource": chosen_resource(draft.resource, wanted.get("resourceDetailsToSend")),
        "resourceVersion": subscription.version,
        "resourceContainers": containers,
        "createdDate": stamp(notification.event.created),
    }
    return body


def chosen_text(message: Json, wanted: str | None) -> Json | None:
    """Deliveries with messages switched off carry null."""
    if wanted in {None, "", "all"}:
        return message
    return None if wanted == "none" else {wanted: message[wanted]}


def chosen_resource(resource: Json, wanted: str | None) -> Any:
    if wanted == "none":
        return None
    return minimal(resource) if wanted == "minimal" else resource


def minimal(resource: Json) -> Json:
    """Ids and addresses only, one level down."""
    kept = {name: value for name, value in resource.items() if name in KEPT_IN_MINIMAL or name.endswith("Id")}
    inner = {
        name: {key: part for key, part in value.items() if key in KEPT_IN_MINIMAL or key.endswith("Id")}
        for name, value in resource.items()
        if isinstance(value, dict) and not name.startswith("_")
    }
    return {name: value for name, value in inner.items() if value} | kept


class WebHookSender:
    """Posts bodies. One session for each thread; no proxy, no redirects."""

    def __init__(self) -> None:
        self._local = threading.local()

    def post(self, notification: Notification, body: Json) -> int | None:
        """The HTTP status, None without an answer; the reason is then in `notification.error`."""
        wanted = notification.subscription.consumer_inputs
        name, password = wanted.get("basicAuthUsername", ""), wanted.get("basicAuthPassword", "")
        try:
            answer = self._session().post(
                wanted["url"],
                data=orjson.dumps(body),
                headers={"Content-Type": "application/json; charset=utf-8"}
                | own_headers(wanted.get("httpHeaders", "")),
                auth=(name, password) if name or password else None,
                timeout=TIMEOUT,
                allow_redirects=False,
                verify=wanted.get("acceptUntrustedCerts") != "true",
            )
        except requests.RequestException as error:
            notification.error = type(error).__name__
            return None
        notification.error = "" if answer.ok else answer.text[:500]
        return answer.status_code

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
            session.headers["User-Agent"] = "VSServices/19.254.36506.3 (sandbox)"
        return session


def own_headers(text: str) -> dict[str, str]:
    """`Key:value` lines."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}
