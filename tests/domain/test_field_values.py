"""Values of work items as values of Jira's fields."""

from datetime import UTC, datetime

import pytest

from domain.field_values import (
    as_label,
    as_moment,
    as_number,
    cut_line,
    day_of,
    jira_moment,
    one_line,
    shown_value,
    split_list,
)
from domain.work_items import Identity

FAMILY = "\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""), ("", ""), (" a ", "a"), ("a\x00", "a"), (3, "3"), (3.0, "3"), (2.5, "2.5"), (0.1 + 0.2, "0.3"),
        (True, "Yes"), (False, "No"), (Identity("id", "Jane Doe", "jane@e.com"), "Jane Doe"),
    ],
)  # fmt: skip
def test_values_are_shown_as_people_read_them(value, shown):
    assert shown_value(value) == shown


def test_a_line_has_no_new_lines_and_no_blanks_in_rows():
    assert one_line("  <b>a</b>\n\t b\r\n ") == "<b>a</b> b"


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("abcde", 5, "abcde"),
        ("abcdef", 5, "abcd…"),
        ("abc def", 5, "abc…"),
        ("ab🦊cd", 5, "ab🦊…"),
        ("abc🦊d", 5, "abc…"),
        ("abcde\u0301f", 6, "abcd…"),
        (f"ab{FAMILY}c", 6, "ab…"),
        (f"ab{FAMILY}", 7, f"ab{FAMILY}"),
        ("ab\U0001f44d\U0001f3fdc", 5, "ab…"),
        ("abc\u2764\ufe0fd", 5, "abc…"),
        ("\u0301" * 9, 5, "…"),
    ],
)
def test_a_line_is_cut_between_whole_signs(text, limit, cut):
    assert cut_line(text, limit) == cut


def test_a_summary_of_foxes_is_cut_as_java_counts():
    cut = cut_line("🦊" * 200)
    assert cut == "🦊" * 127 + "…"
    assert len(cut.encode("utf-16-le")) // 2 == 255


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0), (2.5, 2.5), ("4", 4.0), (" 4.5 ", 4.5), ("-1e3", -1000.0), ("", None), ("four", None), (None, None),
        (True, None), (float("nan"), None), (float("inf"), None), ("inf", None), (10**400, None),
        (Identity("a", "b"), None),
    ],
)  # fmt: skip
def test_numbers(value, number):
    assert as_number(value) == number


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-03-04", "2024-03-04"),
        ("2024-03-04T00:00:00Z", "2024-03-04"),
        ("2024-03-04T12:00:00Z", "2024-03-04"),
        ("2024-03-04T05:00:00Z", "2024-03-04"),  # midnight in Chicago
        ("2024-03-04T23:00:00Z", "2024-03-05"),  # midnight in Berlin
        ("2024-06-30T22:00:00Z", "2024-07-01"),  # the same in summer
        ("2024-03-04T18:30:00Z", "2024-03-05"),  # midnight in Mumbai
        ("2024-03-04T13:00:00Z", "2024-03-05"),  # midnight in Sydney
        ("2024-03-04T23:17:00Z", "2024-03-04"),
        ("2024-03-04T23:00:01Z", "2024-03-04"),
        ("2024-03-04T23:00:00+01:00", "2024-03-05"),
        ("9999-12-31T23:00:00Z", "9999-12-31"),
    ],
)
def test_a_day_is_the_one_that_was_picked(written, day):
    moment = as_moment(written)
    assert moment is not None
    assert day_of(moment) == day


@pytest.mark.parametrize("value", ["", "soon", "2024-13-01", 5, None, "9999-12-31T23:59:59-12:00"])
def test_what_is_no_date_is_none(value):
    assert as_moment(value) is None


def test_a_moment_is_written_as_jira_reads_it():
    assert jira_moment(datetime(2024, 3, 4, 9, 30, 1, 234567, UTC)) == "2024-03-04T09:30:01.234+0000"
    assert jira_moment(datetime.fromisoformat("0099-03-04T09:30:00+01:00")) == "0099-03-04T08:30:00.000+0000"


@pytest.mark.parametrize(("text", "parts"), [("a; b c ;;d", ("a", "b c", "d")), ("", ()), (" ; ", ()), ("a", ("a",))])
def test_lists_have_semicolons(text, parts):
    assert split_list(text) == parts


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("a", "a"), (" needs  review\n", "needs-review"), ("Größe: \"neu\"", "Größe:-\"neu\""), ("a\x01b", "ab"),
        ("x" * 300, "x" * 255), ("🦊" * 200, "🦊" * 127), ("\u00a0", ""),
    ],
)  # fmt: skip
def test_labels_have_no_blanks_and_255_characters(text, label):
    assert as_label(text) == label
