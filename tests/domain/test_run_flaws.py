"""What a ledger does not tell: parts that failed, and issues that lack them."""

import pytest

from domain.run_flaws import ADVICES, WORDS, count_broken, count_flaws, count_labelled, is_repairable, tell_flaws
from domain.run_ledger import RowCount, make_ledger, write_ledger


def rows(kind, state, number, reason=None):
    return RowCount(kind, "", state, reason, number, 0)


def test_parts_that_failed_and_issues_that_lack_them():
    counts = [
        rows("sprint", "failed", 2, "no_permission"), rows("sprint", "failed", 1, "refused"),
        rows("sprint", "created", 9),
        rows("component", "failed", 3, "no_permission"), rows("component", "skipped", 1, "not_mapped"),
        rows("close", "failed", 4, "not_made"), rows("verify", "unchanged", 5),
        rows("item", "created", 6, "sprint_missing"), rows("item", "adopted", 1, "sprint_missing"),
        rows("item", "updated", 7, "component_missing"), rows("item", "created", 8, "parent_missing"),
        rows("item", "created", 99, "too_many_labels"), rows("item", "failed", 99, "required_field"),
    ]  # fmt: skip
    assert count_flaws(counts) == {
        "sprint_failed": 3, "component_failed": 3, "close_failed": 4, "sprint_missing": 7, "component_missing": 7,
        "parent_missing": 8,
    }  # fmt: skip


@pytest.mark.parametrize("state", ["planned", "sending", "failed"])
def test_an_issue_that_is_not_there_lacks_nothing(state):
    """A row that a repair planned again keeps its reason until it has ended anew; a failed one is in the ledger."""
    assert count_flaws([rows("item", state, 3, "sprint_missing")]) == {}


def test_every_code_of_an_issue_that_lacks_several_things_counts():
    counts = [
        rows("item", "created", 2, "component_missing,sprint_missing,cut"),
        rows("item", "created", 3, "sprint_missing,hierarchy_collapsed,unmapped_person"),
        rows("item", "adopted", 4, "cut,hierarchy_collapsed"),
    ]  # fmt: skip
    assert count_flaws(counts) == {"sprint_missing": 5, "component_missing": 2}
    assert count_labelled(counts) == 7


def test_what_azure_devops_fails_to_show_is_a_flaw_though_it_was_left_out():
    counts = [rows("item", "skipped", 3, "unreadable"), rows("item", "skipped", 5, "skipped_type"),
              rows("comments", "skipped", 7, "unreadable"), rows("item", "failed", 9, "unreadable")]  # fmt: skip
    assert count_flaws(counts) == {"unreadable": 3}
    assert count_flaws([rows("item", "skipped", 2, "not_found"), rows("item", "skipped", 4, "deleted"),
                        rows("item", "failed", 8, "gone")]) == {"not_found": 2}  # fmt: skip
    numbers = {"ledger": write_ledger(make_ledger({}, counts[:1])), "differences": {}, "flaws": {"unreadable": 3}}
    assert count_broken(numbers) == 3


def test_issues_whose_parents_are_labels():
    counts = [rows("item", "created", 2, "hierarchy_collapsed"), rows("item", "adopted", 1, "hierarchy_collapsed"),
              rows("item", "planned", 9, "hierarchy_collapsed"), rows("item", "created", 9)]  # fmt: skip
    assert count_labelled(counts) == 3


@pytest.mark.parametrize("code", WORDS)
def test_every_flaw_has_a_sentence_that_says_what_to_do(code):
    one, many = (tell_flaws({code: count})[0] for count in (1, 1_234))
    assert (one.detail[:2], many.detail[:6]) == ("1 ", "1,234 ")
    assert one.detail.removeprefix("1") != many.detail.removeprefix("1,234")
    assert is_repairable(code) == (code not in ADVICES)
    assert ("start another run" if code in ADVICES else "repair the run") in one.detail


def test_all_that_a_repair_tries_again():
    """Files count once, not by their bytes too."""
    ledger = make_ledger({}, [
        RowCount("item", "Bug", "failed", "required_field", 2, 0), RowCount("file", "", "failed", "refused", 1, 700),
        RowCount("link", "", "failed", "refused", 3, 0), RowCount("comments", "", "failed", "refused", 1, 4),
        RowCount("item", "Bug", "skipped", "skipped_type", 50, 0),
    ])  # fmt: skip
    numbers = {"ledger": write_ledger(ledger), "differences": {"status": 5}, "flaws": {"sprint_failed": 6}}
    assert count_broken(numbers) == 2 + 1 + 3 + 4 + 5 + 6


def test_numbers_that_were_kept_before_flaws_were_counted():
    assert count_broken({"ledger": write_ledger(make_ledger({}, [])), "differences": {}}) == 0
