"""Why Jira did not take an issue, in our words: its own may hold what somebody wrote. Pure.

There is no list of Jira's sentences; those that cannot be told apart are told as refused.
"""

import re
from collections.abc import Iterable, Mapping

REFUSED = "jira_refused"
MISSING, NO_SCREEN, TOO_LONG, WRONG_VALUE = "required_field", "field_not_on_screen", "too_long", "value_refused"
SORTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"(?i)\bis required|must be (?:set|specified)|cannot be empty|you must specify"), MISSING,
     "needs a value"),
    (re.compile(r"(?i)not on the appropriate screen|cannot be set"), NO_SCREEN,
     "is not on the screen on which issues are created"),
    (re.compile(r"(?i)too long|exceed|must be (?:less|shorter)|maximum length"), TOO_LONG, "is too long for it"),
    (re.compile(r"(?i)not valid|invalid|does not exist|not found|must be|is not|expected|could not be|contains"),
     WRONG_VALUE, "has a value that it does not take"),
)  # fmt: skip
OTHER = "was refused"
NO_ENTRY = re.compile(r"(?i)permission to create issues|project is archived")
PROJECT_FIELDS = ("project", "pid")
MOST_NAMED = 6  # fields


def explain_refusal(errors: Mapping[str, str], messages: Iterable[str], names: Mapping[str, str]) -> tuple[str, str]:
    """A word that stays the same, and a sentence without content. `errors` by field id, `names` of fields by id."""
    told = {field: _sort_of(words) for field, words in errors.items()}
    codes = {code for code, _ in told.values()}
    if not told:
        code, words = _sort_of(" ".join(messages))
        return (code, f"Jira refused it: something in it {words}.") if code != REFUSED else (code, "Jira refused it.")
    parts = [f"{names.get(field, field)} {words}" for field, (_, words) in sorted(told.items())]
    more = f"; and {len(parts) - MOST_NAMED} more" if len(parts) > MOST_NAMED else ""
    return (codes.pop() if len(codes) == 1 else REFUSED), f"Jira refused it: {'; '.join(parts[:MOST_NAMED])}{more}."


def is_shut(errors: Mapping[str, str], messages: Iterable[str]) -> bool:
    """Whether the project takes no issue of ours at all, whatever is in it."""
    words = [*(errors[name] for name in PROJECT_FIELDS if name in errors), *messages]
    return any(NO_ENTRY.search(one) for one in words)


def _sort_of(words: str) -> tuple[str, str]:
    return next(((code, told) for pattern, code, told in SORTS if pattern.search(words)), (REFUSED, OTHER))
