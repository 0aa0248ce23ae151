"""The board of a project whose sprints a migration fills.

https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/
"""

from dataclasses import dataclass

from clients.jira import JiraClient
from clients.jira_answers import read_jira, read_pages
from domain.errors import Forbidden, NotFound, Rejected
from domain.json_fields import number, optional_moment, optional_record, optional_text, text
from domain.records import Json
from domain.target_sites import SprintState, TargetSprint

WITH_SPRINTS = "scrum,simple"  # kinds of boards; a simple one has sprints only where they are turned on
SPRINT_STATES: dict[str, SprintState] = {"future": "future", "active": "active", "closed": "closed"}


@dataclass(frozen=True, slots=True)
class BoardFacts:
    """A board. `kind`: scrum, kanban, simple; `estimate_field`: id of the field it keeps estimates in."""

    id: int
    kind: str
    has_sprints: bool
    sprints: tuple[TargetSprint, ...] = ()
    estimate_field: str | None = None


def read_board(client: JiraClient, project_id: str, board: int | None) -> BoardFacts | None:
    """The board that was chosen, else the only one of the project that has sprints; None where there is none to see."""
    found = _chosen_board(client, board) if board is not None else _only_board(client, project_id)
    if found is None:
        return None
    return BoardFacts(found.id, found.kind, found.has_sprints, found.sprints, read_estimate_field(client, found.id))


def _chosen_board(client: JiraClient, board: int) -> BoardFacts | None:
    try:
        answer = client.send("GET", "agile", f"/board/{board}", endpoint="board")
    except (Forbidden, NotFound):
        return None
    return _with_sprints(client, board, read_jira(lambda found: text(found, "type"), answer))


def _only_board(client: JiraClient, project_id: str) -> BoardFacts | None:
    """Boards of the project that have no sprints do not count; of several with sprints none is taken."""
    query = {"projectKeyOrId": project_id, "type": WITH_SPRINTS}
    try:
        boards = list(read_pages(client, "agile", "/board", "values", endpoint="board", **query))
    except (Forbidden, NotFound, Rejected):
        return None
    read = (read_jira(lambda one: (number(one, "id"), text(one, "type")), entry) for entry in boards)
    found = [facts for one, kind in read if (facts := _with_sprints(client, one, kind)).has_sprints]
    return found[0] if len(found) == 1 else None


def _with_sprints(client: JiraClient, board: int, kind: str) -> BoardFacts:
    """https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-sprint-get"""
    if kind == "kanban":
        return BoardFacts(board, kind, has_sprints=False)
    try:
        pages = list(read_pages(client, "agile", f"/board/{board}/sprint", "values", endpoint="board"))
    except Rejected:  # the board does not support sprints
        return BoardFacts(board, kind, has_sprints=False)
    return BoardFacts(board, kind, has_sprints=True, sprints=tuple(read_jira(sprint_from, one) for one in pages))


def read_estimate_field(client: JiraClient, board: int) -> str | None:
    """Which field holds the estimates of a board, None for one that counts issues.

    https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-configuration-get
    """
    try:
        answer = client.send("GET", "agile", f"/board/{board}/configuration", endpoint="board")
    except (Forbidden, NotFound):
        return None
    estimation = read_jira(lambda found: optional_record(found, "estimation"), answer) or {}
    return read_jira(lambda found: optional_text(found, "field", "fieldId"), estimation)


def sprint_from(entry: Json) -> TargetSprint:
    return TargetSprint(
        number(entry, "id"),
        text(entry, "name"),
        SPRINT_STATES.get(text(entry, "state"), "future"),
        _day_from(entry, "startDate"),
        _day_from(entry, "endDate"),
    )


def _day_from(entry: Json, name: str) -> str | None:
    moment = optional_moment(entry, name)
    return moment.date().isoformat() if moment else None
