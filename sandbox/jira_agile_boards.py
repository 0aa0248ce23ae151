"""Boards, and putting issues in order.

developer.atlassian.com/cloud/jira/software/rest/api-group-board, .../api-group-issue
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_agile_model import Board, Sprint
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import (
    PlatformCalls,
    actor,
    note_objects,
    note_writes,
    page_body,
    page_of,
    sent_object,
    tracker_of,
    visible,
)
from sandbox.jira_issue_meta import find_browsable
from sandbox.jira_issue_record import Record
from sandbox.jira_scheme import SPRINT, TEAM_POINTS

PAGE = 50
MOST_RANKED = 50
STATES = ("closed", "active", "future")


def add_board_calls(calls: PlatformCalls) -> None:
    calls.add("GET", "/board", list_boards, scope="READ")
    calls.add("GET", "/board/<int:board>", read_board, scope="READ")
    calls.add("GET", "/board/<int:board>/configuration", read_configuration, scope="READ")
    calls.add("GET", "/board/<int:board>/sprint", list_sprints, scope="READ")
    calls.add("PUT", "/issue/rank", rank_issues, scope="WRITE", touches=ranked_ids)


def list_boards(caller: Caller) -> Answer:
    """Filtered by `projectKeyOrId`, `type` and `name`. Raises Refused with 400 for an unknown project."""
    query, tracker = request.args, tracker_of(caller)
    found = [one for one in tracker.agile.boards.values() if sees(caller, one)]
    if query.get("projectKeyOrId"):
        try:
            project = find_browsable(caller, query["projectKeyOrId"])
        except Refused as error:
            raise Refused(400, *error.messages) from None
        found = [one for one in found if one.project == project.id]
    types = {word for given in query.getlist("type") for word in given.split(",")}
    found = [one for one in found if not types or one.type in types]
    found = [one for one in found if query.get("name", "").lower() in one.name.lower()]
    start, size = page_of(usual=PAGE, most=PAGE)
    page = page_body(found, start, size, show=lambda one: board_body(caller, one))
    note_objects(len(page["values"]))
    return page, 200


def sees(caller: Caller, board: Board) -> bool:
    return tracker_of(caller).allows(actor(caller), "BROWSE_PROJECTS", board.project)


def board_body(caller: Caller, board: Board) -> dict[str, Any]:
    project = caller.site.find_project(board.project)
    found: dict[str, Any] = {
        "id": board.id,
        "self": f"{caller.site.base_url}/rest/agile/1.0/board/{board.id}",
        "name": board.name,
        "type": board.type,
    }
    if project:
        found["location"] = {
            "projectId": int(project.id),
            "projectKey": project.key,
            "projectName": project.name,
            "displayName": f"{project.name} ({project.key})",
            "name": f"{project.name} ({project.key})",
            "projectTypeKey": "software",
        }
    return found


def find_board(caller: Caller, board_id: int) -> Board:
    """Raises Refused with 404."""
    found = tracker_of(caller).agile.boards.get(board_id)
    if found is None or not sees(caller, found):
        raise Refused(404, f"Board does not exist or you do not have permission to see it: {board_id}")
    return found


def read_board(caller: Caller, board: int) -> Answer:
    note_objects(1)
    return board_body(caller, find_board(caller, board)), 200


def read_configuration(caller: Caller, board: int) -> Answer:
    """Columns with their statuses, and the field that estimates are in."""
    found, tracker = find_board(caller, board), tracker_of(caller)
    scheme = tracker.scheme(found.project)
    statuses = {one.id: one for flow in scheme.workflows.values() for one in flow.statuses}
    base = f"{caller.site.base_url}/rest/api/2/status"
    body = board_body(caller, found)
    place = body.pop("location")
    body["location"] = {"type": "project", "projectKeyOrId": place["projectKey"]}
    body["columnConfig"] = {
        "constraintType": "none",
        "columns": [
            {"name": one.name, "statuses": [{"id": one.id, "self": f"{base}/{one.id}"}]} for one in statuses.values()
        ],
    }
    points = TEAM_POINTS if scheme.style == "team" else ""
    fields = tracker.catalogue.fields.values()
    estimate = next((one for one in fields if (one.custom == points if points else one.name == "Story Points")), None)
    if found.type != "kanban" and estimate:
        chosen = {"fieldId": estimate.id, "displayName": estimate.name}
        body["estimation"] = {"type": "field", "field": chosen}
    rank = next(one for one in fields if one.name == "Rank")
    body["ranking"] = {"rankCustomFieldId": int(rank.id.rpartition("_")[2])}
    note_objects(1)
    return body, 200


def list_sprints(caller: Caller, board: int) -> Answer:
    """Closed, active, future; `state` filters. Raises Refused with 400 for a board without sprints."""
    found = find_board(caller, board)
    check_sprints(found)
    wanted = [word for word in request.args.get("state", "").split(",") if word] or list(STATES)
    if set(wanted) - set(STATES):
        raise Refused(400, f"The sprint state is not valid: {request.args['state']}")
    sprints = [one for one in tracker_of(caller).agile.sprints.values() if one.board == board and one.state in wanted]
    sprints.sort(key=lambda one: STATES.index(one.state))
    start, size = page_of(usual=PAGE, most=PAGE)
    page = page_body(sprints, start, size, show=lambda one: agile_sprint(caller, one))
    note_objects(len(page["values"]))
    return page, 200


def check_sprints(board: Board) -> None:
    """Raises Refused with 400."""
    if not board.sprints:
        raise Refused(400, "The board does not support sprints")


def agile_sprint(caller: Caller, sprint: Sprint) -> dict[str, Any]:
    """A sprint as the agile API gives it."""
    found: dict[str, Any] = {
        "id": sprint.id,
        "self": f"{caller.site.base_url}/rest/agile/1.0/sprint/{sprint.id}",
        "state": sprint.state,
        "name": sprint.name,
        "originBoardId": sprint.board,
        "goal": sprint.goal,
    }
    dates = {"startDate": sprint.start, "endDate": sprint.end, "completeDate": sprint.completed}
    return found | {name: date for name, date in dates.items() if date}


def find_records(caller: Caller, names: Iterable[str], most: int) -> list[Record]:
    """The issues of a move. Raises Refused with 400 or 404."""
    listed = list(names)
    if not listed or len(listed) > most:
        raise Refused(400, f"1 to {most} issues can be given in one request, but {len(listed)} were.")
    return [visible(caller, name) for name in listed]


def ranked_ids(caller: Caller) -> list[str]:
    body = request.get_json(silent=True)
    names = body.get("issues") if isinstance(body, dict) else None
    listed = names if isinstance(names, list) else []
    return [record.id for name in listed if (record := tracker_of(caller).record(str(name)))]


def rank_issues(caller: Caller) -> Answer:
    """In the order given, right before or after another one. Raises Refused with 400, 403 or 404."""
    body, tracker = sent_object(), tracker_of(caller)
    moved = find_records(caller, body.get("issues") or (), MOST_RANKED)
    for record in moved:
        if not tracker.allows(actor(caller), "SCHEDULE_ISSUES", record.state.project):
            raise Refused(403, "You do not have permission to rank issues in this project.")
    with caller.site.lock:
        place_between(caller, moved, body)
    note_writes(len(moved))
    return None, 204


def place_between(caller: Caller, moved: list[Record], body: Mapping[str, Any]) -> None:
    """Ranks between the anchor and its neighbour; without an anchor 400."""
    before, after = body.get("rankBeforeIssue"), body.get("rankAfterIssue")
    if (before is None) == (after is None):
        raise Refused(400, "Exactly one of rankBeforeIssue and rankAfterIssue must be given.")
    anchor = visible(caller, str(before or after))
    others = [one.rank for one in tracker_of(caller).records.values() if one not in moved and one is not anchor]
    if after is not None:
        low, high = anchor.rank, min((one for one in others if one > anchor.rank), default=anchor.rank + 2)
    else:
        low, high = max((one for one in others if one < anchor.rank), default=anchor.rank - 2), anchor.rank
    for number, record in enumerate(moved, 1):
        record.rank = low + (high - low) * number / (len(moved) + 1)


def sprint_field(caller: Caller) -> str:
    """The id of the Sprint field of this site."""
    return tracker_of(caller).catalogue.field_by_custom(SPRINT).id
