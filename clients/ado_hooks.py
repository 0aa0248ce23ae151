"""Service hook subscriptions of an organization.

Source: https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions
"""

from clients.ado import API_VERSION, AdoClient, Service
from domain.errors import NotFound, Unauthorized
from domain.records import Json
from domain.subscriptions import CONSUMER, CONSUMER_ACTION, PUBLISHERS, Publisher

NO_CONTENT = 204
PATH = ("_apis", "hooks", "subscriptions")


class HooksApi:
    """Reads and writes subscriptions with the token of a client.

    Each method may raise Forbidden: View, Edit and Delete Subscriptions are rights of their own.
    """

    def __init__(self, client: AdoClient) -> None:
        self._client = client

    def list_publisher(self, publisher: Publisher) -> tuple[Json, ...]:
        """Every web hook subscription of one publisher that the token may see; passwords are masked."""
        filters = {"publisherId": publisher, "consumerId": CONSUMER, "consumerActionId": CONSUMER_ACTION}
        body = self._client.get(*PATH, service=_service(publisher), **filters)
        return tuple(body["value"])

    def list_all(self) -> tuple[Json, ...]:
        """The web hook subscriptions of every publisher we subscribe to."""
        return tuple(found for publisher in PUBLISHERS for found in self.list_publisher(publisher))

    def create(self, body: Json) -> Json:
        """Make a subscription. Raises Rejected for inputs that Azure DevOps does not take."""
        return self._send("POST", body["publisherId"], body=body)

    def update(self, subscription_id: str, body: Json) -> Json:
        """Replace the whole of a subscription; `status` in the body switches it on again. Raises NotFound."""
        return self._send("PUT", body["publisherId"], subscription_id, body=body)

    def delete(self, subscription_id: str, publisher: Publisher) -> None:
        """Delete a subscription; one that is gone already is fine."""
        try:
            self._send("DELETE", publisher, subscription_id)
        except NotFound:
            return
        except Unauthorized as error:
            if error.status != NO_CONTENT:  # without a body it is no sign-in page, whatever type it names
                raise

    def _send(self, method: str, publisher: Publisher, *segments: str, body: Json | None = None) -> Json:
        # AdoClient's own post, put and delete know the core service only
        answer = self._client._call(method, (*PATH, *segments), _service(publisher), {"api-version": API_VERSION}, body)
        found: Json = answer.json() or {}
        return found


def _service(publisher: Publisher) -> Service:
    """Release events have handlers on the release host only; elsewhere Azure DevOps answers "no registered handler".

    https://github.com/MicrosoftDocs/feedback/issues/916
    """
    return "release" if publisher == "rm" else "core"
