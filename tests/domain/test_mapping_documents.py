"""The mapping as a document: out and in again, every fault at once with its place, and what differs between two."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import BadInput
from domain.hierarchy_plans import HierarchyPlan, LostParent
from domain.mapping_documents import MOST_ROWS, Difference, diff_mappings, read_mapping, write_mapping
from domain.mapping_records import AreaRow, FieldRow, IterationRow, LinkRow, Mapping, StateRow, TypeRow, ValueRow

WHOLE = Mapping(
    plan="feature_as_epic",
    types=(TypeRow("Bug", "10004", 1.0, "Same name."), TypeRow("Task", "10005", 0.9, "", without_parent="10003")),
    fields=(
        FieldRow("System.Title", "summary", "text"),
        FieldRow("Custom.Tier", "customfield_1", "option", ("Bug",), (("Gold", "1"), ("Silver", "2")), 0.75, "Same."),
        FieldRow("Custom.Tier", None, "drop", ("Task",)),
        FieldRow("System.Steps", None, "section"),
    ),
    states=(StateRow("Bug", "New", "1"), StateRow("Task", "New", None)),
    priorities=(ValueRow("1", "2"),),
    iterations=(
        IterationRow("Shop\\Q1\\Sprint 1", "new", None, "Q1 / Sprint 1", "2026-01-05", "2026-01-18"),
        IterationRow("Shop\\Q1", "none"),
        IterationRow("Shop\\Sprint 7", "existing", 7),
    ),
    areas=(AreaRow("Shop", "none"), AreaRow("Shop\\A", "new", None, "A"), AreaRow("Shop\\B", "existing", "10"),
           AreaRow("Shop\\A\\C", "parent")),
    people=(ValueRow("guid-1", "account-1"), ValueRow("guid-2", None, 0.0)),
    links=(LinkRow("System.LinkTypes.Related", "10003", swap=True),),
    tags_to_labels=False,
    extra_labels=("from-ado",),
    waivers=("cycle",),
)  # fmt: skip
SMALL = {"plan": "levels"}


def faults_of(document: object) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        read_mapping(document)
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def row_faults(table: str, **row: object) -> dict[str, str]:
    """The faults of a document with one row, by the place in it."""
    found = faults_of(SMALL | {table: [row]})
    assert all(pointer.startswith(f"/{table}/0") for pointer in found)
    return {pointer.removeprefix(f"/{table}/0"): detail for pointer, detail in found.items()}


def test_a_mapping_comes_back_as_it_was_written():
    assert read_mapping(write_mapping(WHOLE)) == WHOLE


def test_names_are_camel_case_and_values_are_told_by_name():
    document = write_mapping(WHOLE)
    assert document["types"][1] == {
        "source": "Task", "target": "10005", "confidence": 0.9, "reason": "", "withoutParent": "10003",
    }  # fmt: skip
    assert document["fields"][1]["values"] == {"Gold": "1", "Silver": "2"}
    assert (document["tagsToLabels"], document["extraLabels"]) == (False, ["from-ado"])


def test_a_document_needs_no_more_than_its_plan():
    assert read_mapping(SMALL) == Mapping("levels")


def test_a_row_needs_no_more_than_what_it_decides():
    document = SMALL | {
        "types": [{"source": "Bug", "target": None}],
        "fields": [{"source": "System.Title", "target": "summary", "rule": "text"}],
        "areas": [{"source": "Shop", "action": "none"}],
    }
    found = read_mapping(document)
    assert (found.types, found.areas) == ((TypeRow("Bug", None),), (AreaRow("Shop", "none"),))
    assert found.fields == (FieldRow("System.Title", "summary", "text"),)


def test_what_yaml_makes_of_ids_and_days_is_taken():
    sprint = {"source": "Shop\\1", "action": "new", "name": "1", "start": date(2026, 1, 5), "finish": date(2026, 1, 9)}
    found = read_mapping(SMALL | {"priorities": [{"source": 1, "target": 2}], "iterations": [sprint]})
    assert found.priorities == (ValueRow("1", "2"),)
    assert (found.iterations[0].start, found.iterations[0].finish) == ("2026-01-05", "2026-01-09")


def test_plans_of_a_suggestion_are_told_beside_the_mapping_and_left_out_when_it_comes_back():
    plan = HierarchyPlan("levels", False, False, 3, (LostParent("Feature", "Epic", 2),), "Two are lost.", WHOLE.types)
    document = write_mapping(WHOLE, [plan])
    assert document["plans"] == [
        {"name": "levels", "isPossible": False, "isSuggested": False, "kept": 3,
         "lost": [{"type": "Feature", "parent": "Epic", "count": 2}], "detail": "Two are lost."}
    ]  # fmt: skip
    assert read_mapping(document) == WHOLE


def test_every_fault_is_told_at_once_with_its_place():
    document = {
        "plan": "best",
        "colour": "red",
        "types": [{"source": "Bug"}, "Task", {"source": "Bug", "target": "1", "size~/": 1}],
        "areas": {},
        "waivers": ["cycle", "whatever"],
        "extraLabels": ["a", 7, True],
    }
    found = faults_of(document)
    assert list(found) == [
        "/colour", "/plan", "/extraLabels/2", "/waivers", "/types/0/target", "/types/1", "/types/2/size~0~1", "/areas",
    ]  # fmt: skip
    assert found["/types/0/target"] == "This entry is missing."
    assert "levels" in found["/plan"]
    with pytest.raises(BadInput, match=r"8 values of the mapping are not allowed. /colour: There is no such entry."):
        read_mapping(document)


@pytest.mark.parametrize("document", [None, "plan: levels", [], 7])
def test_what_is_no_document_is_refused(document):
    assert list(faults_of(document)) == [""]


@pytest.mark.parametrize(
    ("table", "row", "place"),
    [
        ("types", {"source": "", "target": "1"}, "/source"),
        ("types", {"source": True, "target": "1"}, "/source"),
        ("types", {"source": "Bug", "target": 1.5}, "/target"),
        ("types", {"source": "Bug", "target": "1", "confidence": 1.1}, "/confidence"),
        ("types", {"source": "Bug", "target": "1", "confidence": True}, "/confidence"),
        ("types", {"source": "Bug", "target": "1", "reason": None}, "/reason"),
        ("types", {"source": "x" * 4_001, "target": "1"}, "/source"),
        ("fields", {"source": "A", "target": "a", "rule": "magic"}, "/rule"),
        ("fields", {"source": "A", "target": None, "rule": "text"}, "/target"),
        ("fields", {"source": "A", "target": "a", "rule": "text", "types": "Bug"}, "/types"),
        ("fields", {"source": "A", "target": "a", "rule": "text", "types": ["Bug", ""]}, "/types/1"),
        ("fields", {"source": "A", "target": "a", "rule": "option", "values": [["x", "1"]]}, "/values"),
        ("fields", {"source": "A", "target": "a", "rule": "option", "values": {"a/b": None}}, "/values/a~1b"),
        ("states", {"source": "New", "target": "1"}, "/type"),
        ("iterations", {"source": "A", "action": "existing"}, "/sprint"),
        ("iterations", {"source": "A", "action": "existing", "sprint": -1}, "/sprint"),
        ("iterations", {"source": "A", "action": "existing", "sprint": True}, "/sprint"),
        ("iterations", {"source": "A", "action": "new"}, "/name"),
        ("iterations", {"source": "A", "action": "new", "name": "x" * 30}, "/name"),
        ("iterations", {"source": "A", "action": "none", "start": "2026-01-05"}, "/start"),
        ("iterations", {"source": "A", "action": "none", "start": "2026-01-05", "finish": "2026-01-04"}, "/finish"),
        ("iterations", {"source": "A", "action": "none", "start": "soon", "finish": "2026-01-04"}, "/start"),
        ("areas", {"source": "A", "action": "existing"}, "/component"),
        ("areas", {"source": "A", "action": "new", "name": " "}, "/name"),
        ("areas", {"source": "A", "action": "new", "name": "x" * 256}, "/name"),
        ("links", {"source": "A", "target": None, "swap": "no"}, "/swap"),
    ],
)
def test_a_value_that_is_not_allowed_is_told_with_its_place(table, row, place):
    assert list(row_faults(table, **row)) == [place]


def test_two_rows_for_the_same_are_refused():
    rows = [{"type": "Bug", "source": "New", "target": "1"}, {"type": "Task", "source": "New", "target": "1"}]
    assert read_mapping(SMALL | {"states": rows}).states[1].type == "Task"
    assert list(faults_of(SMALL | {"states": [*rows, rows[0]]})) == ["/states/2"]


def test_a_field_may_have_a_row_for_each_type():
    rows = [{"source": "A", "target": "a", "rule": "text", "types": [kind]} for kind in ("Bug", "Task")]
    assert len(read_mapping(SMALL | {"fields": rows}).fields) == 2
    assert list(faults_of(SMALL | {"fields": [*rows, rows[1]]})) == ["/fields/2"]


def test_tables_and_lists_have_an_end():
    assert list(faults_of(SMALL | {"people": [{}] * (MOST_ROWS + 1)})) == ["/people"]
    assert list(faults_of(SMALL | {"extraLabels": ["x"] * 10_001})) == ["/extraLabels"]


def test_a_fault_alone_is_told_in_the_sentence():
    with pytest.raises(BadInput, match=r"One value of the mapping is not allowed\. /plan: "):
        read_mapping({})


def test_two_mappings_differ_in_what_they_make_of_the_same():
    other = replace(
        WHOLE,
        plan="levels",
        types=(replace(WHOLE.types[0], target="10009"), TypeRow("Risk", None)),
        states=(replace(WHOLE.states[0], confidence=0.1, reason="Guessed."), WHOLE.states[1]),
        waivers=(),
    )
    found = diff_mappings(WHOLE, other)
    assert [(one.section, one.source, one.change) for one in found] == [
        ("plan", "", "changed"), ("waivers", "", "changed"), ("types", "Bug", "changed"), ("types", "Task", "removed"),
        ("types", "Risk", "added"),
    ]  # fmt: skip
    assert found[0] == Difference("plan", "", "changed", {"plan": "feature_as_epic"}, {"plan": "levels"})
    assert found[2].after == {"source": "Bug", "target": "10009", "withoutParent": None}
    assert (found[3].after, found[4].before) == (None, None)


def test_a_mapping_does_not_differ_from_itself():
    assert diff_mappings(WHOLE, WHOLE) == ()
