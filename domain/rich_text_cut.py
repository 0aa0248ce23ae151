"""How long Jira takes a document for, and documents cut to what a field holds.

Jira measures the document, with its marks, and not the text in it: https://jira.atlassian.com/browse/JRACLOUD-68949
and https://github.com/mozilla/jira-bugzilla-integration/issues/1030 . It counts as Java does.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from domain.jira_limits import cut_text
from domain.records import Json
from domain.rich_text import note_block, plain_text

TEXT_CHARACTERS = 32_767
CUT = "The text is longer than Jira takes and was cut here. The whole of it is in Azure DevOps."


def document_of(blocks: Iterable[Json]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(blocks)}


def measure(value: Any) -> int:
    """The characters of a document, or a part of one, as Jira counts them."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(written.encode("utf-16-le", "surrogatepass")) // 2


def fit_document(blocks: Sequence[Json], limit: int = TEXT_CHARACTERS) -> tuple[dict[str, Any], int]:
    """A document of at most `limit` characters, and how many characters of text were cut; the last line tells of it."""
    whole = document_of(blocks)
    if measure(whole) <= limit:
        return whole, 0
    told = note_block(CUT)
    kept = cut_nodes(blocks, limit - measure(document_of([told])) - 1)
    return document_of([*kept, told]), len(plain_text(blocks)) - len(plain_text(kept))


def cut_nodes(nodes: Sequence[Json], room: int) -> list[Json]:
    """The first nodes, and of the one after them what fits into `room` characters."""
    kept: list[Json] = []
    for node in nodes:
        size = measure(node) + 1  # the comma
        if size > room:
            part = cut_node(node, room - 1)
            return [*kept, part] if part is not None else kept
        kept.append(node)
        room -= size
    return kept


def cut_node(node: Json, room: int) -> Json | None:
    """The beginning of a node; None when nothing of it fits."""
    if node["type"] == "text":
        return _cut_text_node(node, room)
    if not node.get("content"):
        return None
    content = cut_nodes(node["content"], room - measure({**node, "content": []}))
    return {**node, "content": content} if content else None


def _cut_text_node(node: Json, room: int) -> Json | None:
    """Signs count differently, as quotation marks that JSON writes with a backslash: so the length is searched."""
    lengths = range(max(min(room, 2 * len(node["text"])), 0) + 1)
    fitting = bisect_right(lengths, room, key=lambda length: measure({**node, "text": cut_text(node["text"], length)}))
    text = cut_text(node["text"], max(fitting - 1, 0))
    return {**node, "text": text} if text.strip() else None
