"""Types, parents and the fields that Jira asks for."""

from collections.abc import Iterator, Mapping

from domain.check_facts import CheckFacts, applies
from domain.hierarchy_plans import weigh_types
from domain.issue_parts import COMPONENTS_FIELD, PARENT_FIELD, SPRINT_SCHEMA
from domain.issue_sheet import DESCRIPTION_FIELD, LABELS_FIELD
from domain.mapping_records import TypeRow
from domain.mapping_suggestions_types import STANDARD, level_of
from domain.parent_choices import SUB_TASK
from domain.problem_codes import Problem, make_problem
from domain.scan_reports import TypeCount
from domain.target_sites import TargetField, TargetType
from domain.work_items import TAGS

ALWAYS_SET = frozenset({"project", "issuetype", "summary", PARENT_FIELD})


def check_types(facts: CheckFacts) -> Iterator[Problem]:
    """Every type with work items has a row, and the row a type of the project."""
    for count in facts.report.types:
        found = facts.find_type(count.name)
        if not count.count:
            continue
        if found is None:
            yield make_problem("unmapped_type", f"No row says what {count.name} becomes.", count=count.count)
            continue
        place, row = found
        if row.target is None:
            detail = f"Work items of the type {count.name} are left out."
            yield make_problem("skipped_type", detail, where=f"/types/{place}", count=count.count)
        for entry, type_id in (("target", row.target), ("withoutParent", row.without_parent)):
            if type_id and facts.target.type_of(type_id) is None:
                detail = f"{facts.target.key} has no issue type {type_id}, which {count.name} is to become."
                yield make_problem("unknown_type", detail, where=f"/types/{place}/{entry}", count=count.count)


def check_parents(facts: CheckFacts) -> Iterator[Problem]:
    """Sub-tasks that have nothing to be a part of, and parents that stay as labels."""
    for count, row in facts.moved():
        alone = _count_alone(facts, count, row)
        if alone:
            place, _row = facts.find_type(count.name) or (0, row)
            detail = f"{alone:,} of {count.count:,} have no parent that becomes a story, and a sub-task needs one."
            yield make_problem("subtask_without_parent", detail, where=f"/types/{place}", count=alone)
    rows = {row.source: row for row in facts.mapping.types}
    _kept, lost = weigh_types(facts.report, rows, facts.target)
    if lost:
        named = ", ".join(f"{one.type} below {one.parent}" for one in lost[:5])
        number = sum(one.count for one in lost)
        detail = f"{number:,} work items have a parent that is not one level higher in Jira: {named}."
        yield make_problem("parents_as_labels", detail, where="/plan", count=number)


def _count_alone(facts: CheckFacts, count: TypeCount, row: TypeRow) -> int:
    """Work items that would be sub-tasks of nothing; 0 where it is said what they are then."""
    if level_of(row.target, facts.target) != SUB_TASK:
        return 0
    instead = level_of(row.without_parent, facts.target)
    if instead is not None and instead > SUB_TASK:
        return 0
    levels = {name: level_of(facts.mapping.type_target(name), facts.target) for name in count.parents}
    # one below another sub-task becomes one of the issue that this is a part of
    below = (number for name, number in count.parents.items() if levels[name] in (STANDARD, SUB_TASK))
    return count.count - sum(below)


def check_scope(facts: CheckFacts) -> Iterator[Problem]:
    """Parents that are not part of the migration, circles of parents, and test artefacts."""
    words = {
        "parent_out_of_scope": "{count:,} work items have a parent that is not part of this migration.",
        "cycle": "{count:,} work items are above themselves.",
    }
    for code, detail in words.items():
        over = facts.report.over.get(code)
        if over:
            yield make_problem(code, detail.format(count=over.count), count=over.count, examples=over.examples)
    tests = {type_.name for type_ in facts.source.types if type_.is_test}
    number = sum(count.count for count, _row in facts.moved() if count.name in tests)
    if number:
        detail = f"{number:,} test plans, suites, cases and steps: Jira has no such things of its own."
        yield make_problem("test_artefacts", detail, where="/types", count=number)


def check_required(facts: CheckFacts) -> Iterator[Problem]:
    """Fields that Jira asks for, and the work items that have no value for them."""
    for count, row in facts.moved():
        for type_ in facts.targets_of(row):
            for field in type_.fields:
                if field.required and not field.has_default and field.id not in ALWAYS_SET:
                    yield from _check_required_field(facts, count, type_, field)


def _check_required_field(
    facts: CheckFacts, count: TypeCount, type_: TargetType, field: TargetField
) -> Iterator[Problem]:
    filled = min(_count_set(facts, count, field), count.count)
    if filled >= count.count:
        return
    places = (
        place for place, row in enumerate(facts.mapping.fields) if row.target == field.id and applies(row, count.name)
    )
    place = next(places, None)
    where = "/fields" if place is None else f"/fields/{place}"
    number = count.count - filled
    detail = f"{type_.name} asks for a value in {field.name}; {number:,} of {count.count:,} {count.name} have none."
    yield make_problem("required_field", detail, where=where, count=number, examples=(field.id,))


def _count_set(facts: CheckFacts, count: TypeCount, field: TargetField) -> int:
    """How many work items of a type give a field a value, at most: of rows that fill the same one each may count."""
    found = sum(facts.fills(row, count) for row in facts.mapping.fields if row.target == field.id)
    if field.id == DESCRIPTION_FIELD:
        found += sum(facts.fills(row, count) for row in facts.mapping.fields if row.target is None)
    if field.id == LABELS_FIELD and facts.mapping.extra_labels:
        found = count.count
    elif field.id == LABELS_FIELD and facts.mapping.tags_to_labels:
        found += count.filled.get(TAGS, 0)
    elif field.id == COMPONENTS_FIELD:
        found += _share(count.count, facts.report.area_items, _areas_with_component(facts))
    elif field.schema == SPRINT_SCHEMA:
        wanted = {row.source for row in facts.mapping.iterations if row.action != "none"}
        found += _share(count.count, facts.report.iteration_items, wanted)
    return found


def _areas_with_component(facts: CheckFacts) -> set[str]:
    return {row.source for row in facts.mapping.areas if row.action != "none"}


def _share(number: int, counts: Mapping[str, int], wanted: set[str]) -> int:
    """How many of `number` are in the wanted places, when they are spread like all work items."""
    total = sum(counts.values())
    inside = sum(count for path, count in counts.items() if path in wanted)
    return number * inside // total if total else 0
