"""The mapping of a migration: one document that says what becomes of everything. Frozen records; how it is read from
and written to JSON and YAML is in `domain/mapping_documents.py`.

Each row tells how sure its suggestion was and why. `confidence` is 0 to 1; a row that a person wrote has 1.
"""

from dataclasses import dataclass
from typing import Literal

NO_MAPPING = "There is no mapping yet. Have one suggested, look it over, and save it."
# Where Features go when Jira has fewer levels: each plan loses something else (`domain/hierarchy_plans.py`)
PlanName = Literal["feature_as_epic", "epic_as_epic", "levels"]
FieldRule = Literal[
    "text",  # plain text, cut at the limit of the field
    "rich_text",  # HTML or Markdown to Atlassian Document Format
    "section",  # appended to the description under a heading
    "number", "date", "datetime", "option", "options", "labels", "user", "priority", "drop",
]  # fmt: skip
IterationAction = Literal["new", "existing", "none"]
AreaAction = Literal["new", "existing", "parent", "none"]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """`target` is the id of an issue type; None: work items of this type are skipped, which the report says.

    `without_parent`: where the target is a sub-task, the issue type of those that have no parent to be one of; None:
    they fail.
    """

    source: str
    target: str | None
    confidence: float = 1.0
    reason: str = ""
    without_parent: str | None = None


@dataclass(frozen=True, slots=True)
class FieldRow:
    """`target` is the id of a Jira field; `types`: only for these work item types, all when empty."""

    source: str
    target: str | None
    rule: FieldRule
    types: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()  # of options: value in Azure DevOps -> id of the option in Jira
    confidence: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StateRow:
    """`target` is the id of a status of the type's workflow; None: the issue stays in its first status."""

    type: str
    source: str
    target: str | None
    confidence: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A priority (`source` 1 to 4) to the id of Jira's, or an identity (`source` its GUID) to an account id."""

    source: str
    target: str | None
    confidence: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IterationRow:
    """`sprint`: id of an existing one; `name`: of a new one, unique on the board, 30 characters at most."""

    source: str
    action: IterationAction
    sprint: int | None = None
    name: str = ""
    start: str | None = None  # ISO dates
    finish: str | None = None
    confidence: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """`component`: id of an existing one; `name`: of a new one; `parent`: its work items get the component of the area
    above it.
    """

    source: str
    action: AreaAction
    component: str | None = None
    name: str = ""
    confidence: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A relation (the forward end of its link type) to a link type of Jira; `swap`: its target is Jira's inward end.

    `target` None: not made, which the report says.
    """

    source: str
    target: str | None
    swap: bool = False
    confidence: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """The whole document. `extra_labels` are put on every issue; `waivers`: codes of problems that were accepted."""

    plan: PlanName
    types: tuple[TypeRow, ...] = ()
    fields: tuple[FieldRow, ...] = ()
    states: tuple[StateRow, ...] = ()
    priorities: tuple[ValueRow, ...] = ()
    iterations: tuple[IterationRow, ...] = ()
    areas: tuple[AreaRow, ...] = ()
    people: tuple[ValueRow, ...] = ()
    links: tuple[LinkRow, ...] = ()
    tags_to_labels: bool = True
    extra_labels: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()

    def type_target(self, source: str) -> str | None:
        """The issue type that a work item type becomes; None when it is skipped or not mentioned."""
        return next((row.target for row in self.types if row.source == source), None)

    def status_target(self, type_name: str, state: str) -> str | None:
        return next((row.target for row in self.states if (row.type, row.source) == (type_name, state)), None)
