"""Projects of an organization, and what else tells how far a token reaches.

Source: https://learn.microsoft.com/rest/api/azure/devops/core/projects
"""

from dataclasses import dataclass
from typing import Any

from clients.ado import PAGE_SIZE, AdoClient


@dataclass(frozen=True, slots=True)
class Project:
    """A project: its GUID and the name people see."""

    id: str
    name: str


def list_projects(client: AdoClient) -> tuple[Project, ...]:
    """Every project the token may see, by name. Raises Forbidden or Unauthorized without the scope `vso.project`."""
    query: dict[str, Any] = {"$top": PAGE_SIZE, "stateFilter": "wellFormed"}
    pages = client.pages("_apis", "projects", **query)
    found = [Project(project["id"], project["name"]) for page in pages for project in page]
    return tuple(sorted(found, key=lambda project: project.name.casefold()))


def first_projects(client: AdoClient, count: int) -> tuple[Project, ...]:
    """Some `count` projects at most. Raises as `list_projects` does."""
    query: dict[str, Any] = {"$top": count, "stateFilter": "wellFormed"}
    body = client.get("_apis", "projects", **query)
    return tuple(Project(project["id"], project["name"]) for project in body["value"])


def read_project(client: AdoClient, name_or_id: str) -> Project:
    """One project. Raises NotFound when there is none that the token may see."""
    body = client.get("_apis", "projects", name_or_id)
    return Project(body["id"], body["name"])
