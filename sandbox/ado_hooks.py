"""The service hooks API: subscriptions, their delivery history, publishers and event types.

https://learn.microsoft.com/rest/api/azure/devops/hooks
"""

from collections.abc import Mapping
from typing import Any

from sandbox.ado_access import may, require_permission
from sandbox.ado_addresses import ZERO_GUID
from sandbox.ado_clock import parse_time, stamp
from sandbox.ado_delivery import end_probation
from sandbox.ado_errors import bad_request, not_found
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import identity_json
from sandbox.ado_subscriptions import (
    EVENT_TYPES,
    HISTORY_DAYS,
    MASK,
    EventType,
    Notification,
    Subscription,
    read_consumer_inputs,
    read_publisher_inputs,
    read_type,
    subscription_json,
)

ONE = "hooks/subscriptions/{subscriptionId}"
SETTABLE = frozenset({"enabled", "disabledByUser"})
hook_routes = Routes()


def show(call: Call, subscription: Subscription) -> Json:
    return subscription_json(subscription, call.base, identity_json(subscription.owner, call.base))


def subscription_of(call: Call, name: str, permission: str) -> Subscription:
    """Raises AdoError: 404, or 403 without the right in its project."""
    found = call.organization.subscriptions.get(name)
    if found is None:
        raise not_found("SubscriptionNotFoundException", f"The subscription '{name}' could not be found.")
    require_permission(call.organization, call.token.user, found.project_id, permission)
    return found


def read_subscription(call: Call, body: Json) -> tuple[str, str, dict[str, str], dict[str, str]]:
    """Type, version and inputs of a create or replace body. Raises AdoError."""
    event_type, version = read_type(body)
    inputs = read_publisher_inputs(body, event_type)
    if project := inputs.get("projectId"):
        inputs["projectId"] = call.organization.find_project(project).id
    require_permission(call.organization, call.token.user, inputs.get("projectId", ""), "EditSubscriptions")
    wanted = read_consumer_inputs(body, allow_loopback=call.organization.allow_loopback)
    return event_type, version, inputs, wanted


@hook_routes.add("POST", "hooks/subscriptions", "hooks", project="none")
def create_subscription(call: Call) -> Json:
    organization = call.organization
    event_type, version, inputs, wanted = read_subscription(call, call.body())
    now = organization.clock.now()
    added = {"tfsSubscriptionId": organization.new_guid(), "hostId": organization.collection_id}
    made = Subscription(organization.new_guid(), event_type, version, inputs | added, wanted, call.token.user, now, now)
    organization.subscriptions[made.id] = made
    return show(call, made)


@hook_routes.get("hooks/subscriptions", "hooks", project="none")
def list_subscriptions(call: Call) -> Page:
    wanted = {name: call.text(name) for name in ("publisherId", "eventType", "consumerId", "consumerActionId")}
    return Page([show(call, found) for found in visible(call, wanted)])


def visible(call: Call, wanted: Mapping[str, Any]) -> list[Subscription]:
    """Those of projects whose subscriptions the person may see."""
    return [
        found
        for found in call.organization.subscriptions.values()
        if wanted.get("publisherId") in {None, "", found.publisher}
        and wanted.get("eventType") in {None, "", found.event_type}
        and wanted.get("consumerId") in {None, "", "webHooks"}
        and wanted.get("consumerActionId") in {None, "", "httpRequest"}
        and may(call.organization, call.token.user, found.project_id, "ViewSubscriptions")
    ]


@hook_routes.add("POST", "hooks/subscriptionsquery", "hooks", project="none")
def query_subscriptions(call: Call) -> Json:
    """Filters of one `publisherInputFilters` entry must all hold; a project without the right answers 403."""
    body: Json = call.body()
    filters = [part.get("conditions") or [] for part in body.get("publisherInputFilters") or []]
    for condition in (condition for conditions in filters for condition in conditions):
        if condition.get("inputId") == "projectId":
            require_permission(call.organization, call.token.user, condition.get("inputValue", ""), "ViewSubscriptions")
    owner = body.get("subscriberId")
    found = [
        subscription
        for subscription in visible(call, body)
        if owner in {None, "", ZERO_GUID, subscription.owner.id}
        and (not filters or any(all(holds(c, subscription) for c in conditions) for conditions in filters))
    ]
    return body | {"results": [show(call, subscription) for subscription in found]}


def holds(condition: Mapping[str, Any], subscription: Subscription) -> bool:
    value = subscription.publisher_inputs.get(condition.get("inputId", ""), "")
    same = value.casefold() == str(condition.get("inputValue") or "").casefold()
    return same if (condition.get("operator") or "equals").lower() == "equals" else not same


@hook_routes.get(ONE, "hooks", project="none")
def show_subscription(call: Call, subscription_id: str) -> Json:
    return show(call, subscription_of(call, subscription_id, "ViewSubscriptions"))


