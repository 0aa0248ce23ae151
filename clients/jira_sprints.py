"""Sprints of a board and components of a project, for a migration: those that are there, and new ones.

https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/
"""

from collections.abc import Mapping

from clients.gates import Tally
from clients.jira import JiraClient
from clients.jira_answers import read_jira, read_pages
from clients.jira_boards import sprint_from
from domain.json_fields import text
from domain.target_sites import TargetSprint

DAY_BEGINS, DAY_ENDS = "T00:00:00.000+00:00", "T23:59:00.000+00:00"  # a sprint of one day must end after it begins


class SprintsApi:
    """Every method raises the CallError of the answer. What a call costs beyond a point goes to the tally."""

    def __init__(self, client: JiraClient, tally: Tally) -> None:
        self._client = client
        self._tally = tally

    def list_sprints(self, board: int) -> tuple[TargetSprint, ...]:
        """https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-sprint-get"""
        entries = list(read_pages(self._client, "agile", f"/board/{board}/sprint", "values", endpoint="board"))
        self._tally.add(points=len(entries))
        return tuple(read_jira(sprint_from, entry) for entry in entries)

    def read_sprint(self, sprint: int) -> TargetSprint:
        """Raises NotFound when it is gone."""
        answer = self._client.send("GET", "agile", f"/sprint/{sprint}", endpoint="sprint")
        self._tally.add(points=1)
        return read_jira(sprint_from, answer)

    def create_sprint(self, board: int, name: str, start: str | None, finish: str | None) -> TargetSprint:
        """A future one; days as ISO dates. Jira takes two of the same name.

        https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-post
        """
        body = {"name": name, "originBoardId": board, **sprint_dates(start, finish)}
        answer = self._client.send("POST", "agile", "/sprint", body=body, endpoint="sprint")
        return read_jira(sprint_from, answer)

    def move_sprint(self, sprint: int, state: str, start: str | None = None, finish: str | None = None) -> None:
        """`active` (which needs both days) or `closed`. Raises Rejected where the board has another one going.

        https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-post
        """
        body = {"state": state, **sprint_dates(start, finish)}
        self._client.send("POST", "agile", f"/sprint/{sprint}", body=body, endpoint="sprint")

    def list_components(self, project: str) -> dict[str, str]:
        """Ids by name.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-project-projectidorkey-component-get
        """
        entries = list(
            read_pages(self._client, "platform", f"/project/{project}/component", "values", endpoint="component")
        )
        self._tally.add(points=len(entries))
        return dict(read_jira(lambda one: (text(one, "name"), text(one, "id")), entry) for entry in entries)

    def create_component(self, project_key: str, name: str) -> str:
        """Its id. Raises Rejected when there is one of that name, Forbidden for who does not administer the project.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-post
        """
        body = {"project": project_key, "name": name}
        answer = self._client.send("POST", "platform", "/component", body=body, endpoint="component")
        return read_jira(lambda found: text(found, "id"), answer)


def sprint_dates(start: str | None, finish: str | None) -> Mapping[str, str]:
    dates = {
        "startDate": start and start + DAY_BEGINS,
        "endDate": finish and finish + DAY_ENDS,
    }
    return {name: value for name, value in dates.items() if value}
