"""Markdown of work items as Atlassian documents."""

import pytest

from domain.rich_text import to_adf
from domain.rich_text_cut import document_of
from domain.rich_text_walk import Reading
from tests.domain.jira_documents import check_document
from tests.domain.test_rich_text import short

GUID = "22222222-bbbb-4333-8444-555555555555"
FILE = "https://dev.azure.com/contoso/_apis/wit/attachments/11111111-aaaa-4333-8444-555555555555?fileName=a.png"
READING = Reading("https://dev.azure.com/contoso", {GUID: "Jane <Doe>"})


def shape(text):
    blocks = to_adf(text, "markdown", READING).blocks
    check_document(document_of(blocks))
    return [short(block) for block in blocks]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", []),
        ("one\n\ntwo", ["paragraph(one)", "paragraph(two)"]),
        ("one\ntwo  \nthree", ["paragraph(one|hardBreak()|two|hardBreak()|three)"]),
        ("one\r\ntwo", ["paragraph(one|hardBreak()|two)"]),
        ("# a\n\n###### b", ["heading1(a)", "heading6(b)"]),
        ("**a** *b* ~~c~~ `d` <u>e</u>", ["paragraph(strong:a| |em:b| |strike:c| |code:d| |underline:e)"]),
        ("- a\n  - b\n- c", [
            "bulletList(listItem(paragraph(a)|bulletList(listItem(paragraph(b))))|listItem(paragraph(c)))"]),
        ("3. a\n4. b", ["orderedList3(listItem(paragraph(a))|listItem(paragraph(b)))"]),
        ("- [ ] a\n- [x] b", [
            "bulletList(listItem(paragraph(\u2610 a))|listItem(paragraph(\u2611 b)))"]),
        ("> a\n> b", ["blockquote(paragraph(a|hardBreak()|b))"]),
        ("```python\nif a < b:\n    c\n```", ["codeBlockpython(if a < b:\n    c)"]),
        ("~~~\na\n\nb\n~~~", ["codeBlock(a\n\nb)"]),
        ("| a | b |\n|:-|-:|\n| `c` | **d** |", [
            "table(tableRow(tableHeader(paragraph(a))|tableHeader(paragraph(b)))"
            "|tableRow(tableCell(paragraph(code:c))|tableCell(paragraph(strong:d))))"]),
        ("---", ["rule()"]),
        ("[a](https://e.com) <https://e.com> https://e.com/b.", [
            "paragraph(link:a| |link:https://e.com| |link:https://e.com/b|.)"]),
        ("[a](javascript:b)", ["paragraph(a)"]),
        ("<div>a<br>b</div>", ["paragraph(a|hardBreak()|b)"]),
        ("log in as <your name> or </x-y>", ["paragraph(log in as <your name> or </x-y>)"]),
        ("<placeholder>\n", ["paragraph(<placeholder>)"]),
        ("<div>a <unfinished", ["paragraph(a <unfinished)"]),
        ("<div>a <b <c", ["paragraph(a <b <c)"]),
        ("$$e=mc^2$$", ["paragraph($$e=mc^2$$)"]),
        ("::: mermaid\ngraph LR\n:::", ["paragraph(::: mermaid|hardBreak()|graph LR|hardBreak()|:::)"]),
        ("see #123 and !4", ["paragraph(see #123 and !4)"]),
        ("a \\* b &amp; c < d", ["paragraph(a * b & c < d)"]),
    ],
)  # fmt: skip
def test_markdown(text, blocks):
    assert shape(text) == blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        (f"@<{GUID.upper()}> look", ["paragraph(@Jane <Doe> look)"]),
        (f"**@<{GUID}>**", ["paragraph(strong:@Jane <Doe>)"]),
        (f"`@<{GUID}>`", [f"paragraph(code:@<{GUID}>)"]),
        (f"    @<{GUID}>", [f"codeBlock(@<{GUID}>)"]),
        (f"@<{GUID[:-1]}0>", [f"paragraph(@<{GUID[:-1]}0>)"]),
        ("a@e.com @jane", ["paragraph(a@e.com @jane)"]),
    ],
)
def test_people_are_named(text, blocks):
    assert shape(text) == blocks


@pytest.mark.parametrize(
    "text", [f"![a]({FILE})", f"![a]({FILE} =300x200)", f"![a]({FILE} =300x)", f"![a]({FILE} =x)", f"![a]({FILE} =x )"]
)
def test_images_with_a_size_are_images(text):
    found = to_adf(text, "markdown", READING)
    assert found.attachments == ("11111111-aaaa-4333-8444-555555555555",)
    assert [short(block) for block in found.blocks] == ["paragraph(link:a)"]
    assert found.blocks[0]["content"][0]["marks"][0]["attrs"]["href"] == FILE


def test_a_label_with_markup_is_text():
    assert shape(f'![<b>"a"</b>]({FILE} =300x200)') == ['paragraph(link:<b>"a"</b>)']
