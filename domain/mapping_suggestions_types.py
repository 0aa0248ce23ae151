"""Which issue type a work item type becomes: by its name, by what Jira calls it, by its level.

https://learn.microsoft.com/azure/devops/boards/work-items/guidance/choose-process
https://support.atlassian.com/jira-cloud-administration/docs/configure-the-issue-type-hierarchy/
"""

from collections.abc import Iterable, Mapping

from domain.mapping_records import PlanName, TypeRow
from domain.name_matching import find_named, fold_name
from domain.parent_choices import SUB_TASK
from domain.scan_reports import ScanReport, TypeCount
from domain.target_sites import TargetProject, TargetType
from domain.work_items import SourceProject, WorkItemType

EPIC, STANDARD = 1, 0
# what a type is called in Jira, the likeliest first
CALLED: Mapping[str, tuple[str, ...]] = {
    "userstory": ("Story",),
    "productbacklogitem": ("Story", "Backlog Item", "User Story"),
    "requirement": ("Story", "User Story"),
    "experience": ("Story",),
    "bug": ("Defect",),
    "changerequest": ("Change",),
    "testcase": ("Test",),
    "testsuite": ("Test Set",),
}
DEFAULTS: Mapping[int, tuple[str, ...]] = {
    EPIC: ("Epic",),
    STANDARD: ("Task", "Story"),
    SUB_TASK: ("Subtask", "Sub-task"),
}
TASKS = frozenset({"task", "subtask"})


def suggest_types(
    report: ScanReport, source: SourceProject, target: TargetProject, plan: PlanName
) -> tuple[TypeRow, ...]:
    """A row for each type of the process or the scan, the highest level first."""
    counts = {count.name: count for count in report.types}
    types = list_types(report, source)
    rows = {type_.name: _suggest_type(type_, types, target, plan) for type_ in types if type_.level != SUB_TASK}
    levels = {name: level_of(row.target, target) for name, row in rows.items()}
    for type_ in types:
        if type_.level == SUB_TASK:
            rows[type_.name] = _suggest_task(type_, counts.get(type_.name), levels, target)
    return tuple(rows[type_.name] for type_ in types)


def list_types(report: ScanReport, source: SourceProject) -> tuple[WorkItemType, ...]:
    """The types of the process, and those that only work items still have; the highest backlog first."""
    known = {type_.name for type_ in source.types}
    gone = (WorkItemType(count.name, (), ()) for count in report.types if count.name not in known)
    return tuple(sorted((*source.types, *gone), key=lambda type_: (type_.is_test, -_height(type_))))


def level_of(type_id: str | None, target: TargetProject) -> int | None:
    """Jira's level of an issue type; None for no type, or one that the project does not have."""
    found = target.type_of(type_id) if type_id else None
    return found.level if found else None


def wanted_level(type_: WorkItemType, types: Iterable[WorkItemType], target: TargetProject, plan: PlanName) -> int:
    """The level of Jira at which a plan puts a type, if the project has types there; else the next one below it."""
    level = type_.level if type_.level is not None else STANDARD
    if level >= EPIC:
        level = _portfolio_level(level, types, plan)
    there = {one.level for one in target.types}
    while level > STANDARD and level not in there:
        level -= 1
    return level if level in there else STANDARD


def _portfolio_level(level: int, types: Iterable[WorkItemType], plan: PlanName) -> int:
    """Where a process has one level above its requirements only, all plans are the same."""
    has_more = any((type_.level or 0) > EPIC for type_ in types)
    if plan == "levels":
        return level
    return STANDARD if plan == "epic_as_epic" and has_more and level == EPIC else EPIC


def _suggest_type(
    type_: WorkItemType, types: tuple[WorkItemType, ...], target: TargetProject, plan: PlanName
) -> TypeRow:
    level = wanted_level(type_, types, target, plan)
    there = types_at(target, level)
    same = find_named((type_.name,), there)
    if same:
        return TypeRow(type_.name, same[1].id, 1.0, "Same name.")
    called = find_named(CALLED.get(fold_name(type_.name), ()), there)
    if called:
        return TypeRow(type_.name, called[1].id, 0.9, f"Jira calls it {called[0]}.")
    return _suggest_by_level(type_, there)


def _suggest_by_level(type_: WorkItemType, there: Mapping[str, TargetType]) -> TypeRow:
    words, confidence, reason = _usual_type(type_)
    found = find_named(words, there) or next(iter(there.items()), None)
    if found is None:
        return TypeRow(type_.name, None, 0.0, "The project has no issue type for it.")
    return TypeRow(type_.name, found[1].id, confidence, reason)


def _usual_type(type_: WorkItemType) -> tuple[tuple[str, ...], float, str]:
    """Names of issue types, the best first, for a type that none is called like."""
    if type_.is_test:
        return DEFAULTS[STANDARD], 0.4, "Jira has no test artefacts of its own: it becomes an issue like others."
    if type_.level is None:
        return DEFAULTS[STANDARD], 0.5, "No issue type is called like this."
    if type_.level == STANDARD:
        return ("Story", "Task"), 0.7, "On the level of stories."
    return ("Epic", "Story"), 0.8, "The nearest level that this plan leaves it."


def _suggest_task(
    type_: WorkItemType, count: TypeCount | None, levels: Mapping[str, int | None], target: TargetProject
) -> TypeRow:
    """Sub-tasks where that keeps more parents than issues of their own would."""
    parents = count.parents if count else {}
    below_stories = sum(number for name, number in parents.items() if levels.get(name) == STANDARD)
    below_epics = sum(number for name, number in parents.items() if levels.get(name) == EPIC)
    subtasks, standard = types_at(target, SUB_TASK), types_at(target, STANDARD)
    own = find_named((type_.name,), standard)
    is_subtask = bool(subtasks) and (fold_name(type_.name) in TASKS or own is None)
    alone = own or find_named(DEFAULTS[STANDARD], standard) or next(iter(standard.items()), None)
    if not is_subtask or (count and count.count and below_stories <= below_epics):
        reason = "Same name." if own else "No issue type is called like this."
        return TypeRow(type_.name, alone[1].id if alone else None, 1.0 if own else 0.5, reason)
    found = find_named((type_.name, *DEFAULTS[SUB_TASK]), subtasks) or next(iter(subtasks.items()))
    reason = (
        f"{below_stories:,} of {count.count:,} are below a story."
        if count and count.count
        else "On the level of tasks."
    )
    return TypeRow(type_.name, found[1].id, 0.9, reason, without_parent=alone[1].id if alone else None)


def types_at(target: TargetProject, level: int) -> dict[str, TargetType]:
    return {one.name: one for one in target.types if one.level == level}


def _height(type_: WorkItemType) -> float:
    """For the order: types that are on no backlog come after those that are."""
    return -1.5 if type_.level is None else type_.level
