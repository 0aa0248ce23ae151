"""Words of another system as far as they may be kept: without people, and cut short. Pure."""

import re

from domain.errors import CallError

WORDS_KEPT = 300  # characters; as much as a column of the database takes
MASKED = "***"
CODE = re.compile(r"\b(?:TF|VSS|VS)[0-9]{3,8}\b")  # Azure DevOps' own mark of a sentence
# Refusals of Azure DevOps say who lacks which right where, each service in words of its own. Of a name that could end
# in two places the longer one is taken
PEOPLE = re.compile(
    r"""(?ix)
    (?<=\bidentity\s) (?: '.*?'(?=\W*(?:$|\s)) | ".*?" )  # a name may hold an apostrophe
    | (?<=\baccess\ denied[.:]\s) .+ (?=\s(?:needs|does\ not\ have)\b)  # "Access denied. Ines Okafor needs ..."
    | (?<=\bpermissions\ for\s) .+ (?=\sto\ perform\b)  # "... build pipeline 31:Name in team project Name to ..."
    | (?<=\bthe\ user\s) (?: '.*?'(?=\W*(?:$|\s)) | ".*?" )
    | [\w.+'-]+ @ [\w-]+ (?: \. [\w-]+ )+  # mail addresses
    | \b[\w.-]+ \\+ [\w.$@-]+  # accounts: DOMAIN\user
    """
)


def keep_words(words: str) -> str:
    """The first WORDS_KEPT characters, with ``***`` for each mail address, account and name of a person.

    Without NUL, which PostgreSQL does not take: https://www.postgresql.org/docs/current/datatype-character.html
    """
    return PEOPLE.sub(MASKED, words.replace("\x00", ""))[:WORDS_KEPT]


def mark_of(error: CallError) -> str:
    """The status of a refusal and Azure DevOps' code, as ``status 403, TF215106``; none of its words.

    For refusals of a right: those name the person, what they may not do and where, in any language.
    """
    code = CODE.search(error.detail)
    return ", ".join([f"status {error.status}", *([code.group()] if code else [])])
