"""One operation of an official document: what its parameters, its body and its answers may be."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson

from sandbox.contract_schema import Check, Documents, Json, compile_schema

INTEGER = re.compile(r"-?\d+")
JSON_TYPE = re.compile(r"(application|text)/(json|[\w.-]+\+json)", re.IGNORECASE)
NO_SCHEMA = frozenset({"name", "in", "required", "description", "collectionFormat"})


class Parameter:
    """A path, query or header parameter. Swagger 2 joins lists by comma unless told otherwise, OpenAPI 3 does not."""

    def __init__(self, described: Json, check: Check) -> None:
        schema = described.get("schema", described)
        self.name: str = described["name"]
        self.place: str = described["in"]
        self._required = bool(described.get("required"))
        self._type = schema.get("type")
        self._item_type = schema.get("items", {}).get("type")
        if "schema" in described:
            self._joined = described.get("explode") is False
        else:
            self._joined = described.get("collectionFormat", "csv") == "csv"
        self._check = check

    def faults(self, values: list[str]) -> Iterator[str]:
        """Reasons against the values given; an empty list means the parameter is absent."""
        label = f"{self.place} parameter {self.name}"
        if not values:
            if self._required:
                yield f"{label} is required"
            return
        try:
            value = self._convert(values)
        except ValueError as error:
            yield f"{label}: {error}"
            return
        yield from (f"{label}: {reason}" for reason in self._check(value))

    def _convert(self, values: list[str]) -> Any:
        if self._type == "array":
            parts = [part for text in values for part in text.split(",")] if self._joined else values
            return [convert(part, self._item_type) for part in parts]
        return convert(values[0], self._type)


def convert(text: str, kind: str | None) -> Any:
    """A parameter's text as the type the document names. Raises ValueError with the reason."""
    if kind == "integer" and not INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is not an integer")
    if kind == "boolean" and text.lower() not in {"true", "false"}:
        raise ValueError(f"{text!r} is not true or false")
    if kind == "boolean":
        return text.lower() == "true"
    return {"integer": int, "number": float}.get(kind or "", str)(text)


