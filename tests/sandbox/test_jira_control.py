"""Faults on demand, latency, the call log and the server that all stand-ins share."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
from flask import Flask, Response, request

from sandbox.control import BadRule, Faults, apply_faults, faults_blueprint
from sandbox.jira_control import throttle_rule
from sandbox.server import Server, serve
from tests.sandbox.jira_rig import JiraRig, build, running_rig


class Counter:
    """A small app with one call that counts."""

    def __init__(self) -> None:
        self.count = 0
        self.faults = Faults()
        self.flask = Flask(__name__)
        apply_faults(self.flask, self.faults)
        self.flask.register_blueprint(faults_blueprint(self.faults))
        self.flask.add_url_rule("/count", view_func=self.add, methods=["GET", "POST"])
        self.flask.add_url_rule("/echo", view_func=lambda: Response(request.get_data()), endpoint="e", methods=["POST"])
        self.flask.add_url_rule("/refuse", view_func=lambda: ("no", 413), endpoint="r", methods=["POST"])

    def add(self) -> dict[str, int]:
        self.count += 1
        return {"count": self.count}


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def server(counter: Counter) -> Iterator[Server]:
    with serve(counter.flask) as running:
        yield running


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_a_rule_answers_as_often_as_it_says(server: Server, http: requests.Session) -> None:
    rule = {"path": "^/count$", "times": 2, "status": 503, "headers": {"Retry-After": "3"}, "body": {"error": "busy"}}
    assert http.post(f"{server.url}/_control/faults", json=rule).status_code == 201
    answers = [http.get(f"{server.url}/count") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert (answers[0].headers["Retry-After"], answers[0].json()) == ("3", {"error": "busy"})


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [
        ({"path": "count", "method": "POST", "status": 500}, [200, 500, 200]),
        ({"path": "other", "status": 500}, [200, 200, 200]),
        ({"path": "", "status": 500, "times": None}, [500, 500, 500]),
        ({"path": "", "status": 500, "body": "text"}, [500, 200, 200]),
    ],
)
def test_a_rule_fits_by_method_and_path(
    server: Server, http: requests.Session, rule: dict[str, Any], statuses: list[int]
) -> None:
    http.post(f"{server.url}/_control/faults", json=[rule])
    methods = ("GET", "POST", "GET")
    assert [http.request(method, f"{server.url}/count").status_code for method in methods] == statuses


@pytest.mark.parametrize(("drop", "count"), [("before", 0), ("after", 1)])
def test_a_dropped_call_gets_no_answer_whether_or_not_it_was_done(
    counter: Counter, server: Server, http: requests.Session, drop: str, count: int
) -> None:
    counter.faults.add({"path": "/count", "drop": drop})
    with pytest.raises(requests.ConnectionError):
        http.post(f"{server.url}/count")
    assert counter.count == count
    assert http.post(f"{server.url}/count").json() == {"count": count + 1}
    assert [call["status"] for call in http.get(f"{server.url}/_control/calls").json()] == [0, 200]


def test_rules_are_listed_and_cleared(counter: Counter, server: Server, http: requests.Session) -> None:
    counter.faults.add({"path": "/count", "times": None, "status": 500})
    assert http.get(f"{server.url}/_control/faults").json()[0]["path"] == "/count"
    assert http.delete(f"{server.url}/_control/faults").status_code == 204
    assert http.get(f"{server.url}/count").status_code == 200


@pytest.mark.parametrize("rule", [{"pth": "x"}, {"path": "("}, {"drop": "always"}])
def test_a_rule_that_cannot_be_understood_is_refused(
    server: Server, http: requests.Session, rule: dict[str, Any]
) -> None:
    with pytest.raises(BadRule):
        Faults().add(rule)
    assert http.post(f"{server.url}/_control/faults", json=rule).status_code == 400


def test_calls_are_delayed_by_the_latency_and_by_a_rule(
    counter: Counter, server: Server, http: requests.Session
) -> None:
    http.post(f"{server.url}/_control/latency", json={"ms": 40})
    counter.faults.add({"path": "/count", "delay_ms": 40})
    began = time.monotonic()
    assert http.get(f"{server.url}/count").json() == {"count": 1}
    assert time.monotonic() - began >= 0.08


def test_the_call_log_names_calls_without_bodies_and_is_emptied(server: Server, http: requests.Session) -> None:
    http.post(f"{server.url}/echo?token=x", data=b"private")
    logged = http.get(f"{server.url}/_control/calls").json()
    assert [(call["method"], call["path"], call["status"]) for call in logged] == [("POST", "/echo", 200)]
    assert set(logged[0]) == {"method", "path", "status", "at"}
    http.delete(f"{server.url}/_control/calls")
    assert http.get(f"{server.url}/_control/calls").json() == []


def test_connections_are_kept_even_when_a_body_was_not_read(server: Server, http: requests.Session) -> None:
    for _ in range(3):
        assert http.post(f"{server.url}/refuse", data=b"x" * 100_000).status_code == 413
    chunked = http.post(f"{server.url}/echo", data=iter([b"one ", b"two"]))
    assert chunked.content == b"one two"
    pools = http.get_adapter(server.url).poolmanager.pools  # type: ignore[attr-defined] # requests hides its pool
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - not a plain dict


def test_a_stopped_server_ends_its_open_connections(counter: Counter, http: requests.Session) -> None:
    server = serve(counter.flask)
    http.get(f"{server.url}/count")
    server.stop()
    with pytest.raises(requests.ConnectionError):
        http.get(f"{server.url}/count")
    assert not [thread for thread in threading.enumerate() if "process_request_thread" in thread.name]
    assert counter.count == 1


def test_a_failing_app_answers_500(http: requests.Session, caplog: pytest.LogCaptureFixture) -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: str(1 // 0), endpoint="fail")
    with serve(app) as server:
        assert http.get(server.url).status_code == 500
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({"retry_after": 7}, {"Retry-After": "7", "RateLimit-Reason": "jira-burst-based"}),
        ({"reason": "jira-quota-tenant-based"}, {"Retry-After": "1", "RateLimit-Reason": "jira-quota-tenant-based"}),
        ({"retry_after": None}, {"RateLimit-Reason": "jira-burst-based"}),
    ],
)
def test_throttling_answers_as_jira_does(given: dict[str, Any], headers: dict[str, str]) -> None:
    rule = throttle_rule(given, "^/rest/")
    assert rule["status"] == 429
    assert {
        name: text for name, text in rule["headers"].items() if name in {"Retry-After", "RateLimit-Reason"}
    } == headers
    assert datetime.fromisoformat(rule["headers"]["X-RateLimit-Reset"]).tzinfo is not None


@pytest.fixture
def rig() -> Iterator[JiraRig]:
    with running_rig() as running:
        yield running


def test_a_throttled_site_refuses_the_next_calls_only(rig: JiraRig) -> None:
    rig.control("POST", "throttle", {"times": 2, "retry_after": 5})
    answers = [rig.send("builds", builds=[build()]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 202]
    assert answers[0].headers["X-RateLimit-Remaining"] == "0"
    assert rig.control("GET", "violations").json() == []


def test_a_lost_answer_of_the_site_leaves_the_data_stored(rig: JiraRig) -> None:
    rig.control("POST", "faults", {"method": "POST", "path": "/rest/builds", "drop": "after"})
    with pytest.raises(requests.ConnectionError):
        rig.send("builds", builds=[build()])
    assert rig.site.panel("SHOP-1")["builds"] == [build()]
