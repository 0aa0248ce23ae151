"""What the control endpoints do about work item tracking: its actions, its knobs, and short forms of what was made."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sandbox.ado_model import Ambush, Json
from sandbox.ado_state import OrganizationState
from sandbox.ado_summary import summarize
from sandbox.wit_model import Node, Relation, SavedQuery, StoredFile, Team, WorkComment, WorkItem
from sandbox.wit_plan import Plan
from sandbox.wit_process import Process
from sandbox.wit_store import WorkKnobs

WORK_ACTIONS = frozenset({
    "set_process", "add_area", "add_iteration", "rename_node", "add_team", "choose_iteration", "save_query",
    "deny_area", "break_work_item", "disable_user", "lay_ambush", "create_work_item", "edit_work_item",
    "move_work_item", "comment_work_item", "edit_work_comment", "delete_work_comment", "delete_work_item",
    "restore_work_item", "destroy_work_item", "link_work_items", "unlink_work_items", "add_hyperlink",
    "add_artifact_link", "add_remote_link", "upload_file", "attach_file", "detach_file", "seed_work_items",
    "count_work_items",
})  # fmt: skip


def turn_work_items(organization: OrganizationState, given: Mapping[str, Any] | None) -> None:
    """Fields of WorkKnobs; null sets all of them back. Raises ValueError for an unknown one."""
    known = {field.name for field in fields(WorkKnobs)} - {"pages_read"}
    unknown = set(given or ()) - known
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    organization.work.knobs = WorkKnobs(**(given or {}))


@summarize.register
def _(result: WorkItem) -> Json:
    return {
        "workItemId": result.id,
        "rev": result.rev,
        "type": result.type,
        "state": result.value("System.State"),
        "project": result.project.name,
        "area": result.value("System.AreaPath").path,
        "iteration": result.value("System.IterationPath").path,
        "comments": len(result.comments),
        "deleted": result.deleted is not None,
    }


@summarize.register
def _(result: WorkComment) -> Json:
    return {
        "commentId": result.id,
        "workItemId": result.work_item,
        "version": result.last.number,
        "deleted": result.deleted,
    }


@summarize.register
def _(result: Relation) -> Json:
    return {"rel": result.rel, "target": result.target, "name": result.name, "size": result.size}


@summarize.register
def _(result: StoredFile) -> Json:
    return {"fileId": result.id, "name": result.name, "size": result.size}


@summarize.register
def _(result: Node) -> Json:
    return {"nodeId": result.id, "identifier": result.guid, "path": result.path, "kind": result.kind}


@summarize.register
def _(result: Team) -> Json:
    return {"teamId": result.id, "name": result.name, "iterations": [node.path for node in result.iterations]}


@summarize.register
def _(result: SavedQuery) -> Json:
    return {"queryId": result.id, "path": result.path}


@summarize.register
def _(result: Process) -> Json:
    return {"processId": result.id, "name": result.name, "types": list(result.types)}


@summarize.register
def _(result: Plan) -> Json:
    return {"firstId": result.first, "count": result.count, "project": result.ground.project.name}


@summarize.register
def _(result: Ambush) -> Json:
    return {"route": result.route, "action": result.action, "skip": result.skip}


@summarize.register(dict)
def _(result: Json) -> Json:
    return result