@hook_routes.add("PUT", ONE, "hooks", project="none")
def replace_subscription(call: Call, subscription_id: str) -> Json:
    """The whole body; a masked password keeps the old one. `status` enables or disables."""
    found, body = subscription_of(call, subscription_id, "EditSubscriptions"), call.body()
    event_type, version, inputs, wanted = read_subscription(call, body)
    if wanted.get("basicAuthPassword") == MASK:
        wanted["basicAuthPassword"] = found.consumer_inputs.get("basicAuthPassword", "")
    status = body.get("status") or found.status
    if status != found.status and status not in SETTABLE:
        raise bad_request(f"The status cannot be set to '{status}'.")
    added = {name: found.publisher_inputs[name] for name in ("tfsSubscriptionId", "hostId")}
    found.event_type, found.version = event_type, version
    found.publisher_inputs, found.consumer_inputs = inputs | added, wanted
    found.modified = call.organization.clock.now()
    if status != found.status:
        call.organization.delivery.drop(found)
        end_probation(found)
        found.status = status
    return show(call, found)


@hook_routes.add("DELETE", ONE, "hooks", project="none")
def delete_subscription(call: Call, subscription_id: str) -> None:
    found = subscription_of(call, subscription_id, "DeleteSubscriptions")
    found.deleted = True
    del call.organization.subscriptions[found.id]
    call.organization.delivery.drop(found)


@hook_routes.get(f"{ONE}/notifications", "hooks", project="none")
def list_notifications(call: Call, subscription_id: str) -> Page:
    """Of the last seven days, newest first."""
    found = subscription_of(call, subscription_id, "ViewSubscriptions")
    status, result = call.text("status"), call.text("result")
    kept = [n for n in recent(call, found) if status in {None, n.status} and result in {None, n.result}]
    return Page([notification_json(n) for n in kept[: call.number("maxResults", 100)]])


@hook_routes.get(f"{ONE}/notifications/{{notificationId}}", "hooks", project="none")
def show_notification(call: Call, subscription_id: str, notification_id: str) -> Json:
    found = subscription_of(call, subscription_id, "ViewSubscriptions")
    for notification in recent(call, found):
        if str(notification.id) == notification_id:
            return notification_json(notification)
    raise not_found("NotificationNotFoundException", f"Notification {notification_id} could not be found.")


def recent(call: Call, subscription: Subscription) -> list[Notification]:
    limit = call.organization.clock.now() - HISTORY_DAYS
    return [notification for notification in reversed(subscription.history) if notification.event.created >= limit]


def notification_json(notification: Notification) -> Json:
    """A delivery; `details` tell how the last try went."""
    event, subscription = notification.event, notification.subscription
    details: Json = {
        "eventType": event.draft.event_type,
        "publisherId": subscription.publisher,
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "requestAttempts": notification.attempts,
    }
    if notification.answer is not None:
        details["response"] = f"Status Code: {notification.answer}"
    if notification.error:
        details["errorMessage"] = notification.error
    return {
        "id": notification.id,
        "subscriptionId": subscription.id,
        "subscriberId": ZERO_GUID,
        "eventId": event.id,
        "status": notification.status,
        "result": notification.result,
        "createdDate": stamp(event.created),
        "modifiedDate": stamp(notification.modified or event.created),
        "details": details,
    }


@hook_routes.add("POST", "hooks/notificationsquery", "hooks", project="none")
def query_notifications(call: Call) -> Json:
    """By subscriptions, status, result and time."""
    body: Json = call.body()
    wanted = set(body.get("subscriptionIds") or call.organization.subscriptions)
    start = parse_time(body["minCreatedDate"]) if body.get("minCreatedDate") else None
    found = [
        notification
        for subscription in visible(call, body)
        if subscription.id in wanted
        for notification in recent(call, subscription)
        if body.get("status") in {None, notification.status}
        and body.get("resultType") in {None, notification.result}
        and (start is None or notification.event.created >= start)
    ]
    return body | {"results": [notification_json(n) for n in found[: body.get("maxResults") or 100]]}


@hook_routes.get("hooks/publishers", "hooks", project="none")
def list_publishers(call: Call) -> Page:
    names = list(dict.fromkeys(known.publisher for known in EVENT_TYPES.values()))
    return Page([{"id": name, "name": name, "url": f"{call.base}/_apis/hooks/publishers/{name}"} for name in names])


@hook_routes.get("hooks/publishers/{publisherId}/eventtypes", "hooks", project="none")
def list_event_types(call: Call, publisher_id: str) -> Page:
    found = {name: known for name, known in EVENT_TYPES.items() if known.publisher == publisher_id}
    if not found:
        raise not_found("PublisherNotFoundException", f"The publisher '{publisher_id}' could not be found.")
    return Page([event_type_json(call, name, known) for name, known in found.items()])


def event_type_json(call: Call, name: str, known: EventType) -> Json:
    return {
        "publisherId": known.publisher,
        "id": name,
        "url": f"{call.base}/_apis/hooks/publishers/{known.publisher}/eventTypes/{name}",
        "name": name,
        "description": name,
        "supportedResourceVersions": list(known.versions),
        "inputDescriptors": [{"id": text, "name": text} for text in sorted(known.inputs)],
    }
