"""Documents in the one form in which they are compared."""

import pytest

from domain.rich_text import to_adf
from domain.rich_text_cut import document_of
from domain.rich_text_form import normal_document
from domain.rich_text_walk import Reading


def text(words, *marks):
    return {"type": "text", "text": words} | ({"marks": list(marks)} if marks else {})


def paragraph(*content):
    return {"type": "paragraph", "content": list(content)}


def cell(attributes, *content):
    return {"type": "tableCell", "attrs": attributes, "content": list(content)}


STRONG, EM = {"type": "strong"}, {"type": "em"}


def code(**attributes):
    return {"type": "codeBlock", **attributes, "content": [text("a")]}


def titled(title):
    return paragraph(text("a", {"type": "link", "attrs": {"href": "https://e.com", **title}}))


@pytest.mark.parametrize(
    ("sent", "given"),
    [
        (paragraph(text("a"), text("b")), paragraph(text("ab"))),
        (paragraph(text("a", STRONG, EM)), paragraph(text("a", EM, STRONG))),
        (paragraph(text("a")), paragraph(text("a") | {"marks": []})),
        (paragraph(text("a")), paragraph(text("a")) | {"attrs": {"localId": "7"}, "marks": []}),
        (titled({}), titled({"title": ""})),
        ({"type": "orderedList", "content": []}, {"type": "orderedList", "attrs": {"order": 1}, "content": []}),
        (code(), code(attrs={"language": None})),
        (cell({}), cell({"colspan": 1, "rowspan": 1, "colwidth": [100], "background": ""})),
        ({"type": "table", "content": []}, {"type": "table", "attrs": {"layout": "default"}, "content": []}),
        ({"type": "tableCell"}, cell({}, paragraph(), {"type": "paragraph"})),
    ],
)
def test_what_jira_adds_makes_no_difference(sent, given):
    assert normal_document(document_of([sent])) == normal_document(document_of([given]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "b"), ("a", "<b>a</b>"), ("<p>a</p><p>b</p>", "a<br>b"), ("<h1>a</h1>", "<h2>a</h2>"),
        ("<a href='https://e.com'>a</a>", "<a href='https://f.com'>a</a>"), ("<sub>a</sub>", "<sup>a</sup>"),
        ("<ol><li>a</ol>", "<ol start=2><li>a</ol>"), ("<ol><li>a</ol>", "<ol start=0><li>a</ol>"),
        ("<ol><li>a</ol>", "<ul><li>a</ul>"), ("<pre>a</pre>", "<pre class=language-c>a</pre>"),
        ("<table><tr><td>a</table>", "<table><tr><td colspan=2>a</table>"),
        ("<table><tr><td>a</table>", "<table><tr><th>a</table>"),
        ("a", "a<hr>"), ("<ul><li>a<li>b</ul>", "<ul><li>a<ul><li>b</ul></ul>"),
    ],
)  # fmt: skip
def test_what_people_see_makes_a_difference(one, other):
    found = [normal_document(document_of(to_adf(html, "html", Reading()).blocks)) for html in (one, other)]
    assert found[0] != found[1]


def test_an_empty_document_is_nothing():
    assert normal_document({"type": "doc", "version": 1}) == []
