"""Inline content gathered into lines, lines into blocks: what every node of a rich text is written to.

The format: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from domain.records import Json

Place = Literal["doc", "cell", "quote", "item", "line"]
Block = Literal["heading", "rule", "blockquote", "codeBlock", "list", "table"]
Mark = tuple[str, str]  # its name, and its one attribute or ''

ALLOWED: dict[Place, frozenset[Block]] = {
    "doc": frozenset({"heading", "rule", "blockquote", "codeBlock", "list", "table"}),
    "cell": frozenset({"heading", "rule", "blockquote", "codeBlock", "list"}),
    "quote": frozenset({"codeBlock", "list"}),
    "item": frozenset({"codeBlock", "list"}),
    "line": frozenset(),
}
BLOCK_DEPTH = 20  # blocks in blocks; ours: no editor indents further
MARK_ORDER = ("link", "em", "strong", "strike", "subsup", "underline", "code")
MARK_ATTRIBUTES = {"link": "href", "subsup": "type"}
BESIDE_CODE = frozenset({"code", "link"})  # code takes no other mark along

_BLANKS = re.compile(r"[ \t\n\r\f]+")
# XML 1.0 cannot hold them: https://www.w3.org/TR/xml/#charsets
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HALVES = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """`text` without control characters; halves of characters become the replacement character."""
    return _HALVES.sub("\ufffd", _UNWRITABLE.sub("", text))


@dataclass(frozen=True, slots=True)
class Style:
    """How text is marked at a place, which blocks may stand there, and how deep in blocks and in HTML it is."""

    place: Place = "doc"
    marks: tuple[Mark, ...] = ()
    depth: int = 0
    nesting: int = 0

    def allows(self, block: Block) -> bool:
        return self.depth < BLOCK_DEPTH and block in ALLOWED[self.place]

    def within(self, place: Place) -> "Style":
        """Inside a block of this place."""
        return Style(place, self.marks, self.depth + 1, self.nesting)

    def nested(self) -> "Style":
        """One element further in. Built by hand, for every element of every text comes here."""
        return Style(self.place, self.marks, self.depth, self.nesting + 1)

    def marked(self, name: str, value: str = "") -> "Style":
        """With one mark more; a mark of the same name is replaced."""
        others = (mark for mark in self.marks if mark[0] != name)
        return Style(self.place, tuple(sorted((*others, (name, value)), key=_mark_rank)), self.depth, self.nesting)


def _mark_rank(mark: Mark) -> int:
    return MARK_ORDER.index(mark[0])


class Flow:
    """The blocks of one container, and the line that is being written."""

    def __init__(self) -> None:
        self.blocks: list[Json] = []
        self._line: list[dict[str, Any]] = []

    def write(self, text: str, marks: tuple[Mark, ...] = ()) -> None:
        """Text with its white space collapsed as in HTML, also with what is before it on the line."""
        shown = _BLANKS.sub(" ", clean_text(text))
        self._append(shown.lstrip(" ") if self._ends_blank() else shown, marks)

    def write_lines(self, text: str, marks: tuple[Mark, ...] = ()) -> None:
        """Text with its white space as it is, each line of it a line."""
        for number, line in enumerate(clean_text(text).split("\n")):
            if number:
                self.break_line()
            self._append(line, marks)

    def break_line(self) -> None:
        self._trim()
        if self._line:
            self._line.append({"type": "hardBreak"})

    def end_line(self) -> None:
        """Make the line a paragraph, unless nothing of it can be seen."""
        while self._line and not self._line[-1].get("text", "").strip(" \xa0"):
            self._line.pop()
        self._trim()
        if self._line:
            self.blocks.append({"type": "paragraph", "content": self._line})
        self._line = []

    def add(self, block: Json) -> None:
        self.end_line()
        self.blocks.append(block)

    def _append(self, text: str, marks: tuple[Mark, ...]) -> None:
        shown = _mark_nodes(marks)
        last = self._line[-1] if self._line else {}
        if text and last.get("type") == "text" and last.get("marks", []) == shown:
            last["text"] += text
        elif text:
            self._line.append({"type": "text", "text": text} | ({"marks": shown} if shown else {}))

    def _ends_blank(self) -> bool:
        return not self._line or self._line[-1].get("text", " ").endswith(" ")

    def _trim(self) -> None:
        """No blanks at the end of a line; Jira would keep them."""
        if self._line and "text" in self._line[-1]:
            self._line[-1]["text"] = self._line[-1]["text"].rstrip(" ")
            if not self._line[-1]["text"]:
                self._line.pop()


def _mark_nodes(marks: tuple[Mark, ...]) -> list[dict[str, Any]]:
    is_code = any(name == "code" for name, _ in marks)
    return [
        {"type": name} | ({"attrs": {MARK_ATTRIBUTES[name]: value}} if name in MARK_ATTRIBUTES else {})
        for name, value in marks
        if name in BESIDE_CODE or not is_code
    ]
