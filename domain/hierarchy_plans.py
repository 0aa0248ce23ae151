"""Three ways to fit the levels of Azure DevOps into those of Jira, and what each loses. Pure.

A parent in Jira is exactly one level higher. Where it is not, the work item above becomes a label on those below it
(`domain/parent_choices.py`).
https://support.atlassian.com/jira-cloud-administration/docs/configure-the-issue-type-hierarchy/
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.mapping_records import PlanName, TypeRow
from domain.mapping_suggestions_types import EPIC, STANDARD, level_of, list_types, suggest_types
from domain.parent_choices import SUB_TASK
from domain.scan_reports import ScanReport
from domain.target_sites import TargetProject
from domain.work_items import SourceProject

PLANS: tuple[PlanName, ...] = ("feature_as_epic", "epic_as_epic", "levels")


@dataclass(frozen=True, slots=True)
class LostParent:
    """So many work items of `type` have a parent of the type `parent` which stays as a label only."""

    type: str
    parent: str
    count: int


@dataclass(frozen=True, slots=True)
class HierarchyPlan:
    """`kept`: work items whose parent in Azure DevOps is their parent in Jira too. `detail`: sentences for people."""

    name: PlanName
    is_possible: bool
    is_suggested: bool
    kept: int
    lost: tuple[LostParent, ...]
    detail: str
    types: tuple[TypeRow, ...] = ()


def plan_hierarchies(
    report: ScanReport, source: SourceProject, target: TargetProject
) -> tuple[HierarchyPlan, HierarchyPlan, HierarchyPlan]:
    """All three; the one that is possible and keeps the most parents is suggested, of equal ones the first."""
    plans = [_make_plan(name, report, source, target) for name in PLANS]
    best = max(plans, key=lambda plan: (plan.is_possible, plan.kept))
    first, second, third = (replace(plan, is_suggested=plan is best) for plan in plans)
    return first, second, third


def weigh_types(
    report: ScanReport, rows: Mapping[str, TypeRow], target: TargetProject
) -> tuple[int, tuple[LostParent, ...]]:
    """How many work items keep their parent with these types, and which do not."""
    kept, lost = 0, []
    for count in report.types:
        row = rows.get(count.name)
        own = level_of(row.target, target) if row else None
        if row is None or own is None:
            continue
        for parent, number in count.parents.items():
            if not parent:
                continue
            if _keeps(own, row, rows.get(parent), target):
                kept += number
            else:
                lost.append(LostParent(count.name, parent, number))
    return kept, tuple(sorted(lost, key=lambda one: -one.count))


def _keeps(own: int, row: TypeRow, above: TypeRow | None, target: TargetProject) -> bool:
    """Whether work items of one type become the parents of those of another; `own`: the level of the latter."""
    parent = level_of(above.target, target) if above else None
    if own == SUB_TASK and parent != STANDARD and row.without_parent:  # then it becomes no sub-task
        own = level_of(row.without_parent, target) or STANDARD
    return parent == own + 1


def _make_plan(name: PlanName, report: ScanReport, source: SourceProject, target: TargetProject) -> HierarchyPlan:
    rows = suggest_types(report, source, target, name)
    kept, lost = weigh_types(report, {row.source: row for row in rows}, target)
    is_possible = name != "levels" or any(type_.level > EPIC for type_ in target.types)
    detail = " ".join((_words(name, report, source, is_possible=is_possible), _loss_words(lost)))
    return HierarchyPlan(name, is_possible, False, kept, lost, detail, rows)


def _words(name: PlanName, report: ScanReport, source: SourceProject, *, is_possible: bool) -> str:
    types = list_types(report, source)
    high = _join(type_.name for type_ in types if (type_.level or 0) > EPIC)
    low = _join(type_.name for type_ in types if type_.level == EPIC)
    if not is_possible:
        return "Not possible here: the project has no issue type above Epic, which Jira Premium offers."
    if not high:
        return f"All plans are the same here: {low or 'no type'} is on the one level above stories."
    if name == "levels":
        return f"{low} becomes an Epic, {high} an issue on the levels above it."
    if name == "feature_as_epic":
        return f"{low} becomes an Epic. {high} becomes an Epic too, and a label on what is below it."
    return f"{high} becomes an Epic. {low} becomes a Story, and a label on what is below it."


def _loss_words(lost: tuple[LostParent, ...]) -> str:
    if not lost:
        return "Every parent stays."
    named = _join(f"{one.count:,} × {one.type} below {one.parent}" for one in lost[:3])
    more = f" and {len(lost) - 3} kinds more" if len(lost) > 3 else ""
    return f"{sum(one.count for one in lost):,} parents stay as labels only: {named}{more}."


def _join(words: Iterable[str]) -> str:
    return ", ".join(words)
