"""Links, images and mentions in texts."""

import pytest

from domain.rich_text import plain_text, to_adf
from domain.rich_text_walk import Reading
from tests.domain.test_rich_text import convert

GUID = "11111111-aaaa-4333-8444-555555555555"
JANE = "22222222-bbbb-4333-8444-555555555555"
FILES = "https://dev.azure.com/contoso/_apis/wit/attachments"
DATA = "data:image/png;base64,iVBORw0KGgo="


def line(html):
    """The only line: texts, those with a link with their address."""
    (block,) = convert(html)
    return [node["text"] if "marks" not in node else (node["text"], node["marks"][0]["attrs"]["href"])
            for node in block["content"]]  # fmt: skip


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<a href='https://e.com/a?b=1&amp;c=2'>here</a>", [("here", "https://e.com/a?b=1&c=2")]),
        ("<a href=' https://e.com/a b '>here</a>", [("here", "https://e.com/a%20b")]),
        ("<a href='HTTPS://E.com'>here</a>", [("here", "https://E.com")]),
        ("<a href='mailto:a@e.com'>mail</a>", [("mail", "mailto:a@e.com")]),
        ("<a href='ht\ntps://e.com'>here</a>", [("here", "https://e.com")]),
        ("<a href='/contoso/_workitems/edit/7'>#7</a>", [("#7", "https://dev.azure.com/contoso/_workitems/edit/7")]),
        ("<a href='//e.com/x'>here</a>", [("here", "https://e.com/x")]),
        ("<a href='https://e.com'></a>", [("https://e.com", "https://e.com")]),
        ("a <a href='https://e.com'> </a>", ["a ", ("(https://e.com)", "https://e.com")]),
        ("<a name=x>anchor</a>", ["anchor"]),
        ("<a href='#x'>anchor</a>", ["anchor"]),
        ("<a href='javascript:alert(1)'>click</a>", ["click"]),
        ("<a href='mailto:'>mail</a>", ["mail (mailto:)"]),
        ("<a href='http://'>none</a>", ["none (http://)"]),
        ("<a href='http://[::1'>broken</a>", ["broken (http://[::1)"]),
        ("<a href='file://server/share/a.txt'>a.txt</a>", ["a.txt (file://server/share/a.txt)"]),
        ("<a href='file://server/a'>file://server/a</a>", ["file://server/a"]),
        ("<a href='file://server/a'></a>", ["file://server/a"]),
        (r"<a href='\\server\share'>share</a>", [r"share (\\server\share)"]),
        ("<a href='https://e.com'>a<b>b</b></a>", [("a", "https://e.com"), ("b", "https://e.com")]),
    ],
)  # fmt: skip
def test_links_lead_where_they_led_or_say_where(html, texts):
    assert line(html) == texts


def test_without_an_address_to_begin_with_a_relative_link_is_told():
    assert plain_text(to_adf("<a href='/x'>here</a>", "html", Reading()).blocks) == "here (/x)"


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        (f"<img src='{FILES}/{GUID}?fileName=image.png' alt='A plan'>", [
            ("A plan", f"{FILES}/{GUID}?fileName=image.png")]),
        (f"<img src='{FILES}/{GUID}?FileName=a%20b.png'>", [("a b.png", f"{FILES}/{GUID}?FileName=a%20b.png")]),
        ("<img src='https://e.com/x/logo%20a.png?v=1' alt=' '>", [("logo a.png", "https://e.com/x/logo%20a.png?v=1")]),
        ("<img src='https://e.com/'>", [("image", "https://e.com/")]),
        ("<img src='http://[::1'>", ["image"]),
        ("<img>", ["image"]),
        (f"<img src='{DATA}'>", ["image"]),
        (f"<img src='{DATA}' alt=dot>", ["dot"]),
        ("<a href='https://a.com'><img src='https://e.com/b.png'></a>", [
            ("b.png", "https://e.com/b.png"), (" (https://a.com)", "https://a.com")]),
    ],
)  # fmt: skip
def test_images_are_links_to_where_they_are(html, texts):
    assert line(html) == texts


@pytest.mark.parametrize(
    "html",
    [
        f"<img src='{FILES}/{GUID.upper()}?fileName=a.png'>",
        f"<img src='https://contoso.visualstudio.com/DefaultCollection/_apis/wit/attachments/{GUID}'>",
        f"<img src='https://contoso.visualstudio.com/WorkItemTracking/v1.0/AttachFileHandler.ashx?FileNameGuid={GUID}'>",
        f"<a href='{FILES}/{GUID}'>file</a><img src='{FILES}/{GUID}'>",
        f"<pre><img src='{FILES}/{GUID}'></pre>",
    ],
)
def test_files_of_azure_devops_in_a_text_are_noted_once(html):
    assert to_adf(html, "html", Reading()).attachments == (GUID,)


def test_files_of_elsewhere_are_not_noted():
    assert to_adf("<img src='https://e.com/_apis/wit/attachments/7'>", "html", Reading()).attachments == ()


def test_images_in_the_text_itself_are_counted():
    assert to_adf(f"<img src='{DATA}'><img src='{DATA}'>", "html", Reading()).left_out == {"embedded_image": 2}


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        (f'<a href="#" data-vss-mention="version:2.0,{JANE}">@Jane Doe</a> look', ["@Jane Doe look"]),
        (f'<a href="mailto:j@e.com" data-vss-mention="version:1.0,{JANE}">@Jane</a>', ["@Jane"]),
        (f'<a data-vss-mention="version:2.0,{JANE.upper()}"></a> look', ["@Jane of the map look"]),
        (f'<a data-vss-mention="version:2.0,{GUID}"></a> look', [f"@<{GUID}> look"]),
        ('<a data-vss-mention="odd"></a>look', ["look"]),
        ("see #123 and AB#4", ["see #123 and AB#4"]),
    ],
)
def test_mentions_are_names(html, texts):
    reading = Reading("https://dev.azure.com/contoso", {JANE: "Jane of the map"})
    (block,) = to_adf(html, "html", reading).blocks
    assert [node["text"] for node in block["content"]] == texts