class Operation:
    """One method on one path template. `needs` are query names that tell operations of one path apart (x-ms-paths)."""

    def __init__(self, documents: Documents, home: Path, *, template: str, item: Json, method: str) -> None:
        self.method = method.upper()
        self.template, _, query = template.partition("?")
        self.needs = frozenset(part.split("=")[0] for part in query.split("&") if part)
        parts = re.split(r"\{([^{}]+)\}", self.template)
        self.literals = sum(map(len, parts[::2]))
        self._names = parts[1::2]
        self._documents, self._home, self._root = documents, home, documents.read(home)
        self._described, self._shared = item[method], item.get("parameters", [])
        flags = re.IGNORECASE if "swagger" in self._root else 0  # Azure DevOps ignores case in addresses
        self._pattern = re.compile("([^/]+)".join(map(re.escape, parts[::2])), flags)
        self._parameters: list[Parameter] | None = None
        self._checks: dict[str, Check] = {}

    def match(self, path: str) -> list[str] | None:
        """The values of the path parameters, None when the path is another one."""
        found = self._pattern.fullmatch(path)
        return list(found.groups()) if found else None

    def request_faults(
        self, values: list[str], query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes, *, free: bool
    ) -> Iterator[str]:
        """Reasons against a request; `free` allows query parameters that are not described."""
        given = {name.lower(): [value] for name, value in headers.items()}
        path = dict(zip(self._names, ([unquote(value)] for value in values), strict=True))
        for parameter in self.parameters():
            place: Mapping[str, list[str]] = {"path": path, "query": query}.get(parameter.place, given)
            name = parameter.name.lower() if parameter.place == "header" else parameter.name
            yield from parameter.faults(place.get(name, []))
        if not free:
            known = {parameter.name for parameter in self.parameters() if parameter.place == "query"} | self.needs
            yield from (f"query parameter {name} is not known" for name in query if name not in known)
        yield from self.body_faults(given.get("content-type", [""])[0], body)

    def answer_faults(self, status: int, body: bytes) -> Iterator[str]:
        """Reasons against an answer. Errors that the document leaves out are allowed."""
        answers = self._described.get("responses", {})
        found = answers.get(str(status)) or (answers.get("default") if status >= 400 else None)
        if found is None:
            if status < 400:
                yield f"status {status} is not described"
            return
        found = self._documents.follow(found, self._home)
        schema = json_schema(found["content"]) if "content" in found else found.get("schema")
        if schema is None or (schema == {} and not body.strip()):
            return  # an empty schema takes anything, also nothing
        if body.strip() or status < 400:
            yield from self._json_faults(f"answer {status}", schema, body)

    def body_faults(self, content_type: str, body: bytes) -> Iterator[str]:
        """Reasons against the body of a request."""
        required, types, schema = self._request_body()
        if not body:
            if required:
                yield "a body is required"
            return
        media = content_type.partition(";")[0].strip().lower()
        if types and media not in types and "*/*" not in types:
            yield f"content type {media or '(none)'} is not one of {', '.join(sorted(types))}"
        elif schema is not None and JSON_TYPE.fullmatch(media):
            yield from self._json_faults("request", schema, body)

    def _request_body(self) -> tuple[bool, frozenset[str], Json | None]:
        """Whether a body is required, its content types and the schema of its JSON form."""
        if "swagger" in self._root:
            found: Json = next((p for p in self._described_parameters() if p["in"] == "body"), {})
            types = self._described.get("consumes", self._root.get("consumes", ()))
            return bool(found.get("required")), frozenset(types), found.get("schema")
        body = self._documents.follow(self._described.get("requestBody", {}), self._home)
        content = body.get("content", {})
        return bool(body.get("required")), frozenset(content), json_schema(content)

    def _json_faults(self, name: str, schema: Json, body: bytes) -> Iterator[str]:
        try:
            value = orjson.loads(body)
        except ValueError:
            if name == "request" or not self._answers_plain():
                yield f"{name}: the body is not JSON"
            return
        if name != "request":
            value = self._unwrap(value, schema)
        if name not in self._checks:
            reading = name != "request"
            self._checks[name] = compile_schema(self._documents, schema, self._home, reading=reading)
        yield from (f"{name}: {reason}" for reason in self._checks[name](value))

    def _answers_plain(self) -> bool:
        return any(not JSON_TYPE.fullmatch(kind) for kind in self._described.get("produces", ()))

    def _unwrap(self, value: Any, schema: Json) -> Any:
        """Azure DevOps describes a list as an array and sends it as {count, value}."""
        wrapped = isinstance(value, dict) and {"count", "value"} <= set(value)
        listed = "x-ms-vss-method" in self._described and schema.get("type") == "array"
        return value["value"] if wrapped and listed else value

    def _described_parameters(self) -> list[Json]:
        """Own parameters win over those of the path."""
        every = [self._documents.follow(p, self._home) for p in (*self._shared, *self._described.get("parameters", ()))]
        return list({(p["in"], p["name"]): p for p in every}.values())

    def parameters(self) -> list[Parameter]:
        if self._parameters is None:
            found = [p for p in self._described_parameters() if p["in"] in {"path", "query", "header"}]
            self._parameters = [Parameter(p, self._parameter_check(p)) for p in found]
        return self._parameters

    def _parameter_check(self, described: Json) -> Check:
        own = {key: value for key, value in described.items() if key not in NO_SCHEMA and not key.startswith("x-")}
        return compile_schema(self._documents, described.get("schema", own), self._home, reading=False)


def json_schema(content: Json) -> Json | None:
    """The schema of the JSON form of an OpenAPI `content`, None without one."""
    found = next((kind for kind in content if JSON_TYPE.fullmatch(kind)), None)
    schema: Json | None = content[found].get("schema") if found else None
    return schema
