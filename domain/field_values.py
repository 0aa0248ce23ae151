"""Values of work items as values of Jira's fields: texts, numbers, days, moments, labels.

What a field takes: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ and
https://developer.atlassian.com/server/jira/platform/jira-rest-api-examples/ (creating an issue using custom fields).
"""

import math
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from domain.jira_limits import cut_text
from domain.json_fields import parse_moment
from domain.rich_text_flow import clean_text
from domain.work_items import FieldValue, Identity

LINE_CHARACTERS = 255  # summary, label, text field of one line
LABELS = 100  # ours: as many tags as a work item may have; Jira names no number
ELLIPSIS = "\u2026"
EAST_OF_GREENWICH = 13  # o'clock in UTC from which on a full hour is taken for a midnight

_BLANKS = re.compile(r"\s+")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f") | {chr(tone) for tone in range(0x1F3FB, 0x1F400)}


def shown_value(value: FieldValue) -> str:
    """A value as people read it, '' for none."""
    if isinstance(value, Identity):
        return value.name
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{value:.15g}"
    return "" if value is None else clean_text(str(value)).strip()


def one_line(text: str) -> str:
    """`text` without new lines and without blanks at its ends or in rows."""
    return _BLANKS.sub(" ", clean_text(text)).strip()


def cut_line(text: str, limit: int = LINE_CHARACTERS) -> str:
    """At most `limit` characters as Jira counts them, with an ellipsis where something was cut; signs that are made of
    several characters stay whole.
    """
    kept = cut_text(text, limit)
    if kept == text:
        return text
    kept = cut_text(text, limit - len(ELLIPSIS))
    while kept and (_joins(text[len(kept)]) or kept[-1] == "\u200d"):
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def _joins(character: str) -> bool:
    return character in _JOINERS or unicodedata.combining(character) != 0


def as_number(value: FieldValue) -> float | None:
    """A number Jira can hold; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def as_moment(value: FieldValue) -> datetime | None:
    """A point in time; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        return parse_moment(value)
    except (ValueError, OverflowError):
        return None


def is_midnight_elsewhere(moment: datetime) -> bool:
    """Whether a time may be the midnight, at the place of who chose it, with which a day comes that was picked in the
    web pages of Azure DevOps. East of Greenwich that midnight is in the afternoon or evening of the day before in UTC.
    """
    return moment.hour >= EAST_OF_GREENWICH and moment.minute in (0, 15, 30, 45) and moment.second == 0


def day_of(moment: datetime) -> str:
    """The day that was meant, as an ISO date."""
    is_eve = is_midnight_elsewhere(moment) and moment.date() < date.max
    return (moment.date() + timedelta(days=is_eve)).isoformat()


def jira_moment(moment: datetime) -> str:
    """`2024-03-04T09:30:00.000+0000`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def split_list(text: str) -> tuple[str, ...]:
    """The parts of a list with semicolons, as tags and lists of values are written."""
    return tuple(part for raw in text.split(";") if (part := raw.strip()))


def as_label(text: str) -> str:
    """A label: no blanks, 255 characters; '' when nothing is left."""
    return cut_text(_BLANKS.sub("-", clean_text(text).strip()), LINE_CHARACTERS)
