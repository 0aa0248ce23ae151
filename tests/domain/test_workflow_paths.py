"""Ways through workflows of which issues have shown some transitions."""

from dataclasses import replace

import pytest

from domain.target_sites import TargetStatus, TargetStep, TargetType
from domain.workflow_paths import add_sight, close_steps, keep_sights, next_step

STATUSES = (
    TargetStatus("1", "Open", "new"),
    TargetStatus("2", "Doing", "indeterminate"),
    TargetStatus("3", "Review", "indeterminate"),
    TargetStatus("4", "Done", "done"),
)
UNKNOWN = TargetType("10", "Bug", 0, statuses=STATUSES, is_explored=False)


def step(source: str, target: str, sends: str = "") -> TargetStep:
    return TargetStep(f"{source}>{target}", source, target, {"resolution": sends} if sends else {})


def known(*sights: tuple[str, str], first: str = "1") -> TargetType:
    """What was seen: a status, and the statuses its transitions lead to; `*` for transitions of every status."""
    found = UNKNOWN
    for status, targets in sights:
        source = "" if status == "*" else status
        steps = (step(source, target) for target in targets.split())
        found = add_sight(found, "1" if status == "*" else status, steps, first)
    return found


@pytest.mark.parametrize(
    ("sights", "paths", "is_explored"),
    [
        ([("*", "1 2 3 4")], {"1": (), "2": (">2",), "3": (">3",), "4": (">4",)}, True),
        ([("1", "2")], {"1": (), "2": ("1>2",)}, False),
        ([("1", "2"), ("2", "3 4")], {"1": (), "2": ("1>2",), "3": ("1>2", "2>3"), "4": ("1>2", "2>4")}, True),
        ([("1", "2"), ("2", "1")], {"1": (), "2": ("1>2",)}, True),
        ([("1", "")], {"1": ()}, True),
    ],
)
def test_ways_are_the_shortest_and_all_are_known_once_every_status_on_them_was_seen(
    sights: list[tuple[str, str]], paths: dict[str, tuple[str, ...]], is_explored: bool
) -> None:
    found = known(*sights)
    assert (found.paths, found.is_explored) == (paths, is_explored)


def test_without_the_first_status_no_way_is_known() -> None:
    found = known(("2", "3"), first="")
    assert (found.paths, found.is_explored) == ({}, False)
    assert add_sight(found, "1", [step("1", "2")], "1").paths["3"] == ("1>2", "2>3")


def test_a_transition_that_asks_for_a_value_comes_after_the_create_call_only() -> None:
    asks = add_sight(UNKNOWN, "1", [step("1", "4", "9"), step("1", "2")], "1")
    assert set(asks.paths) == {"1", "2"}
    assert add_sight(asks, "2", [step("2", "4", "9")]).paths["4"] == ("1>2", "2>4")


def test_a_transition_that_was_refused_is_no_way() -> None:
    found = known(("1", "2 3"), ("2", "3"))
    assert close_steps(found, {"1>3"}).paths["3"] == ("1>2", "2>3")
    assert close_steps(found, ()) == found


def test_what_issues_showed_is_kept_when_a_type_is_read_anew() -> None:
    found = known(("1", "2 3"), ("2", "3"))
    assert keep_sights(replace(UNKNOWN, name="Fault"), found) == replace(found, name="Fault")
    assert keep_sights(UNKNOWN, UNKNOWN) == UNKNOWN


def test_other_statuses_are_another_workflow() -> None:
    other = replace(UNKNOWN, statuses=STATUSES[:3])
    assert keep_sights(other, known(("1", "2 3"))) == other


def test_what_was_looked_at_anew_counts() -> None:
    fresh = known(("1", "2"))
    assert keep_sights(fresh, known(("1", "2 3"), ("2", "3"))) == fresh


@pytest.mark.parametrize(
    ("sights", "current", "wanted", "next_id"),
    [
        ([("1", "2"), ("2", "4")], "1", "4", "1>2"),
        ([("1", "2"), ("2", "4")], "2", "4", "2>4"),
        ([("1", "2"), ("2", "4")], "4", "4", None),
        ([("1", "2")], "1", "4", "1>2"),  # nobody looked around in 2 yet
        ([("1", "2"), ("2", "1")], "1", "4", None),  # no way, and nothing new to see
        ([("1", "4")], "1", "2", None),  # what is to be in progress does not look where things are done
        ([("1", "3")], "1", "2", "1>3"),
    ],
)
def test_the_next_step_of_an_issue(
    sights: list[tuple[str, str]], current: str, wanted: str, next_id: str | None
) -> None:
    found = next_step(known(*sights), current, wanted)
    assert (found.id if found else None) == next_id


def test_an_issue_that_exists_takes_transitions_that_ask_for_a_value() -> None:
    found = next_step(add_sight(UNKNOWN, "1", [step("1", "4", "9")], "1"), "1", "4")
    assert found is not None and found.sends == {"resolution": "9"}


def test_a_status_that_the_type_does_not_name_comes_first() -> None:
    stranger = replace(UNKNOWN, statuses=())
    assert next_step(add_sight(stranger, "1", [step("1", "8")], "1"), "1", "9") == step("1", "8")
