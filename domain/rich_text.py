"""Long texts of work items as Atlassian documents (ADF), and plain lines as such.

The format: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ . Paragraphs, headings, lists,
tables, code, quotations, links and marks become what they are; images links to where they are; a mention the name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from turbohtml import parse_fragment

from domain.records import Json
from domain.rich_text_flow import Flow, Style, clean_text
from domain.rich_text_markdown import to_html
from domain.rich_text_nodes import NODES
from domain.rich_text_walk import Reading, Walk
from domain.work_items import TextFormat


@dataclass(frozen=True, slots=True)
class RichText:
    """`blocks`: the content of a document, nothing for a text that shows nothing. `attachments`: GUIDs of the files of
    Azure DevOps it points to. `left_out`: how many things of a kind have no place in it, as `embedded_image`.
    """

    blocks: tuple[Json, ...] = ()
    attachments: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


def to_adf(text: str, format_: TextFormat, reading: Reading) -> RichText:
    """The blocks of a text; of any length, so `fit_document` has to cut it."""
    html = to_html(clean_text(text)) if format_ == "markdown" else clean_text(text)
    walk, flow = Walk(reading, NODES), Flow()
    walk.children(parse_fragment(html, positions=False), flow, Style())
    flow.end_line()
    return RichText(tuple(flow.blocks), tuple(walk.attachments), dict(walk.left_out))


def plain_blocks(text: str) -> tuple[Json, ...]:
    """A paragraph for each paragraph of a plain text; a line of it stays a line."""
    flow = Flow()
    for part in clean_text(text).replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        flow.write_lines(part)
        flow.end_line()
    return tuple(flow.blocks)


def heading_block(text: str, level: int = 2) -> Json:
    return {"type": "heading", "attrs": {"level": level}, "content": [{"type": "text", "text": text}]}


def note_block(text: str) -> Json:
    """A line in italics: something that was not written by people."""
    return {"type": "paragraph", "content": [{"type": "text", "text": text, "marks": [{"type": "em"}]}]}


def plain_text(blocks: Sequence[Json]) -> str:
    """What can be read of blocks, a line for each line."""
    return "\n".join(line for block in blocks if (line := _text_of(block)))


def _text_of(node: Json) -> str:
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    between = "" if node["type"] in LINES else "\n"
    return between.join(part for child in node.get("content", ()) if (part := _text_of(child)))


LINES = frozenset({"paragraph", "heading", "codeBlock"})
