"""Boards and backlog levels, as far as they say how types stand to each other and what states mean.

https://learn.microsoft.com/rest/api/azure/devops/work/boards
https://learn.microsoft.com/rest/api/azure/devops/work/backlogconfiguration
"""

from uuid import NAMESPACE_URL, uuid5

from sandbox.ado_errors import not_found
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_fields import COMMON, PLAN
from sandbox.wit_metadata import type_url
from sandbox.wit_model import Team
from sandbox.wit_process import Backlog, Process
from sandbox.wit_teams import team_of, team_url

COLUMN_KINDS = {"Proposed": "incoming", "InProgress": "inProgress", "Resolved": "inProgress", "Completed": "outgoing"}
LIMITS = {"inProgress": 5}
EFFORT = {"Agile": "StoryPoints", "CMMI": "Size"}
board_routes = Routes()


def process_here(call: Call) -> Process:
    return call.organization.work.process_of(call.home)


@board_routes.get("work/boards", "work", project="team")
def list_boards(call: Call) -> Page:
    """One for each level above tasks."""
    team = team_of(call)
    levels = [level for level in process_here(call).backlogs if level.kind != "task"]
    return Page([board_reference(call, team, level) for level in levels])


@board_routes.get("work/boards/{board}", "work", project="team")
def show_board(call: Call, board: str) -> Json:
    """By id or name."""
    team = team_of(call)
    level = find_board(call, team, board)
    columns = columns_json(call, team, level)
    mappings = {
        kind: {name: list(process_here(call).types[name].of_category(category)) for name in level.types}
        for category, kind in (("Proposed", "Incoming"), ("InProgress", "InProgress"), ("Completed", "Outgoing"))
    }
    return board_reference(call, team, level) | {
        "columns": columns,
        "rows": rows_json(team),
        "revision": 1,
        "isValid": True,
        "canEdit": True,
        "allowedMappings": mappings,
        "fields": {
            "columnField": {"referenceName": "System.BoardColumn"},
            "rowField": {"referenceName": "System.BoardLane"},
            "doneField": {"referenceName": "System.BoardColumnDone"},
        },
    }


@board_routes.get("work/boards/{board}/columns", "work", project="team")
def list_columns(call: Call, board: str) -> Page:
    team = team_of(call)
    return Page(columns_json(call, team, find_board(call, team, board)))


@board_routes.get("work/boards/{board}/rows", "work", project="team")
def list_lanes(call: Call, board: str) -> Page:
    team = team_of(call)
    find_board(call, team, board)
    return Page(rows_json(team))


def board_id(team: Team, level: Backlog) -> str:
    return str(uuid5(NAMESPACE_URL, f"{team.id}/{level.id}"))


def find_board(call: Call, team: Team, name: str) -> Backlog:
    for level in process_here(call).backlogs:
        if level.kind != "task" and name.casefold() in {board_id(team, level), level.name.casefold()}:
            return level
    raise not_found("BoardNotFoundException", f"The board {name} does not exist.")


def board_reference(call: Call, team: Team, level: Backlog) -> Json:
    guid = board_id(team, level)
    return {"id": guid, "name": level.name, "url": f"{team_url(call, team)}/boards/{guid}"}


def columns_json(call: Call, team: Team, level: Backlog) -> list[Json]:
    """A column for each state of the level's main type; the other types stand where their category does."""
    types = [process_here(call).types[name] for name in level.types]
    found: list[Json] = []
    for state in types[0].states:
        if state.category == "Removed":
            continue
        mapped = {
            kind.name: state.name if kind.find_state(state.name) else (kind.of_category(state.category) or ("",))[0]
            for kind in types
        }
        kind_of = COLUMN_KINDS[state.category]
        found.append({
            "id": str(uuid5(NAMESPACE_URL, f"{team.id}/{level.id}/{state.name}")),
            "name": state.name,
            "itemLimit": LIMITS.get(kind_of, 0),
            "stateMappings": {name: value for name, value in mapped.items() if value},
            "columnType": kind_of,
        })  # fmt: skip
    return found


def rows_json(team: Team) -> list[Json]:
    """The default lane has no name."""
    expedite = str(uuid5(NAMESPACE_URL, f"{team.id}/Expedite"))
    return [
        {"id": "00000000-0000-0000-0000-000000000000", "name": None},
        {"id": expedite, "name": "Expedite"},
    ]


@board_routes.get("work/backlogs", "work", project="team")
def list_backlogs(call: Call) -> Page:
    team_of(call)
    return Page([level_json(call, level) for level in process_here(call).backlogs])


@board_routes.get("work/backlogconfiguration", "work", project="team")
def show_configuration(call: Call) -> Json:
    """The levels, which field orders and weighs a backlog, and the category of every state."""
    team, process = team_of(call), process_here(call)
    order = COMMON + ("BacklogPriority" if process.name == "Scrum" else "StackRank")
    fields = {
        "Order": order, "Effort": PLAN + EFFORT.get(process.name.split()[-1], "Effort"),
        "RemainingWork": PLAN + "RemainingWork", "Activity": COMMON + "Activity", "Team": "System.AreaPath",
    }  # fmt: skip
    single = {level.kind: level_json(call, level) for level in process.backlogs}
    return {
        "taskBacklog": single["task"],
        "requirementBacklog": single["requirement"],
        "portfolioBacklogs": [level_json(call, level) for level in process.backlogs if level.kind == "portfolio"],
        "workItemTypeMappedStates": [
            {"workItemTypeName": kind.name, "states": {state.name: state.category for state in kind.states}}
            for kind in process.types.values()
        ],
        "backlogFields": {"typeFields": fields},
        "bugsBehavior": "asRequirements" if any("Bug" in level.types for level in process.backlogs) else "off",
        "hiddenBacklogs": [],
        "isBugsBehaviorConfigured": True,
        "url": f"{team_url(call, team)}/backlogconfiguration",
    }


def level_json(call: Call, level: Backlog) -> Json:
    process = process_here(call)
    types = [{"name": name, "url": type_url(call.base, call.home, name)} for name in level.types]
    return {
        "id": level.id,
        "name": level.name,
        "rank": level.rank,
        "workItemCountLimit": 1_000,
        "addPanelFields": [],
        "columnFields": [],
        "workItemTypes": types,
        "defaultWorkItemType": types[0],
        "color": process.types[level.types[0]].color,
        "isHidden": False,
        "type": level.kind,
    }


@board_routes.get("work/processconfiguration", "work")
def show_process_configuration(call: Call) -> Json:
    process = process_here(call)
    shown = {
        level.id: {
            "name": level.name,
            "referenceName": level.id,
            "workItemTypes": [{"name": name, "url": type_url(call.base, call.home, name)} for name in level.types],
        }
        for level in process.backlogs
    }
    kinds = {level.kind: level.id for level in process.backlogs}
    return {
        "portfolioBacklogs": [shown[level.id] for level in process.backlogs if level.kind == "portfolio"],
        "requirementBacklog": shown[kinds["requirement"]],
        "taskBacklog": shown[kinds["task"]],
        "typeFields": {},
        "url": f"{call.base}/{call.home.id}/_apis/work/processconfiguration",
    }
