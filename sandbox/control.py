"""Faults on demand, latency and a call log, shared by all stand-ins.

Everything under `/_control` is for tests and people; it is never delayed, failed or logged itself.
"""

import random
import re
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

import flask
from flask import Blueprint, Flask, Response, g, jsonify, request

CALLS_KEPT = 20_000
ROOT = "/_control"
FIELDS = frozenset(
    {
        "method", "path", "times", "delay_ms", "status", "headers", "body", "drop", "skip", "percent", "seconds",
        "after_ms", "late",
    }
)  # fmt: skip


class BadRule(ValueError):
    """A fault rule that cannot be understood; the text says why."""


@dataclass(slots=True)
class Fault:
    """One rule. `times` counts down, None means for ever; `drop` says whether the work is done before the silence.

    `skip` calls that fit go by first: with 4 it is the fifth that fails. `percent`: of the calls that fit, by chance.
    `seconds`: how long the rule stays. `after_ms`: the wait between the work and its answer, so that a caller gives up
    on work that was done. `late`: the work is done before `status` is answered, as by a gateway that lost its patience.
    """

    path: re.Pattern[str]
    method: str | None = None
    times: int | None = 1
    delay_ms: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    drop: Literal["before", "after"] | None = None
    skip: int = 0
    percent: float = 100
    seconds: float | None = None
    after_ms: int = 0
    late: bool = False
    ends: float = float("inf")  # by time.monotonic

    @classmethod
    def parse(cls, rule: Mapping[str, Any]) -> Self:
        """Read a rule as it comes in JSON. Raises BadRule."""
        unknown = set(rule) - FIELDS
        if unknown:
            raise BadRule(f"unknown fields: {', '.join(sorted(unknown))}")
        if rule.get("drop") not in {None, "before", "after"}:
            raise BadRule("drop is null, 'before' or 'after'")
        try:
            pattern = re.compile(rule.get("path") or "")
        except re.error as error:
            raise BadRule(f"path is not a regular expression: {error}") from None
        given = {name: value for name, value in rule.items() if name != "path" and value is not None}
        if "times" in rule:
            given["times"] = rule["times"]
        fault = cls(path=pattern, **given)
        if fault.seconds is not None:
            fault.ends = time.monotonic() + fault.seconds
        return fault

    def fits(self, method: str, path: str) -> bool:
        return self.method in {None, method} and self.path.search(path) is not None

    def is_due(self, chance: float) -> bool:
        """Counts a call that fits; False for one that goes by. `chance` is a number from 0 to 100."""
        due = self.skip <= 0
        self.skip -= not due
        return due and chance < self.percent

    def shown(self) -> dict[str, Any]:
        """The rule as JSON."""
        return {"path": self.path.pattern} | {name: getattr(self, name) for name in sorted(FIELDS - {"path"})}


@dataclass(frozen=True, slots=True)
class Call:
    """One answered call; a dropped one has status 0. `at` is seconds since the epoch."""

    method: str
    path: str
    status: int
    at: float


class Faults:
    """The rules in force, the latency of every call and the log of calls. Safe between threads."""

    def __init__(self) -> None:
        self.latency_ms = 0
        self._rules: list[Fault] = []
        self._calls: list[Call] = []
        self._draw = random.Random(1)
        self._lock = threading.Lock()

    def add(self, rule: Mapping[str, Any]) -> None:
        """Append a rule; without `times` it works once. Raises BadRule."""
        fault = Fault.parse(rule)
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()
        self.latency_ms = 0

    def take(self, method: str, path: str) -> Fault | None:
        """The first rule that fits this call and that chance lets in, used up by one."""
        with self._lock:
            now = time.monotonic()
            self._rules = [rule for rule in self._rules if rule.ends > now]
            fitting = (rule for rule in self._rules if rule.fits(method, path))
            fault = next((rule for rule in fitting if rule.is_due(self._draw.random() * 100)), None)
            if fault is None:
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._rules.remove(fault)
            return fault

    def rules(self) -> list[dict[str, Any]]:
        with self._lock:
            return [rule.shown() for rule in self._rules]

    def note(self, method: str, path: str, status: int) -> None:
        """Log a call; the oldest ones are forgotten."""
        with self._lock:
            self._calls.append(Call(method, path, status, time.time()))
            del self._calls[:-CALLS_KEPT]

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def forget_calls(self) -> None:
        with self._lock:
            self._calls.clear()


def faults_blueprint(faults: Faults) -> Blueprint:
    """`/_control/faults` (POST one rule or a list, GET, DELETE), `/_control/latency`, `/_control/calls`."""
    blueprint = Blueprint("faults", __name__, url_prefix=ROOT)

    @blueprint.post("/faults")
    def add_fault() -> tuple[Response, int]:
        given = request.get_json()
        try:
            for rule in given if isinstance(given, list) else [given]:
                faults.add(rule)
        except BadRule as error:
            return jsonify(error=str(error)), 400
        return jsonify(faults.rules()), 201

    @blueprint.get("/faults")
    def list_faults() -> Response:
        return jsonify(faults.rules())

    @blueprint.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        faults.clear()
        return "", 204

    @blueprint.post("/latency")
    def set_latency() -> Response:
        faults.latency_ms = int(request.get_json()["ms"])
        return jsonify(ms=faults.latency_ms)

    add_call_log(blueprint, faults)
    return blueprint


def add_call_log(blueprint: Blueprint, faults: Faults) -> None:
    @blueprint.get("/calls")
    def list_calls() -> Response:
        return jsonify([asdict(call) for call in faults.calls()])

    @blueprint.delete("/calls")
    def forget_calls() -> tuple[str, int]:
        faults.forget_calls()
        return "", 204


def apply_faults(app: Flask, faults: Faults) -> None:
    """Apply rules, latency and the log to every call but `/_control`. Call it before other `before_request` hooks."""
    app.extensions["faults"] = faults

    @app.before_request
    def begin() -> flask.typing.ResponseReturnValue | None:
        if request.path.startswith(ROOT):
            return None
        fault = g.fault = faults.take(request.method, request.path)
        wait_ms(faults.latency_ms + (fault.delay_ms if fault else 0))
        if fault and fault.drop == "before":
            return Response(status=503)
        return answer_of(fault) if fault and fault.status and not fault.late else None

    @app.after_request
    def end(response: Response) -> Response:
        if request.path.startswith(ROOT):
            return response
        fault: Fault | None = g.get("fault")
        dropped = fault is not None and fault.drop is not None
        wait_ms(fault.after_ms if fault else 0)
        response = answer_of(fault) if fault and fault.late else response
        faults.note(request.method, request.path, 0 if dropped else response.status_code)
        if dropped:
            hang_up()
        return response


def wait_ms(milliseconds: int) -> None:
    if milliseconds:
        time.sleep(milliseconds / 1000)


def answer_of(fault: Fault) -> Response:
    """The answer a rule dictates: JSON unless its body is text."""
    response = Response(status=fault.status) if fault.body is None else text_or_json(fault.body)
    response.status_code = fault.status or 500
    response.headers.update(fault.headers)
    return response


def text_or_json(body: Any) -> Response:
    return Response(body, mimetype="text/plain") if isinstance(body, str) else jsonify(body)


def hang_up() -> None:
    """Close the connection of this request; what is sent afterwards goes nowhere."""
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is None:
        raise RuntimeError("a dropped connection needs a real socket: use sandbox.server.serve")
    connection.shutdown(socket.SHUT_RDWR)
