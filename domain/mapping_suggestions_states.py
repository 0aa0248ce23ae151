"""Which status a state becomes: by its name, by what else it is called, by its category. Only where a way leads.

https://learn.microsoft.com/azure/devops/boards/work-items/workflow-and-state-categories
https://support.atlassian.com/jira-cloud-administration/docs/what-are-issue-statuses-priorities-and-resolutions/
"""

from collections.abc import Iterable, Mapping

from domain.mapping_records import StateRow, TypeRow
from domain.name_matching import find_named, fold_name, group_of
from domain.scan_reports import ScanReport
from domain.target_sites import TargetProject, TargetStatus, TargetType
from domain.work_items import SourceProject, StateCategory, WorkItemState

# words for the same thing, the likeliest in Jira first
NEW = ("To Do", "Open", "New", "Proposed", "Backlog", "Not Started")
READY = ("Ready", "Approved", "Selected for Development", "Ready for Development", "To Do", "Open")
DOING = ("In Progress", "Active", "Doing", "Committed", "Started", "In Development", "Investigating")
REVIEW = ("In Review", "Review", "Resolved", "Ready for QA", "Ready for Test", "In Test", "Testing", "QA", "Verify")
DONE = ("Done", "Closed", "Completed", "Complete", "Released", "Inactive")
REMOVED = ("Cancelled", "Canceled", "Removed", "Rejected", "Won't Do", "Abandoned", "Declined", "Obsolete")
WAITING = ("Blocked", "On Hold", "Waiting", "Impeded")
GROUPS = (NEW, READY, DOING, REVIEW, DONE, REMOVED, WAITING)
# status categories for a state category, and names that are tried before whatever else is in them
CHOICES: Mapping[StateCategory, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Proposed": (("new", "indeterminate"), NEW),
    "InProgress": (("indeterminate", "new"), DOING),
    "Resolved": (("indeterminate", "done"), REVIEW + DOING),
    "Completed": (("done",), DONE),
    "Removed": (("done",), REMOVED + DONE),
}
SPECIAL = frozenset(map(fold_name, REMOVED + WAITING))  # no status of these stands for its whole category
NO_WAY = 0.6  # confidence, at most, where the status of the same name cannot be reached


def suggest_states(
    report: ScanReport, source: SourceProject, target: TargetProject, types: Iterable[TypeRow]
) -> tuple[StateRow, ...]:
    """A row for each state of each type that becomes an issue, in the order of the process."""
    found: list[StateRow] = []
    for row in types:
        issue_type = target.type_of(row.target) if row.target else None
        if issue_type is not None:
            states = list_states(report, source, row.source)
            found += [_suggest_state(row.source, state, issue_type) for state in states]
    return tuple(found)


def list_states(report: ScanReport, source: SourceProject, type_name: str) -> tuple[WorkItemState, ...]:
    """The states of a type, and those that only work items still have; these are taken for states of work."""
    known = next((type_.states for type_ in source.types if type_.name == type_name), ())
    counted = next((count.states for count in report.types if count.name == type_name), {})
    names = {state.name for state in known}
    return (*known, *(WorkItemState(name, "InProgress") for name in counted if name not in names))


def _suggest_state(type_name: str, state: WorkItemState, issue_type: TargetType) -> StateRow:
    reached = [one for one in issue_type.statuses if not issue_type.is_explored or one.id in issue_type.paths]
    named, confidence, reason = _choose_status(state, reached)
    if named is None:
        return StateRow(type_name, state.name, None, 0.0, "No status of the workflow can be reached.")
    missed = find_named((state.name,), {one.name: one for one in issue_type.statuses if one not in reached})
    if missed and confidence < 1:
        confidence, reason = min(confidence, NO_WAY), f"No transitions lead to {missed[0]}. {reason}"
    if not issue_type.is_explored and named.id not in issue_type.paths:
        reason += " The first issue of the run shows the way to it."
    return StateRow(type_name, state.name, named.id, confidence, reason)


def _choose_status(state: WorkItemState, reached: Iterable[TargetStatus]) -> tuple[TargetStatus | None, float, str]:
    """The best of the statuses that can be reached, how sure that is, and why."""
    there = {one.name: one for one in reached}
    same = find_named((state.name,), there)
    if same:
        return same[1], 1.0, "Same name."
    categories, words = CHOICES[state.category]
    for category in categories:
        alike = {name: one for name, one in there.items() if one.category == category}
        meant = find_named(group_of(state.name, GROUPS), alike)
        if meant:
            return meant[1], 0.9, f"{state.name} means {meant[0]}."
        found = find_named(words, alike) or _first_usual(alike)
        if found:
            is_sure = category == categories[0] and (state.category != "Removed" or fold_name(found[0]) in SPECIAL)
            return found[1], 0.7 if is_sure else 0.5, _category_words(state, found[0])
    first = next(iter(there.values()), None)
    return first, 0.3, "No status is of this kind; it is the first of the workflow."


def _category_words(state: WorkItemState, name: str) -> str:
    if state.category == "Removed" and fold_name(name) not in SPECIAL:
        return "No status is for what was removed; it is done with."
    if state.category == "Resolved":
        return "Resolved work still has to be verified."
    return f"{name} is the status for this category."


def _first_usual(there: Mapping[str, TargetStatus]) -> tuple[str, TargetStatus] | None:
    usual = ((name, one) for name, one in there.items() if fold_name(name) not in SPECIAL)
    return next(usual, next(iter(there.items()), None))
