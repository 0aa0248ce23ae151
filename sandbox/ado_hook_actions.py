"""What people do to subscriptions by hand, outside of the program that made them."""

from collections.abc import Mapping
from typing import get_args

from sandbox.ado_delivery import end_probation
from sandbox.ado_errors import bad_request, not_found
from sandbox.ado_model import User
from sandbox.ado_state import OrganizationState
from sandbox.ado_subscriptions import Subscription, SubscriptionStatus


class HookActions(OrganizationState):
    """Subscriptions are named by id. Nothing is checked as over REST: the service itself changes them too."""

    def edit_subscription(
        self, subscription: str, *, url: str | None = None, filters: Mapping[str, str] | None = None,
        consumer: Mapping[str, str] | None = None, status: SubscriptionStatus | None = None,
        user: str | User | None = None,
    ) -> Subscription:  # fmt: skip
        """Change address, filters (publisher inputs), other consumer inputs, status or owner; the rest stays."""
        with self.lock:
            found = self.find_subscription(subscription)
            found.publisher_inputs = found.publisher_inputs | dict(filters or {})
            found.consumer_inputs = found.consumer_inputs | dict(consumer or {}) | ({"url": url} if url else {})
            found.owner = self.find_user(user) if user else found.owner
            found.modified = self.clock.now()
            if status:
                self._set_status(found, status)
            return found

    def delete_subscription(self, subscription: str) -> Subscription:
        """The subscription is gone; what was queued for it is given up."""
        with self.lock:
            found = self.find_subscription(subscription)
            found.deleted = True
            del self.subscriptions[found.id]
            self.delivery.drop(found)
            return found

    def copy_subscription(
        self, subscription: str, *, url: str | None = None, filters: Mapping[str, str] | None = None,
        consumer: Mapping[str, str] | None = None, user: str | User | None = None,
    ) -> Subscription:  # fmt: skip
        """A second one with the same inputs but for those given, as somebody makes by hand."""
        with self.lock:
            found, now = self.find_subscription(subscription), self.clock.now()
            inputs = found.publisher_inputs | {"tfsSubscriptionId": self.new_guid()} | dict(filters or {})
            made = Subscription(
                self.new_guid(), found.event_type, found.version, inputs,
                found.consumer_inputs | dict(consumer or {}) | ({"url": url} if url else {}),
                self.find_user(user) if user else found.owner, now, now,
            )  # fmt: skip
            self.subscriptions[made.id] = made
            return made

    def find_subscription(self, name: str) -> Subscription:
        if name not in self.subscriptions:
            raise not_found("SubscriptionNotFoundException", f"The subscription '{name}' could not be found.")
        return self.subscriptions[name]

    def _set_status(self, subscription: Subscription, status: SubscriptionStatus) -> None:
        """On probation by hand there is no failed notification on trial: it stays until somebody enables it."""
        if status not in get_args(SubscriptionStatus):
            raise bad_request(f"A status is one of {', '.join(get_args(SubscriptionStatus))}.")
        self.delivery.drop(subscription)
        end_probation(subscription)
        subscription.status = status
