"""Which service hook subscriptions a linked project needs, how each is asked for, and which existing one is it.

Source: https://learn.microsoft.com/azure/devops/service-hooks/events and
https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from domain.records import Json

LinkKind = Literal["commits", "branches", "pullRequests", "builds", "deployments"]
Publisher = Literal["tfs", "pipelines", "rm"]

ALL_KINDS: tuple[LinkKind, ...] = ("commits", "branches", "pullRequests", "builds", "deployments")
PUBLISHERS: tuple[Publisher, ...] = ("tfs", "pipelines", "rm")
CONSUMER = "webHooks"
CONSUMER_ACTION = "httpRequest"
USERNAME = "crosswalk"  # the hook tells links apart; Azure DevOps wants a name that is not blank
HOOK_PATH = "/webhooks/ado/"
ENABLED = "enabled"


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type as it is subscribed to: who publishes it and the shape of `resource` that the parsers read."""

    publisher: Publisher
    version: str


EVENT_TYPES: Mapping[str, EventType] = {
    "git.push": EventType("tfs", "1.0"),
    "git.pullrequest.created": EventType("tfs", "1.0"),
    "git.pullrequest.updated": EventType("tfs", "1.0"),
    "git.pullrequest.merged": EventType("tfs", "1.0"),
    "ms.vss-code.git-pullrequest-comment-event": EventType("tfs", "2.0"),
    "git.repo.renamed": EventType("tfs", "1.0-preview.1"),
    "git.repo.deleted": EventType("tfs", "1.0-preview.1"),
    "build.complete": EventType("tfs", "2.0"),  # 1.0 is the shape of XAML builds
    "ms.vss-pipelines.run-state-changed-event": EventType("pipelines", "5.1-preview.1"),
    "ms.vss-pipelines.stage-state-changed-event": EventType("pipelines", "5.1-preview.1"),
    "ms.vss-release.deployment-started-event": EventType("rm", "3.0-preview.1"),
    "ms.vss-release.deployment-completed-event": EventType("rm", "3.0-preview.1"),
    "ms.vss-release.release-abandoned-event": EventType("rm", "3.0-preview.1"),
}
ALWAYS = ("git.repo.renamed", "git.repo.deleted")
KIND_EVENTS: Mapping[LinkKind, tuple[str, ...]] = {
    "commits": ("git.push",),
    "branches": ("git.push",),  # there is no event for branches: a push tells of them
    "pullRequests": (
        "git.pullrequest.created",
        "git.pullrequest.updated",
        "git.pullrequest.merged",
        "ms.vss-code.git-pullrequest-comment-event",
    ),
    "builds": ("build.complete", "ms.vss-pipelines.run-state-changed-event"),
    "deployments": (
        "ms.vss-pipelines.run-state-changed-event",
        "ms.vss-pipelines.stage-state-changed-event",
        "ms.vss-release.deployment-started-event",
        "ms.vss-release.deployment-completed-event",
        "ms.vss-release.release-abandoned-event",
    ),
}


@dataclass(frozen=True, slots=True)
class WantedSubscription:
    """One event type of one project, sent to one hook address."""

    event_type: str
    project_id: str
    hook_url: str

    @property
    def publisher(self) -> Publisher:
        return EVENT_TYPES[self.event_type].publisher

    @property
    def version(self) -> str:
        return EVENT_TYPES[self.event_type].version


def wanted_subscriptions(kinds: Iterable[str], project_id: str, hook_url: str) -> tuple[WantedSubscription, ...]:
    """One subscription per event type that some of `kinds` needs, in a fixed order. Unknown kinds need nothing."""
    chosen = set(kinds)
    needed = {event for kind, events in KIND_EVENTS.items() if kind in chosen for event in events}
    return tuple(
        WantedSubscription(event, project_id, hook_url) for event in EVENT_TYPES if event in needed or event in ALWAYS
    )


def hook_address(public_url: str, hook: str) -> str:
    return f"{public_url}{HOOK_PATH}{hook}"


def subscription_body(wanted: WantedSubscription, username: str, password: str) -> Json:
    """The body that makes (POST) or replaces (PUT) a subscription; every value is text, as Azure DevOps wants it."""
    return {
        "publisherId": wanted.publisher,
        "eventType": wanted.event_type,
        "resourceVersion": wanted.version,
        "consumerId": CONSUMER,
        "consumerActionId": CONSUMER_ACTION,
        "publisherInputs": {"projectId": wanted.project_id},
        "consumerInputs": {
            "url": wanted.hook_url,
            "basicAuthUsername": username,
            "basicAuthPassword": password,
            **_DETAILS,
        },
    }


def matches(existing: Json, wanted: WantedSubscription) -> bool:
    """Whether a subscription of Azure DevOps is the wanted one, whatever its state, version or password."""
    return matches_event(existing, wanted) and _inputs(existing, "consumerInputs").get("url") == wanted.hook_url


def matches_event(existing: Json, wanted: WantedSubscription) -> bool:
    """Whether a subscription tells some web hook of the wanted event type and project."""
    project = str(_inputs(existing, "publisherInputs").get("projectId", ""))
    return (
        existing.get("consumerId") == CONSUMER
        and existing.get("publisherId") == wanted.publisher
        and existing.get("eventType") == wanted.event_type
        and project.lower() == wanted.project_id.lower()
    )


def is_in_order(existing: Json, wanted: WantedSubscription) -> bool:
    """Whether a matching subscription is enabled and asks for what we want; else it must be replaced."""
    return existing.get("status") == ENABLED and is_as_asked(existing, wanted)


def is_as_asked(existing: Json, wanted: WantedSubscription) -> bool:
    """Whether a subscription asks for what we want, whatever its state and password: nobody edited it."""
    inputs = _inputs(existing, "consumerInputs")
    return (
        matches(existing, wanted)
        and existing.get("resourceVersion") == wanted.version
        and all(inputs.get(name) == value for name, value in _DETAILS.items())
        and not _filters(existing)
    )


def sends_to(existing: Json, public_url: str) -> bool:
    """Whether a web hook sends to some address of this Crosswalk, its own hooks or not."""
    url = str(_inputs(existing, "consumerInputs").get("url", "")).lower()
    return url == public_url.lower() or url.startswith(f"{public_url.lower()}/")


def project_of(existing: Json) -> str:
    """The id of the project that a subscription tells of, '' for all of them; in lower case."""
    return str(_inputs(existing, "publisherInputs").get("projectId", "")).lower()


def find_hook(existing: Json, public_url: str) -> str | None:
    """The last part of the address when a subscription sends to this Crosswalk, None when it sends elsewhere."""
    url = str(_inputs(existing, "consumerInputs").get("url", ""))
    prefix = hook_address(public_url, "")
    return url.removeprefix(prefix) if url.startswith(prefix) else None


_DETAILS = {"resourceDetailsToSend": "all", "messagesToSend": "none", "detailedMessagesToSend": "none"}
# Azure DevOps adds these to what was asked for: https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions
_ADDED_INPUTS = frozenset({"projectId", "tfsSubscriptionId", "hostId", "subscriberId"})


def _filters(existing: Json) -> set[str]:
    """The filters somebody set by hand: they would keep events from us."""
    given = _inputs(existing, "publisherInputs")
    return {name for name, value in given.items() if value and name not in _ADDED_INPUTS}


def _inputs(existing: Json, name: str) -> Json:
    found = existing.get(name)
    return found if isinstance(found, Mapping) else {}
