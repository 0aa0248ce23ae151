"""Teams, their iterations, areas and settings.

https://learn.microsoft.com/rest/api/azure/devops/core/teams
https://learn.microsoft.com/rest/api/azure/devops/work/iterations
https://learn.microsoft.com/rest/api/azure/devops/work/teamsettings
"""

from datetime import timedelta
from urllib.parse import quote

from sandbox.ado_errors import AdoError, bad_request, not_found
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_model import Node, Team
from sandbox.wit_nodes import day_stamp
from sandbox.wit_rows import View, read_rows

SETTINGS = "work/teamsettings"
AREA_PATH = "System.AreaPath"
team_routes = Routes()


@team_routes.get("projects/{projectId}/teams", "teams", project="none")
def list_teams(call: Call, project_id: str) -> Page:
    """The first one is made with the project."""
    home = call.organization.find_project(project_id)
    every = call.organization.work.teams_of(home)
    call.flag("$mine")
    return Page([team_json(call, team) for team in call.slice(every, "$skip", "$top", 100)])


@team_routes.get("projects/{projectId}/teams/{teamId}", "teams", project="none")
def show_team(call: Call, project_id: str, team_id: str) -> Json:
    home = call.organization.find_project(project_id)
    for team in call.organization.work.teams_of(home):
        if team_id.casefold() in {team.id, team.name.casefold()}:
            return team_json(call, team)
    raise no_team(team_id)


@team_routes.get("teams", "all-teams", project="none")
def list_all_teams(call: Call) -> Page:
    """Of all projects."""
    call.flag("$mine")
    every = [t for project in call.organization.projects.values() for t in call.organization.work.teams_of(project)]
    return Page([team_json(call, team) for team in call.slice(every, "$skip", "$top", 100)])


def no_team(name: str) -> AdoError:
    text = f"The team with id '{name}' does not exist."
    return not_found("TeamNotFoundException", text)


def team_json(call: Call, team: Team) -> Json:
    return {
        "id": team.id,
        "name": team.name,
        "url": f"{call.base}/_apis/projects/{team.project.id}/teams/{team.id}",
        "description": "",
        "identityUrl": f"{call.base}/_apis/Identities/{team.id}",
        "projectName": team.project.name,
        "projectId": team.project.id,
    }


def team_of(call: Call) -> Team:
    """The team of an address, by id or name; the project's first one without it. Raises AdoError (404)."""
    every = call.organization.work.teams_of(call.home)
    if call.team is None:
        return every[0]
    wanted = call.team.casefold()
    found = next((team for team in every if wanted in {team.id, team.name.casefold()}), None)
    if found is None:
        raise no_team(call.team)
    return found


def team_url(call: Call, team: Team) -> str:
    return f"{call.base}/{team.project.id}/{team.id}/_apis/work"


@team_routes.get(f"{SETTINGS}/iterations", "work", project="team")
def list_iterations(call: Call) -> Page:
    """Those a team has chosen, by start; `$timeframe` knows `current` only, as the service does."""
    team, frame = team_of(call), call.text("$timeframe")
    if frame and frame.lower() != "current":
        raise bad_request(f"The timeframe '{frame}' is not supported.", "InvalidTeamSettingsIterationException")
    found = sorted(
        team.iterations, key=lambda node: (node.start is None, node.start or call.organization.clock.source())
    )
    shown = [iteration_json(call, team, node) for node in found]
    return Page([one for one in shown if not frame or one["attributes"]["timeFrame"] == "current"])


@team_routes.get(f"{SETTINGS}/iterations/{{iterationId}}", "work", project="team")
def show_iteration(call: Call, iteration_id: str) -> Json:
    team = team_of(call)
    return iteration_json(call, team, find_iteration(team, iteration_id))


@team_routes.get(f"{SETTINGS}/iterations/{{iterationId}}/workitems", "work", project="team", weight=3)
def list_iteration_items(call: Call, iteration_id: str) -> Json:
    """Work items of a sprint, each as a relation without a source."""
    team = team_of(call)
    node = find_iteration(team, iteration_id)
    tracking = call.organization.work
    rows = read_rows(tracking, View(call.token.user))
    ids = [number for number, row in rows if row.value("System.IterationPath") is node]
    base = f"{call.base}/{team.project.id}/_apis/wit/workItems"
    relations = [{"rel": None, "source": None, "target": {"id": one, "url": f"{base}/{one}"}} for one in ids]
    url = f"{team_url(call, team)}/teamsettings/iterations/{node.guid}/workitems"
    return {"workItemRelations": relations, "url": url}


def find_iteration(team: Team, guid: str) -> Node:
    found = next((node for node in team.iterations if node.guid == guid.lower()), None)
    if found is None:
        raise not_found("InvalidTeamSettingsIterationException", f"The iteration {guid} is not one of the team.")
    return found


def iteration_json(call: Call, team: Team, node: Node) -> Json:
    attributes: Json = {"startDate": None, "finishDate": None, "timeFrame": "future"}
    if node.start and node.finish:
        now = call.organization.clock.source()
        ended = node.finish + timedelta(days=1) <= now
        attributes = {
            "startDate": day_stamp(node.start),
            "finishDate": day_stamp(node.finish),
            "timeFrame": "past" if ended else "current" if node.start <= now else "future",
        }
    url = f"{team_url(call, team)}/teamsettings/iterations/{node.guid}"
    return {"id": node.guid, "name": node.name, "path": node.path, "attributes": attributes, "url": url}


@team_routes.get(SETTINGS, "work", project="team")
def show_settings(call: Call) -> Json:
    team = team_of(call)
    root = call.organization.work.root(team.project, "iteration")
    process = call.organization.work.process_of(team.project)
    together = any("Bug" in level.types for level in process.backlogs if level.kind == "requirement")
    url = f"{team_url(call, team)}/teamsettings"
    return {
        "backlogIteration": {"id": root.guid, "name": root.name, "path": "", "url": f"{url}/iterations/{root.guid}"},
        "bugsBehavior": "asRequirements" if together else "off",
        "workingDays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "backlogVisibilities": {level.id: True for level in process.backlogs if level.kind != "task"},
        "defaultIterationMacro": "@CurrentIteration",
        "url": url,
    }


@team_routes.get(f"{SETTINGS}/teamfieldvalues", "work", project="team")
def show_areas(call: Call) -> Json:
    """The areas a team looks after."""
    team = team_of(call)
    field = {"referenceName": AREA_PATH, "url": f"{call.base}/_apis/wit/fields/{quote(AREA_PATH)}"}
    return {
        "field": field,
        "defaultValue": team.area.path,
        "values": [{"value": team.area.path, "includeChildren": True}],
        "url": f"{team_url(call, team)}/teamsettings/teamfieldvalues",
    }
