"""Markdown as Azure DevOps writes it, made into HTML for the one walk there is. Raw HTML in it stays.

https://learn.microsoft.com/azure/devops/project/wiki/markdown-guidance
"""

import re
from functools import cache

from mistune import HTMLRenderer, Markdown, create_markdown
from mistune.core import InlineState
from mistune.inline_parser import InlineParser
from mistune.util import escape
from turbohtml import parse_fragment

# a person, who is written as an identity's id; and an image with its size, which is no Markdown elsewhere
_MENTION = r"@<[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}>"
_SIZED_IMAGE = r"!\[[^\]\n]*\]\([^()\s]+[ \t]+=\d*x\d*[ \t]*\)"
_TAG = re.compile(r"</?([A-Za-z][^\s/<>]*)[^<>]*(?:>|\Z|(?=<))")
_IMAGE_PARTS = re.compile(r"!\[([^\]\n]*)\]\(([^()\s]+)")


def to_html(text: str) -> str:
    """HTML for a text in Markdown."""
    html = _parser()(text)
    return html if isinstance(html, str) else ""


class OwnRenderer(HTMLRenderer):
    """HTML in a text stays what it is; what only looks like a tag, as `<your name>`, stays text."""

    def inline_html(self, html: str) -> str:
        return _TAG.sub(_keep_tag, html)

    def block_html(self, html: str) -> str:
        return _TAG.sub(_keep_tag, html)


def _keep_tag(found: re.Match[str]) -> str:
    is_tag = found[0].endswith(">") and _is_element(found[1].lower())
    return found[0] if is_tag else escape(found[0])


@cache
def _is_element(name: str) -> bool:
    """Whether HTML has an element of that name."""
    try:
        return parse_fragment("", context=name).tag == name
    except ValueError:
        return False


@cache
def _parser() -> Markdown:
    # A new line stays one: the editor shows what was typed, and joining lines cannot be undone.
    renderer = OwnRenderer(escape=False)
    made = create_markdown(
        escape=False, hard_wrap=True, renderer=renderer, plugins=["table", "strikethrough", "task_lists", "url"]
    )
    made.inline.register("vss_mention", _MENTION, _read_mention, before="link", start_chars="@")
    made.inline.register("sized_image", _SIZED_IMAGE, _read_image, before="link", start_chars="!")
    return made


def _read_mention(inline: InlineParser, found: re.Match[str], state: InlineState) -> int:
    identity = found.group(0)[2:-1]
    state.append_token({"type": "inline_html", "raw": f'<a data-vss-mention="version:2.0,{identity}"></a>'})
    return found.end()


def _read_image(inline: InlineParser, found: re.Match[str], state: InlineState) -> int:
    parts = _IMAGE_PARTS.match(found.group(0))
    label, source = parts.groups() if parts else ("", "")
    raw = f'<img src="{escape(source)}" alt="{escape(label)}">'
    state.append_token({"type": "inline_html", "raw": raw})
    return found.end()
