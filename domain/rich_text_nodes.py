"""The node table: what each HTML element becomes in an Atlassian document.

The elements are those of https://html.spec.whatwg.org/multipage/ that the editors of Azure DevOps leave.
"""

from collections.abc import Iterator, Mapping

from turbohtml import Element, Text

from domain.rich_text_flow import Flow, Style, clean_text
from domain.rich_text_links import image_label, note_attachment, write_image, write_link
from domain.rich_text_tables import CELLS, LISTS, write_list, write_table
from domain.rich_text_walk import UNSEEN, Walk, WriteNode, walk_through

MARKS: Mapping[str, tuple[str, str]] = {
    "b": ("strong", ""), "strong": ("strong", ""), "i": ("em", ""), "em": ("em", ""), "cite": ("em", ""),
    "dfn": ("em", ""), "var": ("em", ""), "u": ("underline", ""), "ins": ("underline", ""), "s": ("strike", ""),
    "strike": ("strike", ""), "del": ("strike", ""), "code": ("code", ""), "tt": ("code", ""), "kbd": ("code", ""),
    "samp": ("code", ""), "sub": ("subsup", "sub"), "sup": ("subsup", "sup"),
}  # fmt: skip
BLOCKS = (
    "address", "article", "aside", "center", "dd", "details", "dialog", "div", "dl", "fieldset", "figcaption", "figure",
    "footer", "form", "header", "hgroup", "caption", "legend", "li", "main", "nav", "optgroup", "option", "p",
    "section", "summary",
)  # fmt: skip
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
CODE = ("pre", "listing", "xmp", "plaintext")
CODE_LINES = frozenset({"div", "p"})
DONE, OPEN = "\u2611 ", "\u2610 "


def write_block(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """A paragraph, or a container of such."""
    flow.end_line()
    walk.children(element, flow, style)
    flow.end_line()


def write_marked(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    walk.children(element, flow, style.marked(*MARKS[element.tag]))


def write_term(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    write_block(walk, element, flow, style.marked("strong"))


def write_break(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    flow.break_line()


def write_rule(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    flow.end_line()
    if style.allows("rule"):
        flow.add({"type": "rule"})


def write_check_box(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    if (element.attr("type") or "").lower() == "checkbox":
        flow.write(DONE if "checked" in element.attrs else OPEN, style.marks)


def write_nothing(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """Scripts and the like, which no reader sees."""


def write_heading(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """A heading holds no blocks: its lines are joined. Where none may stand it is bold text."""
    if not style.allows("heading"):
        write_term(walk, element, flow, style)
        return
    inner = Flow()
    write_block(walk, element, inner, style.within("line"))
    lines = [line for block in inner.blocks for line in ({"type": "hardBreak"}, *block["content"])]
    flow.end_line()
    if lines:
        flow.add({"type": "heading", "attrs": {"level": int(element.tag[1])}, "content": lines[1:]})


def write_quote(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    if not style.allows("blockquote"):
        write_block(walk, element, flow, style)
        return
    inner = Flow()
    write_block(walk, element, inner, style.within("quote"))
    flow.end_line()
    if inner.blocks:
        flow.add({"type": "blockquote", "content": inner.blocks})


def write_code(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """Its text as it is, without marks; lines of code where no block may stand."""
    text = clean_text("".join(_code_parts(walk, element))).strip("\n")
    flow.end_line()
    if not text.strip():
        return
    if style.allows("codeBlock"):
        language = _code_language(element)
        attributes = {"attrs": {"language": language}} if language else {}
        flow.add({"type": "codeBlock", **attributes, "content": [{"type": "text", "text": text}]})
    else:
        flow.write_lines(text, style.marked("code").marks)
        flow.end_line()


def _code_parts(walk: Walk, element: Element) -> Iterator[str]:
    for node in element.descendants:
        if isinstance(node, Text):
            yield node.data
        elif isinstance(node, Element) and _begins_line(node):
            yield "\n"
        elif isinstance(node, Element) and node.tag == "img":
            note_attachment(walk, node.attr("src") or "")
            yield image_label(node)


def _begins_line(node: Element) -> bool:
    return node.tag == "br" or (node.tag in CODE_LINES and node.previous_sibling is not None)


def _code_language(element: Element) -> str:
    """From `class="language-python"` of the block or the code in it."""
    inner = element.find("code")
    classes = [element.attr("class") or "", (inner.attr("class") if inner else "") or ""]
    words = " ".join(classes).split()
    return next((word.removeprefix("language-") for word in words if word.startswith("language-")), "")


NODES: Mapping[str, WriteNode] = {
    **dict.fromkeys(BLOCKS, write_block),
    **dict.fromkeys(MARKS, write_marked),
    **dict.fromkeys(HEADINGS, write_heading),
    **dict.fromkeys(LISTS, write_list),
    **dict.fromkeys(CODE, write_code),
    **dict.fromkeys(CELLS, walk_through),
    **dict.fromkeys(UNSEEN, write_nothing),
    "a": write_link,
    "blockquote": write_quote,
    "br": write_break,
    "dt": write_term,
    "hr": write_rule,
    "img": write_image,
    "input": write_check_box,
    "table": write_table,
}
