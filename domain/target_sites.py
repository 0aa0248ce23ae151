"""What a Jira project offers to a migration: types, fields, statuses, boards, limits. Found on the site, never guessed.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Style = Literal["company", "team"]  # company-managed or team-managed
SprintState = Literal["future", "active", "closed"]


@dataclass(frozen=True, slots=True)
class TargetField:
    """A field on the create screen of a type. `schema` is Jira's: the custom key, else the system name or type."""

    id: str  # summary, customfield_10016
    name: str
    schema: (
        str  # com.pyxis.greenhopper.jira:gh-sprint, com.atlassian.jira.plugin.system.customfieldtypes:float, summary
    )
    kind: str  # Jira's `schema.type`: string, number, array, option, user, date, datetime, priority, any
    items: str = ""  # of an array
    required: bool = False
    has_default: bool = False
    options: Mapping[str, str] = field(default_factory=dict)  # allowed values by name: their ids


@dataclass(frozen=True, slots=True)
class TargetStatus:
    id: str
    name: str
    category: str  # new, indeterminate, done


@dataclass(frozen=True, slots=True)
class TargetType:
    """An issue type of the project. `level`: Jira's hierarchyLevel: 1 epic, 0 standard, -1 sub-task, Premium more."""

    id: str
    name: str
    level: int
    fields: tuple[TargetField, ...] = ()
    statuses: tuple[TargetStatus, ...] = ()
    # status id -> ids of transitions from a new issue to it that create takes in one step; more than one: in this order
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TargetLinkType:
    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class TargetSprint:
    id: int
    name: str
    state: SprintState
    start: str | None = None  # ISO date
    finish: str | None = None


@dataclass(frozen=True, slots=True)
class TargetProject:
    """Everything of a Jira project that a mapping may name and a check has to look at."""

    id: str
    key: str
    style: Style
    types: tuple[TargetType, ...]
    priorities: Mapping[str, str] = field(default_factory=dict)  # name -> id
    link_types: tuple[TargetLinkType, ...] = ()
    components: Mapping[str, str] = field(default_factory=dict)  # name -> id
    sprints: tuple[TargetSprint, ...] = ()
    board_id: int | None = None
    board_kind: str | None = None  # scrum, kanban, simple
    upload_limit: int = 0  # bytes
    attachments_enabled: bool = True
    permissions: frozenset[str] = frozenset()  # what the app may do in the project: CREATE_ISSUES, LINK_ISSUES, …
    link_issues_enabled: bool = True

    def type_of(self, type_id: str) -> TargetType | None:
        return next((found for found in self.types if found.id == type_id), None)
