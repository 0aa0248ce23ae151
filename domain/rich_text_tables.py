"""Lists and tables, and what becomes of them where the format allows none."""

from collections.abc import Iterator

from turbohtml import Element

from domain.records import Json
from domain.rich_text_flow import Flow, Style
from domain.rich_text_walk import Walk

LISTS = frozenset({"ul", "ol", "menu", "dir"})
SECTIONS = frozenset({"thead", "tbody", "tfoot"})
CELLS = {"td": "tableCell", "th": "tableHeader"}
ITEM, BETWEEN_CELLS = "- ", " | "
# as browsers: https://html.spec.whatwg.org/multipage/tables.html#attributes-common-to-td-and-th-elements
MOST_SPAN = 1000


def write_list(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """A list. What stands in it beside its items, as the lists that editors indent with, belongs to the item before."""
    flow.end_line()
    if not style.allows("list"):
        _write_flat_list(walk, element, flow, style)
        return
    flows: list[Flow] = []
    for child in element.children:
        if _tag(child) == "li" or not flows:
            flows.append(Flow())
        walk.visit(child, flows[-1], style.within("item"))
        flows[-1].end_line()
    items = [{"type": "listItem", "content": _led(inner.blocks)} for inner in flows if inner.blocks]
    if items:
        flow.add({**_list_node(element), "content": items})


def _list_node(element: Element) -> Json:
    if element.tag != "ol":
        return {"type": "bulletList"}
    start = element.attr("start") or ""
    order = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 1
    return {"type": "orderedList", **({"attrs": {"order": order}} if order != 1 else {})}


def _led(blocks: list[Json]) -> list[Json]:
    """Older editors want text before a list in an item."""
    first = blocks[0]["type"]
    return [{"type": "paragraph", "content": []}, *blocks] if first.endswith("List") else blocks


def _write_flat_list(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """A line for each item, where no list may stand."""
    for child in element.children:
        if isinstance(child, Element) and child.tag == "li":
            flow.write(ITEM, style.marks)
            walk.children(child, flow, style)
            flow.end_line()
        else:
            walk.visit(child, flow, style)
    flow.end_line()


def write_table(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """A table with its merged cells; its caption is a paragraph before it."""
    flow.end_line()
    for child in element.children:
        if _tag(child) == "caption":
            walk.visit(child, flow, style)
    rows = [cells for row in _rows_of(element) if (cells := _cells_of(row))]
    if not style.allows("table"):
        _write_flat_rows(walk, rows, flow, style)
        return
    left = range(len(rows), 0, -1)
    made = [
        {"type": "tableRow", "content": [_cell_node(walk, cell, below, style) for cell in cells]}
        for cells, below in zip(rows, left, strict=True)
    ]
    if made:
        flow.add({"type": "table", "content": made})


def _rows_of(element: Element) -> Iterator[Element]:
    for child in element.children:
        if isinstance(child, Element) and child.tag == "tr":
            yield child
        elif isinstance(child, Element) and child.tag in SECTIONS:
            yield from _rows_of(child)


def _cells_of(row: Element) -> list[Element]:
    return [child for child in row.children if isinstance(child, Element) and child.tag in CELLS]


def _cell_node(walk: Walk, cell: Element, rows_left: int, style: Style) -> Json:
    inner = Flow()
    walk.visit(cell, inner, style.within("cell"))
    inner.end_line()
    spans = {"colspan": _span(cell, "colspan", MOST_SPAN), "rowspan": _span(cell, "rowspan", rows_left)}
    told = {name: number for name, number in spans.items() if number > 1}
    content = inner.blocks or [{"type": "paragraph", "content": []}]
    return {"type": CELLS[cell.tag], **({"attrs": told} if told else {}), "content": content}


def _span(cell: Element, name: str, most: int) -> int:
    written = cell.attr(name) or ""
    return min(int(written), most) if written.isascii() and written.isdecimal() and len(written) < 10 else 1


def _write_flat_rows(walk: Walk, rows: list[list[Element]], flow: Flow, style: Style) -> None:
    """A line for each row, where no table may stand: Jira takes none in a cell, a list or a quotation."""
    for cells in rows:
        for number, cell in enumerate(cells):
            if number:
                flow.write(BETWEEN_CELLS, style.marks)
            walk.visit(cell, flow, style)
        flow.end_line()


def _tag(node: object) -> str:
    return node.tag if isinstance(node, Element) else ""
