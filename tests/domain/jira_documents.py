"""What Jira takes of documents and bodies: rules of our own that always run, and the official schemas if there."""

import itertools
import json
from functools import cache

import jsonschema_rs

from tests.domain.official import SPECS

INLINE = {"text", "hardBreak"}
IN_ITEM = {"paragraph", "codeBlock", "bulletList", "orderedList"}
IN_CELL = IN_ITEM | {"heading", "rule", "blockquote"}
CHILDREN = {
    "doc": IN_CELL | {"table"},
    "paragraph": INLINE,
    "heading": INLINE,
    "codeBlock": {"text"},
    "blockquote": IN_ITEM,
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": IN_ITEM,
    "table": {"tableRow"},
    "tableRow": {"tableCell", "tableHeader"},
    "tableCell": IN_CELL,
    "tableHeader": IN_CELL,
    "rule": set(),
    "hardBreak": set(),
    "text": set(),
}
NEVER_EMPTY = set(CHILDREN) - {"doc", "paragraph", "rule", "hardBreak", "text", "codeBlock"}
MARKS = {"link", "em", "strong", "strike", "subsup", "underline", "code"}


def check_document(document):
    """Fail when Jira would refuse a document, or shows it other than it is meant."""
    assert list(node_faults(document)) == []
    assert document["version"] == 1
    schema = document_schema()
    if schema is not None:
        assert [error.message[:200] for error in schema.iter_errors(document)] == []


def node_faults(node):
    kind, content = node["type"], node.get("content", [])
    if kind == "text":
        yield from text_faults(node)
    if kind in NEVER_EMPTY and not content:
        yield f"{kind} is empty"
    yield from (f"{child['type']} in {kind}" for child in content if child["type"] not in CHILDREN[kind])
    if kind == "codeBlock" and any("marks" in child for child in content):
        yield "marks in code"
    for one, other in itertools.pairwise(content):
        if one["type"] == "text" == other["type"] and marks_of(one) == marks_of(other):
            yield "two texts that are one"
    for child in content:
        yield from node_faults(child)


def text_faults(node):
    names = [mark["type"] for mark in marks_of(node)]
    if not node["text"]:
        yield "a text is empty"
    if len(set(names)) < len(names) or not set(names) <= MARKS:
        yield f"marks {names}"
    if "code" in names and not set(names) <= {"code", "link"}:
        yield "code with other marks"
    if "link" in names and not next(mark for mark in marks_of(node) if mark["type"] == "link")["attrs"]["href"]:
        yield "a link to nowhere"


def marks_of(node):
    return node.get("marks", [])


@cache
def document_schema():
    """The official schema, None without it."""
    found = SPECS / "adf-full.schema.57.7.22.json"
    return jsonschema_rs.Draft4Validator(json.loads(found.read_bytes())) if found.exists() else None


def check_body(name, body):
    """Fail when the official document of Jira's REST API has another shape for a body; `name` is that of its schema."""
    found = platform_schema(name)
    if found is not None:
        assert [error.message[:200] for error in found.iter_errors(body)] == []


@cache
def platform_schema(name):
    found = SPECS / "jira-platform-v3.openapi.2025-12.json"
    if not found.exists():
        return None
    schema = {"$ref": f"#/components/schemas/{name}", "components": platform_components(found)}
    return jsonschema_rs.Draft4Validator(schema)


@cache
def platform_components(path):
    return json.loads(path.read_bytes())["components"]
