"""What an issue is a part of: its parent, its sprint, its component; and its labels."""

from domain.draft_records import deciding_area
from domain.errors import MappingError
from domain.field_values import LABELS, as_label, split_list
from domain.issue_sheet import LABELS_FIELD, Sheet
from domain.parent_choices import (
    CIRCULAR,
    COLLAPSED,
    NO_ISSUE,
    OUT_OF_SCOPE,
    SUB_TASK,
    ParentChoice,
    ancestor_label,
)
from domain.work_items import AREA, ITERATION, TAGS

PARENT_FIELD, COMPONENTS_FIELD = "parent", "components"
SPRINT_SCHEMA = "com.pyxis.greenhopper.jira:gh-sprint"  # no id of a custom field is the same on two sites
ORPHAN, NO_SPRINT, CLOSED, TOO_MANY = "subtask_without_parent", "no_sprint", "sprint_closed", "too_many_labels"
SPRINT_MISSING, COMPONENT_MISSING = "sprint_missing", "component_missing"
# what an issue lacks because something else failed: once that is there, a repair puts the issue into it
MENDABLE = (NO_ISSUE, SPRINT_MISSING, COMPONENT_MISSING)
PARENT_REASONS = {
    OUT_OF_SCOPE: "The work item above is not part of this migration; widen the scope to take it along.",
    NO_ISSUE: "The work item above has no issue. See why at that one; then repair the run.",
    CIRCULAR: "The work items above go round in a circle; take one of the parents out in Azure DevOps.",
    COLLAPSED: "No work item above becomes an issue one level higher; those above stay as labels.",
}


def set_parent(sheet: Sheet, above: ParentChoice) -> None:
    """The parent; what was passed on the way to it becomes labels. Raises MappingError for a sub-task without one."""
    labels = (as_label(ancestor_label(one)) for one in above.passed)
    sheet.add_labels(labels, "work items above that cannot be a parent here")
    if sheet.type.level == SUB_TASK and (above.code or above.parent is None):
        words = f"{sheet.type.name} is a sub-task and needs a parent. {PARENT_REASONS.get(above.code, '')}"
        raise MappingError(words.strip(), code=ORPHAN)
    if above.code:
        sheet.note(PARENT_FIELD, PARENT_REASONS[above.code], above.code)
    elif above.parent is not None and above.parent.issue is None:
        sheet.coming.add(PARENT_FIELD)
        sheet.note(PARENT_FIELD, f"the issue of work item {above.parent.id}, which is made first")
    elif above.parent is not None:
        sheet.fields[PARENT_FIELD] = {"id": above.parent.issue}
        sheet.note(PARENT_FIELD, f"the issue of work item {above.parent.id}")


def set_sprint(sheet: Sheet) -> None:
    """The sprint of the iteration; none for a sub-task, which is in that of its parent."""
    path = sheet.item.text(ITERATION)
    row = next((found for found in sheet.mapping.iterations if found.source == path), None)
    if row is None or row.action == "none" or (row.action == "existing" and row.sprint is None):
        return
    field = sheet.type.find_schema(SPRINT_SCHEMA)
    if field is None or sheet.type.level == SUB_TASK:
        sheet.note(ITERATION, f"{sheet.type.name} takes no sprint.", NO_SPRINT)
        return
    sprint = sheet.context.sprints.get(path)
    closed = any(found.id == sprint and found.state == "closed" for found in sheet.target.sprints)
    if closed:
        sheet.note(field.id, "The sprint is closed, and Jira puts nothing into it any more.", CLOSED)
    elif sprint is None and sheet.context.is_preview:
        sheet.coming.add(field.id)
        sheet.note(field.id, f"from {ITERATION}: a new sprint, which is made first")
    elif sprint is None:
        sheet.note(field.id, "Its sprint was not made. See why at the sprint; then repair the run.", SPRINT_MISSING)
    else:
        sheet.fields[field.id] = sprint
        sheet.note(field.id, f"from {ITERATION}")


def set_component(sheet: Sheet) -> None:
    """The component of the area, or of the nearest area above it that the mapping names."""
    path = sheet.item.text(AREA)
    while path and path not in sheet.context.components:
        path = path.rpartition("\\")[0]
    component = sheet.context.components.get(path)
    if not component:
        _tell_new_component(sheet, path)
    elif sheet.field(COMPONENTS_FIELD) is None:
        sheet.note_missing(AREA, "The field for components")
    else:
        sheet.fields[COMPONENTS_FIELD] = [{"id": component}]
        sheet.note(COMPONENTS_FIELD, f"from {AREA}")


def _tell_new_component(sheet: Sheet, path: str) -> None:
    row = deciding_area(path, {found.source: found for found in sheet.mapping.areas})
    if row is None or row.action != "new":
        return
    if sheet.context.is_preview:
        sheet.coming.add(COMPONENTS_FIELD)
        sheet.note(COMPONENTS_FIELD, f"from {AREA}: a new component, which is made first")
    elif sheet.field(COMPONENTS_FIELD) is not None:
        words = "Its component was not made. See why at the component; then repair the run."
        sheet.note(COMPONENTS_FIELD, words, COMPONENT_MISSING)


def set_labels(sheet: Sheet) -> None:
    """Those of the mapping and of work items above first, then the tags; of too many the last are left out."""
    sheet.labels = dict.fromkeys(map(as_label, sheet.mapping.extra_labels)) | sheet.labels
    if sheet.mapping.tags_to_labels:
        sheet.add_labels(map(as_label, split_list(sheet.item.text(TAGS))), f"from {TAGS}")
    labels = [label for label in sheet.labels if label]
    if labels and sheet.field(LABELS_FIELD) is None:
        sheet.note_missing(TAGS, "The field for labels")
        return
    if len(labels) > LABELS:
        sheet.note(LABELS_FIELD, f"{len(labels) - LABELS} of {len(labels)} labels were left out.", TOO_MANY)
    if labels:
        sheet.fields[LABELS_FIELD] = labels[:LABELS]
