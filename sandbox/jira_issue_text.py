"""Rich text: is it an Atlassian document Jira takes, how long is it, and what is kept of it.

developer.atlassian.com/cloud/jira/platform/apis/document/structure; with the official schema where it is at hand.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from sandbox.contract import find_specs
from sandbox.contract_schema import Check
from sandbox.jira_issue_record import Digest, Text

SCHEMA = "adf-full.schema.57.7.22.json"
LONGEST = 32_767  # characters; measured on the document, with its marks: JRACLOUD-68949
NOT_KEPT = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "(this stand-in kept a digest only)"}]}],
}


class TextKeeper:
    """`whole_below`: longer documents (bytes of JSON) are kept as a digest; None keeps all."""

    def __init__(self) -> None:
        self.whole_below: int | None = None
        self._check = document_check(find_specs())

    def faults(self, document: Any) -> list[str]:
        """Reasons against a document; empty when Jira takes it."""
        return self._check(document) if self._check else list(shape_faults(document))

    def keep(self, document: Any) -> Text:
        """What is stored of a document that was checked."""
        sent = packed(document)
        if self.whole_below is None or len(sent) <= self.whole_below:
            return sent
        return Digest(hashlib.sha256(sent).hexdigest(), len(sent))


def shown_text(text: Text) -> Any:
    """The document as an answer holds it."""
    return NOT_KEPT if isinstance(text, Digest) else orjson.Fragment(text)


def packed(value: Any) -> bytes:
    """JSON in as many bytes as it has: what orjson gives keeps its buffer of a kilobyte or more."""
    return bytes(memoryview(orjson.dumps(value)))


def too_long(document: Any) -> bool:
    """Whether the document has more characters than a text field holds."""
    sent = orjson.dumps(document)
    return len(sent) > LONGEST and len(sent.decode()) > LONGEST


@cache
def document_check(folder: Path | None) -> Check | None:
    """The official schema, compiled once; None without it."""
    if folder is None or not (folder / SCHEMA).is_file():
        return None
    import jsonschema_rs  # noqa: PLC0415 - a development package, needed only where there are documents

    validator = jsonschema_rs.Draft4Validator(orjson.loads((folder / SCHEMA).read_bytes()))

    def check(value: Any) -> list[str]:
        if validator.is_valid(value):
            return []
        return [error.message[:200] for error, _ in zip(validator.iter_errors(value), range(3), strict=False)]

    return check


def shape_faults(document: Any) -> Iterator[str]:
    """What is wrong with a document where there is no schema to tell: its outside, and texts that are empty."""
    if not isinstance(document, Mapping) or document.get("type") != "doc" or document.get("version") != 1:
        yield "not a document of version 1"
        return
    if not isinstance(document.get("content"), list):
        yield "the document has no content"
        return
    yield from (fault for node in document["content"] for fault in node_faults(node))


def node_faults(node: Any) -> Iterator[str]:
    if not isinstance(node, Mapping) or not isinstance(node.get("type"), str):
        yield "a node has no type"
        return
    if node["type"] == "text" and not (isinstance(node.get("text"), str) and node["text"]):
        yield "a text is empty"
    content = node.get("content", [])
    if not isinstance(content, list):
        yield "content is not a list"
        return
    yield from (fault for child in content for fault in node_faults(child))
