"""The contract checker on documents written here, and on the official ones where they are present."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.contract import Contract, find_specs

SPECS = find_specs()
OPENAPI = {
    "openapi": "3.0.1",
    "paths": {
        "/things/{kind}": {
            "parameters": [{"name": "kind", "in": "path", "required": True, "schema": {"enum": ["red", "blue"]}}],
            "get": {
                "parameters": [
                    {"name": "size", "in": "query", "required": True, "schema": {"type": "integer"}},
                    {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}},
                    {"name": "all", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "X-Who", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}}},
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}},
                },
                "responses": {"201": {"description": "made"}},
            },
        },
        "/things/green": {"get": {"responses": {"204": {"description": "none"}}}},
        "/free": {"delete": {"responses": {"202": {"description": "gone"}}}},
    },
    "components": {
        "schemas": {
            "T": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {
                    "id": {"type": "integer", "readOnly": True},
                    "name": {"type": "string", "maxLength": 3, "nullable": True},
                    "pattern": {"type": "string", "pattern": "^x+$"},
                    "next": {"$ref": "#/components/schemas/T"},
                },
            }
        }
    },
}
SWAGGER = """
swagger: '2.0'
basePath: /api
consumes: [application/json]
paths:
  /{org}/items:
    get:
      x-ms-vss-method: GetItems
      parameters:
        - {name: org, in: path, required: true, type: string}
        - {name: ids, in: query, type: array, items: {type: integer}}
      responses:
        200: {description: ok, schema: {type: array, items: {$ref: 'other.yaml#/definitions/Item'}}}
    post:
      parameters:
        - {name: body, in: body, required: true, schema: {$ref: 'other.yaml#/definitions/Item'}}
      responses:
        200: {description: ok}
x-ms-paths:
  /{org}/items?format={format}:
    post:
      parameters:
        - {name: format, in: query, required: true, type: string, enum: [html]}
        - {name: body, in: body, required: true, schema: {type: string}}
      responses:
        200: {description: ok}
"""
OTHER = """
definitions:
  Item: {type: object, required: [n], properties: {n: {type: integer}, since: {type: string, example: 2020-01-01}}}
