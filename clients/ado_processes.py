"""The process of a project: its work item types with states and fields, its closed lists, its areas and iterations.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-types
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from clients.ado import AdoClient, listed, read_answer
from clients.ado_projects import parse_project
from clients.work_item_answers import (
    allowed_values_from,
    field_from,
    is_open_list,
    levels_from,
    may_be_listed,
    nodes_from,
    testing_types_from,
    type_from,
)
from domain.records import Json
from domain.work_items import SourceProject, TreeNode, WorkItemField, WorkItemType

TREE_DEPTH = 20  # trees have 14 levels at most: https://learn.microsoft.com/azure/devops/organizations/settings/work/object-limits


class Asked(Protocol):
    """What answers a GET."""

    def get(self, *segments: str | int, **params: Any) -> Any: ...


@dataclass(slots=True)
class Answers:
    """Keeps what was answered: who goes on after a failure does not ask for all of it again."""

    client: AdoClient
    kept: dict[object, Any] = field(default_factory=dict)

    def get(self, *segments: str | int, **params: Any) -> Any:
        """As `AdoClient.get`, once for each question."""
        question = (segments, tuple(params.items()))
        if question not in self.kept:
            self.kept[question] = self.client.get(*segments, **params)
        return self.kept[question]


def read_source(client: Asked, project_id: str) -> SourceProject:
    """All of it: seven calls, and one for each type. Raises the CallError of an answer."""
    project = read_answer(parse_project, client.get("_apis", "projects", project_id))
    types = read_types(client, project_id)
    return SourceProject(
        id=project.id,
        name=project.name,
        types=types,
        fields=read_listed_fields(client, project_id, [kind.name for kind in types]),
        areas=read_tree(client, project_id, "areas"),
        iterations=read_tree(client, project_id, "iterations"),
    )


def read_types(client: Asked, project_id: str) -> tuple[WorkItemType, ...]:
    """Every type, disabled ones too; levels are those of the backlogs of the project's default team.

    https://learn.microsoft.com/rest/api/azure/devops/work/backlogconfiguration/get
    https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-type-categories/list
    """
    levels = read_answer(levels_from, client.get(project_id, "_apis", "work", "backlogconfiguration"))
    categories = read_answer(listed, client.get(project_id, "_apis", "wit", "workitemtypecategories"))
    tests = read_answer(testing_types_from, categories)
    shapes = read_answer(listed, client.get(project_id, "_apis", "wit", "workitemtypes"))
    return tuple(read_answer(lambda shape: type_from(shape, levels, tests), shape) for shape in shapes)


def read_fields(client: Asked, project_id: str) -> tuple[WorkItemField, ...]:
    """The fields of the project's types, in one call and without the values of their lists.

    https://learn.microsoft.com/rest/api/azure/devops/wit/fields/list
    """
    return tuple(read_answer(field_from, shape) for shape in _field_shapes(client, project_id))


def read_listed_fields(client: Asked, project_id: str, types: Sequence[str]) -> tuple[WorkItemField, ...]:
    """The same with the values that the types allow, where a list is closed and its values are no people.

    https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-types-field/list
    """
    shapes = _field_shapes(client, project_id)
    opened = {field.name for field in _fields_of(shape for shape in shapes if is_open_list(shape))}
    values = _read_values(client, project_id, types)
    return tuple(
        replace(field, values=values.get(field.name, ()))
        if may_be_listed(field) and field.name not in opened
        else field
        for field in _fields_of(shapes)
    )


def read_tree(client: Asked, project_id: str, group: str) -> tuple[TreeNode, ...]:
    """The `areas` or the `iterations`, each before those below it.

    https://learn.microsoft.com/rest/api/azure/devops/wit/classification-nodes/get
    """
    depth: dict[str, Any] = {"$depth": TREE_DEPTH}
    return read_answer(nodes_from, client.get(project_id, "_apis", "wit", "classificationnodes", group, **depth))


def _field_shapes(client: Asked, project_id: str) -> list[Json]:
    return read_answer(listed, client.get(project_id, "_apis", "wit", "fields"))


def _fields_of(shapes: Iterable[Json]) -> list[WorkItemField]:
    return [read_answer(field_from, shape) for shape in shapes]


def _read_values(client: Asked, project_id: str, types: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Of each field every value that some type allows, in the order in which they are told."""
    found: dict[str, dict[str, None]] = {}
    wish: dict[str, Any] = {"$expand": "allowedValues"}
    for name in types:
        path = (project_id, "_apis", "wit", "workitemtypes", name, "fields")
        for shape in read_answer(listed, client.get(*path, **wish)):
            field, values = read_answer(allowed_values_from, shape)
            found.setdefault(field, {}).update(dict.fromkeys(values))
    return {field: tuple(values) for field, values in found.items()}
