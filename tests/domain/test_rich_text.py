"""HTML of work items as Atlassian documents."""

import pytest

from domain.rich_text import heading_block, note_block, plain_blocks, plain_text, to_adf
from domain.rich_text_cut import document_of
from domain.rich_text_flow import BLOCK_DEPTH
from domain.rich_text_walk import NESTING, Reading
from tests.domain.jira_documents import check_document

READING = Reading("https://dev.azure.com/contoso")


def convert(html):
    """The blocks of an HTML text, in a document that was checked."""
    blocks = to_adf(html, "html", READING).blocks
    check_document(document_of(blocks))
    return list(blocks)


def short(node):
    """A node in few words: `heading2(a)`, `paragraph(a strong:b)`."""
    if node["type"] == "text":
        marks = "+".join(mark["type"] for mark in node.get("marks", []))
        return f"{marks}:{node['text']}" if marks else node["text"]
    attributes = "".join(str(value) for value in node.get("attrs", {}).values())
    content = "|".join(short(child) for child in node.get("content", ()))
    return f"{node['type']}{attributes}({content})"


def shape(html):
    return [short(block) for block in convert(html)]


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", []),
        (" \n ", []),
        ("plain", ["paragraph(plain)"]),
        ("<div>one</div><div>two</div>", ["paragraph(one)", "paragraph(two)"]),
        ("<p>one</p>two<p>three</p>", ["paragraph(one)", "paragraph(two)", "paragraph(three)"]),
        ("<div><div><div>deep</div></div></div>", ["paragraph(deep)"]),
        ("<div>one<br>two</div>", ["paragraph(one|hardBreak()|two)"]),
        ("<div>one <br> two</div>", ["paragraph(one|hardBreak()|two)"]),
        ("<div>one</div><div><br></div><div>two</div>", ["paragraph(one)", "paragraph(two)"]),
        ("<div>one<br></div>", ["paragraph(one)"]),
        ("<div><br>one</div>", ["paragraph(one)"]),
        ("<div>one<br><br>two</div>", ["paragraph(one|hardBreak()|hardBreak()|two)"]),
        ("<div>&nbsp;</div><p><b> &nbsp; </b></p>", []),
        ("a&nbsp;b", ["paragraph(a\xa0b)"]),
        ("  a \n\t b  ", ["paragraph(a b)"]),
        ("a <b> b </b> c", ["paragraph(a |strong:b |c)"]),
        ("a<b> </b>", ["paragraph(a)"]),
        ("<b>a </b><br>b", ["paragraph(strong:a|hardBreak()|b)"]),
        ("<b>a<i> <br></i></b>", ["paragraph(strong:a)"]),
        ("a<b> </b><br>b", ["paragraph(a|hardBreak()|b)"]),
        ("<center>a</center><font color=red>b</font>", ["paragraph(a)", "paragraph(b)"]),
        ("<o:p>a</o:p><unknown-tag>b</unknown-tag>", ["paragraph(ab)"]),
        ("a<!-- b --><script>c()</script><style>d</style><template><p>e</p></template>f", ["paragraph(af)"]),
        ("<dl><dt>a</dt><dd>b</dd></dl>", ["paragraph(strong:a)", "paragraph(b)"]),
        ("a\x00\x01\x0bb\x7f&#1;c&#xFFFF;d&#xD800;", ["paragraph(ab\x7fcd\ufffd)"]),
        ("a\ud800b", ["paragraph(a\ufffdb)"]),
        ("1 < 2 & 3 > 2", ["paragraph(1 < 2 & 3 > 2)"]),
    ],
)
def test_lines_of_html_become_paragraphs(html, blocks):
    assert shape(html) == blocks


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("<b>a</b><strong>b</strong>", "strong:ab"),
        ("<i>a</i><em>b</em><cite>c</cite>", "em:abc"),
        ("<u>a</u><ins>b</ins>", "underline:ab"),
        ("<s>a</s><strike>b</strike><del>c</del>", "strike:abc"),
        ("<code>a</code><tt>b</tt><kbd>c</kbd><samp>d</samp>", "code:abcd"),
        ("<sub>a</sub><sup>b</sup>", "subsup:a|subsup:b"),
        ("<b><i><u><s>a</s></u></i></b>", "em+strong+strike+underline:a"),
        ("<b>a<b>b</b></b>", "strong:ab"),
        ("<b><code>a</code></b>", "code:a"),
        ("<code><a href='https://e.com'>a</a><b>b</b></code>", "link+code:a|code:b"),
        ("<sub><sup>a</sup></sub>", "subsup:a"),
    ],
)
def test_marks_that_may_stand_together_do(html, line):
    assert shape(html) == [f"paragraph({line})"]


