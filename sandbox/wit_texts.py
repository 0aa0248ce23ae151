"""Texts of planned work items, made up from a number: HTML and Markdown with everything the editors of boards leave.

Each is the same at every reading. Images point to files that are not among the relations, mentions to people, numbers
to other work items.
"""

from dataclasses import dataclass

from sandbox.ado_model import User
from sandbox.wit_model import BASE

VERBS = ("Add", "Fix", "Check", "Speed up", "Rework", "Translate", "Describe", "Measure")
THINGS = (
    "the basket", "the login form", "price rounding", "the export", "retries", "the start page", "caching",
    "die Umsatzsteuer", "le panier d’achat", "検索結果の並び順", "the ☕ voucher", "Größe & Gewicht",
    "a <b> tag in titles", "the invoice mail", "stock levels", "the return label",
)  # fmt: skip
SENTENCES = (
    "The customer sees the old price until the page is loaded again.",
    "We agreed on this with the warehouse on Tuesday.",
    "Nothing of it may slow the start page down.",
    "Bitte auch mit Umlauten prüfen: äöü ÄÖÜ ß.",
    "価格は税込みで表示する必要があります。",
    "It happens on every second try, in Firefox only 🦊.",
    "See the note of the last review before you begin.",
    "A person without an account must be able to do it too.",
)
CODE = 'if price &lt; 0 &amp;&amp; !voucher:\n    raise ValueError("too &quot;cheap&quot;")'
PLAIN_CODE = 'if price < 0 and not voucher:\n    raise ValueError("too cheap")'


@dataclass(frozen=True, slots=True)
class Setting:
    """What a text may speak of: its number, a person, another work item, and an image's address or none."""

    number: int
    person: User
    other: int
    image: str | None
    project_id: str


def make_title(number: int) -> str:
    verb, thing = VERBS[number % len(VERBS)], THINGS[number * 7 % len(THINGS)]
    return f"{verb} {thing} ({number})"


def sentences(number: int, count: int) -> list[str]:
    return [SENTENCES[(number + at * 3) % len(SENTENCES)] for at in range(count)]


def make_html(setting: Setting) -> str:
    """A description as the HTML editor keeps it; six kinds in turn."""
    first, second, third = sentences(setting.number, 3)
    parts = (
        f"<div>{first}</div><div><br></div><div><b>{second}</b> <i>{third}</i></div>",
        f"<ul><li>{first}</li><li>{second}<ul><li>{third}</li></ul></li></ul><ol><li>one</li><li>two</li></ol>",
        "<table border=1 style='border-collapse:collapse'><tr><th>Case</th><th>Expected</th></tr>"
        f"<tr><td>{first}</td><td rowspan=2>{second}</td></tr><tr><td>&nbsp;</td></tr></table>",
        f"<div><pre><code>{CODE}</code></pre></div><p>{first}</p><blockquote>{second}</blockquote>",
        '<p class=MsoNormal style="margin:0in;font-size:11pt;font-family:Calibri,sans-serif"><span lang=EN-US>'
        f'{first}<o:p></o:p></span></p><p class=MsoNormal>{second} <a href="https://example.com/a?b=1&amp;c=2">here</a></p>',
        f"<div><span style='background-color:rgb(255,255,0)'>{first}</span> <s>{second}</s><hr>{third}</div>",
    )
    return parts[setting.number % len(parts)] + html_links(setting)


def html_links(setting: Setting) -> str:
    found = (
        f'<div>{html_mention(setting.person)} please compare <a href="{item_link(setting)}">#{setting.other}</a></div>'
    )
    if setting.image:
        found += f'<div><img src="{setting.image}?fileName=image.png" alt=image.png width=320></div>'
    return found


def html_mention(person: User) -> str:
    return f'<a href="#" data-vss-mention="version:2.0,{person.id}">@{person.name}</a>'


def item_link(setting: Setting) -> str:
    return f"{BASE}/{setting.project_id}/_workitems/edit/{setting.other}"


def make_markdown(setting: Setting) -> str:
    """A description as the Markdown editor keeps it."""
    first, second, third = sentences(setting.number, 3)
    image = f"\n\n![image.png]({setting.image}?fileName=image.png)" if setting.image else ""
    return (
        f"## What\n\n{first}\n\n- **{second}**\n- [ ] to do\n- [x] done\n\n| Case | Expected |\n|---|---|\n"
        f"| `a` | {third} |\n\n```python\n{PLAIN_CODE}\n```\n\n> {first}\n\n@<{setting.person.id.upper()}> see "
        f"#{setting.other} and <https://example.com/a?b=1>{image}"
    )


def make_comment(setting: Setting, *, markdown: bool) -> str:
    first, second = sentences(setting.number, 2)
    if markdown:
        return f"{first} **{second}** @<{setting.person.id.upper()}> #{setting.other}"
    return f"<div>{html_mention(setting.person)} {first}</div><div>{second} <code>v{setting.number}</code></div>"


def make_steps(number: int) -> str:
    """The steps of a test case; what follows a shared step may be nested in it."""
    action, expected = sentences(number, 2)
    cell = '<parameterizedString isformatted="true">&lt;P&gt;{}&lt;/P&gt;</parameterizedString>'
    step = f"{cell.format(action)}{cell.format(expected)}<description/>"
    return (
        f'<steps id="0" last="4"><step id="2" type="ValidateStep">{step}</step>'
        f'<step id="3" type="ActionStep">{step}</step></steps>'
    )


def repeat_to(text: str, size: int) -> str:
    """At least `size` characters."""
    return text * (size // len(text) + 1)
