"""Which priority and which account: priorities by name or rank, people by their mail address and nothing else.

https://learn.microsoft.com/azure/devops/boards/work-items/guidance/work-item-field (Priority: 1 to 4)
"""

from collections.abc import Mapping

from domain.mapping_records import ValueRow
from domain.name_matching import find_named
from domain.scan_reports import ScanReport
from domain.target_sites import TargetProject
from domain.work_items import PRIORITY

USUAL = ("1", "2", "3", "4")
# what each is called in Jira, the likeliest first
CALLED: Mapping[str, tuple[str, ...]] = {
    "1": ("Highest", "Critical", "Blocker", "Urgent", "P1"),
    "2": ("High", "Major", "P2"),
    "3": ("Medium", "Normal", "P3"),
    "4": ("Low", "Minor", "P4"),
}


def suggest_priorities(report: ScanReport, target: TargetProject) -> tuple[ValueRow, ...]:
    """A row for each of the usual priorities, and for others in use; none where the project has no priorities."""
    use = next((use for use in report.fields if use.name == PRIORITY), None)
    values = dict.fromkeys((*USUAL, *sorted(use.values if use else ())))
    return tuple(_suggest_priority(value, target) for value in values) if target.priorities else ()


def suggest_people(report: ScanReport, people: Mapping[str, str]) -> tuple[ValueRow, ...]:
    """A row for each person that work items name, those named most first.

    `people`: account ids found by mail, '' for who has none; who is not in it was not looked up.
    """
    named = sorted(report.people, key=lambda person: -report.people[person])
    return tuple(_suggest_person(person, people.get(person)) for person in named)


def _suggest_priority(value: str, target: TargetProject) -> ValueRow:
    found = find_named(CALLED.get(value, ()), target.priorities)
    if found:
        return ValueRow(value, found[1], 0.9, f"{found[0]} is its place in Jira.")
    if value not in USUAL:
        return ValueRow(value, None, 0.3, "It is none of the usual four.")
    ranked = list(target.priorities.items())
    name, priority = ranked[USUAL.index(value) * (len(ranked) - 1) // (len(USUAL) - 1)]
    return ValueRow(value, priority, 0.5, f"By rank: {name} is in the same part of the list.")


def _suggest_person(person: str, account: str | None) -> ValueRow:
    if account is None:
        return ValueRow(person, None, 0.0, "Not looked up: there are too many people.")
    if not account:
        return ValueRow(person, None, 0.0, "No account shows the same mail address.")
    return ValueRow(person, account, 1.0, "Same mail address.")
