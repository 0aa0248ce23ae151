"""What a migration of a project must account for: the truth that a ledger is held against."""

from collections import Counter

from sandbox.ado_model import Json, Project
from sandbox.wit_model import ATTACHED
from sandbox.wit_relations import is_remote
from sandbox.wit_store import WorkTracking
from sandbox.wit_values import seen_relations


def count_items(tracking: WorkTracking, project: Project) -> Json:
    """Work items that are not deleted, with comments, links between them (each once), other relations, files. Reads
    all of them, which takes a while."""
    types, states, rels = Counter[str](), Counter[str](), Counter[str]()
    comments = size = links = 0
    for number in tracking.ids():
        item = tracking.find(number)
        if item.deleted or item.project is not project:
            continue
        types[item.type] += 1
        states[str(item.value("System.State"))] += 1
        comments += sum(not comment.deleted for comment in item.comments)
        relations = seen_relations(tracking, item)
        rels.update(one.rel for one in relations)
        size += sum(one.size for one in relations if one.rel == ATTACHED)
        links += sum(one.links_items and one.rel.endswith("-Forward") for one in relations)
    both_ways = sum(count for rel, count in rels.items() if rel.endswith("Related") and not is_remote(rel))
    return {
        "items": sum(types.values()),
        "types": dict(types),
        "states": dict(states),
        "comments": comments,
        "links": links + both_ways // 2,
        "relations": dict(rels),
        "attachments": rels[ATTACHED],
        "bytes": size,
        "deleted": len(tracking.deleted_items(project)),
    }
