"""A process, a scan and a Jira project, small enough to see through."""

from typing import Any

from domain.scan_reports import FieldUse, ScanReport, TypeCount
from domain.target_sites import TargetField, TargetProject, TargetStatus, TargetType
from domain.work_items import SourceProject, StateCategory, WorkItemField, WorkItemState, WorkItemType

LEVELS = {"Initiative": 3, "Epic": 2, "Feature": 1, "User Story": 0, "Task": -1, "Bug": None, "Test Case": None}


def work_type(name: str, *states: tuple[str, StateCategory], **more: Any) -> WorkItemType:
    """With the level that its name has in the usual processes."""
    found = tuple(WorkItemState(*state) for state in states)
    return WorkItemType(name, found, (), **{"level": LEVELS.get(name), "is_test": name == "Test Case"} | more)


def process(*types: str | WorkItemType, fields: tuple[WorkItemField, ...] = ()) -> SourceProject:
    found = (one if isinstance(one, WorkItemType) else work_type(one) for one in types)
    return SourceProject("guid", "Shop", tuple(found), fields)


def scan(*counts: TypeCount, **more: Any) -> ScanReport:
    return ScanReport(items=sum(count.count for count in counts), types=counts, **more)


def below(name: str, count: int, **parents: int) -> TypeCount:
    """Work items of a type by the type of their parent; `none` for those without one."""
    told = {"" if parent == "none" else parent.replace("_", " "): number for parent, number in parents.items()}
    return TypeCount(name, count, parents=told)


def status(name: str, category: str) -> TargetStatus:
    return TargetStatus(f"s-{name}", name, category)


def issue_type(name: str, level: int, *fields: TargetField, statuses: tuple[TargetStatus, ...] = (),
               **more: Any) -> TargetType:  # fmt: skip
    """Every status can be reached in one step unless `paths` says otherwise."""
    paths = {one.id: (f"to {one.name}",) for one in statuses}
    return TargetType(f"t-{name}", name, level, fields, statuses, **{"paths": paths} | more)


def jira(*types: TargetType, **more: Any) -> TargetProject:
    return TargetProject("10001", "SHOP", "company", types, **more)


def usual(*levels: tuple[str, int]) -> TargetProject:
    """Epic, Story, Task, Bug and Subtask, and further types."""
    known = (*levels, ("Epic", 1), ("Story", 0), ("Task", 0), ("Bug", 0), ("Subtask", -1))
    return jira(*(issue_type(name, level) for name, level in known))


def field(id: str, name: str, kind: str = "string", items: str = "", schema: str = "", **more: Any) -> TargetField:
    return TargetField(id, name, schema or id, kind, items, **more)


def use(name: str, label: str, kind: str = "string", filled: int = 10, **values: int) -> FieldUse:
    return FieldUse(name, label, kind, filled, values)
