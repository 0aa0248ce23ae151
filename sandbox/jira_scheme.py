"""What administrators set up for issues: types, workflows, fields, screens, priorities, kinds of links.

Nothing here changes when issues do. Levels: developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

Style = Literal["company", "team"]
Category = Literal["new", "indeterminate", "done"]
Kind = Literal[
    "string", "url", "text", "number", "date", "datetime", "option", "options", "user", "users", "labels", "components",
    "versions", "priority", "resolution", "issuetype", "project", "parent", "sprint", "timetracking", "fixed",
]  # fmt: skip

SUBTASK = -1
CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"
SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
RANK = "com.pyxis.greenhopper.jira:gh-lexo-rank"
EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
TEAM_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
CATEGORIES: Mapping[Category, tuple[int, str, str]] = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
# what Jira calls a kind in a field's schema: type, items
SCHEMA_TYPES: Mapping[Kind, tuple[str, str]] = {
    "string": ("string", ""),
    "url": ("string", ""),
    "text": ("string", ""),
    "number": ("number", ""),
    "date": ("date", ""),
    "datetime": ("datetime", ""),
    "option": ("option", ""),
    "options": ("array", "option"),
    "user": ("user", ""),
    "users": ("array", "user"),
    "labels": ("array", "string"),
    "components": ("array", "component"),
    "versions": ("array", "version"),
    "priority": ("priority", ""),
    "resolution": ("resolution", ""),
    "issuetype": ("issuetype", ""),
    "project": ("project", ""),
    "parent": ("issuelink", ""),
    "sprint": ("array", "json"),
    "timetracking": ("timetracking", ""),
    "fixed": ("any", ""),
}
LISTS: frozenset[Kind] = frozenset({"options", "users", "labels", "components", "versions"})


@dataclass(frozen=True, slots=True)
class IssueType:
    """`level`: Epic 1, Story and the like 0, Subtask -1, more with Premium. `scope`: a team-managed project's id."""

    id: str
    name: str
    level: int = 0
    scope: str = ""

    @property
    def subtask(self) -> bool:
        return self.level == SUBTASK


@dataclass(frozen=True, slots=True)
class Status:
    id: str
    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class Transition:
    """`sources` empty: from every status. `screen`: field id -> whether it must be filled.

    `hidden`: a condition of the workflow that the caller does not meet.
    """

    id: str
    name: str
    to: str
    sources: frozenset[str] = frozenset()
    screen: Mapping[str, bool] = field(default_factory=dict)
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """A new issue begins in the first status."""

    name: str
    statuses: tuple[Status, ...]
    transitions: tuple[Transition, ...]

    @property
    def initial(self) -> Status:
        return self.statuses[0]

    def status(self, status_id: str) -> Status:
        return next(one for one in self.statuses if one.id == status_id)

    def leaving(self, status_id: str) -> list[Transition]:
        """What can be done in this status, also what a condition hides."""
        return [one for one in self.transitions if not one.sources or status_id in one.sources]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a select field, a priority, a resolution."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkType:
    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class Field:
    """A system field (`custom` empty) or a custom one, known by its schema. `scope`: a team-managed project's id."""

    id: str
    name: str
    kind: Kind
    custom: str = ""
    options: tuple[Option, ...] = ()
    scope: str = ""

    def schema(self) -> dict[str, Any]:
        """The `schema` of this field as Jira gives it."""
        type_, items = SCHEMA_TYPES[self.kind]
        found: dict[str, Any] = {"type": type_} | ({"items": items} if items else {})
        if not self.custom:
            return found | {"system": self.id}
        return found | {"custom": self.custom, "customId": int(self.id.rpartition("_")[2])}

    def operations(self) -> list[str]:
        return ["add", "set", "remove"] if self.kind in LISTS else ["set"]


@dataclass(slots=True)
class Scheme:
    """What one project uses. `screens`: field id -> required, by issue type; `edits`: what only the edit screen has."""

    style: Style
    types: tuple[IssueType, ...]
    workflows: dict[str, Workflow]
    screens: dict[str, dict[str, bool]]
    edits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)  # field id -> value in Jira's own form

    def type(self, id_or_name: str) -> IssueType | None:
        """By id, else by name as written."""
        return find_named(self.types, id_or_name)

    def workflow(self, type_id: str) -> Workflow:
        return self.workflows[type_id]

    def status(self, type_id: str, status_id: str) -> Status:
        return self.workflows[type_id].status(status_id)

    def settable(self, type_id: str) -> set[str]:
        """The fields of the edit screen."""
        return set(self.screens[type_id]) | set(self.edits.get(type_id, ()))


Named = TypeVar("Named", IssueType, Option, LinkType)


def find_named(several: Iterable[Named], id_or_name: str) -> Named | None:
    """The one with this id, else with this name."""
    listed = list(several)
    by_id = next((one for one in listed if one.id == id_or_name), None)
    return by_id or next((one for one in listed if one.name == id_or_name), None)
