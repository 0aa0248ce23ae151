"""How long Jira takes a document for, and what is cut of one that is too long."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.rich_text import plain_text, to_adf
from domain.rich_text_cut import CUT, TEXT_CHARACTERS, cut_nodes, document_of, fit_document, measure
from domain.rich_text_walk import Reading
from sandbox.jira_issue_text import too_long
from tests.domain.jira_documents import check_document

TAGS = (
    "div", "p", "span", "b", "i", "code", "a href='https://e.com'", "ul", "ol", "li", "table", "tr", "td", "th",
    "td rowspan=3 colspan=2", "pre", "blockquote", "h1", "h4", "br", "hr", "img src='https://e.com/i.png'", "sub", "dl",
    "input type=checkbox", "select", "option", "button", "svg", "math", "form", "noscript", "caption", "body", "html",
)  # fmt: skip
MARKDOWN = (
    "# ", "- ", "* [ ] ", "1. ", "> ", "    ", "\n```\n", "\n~~~\n", " ` ", "**", "_", " ~~ ", "| ", "\n|-|-|\n", "[",
    "](", ")", "![", "<", ">", "<b>", "</b>", "<div>", "\n", "\n\n", "  \n", "---\n", "\\", "&lt;", "@<", "$$",
    "https://e.com ",
)  # fmt: skip


def words(number):
    return st.lists(st.sampled_from([f"w{n}w" for n in range(number)]), max_size=6)


pieces = st.one_of(
    st.sampled_from(TAGS).map(lambda tag: f"<{tag}>"),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag.split()[0]}>"),
    words(50).map(" ".join),
    st.sampled_from([" ", "\n", "&nbsp;", "&amp;", "🦊", "\x00", "\ud83e"]),
)
marks = st.one_of(st.sampled_from(MARKDOWN), words(50).map(" ".join), st.sampled_from(["é", "🦊", "\t", "\ud83e"]))


def words_of(text):
    return {part for part in text.replace("w", " w ").split() if part.isdecimal()}


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(pieces, max_size=40).map("".join), st.sampled_from(["html", "markdown"]))
@example("<h1><table><tr><td><ul><li>w1w", "html")
def test_any_html_is_a_document_with_all_its_words(html, format_):
    blocks = to_adf(html, format_, Reading("https://dev.azure.com/contoso")).blocks
    check_document(document_of(blocks))
    if format_ == "html":
        assert words_of(html) <= words_of(plain_text(blocks))


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(marks, max_size=40).map("".join))
def test_any_markdown_is_a_document_with_all_its_words(text):
    blocks = to_adf(text, "markdown", Reading("https://dev.azure.com/contoso")).blocks
    check_document(document_of(blocks))
    assert words_of(text) <= words_of(json.dumps(blocks))


@settings(max_examples=60, deadline=None, database=None)
@given(st.text(), st.sampled_from(["html", "markdown"]))
def test_any_text_at_all_is_a_document(text, format_):
    check_document(document_of(to_adf(text, format_, Reading()).blocks))


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(pieces, max_size=60).map("".join), st.integers(300, 900))
def test_a_document_never_exceeds_its_limit_and_tells_what_was_cut(html, limit):
    blocks = to_adf(html, "html", Reading()).blocks
    document, lost = fit_document(blocks, limit)
    check_document(document)
    assert measure(document) <= limit
    whole, content = plain_text(blocks), document["content"]
    if lost:
        assert plain_text(content[-1:]) == CUT
        assert lost == len(whole) - len(plain_text(content[:-1]))
    else:
        assert plain_text(content) == whole


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("<p>The customer sees the <b>old</b> price.</p>" * 2000, "html"),
        ("- We agreed on **this** on Tuesday.\n" * 400, "markdown"),
        ("x" * 40_000, "html"),
        ("🦊" * 20_000, "html"),
        ('"\\' * 20_000, "html"),
        ("<table><tr><td>" + "<p>cell</p>" * 1000, "html"),
        ("<pre>" + "line\n" * 9000, "html"),
        ("<ul>" + "<li>a<ul>" * 15 + "<li>b " * 1500, "html"),
    ],
)
def test_a_long_text_is_cut_near_the_limit_of_jira(text, format_):
    document, lost = fit_document(to_adf(text, format_, Reading()).blocks)
    check_document(document)
    assert TEXT_CHARACTERS - 400 < measure(document) <= TEXT_CHARACTERS
    assert lost > 0
    assert not too_long(document)


def test_characters_count_as_java_counts_them_and_all_that_is_sent_counts():
    assert measure({"a": "🦊é"}) == len('{"a":"xxé"}')
    assert measure({"a": '"\n'}) == len('{"a":"\\"\\n"}')


@pytest.mark.parametrize(
    ("room", "kept"),
    [(0, ""), (26, ""), (27, "a"), (28, "ab"), (29, "ab"), (30, "ab🦊"), (31, "ab🦊c"), (40, "ab🦊c"), (99, "ab🦊c")],
)
def test_a_text_is_cut_between_characters(room, kept):
    found = cut_nodes([{"type": "text", "text": "ab🦊c"}, {"type": "hardBreak"}], room)
    assert "".join(node.get("text", "") for node in found) == kept


def test_what_cannot_be_cut_is_left_out():
    assert cut_nodes([{"type": "rule"}], 3) == []
    assert cut_nodes([{"type": "paragraph", "content": [{"type": "text", "text": "   "}]}], 60) == []
    assert cut_nodes([{"type": "paragraph", "content": [{"type": "hardBreak"}]}], 40) == []
