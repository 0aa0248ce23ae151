"""Sprints: made for the future, started, completed; and issues moved into them, fifty at a time.

developer.atlassian.com/cloud/jira/software/rest/api-group-sprint, .../api-group-backlog
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_agile_boards import agile_sprint, check_sprints, find_board, find_records, ranked_ids, sprint_field
from sandbox.jira_agile_model import Sprint
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, actor, note_objects, note_writes, page_of, sent_object, tracker_of
from sandbox.jira_issue_changes import field_items
from sandbox.jira_issue_record import Record
from sandbox.jira_issue_render import issue_body, select_fields

LONGEST_NAME = 29  # "Sprint name must be shorter than 30 characters"
LONGEST_GOAL = 1_000
MOST_MOVED = 50
PAGE = 50
NO_MANAGE = "You do not have the Manage Sprints permission for this board."
MOVES = {("future", "active"), ("active", "closed")}


def add_sprint_calls(calls: PlatformCalls) -> None:
    calls.add("POST", "/sprint", create_sprint, scope="WRITE")
    calls.add("GET", "/sprint/<int:sprint>", read_sprint, scope="READ")
    calls.add("POST", "/sprint/<int:sprint>", update_part, scope="WRITE")
    calls.add("PUT", "/sprint/<int:sprint>", update_all, scope="WRITE")
    calls.add("DELETE", "/sprint/<int:sprint>", delete_sprint, scope="DELETE")
    calls.add("GET", "/sprint/<int:sprint>/issue", list_issues, scope="READ")
    calls.add("POST", "/sprint/<int:sprint>/issue", move_into, scope="WRITE", touches=ranked_ids)
    calls.add("POST", "/backlog/issue", move_out, scope="WRITE", touches=ranked_ids)


def create_sprint(caller: Caller) -> Answer:
    """Raises Refused with 400, 403 or 404."""
    body, agile = sent_object(), tracker_of(caller).agile
    if not isinstance(body.get("originBoardId"), int):
        raise Refused(400, "originBoardId is required.")
    board = find_board(caller, body["originBoardId"])
    check_sprints(board)
    check_manager(caller, board.project)
    values = read_values(body, full=True)
    with caller.site.lock:
        made = agile.add_sprint(board.id, values.pop("name"))
        put_values(made, values)
    return agile_sprint(caller, made), 201


def check_manager(caller: Caller, project_id: str) -> None:
    """Raises Refused with 403."""
    if not tracker_of(caller).allows(actor(caller), "MANAGE_SPRINTS_PERMISSION", project_id):
        raise Refused(403, NO_MANAGE)


def read_values(body: Mapping[str, Any], *, full: bool) -> dict[str, Any]:
    """Name, goal and dates; with `full` those not given are empty. Raises Refused with 400."""
    found: dict[str, Any] = {}
    if full or "name" in body:
        found["name"] = read_name(body.get("name"))
    if full or "goal" in body:
        found["goal"] = (body.get("goal") or "").strip()
        if len(found["goal"]) > LONGEST_GOAL:
            raise Refused(400, f"Sprint goal must not be longer than {LONGEST_GOAL} characters")
    for word, name in (("startDate", "start"), ("endDate", "end")):
        if full or word in body:
            found[name] = read_date(word, body.get(word))
    return found


def read_name(sent: Any) -> str:
    name = (sent or "").strip()
    if not name:
        raise Refused(400, "Sprint name must not be empty")
    if len(name) > LONGEST_NAME:
        raise Refused(400, f"Sprint name must be shorter than {LONGEST_NAME + 1} characters")
    return name


def read_date(word: str, sent: Any) -> str | None:
    """ISO 8601 with its zone."""
    if sent in {None, ""}:
        return None
    try:
        zone = datetime.fromisoformat(sent).tzinfo
    except (TypeError, ValueError):
        zone = None
    if zone is None:
        raise Refused(400, f"{word} must be a date in the format yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
    return str(sent)


def put_values(sprint: Sprint, values: Mapping[str, Any]) -> None:
    """Raises Refused with 400 for an end that is not after the start."""
    start = values.get("start", sprint.start)
    end = values.get("end", sprint.end)
    if start and end and datetime.fromisoformat(end) <= datetime.fromisoformat(start):
        raise Refused(400, "The start date of a sprint must be before the end date.")
    for name, value in values.items():
        setattr(sprint, name, value)


def find_sprint(caller: Caller, sprint_id: int) -> Sprint:
    """Raises Refused with 404."""
    found = tracker_of(caller).agile.sprints.get(sprint_id)
    if found is None:
        raise Refused(404, f"Sprint does not exist or you do not have permission to view it: {sprint_id}")
    find_board(caller, found.board)
    return found


def read_sprint(caller: Caller, sprint: int) -> Answer:
    note_objects(1)
    return agile_sprint(caller, find_sprint(caller, sprint)), 200


def update_part(caller: Caller, sprint: int) -> Answer:
    """What is not in the body stays."""
    return update(caller, sprint, full=False), 200


def update_all(caller: Caller, sprint: int) -> Answer:
    """What is not in the body is emptied."""
    return update(caller, sprint, full=True), 200


def update(caller: Caller, sprint_id: int, *, full: bool) -> dict[str, Any]:
    """Raises Refused with 400, 403 or 404."""
    found, body = find_sprint(caller, sprint_id), sent_object()
    check_manager(caller, find_board(caller, found.board).project)
    with caller.site.lock:
        values = read_values(body, full=full)
        if found.state == "closed":
            values = {name: value for name, value in values.items() if name in {"name", "goal"}}
        state = body.get("state") or found.state
        if state != found.state and (found.state, state) not in MOVES:
            raise Refused(400, f"Updating the state of a sprint from '{found.state}' to '{state}' is not allowed.")
        dates = values.get("start", found.start), values.get("end", found.end)
        if state == "active" and not all(dates):
            raise Refused(400, "You must specify a start date and an end date to start a sprint.")
        put_values(found, values)
        if state == "closed" and found.state == "active":
            now = datetime.fromtimestamp(tracker_of(caller).now(), UTC)
            found.completed = now.isoformat(timespec="milliseconds")
        found.state = state
    return agile_sprint(caller, found)


def delete_sprint(caller: Caller, sprint: int) -> Answer:
    """Its issues lose it. Raises Refused with 403 or 404."""
    found = find_sprint(caller, sprint)
    check_manager(caller, find_board(caller, found.board).project)
    with caller.site.lock:
        for record in issues_of(caller, sprint):
            put_sprints(caller, record, [one for one in held(caller, record) if one != sprint])
        del tracker_of(caller).agile.sprints[sprint]
    return None, 204


def held(caller: Caller, record: Record) -> tuple[int, ...]:
    """The sprints in the Sprint field of an issue."""
    found: tuple[int, ...] = record.state.fields.get(sprint_field(caller), ())
    return found


def issues_of(caller: Caller, sprint_id: int) -> list[Record]:
    """By rank."""
    found = [one for one in tracker_of(caller).records.values() if sprint_id in held(caller, one)]
    return sorted(found, key=lambda one: one.rank)


def put_sprints(caller: Caller, record: Record, sprints: list[int]) -> None:
    tracker, name = tracker_of(caller), sprint_field(caller)
    before = record.state.fields
    after = {key: value for key, value in before.items() if key != name} | ({name: tuple(sprints)} if sprints else {})
    tracker.write(record, actor(caller), field_items(tracker, before, after), fields=after)


def list_issues(caller: Caller, sprint: int) -> Answer:
    """A page of the issues of a sprint, by rank."""
    find_sprint(caller, sprint)
    start, size = page_of(usual=PAGE, most=PAGE)
    found, chosen = issues_of(caller, sprint), select_fields(request.args.getlist("fields"), "*navigable")
    listed = [issue_body(caller.site, one, chosen) for one in found[start : start + size]]
    note_objects(len(listed))
    return {"startAt": start, "maxResults": size, "total": len(found), "issues": listed}, 200


def move_into(caller: Caller, sprint: int) -> Answer:
    """Into a sprint that is not closed; all or none. Raises Refused with 400, 403 or 404."""
    found = find_sprint(caller, sprint)
    if found.state == "closed":
        raise Refused(400, "Issues can be moved only to open or active sprints.")
    move(caller, [found.id])
    return None, 204


def move_out(caller: Caller) -> Answer:
    """Out of sprints that are not closed. Raises Refused with 400, 403 or 404."""
    move(caller, [])
    return None, 204


def move(caller: Caller, target: list[int]) -> None:
    tracker, records = tracker_of(caller), find_records(caller, sent_object().get("issues") or (), MOST_MOVED)
    for record in records:
        if not tracker.allows(actor(caller), "SCHEDULE_ISSUES", record.state.project):
            raise Refused(403, "You do not have permission to assign issues to sprints in this project.")
    sprints = tracker.agile.sprints
    with caller.site.lock:
        for record in records:
            past = [one for one in held(caller, record) if one in sprints and sprints[one].state == "closed"]
            put_sprints(caller, record, past + target)
    note_writes(len(records))
