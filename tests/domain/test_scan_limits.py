"""Which limits of Jira a work item is over. Texts count as the documents they become."""

from dataclasses import replace

import pytest

from domain.rich_text import to_adf
from domain.rich_text_cut import TEXT_CHARACTERS, document_of, measure
from domain.rich_text_walk import Reading
from domain.scan_limits import count_images, find_excesses, is_text_over
from domain.work_items import ATTACHMENT, COMMENTS, DESCRIPTION, PARENT, TAGS, TITLE, Relation, WorkItem

ITEM = WorkItem(7, 1, "Bug", {TITLE: "Title", TAGS: "a; b", COMMENTS: 3, DESCRIPTION: "<p>x</p>", "Custom.Note": "y"})
LONG = frozenset({DESCRIPTION})
RELATED = Relation("System.LinkTypes.Related", "https://x/8", 8)
ABOVE = Relation(PARENT, "https://x/9", 9)
FILE = Relation(ATTACHMENT, "https://x/guid")


def item(**fields):
    named = {"title": TITLE, "tags": TAGS, "comments": COMMENTS, "text": DESCRIPTION}
    return replace(ITEM, fields={**ITEM.fields, **{named[name]: value for name, value in fields.items()}})


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        (ITEM, []),
        (WorkItem(1, 1, "Bug", {}), []),
        (item(title="x" * 255), []),
        (item(title="x" * 256), ["title_too_long"]),
        (item(title="x" * 254 + "🧺"), ["title_too_long"]),  # two characters for Jira
        (item(title="x" * 250 + " " * 9), []),
        (item(tags=f"a; {'t' * 255}"), []),
        (item(tags=f"a; {'t' * 256}"), ["label_too_long"]),
        (item(text="<p>" + "word " * 8_000 + "</p>"), ["text_too_long"]),
        (replace(ITEM, fields={**ITEM.fields, "Custom.Note": "x" * 40_000}), []),  # not a long field: it is cut
        (replace(ITEM, fields={"A": "- x\n" * 9_000}, formats={"A": "markdown"}), ["text_too_long"]),
        (item(comments=5_000), []),
        (item(comments=5_001), ["many_comments"]),
        (replace(ITEM, relations=(FILE,) * 2_000), []),
        (replace(ITEM, relations=(FILE,) * 2_001), ["many_files"]),
        (replace(ITEM, relations=(*(RELATED,) * 2_000, ABOVE)), []),
        (replace(ITEM, relations=(*(RELATED,) * 2_001, ABOVE)), ["many_links"]),
        (item(title="x" * 300, comments=9_999), ["title_too_long", "many_comments"]),
    ],
)
def test_each_limit_has_a_code(found, codes):
    assert list(find_excesses(found, LONG)) == codes


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("<p>short</p>", "html"),
        ("plain " * 5_400, "html"),  # just below by its letters, with few signs
        ("plain " * 5_500, "html"),
        ("letters" * 5_000, "html"),  # over by its letters alone
        ("<div>abc</div>" * 400, "html"),  # a small text with many nodes: below
        ("<div>abc</div>" * 700, "html"),  # and over
        ('<p style="' + "x" * 50_000 + '">few letters</p>', "html"),
        ("&nbsp;" * 9_000, "html"),
        ("<b>a</b>" * 5_000, "html"),
        ("- a\n" * 300, "markdown"),
        ("- a\n" * 400, "markdown"),
        ("| a | b |\n|---|---|\n" + "| `x` | *y* |\n" * 200, "markdown"),
        ("line\n" * 7_000, "markdown"),
        ("word " * 7_000, "markdown"),
        ('"' * 20_000, "html"),  # takes two characters each
    ],
)
def test_the_short_cut_says_what_the_document_says(text, format_):
    whole = measure(document_of(to_adf(text, format_, Reading()).blocks)) > TEXT_CHARACTERS
    assert is_text_over(text, format_) is whole


@pytest.mark.parametrize(
    ("text", "format_", "count"),
    [
        ("<p>no</p>", "html", 0),
        ('<IMG src="a"><img\nsrc="b"><imgs>', "html", 2),
        ("![a](b)", "html", 0),
        ('![a](b) and <img src="c"> but [d](e)', "markdown", 2),
    ],
)
def test_images_are_counted_wherever_they_are(text, format_, count):
    assert count_images(text, format_) == count
