"""Processes: the work item types, states, fields and backlog levels of Agile, Scrum, CMMI, Basic and an inherited one.

https://learn.microsoft.com/azure/devops/boards/work-items/guidance/choose-process
https://learn.microsoft.com/azure/devops/boards/work-items/workflow-and-state-categories
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

BacklogKind = Literal["portfolio", "requirement", "task"]
CATEGORY_COLORS = {
    "Proposed": "b2b2b2", "InProgress": "007acc", "Resolved": "ff9d00", "Completed": "339933", "Removed": "ffffff",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    name: str
    category: str

    @property
    def color(self) -> str:
        return CATEGORY_COLORS[self.category]


@dataclass(frozen=True, slots=True)
class WorkType:
    """A work item type. `category` is the reference name of its category, `required` names its required fields."""

    name: str
    ref: str
    category: str
    color: str
    icon: str
    states: tuple[State, ...]
    fields: tuple[str, ...]
    required: frozenset[str] = frozenset()
    disabled: bool = False
    inherits: str | None = None

    def find_state(self, name: str) -> State | None:
        return next((state for state in self.states if state.name.casefold() == name.casefold()), None)

    def of_category(self, *categories: str) -> tuple[str, ...]:
        return tuple(state.name for state in self.states if state.category in categories)


@dataclass(frozen=True, slots=True)
class Backlog:
    """A backlog level; `rank` grows upward."""

    id: str
    name: str
    kind: BacklogKind
    rank: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """`parent` is the id of the process this one inherits from."""

    id: str
    name: str
    ref: str | None
    types: Mapping[str, WorkType]
    backlogs: tuple[Backlog, ...]
    parent: str | None = None

    def find_type(self, name: str) -> WorkType | None:
        """By name or reference name, in any case."""
        wanted = name.casefold()
        return next((t for t in self.types.values() if wanted in {t.name.casefold(), t.ref.casefold()}), None)

    def categories(self) -> dict[str, list[WorkType]]:
        found: dict[str, list[WorkType]] = {}
        for kind in self.types.values():
            found.setdefault(kind.category, []).append(kind)
        return found

    def backlog_of(self, type_name: str) -> Backlog | None:
        return next((level for level in self.backlogs if type_name in level.types), None)

    def field_refs(self) -> set[str]:
        return {ref for kind in self.types.values() for ref in kind.fields}


def states_of(**named: str) -> tuple[State, ...]:
    """Categories to names joined by `|`, in the order of the workflow."""
    return tuple(State(name, category) for category, names in named.items() for name in names.split("|"))


def index_types(types: Iterable[WorkType]) -> dict[str, WorkType]:
    """By name."""
    return {kind.name: kind for kind in types}
