"""Words of another system as far as they may be kept: without people, and cut short. Pure."""

import re

WORDS_KEPT = 300  # characters; as much as a column of the database takes
MASKED = "***"
# Refusals of Azure DevOps say who lacks a right: "... Details: identity 'Build\\jane', scope 'repository'."
PEOPLE = re.compile(
    r"""(?ix)
    (?<=\bidentity\s) (?: '.*?'(?=\W*(?:$|\s)) | ".*?" )  # a name may hold an apostrophe
    | [\w.+'-]+ @ [\w-]+ (?: \. [\w-]+ )+  # mail addresses
    | \b[\w.-]+ \\+ [\w.$@-]+  # accounts: DOMAIN\user
    """
)


def keep_words(words: str) -> str:
    """The first WORDS_KEPT characters, with ``***`` for each mail address, account and name of a person.

    Without NUL, which PostgreSQL does not take: https://www.postgresql.org/docs/current/datatype-character.html
    """
    return PEOPLE.sub(MASKED, words.replace("\x00", ""))[:WORDS_KEPT]