"""
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def openapi(tmp_path: Path) -> Contract:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(OPENAPI))
    return Contract.load(file, base_path="/base", free_query=["/free"])


@pytest.fixture
def swagger(tmp_path: Path) -> Contract:
    (tmp_path / "api.yaml").write_text(SWAGGER)
    (tmp_path / "other.yaml").write_text(OTHER)
    return Contract.load(tmp_path / "api.yaml")


@pytest.mark.parametrize(
    ("path", "query", "headers", "reason"),
    [
        ("/base/things/red", {"size": ["1"], "ids": ["1", "2"], "all": ["true"]}, {"x-who": "me"}, None),
        ("/base/things/pink", {"size": ["1"]}, {"X-Who": "me"}, "path parameter kind"),
        ("/base/things/red", {}, {"X-Who": "me"}, "query parameter size is required"),
        ("/base/things/red", {"size": ["many"]}, {"X-Who": "me"}, "'many' is not an integer"),
        ("/base/things/red", {"size": ["1"], "ids": ["1", "x"]}, {"X-Who": "me"}, "'x' is not an integer"),
        ("/base/things/red", {"size": ["1"], "all": ["maybe"]}, {"X-Who": "me"}, "not true or false"),
        ("/base/things/red", {"size": ["1"], "colour": ["x"]}, {"X-Who": "me"}, "query parameter colour is not known"),
        ("/base/things/red", {"size": ["1"]}, {}, "header parameter X-Who is required"),
        ("/base/things/green", {}, {}, None),
        ("/base/nothing", {}, {}, "is not in the document"),
        ("/things/red", {"size": ["1"]}, {"X-Who": "me"}, "is not in the document"),
    ],
)
def test_a_request_is_checked_by_path_query_and_headers(
    openapi: Contract, path: str, query: dict[str, list[str]], headers: dict[str, str], reason: str | None
) -> None:
    reasons = openapi.check_request("GET", path, query, headers, b"")
    assert (reasons == []) if reason is None else (reason in "; ".join(reasons))


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        ({"name": "abc"}, JSON, None),
        ({"name": None}, {"Content-Type": "application/json; charset=utf-8"}, None),
        ({"name": "abcd"}, JSON, "name"),
        ({"name": "abc", "pattern": "y"}, JSON, "pattern"),
        ({"name": "abc", "next": {}}, JSON, "next"),
        ({"name": "abc"}, {"Content-Type": "text/plain"}, "content type text/plain"),
        (None, JSON, "a body is required"),
    ],
)
def test_a_body_is_checked_and_read_only_fields_are_not_asked_for(
    openapi: Contract, body: Any, headers: dict[str, str], reason: str | None
) -> None:
    sent = b"" if body is None else json.dumps(body).encode()
    reasons = openapi.check_request("POST", "/base/things/red", {}, headers, sent)
    assert (reasons == []) if reason is None else (reason in "; ".join(reasons))


@pytest.mark.parametrize(
    ("status", "body", "valid"),
    [
        (200, b'{"id": 1, "name": "abc"}', True),
        (200, b'{"name": "abc"}', False),
        (200, b"", False),
        (200, b"<html>", False),
        (201, b"{}", False),
        (503, b"busy", True),
    ],
)
def test_an_answer_is_checked_by_status_and_body(openapi: Contract, status: int, body: bytes, valid: bool) -> None:
    assert (openapi.check_response("GET", "/base/things/red", status, body) == []) is valid


def test_a_free_query_allows_any_name(openapi: Contract) -> None:
    assert openapi.check_request("DELETE", "/base/free", {"whatever": ["1"]}, {}, b"") == []


def test_the_document_knows_its_own_calls_only(openapi: Contract) -> None:
    assert openapi.knows("GET", "/base/things/red")
    assert not openapi.knows("PUT", "/base/things/red")


def test_swagger_lists_are_joined_by_commas_and_addresses_ignore_case(swagger: Contract) -> None:
    assert swagger.check_request("GET", "/api/acme/ITEMS", {"ids": ["1,2"]}, {}, b"") == []
    assert swagger.check_request("GET", "/api/acme/items", {"ids": ["1,b"]}, {}, b"") != []


def test_swagger_follows_references_into_other_files(swagger: Contract) -> None:
    assert swagger.check_request("POST", "/api/acme/items", {}, JSON, b'{"n": 1}') == []
    assert swagger.check_request("POST", "/api/acme/items", {}, JSON, b'{"n": "1"}') != []


def test_a_path_with_a_query_is_another_operation(swagger: Contract) -> None:
    assert swagger.check_request("POST", "/api/acme/items", {"format": ["html"]}, JSON, b'"text"') == []
    assert swagger.check_request("POST", "/api/acme/items", {"format": ["html"]}, JSON, b'{"n": 1}') != []


def test_a_list_may_be_wrapped_in_count_and_value(swagger: Contract) -> None:
    assert swagger.check_response("GET", "/api/acme/items", 200, b'{"count": 1, "value": [{"n": 1}]}') == []
    assert swagger.check_response("GET", "/api/acme/items", 200, b'{"count": 1, "value": [{}]}') != []


def test_specs_are_found_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPECS_DIR", str(tmp_path))
    assert find_specs() == tmp_path.resolve()
    monkeypatch.setenv("SPECS_DIR", str(tmp_path / "absent"))
    assert find_specs() is None


@pytest.mark.specs
def test_every_official_operation_compiles() -> None:
    if SPECS is None:
        pytest.skip(f"no official documents in {os.environ.get('SPECS_DIR') or '../shared/specs'}")
    count = 0
    for file in [*SPECS.glob("jira-*"), *SPECS.glob("ado/7.*/*/*.json")]:
        for operation in Contract.load(file).operations():
            operation.parameters()
            list(operation.body_faults("application/json", b"{}"))
            list(operation.answer_faults(200, b"{}"))
            count += 1
    assert count > 1000
