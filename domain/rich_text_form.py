"""Documents in one form for comparison: what Jira adds, joins or leaves out on its own makes no difference in it."""

from typing import Any

from domain.records import Json

# attributes that mean something, with what is meant where they are absent
COUNTED: dict[str, dict[str, Any]] = {
    "heading": {"level": 1},
    "orderedList": {"order": 1},
    "codeBlock": {"language": None},
    "tableCell": {"colspan": 1, "rowspan": 1},
    "tableHeader": {"colspan": 1, "rowspan": 1},
    "link": {"href": ""},
    "subsup": {"type": ""},
}


def normal_document(document: Json) -> list[Any]:
    """The content of a document: types, the attributes that count, marks in one order, texts joined. A node is a list
    of its type, its attributes and its content; a paragraph without content is nothing.
    """
    return _normal_nodes(document.get("content") or ())


def _normal_nodes(nodes: Any) -> list[Any]:
    found: list[Any] = []
    for node in nodes:
        made = _normal_node(node)
        if made[0] == "text" and found and found[-1][:2] == made[:2]:
            found[-1][2] += made[2]
        elif made != ["paragraph", [], []]:
            found.append(made)
    return found


def _normal_node(node: Json) -> list[Any]:
    if node["type"] == "text":
        marks = sorted([mark["type"], _counted(mark)] for mark in node.get("marks") or ())
        return ["text", marks, node["text"]]
    return [node["type"], _counted(node), _normal_nodes(node.get("content") or ())]


def _counted(node: Json) -> list[Any]:
    given = node.get("attrs") or {}
    meant = COUNTED.get(node["type"], {})
    return [usual if given.get(name) is None else given[name] for name, usual in meant.items()]
