"""Service hook subscriptions: which may be made, what they match, and how they are shown.

https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks
"""

import ipaddress
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from sandbox.ado_clock import stamp
from sandbox.ado_errors import AdoError, bad_request
from sandbox.ado_events import Event
from sandbox.ado_model import Json, User

SubscriptionStatus = Literal[
    "enabled", "onProbation", "disabledByUser", "disabledBySystem", "disabledByInactiveIdentity"
]
HISTORY_KEPT = 1_000
HISTORY_DAYS = timedelta(days=7)
MASK = "********"
ADDED_INPUTS = frozenset({"projectId", "tfsSubscriptionId", "hostId", "subscriberId"})
PULL_INPUTS = frozenset({"repository", "branch", "pullrequestCreatedBy", "pullrequestReviewersContains"})
RELEASE_INPUTS = frozenset({"releaseDefinitionId", "releaseEnvironmentId"})


@dataclass(frozen=True, slots=True)
class EventType:
    """What the catalogue says: versions newest first, and the filters a subscription may set."""

    publisher: str
    versions: tuple[str, ...]
    inputs: frozenset[str] = frozenset()


def code_type(*inputs: str) -> EventType:
    return EventType("tfs", ("1.0", "1.0-preview.1"), frozenset(inputs))


def repository_type(*inputs: str) -> EventType:
    return EventType("tfs", ("1.0-preview.1",), frozenset(inputs))


def pipeline_type(*inputs: str) -> EventType:
    return EventType("pipelines", ("5.1-preview.1",), frozenset({"pipelineId", *inputs}))


def release_type(*inputs: str) -> EventType:
    return EventType("rm", ("3.0-preview.1",), frozenset(inputs))


EVENT_TYPES = {
    "git.push": code_type("repository", "branch", "pushedBy"),
    "git.pullrequest.created": code_type(*PULL_INPUTS),
    "git.pullrequest.updated": code_type("notificationType", *PULL_INPUTS),
    "git.pullrequest.merged": code_type("mergeResult", *PULL_INPUTS),
    "ms.vss-code.git-pullrequest-comment-event": EventType("tfs", ("2.0",), frozenset({"repository", "branch"})),
    "git.repo.created": repository_type(),
    "git.repo.deleted": repository_type("repository"),
    "git.repo.forked": repository_type("repository"),
    "git.repo.renamed": repository_type("repository"),
    "git.repo.statuschanged": repository_type("repository"),
    "build.complete": EventType(
        "tfs", ("2.0", "2.0-preview.2", "1.0", "1.0-preview.1"), frozenset({"definitionName", "buildStatus"})
    ),
    "ms.vss-pipelines.run-state-changed-event": pipeline_type("runStateId", "runResultId"),
    "ms.vss-pipelines.stage-state-changed-event": pipeline_type("stageNameId", "stageStateId", "stageResultId"),
    "ms.vss-pipelines.job-state-changed-event": pipeline_type("stageNameId", "jobNameId", "jobStateId", "jobResultId"),
    "ms.vss-pipelinechecks-events.approval-pending": pipeline_type("stageName", "environmentName"),
    "ms.vss-pipelinechecks-events.approval-completed": pipeline_type("stageName", "environmentName"),
    "ms.vss-release.release-created-event": release_type("releaseDefinitionId"),
    "ms.vss-release.release-abandoned-event": release_type("releaseDefinitionId"),
    "ms.vss-release.deployment-started-event": release_type(*RELEASE_INPUTS),
    "ms.vss-release.deployment-completed-event": release_type("releaseEnvironmentStatus", *RELEASE_INPUTS),
    "workitem.created": code_type("areaPath", "workItemType", "linksChanged", "tag"),
    "workitem.updated": code_type("areaPath", "workItemType", "changedFields", "linksChanged", "tag"),
    "workitem.deleted": code_type("areaPath", "workItemType", "tag"),
    "workitem.restored": code_type("areaPath", "workItemType", "tag"),
    "workitem.commented": code_type("areaPath", "workItemType", "commentPattern", "tag"),
}
DETAILS = frozenset({"", "all", "minimal", "none"})
MESSAGES = frozenset({"", "all", "text", "html", "markdown", "none"})
CONSUMER_INPUTS = {
    "resourceDetailsToSend": DETAILS,
    "messagesToSend": MESSAGES,
    "detailedMessagesToSend": MESSAGES,
    "acceptUntrustedCerts": frozenset({"", "true", "false"}),
}
FREE_INPUTS = frozenset({"url", "httpHeaders", "basicAuthUsername", "basicAuthPassword"})


@dataclass(slots=True)
class Notification:
    """One event for one subscription, and how its delivery goes."""

    id: int
    subscription: "Subscription"
    event: Event
    status: str = "queued"  # queued, requestInProgress, queuedForRetry, completed
    result: str = "pending"  # pending, succeeded, failed
    attempts: int = 0
    answer: int | None = None  # last HTTP status; None without an answer
    error: str = ""
    modified: datetime | None = None
    duplicate: bool = False  # sent once more by hand

    def finish(self, result: str) -> None:
        self.status, self.result = "completed", result


