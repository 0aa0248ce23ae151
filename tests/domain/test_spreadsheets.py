"""Cells that a spreadsheet opens."""

import pytest

from domain.spreadsheets import safe_cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Bug", "Bug"), ("", ""), ("a=b", "a=b"), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("\n=1", "'\n=1"),
    ],
)  # fmt: skip
def test_nothing_is_taken_for_a_formula(text, cell):
    assert safe_cell(text) == cell
