"""What a row tells of what is lost: codes to be counted, and sentences that name the field."""

import pytest
from sqlalchemy import String

from domain.draft_records import Ancestor, Note
from domain.kept_words import WORDS_KEPT, keep_words
from domain.mapping_records import IterationRow
from domain.row_losses import MOST_NAMED, join_losses, tell_losses
from domain.work_items import ITERATION
from store.outbox import run_rows
from tests.domain.draft_rig import ASSIGNED, CREATED_BY, MAPPING, SAM, draft, row, with_rows, work_item
from tests.row_codes import find_losses

NO_ACCOUNT = "The person has no account in the mapping; choose one there."


def losses(*fields, code="cut"):
    return [Note(f"field{number}", f"Reason {number}.", code, name) for number, name in enumerate(fields)]


def test_what_is_as_it_should_be_tells_nothing():
    assert tell_losses([Note("summary", "from System.Title")]) == (None, None)


def test_what_the_mapping_leaves_out_is_no_loss():
    doubled = with_rows(row("Custom.Line", "summary"), row("Custom.Notes", "summary"), row(ASSIGNED, None))
    made = draft(work_item({"Custom.Line": "a", "Custom.Notes": "b", ASSIGNED: SAM}), doubled)
    assert {note.code for note in made.notes} >= {"taken", "dropped"}
    assert tell_losses(made.notes) == (None, None)


def test_a_field_that_is_left_out_hides_no_loss_behind_it():
    """Every work item has a field that the mapping leaves out, and each loss has to be counted all the same."""
    given = {ASSIGNED: SAM, "Custom.Notes": "b", ITERATION: "Shop\\One"}
    mapping = with_rows(
        row("Custom.Notes", None), row(ASSIGNED, "assignee", "user"),
        iterations=(IterationRow("Shop\\One", "new", name="One"),),
    )  # fmt: skip
    above = {2: Ancestor(2, "Epic"), 3: Ancestor(3, "Feature")}
    collapsed = draft(work_item(given, parent=2), mapping, ancestors=above)
    missing = draft(work_item(given, parent=3), mapping, ancestors=above)
    assert tell_losses(collapsed.notes)[0] == "sprint_missing,hierarchy_collapsed,unmapped_person"
    assert tell_losses(missing.notes)[0] == "parent_missing,sprint_missing,unmapped_person"


def test_each_sentence_says_which_field_it_is_about():
    made = draft(work_item({ASSIGNED: SAM, CREATED_BY: SAM}, parent=7), with_rows(
        row(ASSIGNED, "assignee", "user"), row(CREATED_BY, "reporter", "user"),
        row("Custom.Line", "customfield_1"), states=(),
    ))  # fmt: skip
    words = tell_losses(made.notes)[1]
    assert words == (
        f"Assignee, Reporter: {NO_ACCOUNT} "
        "Parent: The work item above is not part of this migration; widen the scope to take it along. "
        "Status: The state New is not mapped; the issue stays in its first status."
    )


def test_a_field_of_azure_devops_has_the_name_that_people_know():
    made = draft(work_item({"Custom.Line": "a"}), with_rows(row("Custom.Line", "customfield_1")))
    assert tell_losses(made.notes)[1] == (
        "A line: The field it is mapped to is not on the create screen of Story; add it there."
    )


def test_a_field_that_nobody_knows_has_its_reference_name():
    made = draft(work_item({"Custom.Strange": "a"}), with_rows(row("Custom.Strange", "customfield_1")))
    assert (tell_losses(made.notes)[1] or "").startswith("Custom.Strange: ")


def test_what_a_repair_mends_is_told_first():
    notes = [Note("a", "One.", "cut"), Note("b", "Two.", "component_missing"), Note("c", "Three.", "parent_missing")]
    assert tell_losses(notes) == ("component_missing,parent_missing,cut", "b: Two. c: Three. a: One.")


def test_what_lost_the_same_is_counted_together():
    assert join_losses(["no_sprint", "cut", "cut"]) == join_losses(["cut", "no_sprint"]) == "cut,no_sprint"


@pytest.mark.parametrize("count", [3, 12, 60])
def test_sentences_stay_whole_and_what_does_not_fit_is_counted(count):
    words = tell_losses(losses(*(f"A field with a long name {number:02}" for number in range(count))))[1] or ""
    told = words.count("Reason")
    assert keep_words(words) == words
    assert len(words) <= WORDS_KEPT
    assert words.endswith("." if told == count else f"And {count - told} more: the codes tell which.")


def test_very_many_fields_with_one_reason_are_counted_and_long_names_are_cut():
    notes = [Note("", "It is so.", "cut", f"{number}{'x' * 300}") for number in range(9)]
    words = tell_losses(notes)[1] or ""
    assert words.endswith(f" and {9 - MOST_NAMED} more: It is so.")
    assert len(words) <= WORDS_KEPT


def test_a_row_has_room_for_everything_that_can_be_lost():
    column = run_rows.c.reason.type
    assert isinstance(column, String)
    assert len(join_losses(find_losses())) <= (column.length or 0)


def test_nothing_is_lost_by_the_mapping_of_these_tests():
    assert tell_losses(draft(work_item(), MAPPING).notes) == (None, None)
