"""The door for service hook bodies: which inbox one belongs to, and what it says.

Envelope and sender: https://learn.microsoft.com/azure/devops/service-hooks/events
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from domain import git_events, pipeline_events
from domain.json_fields import decode_body, moment, optional_number, optional_text, text
from domain.records import Envelope, Event, Ignored, Json

PARSERS: Mapping[str, Callable[[Json, datetime], Event]] = {**git_events.PARSERS, **pipeline_events.PARSERS}
UNNUMBERED = -1  # samples and hand-made bodies have no subscription and no number: the event id tells them apart
PROJECT_INBOX = "project"

# Where an event names the thing whose events must keep their order; the first path that leads to a value is taken.
GIT_PATHS = (
    ("resource", "repository", "id"),
    ("resource", "pullRequest", "repository", "id"),
    ("resource", "repositoryId"),
)
PIPELINE_PATHS = (
    ("resource", "definition", "id"),
    ("resource", "pipeline", "id"),
    ("resource", "run", "pipeline", "id"),
)
# A release, not its definition: every release event names its release somewhere, only some name the definition, and
# started and completed of one release must meet in one inbox. Zero stands for "not filled in".
RELEASE_PATHS = (
    ("resource", "environment", "release", "id"),
    ("resource", "environment", "releaseId"),
    ("resource", "deployment", "release", "id"),
    ("resource", "release", "id"),
)
_REPOSITORY_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def read_envelope(body: bytes) -> Envelope:
    """What filing an event needs. Raises BadEvent when the body is no service hook event."""
    return _envelope(decode_body(body))


def _envelope(decoded: Json) -> Envelope:
    event_type = text(decoded, "eventType")
    subscription, notification = _delivery(decoded)
    return Envelope(
        event_type=event_type,
        event_id=text(decoded, "id"),
        subscription_id=subscription,
        notification_id=notification,
        inbox=_inbox(event_type, decoded),
        happened=moment(decoded, "createdDate"),
    )


def open_event(body: bytes) -> tuple[Envelope, Event]:
    """Outside and inside of an event, read once. Raises BadEvent, naming the field, when either cannot be read."""
    decoded = decode_body(body)
    event = _event(decoded)
    return _envelope(decoded), event


def _event(decoded: Json) -> Event:
    happened = moment(decoded, "createdDate")
    parse = PARSERS.get(text(decoded, "eventType"))
    return parse(decoded, happened) if parse else Ignored("unknown event type", happened)


def _delivery(body: Json) -> tuple[str, int]:
    """The pair that is the same when one delivery is repeated; ("", -1) when the sender left out either."""
    subscription = optional_text(body, "subscriptionId")
    notification = optional_number(body, "notificationId")
    if subscription is None or notification is None:
        return "", UNNUMBERED
    return subscription, notification


def _inbox(event_type: str, body: Json) -> str:
    if event_type.startswith(("git.", "ms.vss-code.")):
        return _repository_inbox(body)
    if event_type == "build.complete" or event_type.startswith("ms.vss-pipelines."):
        return _numbered_inbox("pipeline", PIPELINE_PATHS, body)
    if event_type.startswith("ms.vss-release."):
        return _numbered_inbox("release", RELEASE_PATHS, body)
    return PROJECT_INBOX


def _repository_inbox(body: Json) -> str:
    for path in GIT_PATHS:
        found = optional_text(body, *path)
        if found and _REPOSITORY_ID.fullmatch(found):
            return found.lower()
    return PROJECT_INBOX


def _numbered_inbox(kind: str, paths: tuple[tuple[str, ...], ...], body: Json) -> str:
    for path in paths:
        found = optional_number(body, *path)
        if found:
            return f"{kind}-{found}"
    return PROJECT_INBOX
