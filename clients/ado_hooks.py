"""Service hook subscriptions of an organization.

Source: https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions
"""

from typing import Any

from clients.ado import AdoClient, Service, listed, read_answer
from domain.errors import NotFound
from domain.json_fields import optional_record, text
from domain.records import Json
from domain.subscriptions import CONSUMER, CONSUMER_ACTION, PUBLISHERS, Publisher

PATH = ("_apis", "hooks", "subscriptions")


class HooksApi:
    """Reads and writes subscriptions with the token of a client.

    Each method may raise Forbidden: View, Edit and Delete Subscriptions are rights of their own. A subscription that
    is returned has its `id`, and inputs that are objects.
    """

    def __init__(self, client: AdoClient) -> None:
        self._client = client

    def list_publisher(self, publisher: Publisher) -> tuple[Json, ...]:
        """Every web hook subscription of one publisher that the token may see; passwords are masked."""
        filters = {"publisherId": publisher, "consumerId": CONSUMER, "consumerActionId": CONSUMER_ACTION}
        shapes = read_answer(listed, self._client.get(*PATH, service=_service(publisher), **filters))
        return tuple(read_answer(_parse_subscription, shape) for shape in shapes)

    def list_all(self) -> tuple[Json, ...]:
        """The web hook subscriptions of every publisher we subscribe to."""
        return tuple(found for publisher in PUBLISHERS for found in self.list_publisher(publisher))

    def find(self, subscription_id: str, publisher: Publisher) -> Json | None:
        """One subscription, None when it is gone. Raises Forbidden where a list would only leave it out."""
        try:
            shape = self._client.get(*PATH, subscription_id, service=_service(publisher))
        except NotFound:
            return None
        return read_answer(_parse_subscription, shape)

    def create(self, body: Json) -> Json:
        """Make a subscription. Raises Rejected for inputs that Azure DevOps does not take."""
        made = self._client.post(*PATH, json=body, service=_service(body["publisherId"]))
        return read_answer(_parse_subscription, made)

    def update(self, subscription_id: str, body: Json) -> Json:
        """Replace the whole of a subscription; `status` in the body switches it on again. Raises NotFound."""
        changed = self._client.put(*PATH, subscription_id, json=body, service=_service(body["publisherId"]))
        return read_answer(_parse_subscription, changed)

    def delete(self, subscription_id: str, publisher: Publisher) -> None:
        """Delete a subscription; one that is gone already is fine."""
        try:
            self._client.delete(*PATH, subscription_id, service=_service(publisher))
        except NotFound:
            return


def _parse_subscription(shape: Any) -> Json:
    """The subscription itself. Raises BadEvent when it lacks what its readers need."""
    text(shape, "id")
    for inputs in ("publisherInputs", "consumerInputs"):
        optional_record(shape, inputs)
    found: Json = shape
    return found


def _service(publisher: Publisher) -> Service:
    """Release events have handlers on the release host only; elsewhere Azure DevOps answers "no registered handler".

    https://github.com/MicrosoftDocs/feedback/issues/916
    """
    return "release" if publisher == "rm" else "core"