def test_a_mark_goes_on_over_blocks():
    assert shape("<b><div>a</div><div>b</div></b>") == ["paragraph(strong:a)", "paragraph(strong:b)"]


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<h1>a</h1><h6>b</h6>", ["heading1(a)", "heading6(b)"]),
        ("x<h2>a <b>b</b></h2>y", ["paragraph(x)", "heading2(a |strong:b)", "paragraph(y)"]),
        ("<h3></h3><h3>&nbsp;</h3>", []),
        ("<h2><div>a</div><div>b</div></h2>", ["heading2(a|hardBreak()|b)"]),
        ("<h2><ul><li>a</li> <li>b</li></ul></h2>", ["heading2(- a|hardBreak()|- b)"]),
        ("<h2><pre>a\n b</pre></h2>", ["heading2(code:a|hardBreak()|code: b)"]),
        ("<ul><li><h2>a</h2>b</li></ul>", ["bulletList(listItem(paragraph(strong:a)|paragraph(b)))"]),
        ("<blockquote><h2>a</h2></blockquote>", ["blockquote(paragraph(strong:a))"]),
        ("<h1>a<hr>b</h1>", ["heading1(a|hardBreak()|b)"]),
    ],
)
def test_headings_hold_lines_only(html, blocks):
    assert shape(html) == blocks


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("a<hr>b", ["paragraph(a)", "rule()", "paragraph(b)"]),
        ("<ul><li>a<hr>b</li></ul>", ["bulletList(listItem(paragraph(a)|paragraph(b)))"]),
        ("x<blockquote>a<p>b</p></blockquote>", ["paragraph(x)", "blockquote(paragraph(a)|paragraph(b))"]),
        ("<blockquote><blockquote>a</blockquote>b</blockquote>", ["blockquote(paragraph(a)|paragraph(b))"]),
        ("<blockquote> </blockquote>", []),
        ("<blockquote><ul><li>a</li></ul></blockquote>", ["blockquote(bulletList(listItem(paragraph(a))))"]),
        ("<ul><li><blockquote>a</blockquote></li></ul>", ["bulletList(listItem(paragraph(a)))"]),
    ],
)
def test_rules_and_quotations_stand_where_they_may(html, blocks):
    assert shape(html) == blocks


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<pre>  a\n    <b>b</b> </pre>", ["codeBlock(  a\n    b )"]),
        ("<pre><code class='x language-python'>a</code></pre>", ["codeBlockpython(a)"]),
        ("<pre class=language-c>a</pre>", ["codeBlockc(a)"]),
        ("<pre class=big><code>a</code></pre>", ["codeBlock(a)"]),
        ("x<pre>a<br>b<div>c</div></pre>y", ["paragraph(x)", "codeBlock(a\nb\nc)", "paragraph(y)"]),
        ("<pre><div>a</div><div>b</div></pre>", ["codeBlock(a\nb)"]),
        ("<pre> \n </pre>", []),
        ("<pre>see <img src='https://e.com/a.png' alt=''></pre>", ["codeBlock(see a.png)"]),
        ("<pre>a<span></span><i>b</i></pre>", ["codeBlock(ab)"]),
        ("<xmp><b>a</b></xmp>", ["codeBlock(<b>a</b>)"]),
        ("<ul><li><pre>a</pre></li></ul>", ["bulletList(listItem(codeBlock(a)))"]),
    ],
)
def test_code_stays_as_it_is(html, blocks):
    assert shape(html) == blocks


def test_check_boxes_are_shown_as_such():
    html = "<input type=checkbox>to do<br><input TYPE=CheckBox checked>done<input type=text value=x>"
    assert shape(html) == ["paragraph(\u2610 to do|hardBreak()|\u2611 done)"]


@pytest.mark.parametrize(
    "tags",
    [
        "<div>",
        "<ul><li>",
        "<blockquote>",
        "<b>",
        "<h1>",
        "<table><tr><td>",
        "<a href=https://e.com>",
        "<pre>",
        "<span>",
    ],
)
@pytest.mark.parametrize("times", [BLOCK_DEPTH, NESTING, 600])
def test_depth_has_a_limit_and_loses_nothing(tags, times):
    assert "deep" in plain_text(convert(tags * times + "deep"))


def test_what_nobody_sees_is_not_seen_in_the_depth_either():
    assert plain_text(convert("<div>" * NESTING + "<p>a<script>b()</script></p>")) == "a"


def test_a_plain_text_keeps_its_lines_and_paragraphs():
    blocks = plain_blocks("one\r\n two\n\n\nthree <b>\n\n \n")
    assert [short(block) for block in blocks] == ["paragraph(one|hardBreak()| two)", "paragraph(three <b>)"]
    check_document(document_of(blocks))


def test_the_text_of_blocks_is_read_line_by_line():
    html = "<h1>a</h1>b<br>c<hr><ul><li>d<ul><li>e</li></ul></li></ul><pre>f\ng</pre><table><tr><td>h</td></tr></table>"
    assert plain_text(convert(html)) == "a\nb\nc\nd\ne\nf\ng\nh"


def test_headings_and_notes_of_our_own_are_documents_too():
    check_document(document_of([heading_block("Steps"), note_block("told")]))
    assert [short(heading_block("Steps")), short(note_block("told"))] == ["heading2(Steps)", "paragraph(em:told)"]
