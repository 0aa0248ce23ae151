"""States against the statuses that the issue types have, and the ways to them."""

from collections.abc import Iterator

from domain.check_facts import CheckFacts
from domain.mapping_records import StateRow
from domain.problem_codes import Problem, make_problem
from domain.target_sites import TargetType


def check_states(facts: CheckFacts) -> Iterator[Problem]:
    """Every state in which there are work items."""
    rows = {(row.type, row.source): (place, row) for place, row in enumerate(facts.mapping.states)}
    for count, type_row in facts.moved():
        for state, number in count.states.items():
            found = rows.get((count.name, state))
            if not number:
                continue
            if found is None:
                detail = f"No row says what the state {state} of {count.name} becomes."
                yield make_problem("unmapped_state", detail, where="/states", count=number)
                continue
            place, row = found
            for type_ in facts.targets_of(type_row):
                problem = _check_status(row, type_, f"/states/{place}", number)
                if problem is not None:
                    yield problem
                    break


def _check_status(row: StateRow, type_: TargetType, where: str, number: int) -> Problem | None:
    """What is wrong with a status for one issue type."""
    named = f"The state {row.source} of {row.type}"
    if row.target is None:
        detail = f"{named} becomes no status: the issues stay in their first one."
        return make_problem("first_status", detail, where=where, count=number)
    status = type_.find_status(row.target)
    if status is None:
        detail = f"{named} is to become the status {row.target}, which the workflow of {type_.name} does not have."
        return make_problem("unknown_status", detail, where=f"{where}/target", count=number)
    if row.target in type_.paths:
        return None
    if not type_.is_explored:
        detail = f"No {type_.name} in the project has shown yet how an issue gets into {status.name}."
        return make_problem("unexplored_path", detail, where=where, count=number)
    detail = f"No transitions lead a new {type_.name} to {status.name}, which {named[0].lower()}{named[1:]} becomes."
    return make_problem("no_path", detail, where=f"{where}/target", count=number)