@dataclass(slots=True)
class Subscription:
    id: str
    event_type: str
    version: str
    publisher_inputs: dict[str, str]
    consumer_inputs: dict[str, str]
    owner: User
    created: datetime
    modified: datetime
    status: SubscriptionStatus = "enabled"
    probation_retries: int = 0
    last_probation_retry: datetime | None = None
    on_trial: Notification | None = None  # the failed notification that probation resends
    issued: int = 0
    lost: int = 0  # events it should have told and never will: on probation, given up, or while it was disabled
    deleted: bool = False
    history: deque[Notification] = field(default_factory=lambda: deque(maxlen=HISTORY_KEPT))

    @property
    def publisher(self) -> str:
        return EVENT_TYPES[self.event_type].publisher

    @property
    def project_id(self) -> str:
        return self.publisher_inputs.get("projectId", "")

    def fits(self, event: Event) -> bool:
        """True when the event is of the type, in the project, and passes every filter that is set."""
        draft = event.draft
        if draft.event_type != self.event_type or self.project_id not in {"", draft.project.id}:
            return False
        wanted = {name: value for name, value in self.publisher_inputs.items() if value and name not in ADDED_INPUTS}
        return all(is_among(value, draft.filters.get(name, "")) for name, value in wanted.items())


def is_among(wanted: str, values: str) -> bool:
    return wanted.casefold() in values.casefold().split(",")


def read_type(body: Json) -> tuple[str, str]:
    """The event type and resource version of a request. Raises AdoError."""
    name = body.get("eventType") or ""
    known = EVENT_TYPES.get(name)
    if known is None:
        raise bad_request(f"The event type '{name}' does not exist.", "EventTypeNotFoundException")
    if body.get("publisherId") != known.publisher:
        raise bad_request(
            f"The publisher '{body.get('publisherId')}' does not support the event type '{name}'.",
            "EventTypeNotFoundException",
        )
    version = body.get("resourceVersion") or known.versions[0]
    version = known.versions[0] if version == "latest" else version
    if version not in known.versions:
        raise bad_request(
            f"The resource version '{version}' is not supported for event type '{name}'. Supported versions: "
            + ", ".join(known.versions),
            "ResourceVersionNotSupportedException",
        )
    return name, version


def read_publisher_inputs(body: Json, event_type: str) -> dict[str, str]:
    """The filters of a request. Raises AdoError for one that the event type does not have."""
    given = read_texts(body, "publisherInputs")
    unknown = set(given) - EVENT_TYPES[event_type].inputs - ADDED_INPUTS
    if unknown:
        raise invalid_input(sorted(unknown)[0], "is not an input of this event type")
    return given


def read_consumer_inputs(body: Json, *, allow_loopback: bool) -> dict[str, str]:
    """The web hook settings of a request. Raises AdoError."""
    if (body.get("consumerId"), body.get("consumerActionId")) != ("webHooks", "httpRequest"):
        raise bad_request("The consumer or its action does not exist.", "ConsumerNotFoundException")
    given = read_texts(body, "consumerInputs")
    for name, value in given.items():
        if name not in FREE_INPUTS and value not in CONSUMER_INPUTS.get(name, frozenset()):
            raise invalid_input(name, f"does not accept the value '{value}'")
    for name in ("basicAuthUsername", "basicAuthPassword"):
        if name in given and not (1 <= len(given[name]) <= 256 and given[name].strip()):
            raise invalid_input(name, "must have 1 to 256 characters that are not blank")
    check_url(given.get("url", ""), allow_loopback=allow_loopback)
    return given


def read_texts(body: Json, name: str) -> dict[str, str]:
    given = body.get(name) or {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise bad_request(f"{name} must hold strings only.")
    return dict(given)


def invalid_input(name: str, why: str) -> AdoError:
    return bad_request(f"The input '{name}' is not valid: it {why}.", "SubscriptionInputException")


def check_url(url: str, *, allow_loopback: bool) -> None:
    """Refuse what the service refuses: no address, another scheme, this machine and special ranges."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"http", "https"} or not host:
        raise invalid_input("url", "must be an absolute http or https address")
    if not allow_loopback and is_special(host):
        raise invalid_input("url", "must not name localhost or an address of a special range")


def is_special(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def subscription_json(subscription: Subscription, base: str, owner: Json) -> Json:
    """A subscription as the API gives it; the password comes back masked."""
    inputs = dict(subscription.consumer_inputs)
    if "basicAuthPassword" in inputs:
        inputs["basicAuthPassword"] = MASK
    url = f"{base}/_apis/hooks/subscriptions/{subscription.id}"
    shown: Json = {
        "id": subscription.id,
        "url": url,
        "status": subscription.status,
        "publisherId": subscription.publisher,
        "eventType": subscription.event_type,
        "subscriber": None,
        "resourceVersion": subscription.version,
        "eventDescription": "Any",
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "actionDescription": f"To host {urlsplit(inputs['url']).hostname}",
        "probationRetries": subscription.probation_retries,
        "createdBy": owner,
        "createdDate": stamp(subscription.created),
        "modifiedBy": owner,
        "modifiedDate": stamp(subscription.modified),
        "publisherInputs": subscription.publisher_inputs,
        "consumerInputs": inputs,
        "_links": {"self": {"href": url}},
    }
    if subscription.last_probation_retry:
        shown["lastProbationRetryDate"] = stamp(subscription.last_probation_retry)
    return {name: value for name, value in shown.items() if value is not None}
