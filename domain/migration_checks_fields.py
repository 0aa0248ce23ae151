"""The rows of the field table against the fields and options of the project."""

from collections.abc import Iterator

from domain.check_facts import CheckFacts
from domain.counted_words import count_words
from domain.field_rules import find_option
from domain.mapping_records import FieldRow
from domain.mapping_suggestions_fields import HANDLED
from domain.mapping_suggestions_kinds import TAKES, listed_values, target_class
from domain.problem_codes import Problem, make_problem
from domain.scan_reports import FieldUse
from domain.target_sites import TargetField

EXAMPLES = 20


def check_fields(facts: CheckFacts) -> Iterator[Problem]:
    """Every row, then the fields in use that no row is for."""
    uses = {use.name: use for use in facts.report.fields}
    for place, row in enumerate(facts.mapping.fields):
        use = uses.get(row.source)
        if use is not None:
            yield from _check_row(facts, row, use, f"/fields/{place}")
    mapped = {row.source for row in facts.mapping.fields}
    for use in facts.report.fields:
        if use.name not in mapped | HANDLED and use.filled:
            detail = f"No row says what becomes of {use.label}."
            yield make_problem("unmapped_field", detail, where="/fields", count=use.filled, examples=(use.name,))


def _check_row(facts: CheckFacts, row: FieldRow, use: FieldUse, where: str) -> Iterator[Problem]:
    filled = sum(
        count.filled.get(row.source, 0) for count, _row in facts.moved() if not row.types or count.name in row.types
    )
    if not filled:
        return
    if row.rule == "drop":
        detail = f"{use.label} is left out."
        yield make_problem("dropped_field", detail, where=where, count=filled, examples=(use.name,))
        return
    field = _find_field(facts, row.target)
    if field is None and row.target:
        if _has_fields(facts):  # who may not create issues is told no fields
            detail = f"No issue type of {facts.target.key} has the field {row.target} on its create screen."
            yield make_problem("unknown_field", detail, where=f"{where}/target", count=filled, examples=(use.name,))
        return
    yield from _check_screens(facts, row, use, where)
    if field is not None and row.rule != "section":
        yield from _check_rule(facts, row, use, field, where)


def _check_screens(facts: CheckFacts, row: FieldRow, use: FieldUse, where: str) -> Iterator[Problem]:
    """Issue types that do not show the field when an issue is made. A section goes into the description."""
    wanted = row.target or "description"
    for count, type_row in facts.moved():
        filled = facts.fills(row, count)
        missing = [type_.name for type_ in facts.targets_of(type_row) if type_.find_field(wanted) is None]
        if filled and missing:
            detail = f"{use.label} of {count.name} has no place on the create screen of {', '.join(missing)}."
            yield make_problem("field_not_on_type", detail, where=where, count=filled, examples=(use.name,))


def _check_rule(facts: CheckFacts, row: FieldRow, use: FieldUse, field: TargetField, where: str) -> Iterator[Problem]:
    if row.rule not in TAKES[target_class(field)]:
        detail = f"The rule {row.rule} does not fit {field.name}, which takes {field.kind}."
        yield make_problem("unfitting_rule", detail, where=f"{where}/rule", count=use.filled, examples=(use.name,))
        return
    if row.rule not in ("option", "options"):
        return
    known = set(field.options.values())
    unknown = tuple(value for value, option in row.values if option not in known)
    if unknown:
        detail = f"{field.name} has no such option for {count_words(len(unknown), 'value', 'of the values')}."
        yield make_problem(
            "unknown_option", detail, where=f"{where}/values", count=len(unknown), examples=unknown[:EXAMPLES]
        )
    values = listed_values(use, next((one for one in facts.source.fields if one.name == use.name), None))
    without = {value: number for value, number in values.items() if number and find_option(row, field, value) is None}
    if without:
        detail = f"{_count_values(len(without), use.label)} no option in {field.name}."
        examples = tuple(without)[:EXAMPLES]
        yield make_problem(
            "unmapped_value", detail, where=f"{where}/values", count=sum(without.values()), examples=examples
        )


def _count_values(count: int, label: str) -> str:
    return count_words(count, f"value of {label} has", f"values of {label} have")


def _find_field(facts: CheckFacts, field_id: str | None) -> TargetField | None:
    fields = (type_.find_field(field_id) for type_ in facts.target.types if field_id)
    return next((field for field in fields if field is not None), None)


def _has_fields(facts: CheckFacts) -> bool:
    return any(type_.fields for type_ in facts.target.types)
