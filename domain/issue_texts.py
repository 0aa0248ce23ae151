"""The rows of a mapping's field table, applied to one work item: values, and the sections of the description."""

from collections.abc import Mapping

from domain.field_rules import RULES, Cell, draft_text, read_text
from domain.issue_sheet import DESCRIPTION_FIELD, LABELS_FIELD, Sheet
from domain.mapping_records import FieldRow
from domain.rich_text import note_block
from domain.target_sites import TargetField
from domain.work_items import TITLE, FieldValue, Identity

ASSIGNEE, REPORTER, SUMMARY = "assignee", "reporter", "summary"
DROPPED, TAKEN, NO_TITLE = "dropped", "taken", "no_title"
TOLD_PEOPLE: Mapping[str, str] = {REPORTER: "Reported by", ASSIGNEE: "Assigned to"}
# what people call these sections; any other has the name of its field
HEADINGS = {
    "Microsoft.VSTS.Common.AcceptanceCriteria": "Acceptance criteria",
    "Microsoft.VSTS.TCM.ReproSteps": "Steps to reproduce",
    "Microsoft.VSTS.TCM.SystemInfo": "Environment",
}


def fill_fields(sheet: Sheet) -> None:
    """Every row that is for this type and whose field has a value, in order: of two for one field the first counts."""
    for row in sheet.mapping.fields:
        if row.types and sheet.item.type not in row.types:
            continue
        value = sheet.item.fields.get(row.source)
        if row.target == ASSIGNEE:
            leave_unassigned(sheet)
        if value is not None and value != "":
            apply_row(sheet, row, value)


def leave_unassigned(sheet: Sheet) -> None:
    """Told outright: without it Jira takes the default assignee of the project."""
    if sheet.field(ASSIGNEE) is not None:
        sheet.fields.setdefault(ASSIGNEE, None)


def apply_row(sheet: Sheet, row: FieldRow, value: FieldValue) -> None:
    if leaves_out(row):
        sheet.note(row.source, "left out by the mapping", DROPPED)
    elif row.rule == "section" or row.target == DESCRIPTION_FIELD:
        add_section(sheet, row)
    else:
        fill_field(sheet, row, value)


def leaves_out(row: FieldRow) -> bool:
    """Whether the mapping means the field to reach no issue."""
    return row.rule == "drop" or (row.target is None and row.rule != "section")


def add_section(sheet: Sheet, row: FieldRow) -> None:
    """A text of the description. Whatever comes after its first one has a heading."""
    if sheet.field(DESCRIPTION_FIELD) is None:
        sheet.note_missing(row.source, "The description")
        return
    text = read_text(sheet.item, row.source, sheet.context)
    needs_heading = row.rule == "section" or bool(sheet.blocks)
    if text.blocks:
        sheet.add_text(text, row.source, heading_of(sheet, row.source) if needs_heading else "")


def heading_of(sheet: Sheet, source: str) -> str:
    known = sheet.context.source_fields.get(source)
    return HEADINGS.get(source) or (known.label if known else "") or source.rpartition(".")[2]


def fill_field(sheet: Sheet, row: FieldRow, value: FieldValue) -> None:
    field = sheet.field(row.target or "")
    if field is None:
        sheet.note_missing(row.source, "The field it is mapped to")
        tell_person(sheet, row, value)
        return
    if sheet.fields.get(field.id) is not None:
        sheet.note(row.source, f"{field.name} has a value already, from a row before this one.", TAKEN)
        return
    drafted = RULES[row.rule](Cell(sheet.item, row, field, value, sheet.context, sheet.mapping.priorities))
    if field.id == LABELS_FIELD:
        sheet.add_labels(drafted.value or (), f"from {row.source}")
        return
    sheet.set_value(field, row.source, drafted)
    if drafted.value is None:
        tell_person(sheet, row, value)


def tell_person(sheet: Sheet, row: FieldRow, value: FieldValue) -> None:
    """The name of a reporter or an assignee whom the issue cannot have stands in the description."""
    words = TOLD_PEOPLE.get(row.target or "")
    if words and isinstance(value, Identity) and sheet.field(DESCRIPTION_FIELD) is not None:
        sheet.opening.append(note_block(f"{words} {value.name} in Azure DevOps."))
        sheet.note(DESCRIPTION_FIELD, f"begins with the name of the {row.target}, whom the issue does not have")


def set_summary(sheet: Sheet) -> None:
    """The title, unless a row has set another; a title that shows nothing is made up of type and number."""
    if sheet.fields.get(SUMMARY):
        return
    field = sheet.field(SUMMARY) or TargetField(SUMMARY, "Summary", SUMMARY, "string")
    row = FieldRow(TITLE, SUMMARY, "text")
    drafted = draft_text(Cell(sheet.item, row, field, sheet.item.fields.get(TITLE), sheet.context))
    sheet.set_value(field, TITLE, drafted)
    if drafted.value is None:
        sheet.fields[SUMMARY] = f"{sheet.item.type} {sheet.item.id}"
        sheet.note(SUMMARY, "The work item has no title; its type and number stand for it.", NO_TITLE)
