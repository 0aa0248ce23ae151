"""The fields that Jira asks for, and the work items that would leave one empty."""

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction

from domain.check_facts import CheckFacts, applies
from domain.counted_words import count_words
from domain.field_rules import find_option
from domain.field_values import split_list
from domain.issue_parts import COMPONENTS_FIELD, PARENT_FIELD, SPRINT_SCHEMA
from domain.issue_sheet import DESCRIPTION_FIELD, LABELS_FIELD
from domain.mapping_records import FieldRow
from domain.mapping_suggestions_kinds import listed_values
from domain.problem_codes import Problem, make_problem
from domain.scan_reports import TypeCount
from domain.target_sites import TargetField, TargetType
from domain.work_items import TAGS

ALWAYS_SET = frozenset({"project", "issuetype", "summary", PARENT_FIELD})
# rules that may make nothing of a value, and what they make nothing of
WITHOUT_TARGET: Mapping[str, str] = {
    "option": "a value without an option", "options": "values without an option", "user": "a person without an account",
    "priority": "a priority that is not mapped",
}  # fmt: skip


def check_required(facts: CheckFacts) -> Iterator[Problem]:
    """Fields that Jira asks for, and the work items that have no value for them, or none that the mapping takes."""
    for count, row in facts.moved():
        for type_ in facts.targets_of(row):
            for field in type_.fields:
                if field.required and not field.has_default and field.id not in ALWAYS_SET:
                    yield from _check_field(facts, count, type_, field)


def _check_field(facts: CheckFacts, count: TypeCount, type_: TargetType, field: TargetField) -> Iterator[Problem]:
    filled = min(_count_set(facts, count, field), count.count)
    if filled >= count.count:
        return
    rows = [
        (place, row) for place, row in enumerate(facts.mapping.fields)
        if row.target == field.id and applies(row, count.name)
    ]  # fmt: skip
    where = f"/fields/{rows[0][0]}" if rows else "/fields"
    lost = [WITHOUT_TARGET[row.rule] for _place, row in rows if _kept_share(facts, row, field) < 1]
    number = count.count - filled
    has = count_words(number, "has", "have")
    none = f"about {has} none, or {lost[0]}" if lost else f"{has} none"
    detail = f"{type_.name} asks for a value in {field.name}; of {count.count:,} {count.name}, {none}."
    yield make_problem("required_field", detail, where=where, count=number, examples=(field.id,))


def _count_set(facts: CheckFacts, count: TypeCount, field: TargetField) -> int:
    """How many work items of a type give a field a value, at most: of rows that fill the same one each may count."""
    rows = [row for row in facts.mapping.fields if row.target == field.id]
    found = sum(int(facts.fills(row, count) * _kept_share(facts, row, field)) for row in rows)
    if field.id == DESCRIPTION_FIELD:
        found += sum(facts.fills(row, count) for row in facts.mapping.fields if row.target is None)
    if field.id == LABELS_FIELD and facts.mapping.extra_labels:
        found = count.count
    elif field.id == LABELS_FIELD and facts.mapping.tags_to_labels:
        found += count.filled.get(TAGS, 0)
    elif field.id == COMPONENTS_FIELD:
        found += int(count.count * _share(facts.report.area_items, _areas_with_component(facts)))
    elif field.schema == SPRINT_SCHEMA:
        wanted = {row.source for row in facts.mapping.iterations if row.action != "none"}
        found += int(count.count * _share(facts.report.iteration_items, wanted))
    return found


def _kept_share(facts: CheckFacts, row: FieldRow, field: TargetField) -> Fraction:
    """How much of the values of a row becomes something. A scan counts values and people of all types together, so
    each type is taken to have its share of those without a target; where it counted none, nothing is known against it.
    """
    counts, wanted = _count_values(facts, row, field)
    return _share(counts, wanted) if sum(counts.values()) else Fraction(1)


def _count_values(facts: CheckFacts, row: FieldRow, field: TargetField) -> tuple[Mapping[str, int], Collection[str]]:
    """What a scan counted of the values of a row, and which of them become something."""
    if row.rule == "user":
        return facts.report.people, {one.source for one in facts.mapping.people if one.target}
    use = next((use for use in facts.report.fields if use.name == row.source), None)
    values = listed_values(use, None) if use else {}
    if row.rule == "priority":
        return values, {one.source for one in facts.mapping.priorities if one.target}
    if row.rule == "option":
        return values, {value for value in values if find_option(row, field, value)}
    if row.rule == "options":
        return values, {value for value in values if any(find_option(row, field, part) for part in split_list(value))}
    return {}, ()


def _areas_with_component(facts: CheckFacts) -> set[str]:
    return {row.source for row in facts.mapping.areas if row.action != "none"}


def _share(counts: Mapping[str, int], wanted: Collection[str]) -> Fraction:
    """How much of what was counted is wanted; each type is taken to be spread like all work items."""
    total = sum(counts.values())
    return Fraction(sum(count for name, count in counts.items() if name in wanted), total or 1)
