"""Comments that are read back: which are missing or doubled, and which a person wrote."""

from dataclasses import fields
from typing import Any

import pytest

from migration.verify_expected import Expected
from migration.verify_findings import Findings, check_comments, count_comments, needs_count
from store.outbox import RunRow

MAIN, SINGLE = 1, 2  # rows


def row_with(**values: Any) -> RunRow:
    empty: dict[str, Any] = dict.fromkeys(field.name for field in fields(RunRow))
    return RunRow(**empty | {"state": "created", "part": ""} | values)


def expected_with(written: int, adopted: int = 0, ids: str = "") -> Expected:
    """So many comments of this run and of an earlier one; `ids`: those of this one that the map knows."""
    rows = [row_with(id=MAIN, size=written)]
    if adopted:
        rows.append(row_with(id=3, size=adopted, state="adopted", part="there"))
    return Expected(7, "10", None, comments=rows, comment_ids={one: f"9{one}" for one in ids})


def issue_with(total, ids=()):
    return {"fields": {"comment": {"total": total, "comments": [{"id": one} for one in ids]}}}


def seen(findings):
    return {row: words for row, words in findings.joined.items() if words}


@pytest.mark.parametrize(("total", "needs"), [(1, True), (2, False), (5, False), (6, True), (None, True)])
def test_comments_are_counted_where_the_number_tells_that_something_is_wrong(total, needs):
    assert needs_count(expected_with(2, adopted=3), issue_with(total)) is needs


@pytest.mark.parametrize(
    ("ids", "total", "there", "words"),
    [
        ("12", 2, ["91", "92"], {}),
        ("12", 2, ["91", "50"], {MAIN: "comment_missing"}),
        ("12", 9, ["91", "50"], {}),  # not all came along
        ("123", 2, ["91", "92"], {}),  # the map knows one of an issue that is gone
        ("", 2, ["91", "92"], {}),
    ],
)
def test_comments_that_came_along_are_told_by_their_ids(ids, total, there, words):
    findings = Findings()
    check_comments(expected_with(2, ids=ids), issue_with(total, there), findings)
    assert seen(findings) == words


@pytest.mark.parametrize(
    ("adopted", "ids", "marks", "words"),
    [
        (0, "12", [1, 2, None], {}),
        (0, "12", [1], {MAIN: "comment_missing"}),
        (0, "", [1], {MAIN: "comment_missing"}),
        (0, "12", [1, 2, 2], {MAIN: "comment_doubled"}),
        (3, "12", [1, 5, 6, 7], {MAIN: "comment_missing"}),
        (3, "12", [1, 2, 5, 6], {}),  # a person deleted one that an earlier run had brought
    ],
)
def test_comments_are_counted_by_their_marks(adopted, ids, marks, words):
    findings = Findings()
    count_comments(expected_with(2, adopted, ids), marks, findings)
    assert seen(findings) == words


def test_a_comment_with_a_row_of_its_own_is_told_there():
    expected = expected_with(1, ids="12")
    expected.comments.append(row_with(id=SINGLE, size=1, part="2"))
    findings = Findings()
    count_comments(expected, [1], findings)
    assert seen(findings) == {SINGLE: "comment_missing"}
