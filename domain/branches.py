"""Which name a branch gets when it is made for an issue. The name carries the key, so the branch links itself."""

import re
import unicodedata

NAME_LENGTH = 200  # Azure Repos takes more, people and shells do not
# Letters that have no compatibility decomposition, as their languages write them without the special letter
SPELLED = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
    }
)  # fmt: skip
ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]+-[1-9][0-9]*", re.ASCII)
EDGE = "-._"


def is_issue_key(text: str) -> bool:
    """True for text that has the form of a Jira issue key, such as SHOP-7."""
    return ISSUE_KEY.fullmatch(text) is not None


def propose_name(key: str, summary: str) -> str:
    """`SHOP-7-repair-the-basket` for an issue: at most NAME_LENGTH characters of A-Z a-z 0-9 . - _, safe for Git.

    `key` is an issue key. Accents are dropped; what no ASCII letter stands for becomes a hyphen.
    Rules of a name: https://git-scm.com/docs/git-check-ref-format
    """
    slug = _trim(_spell(summary)[: NAME_LENGTH - len(key) - 1])
    return f"{key}-{slug}" if slug else key


def _spell(text: str) -> str:
    """ASCII letters, digits and single . - _ between them."""
    plain = unicodedata.normalize("NFKD", text.translate(SPELLED))
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    hyphened = re.sub(r"[^A-Za-z0-9._-]+", "-", kept)
    return re.sub(r"[._-]{2,}", "-", hyphened).strip(EDGE)


def _trim(slug: str) -> str:
    """Without what Git refuses at the end of a name: a dot or `.lock`."""
    while slug != (shorter := slug.strip(EDGE).removesuffix(".lock")):
        slug = shorter
    return slug
