"""`PipelinesApi` in front of a wire that answers what it is told."""

import json
from typing import Any
from urllib.parse import parse_qs

from pydantic import SecretStr

from clients.ado import AdoClient
from clients.ado_pipelines import PipelinesApi
from clients.hosts import ado_hosts
from clients.http import HttpClient

PROJECT = "0b7a2f7e-51c3-4d55-8a0c-6e1f2d3c4b5a"


def open_pipelines(wire: Any) -> PipelinesApi:
    hosts = ado_hosts(frozenset({wire.host}))
    return PipelinesApi(AdoClient(f"{wire.url}/larkspur", SecretStr("Basic eA=="), HttpClient("Azure DevOps", hosts)))


def answer_json(wire: Any, body: Any, **headers: str) -> None:
    wire.will_answer(body=json.dumps(body), **headers)


def asked(wire: Any) -> list[tuple[str, dict[str, list[str]]]]:
    """Path and query of every call."""
    return [(request["PATH_INFO"], parse_qs(request["QUERY_STRING"])) for request in wire.asked]


def listed(*entries: Any) -> dict[str, Any]:
    return {"count": len(entries), "value": list(entries)}
