"""Priorities, people and kinds of links."""

from collections.abc import Iterator

from domain.check_facts import CheckFacts
from domain.counted_words import count_words
from domain.problem_codes import Problem, make_problem
from domain.remote_links import REMOTE
from domain.work_items import CHILD, PRIORITY

EXAMPLES = 20
PEOPLE_FIELDS = frozenset({"user"})


def check_priorities(facts: CheckFacts) -> Iterator[Problem]:
    """The priorities in use, where a row of the field table takes them along."""
    if not any(row.rule == "priority" for row in facts.mapping.fields):
        return
    known = set(facts.target.priorities.values())
    targets = {row.source: row.target for row in facts.mapping.priorities}
    for place, row in enumerate(facts.mapping.priorities):
        if row.target is not None and row.target not in known:
            detail = f"The project has no priority {row.target}, which {row.source} is to become."
            yield make_problem("unknown_priority", detail, where=f"/priorities/{place}/target")
    use = next((use for use in facts.report.fields if use.name == PRIORITY), None)
    for value, number in (use.values if use else {}).items():
        if targets.get(value) is None:
            detail = f"The priority {value} becomes none."
            yield make_problem("unmapped_priority", detail, where="/priorities", count=number)


def check_people(facts: CheckFacts) -> Iterator[Problem]:
    """People whom a row of the field table takes along, and who have no account, or none that can be used."""
    if not any(row.rule in PEOPLE_FIELDS for row in facts.mapping.fields):
        return
    targets = {row.source: row.target for row in facts.mapping.people}
    without = [person for person in facts.report.people if not targets.get(person)]
    if without:
        people = count_words(len(facts.report.people), "person", "people")
        detail = f"The mapping has no account for {len(without):,} of {people}."
        yield make_problem(
            "unmapped_person", detail, where="/people", count=len(without), examples=_examples(facts, without)
        )
    if facts.accounts is None:
        return
    unusable = [row.source for row in facts.mapping.people if row.target and row.target not in facts.accounts]
    if unusable:
        people = count_words(len(unusable), "person is", "people are")
        detail = f"{people} mapped to an account that is not there, or not active."
        yield make_problem(
            "unknown_account", detail, where="/people", count=len(unusable), examples=_examples(facts, unusable)
        )


def check_links(facts: CheckFacts) -> Iterator[Problem]:
    """The kinds of links in use, where links are taken along."""
    if not facts.options.links:
        return
    known = {one.id for one in facts.target.link_types} | {REMOTE}
    rows = {row.source: (place, row) for place, row in enumerate(facts.mapping.links)}
    for kind, number in facts.report.links.items():
        if kind == CHILD:
            continue
        place, row = rows.get(kind, (None, None))
        where = "/links" if place is None else f"/links/{place}/target"
        if row is None or row.target is None:
            detail = f"Links of the kind {kind} are not made."
            yield make_problem("unmapped_link", detail, where=where, count=number, examples=(kind,))
        elif row.target not in known and facts.target.link_issues_enabled:
            detail = f"The site has no kind of link {row.target}, which {kind} is to become."
            yield make_problem("unknown_link_type", detail, where=where, count=number, examples=(kind,))


def _examples(facts: CheckFacts, people: list[str]) -> tuple[int, ...]:
    """Work items that name them."""
    found = (facts.report.people_examples.get(person) for person in people)
    return tuple(dict.fromkeys(number for number in found if number is not None))[:EXAMPLES]
