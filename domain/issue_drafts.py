"""A work item as the issue it becomes: exactly what Jira's create call takes, with a reason for each field. Pure.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulk-post
"""

from typing import Any

from domain.draft_records import FIELDS_PROPERTY, SOURCE_PROPERTY, DraftContext, IssueDraft
from domain.errors import MappingError
from domain.issue_comparisons import STATUS, comparable_fields, hash_of
from domain.issue_parts import set_component, set_labels, set_parent, set_sprint
from domain.issue_sheet import Sheet
from domain.issue_texts import fill_fields, set_summary
from domain.mapping_records import Mapping
from domain.parent_choices import ParentChoice, choose_parent
from domain.target_sites import TargetProject, TargetType
from domain.work_items import STATE, TYPE, WorkItem

SKIPPED_TYPE, UNKNOWN_TYPE, REQUIRED = "skipped_type", "unknown_type", "required_field"
NO_STATUS, NO_PATH, NO_SUB_TASK = "unmapped_state", "unreachable_status", "no_sub_task"


def draft_issue(item: WorkItem, mapping: Mapping, target: TargetProject, context: DraftContext) -> IssueDraft:
    """The issue of a work item. Raises MappingError when Jira could not take it, whatever is left out."""
    above = choose_parent(item.type, item.parent, context.ancestors, mapping, target)
    type_ = find_type(item, mapping, target, above)
    sheet = Sheet(item, mapping, target, type_, context)
    tell_type(sheet)
    fill_fields(sheet)
    set_summary(sheet)
    set_parent(sheet, above)
    set_sprint(sheet)
    set_component(sheet)
    set_labels(sheet)
    sheet.set_description()
    transitions, status = find_road(sheet)
    check_required(sheet)
    wanted = comparable_fields(sheet.fields, status)
    return IssueDraft(
        type_id=type_.id,
        fields=sheet.fields,
        transitions=transitions,
        status=status,
        properties=(source_property(item, context), {"key": FIELDS_PROPERTY, "value": wanted}),
        notes=tuple(sheet.notes),
        attachments=tuple(sheet.attachments),
        hash=hash_of(wanted),
    )


def create_body(draft: IssueDraft) -> dict[str, Any]:
    """One of the `issueUpdates` of a bulk create; alone it is the body of a single one."""
    first = {"transition": {"id": draft.transitions[0]}} if draft.transitions else {}
    return {"fields": dict(draft.fields), **first, "properties": list(draft.properties)}


def find_type(item: WorkItem, mapping: Mapping, target: TargetProject, above: ParentChoice) -> TargetType:
    """Raises MappingError for a type that becomes nothing."""
    if above.type is not None:
        return above.type
    if mapping.type_target(item.type) is None:
        raise MappingError(f"Work items of the type {item.type} are not mapped to an issue type.", code=SKIPPED_TYPE)
    words = f"{item.type} is mapped to an issue type that {target.key} does not have; map it anew."
    raise MappingError(words, code=UNKNOWN_TYPE)


def tell_type(sheet: Sheet) -> None:
    """Where a sub-task has no parent to be one of, the mapping may name another type for it."""
    is_usual = sheet.mapping.type_target(sheet.item.type) == sheet.type.id
    sheet.note("issuetype", f"from {TYPE}" if is_usual else "It has no parent to be a sub-task of.",
               "" if is_usual else NO_SUB_TASK)  # fmt: skip


def find_road(sheet: Sheet) -> tuple[tuple[str, ...], str | None]:
    """The transitions to the status of the work item's state, and that status; none where no way leads there.

    A status without transitions, in a workflow that is not known yet, is found by walking (`clients/jira_flows.py`).
    """
    state = sheet.item.text(STATE)
    wanted = sheet.mapping.status_target(sheet.item.type, state)
    if wanted is None:
        sheet.note(STATUS, f"The state {state} is not mapped; the issue stays in its first status.", NO_STATUS)
        return (), None
    path = sheet.type.paths.get(wanted)
    if path is not None:
        steps = {0: "its first status", 1: "one transition, with the create call"}
        sheet.note(STATUS, f"from {STATE}: {steps.get(len(path), f'{len(path)} transitions')}")
        return path, wanted
    if not sheet.type.is_explored and sheet.type.find_status(wanted):
        sheet.note(STATUS, f"from {STATE}: the first issues of the run show the way to it")
        return (), wanted
    words = f"No transitions lead to the status of the state {state}; the issue stays in its first status."
    sheet.note(STATUS, words, NO_PATH)
    return (), None


def check_required(sheet: Sheet) -> None:
    """Raises MappingError for a field without which Jira makes no issue."""
    for field in sheet.type.fields:
        is_set = sheet.fields.get(field.id) not in (None, [], "") or field.id in sheet.coming
        if field.required and not field.has_default and not is_set:
            words = f"Jira asks for a value in {field.name} of {sheet.type.name}, and the mapping gives none."
            raise MappingError(words, code=REQUIRED)


def source_property(item: WorkItem, context: DraftContext) -> dict[str, Any]:
    """By this an issue is found again; indexed for JQL."""
    value = {
        "organization": context.organization,
        "project": context.project,
        "id": item.id,
        "revision": item.revision,
        "run": context.run,
    }
    return {"key": SOURCE_PROPERTY, "value": value}
