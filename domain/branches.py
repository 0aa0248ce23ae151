"""Which name a branch gets when it is made for an issue. The name carries the key, so the branch links itself."""

import re
from collections.abc import Mapping

from domain.branch_names import name_faults
from domain.jira_limits import cut_text
from domain.spelling import spell_text

NAME_LENGTH = 200  # Azure Repos takes more, people and shells do not
WORD_CHARACTERS = 30  # a cut within the last word goes back to its beginning, unless that is further away
TITLE_LENGTH = (
    255  # of a pull request; Azure DevOps takes some 400: https://github.com/dotnet/arcade-services/pull/1148
)
KEY_ALONE = "{key}-{summary}"
ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]+-[1-9][0-9]*", re.ASCII)
EDGE = "-._"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
NOTHING = "\0"  # stands where a placeholder had no word
_GAP = re.compile(rf"([-._]*){NOTHING}(?:[-._]*{NOTHING})*([-._]*)")


def is_issue_key(text: str) -> bool:
    """True for text that has the form of a Jira issue key, such as SHOP-7."""
    return ISSUE_KEY.fullmatch(text) is not None


def propose_name(key: str, summary: str, issue_type: str = "", template: str = KEY_ALONE) -> str:
    """`feature/SHOP-7-Repair-the-basket` for an issue: about NAME_LENGTH characters at most, always a valid name.

    `key` is an issue key; `template` is one that `branch_templates.template_fault` takes. The summary gives way when
    the name would be too long; where the template makes no valid name, the key alone is one.
    """
    words = {"key": key, "project": key.rpartition("-")[0], "type": slug(issue_type).lower()}
    shortest = fill_template(template, words | {"summary": "x"})
    times = template.count("{summary}") or 1
    room = (NAME_LENGTH - len(shortest)) // times + 1
    name = fill_template(template, words | {"summary": cut_slug(slug(summary), room)})
    return key if name_faults(name) else name


def propose_title(key: str, text: str) -> str:
    """The title of a pull request for an issue: the key stands in it once, at the beginning unless it is there."""
    words = cut_text(" ".join(text.split()), TITLE_LENGTH)
    named = re.search(rf"(?<![A-Za-z0-9]){re.escape(key)}(?![A-Za-z0-9])", words, re.IGNORECASE)
    return words if named else cut_text(f"{key} {words}".strip(), TITLE_LENGTH)


def slug(text: str) -> str:
    """A-Z a-z 0-9 of `text`, and single . - _ between them; '' when nothing is left. What no letter stands for becomes
    a hyphen, and no name that Git refuses at its end is left over.
    """
    hyphened = re.sub(r"[^A-Za-z0-9._-]+", "-", spell_text(text))
    return _trim(re.sub(r"[._-]{2,}", "-", hyphened))


def cut_slug(text: str, length: int) -> str:
    """The beginning of a slug, at most `length` characters, with whole words where that costs little."""
    if len(text) <= length:
        return text
    kept = text[: max(0, length)]
    if text[len(kept)] not in EDGE:
        words, mark, last = kept.rpartition("-")
        kept = words if mark and len(last) <= WORD_CHARACTERS else kept
    return _trim(kept)


def fill_template(template: str, words: Mapping[str, str]) -> str:
    """The template with its placeholders filled. One without a word goes with the signs beside it, and so does a folder
    that is left empty.
    """

    filled = _PLACEHOLDER.sub(lambda found: words[found[1]] or NOTHING, template)
    parts = (_close_gaps(part) for part in filled.split("/"))
    return "/".join(part for part in parts if part)


def _close_gaps(part: str) -> str:
    def close(gap: re.Match[str]) -> str:
        at_edge = gap.start() == 0 or gap.end() == len(part)
        return "" if at_edge else gap[1] or gap[2]

    return _GAP.sub(close, part)


def _trim(text: str) -> str:
    """Without what Git refuses at the end of a name: a dot or `.lock`."""
    while text != (shorter := text.strip(EDGE).removesuffix(".lock")):
        text = shorter
    return text
