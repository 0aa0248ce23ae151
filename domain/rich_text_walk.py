"""The walk through a parsed HTML text: which element is next, and what is found on the way."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from turbohtml import Element, Node, Text

from domain.rich_text_flow import Flow, Style

NESTING = 80  # of HTML elements; below that only the text is taken. Python allows about a thousand calls in calls
UNSEEN = frozenset({"script", "style", "template", "noembed", "noframes"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text cannot tell itself: the organization's address, for links that begin at its host, and the names of
    people by identity id (lower case), for mentions that hold the id only.
    """

    base: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


class Walk:
    """One text. `attachments`: GUIDs of files of Azure DevOps it shows or links to, each once; `left_out`: by code."""

    def __init__(self, reading: Reading, nodes: "Mapping[str, WriteNode]") -> None:
        self.reading = reading
        self.attachments: dict[str, None] = {}
        self.left_out: Counter[str] = Counter()
        self._nodes = nodes

    def visit(self, node: Node, flow: Flow, style: Style) -> None:
        """Write a node. An element that the table does not know is walked through, so its text stays."""
        if isinstance(node, Text):
            flow.write(node.data, style.marks)
        elif isinstance(node, Element) and style.nesting >= NESTING:
            flow.write(" ".join(seen_strings(node)), style.marks)
        elif isinstance(node, Element):
            write = self._nodes.get(node.tag, walk_through)
            write(self, node, flow, style.nested())

    def children(self, element: Element, flow: Flow, style: Style) -> None:
        for child in element.children:
            self.visit(child, flow, style)


WriteNode = Callable[[Walk, Element, Flow, Style], None]


def walk_through(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """The content alone."""
    walk.children(element, flow, style)


def seen_strings(element: Element) -> list[str]:
    """The texts below an element, but for those no reader sees."""
    found = (node for node in element.descendants if isinstance(node, Text))
    return [node.data for node in found if not (isinstance(node.parent, Element) and node.parent.tag in UNSEEN)]
