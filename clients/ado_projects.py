"""Projects of an organization, and what else tells how far a token reaches.

Source: https://learn.microsoft.com/rest/api/azure/devops/core/projects
"""

from dataclasses import dataclass
from typing import Any

from clients.ado import PAGE_SIZE, AdoClient, listed, read_answer
from domain.json_fields import text
from domain.records import Json


@dataclass(frozen=True, slots=True)
class Project:
    """A project: its GUID and the name people see."""

    id: str
    name: str


def list_projects(client: AdoClient) -> tuple[Project, ...]:
    """Every project the token may see, by name. Raises Forbidden or Unauthorized without the scope `vso.project`."""
    query: dict[str, Any] = {"$top": PAGE_SIZE, "stateFilter": "wellFormed"}
    pages = client.pages("_apis", "projects", **query)
    found = [read_answer(parse_project, shape) for page in pages for shape in page]
    return tuple(sorted(found, key=lambda project: project.name.casefold()))


def first_projects(client: AdoClient, count: int) -> tuple[Project, ...]:
    """Some `count` projects at most. Raises as `list_projects` does."""
    query: dict[str, Any] = {"$top": count, "stateFilter": "wellFormed"}
    shapes = read_answer(listed, client.get("_apis", "projects", **query))
    return tuple(read_answer(parse_project, shape) for shape in shapes)


def read_project(client: AdoClient, name_or_id: str, *, former: bool = False) -> Project:
    """One project; with `former` a name it had once will do. Raises NotFound when the token may see none.

    https://learn.microsoft.com/rest/api/azure/devops/core/projects/get
    """
    history = "true" if former else None
    return read_answer(parse_project, client.get("_apis", "projects", name_or_id, includeHistory=history))


def keeps_tfvc(client: AdoClient, project_id: str) -> bool:
    """Whether a project keeps code in TFVC, maybe beside Git. Raises as `read_project` does.

    https://learn.microsoft.com/rest/api/azure/devops/core/projects/get (`includeCapabilities`; yes is the text True)
    """
    shape = client.get("_apis", "projects", project_id, includeCapabilities="true")
    kept = (shape.get("capabilities") or {}).get("versioncontrol") or {}
    return str(kept.get("tfvcEnabled")).lower() == "true"


def parse_project(shape: Json) -> Project:
    """Raises BadEvent naming the field that is missing."""
    return Project(text(shape, "id"), text(shape, "name"))
