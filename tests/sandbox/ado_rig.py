"""A running Azure DevOps stand-in and a receiver of its notifications that answers what it is told."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from flask import Flask, request

from sandbox.ado import AdoOrganization, create_ado
from sandbox.ado_seed import TOKENS
from sandbox.ado_subscriptions import EVENT_TYPES
from sandbox.server import serve

VERSION = "7.1"


class Receiver:
    """Keeps every body. `answers` are used up one by one, after that `status`."""

    def __init__(self) -> None:
        self.flask = Flask(__name__)
        self.flask.add_url_rule("/hook", "hook", self.take, methods=["POST"])
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.status = 202
        self.url = ""
        self._lock = threading.Lock()

    def take(self) -> tuple[str, int]:
        with self._lock:
            self.bodies.append(request.get_json())
            self.headers.append(dict(request.headers))
            return "", self.answers.pop(0) if self.answers else self.status

    def types(self) -> list[str]:
        """Event types in the order the events happened."""
        return [body["eventType"] for body in sorted(self.bodies, key=lambda body: body["createdDate"])]

    def of(self, event_type: str) -> list[dict[str, Any]]:
        found = [body for body in self.bodies if body["eventType"] == event_type]
        return sorted(found, key=lambda body: body["createdDate"])


class AdoRig:
    """Calls as a client with a token makes them, and the control calls of a test."""

    def __init__(self, organization: AdoOrganization, url: str, receiver: Receiver) -> None:
        self.organization, self.url, self.receiver = organization, url, receiver
        self.project = next(iter(organization.projects.values()))
        self.repository = next(iter(organization.repositories.values()))

    def call(
        self, method: str, path: str, *, token: str | None = "write", version: str | None = VERSION,
        json: Any = None, headers: dict[str, str] | None = None, query: Mapping[str, Any] | None = None, **more: Any,
    ) -> requests.Response:  # fmt: skip
        """`path` follows the organization; `token` is a name of the seed; `more` is query too."""
        params = dict(query or {}) | more | ({"api-version": version} if version else {})
        return requests.request(
            method, f"{self.url}/acme/{path}", params=params, json=json, headers=headers, timeout=10,
            auth=("", TOKENS.get(token, token)) if token else None, allow_redirects=False,
        )  # fmt: skip

    def get(self, path: str, **options: Any) -> Any:
        """The decoded body of a call that must succeed."""
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def control(self, action: str, *, expect: int = 200, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/_control/acme/{action}", json=body, timeout=10)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def state(self) -> Any:
        return requests.get(f"{self.url}/_control/acme/state", timeout=10).json()

    def subscription(self, event_type: str, **changes: Any) -> dict[str, Any]:
        """A body that creates a subscription to our receiver."""
        return {
            "publisherId": EVENT_TYPES[event_type].publisher,
            "eventType": event_type,
            "resourceVersion": EVENT_TYPES[event_type].versions[0],
            "consumerId": "webHooks",
            "consumerActionId": "httpRequest",
            "publisherInputs": {"projectId": self.project.id},
            "consumerInputs": {
                "url": self.receiver.url, "basicAuthUsername": "hook", "basicAuthPassword": "correct horse",
            },
        } | changes  # fmt: skip

    def subscribe(self, *event_types: str, **changes: Any) -> str:
        """Subscribe to types; the id of the last subscription."""
        made = ""
        for event_type in event_types:
            answer = self.call("POST", "_apis/hooks/subscriptions", json=self.subscription(event_type, **changes))
            assert answer.status_code == 200, answer.text
            made = answer.json()["id"]
        return made

    def status_of(self, subscription: str) -> str:
        return str(self.get(f"_apis/hooks/subscriptions/{subscription}")["status"])

    def settle(self) -> None:
        assert self.organization.wait_idle(10)


@contextmanager
def running_ado(organization: AdoOrganization | None = None) -> Iterator[AdoRig]:
    receiver = Receiver()
    found = organization or AdoOrganization.seeded()
    with serve(receiver.flask) as listener, serve(create_ado(found)) as server:
        receiver.url = f"{listener.url}/hook"
        yield AdoRig(found, server.url, receiver)
        found.stop()


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Wait until `condition` holds. Fails with `what` when it does not in time."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError(f"it did not happen in time: {what}")
