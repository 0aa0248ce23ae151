"""What kind of place an environment is, told from its name.

Knows words and numbers only (`qa1`, `stg-02`, `prod-eu`); a mapping made by an admin comes before these rules.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

from domain.globs import first_match

EnvironmentType = Literal["unmapped", "development", "testing", "staging", "production"]

# The words of GitHub for Jira (https://github.com/atlassian/github-for-jira, transform-deployment), in its order:
# the first type that has a word in the name wins. Ours in addition: the spelled out pre-production words.
TYPE_WORDS: Mapping[EnvironmentType, frozenset[str]] = {
    "development": frozenset({"development", "dev", "trunk", "develop"}),
    "testing": frozenset({
        "testing", "test", "tests", "tst", "integration", "integ", "intg", "int", "acceptance", "accept", "acpt",
        "qa", "qc", "control", "quality", "uat", "sit",
    }),
    "staging": frozenset({
        "staging", "stage", "stg", "sta", "preprod", "model", "internal", "preproduction", "preprd",
    }),
    "production": frozenset({"production", "prod", "prd", "live"}),
}  # fmt: skip
WORD = re.compile(r"([a-z]+)[0-9]*")
TOKEN = re.compile(r"[a-z0-9]+")
BEFORE = "pre"  # pre-prod is the stage before production
OPPOSITE = "non"  # non-prod may be anything but production


EnvironmentMapping = Mapping[EnvironmentType, Sequence[str]]  # globs by type


def environment_type(name: str, mapping: EnvironmentMapping | None = None) -> EnvironmentType:
    """The Jira type of an environment called `name`; `unmapped` when neither the mapping nor a word tells."""
    return explain_type(name, mapping)[0]


def explain_type(name: str, mapping: EnvironmentMapping | None = None) -> tuple[EnvironmentType, str]:
    """The Jira type of an environment called `name`, and why, as the words that follow `because`.

    The mapping comes first: its first type, in its order, that has a glob for the name. Then the words of the name:
    accents and case do not count; a word must stand alone; digits may follow it (`qa1`) but not come before it.
    """
    for kind, globs in (mapping or {}).items():
        glob = first_match(globs, name)
        if glob is not None:
            return kind, f"the table of this site says that “{glob}” is {kind}"
    words = split_words(name)
    for kind, known in TYPE_WORDS.items():
        for word in words:
            if word in known:
                return kind, f"the word “{word}” stands for {kind}"
    return "unmapped", "no word of the name stands for a type"


def split_words(name: str) -> tuple[str, ...]:
    """The words of a name: lower case, without accents and trailing digits; `pre prod` is one word."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    words: list[str] = []
    for token in TOKEN.findall(plain.lower()):
        match = WORD.fullmatch(token)
        word = match.group(1) if match else token
        if words and words[-1] in {BEFORE, OPPOSITE} and word in TYPE_WORDS["production"]:
            words[-1] = f"{words[-1]}{word}"
        else:
            words.append(word)
    return tuple("preprod" if word in PREFIXED else word for word in words)


PREFIXED = frozenset(f"{BEFORE}{word}" for word in TYPE_WORDS["production"])
