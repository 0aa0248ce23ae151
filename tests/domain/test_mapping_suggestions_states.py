"""Which status a state becomes: by name, by meaning, by category, and only where a way leads."""

from dataclasses import replace

import pytest

from domain.mapping_records import TypeRow
from domain.mapping_suggestions_states import list_states, suggest_states
from domain.scan_reports import TypeCount
from tests.domain.suggest_rig import issue_type, jira, process, scan, status, work_type

SIMPLE = (status("To Do", "new"), status("In Progress", "indeterminate"), status("Done", "done"))
RICH = (
    status("Backlog", "new"), status("Selected for Development", "new"), status("Doing", "indeterminate"),
    status("Blocked", "indeterminate"), status("In Review", "indeterminate"), status("Closed", "done"),
    status("Won't Do", "done"),
)  # fmt: skip


def suggest(state, category, statuses, **more):
    source = process(work_type("Bug", (state, category)))
    target = jira(issue_type("Bug", 0, statuses=statuses, **more))
    (row,) = suggest_states(scan(), source, target, [TypeRow("Bug", "t-Bug"), TypeRow("Task", None)])
    return (row.target or "").removeprefix("s-"), row.confidence, row.reason


@pytest.mark.parametrize(
    ("state", "category", "statuses", "name", "confidence"),
    [
        ("Done", "Completed", SIMPLE, "Done", 1.0),
        ("to do", "Completed", SIMPLE, "To Do", 1.0),
        ("New", "Proposed", SIMPLE, "To Do", 0.9),
        ("Active", "InProgress", SIMPLE, "In Progress", 0.9),
        ("Closed", "Completed", SIMPLE, "Done", 0.9),
        ("Design", "Proposed", SIMPLE, "To Do", 0.7),
        ("Cooking", "InProgress", SIMPLE, "In Progress", 0.7),
        ("Ready", "InProgress", SIMPLE, "In Progress", 0.7),
        ("Resolved", "Resolved", SIMPLE, "In Progress", 0.7),
        ("Removed", "Removed", SIMPLE, "Done", 0.5),
        ("Approved", "Proposed", RICH, "Selected for Development", 0.9),
        ("New", "Proposed", RICH, "Backlog", 0.9),
        ("On Hold", "InProgress", RICH, "Blocked", 0.9),
        ("Cooking", "InProgress", RICH, "Doing", 0.7),
        ("Resolved", "Resolved", RICH, "In Review", 0.9),
        ("Removed", "Removed", RICH, "Won't Do", 0.9),
        ("Given up", "Removed", RICH, "Won't Do", 0.7),
        ("Shipped", "Completed", RICH, "Closed", 0.7),
        ("Cooking", "InProgress", RICH[3:4], "Blocked", 0.7),
        ("Cooking", "InProgress", RICH[:1], "Backlog", 0.5),
        ("Fixed", "Resolved", SIMPLE[2:], "Done", 0.5),
        ("Closed", "Completed", SIMPLE[:1], "To Do", 0.3),
    ],
)  # fmt: skip
def test_a_state_becomes_the_status_that_means_the_same(state, category, statuses, name, confidence):
    assert suggest(state, category, statuses)[:2] == (name, confidence)


def test_a_status_that_cannot_be_reached_is_not_proposed():
    paths = {"s-To Do": (), "s-In Progress": ("11",)}
    name, confidence, reason = suggest("Done", "Completed", SIMPLE, paths=paths)
    assert (name, confidence) == ("To Do", 0.3)
    assert reason.startswith("No transitions lead to Done.")
    rich = {one.id: ("1",) for one in RICH if one.name != "In Review"}
    assert suggest("In Review", "Resolved", RICH, paths=rich)[:2] == ("Doing", 0.6)


def test_where_nothing_can_be_reached_nothing_is_proposed():
    assert suggest("New", "Proposed", SIMPLE, paths={}) == ("", 0.0, "No status of the workflow can be reached.")


def test_a_workflow_that_nobody_saw_yet_is_told():
    name, confidence, reason = suggest("Closed", "Completed", SIMPLE, paths={"s-To Do": ()}, is_explored=False)
    assert (name, confidence) == ("Done", 0.9)
    assert reason == "Closed means Done. The first issue of the run shows the way to it."
    assert suggest("New", "Proposed", SIMPLE, paths={"s-To Do": ()}, is_explored=False)[2] == "New means To Do."


def test_states_that_only_work_items_still_have_get_a_row():
    source = process(work_type("Bug", ("New", "Proposed")))
    report = scan(TypeCount("Bug", 3, {"New": 1, "Waiting": 2}))
    assert [(one.name, one.category) for one in list_states(report, source, "Bug")] == [
        ("New", "Proposed"), ("Waiting", "InProgress"),
    ]  # fmt: skip
    assert list_states(replace(report, types=()), source, "Nothing") == ()
