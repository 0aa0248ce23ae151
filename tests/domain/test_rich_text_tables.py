"""Lists and tables of HTML as Atlassian documents."""

import pytest

from tests.domain.test_rich_text import convert, shape


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<ul><li>a</li><li>b</li></ul>", ["bulletList(listItem(paragraph(a))|listItem(paragraph(b)))"]),
        ("<ol><li>a</li></ol>", ["orderedList(listItem(paragraph(a)))"]),
        ("<ol start=3><li>a</li></ol>", ["orderedList3(listItem(paragraph(a)))"]),
        ("<ol start=0><li>a</li></ol>", ["orderedList0(listItem(paragraph(a)))"]),
        ("<ol start=1><li>a</li></ol>", ["orderedList(listItem(paragraph(a)))"]),
        ("<ol start=-2><li>a</li></ol>", ["orderedList(listItem(paragraph(a)))"]),
        ("<ol start=12345678901><li>a</li></ol>", ["orderedList(listItem(paragraph(a)))"]),
        ("<menu><li>a</menu><dir><li>b</dir>", [
            "bulletList(listItem(paragraph(a)))", "bulletList(listItem(paragraph(b)))"]),
        ("x<ul> <li>a</li> </ul>y", ["paragraph(x)", "bulletList(listItem(paragraph(a)))", "paragraph(y)"]),
        ("<ul></ul><ul><li> </li></ul>", []),
        ("<ul><li>a<ul><li>b</li></ul>c</li></ul>", [
            "bulletList(listItem(paragraph(a)|bulletList(listItem(paragraph(b)))|paragraph(c)))"]),
        ("<ul><li>a</li><ol><li>b</li></ol><li>c</li></ul>", [
            "bulletList(listItem(paragraph(a)|orderedList(listItem(paragraph(b))))|listItem(paragraph(c)))"]),
        ("<ul><ul><li>a</li></ul></ul>", [
            "bulletList(listItem(paragraph()|bulletList(listItem(paragraph(a)))))"]),
        ("<ul>a<li>b</li>c</ul>", ["bulletList(listItem(paragraph(a))|listItem(paragraph(b)|paragraph(c)))"]),
        ("<ul><li><p>a</p><p>b</p></li></ul>", ["bulletList(listItem(paragraph(a)|paragraph(b)))"]),
        ("a<li>b</li>c", ["paragraph(a)", "paragraph(b)", "paragraph(c)"]),
        ("<h1>a<ul>b<li>c</li><ul><li>d</li></ul></ul>e</h1>", [
            "heading1(a|hardBreak()|b- c|hardBreak()|- d|hardBreak()|e)"]),
    ],
)  # fmt: skip
def test_lists(html, blocks):
    assert shape(html) == blocks


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<table><tr><th>a</th><td>b</td></tr></table>", [
            "table(tableRow(tableHeader(paragraph(a))|tableCell(paragraph(b))))"]),
        ("<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody><tfoot><tr><td>c</td></tr></tfoot>"
         "</table>", [
            "table(tableRow(tableHeader(paragraph(a)))|tableRow(tableCell(paragraph(b)))"
            "|tableRow(tableCell(paragraph(c))))"]),
        ("x<table><colgroup><col></colgroup><caption>b</caption><tr><td>a</td></tr></table>y", [
            "paragraph(x)", "paragraph(b)", "table(tableRow(tableCell(paragraph(a))))", "paragraph(y)"]),
        ("<table>lost?<tr><td>a</td></tr></table>", ["paragraph(lost?)", "table(tableRow(tableCell(paragraph(a))))"]),
        ("<table><tr><td></td><td>&nbsp;</td></tr></table>", [
            "table(tableRow(tableCell(paragraph())|tableCell(paragraph())))"]),
        ("<table><tr></tr></table><table></table>", []),
        ("<table><tr><td colspan=2>a</td></tr></table>", ["table(tableRow(tableCell2(paragraph(a))))"]),
        ("<table><tr><td colspan=9999>a</td></tr></table>", ["table(tableRow(tableCell1000(paragraph(a))))"]),
        ("<table><tr><td colspan=x>a</td></tr></table>", ["table(tableRow(tableCell(paragraph(a))))"]),
        ("<table><tr><td rowspan=9>a</td></tr><tr><td>b</td></tr></table>", [
            "table(tableRow(tableCell2(paragraph(a)))|tableRow(tableCell(paragraph(b))))"]),
        ("<table><tr><td><h2>a</h2><hr><ul><li>b</li></ul><pre>c</pre></td></tr></table>", [
            "table(tableRow(tableCell(heading2(a)|rule()|bulletList(listItem(paragraph(b)))|codeBlock(c))))"]),
        ("<table><tr><td>a<table><tr><td>b</td><td>c</td></tr><tr><td>d</td></tr></table>e</td></tr></table>", [
            "table(tableRow(tableCell(paragraph(a)|paragraph(b | c)|paragraph(d)|paragraph(e))))"]),
        ("<ul><li><table><tr><td>a</td><td><p>b</p></td></tr></table></li></ul>", [
            "bulletList(listItem(paragraph(a |)|paragraph(b)))"]),
    ],
)  # fmt: skip
def test_tables(html, blocks):
    assert shape(html) == blocks


def test_spans_are_numbers():
    table = convert("<table><tr><td rowspan=2 colspan=3>a</td></tr><tr><td>b</td></tr></table>")[0]
    assert table["content"][0]["content"][0]["attrs"] == {"colspan": 3, "rowspan": 2}
