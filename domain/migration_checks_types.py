"""Types and parents."""

from collections.abc import Iterator

from domain.check_facts import CheckFacts
from domain.counted_words import count_words
from domain.hierarchy_plans import weigh_types
from domain.mapping_records import TypeRow
from domain.mapping_suggestions_types import STANDARD, level_of
from domain.parent_choices import SUB_TASK
from domain.problem_codes import Problem, make_problem
from domain.scan_reports import TypeCount


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
            without = count_words(alone, "has", "have")
            detail = f"Of {count.count:,}, {without} no parent that becomes a story, and a sub-task needs one."
            yield make_problem("subtask_without_parent", detail, where=f"/types/{place}", count=alone)
    rows = {row.source: row for row in facts.mapping.types}
    _kept, lost = weigh_types(facts.report, rows, facts.target)
    if lost:
        named = ", ".join(f"{one.type} below {one.parent}" for one in lost[:5])
        number = sum(one.count for one in lost)
        items = count_words(number, "work item has", "work items have")
        detail = f"{items} a parent that is not one level higher in Jira: {named}."
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
        "parent_out_of_scope": (
            "work item has a parent that is", "work items have a parent that is", "not part of this migration."
        ),
        "cycle": ("work item is above itself", "work items are above themselves", "in a circle of parents."),
    }  # fmt: skip
    for code, (one, many, rest) in words.items():
        over = facts.report.over.get(code)
        if over:
            detail = f"{count_words(over.count, one, many)} {rest}"
            yield make_problem(code, detail, count=over.count, examples=over.examples)
    tests = {type_.name for type_ in facts.source.types if type_.is_test}
    number = sum(count.count for count, _row in facts.moved() if count.name in tests)
    if number:
        found = count_words(number, "test plan, suite, case or step", "test plans, suites, cases and steps")
        detail = f"{found}: Jira has no such things of its own."
        yield make_problem("test_artefacts", detail, where="/types", count=number)
