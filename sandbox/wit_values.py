"""The value of every field of a work item in a revision: what is stored, and what the service works out itself."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.wit_model import ARTIFACT, ATTACHED, HYPERLINK, PARENT, Fields, Relation, WorkItem
from sandbox.wit_process import WorkType
from sandbox.wit_relations import is_remote
from sandbox.wit_store import WorkTracking

NEVER_REVISED = datetime(9999, 1, 1, tzinfo=UTC)


def read_values(tracking: WorkTracking, item: WorkItem, rev: int | None = None) -> Fields:
    """All fields that have a value in a revision (the last one without it), as Python values."""
    wanted = item.rev if rev is None else rev
    opening, ended = item.opening(wanted), item.ending(wanted)
    stored = item.fields_at(wanted)
    relations = seen_relations(tracking, item, wanted)
    found: Fields = {
        "System.Id": item.id,
        "System.Rev": wanted,
        "System.AuthorizedDate": opening.date,
        "System.AuthorizedAs": opening.user,
        "System.RevisedDate": ended or NEVER_REVISED,
        "System.CreatedDate": item.updates[0].date,
        "System.CreatedBy": item.updates[0].user,
        "System.ChangedDate": opening.date,
        "System.ChangedBy": opening.user,
        "System.CommentCount": sum(comment.rev <= wanted and not comment.deleted for comment in item.comments),
    }
    return stored | found | node_values(stored) | relation_values(relations) | board_values(tracking, stored)


def node_values(stored: Fields) -> Fields:
    """What follows from area and iteration."""
    area, iteration = stored["System.AreaPath"], stored["System.IterationPath"]
    found: Fields = {
        "System.AreaId": area.id,
        "System.IterationId": iteration.id,
        "System.NodeName": area.name,
    }
    for tree, node in (("Area", area), ("Iteration", iteration)):
        found |= {f"System.{tree}Level{at}": one.name for at, one in enumerate(node.chain(), 1)}
    return found


def seen_relations(tracking: WorkTracking, item: WorkItem, rev: int | None = None) -> list[Relation]:
    """Relations in a revision, without those to deleted work items: the service hides them."""
    return [
        one for one in item.relations_at(rev) if not (isinstance(one.target, int) and tracking.is_deleted(one.target))
    ]


def relation_values(relations: list[Relation]) -> Fields:
    """Counts of relations, where there are any, and the parent."""
    found: Fields = {}
    for ref, fits in COUNTED.items():
        if number := sum(map(fits, relations)):
            found[ref] = number
    parent = next((one.target for one in relations if one.rel == PARENT), None)
    return found | ({"System.Parent": parent} if parent else {})


COUNTED: dict[str, Callable[[Relation], bool]] = {
    "System.RelatedLinkCount": lambda one: one.links_items,
    "System.AttachedFileCount": lambda one: one.rel == ATTACHED,
    "System.HyperLinkCount": lambda one: one.rel == HYPERLINK,
    "System.ExternalLinkCount": lambda one: one.rel == ARTIFACT,
    "System.RemoteLinkCount": lambda one: is_remote(one.rel),
}


def board_values(tracking: WorkTracking, stored: Fields) -> Fields:
    """Types that have a board stand in the column of their state."""
    process = tracking.process_of(stored["System.TeamProject"])
    level = process.backlog_of(stored["System.WorkItemType"])
    if level is None or level.kind == "task":
        return {}
    column = board_column(process.types[stored["System.WorkItemType"]], stored["System.State"])
    return {"System.BoardColumn": column, "System.BoardColumnDone": False}


def board_column(kind: WorkType, state: str) -> str:
    """Columns have the names of states; a removed one stays in the last."""
    found = kind.find_state(state)
    shown = [one.name for one in kind.states if one.category != "Removed"]
    return found.name if found and found.name in shown else shown[-1]


def value_of(tracking: WorkTracking, item: WorkItem, ref: str, rev: int | None = None) -> Any:
    """One field; None without a value."""
    return read_values(tracking, item, rev).get(ref)
