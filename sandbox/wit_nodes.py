"""Areas and iterations.

https://learn.microsoft.com/rest/api/azure/devops/wit/classification-nodes
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from sandbox.ado_errors import bad_request
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_errors import no_node
from sandbox.wit_model import Node, TreeKind
from sandbox.wit_reading import split_list

GROUPS: dict[str, TreeKind] = {"areas": "area", "iterations": "iteration"}
node_routes = Routes()


@node_routes.get("wit/classificationnodes", "wit")
def list_roots(call: Call) -> Page:
    """Both trees to a `$depth`, or nodes by `ids`; with the policy `omit` null stands for one that is not there."""
    tracking, depth = call.organization.work, call.number("$depth", 0)
    wanted, policy = split_list(call.text("ids")), (call.text("errorPolicy") or "fail").lower()
    if not wanted:
        return Page([node_json(call, tracking.root(call.home, kind), depth) for kind in GROUPS.values()])
    found: list[Any] = []
    for word in wanted:
        node = tracking.nodes.get(int(word)) if word.isdecimal() else None
        known = node is not None and node.project is call.home
        if not known and policy != "omit":
            raise no_node(word)
        found.append(node_json(call, node, depth) if node is not None and known else None)
    return Page(found)


@node_routes.get("wit/classificationnodes/{group}", "wit", checked="wit/classificationnodes/{group}/{path}")
def show_root(call: Call, group: str) -> Json:
    return found_node(call, group, "")


@node_routes.get("wit/classificationnodes/{group}/{path}", "wit")
def show_node(call: Call, group: str, path: str) -> Json:
    """By the path below the root."""
    return found_node(call, group, path)


def found_node(call: Call, group: str, path: str) -> Json:
    """A node with what is below it to a `$depth`. Raises AdoError (404)."""
    kind = GROUPS.get(group.lower())
    if kind is None:
        raise bad_request(f"The structure group '{group}' is not valid.", "VssPropertyValidationException")
    found = call.organization.work.find_node(call.home, kind, path)
    return node_json(call, found, call.number("$depth", 0)) | {"_links": {"self": {"href": node_url(call, found)}}}


def node_json(call: Call, node: Node, depth: int) -> Json:
    """Only iterations have dates, and not all of them."""
    found: Json = {
        "id": node.id,
        "identifier": node.guid,
        "name": node.name,
        "structureType": node.kind,
        "hasChildren": bool(node.children),
        "path": node.full_path,
        "url": node_url(call, node),
    }
    if node.start and node.finish:
        found["attributes"] = {"startDate": day_stamp(node.start), "finishDate": day_stamp(node.finish)}
    if depth > 0 and node.children:
        found["children"] = [node_json(call, child, depth - 1) for child in node.children]
    return found


def day_stamp(moment: datetime) -> str:
    """Dates of iterations are whole days."""
    return f"{moment:%Y-%m-%d}T00:00:00Z"


def node_url(call: Call, node: Node) -> str:
    below = "/".join(quote(one.name) for one in node.chain()[1:])
    group = "Areas" if node.kind == "area" else "Iterations"
    return f"{call.base}/{node.project.id}/_apis/wit/classificationNodes/{group}{'/' if below else ''}{below}"
