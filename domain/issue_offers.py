"""What to look for among the issues of Jira while somebody types: keys that begin so, a project, words of a summary.

Jira's own picker is made for a person: one of its lists is that person's history, and what it documents to match are
texts, not keys. A search asks for what is wanted, and says how many.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from domain.pasted import read_pasted

MOST_OFFERED = 10
MOST_WORDS = 8
LEAST_LETTERS = 2  # of the last word, which is still being written
LONGEST_NUMBER = 9  # digits; a longer number is not one that goes on
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]{1,254})-([1-9][0-9]{0,17})?")
_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,254}")
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_PATH = re.compile(r"\S*/\S*")  # an address, or the name of a branch


@dataclass(frozen=True, slots=True)
class IssueQuest:
    """`keys` that may be there, in the order to offer them; `project`, a key that may be one; `words` of a summary."""

    keys: tuple[str, ...] = ()
    project: str = ""
    words: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.keys or self.project or self.words)


def read_quest(text: str) -> IssueQuest:
    """What a text that is being typed may be of an issue; empty for what names something of Azure DevOps."""
    plain, pasted = text.strip(), read_pasted(text)
    if (pasted.kind != "text" and not pasted.is_guess) or _PATH.fullmatch(plain):
        return IssueQuest()
    if key := _KEY.fullmatch(plain):
        project, number = key[1].upper(), key[2]
        return IssueQuest(keys=continue_key(project, number)) if number else IssueQuest(project=project)
    return IssueQuest(project=plain.upper() if _PROJECT.fullmatch(plain) else "", words=read_words(plain))


def continue_key(project: str, number: str) -> tuple[str, ...]:
    """SHOP-7, then SHOP-70 to SHOP-79: JQL finds whole keys only, and answers 400 when one of them is not there."""
    longer = [f"{number}{digit}" for digit in range(10)] if len(number) < LONGEST_NUMBER else []
    return tuple(f"{project}-{one}" for one in (number, *longer))


def read_words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without a sign that means something in a search, and the last one only when
    it is long enough.
    """
    words = _WORD.findall(text.lower())[:MOST_WORDS]
    if words and len(words[-1]) < LEAST_LETTERS:
        words.pop()
    return tuple(words)


def write_jql(quest: IssueQuest, projects: Collection[str]) -> str | None:
    """The search for issues of a project, if it is one of `projects`, and for words, the last of which may go on. None
    when there is nothing to search for: JQL without a restriction is refused.

    Letters, digits and the apostrophe are all that comes from what was typed, so nothing has to be escaped. A word that
    goes on is compared as it is written, a whole one by its stem, so the last one is asked for both ways. JQL names
    projects that are there only; another one makes it 400.
    https://support.atlassian.com/jira-software-cloud/docs/search-syntax-for-text-fields/
    """
    words = " ".join(quest.words)
    parts = [f'project = "{quest.project}"'] if quest.project in projects else []
    parts += [f'summary ~ "{words}"', f'summary ~ "{words}*"'] if words else []
    return f"({' OR '.join(parts)}) ORDER BY updated DESC" if parts else None
