"""A small migration in which nothing is wrong, and ways to break one thing of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from domain.mapping_records import AreaRow, FieldRow, IterationRow, LinkRow, Mapping, StateRow, TypeRow, ValueRow
from domain.migration_checks import check_mapping
from domain.problem_codes import Problem
from domain.scan_reports import FieldUse, FileCount, ScanReport, TypeCount
from domain.target_sites import (
    TargetField,
    TargetLinkType,
    TargetProject,
    TargetSprint,
    TargetStatus,
    TargetType,
)
from domain.work_items import PRIORITY, SourceProject, WorkItemField, WorkItemState, WorkItemType

DEPENDENCY = "System.LinkTypes.Dependency-Forward"
SEVERITY = "Microsoft.VSTS.Common.Severity"
SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
EVERY_RIGHT = frozenset({
    "ADD_COMMENTS", "ADMINISTER_PROJECTS", "ASSIGN_ISSUES", "BROWSE_PROJECTS", "CREATE_ATTACHMENTS", "CREATE_ISSUES",
    "EDIT_ISSUES", "LINK_ISSUES", "MANAGE_SPRINTS_PERMISSION", "MODIFY_REPORTER", "SCHEDULE_ISSUES",
    "TRANSITION_ISSUES",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    comments: bool = True
    attachments: bool = True
    links: bool = True


def field(id: str, kind: str, items: str = "", *, schema: str = "", **more: Any) -> TargetField:
    return TargetField(id, id.title(), schema or id, kind, items, **more)


FIELDS = (
    field("summary", "string", required=True),
    field("description", "string"),
    field("priority", "priority", options={"High": "2", "Low": "4"}),
    field("assignee", "user"),
    field("reporter", "user", required=True, has_default=True),
    field("labels", "array", "string"),
    field("components", "array", "component"),
    field("duedate", "date"),
    field("customfield_1", "array", "json", schema=SPRINT),
    field("customfield_2", "option", options={"1 - High": "11", "2 - Low": "12"}),
)
STATUSES = (TargetStatus("s1", "To Do", "new"), TargetStatus("s2", "Done", "done"))
PATHS = {"s1": (), "s2": ("21",)}
TYPES = tuple(
    TargetType(id, name, level, FIELDS, STATUSES, PATHS)
    for id, name, level in (("t1", "Epic", 1), ("t2", "Story", 0), ("t3", "Bug", 0), ("t4", "Subtask", -1))
)
TARGET = TargetProject(
    "10001", "SHOP", "company", TYPES,
    priorities={"High": "2", "Low": "4"},
    link_types=(TargetLinkType("l1", "Blocks", "is blocked by", "blocks"),),
    components={"Checkout": "c1"},
    sprints=(TargetSprint(7, "Sprint 7", "future"), TargetSprint(6, "Sprint 6", "closed")),
    board_id=3, board_kind="scrum", upload_limit=1_000, permissions=EVERY_RIGHT,
)  # fmt: skip
STATES = (WorkItemState("New", "Proposed"), WorkItemState("Closed", "Completed"))
SOURCE = SourceProject(
    "p1", "Shop",
    types=(
        WorkItemType("Feature", STATES, (), 1), WorkItemType("User Story", STATES, (), 0),
        WorkItemType("Bug", STATES, ()), WorkItemType("Task", STATES, (), -1),
        WorkItemType("Test Case", STATES, (), is_test=True),
    ),
    fields=(
        WorkItemField("System.Title", "Title", "string"),
        WorkItemField(PRIORITY, "Priority", "integer", values=("1", "4")),
        WorkItemField(SEVERITY, "Severity", "string", values=("1 - High", "2 - Low")),
    ),
)  # fmt: skip
FILLED = {"System.Title": 10, PRIORITY: 10, SEVERITY: 10, "System.AssignedTo": 10, "System.CreatedBy": 10}
REPORT = ScanReport(
    items=40,
    types=(
        TypeCount("Feature", 10, {"New": 10}, FILLED, {"": 10}),
        TypeCount("User Story", 10, {"New": 4, "Closed": 6}, FILLED, {"Feature": 10}),
        TypeCount("Bug", 10, {"Closed": 10}, FILLED, {"Feature": 10}),
        TypeCount("Task", 10, {"New": 10}, FILLED, {"User Story": 10}),
    ),
    fields=(
        FieldUse("System.Title", "Title", "string", 40),
        FieldUse(PRIORITY, "Priority", "integer", 40, {"1": 30, "4": 10}),
        FieldUse(SEVERITY, "Severity", "string", 40, {"1 - High": 25, "2 - Low": 15}),
        FieldUse("System.AssignedTo", "Assigned To", "string", 40),
        FieldUse("System.CreatedBy", "Created By", "string", 40),
        FieldUse("System.State", "State", "string", 40),
    ),
    area_items={"Shop": 30, "Shop\\Checkout": 10},
    iteration_items={"Shop": 20, "Shop\\Q1": 20},
    people={"guid-1": 40},
    people_examples={"guid-1": 7},
    comments=5,
    links={DEPENDENCY: 3, "System.LinkTypes.Hierarchy-Forward": 30},
    files=FileCount(2, 300, ((5, 200), (6, 100))),
)
MAPPING = Mapping(
    "feature_as_epic",
    types=(
        TypeRow("Feature", "t1"), TypeRow("User Story", "t2"), TypeRow("Bug", "t3"),
        TypeRow("Task", "t4", without_parent="t2"), TypeRow("Test Case", "t2"),
    ),
    fields=(
        FieldRow("System.Title", "summary", "text"),
        FieldRow(PRIORITY, "priority", "priority"),
        FieldRow(SEVERITY, "customfield_2", "option", (), (("1 - High", "11"),)),
        FieldRow("System.AssignedTo", "assignee", "user"),
        FieldRow("System.CreatedBy", "reporter", "user"),
    ),
    states=tuple(
        StateRow(name, state, target)
        for name in ("Feature", "User Story", "Bug", "Task", "Test Case")
        for state, target in (("New", "s1"), ("Closed", "s2"))
    ),
    priorities=(ValueRow("1", "2"), ValueRow("4", "4")),
    iterations=(IterationRow("Shop", "none"), IterationRow("Shop\\Q1", "new", None, "Q1")),
    areas=(AreaRow("Shop", "none"), AreaRow("Shop\\Checkout", "existing", "c1")),
    people=(ValueRow("guid-1", "account-1"),),
    links=(LinkRow(DEPENDENCY, "l1"),),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """A migration; each method gives another one."""

    report: ScanReport = REPORT
    source: SourceProject = SOURCE
    target: TargetProject = TARGET
    mapping: Mapping = MAPPING
    options: Options = Options()
    accounts: frozenset[str] | None = frozenset({"account-1"})

    def scan(self, **changes: Any) -> "Scene":
        return replace(self, report=replace(self.report, **changes))

    def count(self, name: str, **changes: Any) -> "Scene":
        """Change, or add, the counts of a type."""
        known = {one.name: one for one in self.report.types}
        known[name] = replace(known.get(name, TypeCount(name, 10, {"New": 10})), **changes)
        return self.scan(types=tuple(known.values()))

    def use(self, name: str, **changes: Any) -> "Scene":
        """Change, or add, the use of a field."""
        known = {one.name: one for one in self.report.fields}
        known[name] = replace(known.get(name, FieldUse(name, name, "string", 40)), **changes)
        filled = tuple(replace(one, filled={**one.filled, name: 10}) for one in self.report.types)
        return self.scan(fields=tuple(known.values()), types=filled)

    def jira(self, **changes: Any) -> "Scene":
        return replace(self, target=replace(self.target, **changes))

    def issue_type(self, name: str, **changes: Any) -> "Scene":
        types = (replace(one, **changes) if one.name == name else one for one in self.target.types)
        return self.jira(types=tuple(types))

    def without(self, permission: str) -> "Scene":
        return self.jira(permissions=self.target.permissions - {permission})

    def map(self, **changes: Any) -> "Scene":
        return replace(self, mapping=replace(self.mapping, **changes))

    def row(self, table: str, source: str, change: Callable[[Any], Any] | None = None, **changes: Any) -> "Scene":
        """Change a row of a table of the mapping."""
        rows = (replace(one, **changes) if one.source == source else one for one in getattr(self.mapping, table))
        return self.map(**{table: tuple(rows)})

    def add(self, table: str, row: Any) -> "Scene":
        return self.map(**{table: (*getattr(self.mapping, table), row)})

    def drop(self, table: str, source: str) -> "Scene":
        return self.map(**{table: tuple(one for one in getattr(self.mapping, table) if one.source != source)})

    def take(self, **changes: bool) -> "Scene":
        return replace(self, options=replace(self.options, **changes))

    def check(self) -> tuple[Problem, ...]:
        return check_mapping(
            self.report, self.source, self.target, self.mapping, self.options, accounts=self.accounts
        )  # fmt: skip


CLEAN = Scene()
