"""One small function for each rule of a mapping's field rows: a value of Azure DevOps to what a Jira field takes.

What a field takes: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (Create issue).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from domain.draft_records import DraftContext
from domain.field_values import (
    as_label,
    as_moment,
    as_number,
    cut_line,
    day_of,
    is_midnight_elsewhere,
    jira_moment,
    one_line,
    shown_value,
    split_list,
)
from domain.mapping_records import FieldRow, FieldRule, ValueRow
from domain.records import Json
from domain.rich_text import RichText, plain_blocks, plain_text, to_adf
from domain.rich_text_cut import fit_document
from domain.rich_text_walk import Reading
from domain.target_sites import TargetField
from domain.work_items import FieldValue, Identity, WorkItem

DOCUMENTS = frozenset({"description", "environment"})  # system fields that hold a document; custom ones are text areas
TEXT_AREA, WEB_ADDRESS = ":textarea", ":url"
CUT, NOT_READ, NO_VALUE, NO_ACCOUNT = "cut", "unreadable_value", "unmapped_value", "unmapped_person"
NO_PRIORITY, EMBEDDED = "unmapped_priority", "embedded_image"
NO_DATE = "It is no date, and this field takes nothing else."


@dataclass(frozen=True, slots=True)
class Cell:
    """A value on its way from a field of a work item to a field of an issue."""

    item: WorkItem
    row: FieldRow
    field: TargetField
    value: FieldValue
    context: DraftContext
    priorities: tuple[ValueRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """`value` as Jira takes it, None when there is nothing to set. `notes`: code and reason; code '' is no loss."""

    value: Any = None
    notes: tuple[tuple[str, str], ...] = ()
    attachments: tuple[str, ...] = ()


def read_text(item: WorkItem, source: str, context: DraftContext) -> RichText:
    """A field of a work item as blocks: HTML and Markdown converted, anything else line by line."""
    value = item.fields.get(source)
    if isinstance(value, str) and (context.is_long(source) or source in item.formats):
        return to_adf(value, item.formats.get(source, "html"), reading_of(item, context))
    return RichText(plain_blocks(shown_value(value)))


def reading_of(item: WorkItem, context: DraftContext) -> Reading:
    """Mentions name people who are often in the fields of the same work item."""
    people = (value for value in item.fields.values() if isinstance(value, Identity))
    names = {person.id.lower(): person.name for person in people}
    return Reading(context.organization_url, {**names, **context.names})


def fit_text(text: RichText) -> Drafted:
    """A document that a field can hold; None for one that shows nothing."""
    document, lost = fit_document(text.blocks)
    told = ((CUT, cut_reason(lost)),) if lost else ()
    return Drafted(document if text.blocks else None, (*told, *left_out_notes(text.left_out)), text.attachments)


def cut_reason(lost: int) -> str:
    return f"The last {lost:,} characters were cut: it is longer than Jira takes."


def left_out_notes(left_out: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (code, f"{count} image{'s' if count > 1 else ''} in the text itself cannot be linked and were left out.")
        for code, count in left_out.items()
    )


def is_document(field: TargetField) -> bool:
    return field.id in DOCUMENTS or field.schema.endswith(TEXT_AREA)


def draft_text(cell: Cell) -> Drafted:
    """Plain text: a document of lines for a long field, else one line, cut to what the field holds."""
    text = read_text(cell.item, cell.row.source, cell.context)
    if is_document(cell.field):
        return fit_text(replace(text, blocks=plain_blocks(plain_text(text.blocks))))
    whole = one_line(plain_text(text.blocks))
    if cell.field.schema.endswith(WEB_ADDRESS) and not is_web_address(whole):
        return Drafted(None, ((NOT_READ, "It is no web address, and this field takes nothing else."),))
    line = cut_line(whole)
    told = ((CUT, f"Cut from {len(whole):,} to {len(line):,} characters."),) if line != whole else ()
    return Drafted(line or None, told)


def is_web_address(text: str) -> bool:
    try:
        found = urlsplit(text)
    except ValueError:
        return False
    return found.scheme in {"http", "https", "ftp"} and bool(found.netloc)


def draft_rich_text(cell: Cell) -> Drafted:
    """A document; in a field of one line the text of it."""
    if not is_document(cell.field):
        return draft_text(cell)
    return fit_text(read_text(cell.item, cell.row.source, cell.context))


def draft_number(cell: Cell) -> Drafted:
    found = as_number(cell.value)
    if found is None:
        return Drafted(None, ((NOT_READ, "It is no number, and this field takes nothing else."),))
    return Drafted(int(found) if found.is_integer() else found)


def draft_day(cell: Cell) -> Drafted:
    moment = as_moment(cell.value)
    if moment is None:
        return Drafted(None, ((NOT_READ, NO_DATE),))
    shifted = is_midnight_elsewhere(moment)
    told = (("", f"{moment:%H:%M} in UTC is taken for a midnight further east: the next day."),) if shifted else ()
    return Drafted(day_of(moment), told)


def draft_moment(cell: Cell) -> Drafted:
    moment = as_moment(cell.value)
    return Drafted(None, ((NOT_READ, NO_DATE),)) if moment is None else Drafted(jira_moment(moment))


def draft_option(cell: Cell) -> Drafted:
    """The option that the mapping names, else the one of the same name."""
    found = find_option(cell.row, cell.field, shown_value(cell.value))
    return Drafted({"id": found}) if found else Drafted(None, (_no_option(cell.field),))


def draft_options(cell: Cell) -> Drafted:
    """Each value of a list; those without an option are told of, the others are set."""
    found = [find_option(cell.row, cell.field, text) for text in split_list(shown_value(cell.value))]
    chosen = list(dict.fromkeys(option for option in found if option))
    return Drafted([{"id": one} for one in chosen] or None, (_no_option(cell.field),) if None in found else ())


def find_option(row: FieldRow, field: TargetField, text: str) -> str | None:
    """The id of the option that a row of the field table makes of a value; None for a value that has none."""
    mapped = dict(row.values)
    if text in mapped:
        return mapped[text]
    by_name = {name.casefold(): option for name, option in field.options.items()}
    return by_name.get(text.casefold())


def _no_option(field: TargetField) -> tuple[str, str]:
    return NO_VALUE, f"A value has no option in the field {field.name}; add the option or map the value."


def draft_labels(cell: Cell) -> Drafted:
    """A label for each part of a list."""
    labels = [label for text in split_list(shown_value(cell.value)) if (label := as_label(text))]
    return Drafted(list(dict.fromkeys(labels)) or None)


def draft_user(cell: Cell) -> Drafted:
    """The account of an identity, by the mapping only; a list of it for a field of several people."""
    account = cell.context.accounts.get(cell.value.id) if isinstance(cell.value, Identity) else None
    if account is None:
        return Drafted(None, ((NO_ACCOUNT, "The person has no account in the mapping; choose one there."),))
    person: Json = {"accountId": account}
    return Drafted([person] if cell.field.kind == "array" else person)


def draft_priority(cell: Cell) -> Drafted:
    """By the rows for priorities: 1 to 4 in Azure DevOps."""
    number = as_number(cell.value)
    source = shown_value(cell.value) if number is None else f"{number:.15g}"
    found = next((row.target for row in cell.priorities if row.source == source), None)
    if found is None:
        return Drafted(None, ((NO_PRIORITY, "The priority is not mapped; Jira sets its own."),))
    return Drafted({"id": found})


# `section` and `drop` set no field of their own: domain/issue_drafts.py
RULES: Mapping[FieldRule, Callable[[Cell], Drafted]] = {
    "text": draft_text,
    "rich_text": draft_rich_text,
    "number": draft_number,
    "date": draft_day,
    "datetime": draft_moment,
    "option": draft_option,
    "options": draft_options,
    "labels": draft_labels,
    "user": draft_user,
    "priority": draft_priority,
}
