"""Schemas of an official document as compiled checks.

References, also those into other files, are bundled into one self-contained draft-04 schema per use.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson

Json = Mapping[str, Any]
Check = Callable[[Any], list[str]]
REASONS_KEPT = 8


class Documents:
    """The files of one contract, each parsed once."""

    def __init__(self) -> None:
        self.read = cache(read_document)

    def resolve(self, reference: str, home: Path) -> tuple[Any, Path, str]:
        """The node a `$ref` names, its file and its pointer."""
        file, _, pointer = reference.partition("#")
        path = (home.parent / file).resolve() if file else home
        node: Any = self.read(path)
        for part in pointer.strip("/").split("/"):
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node, path, pointer

    def follow(self, node: Any, home: Path) -> Any:
        """The node itself, or what it refers to."""
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            node, home, _ = self.resolve(node["$ref"], home)
        return node


def read_document(path: Path) -> Any:
    """A JSON or YAML file; YAML's dates become text again and its keys become text."""
    if path.suffix == ".json":
        return orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    import yaml  # noqa: PLC0415 - a development package, needed only where there are documents

    loaded = yaml.safe_load(path.read_text("utf-8"))
    return orjson.loads(orjson.dumps(loaded, option=orjson.OPT_NON_STR_KEYS))


class Bundle:
    """One schema with everything it refers to. `reading` tells an answer (readOnly counts) from a request."""

    def __init__(self, documents: Documents, *, reading: bool) -> None:
        self._documents = documents
        self._reading = reading
        self._names: dict[tuple[Path, str], str] = {}
        self._definitions: dict[str, Any] = {}

    def make(self, schema: Json, home: Path) -> dict[str, Any]:
        top = self._copy(schema, home)
        # a reference hides its neighbours in draft 04, so the top is wrapped
        return {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "allOf": [top],
            "definitions": self._definitions,
        }

    def _copy(self, node: Any, home: Path) -> Any:
        if isinstance(node, list):
            return [self._copy(part, home) for part in node]
        if not isinstance(node, Mapping):
            return node
        if isinstance(node.get("$ref"), str):
            return {"$ref": f"#/definitions/{self._define(node['$ref'], home)}"}
        return self._adapt({key: self._copy(value, home) for key, value in node.items() if key != "example"})

    def _define(self, reference: str, home: Path) -> str:
        node, path, pointer = self._documents.resolve(reference, home)
        name = self._names.get((path, pointer))
        if name is None:
            name = self._names[path, pointer] = f"part{len(self._names)}"
            self._definitions[name] = self._copy(node, path)
        return name

    def _adapt(self, node: dict[str, Any]) -> dict[str, Any]:
        """The words of OpenAPI that draft 04 does not have."""
        if isinstance(node.get("required"), bool):
            del node["required"]
        pattern = node.get("pattern")
        if isinstance(pattern, str) and (r"\p{" in pattern or node.get("type") != "string"):
            # Java's classes, and patterns that sit on an array, cannot be checked here: the rules of the stand-in do
            del node["pattern"]
        required, properties = node.get("required"), node.get("properties")
        if not self._reading and isinstance(required, list) and isinstance(properties, dict):
            written = [name for name in required if properties.get(name, {}).get("readOnly") is not True]
            node = {key: value for key, value in node.items() if key != "required"}
            node |= {"required": written} if written else {}
        if node.get("nullable") is True or node.get("x-nullable") is True:
            return {"anyOf": [{"type": "null"}, node]}
        return node


def compile_schema(documents: Documents, schema: Json, home: Path, *, reading: bool) -> Check:
    """A function from a value to reasons against it (at most eight)."""
    import jsonschema_rs  # noqa: PLC0415 - a development package, needed only where there are documents

    validator = jsonschema_rs.Draft4Validator(Bundle(documents, reading=reading).make(schema, home))

    def check(value: Any) -> list[str]:
        if validator.is_valid(value):
            return []
        found = []
        for error in validator.iter_errors(value):
            where = "/".join(map(str, error.instance_path))
            found.append(f"{where or 'value'}: {error.message[:200]}")
            if len(found) == REASONS_KEPT:
                break
        return found

    return check
