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
class TargetStep:
    """A transition of a workflow. `source`: id of the status it leaves, '' for one that can be done in every status.

    `sends`: ids of values that its screen asks for, by field: they go along with it, so it cannot go with the create
    call. `is_open` is False for one that asks for more than we can know: no path leads over it.
    """

    id: str
    source: str
    target: str
    sends: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class TargetType:
    """An issue type of the project. `level`: Jira's hierarchyLevel: 1 epic, 0 standard, -1 sub-task, Premium more.

    Apps cannot read workflows. What is known of one is what issues in it show: `seen` are the statuses in which an
    issue was looked at, `first` is the one a new issue is in ('' while nobody knows), `steps` are the transitions that
    were seen. While `is_explored` is False there may be more ways than `paths` has.
    """

    id: str
    name: str
    level: int
    fields: tuple[TargetField, ...] = ()
    statuses: tuple[TargetStatus, ...] = ()
    # status id -> ids of transitions from a new issue to it that create takes in one step; more than one: in this order
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_explored: bool = True
    first: str = ""
    seen: frozenset[str] = frozenset()
    steps: tuple[TargetStep, ...] = ()

    def find_field(self, field_id: str) -> TargetField | None:
        return next((found for found in self.fields if found.id == field_id), None)

    def find_schema(self, schema: str) -> TargetField | None:
        """The field of a schema: ids of custom fields differ between sites."""
        return next((found for found in self.fields if found.schema == schema), None)

    def find_status(self, status_id: str) -> TargetStatus | None:
        return next((found for found in self.statuses if found.id == status_id), None)


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
    has_sprints: bool = True  # of the board: kanban has none, a simple one only where they are turned on
    estimate_field: str | None = None  # id of the field in which the board keeps estimates
    upload_limit: int = 0  # bytes
    attachments_enabled: bool = True
    permissions: frozenset[str] = frozenset()  # what the app may do in the project: CREATE_ISSUES, LINK_ISSUES, …
    link_issues_enabled: bool = True

    def type_of(self, type_id: str) -> TargetType | None:
        return next((found for found in self.types if found.id == type_id), None)
