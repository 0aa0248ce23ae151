"""Iterations against the board and its sprints, areas against the components of the project."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from domain.check_facts import CheckFacts
from domain.issue_parts import COMPONENTS_FIELD, SPRINT_SCHEMA
from domain.mapping_records import AreaRow, IterationRow
from domain.name_matching import fold_name
from domain.parent_choices import SUB_TASK
from domain.problem_codes import Problem, make_problem
from domain.sprint_names import fold_sprint
from domain.target_sites import TargetType


def check_iterations(facts: CheckFacts) -> Iterator[Problem]:
    """Every iteration with work items, and whether there is a board to put them on."""
    counts = facts.report.iteration_items
    rows = {row.source for row in facts.mapping.iterations}
    for path, number in counts.items():
        if number and path not in rows and "\\" in path:
            yield make_problem(
                "unmapped_iteration", f"No row is for the iteration {path}.", where="/iterations", count=number
            )
    wanted = [row for row in facts.mapping.iterations if row.action != "none"]
    if wanted and not facts.target.has_sprints:
        count = sum(counts.get(row.source, 0) for row in wanted)
        yield make_problem("missing_board", _board_words(facts), where="/iterations", count=count)
        return
    for place, row in enumerate(facts.mapping.iterations):
        yield from _check_sprint(facts, row, f"/iterations/{place}", counts.get(row.source, 0))
    yield from _find_doubles("/iterations", ((row.name, row.action) for row in facts.mapping.iterations), fold_sprint)
    if wanted:
        yield from _check_screens(facts, "no_sprint_field", "Sprint", lambda type_: type_.find_schema(SPRINT_SCHEMA))


def check_areas(facts: CheckFacts) -> Iterator[Problem]:
    """Every area with work items."""
    counts = facts.report.area_items
    rows = {row.source for row in facts.mapping.areas}
    for path, number in counts.items():
        if number and path not in rows and "\\" in path:
            yield make_problem("unmapped_area", f"No row is for the area {path}.", where="/areas", count=number)
    for place, row in enumerate(facts.mapping.areas):
        yield from _check_component(facts, row, f"/areas/{place}", counts.get(row.source, 0))
    yield from _find_doubles("/areas", ((row.name, row.action) for row in facts.mapping.areas), fold_name)
    if any(row.action != "none" for row in facts.mapping.areas):
        yield from _check_screens(
            facts, "no_component_field", "Components", lambda type_: type_.find_field(COMPONENTS_FIELD)
        )


def _board_words(facts: CheckFacts) -> str:
    if facts.target.board_id is None:
        return "Iterations are to become sprints, and the migration has no board with sprints."
    return "Iterations are to become sprints, and the board has none."


def _check_sprint(facts: CheckFacts, row: IterationRow, where: str, number: int) -> Iterator[Problem]:
    if row.action == "none" and number and "\\" in row.source:
        yield make_problem(
            "left_iteration", f"The iteration {row.source} becomes no sprint.", where=where, count=number
        )
    names = {fold_sprint(sprint.name) for sprint in facts.target.sprints}
    if row.action == "new" and fold_sprint(row.name) in names:
        detail = f"The board has a sprint called like the new one for {row.source}."
        yield make_problem("sprint_name_taken", detail, where=f"{where}/name", count=number)
    if row.action != "existing":
        return
    found = next((sprint for sprint in facts.target.sprints if sprint.id == row.sprint), None)
    if found is None:
        detail = f"The board has no sprint {row.sprint}, which {row.source} is to become."
        yield make_problem("unknown_sprint", detail, where=f"{where}/sprint", count=number)
    elif found.state == "closed" and number:
        detail = f"{row.source} is to become a sprint that is closed."
        yield make_problem("closed_sprint", detail, where=f"{where}/sprint", count=number)


def _check_component(facts: CheckFacts, row: AreaRow, where: str, number: int) -> Iterator[Problem]:
    if row.action == "none" and number and "\\" in row.source:
        yield make_problem("left_area", f"The area {row.source} becomes no component.", where=where, count=number)
    if row.action == "new" and fold_name(row.name) in map(fold_name, facts.target.components):
        detail = f"The project has a component called like the new one for {row.source}."
        yield make_problem("component_name_taken", detail, where=f"{where}/name", count=number)
    if row.action == "existing" and row.component not in facts.target.components.values():
        detail = f"The project has no component {row.component}, which {row.source} is to become."
        yield make_problem("unknown_component", detail, where=f"{where}/component", count=number)


def _find_doubles(where: str, named: Iterable[tuple[str, str]], fold: Callable[[str], str]) -> Iterator[Problem]:
    """New names that more than one row has."""
    counts = Counter(fold(name) for name, action in named if action == "new")
    doubled = sum(count for count in counts.values() if count > 1)
    if doubled:
        yield make_problem("doubled_name", f"{doubled:,} new ones are called alike.", where=where, count=doubled)


def _check_screens(facts: CheckFacts, code: str, name: str, find: Callable[[TargetType], object]) -> Iterator[Problem]:
    """Issue types whose create screen lacks a field; a sub-task is in the sprint of its parent."""
    for count, row in facts.moved():
        types = [type_ for type_ in facts.targets_of(row) if code != "no_sprint_field" or type_.level != SUB_TASK]
        missing = [type_.name for type_ in types if type_.fields and find(type_) is None]
        if missing:
            detail = f"The create screen of {', '.join(missing)} has no field {name}; {count.name} goes there."
            yield make_problem(code, detail, where="/types", count=count.count)
